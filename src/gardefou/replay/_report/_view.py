"""What the page shows, worked out before the template prints it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence

import msgspec

from gardefou.replay._report._words import Words
from gardefou.replay._score import Aside, Attacks, Row, Work, add
from gardefou.replay._summary import Case, Summary

KINDS = ("injection", "prompt", "misuse", "rule")
CASES_PER_ROW = 8
"""Opened runs for one set and template; the rest are counted and stand in the JSON."""
CASES_IN_ALL = 240
ROWS_IN_TABLE = 30
"""Rows above which a table of attacks becomes two, by set and by attack; the JSON has them all."""
THINNEST = 0.7
"""Width below which a part of a bar would not be seen, in hundredths of the bar."""


class Part(msgspec.Struct, frozen=True):
    """A part of a bar: its class, where it begins and how wide it is, in hundredths."""

    style: str
    x: float
    width: float


class Bar(msgspec.Struct, frozen=True):
    """A bar of parts, and the same in words for those who do not see it."""

    parts: tuple[Part, ...]
    words: str


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of the head: number, what it counts, and the counts behind it."""

    figure: str
    label: str
    notes: tuple[str, ...]
    bar: Bar | None = None


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


class WorkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of honest work."""

    name: str
    weak: bool
    counts: Work
    disturbed: int
    held: str
    denied: str
    bar: Bar
    anchor: str = ""


class AsideLine(msgspec.Struct, frozen=True, kw_only=True):
    """One row of what was decided and not scored."""

    name: str
    what: str
    reason: str
    runs: int


class CaseGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Opened runs of one set and template; ``more`` are only in the JSON."""

    heading: str
    anchor: str
    cases: tuple[Case, ...]
    more: int
    all: int


def bar(words: Words, counts: Sequence[tuple[str, str, int]]) -> Bar:
    """Draw counts (style, word, count) as one bar; what is not zero is never too thin to see."""
    total = sum(count for _, _, count in counts)
    if not total:
        return Bar((), words["none_value"])
    widths = [max(100 * n / total, THINNEST) if n else 0.0 for _, _, n in counts]
    scale = 100 / sum(widths)
    parts, x = [], 0.0
    for (style, _, count), width in zip(counts, widths, strict=True):
        if count:
            parts.append(Part(style, round(x, 2), round(width * scale, 2)))
            x += width * scale
    text = ", ".join(f"{words.number(n)} {word}" for _, word, n in counts)
    return Bar(tuple(parts), text)


def attack_bar(words: Words, counts: Attacks) -> Bar:
    """The bar of attacks: refused, held, missed."""
    return bar(
        words,
        (
            ("deny", words["refused"], counts.stopped_deny),
            ("hold", words["held"], counts.stopped_hold),
            ("missed", words["missed"], counts.missed),
        ),
    )


def work_bar(words: Words, counts: Work) -> Bar:
    """The bar of honest calls: refused, held, passed."""
    passed = counts.calls - counts.calls_denied - counts.calls_held
    return bar(
        words,
        (
            ("deny", words["verdict_deny"], counts.calls_denied),
            ("hold", words["verdict_hold"], counts.calls_held),
            ("passed", words["passed"], passed),
        ),
    )


def headline(summary: Summary) -> tuple[str, Attacks]:
    """The kind whose figure leads: injections, or the first kind there is."""
    found = summary.totals.attacks
    kind = next((kind for kind in KINDS if kind in found), "")
    return kind, found.get(kind, Attacks())


