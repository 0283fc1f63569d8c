"""What the page shows, worked out before the template prints it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gardefou.replay._report._attacks import KINDS
from gardefou.replay._report._bars import Bar, attack_bar, work_bar
from gardefou.replay._report._words import Words, anchor
from gardefou.replay._score import Aside, Attacks, Row, Work
from gardefou.replay._summary import Case, Summary

CASES_PER_ROW = 8
"""Opened runs for one set and template; the rest are counted and stand in the JSON."""
CASES_IN_ALL = 240


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of the head: number, what it counts, and the counts behind it."""

    figure: str
    label: str
    notes: tuple[str, ...]
    bar: Bar | None = None


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
