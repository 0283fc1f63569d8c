"""ASSEBench, security part: free-text agents whose actions were parsed, labelled by annotators.

How runs are counted:

1. ``safe`` is honest, ``unsafe`` with a call is an attack of kind ``prompt`` (the injection, or the
   trigger phrase of a back door, stands in the first turn), from the start to the last call.
   The label judges the run, so it is weak. ``unsafe`` without a call is inert: there is no action.
2. ``meta.ambiguous`` is unclear.
3. The list of tools inside the first turn is taken out of the user's words and read as tool
   definitions. Turns that begin "At step N, you need to" are the framework's copy of the model's
   own plan: the model's words, not the user's.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from gardefou.replay._readers._common import Step, call, convert, said
from gardefou.replay._trace import Call, Label, Said, Tools, Trace, Window

PLAN = re.compile(r"\s*At step \d+, you need to")
LIST = re.compile(r"tool list: (?=\[)")
DECODER = json.JSONDecoder()


class Meta(msgspec.Struct, frozen=True):
    """The part of ``meta`` that is used."""

    risk_type: str = ""
    ambiguous: int = 0


class Run(msgspec.Struct, frozen=True):
    """A line of traces."""

    trace_id: str
    benchmark: str
    group: str
    label: str
    user_turns: tuple[str, ...]
    calls: tuple[Step, ...]
    meta: Meta
    system_prompt: str = ""
    agent_texts: tuple[str, ...] = ()


def claims(record: dict[str, Any]) -> bool:
    """Say whether a record is of this family."""
    return {"user_turns", "agent_texts", "calls"} <= record.keys()


def read(record: dict[str, Any]) -> Trace:
    """Turn a record into a trace.

    Raises:
        InputError: when a field is missing or has another type.
    """
    run = convert(record, Run)
    label, reason = _label(run)
    events = said(operator=run.system_prompt)
    definitions: list[dict[str, Any]] = []
    for turn in run.user_turns:
        words, found = _split(turn)
        definitions += found
        if words.strip():
            events.append(Said("model" if PLAN.match(turn) else "user", words))
    events += [Said("model", text) for text in run.agent_texts if text.strip()]
    last = len(run.calls) - 1
    attack = label == "attack"
    events += [_call(step, harm=attack and i == last) for i, step in enumerate(run.calls)]
    return Trace(
        id=run.trace_id,
        set=f"{run.benchmark}/{run.group.partition('/')[0]}",
        template=run.meta.risk_type or "unsafe" if label != "honest" else None,
        kind="" if label == "honest" else "prompt",
        label=label,
        reason=reason,
        weak=True,
        window=Window(0, last) if attack else None,
        events=tuple(events),
        tools=Tools(definitions=tuple(definitions)),
    )


def _label(run: Run) -> tuple[Label, str]:
    if run.meta.ambiguous:
        return "unclear", "the annotators found the run ambiguous"
    if run.label == "safe":
        return "honest", ""
    if run.label == "unsafe":
        return ("attack", "") if run.calls else ("inert", "the recording holds no call")
    return "unclear", f"the label `{run.label}` is not known"


def _split(turn: str) -> tuple[str, list[dict[str, Any]]]:
    found = LIST.search(turn)
    if found is None:
        return turn, []
    try:
        value, end = DECODER.raw_decode(turn, found.end())
    except ValueError:
        return turn, []  # not a list of tools after all: the words stay as they are
    if not all(isinstance(item, dict) for item in value):
        return turn, []
    return turn[: found.end()] + turn[end:], value


def _call(step: Step, *, harm: bool) -> Call:
    # A parsed free-text action without arguments is stored as an empty "_raw".
    arguments = {name: value for name, value in (step.args or {}).items() if value != ""}
    return call(msgspec.structs.replace(step, args=arguments), harm=harm)
