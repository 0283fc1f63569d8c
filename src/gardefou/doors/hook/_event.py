"""What a coding agent tells its hook, and what the hook answers, whatever the agent's dialect."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gardefou.verdict import Verdict

Moment = Literal["before", "after", "prompt", "other"]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One message of an agent.

    ``before`` a tool runs and ``after`` it ran, ``prompt`` when the user has said something, and
    ``other`` for messages that decide nothing. ``tool`` and ``arguments`` are the agent's own.
    """

    moment: Moment
    name: str = ""
    session: str = ""
    cwd: str = ""
    root: str = ""
    call_id: str = ""
    tool: str = ""
    arguments: dict[str, Any] = {}
    content: Any = None
    headless: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided; ``approved`` when people released exactly this call."""

    verdict: Verdict
    reason: str = ""
    hold_id: str = ""
    approved: bool = False


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the hook's process does: its exit code and what it prints."""

    code: int = 0
    out: str = ""
    err: str = ""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the client sends beside the payload: the agent, its folder, two variables it sets."""

    agent: str
    cwd: str
    project: str = ""
    entrypoint: str = ""
