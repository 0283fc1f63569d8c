"""Messages: from the events of a stream to the shape between the wires."""

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
from gardefou.wires.translation.messages._answer import (
    REASONING,
    Block,
    Counts,
    Message,
    StopDetails,
    stop_of,
    usage_of,
)

_SILENT = frozenset({"thinking_delta", "signature_delta"})


class _Delta(msgspec.Struct, frozen=True):
    type: str = ""
    text: str = ""
    partial_json: str = ""
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: StopDetails | None = None


class _Event(msgspec.Struct, frozen=True):
    type: str
    index: int = 0
    message: Message | None = None
    content_block: Block | None = None
    delta: _Delta = _Delta()
    usage: Counts | None = None
    error: Details | None = None


class Reader:
    """Reads one stream; ends with `Done` or a failure, never with silence."""

    def __init__(self, notes: Notes) -> None:
        """Begin at the start of a stream."""
        self._notes = notes
        self._counts = Counts()
        self._kinds: dict[int, str] = {}
        self._has_stopped = False

    def read(self, event: Sse) -> Iterator[Event]:
        """What one event says.

        Raises:
            InputError: ``translate.answer``.
        """
        if event.data is None:
            return
        given = answer_body(_Event, event.data)
        if given.type == "message_start":
            message = given.message or Message()
            yield Begin(message.id, message.model)
            yield self._count(message.usage)
        elif given.type == "content_block_start":
            yield from self._start(given.index, given.content_block)
        elif given.type == "content_block_delta":
            yield from self._more(given.index, given.delta)
        elif given.type == "content_block_stop":
            yield Ended(f"block{given.index}")
        elif given.type == "message_delta":
            yield from self._stop(given)
        elif given.type == "message_stop":
            if not self._has_stopped:
                raise unreadable("it ends without a stop reason")
            yield Done()
        elif given.type == "error":
            yield failure_of(given.error or Details())
        elif given.type != "ping":
            self._note(given.type[:40], "an event that is not known is left out")

    def _start(self, index: int, block: Block | None) -> Iterator[Event]:
        if block is None or index in self._kinds:
            raise unreadable("a block in it begins twice or is empty")
        self._kinds[index] = block.type
        key = f"block{index}"
        if block.type == "tool_use":
            text = bytes(block.input).decode()
            text = "" if text == "{}" else text
            yield Delta(key, "call", text, call_id(block.id), block.name)
        elif block.type == "text":
            if block.text:
                yield Delta(key, "text", block.text)
        elif block.type in REASONING:
            self._note(f"content[{index}]", "reasoning is left out")
        else:
            raise unreadable(
                f"it holds a block of type `{block.type[:40]}`, which was not asked for"
            )

    def _more(self, index: int, delta: _Delta) -> Iterator[Event]:
        kind = self._kinds.get(index, "")
        key = f"block{index}"
        if delta.type == "text_delta" and kind == "text":
            if delta.text:
                yield Delta(key, "text", delta.text)
        elif delta.type == "input_json_delta" and kind == "tool_use":
            if delta.partial_json:
                yield Delta(key, "call", delta.partial_json)
        elif delta.type == "citations_delta" and kind == "text":
            self._note(f"content[{index}].citations", "sources of words are not carried")
        elif delta.type not in _SILENT or kind not in REASONING:
            raise unreadable(f"a piece of type `{delta.type[:40]}` has no block that it belongs to")

    def _stop(self, given: _Event) -> Iterator[Event]:
        details = given.delta.stop_details
        if details is not None and details.explanation:
            yield Delta("refusal", "refusal", details.explanation)
        if given.delta.stop_reason is not None:
            self._has_stopped = True
            yield Stopped(stop_of(given.delta.stop_reason), given.delta.stop_sequence or "")
        yield self._count(given.usage)

    def _count(self, counts: Counts | None) -> Counted:
        """The tokens so far: each event repeats some of them, and none is added up."""
        if counts is not None:
            said = {field: getattr(counts, field) for field in Counts.__struct_fields__}
            said = {field: value for field, value in said.items() if value is not None}
            self._counts = msgspec.structs.replace(self._counts, **said)
        return Counted(usage_of(self._counts))

    def _note(self, path: str, why: str) -> None:
        if all(note.path != path for note in self._notes):
            self._notes.append(Note(path, why))
