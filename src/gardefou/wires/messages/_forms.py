"""Anthropic Messages: what the gateway says by itself, in the wire's forms."""

from __future__ import annotations

from typing import Any

from gardefou.wires._json import dump
from gardefou.wires._model import Reply, Request
from gardefou.wires._replies import JSON, STREAM
from gardefou.wires._sse import event

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def error_body(status: int, code: str, message: str) -> bytes:
    """An error as Anthropic's services write it; ``code`` is one field more."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
    return dump({"type": "error", "error": {"type": kind, "message": message, "code": code}})


def said(request: Request, text: str, ending: dict[str, Any], *, id: str) -> Reply:  # noqa: A002 - the wire's word
    """A whole answer of our own that says ``text`` and stops as ``ending`` says."""
    usage = {"input_tokens": 0, "output_tokens": 0}
    head = {"id": id, "type": "message", "role": "assistant", "model": request.model}
    if not request.stream:
        content = [{"type": "text", "text": text}]
        body = {**head, "content": content, "stop_sequence": None, **ending, "usage": usage}
        return Reply(status=200, headers=dict(JSON), body=dump(body))
    start: dict[str, Any] = {
        **head,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    events: tuple[dict[str, Any], ...] = (
        {"type": "message_start", "message": start},
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": ""},
        },
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": text},
        },
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_sequence": None, **ending},
            "usage": {"output_tokens": 0},
        },
        {"type": "message_stop"},
    )
    body_bytes = b"".join(event(dump(each), each["type"]) for each in events)
    return Reply(status=200, headers=dict(STREAM), body=body_bytes)


def refusal_ending(text: str) -> dict[str, Any]:
    """The vendor's form of a refusal."""
    details = {"type": "refusal", "category": None, "explanation": text}
    return {"stop_reason": "refusal", "stop_details": details}
