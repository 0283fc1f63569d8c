"""The tables of attacks, one group for each way an attack can enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from gardefou.replay._report._bars import Bar, attack_bar
from gardefou.replay._report._words import Words, anchor
from gardefou.replay._score import Attacks, Row, add
from gardefou.replay._summary import Summary

KINDS = ("injection", "prompt", "misuse", "rule")
ROWS_IN_TABLE = 30
"""Rows above which a table of attacks becomes two, by set and by attack; the JSON has them all."""


class AttackLine(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of attacks."""

    name: str
    template: str
    weak: bool
    counts: Attacks
    stopped: str
    bar: Bar
    anchor: str = ""


class AttackTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table of attacks; ``by`` says what its rows are."""

    by: str
    lines: tuple[AttackLine, ...]


class AttackGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The attacks of one kind."""

    heading: str
    note: str
    tables: tuple[AttackTable, ...]
    total: AttackLine


def attack_groups(summary: Summary, words: Words) -> tuple[AttackGroup, ...]:
    """The attacks by kind, each with its rows and their sum."""
    groups = []
    for kind in KINDS:
        rows = [row for row in summary.sets if row.kind == kind and row.attacks.runs]
        if rows:
            total = Row(name="", attacks=summary.totals.attacks[kind])
            groups.append(
                AttackGroup(
                    heading=words[f"kind_{kind}"],
                    note=words[f"kind_{kind}_note"],
                    tables=_attack_tables(rows, words),
                    total=_attack_line(total, words, template=""),
                )
            )
    return tuple(groups)


def _attack_tables(rows: Sequence[Row], words: Words) -> tuple[AttackTable, ...]:
    if len(rows) <= ROWS_IN_TABLE:
        lines = tuple(
            _attack_line(row, words, template=row.template or words["every_template"])
            for row in rows
        )
        return (AttackTable(by=words["by_set_and_attack"], lines=lines),)
    by_set = _merged(rows, lambda row: row.name)
    by_template = _merged(rows, lambda row: row.template or words["every_template"])
    return tuple(
        AttackTable(by=words[by], lines=tuple(_attack_line(r, words, template="") for r in merged))
        for by, merged in (("by_set", by_set), ("by_attack", by_template))
    )


def _merged(rows: Sequence[Row], key: Callable[[Row], str]) -> tuple[Row, ...]:
    """One row for all rows with the same key, sorted by it."""
    names = sorted({key(row) for row in rows})
    return tuple(
        Row(
            name=name,
            weak=any(row.weak for row in rows if key(row) == name),
            attacks=add(Attacks(), (row.attacks for row in rows if key(row) == name)),
        )
        for name in names
    )


def _attack_line(row: Row, words: Words, *, template: str) -> AttackLine:
    counts = row.attacks
    return AttackLine(
        name=row.name,
        template=template,
        weak=row.weak,
        counts=counts,
        stopped=words.good(counts.runs - counts.missed, counts.runs),
        bar=attack_bar(words, counts),
        anchor=anchor("missed", row.name, row.template) if row.missed_ids else "",
    )
