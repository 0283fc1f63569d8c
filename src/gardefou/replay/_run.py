"""Plays a trace through a guard and keeps what the guard said at every call.

1. Every run is a world of its own: a new session, no memory of other runs.
2. Time is not read: a run starts at `START` and every call comes one second after the last.
3. Every call is decided before its result is shown. The recording goes on whatever was decided:
   a held or denied call of an honest run counts as approved, so that the rest of the run can be
   judged; in an attack each call is judged on its own.
4. An attack is played up to the call that does the harm; what came later is not decided.
5. Words are heard in the order of the recording.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from gardefou.replay._trace import Call, Said, Speaker, Tools, Trace
from gardefou.verdict import Verdict

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
STEP = timedelta(seconds=1)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a call as the report shows it: where it stood, what it was, whence it came."""

    path: str
    value: str
    origin: str = ""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What the guard said about one call.

    ``sentence`` is the explanation for a person. ``labelled`` is false when the catalogue does not
    know what the tool does. ``latency_ns`` covers ingress, origins and decision.
    """

    verdict: Verdict
    sentence: str = ""
    articles: tuple[str, ...] = ()
    values: tuple[Shown, ...] = ()
    labelled: bool = True
    latency_ns: int = 0


class Decider(Protocol):
    """A guard as the replay sees it; one for each set of tools, used for one run after another."""

    @property
    def catalogue_digest(self) -> str:
        """The digest of the catalogue in use."""
        ...

    def begin(self, trace: Trace, lent: frozenset[str] | None) -> None:
        """Start the session of a trace; ``lent`` are the tools of a peers' grant, if there is one."""
        ...

    def hear(self, speaker: Speaker, text: str) -> None:
        """Take in words, in order."""
        ...

    def decide(self, call: Call, now: datetime) -> Judgement:
        """Decide one call; it has not happened yet."""
        ...

    def see(self, call: Call, content: Any, now: datetime) -> None:
        """Take in that the call was executed and what came back."""
        ...


DeciderFactory = Callable[[Tools], Decider]


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A trace with one judgement for each call that was decided, and whether it had a grant."""

    trace: Trace
    judgements: tuple[Judgement, ...]
    granted: bool = False


def play(trace: Trace, decider: Decider, lent: frozenset[str] | None = None) -> Played:
    """Decide the calls of one trace, in order."""
    now = START
    decider.begin(trace, lent)
    judgements: list[Judgement] = []
    for event in trace.events:
        if isinstance(event, Said):
            decider.hear(event.speaker, event.text)
            continue
        now += STEP
        judgements.append(decider.decide(event, now))
        if trace.window is not None and len(judgements) > trace.window.last:
            break
        decider.see(event, event.result, now)
    return Played(trace=trace, judgements=tuple(judgements), granted=lent is not None)
