"""Responses: from the events of a stream to the shape between the wires."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gardefou.wires._sse import Event as Sse
from gardefou.wires.translation._core import (
    Begin,
    Counted,
    Delta,
    Done,
    Ended,
    Event,
    Note,
    Stopped,
)
from gardefou.wires.translation._faults import Details, failure_of
from gardefou.wires.translation._ids import call_id
from gardefou.wires.translation._reading import Notes, answer_body, unreadable
from gardefou.wires.translation.responses._answer import (
    Counts,
    Item,
    Response,
    stop_of,
    usage_of,
)


class _Event(msgspec.Struct, frozen=True):
    type: str
    output_index: int = 0
    content_index: int = 0
    response: Response | None = None
    item: Item | None = None
    delta: str = ""
    text: str = ""
    refusal: str = ""
    arguments: str = ""
    message: str | None = None
    code: str | None = None
    error: Details | None = None


class _Header(msgspec.Struct, frozen=True):
    type: str = ""


# What says a piece, and what says the whole of it afterwards.
_PIECES = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.function_call_arguments.delta": "call",
}
_WHOLE = {
    "response.output_text.done": "text",
    "response.refusal.done": "refusal",
    "response.function_call_arguments.done": "call",
}
_ENDS = frozenset({"response.completed", "response.incomplete"})
_READ = frozenset(
    {
        *_PIECES,
        *_WHOLE,
        *_ENDS,
        "error",
        "response.created",
        "response.failed",
        "response.output_item.added",
        "response.output_item.done",
    }
)


class Reader:
    """Reads one stream; ends with `Done` or a failure, never with silence."""

    def __init__(self, notes: Notes) -> None:
        """Begin at the start of a stream."""
        self._notes = notes
        self._said: dict[str, list[str]] = {}
        self._calls: set[int] = set()
        self._refuses = False

    def read(self, event: Sse) -> Iterator[Event]:
        """What one event says.

        Raises:
            InputError: ``translate.answer``.
        """
        if event.data is None or event.data == b"[DONE]":
            return
        kind = answer_body(_Header, event.data).type
        if kind not in _READ:
            if kind == "response.output_text.annotation.added":
                self._note("output.annotations", "sources of words are not carried")
            return
        yield from self._read(answer_body(_Event, event.data))

    def _read(self, given: _Event) -> Iterator[Event]:
        if given.type in _PIECES:
            yield from self._piece(_PIECES[given.type], given, given.delta)
        elif given.type in _WHOLE:
            whole = {"text": given.text, "refusal": given.refusal, "call": given.arguments}
            yield from self._whole(_WHOLE[given.type], given, whole[_WHOLE[given.type]])
        elif given.type == "response.created":
            response = given.response or Response()
            yield Begin(response.id, response.model)
        elif given.type == "response.output_item.added":
            yield from self._item(given.output_index, given.item)
        elif given.type == "response.output_item.done":
            if given.item is not None and given.output_index in self._calls:
                yield from self._whole("call", given, given.item.arguments or "")
        elif given.type in _ENDS:
            yield from self._end(given.response or Response())
        elif given.type == "response.failed":
            error = given.response.error if given.response else None
            yield failure_of(Details(error.message, None, error.code) if error else Details())
        else:
            yield failure_of(given.error or Details(given.message, None, given.code))

    def _item(self, index: int, item: Item | None) -> Iterator[Event]:
        if item is None:
            raise unreadable("an item in it is empty")
        if item.type == "function_call":
            if index in self._calls or not item.name:
                raise unreadable("a call in it begins twice or without a name")
            self._calls.add(index)
            text = item.arguments or ""
            self._said[f"call{index}"] = [text]
            yield Delta(f"call{index}", "call", text, call_id(item.call_id or ""), item.name)
        elif item.type == "reasoning":
            self._note(f"output[{index}]", "reasoning is left out")
        elif item.type != "message":
            raise unreadable(
                f"it holds an item of type `{item.type[:40]}`, which was not asked for"
            )

    def _piece(self, kind: str, given: _Event, text: str) -> Iterator[Event]:
        if not text:
            return
        if kind == "call":
            if given.output_index not in self._calls:
                raise unreadable("arguments come before the call that they belong to")
            key = f"call{given.output_index}"
            yield Delta(key, "call", text)
        else:
            self._refuses = self._refuses or kind == "refusal"
            key = f"{kind}{given.output_index}.{given.content_index}"
            yield Delta(key, "refusal" if kind == "refusal" else "text", text)
        self._said.setdefault(key, []).append(text)

    def _whole(self, kind: str, given: _Event, text: str) -> Iterator[Event]:
        """The whole of a segment: what its pieces have not said is said now."""
        place = (
            given.output_index if kind == "call" else f"{given.output_index}.{given.content_index}"
        )
        said = "".join(self._said.get(f"{kind}{place}", ()))
        if not text.startswith(said):
            raise unreadable("a part of it is another in the end than it was in pieces")
        yield from self._piece(kind, given, text[len(said) :])
        yield Ended(f"{kind}{place}")

    def _end(self, response: Response) -> Iterator[Event]:
        stop = stop_of(response)
        if stop == "end":
            stop = "calls" if self._calls else "refusal" if self._refuses else "end"
        yield Stopped(stop)
        yield Counted(usage_of(response.usage or Counts()))
        yield Done()

    def _note(self, path: str, why: str) -> None:
        if all(note.path != path for note in self._notes):
            self._notes.append(Note(path, why))
