"""Messages: from the shape between the wires to the events of a stream."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.wires._sse import event
from gardefou.wires.translation._core import (
    Begin,
    Counted,
    Delta,
    Done,
    Ended,
    Event,
    Exchange,
    Stopped,
    Usage,
)
from gardefou.wires.translation._faults import anthropic_error
from gardefou.wires.translation._reading import unreadable
from gardefou.wires.translation._segments import Segments, Step
from gardefou.wires.translation.messages._answer import REASONS, usage_fields


class Writer:
    """Writes one stream."""

    def __init__(self, exchange: Exchange, now_s: int) -> None:  # noqa: ARG002 - one signature for every wire
        """Begin; this wire says no time."""
        self._segments = Segments()
        self._has_begun = False
        self._stopped = Stopped("end")
        self._usage = Usage()

    def write(self, said: Event) -> bytes:
        """The bytes that say it; empty when nothing has to be said yet."""
        if isinstance(said, Delta):
            if not self._has_begun:
                raise unreadable("it does not begin as its wire says")
            return b"".join(_step(step) for step in self._segments.add(said))
        if isinstance(said, Begin):
            self._has_begun = True
            return _start(said)
        if isinstance(said, Ended):
            self._segments.end(said.key)
        elif isinstance(said, Counted):
            self._usage = said.usage
        elif isinstance(said, Stopped):
            self._stopped = said
        elif isinstance(said, Done):
            return self._end()
        else:
            return _event("error", anthropic_error(said))
        return b""

    def _end(self) -> bytes:
        parts = [_step(step) for step in self._segments.finish()]
        reason = REASONS[self._stopped.stop]
        delta = {"stop_reason": reason, "stop_sequence": self._stopped.sequence or None}
        usage = usage_fields(self._usage)
        parts.append(_event("message_delta", {"delta": delta, "usage": usage}))
        parts.append(_event("message_stop", {}))
        return b"".join(parts)


def _start(begin: Begin) -> bytes:
    message: dict[str, Any] = {
        "id": begin.id,
        "type": "message",
        "role": "assistant",
        "model": begin.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
    return _event("message_start", {"message": message})


def _step(step: Step) -> bytes:
    first, index = step.segment.first, step.segment.index
    if step.what == "end":
        return _event("content_block_stop", {"index": index})
    if step.what == "open":
        block: dict[str, Any] = {"type": "text", "text": ""}
        if first.kind == "call":
            block = {"type": "tool_use", "id": first.id, "name": first.name, "input": {}}
        return _event("content_block_start", {"index": index, "content_block": block})
    delta = {"type": "text_delta", "text": step.text}
    if first.kind == "call":
        delta = {"type": "input_json_delta", "partial_json": step.text}
    return _event("content_block_delta", {"index": index, "delta": delta})


def _event(name: str, fields: dict[str, Any]) -> bytes:
    return event(msgspec.json.encode({"type": name, **fields}), name)
