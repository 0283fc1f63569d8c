"""Anthropic Messages: an answer in one piece, read and rendered; keys are positions of blocks.

1. A block that does not go ahead is replaced by a text block in its place, and so is the result
   of a tool that the vendor ran: positions stay what they were.
2. When no call of the client is left, ``stop_reason`` becomes ``refusal`` with an explanation, or
   ``end_turn`` when there are notices alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gardefou.errors import InputError
from gardefou.wires._json import NULL, Reader, as_raw, convert, dump
from gardefou.wires._model import Answer, Call, Result, Ruling, Usage
from gardefou.wires._rulings import REFUSE, Outcome, outcome, text_for
from gardefou.wires.messages._blocks import (
    Block,
    call_of,
    is_call,
    is_result,
    result_of,
)

# The words that say that the turn waits for a tool's result, or for the vendor's own loop.
CALL_STOPS = ("tool_use", "pause_turn")


class RawUsage(msgspec.Struct):
    """The wire's counts; they are cumulative, and those of the cache stand beside the input's."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Answer(msgspec.Struct):
    content: msgspec.Raw
    id: str = ""
    model: str = ""
    stop_reason: str | None = None
    usage: RawUsage | None = None


class Details(msgspec.Struct):
    """Why the model stopped."""

    explanation: str | None = None


_read = Reader(_Answer)


def read_answer(body: bytes) -> Answer:
    """Read an answer.

    Raises:
        InputError: codes ``wire.*``.
    """
    raw: _Answer = _read(body)
    return answer_of(
        [bytes(block) for block in convert(raw.content, list[msgspec.Raw])],
        id=raw.id,
        model=raw.model,
        stop=raw.stop_reason or "",
        usage=usage_of(raw.usage),
        message=bytes(raw.content),
    )


def answer_of(blocks: Sequence[bytes], **fields: Any) -> Answer:
    """An answer of these blocks, with the other fields as they are.

    Raises:
        InputError: ``wire.type``; ``wire.call_ambiguous`` when two calls have one id.
    """
    texts, thoughts = [], []
    calls: list[Call] = []
    results: list[Result] = []
    names: dict[str, str] = {}
    for index, whole in enumerate(blocks):
        block = convert(whole, Block)
        if block.type == "text":
            texts.append(block.text or "")
        elif block.type == "thinking":
            thoughts.append(block.thinking or "")
        elif is_result(block.type):
            results.append(result_of(block, names.get(block.tool_use_id or "", "")))
        elif is_call(block.type):
            call = call_of(str(index), block, whole)
            note_id(call, names)
            calls.append(call)
    return Answer(
        text="".join(texts),
        reasoning="".join(thoughts),
        calls=tuple(calls),
        results=tuple(results),
        **fields,
    )


def note_id(call: Call, names: dict[str, str]) -> None:
    """Remember a call's id: a result that comes later must belong to one call alone."""
    if call.id and call.id in names:
        raise InputError(
            f"two tool calls have the id `{call.id[:80]}`",
            code="wire.call_ambiguous",
            help="nobody can tell which of them a result belongs to",
        )
    names[call.id] = call.name


def usage_of(raw: RawUsage | None) -> Usage | None:
    """The counts under the names that all wires share."""
    if raw is None:
        return None
    cached = raw.cache_read_input_tokens or 0
    written = raw.cache_creation_input_tokens or 0
    return Usage(
        input_tokens=(raw.input_tokens or 0) + cached + written,
        output_tokens=raw.output_tokens or 0,
        cached_tokens=cached,
    )


def render_answer(body: bytes, answer: Answer, rulings: Mapping[str, Ruling]) -> bytes:
    """The answer after the rulings: the very same bytes when every call is released.

    Raises:
        InputError: codes ``wire.*``, as `read_answer`.
    """
    result = outcome(answer.calls, rulings)
    if not result.changes:
        return body
    top = convert(body, dict[str, msgspec.Raw])
    content = convert(top["content"], list[msgspec.Raw])
    replaced = {}
    for call in answer.calls:
        ruling = rulings.get(call.key, REFUSE)
        if ruling.action != "release":
            replaced[call.id] = call
            content[int(call.key)] = as_raw(text_block(text_for(call, ruling)))
    for index, raw in enumerate(content):
        block = convert(raw, Block)
        if is_result(block.type) and block.tool_use_id in replaced:
            content[index] = as_raw(text_block(withheld(replaced[block.tool_use_id])))
    top["content"] = as_raw(content)
    stop = convert(top.get("stop_reason", NULL), str | None)
    top |= {key: as_raw(value) for key, value in stop_after(stop, result).items()}
    return dump(top)


def text_block(text: str) -> dict[str, Any]:
    """A block of plain words."""
    return {"type": "text", "text": text}


def withheld(call: Call) -> str:
    """The text in the place of a result whose call did not go ahead."""
    return f"The result of the tool `{call.name}` was withheld."


def stop_after(stop: str | None, result: Outcome) -> dict[str, Any]:
    """The fields that say why the answer stopped, where the rulings change them (rule 2)."""
    if stop not in CALL_STOPS or result.released or not result.changes:
        return {}
    if not result.refusals:
        return {"stop_reason": "end_turn"}
    explanation = "\n\n".join(result.refusals)
    details = {"type": "refusal", "category": None, "explanation": explanation}
    return {"stop_reason": "refusal", "stop_details": details}
