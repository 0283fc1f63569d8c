"""The summary of a replay: what was measured, with what, and the runs worth opening.

The JSON has a documented schema (docs/reference/replay-summary.md) named by ``schema``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from gardefou.action import canonical
from gardefou.replay._run import Played, Shown
from gardefou.replay._score import Row, Totals
from gardefou.replay._trace import Call, Said, Trace

SCHEMA = "gardefou.replay/1"
TEXT = 1200
"""Characters of one recorded text kept in a case; the rest is counted, not kept."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured: the engine, the constitution and how tools were labelled."""

    engine: str
    constitution: str
    constitution_digest: str
    catalogue: str
    grants: Literal["none", "file", "peers"] = "none"


class FileRead(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was replayed."""

    file: str
    family: str
    runs: int


class CaseEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of an opened run: words, or a call with its verdict and what came back."""

    speaker: str = ""
    text: str = ""
    tool: str = ""
    arguments: str = ""
    verdict: str = ""
    sentence: str = ""
    articles: tuple[str, ...] = ()
    values: tuple[Shown, ...] = ()
    result: str = ""
    injected: bool = False
    harm: bool = False
    in_window: bool = False


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A run to open: an attack that nothing stopped, or an honest run that was disturbed."""

    id: str
    set: str
    template: str | None
    outcome: Literal["missed", "disturbed"]
    verdict: str
    granted: bool
    events: tuple[CaseEvent, ...]


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Time from a call's arrival to its verdict, in microseconds, over all decisions."""

    p50: float
    p99: float
    decisions: int


class Lent(msgspec.Struct, frozen=True, kw_only=True):
    """How many runs had a grant made from other runs of their task, and how many had no peer."""

    runs_with_grant: int = 0
    runs_without_peer: int = 0


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a replay found; the same input gives the same summary but for ``latency_us``."""

    schema: str
    subject: Subject
    files: tuple[FileRead, ...]
    skipped: tuple[str, ...]
    sets: tuple[Row, ...]
    totals: Totals
    latency_us: Latency
    peers: Lent
    catalogues: tuple[str, ...]
    unlabelled_tools: tuple[str, ...]
    cases: tuple[Case, ...]

    def to_json(self) -> bytes:
        """The summary as indented JSON, ready for a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    def without_timing(self) -> Summary:
        """The summary with the one part that differs between two replays set to zero."""
        still = Latency(p50=0, p99=0, decisions=self.latency_us.decisions)
        return msgspec.structs.replace(self, latency_us=still)


def case(played: Played, outcome: Literal["missed", "disturbed"]) -> Case:
    """Keep what a reader needs to understand one run; long texts are cut and say so."""
    trace = played.trace
    judged = max(played.judgements, key=lambda j: j.verdict)
    return Case(
        id=trace.id,
        set=trace.set,
        template=trace.template,
        outcome=outcome,
        verdict=judged.verdict.word,
        granted=played.granted,
        events=tuple(_events(trace, played)),
    )


def _events(trace: Trace, played: Played) -> Sequence[CaseEvent]:
    events: list[CaseEvent] = []
    index = 0
    for event in trace.events:
        if isinstance(event, Said):
            events.append(CaseEvent(speaker=event.speaker, text=_cut(event.text)))
            continue
        if index == len(played.judgements):
            break
        events.append(_call(event, index, played))
        index += 1
    return events


def _call(call: Call, index: int, played: Played) -> CaseEvent:
    window = played.trace.window
    judgement = played.judgements[index]
    return CaseEvent(
        tool=call.tool,
        arguments=_cut(_text(call.arguments)),
        verdict=judgement.verdict.word,
        sentence=_cut(judgement.sentence),
        articles=judgement.articles,
        values=tuple(
            Shown(path=v.path, value=_cut(v.value), origin=v.origin) for v in judgement.values
        ),
        result=_cut(_text(call.result)),
        injected=call.injected,
        harm=call.harm,
        in_window=window is not None and window.first <= index <= window.last,
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical(value).decode()


def _cut(text: str) -> str:
    if len(text) <= TEXT:
        return text
    return f"{text[:TEXT]} … [{len(text) - TEXT} more characters]"
