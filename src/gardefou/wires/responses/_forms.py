"""OpenAI Responses: what the gateway says by itself, in the wire's forms."""

from __future__ import annotations

from typing import Any

from gardefou.wires._json import dump
from gardefou.wires._model import Reply, Request
from gardefou.wires._replies import JSON, STREAM
from gardefou.wires.responses._answer import part_of
from gardefou.wires.responses._events import message_events, write


def said(request: Request, action: str, text: str, *, id: str, at_s: int) -> Reply:  # noqa: A002 - the wire's word
    """A whole answer of our own: a message with words (``notice``) or a refusal (``refuse``)."""
    item = {
        "id": f"msg_{id}",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part_of(text, action)],
    }
    frame = response(request, id, at_s)
    whole = {**frame, "status": "completed", "output": [item], "usage": _USAGE}
    if not request.stream:
        return Reply(status=200, headers=dict(JSON), body=dump(whole))
    events = [
        {"type": "response.created", "response": frame},
        {"type": "response.in_progress", "response": frame},
        *message_events(item, 0),
        {"type": "response.completed", "response": whole},
    ]
    body = b"".join(write(fields, number) for number, fields in enumerate(events))
    return Reply(status=200, headers=dict(STREAM), body=body)


_USAGE = {
    "input_tokens": 0,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 0,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 0,
}


def response(request: Request, ident: str, at_s: int) -> dict[str, Any]:
    """The frame of an answer of our own that has just begun."""
    return {
        "id": ident,
        "object": "response",
        "created_at": at_s,
        "status": "in_progress",
        "background": request.background,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": request.max_output_tokens,
        "metadata": request.metadata,
        "model": request.model,
        "output": [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "usage": None,
    }
