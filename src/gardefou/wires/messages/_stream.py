"""Anthropic Messages: a streamed answer, its calls withheld until they are ruled on.

Rules, besides those of every wire:

1. A call is complete at its block's stop. Calls that the vendor runs by itself, and blocks of a
   kind that is not known, are withheld and proposed in the same way.
2. The result of a vendor's call shares the fate of its call.
3. Blocks are numbered from 0 without a gap, begin once and end once: clients count on it.
4. The name of an event is its type, where it has a name: clients go by either.
5. An event of an unknown type is withheld and proposed as a call of that name.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.errors import InputError
from gardefou.wires._json import NULL, Reader, as_raw, convert, dump
from gardefou.wires._model import Answer, Call, Request
from gardefou.wires._ordered import Held, OrderedInterceptor
from gardefou.wires._rulings import outcome, text_for
from gardefou.wires._sse import Event, event
from gardefou.wires.messages._answer import (
    RawUsage,
    answer_of,
    note_id,
    stop_after,
    text_block,
    usage_of,
    withheld,
)
from gardefou.wires.messages._blocks import Block, call_of, is_call, is_result
from gardefou.wires.messages._forms import error_body


class _Delta(msgspec.Struct):
    type: str = ""
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    signature: str | None = None
    citation: msgspec.Raw = NULL
    stop_reason: str | None = None


class _Message(msgspec.Struct):
    id: str = ""
    model: str = ""
    content: list[msgspec.Raw] | None = None
    usage: RawUsage | None = None


class _Event(msgspec.Struct):
    type: str
    index: int = -1
    delta: _Delta | None = None
    content_block: msgspec.Raw = NULL
    message: _Message | None = None
    usage: RawUsage | None = None


_read = Reader(_Event)


class _Open:
    """A block and what has come of it."""

    def __init__(self, start: bytes, block: Block, owner: str) -> None:
        self.start = start
        self.block = block
        self.owner = owner
        self.is_closed = False
        self.texts: list[str] = []
        self.arguments: list[str] = []
        self.signature = ""
        self.citations: list[msgspec.Raw] = []

    def add(self, delta: _Delta) -> None:
        if delta.text is not None:
            self.texts.append(delta.text)
        elif delta.partial_json is not None:
            self.arguments.append(delta.partial_json)
        elif delta.thinking is not None:
            self.texts.append(delta.thinking)
        elif delta.signature is not None:
            self.signature = delta.signature
        elif delta.citation != NULL:
            self.citations.append(delta.citation)

    def whole(self) -> dict[str, Any]:
        """The block as it would stand in an answer in one piece."""
        fields: dict[str, Any] = convert(self.start, dict[str, msgspec.Raw])
        kind = self.block.type
        if kind == "text":
            fields["text"] = (self.block.text or "") + "".join(self.texts)
            if self.citations:
                fields["citations"] = self.citations
        elif kind == "thinking":
            fields["thinking"] = (self.block.thinking or "") + "".join(self.texts)
            if self.signature:
                fields["signature"] = self.signature
        else:
            if self.arguments:
                fields["input"] = "".join(self.arguments)
            if self.texts:
                fields["text"] = "".join(self.texts)
        return fields

    def call(self, key: str) -> Call:
        """The call, once the block is complete."""
        given = self.block.input
        if any(self.arguments) and bytes(given) not in {b"{}", b"null", b'""'}:
            raise InputError(
                "one tool call has its arguments twice",
                code="wire.call_ambiguous",
                help="clients differ on which ones they run: the upstream must send them once",
            )
        whole = dump(self.whole())
        return call_of(key, convert(whole, Block), whole)


class MessagesInterceptor(OrderedInterceptor):
    """Reads one streamed message."""

    def __init__(self, request: Request) -> None:
        """Begin; the wire always counts tokens, so the request changes nothing."""
        super().__init__()
        self._request = request
        self._blocks: list[_Open] = []
        self._calls: dict[str, Call] = {}
        self._owners: dict[str, str] = {}
        self._strange = 0
        self._head: _Message | None = None
        self._usage = RawUsage()
        self._stop: str | None = None

    def _take(self, event: Event) -> None:
        read: _Event = _read(event.data or b"")
        kind = read.type
        if event.name and event.name != kind.encode():
            raise _broken(
                f"an event named `{event.name.decode(errors='replace')[:80]}` has the type "
                f"`{kind[:80]}`",
                "wire.event_name",
            )
        if kind == "ping":
            self._out.append(event.raw)
        elif kind == "error":
            self._break("wire.upstream_error", "the upstream reported an error", event.raw)
        elif kind == "message_start":
            self._start(event, read)
        elif self._head is None:
            raise _broken(f"`{kind[:80]}` came before `message_start`", "wire.event_order")
        elif kind == "content_block_delta":
            self._delta(event, read)
        elif kind == "content_block_start":
            self._begin(event, read)
        elif kind == "content_block_stop":
            self._close_block(event, read)
        elif kind == "message_delta":
            self._count(read.usage)
            self._stop = (read.delta.stop_reason if read.delta else None) or self._stop
            self._put(Held(event, is_ending=True))
        elif kind == "message_stop":
            self._stop_message(event)
        else:
            self._strange_event(event, kind)

    def _start(self, event: Event, read: _Event) -> None:
        if self._head is not None:
            raise _broken("`message_start` came twice", "wire.event_order")
        self._head = read.message or _Message()
        if self._head.content:
            raise _broken("a message that has only begun has content", "wire.event_order")
        self._count(self._head.usage)
        self._put(Held(event))

    def _begin(self, event: Event, read: _Event) -> None:
        index = read.index
        if index != len(self._blocks) or self._stop is not None:
            raise _broken(f"a block of index {index} begins out of order", "wire.event_order")
        start = bytes(read.content_block)
        block = convert(start, Block)
        owner = ""
        if is_call(block.type):
            owner = str(index)
        elif is_result(block.type):
            owner = self._owners.get(block.tool_use_id or "", "")
        self._blocks.append(_Open(start, block, owner))
        self._put(Held(event, owner, index, is_first=True))

    def _delta(self, event: Event, read: _Event) -> None:
        current = self._open(read.index)
        if read.delta is not None:
            if read.delta.partial_json is not None and not is_call(current.block.type):
                raise _broken("arguments came for a block that is no call", "wire.event_order")
            current.add(read.delta)
        if not current.owner and not self._queue:
            self._out.append(event.raw)
        else:
            self._put(Held(event, current.owner, read.index))

    def _close_block(self, event: Event, read: _Event) -> None:
        current = self._open(read.index)
        current.is_closed = True
        self._put(Held(event, current.owner, read.index))
        if current.owner == str(read.index):
            call = current.call(current.owner)
            self._calls[call.key] = call
            note_id(call, self._owners)
            self._owners[call.id] = call.key
            self._propose(call)

    def _open(self, index: int) -> _Open:
        """Rule 3."""
        if not 0 <= index < len(self._blocks) or self._blocks[index].is_closed:
            raise _broken(f"no block of index {index} is open", "wire.event_order")
        return self._blocks[index]

    def _stop_message(self, event: Event) -> None:
        if not all(block.is_closed for block in self._blocks):
            raise _broken("the message ended in the middle of a block", "wire.truncated")
        self._conclude()
        self._put(Held(event))

    def _strange_event(self, event: Event, kind: str) -> None:
        """Rule 5."""
        key = f"e{self._strange}"
        self._strange += 1
        arguments = (event.data or b"").decode()
        call = Call(key=key, name=kind, arguments=arguments, type="event", executor="vendor")
        self._put(Held(event, key))
        self._propose(call)

    def _count(self, usage: RawUsage | None) -> None:
        """Counts are cumulative: a later one replaces an earlier one and is never added."""
        for field in RawUsage.__struct_fields__:
            value = getattr(usage, field, None)
            if value is not None:
                setattr(self._usage, field, value)

    def _write(self, held: Held) -> list[bytes]:
        if not self._is_replaced(held.owner):
            return [self._ending(held.event) if held.is_ending else held.event.raw]
        if not held.is_first:
            return []
        call = self._calls[held.owner]
        is_result_block = str(held.index) != held.owner
        ruling = self._rulings[held.owner]
        text = withheld(call) if is_result_block else text_for(call, ruling)
        return [text_events(held.index, text)]

    def _ending(self, held: Event) -> bytes:
        """The event, with another reason to stop when the rulings ask for one."""
        result = outcome(self._calls.values(), self._rulings)
        changes = stop_after(self._stop, result)
        if not changes:
            return held.raw
        fields = convert(held.data or b"", dict[str, msgspec.Raw])
        delta = convert(fields["delta"], dict[str, msgspec.Raw])
        delta |= {key: as_raw(value) for key, value in changes.items()}
        return event(dump({**fields, "delta": delta}), "message_delta")

    def _complete(self) -> bool:
        return False

    def _answer(self) -> Answer:
        head = self._head or _Message()
        wholes = [block.whole() for block in self._blocks]
        return answer_of(
            [dump(whole) for whole in wholes],
            id=head.id,
            model=head.model,
            stop=self._stop or "",
            usage=usage_of(self._usage),
            message=dump([_repaired(whole) for whole in wholes]),
        )

    def _error(self, code: str, message: str) -> bytes:
        return event(error_body(500, code, message), "error")


def _repaired(whole: dict[str, Any]) -> dict[str, Any]:
    """The block with its input as JSON again, where the model wrote JSON."""
    given = whole.get("input")
    if not isinstance(given, str):
        return whole
    try:
        return {**whole, "input": msgspec.Raw(dump(msgspec.json.decode(given)))}
    except msgspec.DecodeError:
        return {**whole, "input": {}}


def text_events(index: int, text: str) -> bytes:
    """A whole block of plain words, as events."""
    kinds: tuple[dict[str, Any], ...] = (
        {"type": "content_block_start", "index": index, "content_block": text_block("")},
        {
            "type": "content_block_delta",
            "index": index,
            "delta": {"type": "text_delta", "text": text},
        },
        {"type": "content_block_stop", "index": index},
    )
    return b"".join(event(dump(kind), kind["type"]) for kind in kinds)


def _broken(message: str, code: str) -> InputError:
    return InputError(message, code=code, help="the upstream breaks the wire")
