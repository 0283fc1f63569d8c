"""Chat Completions: the edits of a request; every byte that is not replaced stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gardefou.wires._json import convert, dump
from gardefou.wires._model import Answer
from gardefou.wires._splice import Document, append, prepend, put


class _Head(msgspec.Struct):
    role: str
    content: Any = None


def with_model(body: bytes, model: str) -> bytes:
    """The request for another model."""
    return put(body, "model", dump(model))


def with_usage(body: bytes) -> bytes:
    """The request, asking for the usage at the end of the stream."""
    document = Document(body)
    options = document.value("stream_options")
    value = put(options, "include_usage", b"true") if options else b'{"include_usage":true}'
    return document.put("stream_options", value)


def with_system(body: bytes, text: str) -> bytes:
    """The request with one more system message in front of all others; never the same twice."""
    document = Document(body)
    messages = document.value("messages")
    for message in convert(messages, list[_Head]):
        if message.role in {"system", "developer"} and message.content == text:
            return body
    message = dump({"role": "system", "content": text})
    return document.replace(document.members["messages"], prepend(messages, message))


def explain(body: bytes, answer: Answer, texts: Mapping[str, str]) -> bytes:
    """The next request: the model's turn, and for each of its calls a text as the result."""
    results = []
    for call in answer.calls:
        if call.key.endswith("f"):
            result = {"role": "function", "name": call.name, "content": texts[call.key]}
        else:
            result = {"role": "tool", "tool_call_id": call.id, "content": texts[call.key]}
        results.append(dump(result))
    document = Document(body)
    turn = b",".join([_turn(answer.message), *results])
    return document.replace(document.members["messages"], append(document.value("messages"), turn))


def _turn(message: bytes) -> bytes:
    """An answer's message has fields that no request takes."""
    fields = convert(message, dict[str, object])
    names = ("role", "content", "refusal", "tool_calls", "function_call", "reasoning_content")
    kept = {name: fields[name] for name in names if fields.get(name) is not None}
    return dump({"role": "assistant", **kept})
