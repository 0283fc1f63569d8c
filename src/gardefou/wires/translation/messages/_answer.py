"""Messages: a whole answer, to and from the shape between the wires."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.wires.translation._answers import call_arguments
from gardefou.wires.translation._core import (
    Answer,
    Call,
    Exchange,
    Note,
    Refusal,
    Stop,
    Text,
    Usage,
)
from gardefou.wires.translation._ids import call_id
from gardefou.wires.translation._reading import Notes, answer_body, unreadable

STOPS: dict[str, Stop] = {
    "end_turn": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
    "stop_sequence": "sequence",
    "tool_use": "calls",
}
REASONS = {
    "end": "end_turn",
    "length": "max_tokens",
    "refusal": "refusal",
    "sequence": "stop_sequence",
    "calls": "tool_use",
}
REASONING = frozenset({"thinking", "redacted_thinking"})


class Block(msgspec.Struct, frozen=True):
    """A block of content, whole or as it starts."""

    type: str
    text: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")
    citations: Any = None


class _OutputDetails(msgspec.Struct, frozen=True):
    thinking_tokens: int | None = None


class Counts(msgspec.Struct, frozen=True):
    """The tokens of an exchange; those of a stream add up by themselves."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: _OutputDetails | None = None


class StopDetails(msgspec.Struct, frozen=True):
    """Why the model refused."""

    explanation: str | None = None


class Message(msgspec.Struct, frozen=True):
    """The model's turn, whole or as a stream begins with it."""

    id: str = ""
    model: str = ""
    content: list[Block] = []  # msgspec copies the default for each instance
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: StopDetails | None = None
    usage: Counts | None = None


def read_answer(data: bytes, notes: Notes) -> Answer:
    """Read an answer.

    Raises:
        InputError: ``translate.answer``.
    """
    given = answer_body(Message, data)
    stop = stop_of(given.stop_reason)
    parts: list[Text | Refusal | Call] = []
    for index, block in enumerate(given.content):
        where = f"content[{index}]"
        if block.type == "text":
            if block.citations:
                notes.append(Note(f"{where}.citations", "sources of words are not carried"))
            parts.append(Text(block.text))
        elif block.type == "tool_use":
            arguments = call_arguments(bytes(block.input).decode(), stop)
            parts.append(Call(call_id(block.id), block.name, arguments or b"{}"))
        elif block.type in REASONING:
            notes.append(Note(where, "reasoning is left out"))
        else:
            raise unreadable(
                f"it holds a block of type `{block.type[:40]}`, which was not asked for"
            )
    if given.stop_details is not None and given.stop_details.explanation:
        parts.append(Refusal(given.stop_details.explanation))
    return Answer(
        id=given.id,
        model=given.model,
        parts=tuple(parts),
        stop=stop,
        sequence=given.stop_sequence or "",
        usage=usage_of(given.usage or Counts()),
    )


def stop_of(reason: str | None) -> Stop:
    """Why the answer ended.

    Raises:
        InputError: ``translate.answer``, also for ``pause_turn``: no tool of the vendor's was
            asked for, and the other wires cannot say that the answer goes on.
    """
    if reason in STOPS:
        return STOPS[reason]
    raise unreadable(f"its stop reason `{str(reason)[:40]}` has no counterpart")


def usage_of(counts: Counts) -> Usage:
    """The tokens between the wires."""
    cached = counts.cache_read_input_tokens or 0
    written = counts.cache_creation_input_tokens or 0
    details = counts.output_tokens_details or _OutputDetails()
    return Usage(
        input=(counts.input_tokens or 0) + cached + written,
        output=counts.output_tokens or 0,
        cached=cached,
        written=written,
        reasoning=details.thinking_tokens or 0,
    )


def usage_fields(usage: Usage) -> dict[str, Any]:
    """The tokens in this wire's words."""
    fields: dict[str, Any] = {
        "input_tokens": max(0, usage.input - usage.cached - usage.written),
        "cache_creation_input_tokens": usage.written,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.output,
    }
    if usage.reasoning:
        fields["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    return fields


def write_answer(answer: Answer, exchange: Exchange, now_s: int) -> bytes:  # noqa: ARG001 - one signature for every wire
    """The answer as a message."""
    content: list[dict[str, Any]] = []
    for part in answer.parts:
        if isinstance(part, Call):
            arguments = msgspec.Raw(part.arguments)
            content.append(
                {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}
            )
        else:
            content.append({"type": "text", "text": part.text})
    return msgspec.json.encode(
        {
            "id": answer.id,
            "type": "message",
            "role": "assistant",
            "model": answer.model,
            "content": content,
            "stop_reason": REASONS[answer.stop],
            "stop_sequence": answer.sequence or None,
            "usage": usage_fields(answer.usage),
        }
    )
