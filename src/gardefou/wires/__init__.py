"""Wires: the vendors' protocols, read and spoken; pure and incremental (floor 1)."""

from __future__ import annotations

from gardefou.wires._endpoints import Endpoint, endpoint_for
from gardefou.wires._forms import model_in
from gardefou.wires._interceptor import Interceptor
from gardefou.wires._model import (
    RELEASE,
    Answer,
    Broken,
    Call,
    Finished,
    Item,
    Media,
    Opaque,
    Proposed,
    Reasoning,
    Release,
    Reply,
    Request,
    Result,
    Ruling,
    Step,
    Tool,
    Usage,
    Words,
)
from gardefou.wires._rulings import text_for
from gardefou.wires._wire import Wire
from gardefou.wires.chat import ChatWire
from gardefou.wires.messages import MessagesWire
from gardefou.wires.responses import ResponsesWire

__all__ = [
    "RELEASE",
    "WIRES",
    "Answer",
    "Broken",
    "Call",
    "Endpoint",
    "Finished",
    "Interceptor",
    "Item",
    "Media",
    "Opaque",
    "Proposed",
    "Reasoning",
    "Release",
    "Reply",
    "Request",
    "ResponsesWire",
    "Result",
    "Ruling",
    "Step",
    "Tool",
    "Usage",
    "Wire",
    "Words",
    "endpoint_for",
    "model_in",
    "text_for",
    "wire_for",
]

WIRES: dict[str, Wire] = {wire.name: wire for wire in (ChatWire(), ResponsesWire(), MessagesWire())}


def wire_for(method: str, path: str) -> Wire | None:
    """The wire that reads this endpoint's bodies; None when none does."""
    return WIRES.get(endpoint_for(method, path).wire)
