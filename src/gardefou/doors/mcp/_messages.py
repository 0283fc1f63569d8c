"""JSON-RPC messages of MCP, read on the strict side.

1. One message is one JSON object with ``"jsonrpc": "2.0"``: no batch, no duplicate key, no number
   that is none. Protocol 2025-06-18 and later know no batches.
2. A message with ``method`` and ``id`` is a request, with ``method`` alone a notification, with ``id``
   and exactly one of ``result`` and ``error`` an answer. Everything else is no message.
3. An id is text or a whole number; ``null``, ``true`` and fractions are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from gardefou.action import parse
from gardefou.errors import InputError

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
REFUSED = -32001

Id = str | int
Sort = Literal["request", "notification", "answer"]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it was read; ``value`` is the whole of it."""

    sort: Sort
    value: dict[str, Any]
    id: Id | None = None
    method: str = ""

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of a request or notification."""
        found = self.value.get("params")
        return found if isinstance(found, dict) else {}

    @property
    def meta(self) -> Mapping[str, Any]:
        """What the protocol carries beside the parameters."""
        found = self.params.get("_meta")
        return found if isinstance(found, dict) else {}


def read_message(data: bytes) -> Message:
    """The message in these bytes.

    Raises:
        InputError: codes ``json.*`` and ``mcp.message``.
    """
    value = parse(data)
    if isinstance(value, list):
        raise _unlike("the message is a batch", "one message at a time")
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise _unlike("the message is no JSON-RPC 2.0 object", '`{"jsonrpc": "2.0", …}`')
    found = value.get("id")
    nobodys = found is None and "error" in value and "method" not in value
    if "id" in value and not nobodys and (isinstance(found, bool) or not isinstance(found, Id)):
        raise _unlike("the id is neither text nor a whole number", "such an id")
    if "method" in value:
        method = value["method"]
        if not isinstance(method, str) or not method or "result" in value or "error" in value:
            raise _unlike("the message is a request and an answer at once", "one of both")
        if not isinstance(value.get("params", {}), dict):
            raise _unlike("the parameters are no object", "an object")
        sort: Sort = "request" if "id" in value else "notification"
        return Message(sort=sort, value=value, id=found, method=method)
    if "id" not in value or ("result" in value) == ("error" in value):
        raise _unlike("the message is neither request nor answer", "`method`, `result` or `error`")
    return Message(sort="answer", value=value, id=found)


def encode(value: Mapping[str, Any]) -> bytes:
    """The bytes of a message, without a line break."""
    return msgspec.json.encode(value)


def error_answer(id_: Id | None, code: int, message: str, **data: Any) -> dict[str, Any]:
    """An answer that refuses."""
    error: dict[str, Any] = {"code": code, "message": message}
    if data:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": id_, "error": error}


def result_answer(id_: Id | None, result: Mapping[str, Any]) -> dict[str, Any]:
    """An answer with a result."""
    return {"jsonrpc": "2.0", "id": id_, "result": dict(result)}


def tool_error(id_: Id | None, text: str, *, modern: bool, **meta: Any) -> dict[str, Any]:
    """A tool's result that says why nothing ran; the model reads it."""
    result: dict[str, Any] = {"content": [{"type": "text", "text": text}], "isError": True}
    if modern:
        result["resultType"] = "complete"
    if meta:
        result["_meta"] = {f"gardefou/{name}": value for name, value in meta.items()}
    return result_answer(id_, result)


def _unlike(message: str, expected: str) -> InputError:
    return InputError(
        message,
        code="mcp.message",
        expected=expected,
        help="see the specification of the Model Context Protocol, base protocol",
    )
