"""AgentDojo and AgentDyn: suites of user tasks, with and without an attack in a tool's result.

How runs are counted:

1. ``attack`` null: an honest run.
2. Scripted attack (``origin`` attacker): from the call after the first injected result to the
   attacker's last call. It counts also where the benchmark's own check (``attack_verified``) is
   false: the attacker's calls were made.
3. Recorded attack with ``harm_call`` of 0 or more: from the call after the first injected result
   to that call. It counts whatever ``attack_succeeded`` says: the check turned true.
4. Recorded attack that neither succeeded nor has a harm call: inert. If no injected text reached
   the agent it is not even exposed, and its calls may lend their tools to grants of its task.
5. Success without a harm call, or true before any call: unclear, for no call can be named.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.replay._readers._common import Step, call, convert, first_injected, said, window
from gardefou.replay._trace import Call, Said, Trace


class Run(msgspec.Struct, frozen=True):
    """A line of benign, attacked, benign_ground_truth or recorded_runs."""

    trace_id: str
    benchmark: str
    suite: str
    user_task_id: str
    user_prompt: str
    calls: tuple[Step, ...]
    attack: str | None = None
    utility: bool | None = None
    utility_verified: bool | None = None
    attack_succeeded: bool | None = None
    harm_call: int | None = None


def claims(record: dict[str, Any]) -> bool:
    """Say whether a record is of this family."""
    return {"suite", "user_task_id", "user_prompt", "calls"} <= record.keys()


def read(record: dict[str, Any]) -> Trace:
    """Turn a record into a trace.

    Raises:
        InputError: when a field is missing or has another type.
    """
    run = convert(record, Run)
    injected = first_injected(run.calls)
    trace = Trace(
        id=run.trace_id,
        set=f"{run.benchmark}/{run.suite}",
        label="honest",
        events=(),
        template=run.attack,
        kind="injection" if run.attack else "",
        exposed=injected is not None,
        task=run.user_task_id,
        achieved=run.utility is True or run.utility_verified is True,
    )
    harm, label, reason = _outcome(run)
    if harm is not None:
        trace = msgspec.structs.replace(trace, window=window(injected, harm))
    return msgspec.structs.replace(
        trace,
        label=label,
        reason=reason,
        peer=label == "honest" or (label == "inert" and injected is None),
        events=_events(run, harm),
    )


def _outcome(run: Run) -> tuple[int | None, Any, str]:
    if run.attack is None:
        return None, "honest", ""
    attacker = [i for i, step in enumerate(run.calls) if step.origin == "attacker"]
    if attacker:
        return attacker[-1], "attack", ""
    if run.harm_call is not None and 0 <= run.harm_call < len(run.calls):
        return run.harm_call, "attack", ""
    if run.harm_call is not None:
        return None, "unclear", "the benchmark's check is true before any call"
    if run.attack_succeeded:
        return None, "unclear", "recorded as a success, but no call turns the check true"
    return None, "inert", "the harm never happened in the recording"


def _events(run: Run, harm: int | None) -> tuple[Said | Call, ...]:
    events = said(user=[run.user_prompt])
    for index, step in enumerate(run.calls):
        if step.turn_text and step.turn_text.strip():
            events.append(Said("model", step.turn_text))
        events.append(call(step, harm=index == harm))
    return tuple(events)
