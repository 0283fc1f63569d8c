"""OpenAI Responses: the edits of a request; every byte that is not replaced stays as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gardefou.errors import UsageError
from gardefou.wires._json import convert, dump
from gardefou.wires._model import Answer, Call
from gardefou.wires._splice import Document, append, prepend, put
from gardefou.wires.responses._items import RawItem


def with_model(body: bytes, model: str) -> bytes:
    """The request for another model."""
    return put(body, "model", dump(model))


def in_foreground(body: bytes) -> bytes:
    """The request as one whose answer comes in one piece."""
    return put(body, "background", b"false")


def with_system(body: bytes, text: str) -> bytes:
    """The request with more instructions behind those it has; once."""
    document = Document(body)
    given = document.value("instructions")
    theirs = convert(given, str) if given else ""
    if theirs == text or theirs.endswith(f"\n\n{text}"):
        return body
    return document.put("instructions", dump(f"{theirs}\n\n{text}" if theirs else text))


def explain(body: bytes, answer: Answer, texts: Mapping[str, str]) -> bytes:
    """The next request: the model's items, and for each of its calls a text as the result."""
    document = Document(body)
    results = [_output(c, texts[c.key]) for c in answer.calls if c.executor == "client"]
    outputs = b",".join(dump(result) for result in results)
    if document.value("conversation"):
        # The vendor's conversation already holds the input and the model's items.
        return document.put("input", b"[%b]" % outputs)
    given = document.value("input") or b"[]"
    if given[:1] == b'"':
        given = b'[{"role":"user","content":%b}]' % given
    items = convert(answer.message, list[msgspec.Raw])
    if document.value("store") == b"false":
        items = [item for item in items if _can_stand_alone(item)]
    turn = b",".join([*(bytes(item) for item in items), outputs])
    return document.put("input", append(given, turn))


def with_results(body: bytes, texts: Sequence[tuple[Call, str]]) -> bytes:
    """The request with a text, in front, as the result of each call that its client never saw.

    The vendor kept the answer that the request continues as its model gave it; without a result
    for every call in it the vendor refuses the request. A call whose result is no text is left out.
    """
    results = [dump(_output(call, text)) for call, text in texts if call.type in _TEXT_RESULTS]
    if not results:
        return body
    document = Document(body)
    given = document.value("input") or b"[]"
    if given[:1] == b'"':
        given = b'[{"role":"user","content":%b}]' % given
    return document.put("input", prepend(given, b",".join(results)))


def _can_stand_alone(item: msgspec.Raw) -> bool:
    """The vendor does not know an item of reasoning that it did not store."""
    read = convert(item, RawItem)
    return read.type != "reasoning" or bool(read.encrypted_content)


_TEXT_RESULTS = {
    "function",
    "custom_tool_call",
    "apply_patch_call",
    "local_shell_call",
    "shell_call",
    "mcp_approval_request",
}


def _output(call: Call, text: str) -> dict[str, Any]:
    if call.type == "function":
        return {"type": "function_call_output", "call_id": call.id, "output": text}
    if call.type == "custom_tool_call":
        return {"type": "custom_tool_call_output", "call_id": call.id, "output": text}
    if call.type == "apply_patch_call":
        kind = "apply_patch_call_output"
        return {"type": kind, "call_id": call.id, "status": "failed", "output": text}
    if call.type == "local_shell_call":
        return {"type": "local_shell_call_output", "id": call.id, "output": text}
    if call.type == "shell_call":
        outcome = {"type": "exit", "exit_code": 1}
        output = [{"stdout": "", "stderr": text, "outcome": outcome}]
        return {"type": "shell_call_output", "call_id": call.id, "output": output}
    if call.type == "mcp_approval_request":
        kind = "mcp_approval_response"
        return {"type": kind, "approval_request_id": call.id, "approve": False, "reason": text}
    raise UsageError(
        f"the result of a `{call.type}` is no text",
        code="wire.explain",
        help="refuse the answer instead of explaining it to the model",
    )
