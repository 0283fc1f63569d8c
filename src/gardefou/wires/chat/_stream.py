"""Chat Completions: a streamed answer, its calls withheld until they are ruled on.

Rules, besides those of every wire:

1. From the first delta of a call on, every event waits until all calls that have begun are
   complete and ruled on; what comes behind them waits too.
2. The calls of a choice are complete at its ``finish_reason``, whatever the reason; deltas of
   several calls may interleave, by index. After it, the choice may ask for no more.
3. The name comes once. The same again is borne; another one for the same index breaks the stream,
   because clients differ on which one they run. Of several ids the first counts: some servers
   make up a new one for each delta, and an id says nothing of what is run.
4. When a call is refused, the indexes of those that are left are counted anew from 0.
5. A chunk that only counts tokens is not passed on when the client did not ask for it.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from gardefou.errors import InputError
from gardefou.wires._interceptor import Interceptor
from gardefou.wires._json import NULL, Reader, dump, text_of
from gardefou.wires._model import Answer, Call, Request
from gardefou.wires._replies import openai_error
from gardefou.wires._rulings import outcome
from gardefou.wires._sse import Event, event
from gardefou.wires.chat._answer import (
    Content,
    RawUsage,
    joined,
    known,
    text_in,
    usage_of,
)
from gardefou.wires.chat._request import Function, ToolCall
from gardefou.wires.chat._rewrite import Writer


class _Delta(msgspec.Struct):
    content: Content = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    delta: _Delta | None = None
    # Some servers send a whole message in a stream's only chunk.
    message: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    id: str = ""
    model: str = ""
    usage: RawUsage | None = None
    error: msgspec.Raw = NULL


_read = Reader(_Chunk)
_MAX_CHOICES = 128


class _Partial:
    """A call whose deltas are still coming."""

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.type = ""
        self.arguments: list[str] = []

    def add(self, call: ToolCall) -> None:
        self.id = self.id or call.id or ""
        self._once("type", call.type)
        if call.function is not None:
            self._once("name", call.function.name)
            self.arguments.append(text_of(call.function.arguments))
        if call.custom is not None:
            self._once("name", call.custom.name)
            self._once("type", "custom")
            self.arguments.append(call.custom.input)

    def _once(self, field: str, value: str | None) -> None:
        """Rule 3."""
        if not value:
            return
        before = getattr(self, field)
        if before and before != value:
            raise InputError(
                f"one tool call has two values of `{field}`",
                code="wire.call_ambiguous",
                found=value[:80],
                expected=before[:80],
                help="clients differ on which one they run: the upstream must send it once",
            )
        setattr(self, field, value)

    def call(self, key: str) -> Call:
        return Call(
            key=key,
            id=self.id,
            name=self.name,
            arguments="".join(self.arguments),
            type=self.type or "function",
        )


def _by_number(item: tuple[int | str, _Partial]) -> tuple[bool, int]:
    number, _ = item
    return (False, number) if isinstance(number, int) else (True, 0)


class _Progress:
    """One choice: what came, and whether it may still ask for calls."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.refusals: list[str] = []
        self.thoughts: list[str] = []
        self.partials: dict[int | str, _Partial] = {}
        self.calls: list[Call] = []
        self.stop: str | None = None


