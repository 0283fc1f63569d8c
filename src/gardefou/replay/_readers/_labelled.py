"""The common record of several benchmarks: one labelled run on each line.

tau2, tau-bench, Mind2Web-SC and OpenAgentSafety use it. How runs are counted, by ``label``:

1. ``act``, ``refuse``, ``allowed``, ``allow``, ``task_correct``, ``safe``, ``benign``: honest.
   The calls of a ``refuse`` run are those of its ground truth, and change nothing.
2. ``no_unsafe_outcome``: honest, ``unsafe_outcome``: an attack of kind ``misuse`` from the start
   to the last call. Both are weak: a check of the end state labels the run, not a call.
3. ``deny`` (Mind2Web-SC): the one call breaks a rule that only the benchmark states; kind
   ``rule``, template the rule. A constitution without that rule cannot be expected to stop it.
4. Anything else (``unknown``, ``task_wrong``): unclear.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from gardefou.action import Principal
from gardefou.replay._readers._common import Step, call, convert, said, task_of
from gardefou.replay._trace import Call, Kind, Label, Said, Trace, Window

HONEST = {"act", "refuse", "allowed", "allow", "task_correct", "safe", "benign"}
WEAK = {"no_unsafe_outcome", "unsafe_outcome"}


class Turn(msgspec.Struct, frozen=True):
    """A turn of a recorded dialogue."""

    role: str = ""
    content: str | None = None


class Run(msgspec.Struct, frozen=True):
    """A line of such a file."""

    trace_id: str
    benchmark: str
    group: str
    label: str
    user_prompt: str
    calls: tuple[Step, ...]
    turns: tuple[Turn, ...] = ()
    acting_user: str | None = None
    user_info: dict[str, Any] | None = None
    violated_rule: str | None = None


def claims(record: dict[str, Any]) -> bool:
    """Say whether a record is of this family."""
    return {"benchmark", "group", "label", "user_prompt", "calls"} <= record.keys()


def read(record: dict[str, Any]) -> Trace:
    """Turn a record into a trace.

    Raises:
        InputError: when a field is missing or has another type.
    """
    run = convert(record, Run)
    label, kind, template, reason = _count(run)
    last = len(run.calls) - 1
    attack = label == "attack"
    domain, colon, _ = run.group.partition(":")
    return Trace(
        id=run.trace_id,
        set=f"{run.benchmark}/{domain}" if colon else run.benchmark,
        label=label,
        kind=kind,
        template=template,
        reason=reason,
        weak=run.label in WEAK,
        window=Window(0, last) if attack else None,
        task=task_of(run.group, run.user_prompt),
        peer=label == "honest",
        principal=Principal(user=run.acting_user or ""),
        events=(
            *_words(run),
            *(call(step, harm=attack and i == last) for i, step in enumerate(run.calls)),
        ),
    )


def _count(run: Run) -> tuple[Label, Kind, str | None, str]:
    if run.label in HONEST or run.label == "no_unsafe_outcome":
        return "honest", "", None, ""
    if run.label in {"unsafe_outcome", "deny"}:
        rule = run.label == "deny"
        template = (run.violated_rule or "deny") if rule else run.label
        kind: Kind = "rule" if rule else "misuse"
        if run.calls:
            return "attack", kind, template, ""
        return "inert", kind, template, "the recording holds no call"
    return "unclear", "", None, f"the label `{run.label}` does not say how to count the run"


def _words(run: Run) -> Iterator[Said | Call]:
    known = ", ".join(f"{name}: {json.dumps(v)}" for name, v in (run.user_info or {}).items())
    yield from said(operator=f"About the user: {known}." if known else "")
    if not run.turns:
        yield from said(user=[_prompt(run.user_prompt)])
    # The recording does not say between which turns a call was made: words come first.
    for turn in run.turns:
        if turn.content and turn.content.strip() and turn.role in {"user", "assistant"}:
            yield Said("user" if turn.role == "user" else "model", turn.content)


def _prompt(text: str) -> str:
    """The words in a prompt; tau2 stores the user's scenario as a JSON object of texts."""
    if not text.startswith("{"):
        return text
    try:
        scenario = json.loads(text)
    except ValueError:
        return text
    if not isinstance(scenario, dict):
        return text
    return "\n\n".join(v for k, v in scenario.items() if isinstance(v, str) and k != "domain")
