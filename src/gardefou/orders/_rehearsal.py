"""What changes when another model answers: a recorded answer beside the fallback's.

It compares what programs act on: whether it failed or refused, the calls of tools, how it ended, how
long it is. Whether the words mean the same, a person has to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

_SHORTER = 0.5


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a Chat Completions answer that are compared."""

    words: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    ended: str = ""
    tokens: int = 0
    failure: str = ""


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """One request on the fallback: ``differences`` are empty when nothing that is compared changed."""

    number: int
    model: str
    instead: str
    plan: str
    differences: tuple[str, ...]
    degradations: tuple[str, ...] = ()
    tokens_before: int = 0
    tokens_after: int = 0


def reply_of(body: Any) -> Answered:
    """Read a Chat Completions answer; what is none counts as a failure."""
    try:
        choice = body["choices"][0]
        message = choice["message"]
        calls = [_call(item["function"]) for item in message.get("tool_calls") or ()]
        usage = body.get("usage") or {}
        return Answered(
            words=str(message.get("content") or ""),
            calls=tuple(calls),
            ended=str(choice.get("finish_reason") or ""),
            tokens=int(usage.get("total_tokens") or 0),
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return Answered(failure="it is no Chat Completions answer")


def differences(before: Answered | None, after: Answered) -> tuple[str, ...]:
    """What is different, for people; without a recorded answer only failures are."""
    if after.failure:
        return (f"it failed: {after.failure}",)
    if before is None or before.failure:
        return ()
    found = []
    if [name for name, _ in before.calls] != [name for name, _ in after.calls]:
        found.append(f"it calls {_names(after.calls)} instead of {_names(before.calls)}")
    elif before.calls != after.calls:
        found.append(f"it calls {_names(after.calls)} with other arguments")
    if before.ended != after.ended:
        found.append(f"it ended with `{after.ended}` instead of `{before.ended}`")
    if before.words and not after.words and not after.calls:
        found.append("it says nothing")
    elif len(after.words) < len(before.words) * _SHORTER:
        found.append(f"it says {len(after.words)} characters instead of {len(before.words)}")
    return tuple(found)


def _call(function: Any) -> tuple[str, str]:
    """A call by its name and its arguments, in one form whatever their layout."""
    raw = str(function.get("arguments") or "")
    try:
        value = msgspec.json.decode(raw)
        return str(function["name"]), msgspec.json.encode(value, order="sorted").decode()
    except msgspec.DecodeError:
        return str(function["name"]), raw


def _names(calls: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"`{name}`" for name, _ in calls) or "nothing"