class _Batch:
    """Events that leave together, once the calls that they complete are ruled on.

    INVARIANT: where a batch begins and ends depends on the stream alone, never on when a ruling
    comes; else the way a stream is cut would change what leaves before a break.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.calls: dict[int, list[Call]] = {}
        self.said: dict[int, tuple[bool, bool]] = {}


class ChatInterceptor(Interceptor):
    """Reads one streamed chat completion."""

    def __init__(self, request: Request) -> None:
        """Begin; the request says whether the client asked for the usage."""
        super().__init__()
        self._wants_usage = request.wants_usage
        self._choices: dict[int, _Progress] = {}
        self._open = 0
        self._batches: deque[_Batch] = deque()
        self._current = _Batch()
        self._id = ""
        self._model = ""
        self._usage: RawUsage | None = None

    def _take(self, event: Event) -> None:
        data = event.data or b""
        if data.startswith(b"[DONE]"):
            self._done(event)
            return
        chunk: _Chunk = _read(data)
        if chunk.error != NULL:
            # An error beside choices could carry a call past us: then the client gets ours.
            raw = b"" if chunk.choices else event.raw
            self._break("wire.upstream_error", "the upstream reported an error", raw)
            return
        self._id = self._id or chunk.id
        self._model = self._model or chunk.model
        self._usage = chunk.usage or self._usage
        choices = chunk.choices
        if not choices:
            if chunk.usage is not None and not self._wants_usage:
                return  # rule 5
            choices = []
        was_open = self._open
        finished = [choice.index for choice in choices if self._choice(choice)]
        if not self._open and not self._is_holding:
            self._out.append(event.raw)
            return
        if self._open and not was_open:
            self._close_batch()
        self._hold(event)
        self._current.events.append(event)
        for index in finished:
            self._propose_all(index)
        if finished and not self._open:
            self._close_batch()

    @property
    def _is_holding(self) -> bool:
        return bool(self._batches or self._current.events)

    def _close_batch(self) -> None:
        if self._current.events:
            self._batches.append(self._current)
            self._current = _Batch()

    def _choice(self, choice: _Choice) -> bool:
        """Take in what a chunk says of one choice; true when it finishes the choice."""
        progress = self._choices.get(choice.index) or self._begin(choice.index)
        for delta in (choice.delta, choice.message):
            if delta is None:
                continue
            if delta.content:
                progress.texts.append(text_in(delta.content))
            if delta.refusal:
                progress.refusals.append(delta.refusal)
            if delta.reasoning_content:
                progress.thoughts.append(delta.reasoning_content)
            if delta.tool_calls or delta.function_call is not None:
                self._deltas(progress, delta)
        if choice.finish_reason is None:
            return False
        progress.stop = choice.finish_reason
        return bool(progress.partials)

    def _begin(self, index: int) -> _Progress:
        if not 0 <= index < _MAX_CHOICES:
            raise InputError(
                f"the stream has a choice of index {index}",
                code="wire.choice",
                expected=f"0 to {_MAX_CHOICES - 1}",
                help="the upstream breaks the wire",
            )
        self._choices[index] = progress = _Progress()
        return progress

    def _deltas(self, progress: _Progress, delta: _Delta) -> None:
        if progress.stop is not None:
            raise InputError(
                "a tool call came after the end of its choice",
                code="wire.call_late",
                help="the upstream breaks the wire",
            )
        for position, call in enumerate(delta.tool_calls or ()):
            self._partial(progress, position if call.index is None else call.index).add(call)
        if delta.function_call is not None:
            self._partial(progress, "f").add(ToolCall(function=delta.function_call))

    def _partial(self, progress: _Progress, index: int | str) -> _Partial:
        found = progress.partials.get(index)
        if found is None:
            self._open += 1
            found = progress.partials[index] = _Partial()
        return found

    def _propose_all(self, index: int) -> None:
        """Rule 2."""
        progress = self._choices[index]
        for number, partial in sorted(progress.partials.items(), key=_by_number):
            call = known(partial.call(f"{index}.{number}"))
            progress.calls.append(call)
            self._propose(call)
        self._current.calls[index] = progress.calls
        self._current.said[index] = (any(progress.texts), any(progress.refusals))
        self._open -= len(progress.partials)
        progress.partials = {}

    def _done(self, event: Event) -> None:
        if self._open:
            raise InputError(
                "the upstream's stream ended in the middle of a tool call",
                code="wire.truncated",
                help="ask again",
            )
        self._conclude()
        if self._is_holding:
            self._current.events.append(event)
        else:
            self._out.append(event.raw)

    def _complete(self) -> bool:
        """Some servers leave out ``[DONE]``; a choice that began must have finished."""
        stops = [progress.stop for progress in self._choices.values()]
        return not self._open and bool(stops) and None not in stops

    def _drain(self) -> None:
        """Rule 1."""
        while self._batches and self._is_ruled(self._batches[0]):
            self._leave(self._batches.popleft())
        if not self._batches and not self._open:
            self._leave(self._current)
            self._current = _Batch()

    def _is_ruled(self, batch: _Batch) -> bool:
        return all(call.key in self._rulings for calls in batch.calls.values() for call in calls)

    def _leave(self, batch: _Batch) -> None:
        """Rule 4."""
        self._held_bytes -= sum(len(held.raw) for held in batch.events)
        outcomes = {i: outcome(calls, self._rulings) for i, calls in batch.calls.items()}
        if not any(result.changes for result in outcomes.values()):
            self._out += [held.raw for held in batch.events]
            return
        writer = Writer(batch.said, outcomes)
        for held in batch.events:
            self._out += writer.rewrite(held)

    def _answer(self) -> Answer:
        progresses = [self._choices[index] for index in sorted(self._choices)]
        first = progresses[0] if progresses else _Progress()
        return Answer(
            id=self._id,
            model=self._model,
            text=joined(["".join(p.texts) for p in progresses]),
            refusal=joined(["".join(p.refusals) for p in progresses]),
            reasoning=joined(["".join(p.thoughts) for p in progresses]),
            calls=tuple(call for p in progresses for call in p.calls),
            usage=usage_of(self._usage),
            stop=first.stop or "",
            message=dump(_message(first)),
        )

    def _error(self, code: str, message: str) -> bytes:
        return event(openai_error(500, code, message))


def _message(progress: _Progress) -> dict[str, Any]:
    """The model's turn, as a message behind the request's."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(progress.texts) or None,
    }
    if progress.refusals:
        message["refusal"] = "".join(progress.refusals)
    calls = [call for call in progress.calls if not call.key.endswith("f")]
    if calls:
        message["tool_calls"] = [_call(call) for call in calls]
    for call in progress.calls:
        if call.key.endswith("f"):
            message["function_call"] = {"name": call.name, "arguments": call.arguments}
    return message


def _call(call: Call) -> dict[str, Any]:
    if call.type == "custom":
        custom = {"name": call.name, "input": call.arguments}
        return {"id": call.id, "type": call.type, "custom": custom}
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": call.type, "function": function}
