"""Chat Completions: from the shape between the wires to the events of a stream."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.wires._sse import event
from gardefou.wires.translation._core import (
    Begin,
    Counted,
    Delta,
    Done,
    Event,
    Exchange,
    Failure,
    Stop,
    Stopped,
    Usage,
)
from gardefou.wires.translation._faults import openai_error
from gardefou.wires.translation._reading import unreadable
from gardefou.wires.translation.chat._answer import FINISH, usage_fields


class Writer:
    """Writes one stream."""

    def __init__(self, exchange: Exchange, now_s: int) -> None:
        """Begin; ``created`` of every chunk is ``now_s``."""
        self._wants_usage = exchange.wants_usage
        self._now_s = now_s
        self._begin: Begin | None = None
        self._calls: dict[str, int] = {}
        self._stop: Stop = "end"
        self._usage = Usage()

    def write(self, said: Event) -> bytes:
        """The bytes that say it; empty when nothing has to be said yet."""
        if isinstance(said, Delta):
            return self._chunk([_choice(self._delta(said))])
        if isinstance(said, Begin):
            self._begin = said
            return self._chunk([_choice({"role": "assistant", "content": ""})])
        if isinstance(said, Counted):
            self._usage = said.usage
        elif isinstance(said, Stopped):
            self._stop = said.stop
        elif isinstance(said, Done):
            return self._end()
        elif isinstance(said, Failure):
            return event(msgspec.json.encode({"error": openai_error(said)}))
        return b""

    def _delta(self, said: Delta) -> dict[str, Any]:
        if said.kind == "text":
            return {"content": said.text}
        if said.kind == "refusal":
            return {"refusal": said.text}
        if said.key in self._calls:
            call = {"index": self._calls[said.key], "function": {"arguments": said.text}}
            return {"tool_calls": [call]}
        index = self._calls[said.key] = len(self._calls)
        function = {"name": said.name, "arguments": said.text}
        call = {"index": index, "id": said.id, "type": "function", "function": function}
        return {"tool_calls": [call]}

    def _end(self) -> bytes:
        parts = [self._chunk([_choice({}, FINISH[self._stop])])]
        if self._wants_usage:
            parts.append(self._chunk([], usage_fields(self._usage)))
        return b"".join([*parts, event(b"[DONE]")])

    def _chunk(self, choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> bytes:
        if self._begin is None:
            raise unreadable("it does not begin as its wire says")
        chunk: dict[str, Any] = {
            "id": self._begin.id,
            "object": "chat.completion.chunk",
            "created": self._now_s,
            "model": self._begin.model,
            "choices": choices,
        }
        if self._wants_usage:
            chunk["usage"] = usage
        return event(msgspec.json.encode(chunk))


def _choice(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
