"""Anthropic Messages: the edits of a request; every byte that is not replaced stays as it was."""

from __future__ import annotations

from collections.abc import Mapping

from gardefou.wires._json import convert, dump
from gardefou.wires._model import Answer
from gardefou.wires._splice import Document, append, put
from gardefou.wires.messages._blocks import Block


def with_model(body: bytes, model: str) -> bytes:
    """The request for another model."""
    return put(body, "model", dump(model))


def with_system(body: bytes, text: str) -> bytes:
    """The request with one more block of the system's words, behind those it has; once.

    Behind, because some credentials only take requests whose first block is a certain one.
    """
    document = Document(body)
    system = document.value("system")
    ours = {"type": "text", "text": text}
    if not system:
        return document.put("system", dump([ours]))
    if system[:1] == b'"':
        theirs = {"type": "text", "text": convert(system, str)}
        if theirs == ours:
            return body
        return document.put("system", dump([theirs, ours] if theirs["text"] else [ours]))
    if any(block.type == "text" and block.text == text for block in convert(system, list[Block])):
        return body
    return document.put("system", append(system, dump(ours)))


def explain(body: bytes, answer: Answer, texts: Mapping[str, str]) -> bytes:
    """The next request: the model's turn, and for each of its calls a text as the result."""
    results = [
        {
            "type": "tool_result",
            "tool_use_id": call.id,
            "content": texts[call.key],
            "is_error": True,
        }
        for call in answer.calls
        if call.executor == "client"
    ]
    turn = b'{"role":"assistant","content":%b}' % answer.message
    reply = dump({"role": "user", "content": results})
    document = Document(body)
    return document.put("messages", append(document.value("messages"), turn + b"," + reply))
