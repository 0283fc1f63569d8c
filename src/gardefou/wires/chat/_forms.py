"""Chat Completions: what the gateway says by itself, in the wire's forms."""

from __future__ import annotations

from typing import Any

from gardefou.wires._json import dump
from gardefou.wires._model import Reply, Request
from gardefou.wires._replies import JSON, STREAM
from gardefou.wires._sse import event


def said(request: Request, field: str, text: str, *, id: str, at_s: int) -> Reply:  # noqa: A002 - the wire's word
    """A whole answer of our own: ``field`` is ``content`` for a notice, ``refusal`` for one."""
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    head = {"id": id, "created": at_s, "model": request.model}
    if not request.stream:
        message = {"role": "assistant", "content": None, "refusal": None, field: text}
        choice: dict[str, Any] = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": "stop",
        }
        body = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
        return Reply(status=200, headers=dict(JSON), body=dump(body))
    head = {**head, "object": "chat.completion.chunk"}
    deltas: list[tuple[dict[str, Any], str | None]] = [
        ({"role": "assistant", "content": None}, None),
        ({field: text}, None),
        ({}, "stop"),
    ]
    events = [
        event(dump({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": stop}]}))
        for delta, stop in deltas
    ]
    if request.wants_usage:
        events.append(event(dump({**head, "choices": [], "usage": usage})))
    return Reply(status=200, headers=dict(STREAM), body=b"".join([*events, event(b"[DONE]")]))
