"""Errors in the vendors' own forms."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.doors.simulate._reply import MARK
from gardefou.doors.simulate._script import Failure, Wire

_OPENAI = {
    401: "invalid_request_error",
    429: "rate_limit_error",
    503: "service_unavailable_error",
}
_ANTHROPIC = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
HTML = b"<html><head><title>Simulation</title></head><body><h1>Bad gateway</h1></body></html>\n"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What an error form has fields for."""

    status: int
    message: str
    type: str = ""
    code: str = ""
    param: str = ""


def error_body(wire: Wire, problem: Problem, *, request_id: str) -> dict[str, Any]:
    """The error as the wire's vendor writes it."""
    message = f"{MARK}{problem.message}"
    status = problem.status
    if wire == "messages":
        kind = problem.type or _ANTHROPIC.get(status) or _general(status, "api_error")
        error: dict[str, Any] = {"type": kind, "message": message}
        return {"type": "error", "error": error, "request_id": request_id, "simulation": True}
    error = {
        "message": message,
        "type": problem.type or _OPENAI.get(status) or _general(status, "server_error"),
        "param": problem.param or None,
        "code": problem.code or None,
    }
    return {"error": error, "simulation": True}


def _general(status: int, server: str) -> str:
    return server if status >= 500 else "invalid_request_error"


def failure_bytes(wire: Wire, failure: Failure, *, request_id: str) -> tuple[bytes, str]:
    """The body of a scripted failure and its content type."""
    if failure.body == "html":
        return HTML, "text/html"
    if failure.body == "empty":
        return b"", "text/plain"
    if failure.body == "text":
        return f"{MARK}{failure.message}\n".encode(), "text/plain"
    problem = Problem(status=failure.status, message=failure.message, type=failure.type)
    value = error_body(wire, problem, request_id=request_id)
    return msgspec.json.encode(value), "application/json"


def error_event(wire: Wire, *, sequence: int) -> tuple[str, dict[str, Any]]:
    """An error in the middle of a stream: the event's name and its data."""
    message = f"{MARK}the stream fails here, as the script says"
    if wire == "messages":
        return "error", {"type": "error", "error": {"type": "overloaded_error", "message": message}}
    if wire == "responses":
        fields = {"code": "server_error", "message": message, "param": None}
        return "error", {"type": "error", "sequence_number": sequence, **fields}
    return "", {"error": {"message": message, "type": "server_error", "param": None, "code": None}}
