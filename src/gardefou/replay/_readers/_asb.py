"""Agent Security Bench: agents whose tools are names and descriptions only.

How runs are counted:

1. The attacker's calls are those marked ``expected: deny``. Without one the attack is inert, also
   where the run is labelled a success: the recording then holds no call of the attacker.
2. OPI (injection in an observation): every observation carries the text, so an attack can be
   stopped from the second call on, or at the first attacker's call if that comes first, up to the
   attacker's last call. DPI (injection in the prompt): from the start; kind ``prompt``.
3. There are no honest runs in this set. What the agents did besides is reported under ``inert``.
4. Calls have no arguments (the source simulates tools by name); left-over text is dropped.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.replay._readers._common import Step, call, convert, said
from gardefou.replay._trace import Trace, Window


class Meta(msgspec.Struct, frozen=True):
    """The part of ``meta`` that is used."""

    attack: str


class Run(msgspec.Struct, frozen=True):
    """A line of recorded_runs."""

    trace_id: str
    benchmark: str
    group: str
    label: str
    user_prompt: str
    attack_tool: str | None
    calls: tuple[Step, ...]
    meta: Meta


def claims(record: dict[str, Any]) -> bool:
    """Say whether a record is of this family."""
    return {"attack_tool", "group", "user_prompt", "calls"} <= record.keys()


def read(record: dict[str, Any]) -> Trace:
    """Turn a record into a trace.

    Raises:
        InputError: when a field is missing or has another type.
    """
    run = convert(record, Run)
    steps = [msgspec.structs.replace(step, args={}) for step in run.calls]
    in_prompt = run.meta.attack.startswith("DPI")
    denied = [i for i, step in enumerate(steps) if step.expected == "deny"]
    harm = denied[-1] if denied else None
    events = said(user=[run.user_prompt])
    events += [
        call(step, harm=i == harm, injected=not in_prompt and i == 0)
        for i, step in enumerate(steps)
    ]
    start = 0 if in_prompt or not denied else min(1, denied[0])
    return Trace(
        id=run.trace_id,
        set=f"{run.benchmark}/{run.group}",
        template=run.meta.attack,
        kind="prompt" if in_prompt else "injection",
        label="inert" if harm is None else "attack",
        reason="the recording holds no call of the attacker" if harm is None else "",
        window=None if harm is None else Window(start, harm),
        exposed=in_prompt or bool(steps),
        events=tuple(events),
    )
