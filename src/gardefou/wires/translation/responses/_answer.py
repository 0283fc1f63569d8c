"""Responses: a whole answer, to and from the shape between the wires."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.wires.translation._answers import call_arguments, check_calls
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

# What an answer repeats of its request, and what is the case when the request does not say it.
_ECHO: dict[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "reasoning": None,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": None,
    "user": None,
}
_STOPS: dict[str, Stop] = {"max_output_tokens": "length", "content_filter": "refusal"}
INCOMPLETE = {"length": "max_output_tokens", "refusal": "content_filter"}


class Content(msgspec.Struct, frozen=True):
    """A part of a message."""

    type: str
    text: str = ""
    refusal: str = ""
    annotations: Any = None


class Item(msgspec.Struct, frozen=True):
    """An item of the output, whole or as it starts."""

    type: str
    id: str | None = None
    content: list[Content] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None


class _InputDetails(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _OutputDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: int | None = None


class Counts(msgspec.Struct, frozen=True):
    """The tokens of an exchange."""

    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


class Incomplete(msgspec.Struct, frozen=True):
    """Why an answer is not whole."""

    reason: str | None = None


class Fault(msgspec.Struct, frozen=True):
    """What went wrong while the answer was made."""

    message: str = ""
    code: str | None = None


class Response(msgspec.Struct, frozen=True):
    """The answer, whole or as a stream begins and ends with it."""

    id: str = ""
    model: str = ""
    status: str | None = None
    output: list[Item] = []  # msgspec copies the default for each instance
    usage: Counts | None = None
    incomplete_details: Incomplete | None = None
    error: Fault | None = None


def read_answer(data: bytes, notes: Notes) -> Answer:
    """Read an answer.

    Raises:
        InputError: ``translate.answer``.
    """
    given = answer_body(Response, data)
    stop = stop_of(given)
    parts: list[Text | Refusal | Call] = []
    for index, item in enumerate(given.output):
        if item.type == "message":
            parts += _message(item, f"output[{index}]", notes)
        elif item.type == "function_call":
            if (arguments := call_arguments(item.arguments or "", stop)) is None:
                why = "a call that the limit of tokens cut off is left out"
                notes.append(Note(f"output[{index}]", why))
            else:
                parts.append(Call(call_id(item.call_id or ""), item.name or "", arguments))
        elif item.type == "reasoning":
            notes.append(Note(f"output[{index}]", "reasoning is left out"))
        else:
            raise unreadable(
                f"it holds an item of type `{item.type[:40]}`, which was not asked for"
            )
    return Answer(
        id=given.id,
        model=given.model,
        parts=tuple(parts),
        stop=check_calls(stop, parts),
        usage=usage_of(given.usage or Counts()),
    )


def _message(item: Item, path: str, notes: Notes) -> list[Text | Refusal]:
    parts: list[Text | Refusal] = []
    for content in item.content or ():
        if content.annotations:
            notes.append(Note(f"{path}.annotations", "sources of words are not carried"))
        if content.type == "output_text":
            parts.append(Text(content.text))
        elif content.type == "refusal":
            parts.append(Refusal(content.refusal))
        else:
            raise unreadable(f"a message holds a part of type `{content.type[:40]}`")
    return parts


def stop_of(given: Response) -> Stop:
    """Why the answer ended.

    Raises:
        InputError: ``translate.answer``.
    """
    if given.status == "completed":
        return "end"
    reason = given.incomplete_details.reason if given.incomplete_details else None
    if given.status == "incomplete" and reason in _STOPS:
        return _STOPS[reason]
    raise unreadable(
        f"its status is `{str(given.status)[:40]}`, for the reason `{str(reason)[:40]}`"
    )


def usage_of(counts: Counts) -> Usage:
    """The tokens between the wires."""
    given = counts.input_tokens_details or _InputDetails()
    made = counts.output_tokens_details or _OutputDetails()
    return Usage(
        input=counts.input_tokens,
        output=counts.output_tokens,
        cached=given.cached_tokens or 0,
        written=given.cache_write_tokens or 0,
        reasoning=made.reasoning_tokens or 0,
    )


def usage_fields(usage: Usage) -> dict[str, Any]:
    """The tokens in this wire's words."""
    cache = {"cached_tokens": usage.cached, "cache_write_tokens": usage.written}
    return {
        "input_tokens": usage.input,
        "input_tokens_details": cache,
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }


def echo(data: bytes) -> dict[str, msgspec.Raw]:
    """What the answer to a request repeats of it; the request has been read before."""
    fields = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    return {name: raw for name, raw in fields.items() if name in _ECHO and bytes(raw) != b"null"}


def write_answer(answer: Answer, exchange: Exchange, now_s: int) -> bytes:
    """The answer as a response; ``created_at`` is ``now_s``."""
    output: list[dict[str, Any]] = []
    for index, part in enumerate(answer.parts):
        if isinstance(part, Call):
            output.append(call_item(part.id, part.name, part.arguments.decode()))
        else:
            content = content_part(part.text, is_refusal=isinstance(part, Refusal))
            output.append(message_item(answer.id, index, [content]))
    return msgspec.json.encode(
        response(
            answer.id,
            answer.model,
            exchange,
            now_s,
            output=output,
            stop=answer.stop,
            usage=answer.usage,
        )
    )


def call_item(call: str, name: str, arguments: str, status: str = "completed") -> dict[str, Any]:
    """A call as an item."""
    return {
        "type": "function_call",
        "id": f"fc_{call}",
        "call_id": call,
        "name": name,
        "arguments": arguments,
        "status": status,
    }


def message_item(
    answer: str, index: int, content: list[dict[str, Any]], status: str = "completed"
) -> dict[str, Any]:
    """The model's words as an item."""
    return {
        "type": "message",
        "id": f"msg_{answer}_{index}",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def content_part(text: str, *, is_refusal: bool) -> dict[str, Any]:
    """Words, or words of a refusal, as a part of an item."""
    if is_refusal:
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def response(
    identity: str,
    model: str,
    exchange: Exchange,
    now_s: int,
    *,
    output: list[dict[str, Any]],
    stop: Stop | None = None,
    usage: Usage | None = None,
    error: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The object around an answer; without ``stop`` and ``error`` it is still being made."""
    reason = INCOMPLETE.get(stop or "")
    if stop == "refusal" and any(_refuses(item) for item in output):
        reason = None  # the refusal itself says it
    status = "in_progress" if stop is None else "incomplete" if reason else "completed"
    return {
        "id": identity,
        "object": "response",
        "created_at": now_s,
        "status": "failed" if error else status,
        "error": error,
        "incomplete_details": {"reason": reason} if reason else None,
        "model": model,
        "output": output,
        "previous_response_id": None,
        "store": False,
        "usage": usage_fields(usage) if usage else None,
        **_ECHO,
        **exchange.echo,
    }


def _refuses(item: dict[str, Any]) -> bool:
    return any(part["type"] == "refusal" for part in item.get("content", ()))
