"""Anthropic Messages, the vendor's side: requests read, answers and streams written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

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
from gardefou.doors.simulate._reply import Event, Part, Reply, argument_pieces, words

_STOP = {"length": "max_tokens", "filter": "refusal", "pause": "pause_turn"}


def read(body: dict[str, Any]) -> Asked:
    """Read a request.

    Raises:
        BadRequest: as the vendor refuses it.
    """
    limit = body.get("max_tokens")
    if type(limit) is not int or limit < 1:
        raise BadRequest("max_tokens: Field required, a positive integer")
    return _read(body)


def read_count(body: dict[str, Any]) -> Asked:
    """Read a request that only counts tokens.

    Raises:
        BadRequest: as the vendor refuses it.
    """
    return _read(body)


def _read(body: dict[str, Any]) -> Asked:
    messages = messages_of(body, "messages")
    if messages[0].get("role") != "user":
        raise BadRequest('messages: first message must use the "user" role')
    return asked("messages", body, list(_items(messages)))


def _items(messages: list[dict[str, Any]]) -> Iterator[Item]:
    for index, message in enumerate(messages):
        role, content = message.get("role"), message.get("content")
        if role not in {"user", "assistant", "system"}:
            raise BadRequest(f"messages.{index}.role: Input should be 'user' or 'assistant'")
        if not isinstance(content, str | list) or not content:
            raise BadRequest(f"messages.{index}.content: must be text or blocks, and not empty")
        blocks = [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []
        if role == "assistant":
            uses = [block for block in blocks if block.get("type") == "tool_use"]
            yield Answered(tuple(str(use.get("id")) for use in uses))
        elif role == "user":
            results = [block for block in blocks if block.get("type") == "tool_result"]
            for block in results:
                yield Returned(str(block.get("tool_use_id")), text_of(block.get("content")))
            texts = [b for b in blocks if b.get("type") != "tool_result"]
            if isinstance(content, str) or texts:
                yield Heard(text_of(content if isinstance(content, str) else texts))


def body(reply: Reply) -> dict[str, Any]:
    """The answer in one piece."""
    return {
        **_message(reply),
        "content": list(_blocks(reply)),
        **_end(reply),
        "usage": _usage(reply, reply.output_tokens),
    }


def events(reply: Reply) -> Iterator[Event]:
    """The answer as a stream, from ``message_start`` to ``message_stop``, with a ``ping``."""
    empty: dict[str, Any] = {
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _usage(reply, 1),
    }
    yield _event("message_start", message={**_message(reply), **empty})
    for index, block in enumerate(_blocks(reply)):
        begin = {
            k: {} if k == "input" else ""
            for k in ("text", "thinking", "signature", "input")
            if k in block
        }
        yield _event("content_block_start", index=index, content_block={**block, **begin})
        if index == 0:
            yield _event("ping")
        part: Part = "call" if block["type"] == "tool_use" else "text"
        for delta in _deltas(reply, block):
            data = {"type": "content_block_delta", "index": index, "delta": delta}
            yield Event(data, "content_block_delta", part)
        yield _event("content_block_stop", index=index)
    usage = {"output_tokens": reply.output_tokens, "input_tokens": reply.input_tokens}
    yield _event("message_delta", delta=_end(reply), usage=usage)
    yield _event("message_stop")


def _event(name: str, **fields: Any) -> Event:
    return Event({"type": name, **fields}, name)


def _blocks(reply: Reply) -> Iterator[dict[str, Any]]:
    if reply.think:
        signature = hashlib.sha256(reply.think.encode()).hexdigest()
        yield {"type": "thinking", "thinking": reply.think, "signature": f"sim{signature}"}
    if reply.text or reply.refusal:
        yield {"type": "text", "text": reply.text or reply.refusal}
    for call in reply.calls:
        yield {
            "type": "tool_use",
            "id": call.id,
            "name": call.name,
            "input": _input(call.arguments),
        }


def _input(arguments: str) -> Any:
    """The arguments as an object; those that are none can only be sent as text, inside one."""
    try:
        found = msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return {"": arguments}
    return found


def _deltas(reply: Reply, block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        yield from ({"type": "text_delta", "text": word} for word in words(block["text"]))
    elif block["type"] == "thinking":
        for word in words(block["thinking"]):
            yield {"type": "thinking_delta", "thinking": word}
        yield {"type": "signature_delta", "signature": block["signature"]}
    else:
        call = next(call for call in reply.calls if call.id == block["id"])
        yield {"type": "input_json_delta", "partial_json": ""}
        for piece in argument_pieces(call.arguments):
            yield {"type": "input_json_delta", "partial_json": piece}


def _message(reply: Reply) -> dict[str, Any]:
    return {
        "id": reply.id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "simulation": True,
    }


def _end(reply: Reply) -> dict[str, Any]:
    if reply.finish:
        reason = _STOP[reply.finish]
    elif reply.refusal:
        reason = "refusal"
    else:
        reason = "tool_use" if reply.calls else "end_turn"
    details = {"type": "refusal", "category": None, "explanation": reply.refusal or None}
    return {
        "stop_reason": reason,
        "stop_sequence": None,
        "stop_details": details if reason == "refusal" else None,
    }


def _usage(reply: Reply, output: int) -> dict[str, Any]:
    return {
        "input_tokens": reply.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output,
        "service_tier": "standard",
    }
