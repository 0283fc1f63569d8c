"""The whole replay: survey the files, play every run, count, and keep the runs worth opening."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from gardefou.replay._peers import Peers
from gardefou.replay._readers import Survey, survey
from gardefou.replay._run import Decider, DeciderFactory, Played, play
from gardefou.replay._score import Row, count, is_disturbed, is_missed, percentile, totals
from gardefou.replay._summary import (
    SCHEMA,
    Case,
    FileRead,
    Latency,
    Lent,
    Subject,
    Summary,
    case,
)
from gardefou.replay._trace import Tools

GUARDS = 64
"""Guards kept for later runs with the same tools; files with tools of their own per run make many."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to replay. ``peers`` lends each run a grant of the tools that other honest runs used.

    ``note`` is told what was skipped, ``progress`` the runs done and the runs in all.
    """

    subject: Subject
    peers: bool = False
    note: Callable[[str], None] = lambda _: None
    progress: Callable[[int, int], None] = lambda *_: None


def replay(paths: Sequence[Path], factory: DeciderFactory, options: Options) -> Summary:
    """Decide every call of every trace, in order, and score.

    Raises:
        LoadError: when a file is unknown or a line is wrong; then nothing was decided.
    """
    peers = Peers()
    found = survey(paths, peers.add)
    for note in found.notes:
        options.note(note)
    book = _Book()
    guards = _Guards(factory)
    done = 0
    for source in found.sources:
        for trace in source.traces():
            lent = peers.lent(trace) if options.peers else None
            guard = guards.get(trace.tools)
            book.add(play(trace, guard, lent), guard)
            done += 1
            options.progress(done, found.runs)
    return book.summary(found, options)


class _Guards:
    """The guards by tools, the least recently used dropped first."""

    def __init__(self, factory: DeciderFactory) -> None:
        self._factory = factory
        self._kept: OrderedDict[str, Decider] = OrderedDict()

    def get(self, tools: Tools) -> Decider:
        guard = self._kept.get(tools.key)
        if guard is None:
            guard = self._kept[tools.key] = self._factory(tools)
            if len(self._kept) > GUARDS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(tools.key)
        return guard


class _Book:
    """Everything counted so far."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self._cases: list[Case] = []
        self._latency = array("q")
        self._catalogues: set[str] = set()
        self._unlabelled: set[str] = set()

    def add(self, played: Played, guard: Decider) -> None:
        trace = played.trace
        key = (trace.set, trace.template or "")
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = Row(name=trace.set, template=trace.template)
        count(row, played)
        self._catalogues.add(guard.catalogue_digest)
        self._latency.extend(judgement.latency_ns for judgement in played.judgements)
        for call, judgement in zip(trace.calls(), played.judgements, strict=False):
            if not judgement.labelled:
                self._unlabelled.add(call.tool)
        if is_missed(played):
            self._cases.append(case(played, "missed"))
        elif is_disturbed(played):
            self._cases.append(case(played, "disturbed"))

    def summary(self, found: Survey, options: Options) -> Summary:
        rows = tuple(self._rows[key] for key in sorted(self._rows))
        times = sorted(self._latency)
        runs = found.runs
        granted = sum(row.granted for row in rows)
        return Summary(
            schema=SCHEMA,
            subject=options.subject,
            files=tuple(
                FileRead(file=str(s.path), family=s.family, runs=s.runs) for s in found.sources
            ),
            skipped=found.notes,
            sets=rows,
            totals=totals(rows),
            latency_us=Latency(
                p50=percentile(times, 50) / 1000,
                p99=percentile(times, 99) / 1000,
                decisions=len(times),
            ),
            peers=Lent(
                runs_with_grant=granted,
                runs_without_peer=runs - granted if options.peers else 0,
            ),
            catalogues=tuple(sorted(self._catalogues)),
            unlabelled_tools=tuple(sorted(self._unlabelled)),
            cases=tuple(
                sorted(self._cases, key=lambda c: (c.set, c.template or "", c.outcome, c.id))
            ),
        )
