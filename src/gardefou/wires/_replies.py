"""What the answers that the gateway gives by itself share."""

from __future__ import annotations

from gardefou.wires._json import dump

JSON = {"content-type": "application/json"}
STREAM = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
NO_RETRY = {"x-should-retry": "false"}

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}


def openai_error(status: int, code: str, message: str) -> bytes:
    """An error as OpenAI's services write it, on both of their wires."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return dump({"error": {"message": message, "type": kind, "param": None, "code": code}})