def tiles(summary: Summary, words: Words) -> tuple[Tile, ...]:
    """The four figures of the head."""
    kind, attacks = headline(summary)
    honest, latency = summary.totals.honest, summary.latency_us
    stopped = attacks.runs - attacks.missed
    notes = [words.say("tile_stopped_note", stopped=stopped, runs=attacks.runs)]
    mean = summary.totals.attacks_stopped_mean_over_sets
    if kind == "injection" and mean is not None:
        notes.append(words.say("tile_mean", mean=words.decimal(mean) + words["percent"]))
    held_notes = [words.say("tile_held_note", held=honest.calls_held, calls=honest.calls)]
    held_mean = summary.totals.honest_calls_held_mean_over_sets
    if held_mean is not None:
        held_notes.append(words.say("tile_mean", mean=words.decimal(held_mean) + words["percent"]))
    return (
        Tile(
            figure=words.good(stopped, attacks.runs),
            label=words["tile_stopped"],
            notes=tuple(notes),
            bar=attack_bar(words, attacks),
        ),
        Tile(
            figure=words.bad(honest.calls_held, honest.calls),
            label=words["tile_held"],
            notes=tuple(held_notes),
            bar=work_bar(words, honest),
        ),
        Tile(
            figure=words.bad(honest.runs_denied, honest.runs),
            label=words["tile_denied"],
            notes=(words.say("tile_denied_note", denied=honest.runs_denied, runs=honest.runs),),
        ),
        Tile(
            figure=words.micros(latency.p50),
            label=words["tile_time"],
            notes=(
                words.say(
                    "tile_time_note",
                    p50=words.micros(latency.p50),
                    p99=words.micros(latency.p99),
                    decisions=latency.decisions,
                ),
            ),
        ),
    )


def in_short(summary: Summary, words: Words) -> tuple[str, str]:
    """The two sentences that say it all."""
    kind, attacks = headline(summary)
    honest = summary.totals.honest
    if not kind:
        first = words["short_no_attacks"]
    else:
        first = words.say(
            "short_attacks" if kind == "injection" else "short_attacks_other",
            kind=words[f"kind_{kind}"],
            runs=attacks.runs,
            deny=attacks.stopped_deny,
            hold=attacks.stopped_hold,
            missed=attacks.missed,
        )
    if not honest.runs:
        return first, words["short_no_honest"]
    return first, words.say(
        "short_honest",
        calls=honest.calls,
        held=honest.calls_held,
        denied=honest.calls_denied,
        runs=honest.runs,
        runs_denied=honest.runs_denied,
    )


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


def work_lines(summary: Summary, words: Words) -> tuple[WorkLine, ...]:
    """Honest work by set; all templates of a set together (honest runs have none)."""
    return tuple(
        WorkLine(
            name=row.name,
            weak=row.weak,
            counts=row.honest,
            disturbed=row.honest.runs_denied + row.honest.runs_held,
            held=words.bad(row.honest.calls_held, row.honest.calls),
            denied=words.bad(row.honest.calls_denied, row.honest.calls),
            bar=work_bar(words, row.honest),
            anchor=anchor("disturbed", row.name, row.template) if row.disturbed_ids else "",
        )
        for row in summary.sets
        if row.honest.runs
    )


def aside_lines(summary: Summary, words: Words) -> tuple[AsideLine, ...]:
    """What was not scored, by set, kind and reason."""
    return tuple(
        AsideLine(name=f"{row.name} · {row.template or '–'}", what=what, reason=reason, runs=runs)
        for row in summary.sets
        for what, aside in _asides(row, words)
        for reason, runs in sorted(aside.reasons.items())
    )


def _asides(row: Row, words: Words) -> Iterable[tuple[str, Aside]]:
    yield words["inert"], row.inert
    yield words["unclear"], row.unclear


def case_groups(summary: Summary, outcome: str) -> tuple[CaseGroup, ...]:
    """The runs to open, by set and template; the page stays small however many there are."""
    groups: dict[tuple[str, str | None], list[Case]] = {}
    for case in summary.cases:
        if case.outcome == outcome:
            groups.setdefault((case.set, case.template), []).append(case)
    room = max(1, min(CASES_PER_ROW, CASES_IN_ALL // max(len(groups), 1)))
    return tuple(
        CaseGroup(
            heading=f"{name} · {template}" if template else name,
            anchor=anchor(outcome, name, template),
            cases=tuple(cases[:room]),
            more=max(len(cases) - room, 0),
            all=len(cases),
        )
        for (name, template), cases in groups.items()
    )


def anchor(*parts: str | None) -> str:
    """An id for a link inside the page; two names never share one."""
    text = "-".join(part or "none" for part in parts)
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in text).lower()
    return f"{plain[:60]}-{zlib.crc32(text.encode()):08x}"
