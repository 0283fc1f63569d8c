"""What the benchmark readers share: the shape of a recorded call and small helpers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from gardefou.errors import InputError
from gardefou.replay._trace import Call, Said, Window

T = TypeVar("T")


class Step(msgspec.Struct, frozen=True):
    """One recorded call, with the fields that any of the benchmark folders uses."""

    tool: str
    args: dict[str, Any] | None = None
    result: Any = None
    error: str | None = None
    expected: str | None = None
    origin: str = ""
    result_injected: bool = False
    turn_text: str | None = None


def convert(value: Any, kind: type[T]) -> T:
    """Read a record into its struct.

    Raises:
        InputError: naming the field that has another type, or is missing.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at ")
        raise InputError(
            f"the record has another shape: {message[:1].lower()}{message[1:]}",
            code="trace.record",
            path=place.strip("`"),
            help="the schema of each benchmark stands in the SOURCE file beside its data",
        ) from None


def call(step: Step, *, harm: bool = False, injected: bool | None = None) -> Call:
    """The call of a step; the model saw the error's text where there was an error."""
    expected = step.expected if step.expected in {"allow", "deny"} else ""
    return Call(
        tool=step.tool,
        arguments=step.args or {},
        result=step.error or step.result,
        injected=step.result_injected if injected is None else injected,
        harm=harm,
        expected="allow" if expected == "allow" else "deny" if expected else "",
    )


def said(*, operator: str = "", user: Iterable[str] = ()) -> list[Said | Call]:
    """The words before the first call; empty texts are left out."""
    words: list[Said | Call] = [Said("operator", operator)] if operator.strip() else []
    words += [Said("user", text) for text in user if text.strip()]
    return words


def first_injected(steps: Sequence[Step]) -> int | None:
    """The index of the first call whose result carries the attacker's text."""
    return next((i for i, step in enumerate(steps) if step.result_injected), None)


def window(injected: int | None, harm: int) -> Window:
    """From the call after the first injected result to the harm; from the start if none is marked.

    A harm that is recorded before the mark means that the mark came late: the start counts then.
    """
    if injected is None or injected >= harm:
        return Window(0, harm)
    return Window(injected + 1, harm)


def task_of(group: str, prompt: str) -> str:
    """A key that is equal for runs of the same task: same group and same words of the user."""
    return f"{group}:{hashlib.sha256(prompt.encode()).hexdigest()[:16]}"
