"""Responses: from the shape between the wires to the events of a stream."""

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
    Failure,
    Stop,
    Stopped,
    Usage,
)
from gardefou.wires.translation._faults import openai_error
from gardefou.wires.translation._reading import unreadable
from gardefou.wires.translation._segments import Segment, Segments, Step
from gardefou.wires.translation.responses._answer import (
    call_item,
    content_part,
    message_item,
    response,
)

_TEXT = "response.output_text"
_REFUSAL = "response.refusal"
_CALL = "response.function_call_arguments"


class Writer:
    """Writes one stream."""

    def __init__(self, exchange: Exchange, now_s: int) -> None:
        """Begin; ``created_at`` is ``now_s``."""
        self._exchange = exchange
        self._now_s = now_s
        self._segments = Segments()
        self._begin: Begin | None = None
        self._stop: Stop = "end"
        self._usage = Usage()
        self._output: list[dict[str, Any]] = []
        self._number = 0

    def write(self, said: Event) -> bytes:
        """The bytes that say it; empty when nothing has to be said yet."""
        if isinstance(said, Delta):
            if self._begin is None:
                raise unreadable("it does not begin as its wire says")
            return b"".join(self._step(step, self._begin) for step in self._segments.add(said))
        if isinstance(said, Begin):
            self._begin = said
            begun = {"response": self._response(said, None)}
            return self._event("response.created", begun) + self._event(
                "response.in_progress", begun
            )
        if isinstance(said, Ended):
            self._segments.end(said.key)
        elif isinstance(said, Counted):
            self._usage = said.usage
        elif isinstance(said, Stopped):
            self._stop = said.stop
        elif isinstance(said, Done):
            return self._end()
        else:
            return self._fail(said)
        return b""

    def _end(self) -> bytes:
        if self._begin is None:
            raise unreadable("it does not begin as its wire says")
        parts = [self._step(step, self._begin) for step in self._segments.finish()]
        whole = self._response(self._begin, self._stop)
        name = "response.incomplete" if whole["status"] == "incomplete" else "response.completed"
        return b"".join([*parts, self._event(name, {"response": whole})])

    def _fail(self, failure: Failure) -> bytes:
        error = openai_error(failure)
        code = error["code"] or error["type"]
        fields = {"code": code, "message": failure.message, "param": None, "error": error}
        return self._event("error", fields)

    def _response(self, begin: Begin, stop: Stop | None) -> dict[str, Any]:
        return response(
            begin.id,
            begin.model,
            self._exchange,
            self._now_s,
            output=self._output,
            stop=stop,
            usage=self._usage if stop else None,
        )

    def _step(self, step: Step, begin: Begin) -> bytes:
        segment = step.segment
        if segment.first.kind == "call":
            return self._call(step)
        item = message_item(begin.id, segment.index, [], "in_progress")
        place = {"item_id": item["id"], "output_index": segment.index, "content_index": 0}
        is_refusal = segment.first.kind == "refusal"
        name = _REFUSAL if is_refusal else _TEXT
        logprobs: dict[str, Any] = {} if is_refusal else {"logprobs": []}
        if step.what == "more":
            return self._event(f"{name}.delta", {**place, "delta": step.text, **logprobs})
        if step.what == "open":
            part = content_part("", is_refusal=is_refusal)
            return self._item("added", segment, item) + self._event(
                "response.content_part.added", {**place, "part": part}
            )
        part = content_part(segment.text, is_refusal=is_refusal)
        whole = {"refusal" if is_refusal else "text": segment.text}
        done = message_item(begin.id, segment.index, [part])
        self._output.append(done)
        return (
            self._event(f"{name}.done", {**place, **whole, **logprobs})
            + self._event("response.content_part.done", {**place, "part": part})
            + self._item("done", segment, done)
        )

    def _call(self, step: Step) -> bytes:
        segment = step.segment
        first = segment.first
        place = {"item_id": f"fc_{first.id}", "output_index": segment.index}
        if step.what == "more":
            return self._event(f"{_CALL}.delta", {**place, "delta": step.text})
        if step.what == "open":
            item = call_item(first.id, first.name, "", "in_progress")
            return self._item("added", segment, item)
        arguments = segment.text or "{}"
        done = call_item(first.id, first.name, arguments)
        self._output.append(done)
        whole = {**place, "name": first.name, "arguments": arguments}
        return self._event(f"{_CALL}.done", whole) + self._item("done", segment, done)

    def _item(self, what: str, segment: Segment, item: dict[str, Any]) -> bytes:
        fields = {"output_index": segment.index, "item": item}
        return self._event(f"response.output_item.{what}", fields)

    def _event(self, name: str, fields: dict[str, Any]) -> bytes:
        body = {"type": name, "sequence_number": self._number, **fields}
        self._number += 1
        return event(msgspec.json.encode(body), name)
