"""OpenAI Responses: an answer in the background, before it is there and when it never will be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from gardefou.wires._json import dump
from gardefou.wires._model import Request
from gardefou.wires.responses._forms import response

Ending = Literal["failed", "incomplete", "cancelled"]
RUNNING = ("queued", "in_progress")


class _Status(msgspec.Struct):
    status: str = ""


def begun(request: Request, holds: Sequence[str], *, id: str, at_s: int) -> bytes:  # noqa: A002 - the wire's word
    """The answer to a request that waits before any vendor was asked."""
    return dump(_held(response(request, id, at_s), holds))


def held(answer: bytes, holds: Sequence[str], *, id: str) -> bytes:  # noqa: A002 - as above
    """A vendor's answer that waits: its frame, and nothing of what the model said."""
    return dump(_held({**msgspec.json.decode(answer), "id": id}, holds))


def ended(shell: bytes, status: Ending, text: str) -> bytes:
    """An answer that waited and will not come, with the reason in the wire's place for it."""
    value = {**msgspec.json.decode(shell), "status": status}
    if status == "failed":
        value["error"] = {"code": "guardrail_denied", "message": text}
    elif status == "incomplete":
        value["incomplete_details"] = {"reason": "content_filter"}
    return dump(value)


def is_running(answer: bytes) -> bool:
    """Whether the vendor is still at work on an answer in the background."""
    try:
        return msgspec.json.decode(answer, type=_Status).status in RUNNING
    except msgspec.DecodeError:
        return False


def _held(value: dict[str, Any], holds: Sequence[str]) -> dict[str, Any]:
    metadata = {**(value.get("metadata") or {}), "gardefou_hold": ", ".join(holds)}
    empty: dict[str, Any] = {"output": [], "usage": None, "error": None, "incomplete_details": None}
    return {**value, **empty, "status": "in_progress", "background": True, "metadata": metadata}
