"""OpenAI Responses: an answer in one piece, read and rendered; keys are positions of items.

1. An item that does not go ahead is replaced by a message in its place; what the vendor's own
   tool gave back goes with it, in the item itself or in one of its own.
2. A notice is a text part, a refusal a refusal part; the status stays what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gardefou.errors import InputError
from gardefou.wires._json import Reader, as_raw, convert, dump
from gardefou.wires._model import Answer, Call, Result, Ruling, Usage
from gardefou.wires._rulings import REFUSE, outcome, text_for
from gardefou.wires.responses._items import (
    RawItem,
    call_of,
    inner_results,
    is_call,
    is_result,
    reasoning_in,
    result_of,
    texts_in,
)

_UNFINISHED = ("queued", "in_progress")


class _Cached(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _Cached | None = None


class _Details(msgspec.Struct):
    reason: str | None = None


class RawAnswer(msgspec.Struct):
    """A response; also the one inside a stream's events."""

    id: str = ""
    model: str = ""
    status: str | None = None
    output: list[msgspec.Raw] | None = None
    usage: _Usage | None = None
    incomplete_details: _Details | None = None


class _Answer(RawAnswer):
    # What has no output is no answer: an error, or another object of the service.
    object: str = msgspec.field(default="response")


_read = Reader(_Answer)


def read_answer(body: bytes) -> Answer:
    """Read an answer.

    Raises:
        InputError: codes ``wire.*``.
    """
    return answer_of(_read(body))


def answer_of(raw: RawAnswer) -> Answer:
    """A response in the shape that all wires share."""
    texts: list[str] = []
    refusals: list[str] = []
    thoughts: list[str] = []
    calls: list[Call] = []
    results: list[Result] = []
    names: dict[str, str] = {}
    for index, whole in enumerate(raw.output or ()):
        item = convert(whole, RawItem)
        if item.type == "message":
            said, refused = texts_in(item)
            texts += said
            refusals += refused
        elif item.type == "reasoning":
            thoughts.append(reasoning_in(item))
        elif is_result(item.type):
            results.append(result_of(item, names))
        elif is_call(item.type):
            call = call_of(str(index), item, bytes(whole))
            note_id(call, names, call.name)
            calls.append(call)
            results += inner_results(call, item)
    return Answer(
        id=raw.id,
        model=raw.model,
        text="\n\n".join(text for text in texts if text),
        refusal="\n\n".join(refusals),
        reasoning="\n\n".join(text for text in thoughts if text),
        calls=tuple(calls),
        results=tuple(results),
        usage=_usage_of(raw.usage),
        stop=_stop(raw),
        is_complete=raw.status not in _UNFINISHED,
        message=dump(raw.output or []),
    )


def _stop(raw: RawAnswer) -> str:
    reason = raw.incomplete_details.reason if raw.incomplete_details else None
    return reason or raw.status or ""


def _usage_of(raw: _Usage | None) -> Usage | None:
    if raw is None:
        return None
    details = raw.input_tokens_details
    return Usage(
        input_tokens=raw.input_tokens or 0,
        output_tokens=raw.output_tokens or 0,
        cached_tokens=(details.cached_tokens or 0) if details else 0,
    )


def render_answer(body: bytes, answer: Answer, rulings: Mapping[str, Ruling]) -> bytes:
    """The answer after the rulings: the very same bytes when every call is released.

    Raises:
        InputError: codes ``wire.*``, as `read_answer`.
    """
    if not outcome(answer.calls, rulings).changes:
        return body
    top = convert(body, dict[str, msgspec.Raw])
    output = convert(top["output"], list[msgspec.Raw])
    replaced: dict[str | None, Call] = {}
    calls = {call.key: call for call in answer.calls}
    for index, raw in enumerate(output):
        item, call = convert(raw, RawItem), calls.get(str(index))
        ruling = rulings.get(str(index), REFUSE)
        if call is not None and ruling.action != "release":
            replaced[call.id] = call
            output[index] = as_raw(replacement(call, item.id or "", ruling))
        elif is_result(item.type) and item.call_id in replaced:
            output[index] = as_raw(withheld(replaced[item.call_id], item.id or ""))
    top["output"] = as_raw(output)
    return dump(top)


def replacement(call: Call, ident: str, ruling: Ruling) -> dict[str, Any]:
    """The message in the place of a call that does not go ahead (rule 2)."""
    return {
        "id": f"msg_{ident or call.id or call.key}",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part_of(text_for(call, ruling), ruling.action)],
    }


def withheld(call: Call, ident: str) -> dict[str, Any]:
    """The message in the place of a result whose call did not go ahead."""
    text = f"The result of the tool `{call.name}` was withheld."
    return replacement(call, ident, Ruling(action="notice", text=text))


def note_id(call: Call, names: dict[str, str], value: str) -> None:
    """Remember a call's id: a result that comes later must belong to one call alone.

    Raises:
        InputError: ``wire.call_ambiguous``.
    """
    if call.id and call.id in names:
        raise InputError(
            f"two tool calls have the id `{call.id[:80]}`",
            code="wire.call_ambiguous",
            help="nobody can tell which of them a result belongs to",
        )
    names[call.id] = value


def part_of(text: str, action: str) -> dict[str, Any]:
    """A part of a message: words, or a refusal."""
    if action == "refuse":
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
