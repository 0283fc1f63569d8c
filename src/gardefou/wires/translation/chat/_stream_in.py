"""Chat Completions: from the events of a stream to the shape between the wires."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gardefou.wires._sse import Event as Sse
from gardefou.wires.translation._core import (
    Begin,
    Counted,
    Delta,
    Done,
    Event,
    Note,
    Stop,
    Stopped,
)
from gardefou.wires.translation._faults import Details, failure_of
from gardefou.wires.translation._ids import call_id
from gardefou.wires.translation._reading import Notes, answer_body, unreadable
from gardefou.wires.translation.chat._answer import (
    FUNCTION,
    Counts,
    Message,
    ToolCall,
    check_message,
    stop_of,
    usage_of,
)


class _Choice(msgspec.Struct, frozen=True):
    delta: Message = Message()
    index: int = 0
    finish_reason: str | None = None


class _Chunk(msgspec.Struct, frozen=True):
    id: str | None = None
    model: str | None = None
    choices: list[_Choice] = []  # msgspec copies the default for each instance
    usage: Counts | None = None
    error: Details | None = None


class Reader:
    """Reads one stream; ends with `Done` or a failure, never with silence."""

    def __init__(self, notes: Notes) -> None:
        """Begin at the start of a stream."""
        self._notes = notes
        self._has_begun = False
        self._stop: Stop | None = None
        self._calls: set[int] = set()
        self._refuses = False
        self._texts = 0
        self._last = ""

    def read(self, event: Sse) -> Iterator[Event]:
        """What one event says.

        Raises:
            InputError: ``translate.answer``.
        """
        if event.data is None:
            return
        if event.data == b"[DONE]":
            if self._stop is None:
                raise unreadable("it ends without a finish reason")
            yield Done()
            return
        chunk = answer_body(_Chunk, event.data)
        if chunk.error is not None:
            yield failure_of(chunk.error)
            return
        # Azure sends the outcome of its filters first, in a chunk without choices or id.
        if chunk.choices and not self._has_begun:
            self._has_begun = True
            yield Begin(chunk.id or "", chunk.model or "")
        for choice in chunk.choices:
            if choice.index != 0:
                raise unreadable("it has several choices, and one was asked for")
            yield from self._choice(choice)
        if chunk.usage is not None:
            yield Counted(usage_of(chunk.usage))

    def _choice(self, choice: _Choice) -> Iterator[Event]:
        message = choice.delta
        check_message(message)
        if message.reasoning_content:
            self._note("choices[0].delta.reasoning_content", "reasoning is left out")
        if message.annotations:
            self._note("choices[0].delta.annotations", "sources of words are not carried")
        if message.content:
            yield Delta(self._key("text"), "text", message.content)
        if message.refusal:
            self._refuses = True
            yield Delta(self._key("refusal"), "refusal", message.refusal)
        for call in message.tool_calls or ():
            yield self._call(call)
        if choice.finish_reason:
            self._stop = stop_of(choice.finish_reason)
            if self._stop == "end":
                self._stop = "calls" if self._calls else "refusal" if self._refuses else "end"
            yield Stopped(self._stop)

    def _call(self, call: ToolCall) -> Delta:
        self._last = "call"
        key = f"call{call.index}"
        text = (call.function.arguments or "") if call.function else ""
        if call.index in self._calls:
            return Delta(key, "call", text)
        if call.type not in FUNCTION or not call.function or not call.function.name:
            raise unreadable("a tool call in it begins without the name of a function")
        self._calls.add(call.index)
        return Delta(key, "call", text, call_id(call.id or ""), call.function.name)

    def _key(self, kind: str) -> str:
        """The segment that words belong to: a new one after a call or words of the other kind."""
        if self._last != kind:
            self._last = kind
            self._texts += 1
        return f"{kind}{self._texts}"

    def _note(self, path: str, why: str) -> None:
        if all(note.path != path for note in self._notes):
            self._notes.append(Note(path, why))
