"""Berkeley Function Calling Leaderboard: accepted calls, turn by turn; every run is honest."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.replay._readers._common import Step, call, convert
from gardefou.replay._trace import Call, Said, Tools, Trace


class Turn(msgspec.Struct, frozen=True):
    """What the user said, and the calls that answer it."""

    user: str
    calls: tuple[Step, ...] = ()


class Run(msgspec.Struct, frozen=True):
    """A line of benign_calls. Tools of multi-turn runs are names of programs, not definitions."""

    trace_id: str
    benchmark: str
    turns: tuple[Turn, ...]
    tools: tuple[dict[str, Any] | str, ...] = ()


def claims(record: dict[str, Any]) -> bool:
    """Say whether a record is of this family."""
    return {"turns", "tools"} <= record.keys()


def read(record: dict[str, Any]) -> Trace:
    """Turn a record into a trace.

    Raises:
        InputError: when a field is missing or has another type.
    """
    run = convert(record, Run)
    events: list[Said | Call] = []
    for turn in run.turns:
        if turn.user.strip():
            events.append(Said("user", turn.user))
        events += [call(step) for step in turn.calls]
    return Trace(
        id=run.trace_id,
        set=run.benchmark,
        label="honest",
        events=tuple(events),
        tools=Tools(definitions=tuple(tool for tool in run.tools if isinstance(tool, dict))),
    )
