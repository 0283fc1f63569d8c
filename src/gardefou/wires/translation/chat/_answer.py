"""Chat Completions: a whole answer, to and from the shape between the wires."""

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

STOPS: dict[str, Stop] = {
    "stop": "end",
    "length": "length",
    "tool_calls": "calls",
    "content_filter": "refusal",
}
FINISH = {
    "end": "stop",
    "sequence": "stop",
    "length": "length",
    "calls": "tool_calls",
    "refusal": "content_filter",
}


# Some servers leave a call's type out, or empty.
FUNCTION = frozenset({None, "", "function"})


class Function(msgspec.Struct, frozen=True):
    """The function of a call."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct, frozen=True):
    """A call, whole or as a delta."""

    id: str | None = None
    index: int = 0
    type: str | None = None
    function: Function | None = None


class Message(msgspec.Struct, frozen=True):
    """The model's turn, whole or as a delta."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: Any = None
    reasoning_content: Any = None
    audio: Any = None
    annotations: Any = None


class _Choice(msgspec.Struct, frozen=True):
    message: Message
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _CompletionDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: int | None = None


class Counts(msgspec.Struct, frozen=True):
    """The tokens of an exchange."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


class _Completion(msgspec.Struct, frozen=True):
    choices: list[_Choice]
    id: str | None = None
    model: str | None = None
    usage: Counts | None = None


def read_answer(data: bytes, notes: Notes) -> Answer:
    """Read an answer.

    Raises:
        InputError: ``translate.answer``.
    """
    given = answer_body(_Completion, data)
    if len(given.choices) != 1:
        raise unreadable(f"it has {len(given.choices)} choices, and one was asked for")
    choice = given.choices[0]
    message = choice.message
    check_message(message)
    stop = stop_of(choice.finish_reason or "stop")
    parts: list[Text | Refusal | Call] = []
    if message.reasoning_content:
        notes.append(Note("choices[0].message.reasoning_content", "reasoning is left out"))
    if message.annotations:
        notes.append(Note("choices[0].message.annotations", "sources of words are not carried"))
    if message.content:
        parts.append(Text(message.content))
    if message.refusal:
        parts.append(Refusal(message.refusal))
    for call in message.tool_calls or ():
        where = f"choices[0].message.tool_calls[{call.index}]"
        name, text = _function(call)
        if (arguments := call_arguments(text, stop)) is None:
            notes.append(Note(where, "a call that the limit of tokens cut off is left out"))
        else:
            parts.append(Call(call_id(call.id or ""), name, arguments))
    return Answer(
        id=given.id or "",
        model=given.model or "",
        parts=tuple(parts),
        stop=check_calls(stop, parts),
        usage=usage_of(given.usage or Counts()),
    )


def check_message(message: Message) -> None:
    """Refuse what no other wire can say.

    Raises:
        InputError: ``translate.answer``.
    """
    if message.function_call is not None or message.audio is not None:
        raise unreadable("it holds sound or a call in the old form, and neither was asked for")


def stop_of(reason: str) -> Stop:
    """Why the answer ended.

    Raises:
        InputError: ``translate.answer``.
    """
    if reason in STOPS:
        return STOPS[reason]
    raise unreadable(f"its finish reason `{reason[:40]}` is not known")


def _function(call: ToolCall) -> tuple[str, str]:
    if call.type not in FUNCTION or call.function is None or not call.function.name:
        raise unreadable("it holds a tool call that is no call of a function")
    return call.function.name, call.function.arguments or ""


def usage_of(counts: Counts) -> Usage:
    """The tokens between the wires."""
    prompt = counts.prompt_tokens_details or _PromptDetails()
    completion = counts.completion_tokens_details or _CompletionDetails()
    return Usage(
        input=counts.prompt_tokens,
        output=counts.completion_tokens,
        cached=prompt.cached_tokens or 0,
        written=prompt.cache_write_tokens or 0,
        reasoning=completion.reasoning_tokens or 0,
    )


def usage_fields(usage: Usage) -> dict[str, Any]:
    """The tokens in this wire's words."""
    fields: dict[str, Any] = {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached,
            "cache_write_tokens": usage.written,
        },
    }
    if usage.reasoning:
        fields["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning}
    return fields


def write_answer(answer: Answer, exchange: Exchange, now_s: int) -> bytes:  # noqa: ARG001 - one signature for every wire
    """The answer as a chat completion; ``created`` is ``now_s``."""
    texts = [part.text for part in answer.parts if isinstance(part, Text)]
    refusals = [part.text for part in answer.parts if isinstance(part, Refusal)]
    calls = [part for part in answer.parts if isinstance(part, Call)]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(texts) if texts else None,
        "refusal": "\n".join(refusals) if refusals else None,
    }
    if calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments.decode()},
            }
            for call in calls
        ]
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": FINISH[answer.stop],
    }
    return msgspec.json.encode(
        {
            "id": answer.id,
            "object": "chat.completion",
            "created": now_s,
            "model": answer.model,
            "choices": [choice],
            "usage": usage_fields(answer.usage),
        }
    )
