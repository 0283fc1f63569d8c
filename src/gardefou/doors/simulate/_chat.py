"""OpenAI Chat Completions, the vendor's side: requests read, answers and streams written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from gardefou.doors.simulate._conversation import (
    Answered,
    Asked,
    BadRequest,
    Heard,
    Item,
    Returned,
    asked,
    messages_of,
    text_of,
)
from gardefou.doors.simulate._reply import Event, Reply, argument_pieces, words

_ROLES = ("system", "developer", "user", "assistant", "tool")
_FINISH = {"length": "length", "filter": "content_filter", "pause": "stop"}


def read(body: dict[str, Any]) -> Asked:
    """Read a request.

    Raises:
        BadRequest: as the vendor refuses it.
    """
    if body.get("n", 1) != 1:
        raise BadRequest("this simulation gives one choice: 'n' must be 1", param="n")
    return asked("chat", body, list(_items(messages_of(body, "messages"))))


def _items(messages: list[dict[str, Any]]) -> Iterator[Item]:
    for index, message in enumerate(messages):
        role = message.get("role")
        where = f"messages.[{index}]"
        if role not in _ROLES:
            raise BadRequest(f"'{role}' is not one of {list(_ROLES)}", param=f"{where}.role")
        if role == "user":
            yield Heard(text_of(message.get("content")))
        elif role == "tool":
            yield Returned(str(message.get("tool_call_id")), text_of(message.get("content")))
        elif role == "assistant":
            calls = message.get("tool_calls") or []
            if not isinstance(calls, list) or not all(isinstance(c, dict) for c in calls):
                raise BadRequest("'tool_calls' must be a list", param=f"{where}.tool_calls")
            yield Answered(tuple(str(call.get("id")) for call in calls))


def body(reply: Reply) -> dict[str, Any]:
    """The answer in one piece."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": reply.text or None,
        "refusal": reply.refusal or None,
        "annotations": [],
    }
    if reply.think:
        message["reasoning_content"] = reply.think
    if reply.calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in reply.calls
        ]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(reply)}
    return {**_head(reply, "chat.completion"), "choices": [choice], "usage": _usage(reply)}


def events(reply: Reply) -> Iterator[Event]:
    """The answer as a stream: one chunk for each delta, ``[DONE]`` at the end."""
    options = reply.asked.body.get("stream_options")
    with_usage = isinstance(options, dict) and options.get("include_usage") is True
    head = _head(reply, "chat.completion.chunk")
    if with_usage:
        head["usage"] = None

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**head, "choices": [choice]}

    yield Event(
        chunk(
            {
                "role": "assistant",
                "content": None if reply.calls and not reply.text else "",
                "refusal": None,
            }
        )
    )
    for word in words(reply.think):
        yield Event(chunk({"reasoning_content": word}), part="text")
    for word in words(reply.text):
        yield Event(chunk({"content": word}), part="text")
    for word in words(reply.refusal):
        yield Event(chunk({"refusal": word}), part="text")
    for call_delta in _call_deltas(reply):
        yield Event(chunk({"tool_calls": [call_delta]}), part="call")
    yield Event(chunk({}, _finish(reply)))
    if with_usage:
        yield Event({**head, "choices": [], "usage": _usage(reply)})
    yield Event("[DONE]")


def _call_deltas(reply: Reply) -> Iterator[dict[str, Any]]:
    def begins(index: int) -> dict[str, Any]:
        call = reply.calls[index]
        function = {"name": call.name, "arguments": ""}
        return {"index": index, "id": call.id, "type": "function", "function": function}

    def goes_on(index: int) -> Iterator[dict[str, Any]]:
        for piece in argument_pieces(reply.calls[index].arguments):
            yield {"index": index, "function": {"arguments": piece}}

    indices = range(len(reply.calls))
    if not reply.interleave:
        for index in indices:
            yield begins(index)
            yield from goes_on(index)
        return
    yield from (begins(index) for index in indices)
    for row in zip_longest(*(goes_on(index) for index in indices)):
        yield from (delta for delta in row if delta is not None)


def _head(reply: Reply, kind: str) -> dict[str, Any]:
    return {
        "id": reply.id("chatcmpl-"),
        "object": kind,
        "created": reply.at_s,
        "model": reply.model,
        "service_tier": "default",
        "system_fingerprint": "fp_simulation",
        "simulation": True,
    }


def _finish(reply: Reply) -> str:
    if reply.finish:
        return _FINISH[reply.finish]
    return "tool_calls" if reply.calls else "stop"


def _usage(reply: Reply) -> dict[str, Any]:
    return {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
