"""OpenAI Responses: a streamed answer, its calls withheld until they are ruled on.

Rules, besides those of every wire:

1. A call is complete when its item is done. Its arguments come up to four times (deltas, their
   end, the item, the final response): they must be the same each time, and count once.
2. The final event repeats everything: it waits for all rulings, and what was replaced in the
   stream is replaced in it by the very same message. A call that it alone names is proposed too.
   The result of a vendor's call shares the fate of its call.
3. Items and events of an unknown kind are withheld and proposed under their name. An item whose
   beginning was not seen (a stream taken up again) is withheld until it is done.
4. The name of an event is its type, where it has a name: clients go by either.
5. Sequence numbers count on without a gap when events are replaced.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.errors import InputError
from gardefou.wires._json import NULL, Reader, as_raw, convert
from gardefou.wires._model import RELEASE, Answer, Call, Request
from gardefou.wires._ordered import Held, OrderedInterceptor
from gardefou.wires._sse import Event
from gardefou.wires.responses._answer import RawAnswer, answer_of, note_id, replacement, withheld
from gardefou.wires.responses._events import message_events, write
from gardefou.wires.responses._items import RawItem, call_of, is_call, is_result

_ENDINGS = frozenset({"response.completed", "response.incomplete", "response.failed"})
_BEGINNINGS = frozenset({"response.created", "response.queued", "response.in_progress"})
# Events that belong to no item and hold no call.
_HARMLESS = ("response.audio.", "response.compaction.")
# Where a call's arguments come in pieces, and where they come whole.
_PIECES = frozenset(
    {
        "response.function_call_arguments.delta",
        "response.mcp_call_arguments.delta",
        "response.custom_tool_call_input.delta",
    }
)
_WHOLES = {
    "response.function_call_arguments.done": "arguments",
    "response.mcp_call_arguments.done": "arguments",
    "response.custom_tool_call_input.done": "input",
}


class _Event(msgspec.Struct):
    type: str
    output_index: int | None = None
    item: msgspec.Raw = NULL
    delta: msgspec.Raw = NULL
    arguments: str | None = None
    input: str | None = None
    response: msgspec.Raw = NULL
    sequence_number: int | None = None


_read = Reader(_Event)


class _Open:
    """An item and what has come of it."""

    def __init__(self, item: RawItem | None, owner: str) -> None:
        self.item = item
        self.owner = owner
        self.is_done = False
        self.whole = b""
        self.pieces: list[str] = []
        self.wholes: list[str] = []

    def check(self, call: Call) -> None:
        """Rule 1."""
        given = [*self.wholes, *(["".join(self.pieces)] if self.pieces else [])]
        if any(arguments != call.arguments for arguments in given):
            raise InputError(
                "one tool call has two values of its arguments",
                code="wire.call_ambiguous",
                help="clients differ on which one they run: the upstream must repeat them exactly",
            )


class ResponsesInterceptor(OrderedInterceptor):
    """Reads one streamed response."""

    def __init__(self, request: Request) -> None:
        """Begin; the wire always counts tokens, so the request changes nothing."""
        super().__init__()
        self._request = request
        self._items: dict[int, _Open] = {}
        self._calls: dict[str, Call] = {}
        self._idents: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self._strange = 0
        self._response = b""
        self._final = RawAnswer()
        # Rule 5: the last number, where the stream has numbers, and how far ours are ahead.
        self._number: int | None = None
        self._shift = 0

    def _take(self, event: Event) -> None:
        data = event.data or b""
        if data.startswith(b"[DONE]"):
            return  # Some servers end every stream with it; this wire has no such event.
        read: _Event = _read(data)
        kind = read.type
        self._number = read.sequence_number
        if event.name and event.name != kind.encode():
            raise _broken(
                f"an event named `{event.name.decode(errors='replace')[:80]}` has the type "
                f"`{kind[:80]}`",
                "wire.event_name",
            )
        if kind in {"keepalive", "ping"}:
            self._out.append(event.raw)
        elif kind == "error":
            self._break("wire.upstream_error", "the upstream reported an error", event.raw)
        elif kind in _BEGINNINGS:
            self._begin_response(event, read)
        elif kind in _ENDINGS:
            self._end_response(event, read)
        elif kind == "response.output_item.added":
            self._begin(event, read)
        elif kind == "response.output_item.done":
            self._close_item(event, read)
        elif read.output_index is not None:
            self._part(event, read)
        elif kind.startswith(_HARMLESS):
            self._put(Held(event, number=self._number))
        else:
            self._strange_event(event, kind)

    def _begin_response(self, event: Event, read: _Event) -> None:
        raw = convert(read.response, RawAnswer)
        self._response = bytes(read.response)
        items = [convert(item, RawItem) for item in raw.output or ()]
        if any(is_call(item.type) for item in items):
            raise _broken("a response that has only begun names tool calls", "wire.event_order")
        self._put(Held(event, number=self._number))

    def _begin(self, event: Event, read: _Event) -> None:
        index = _index(read)
        if index in self._items:
            raise _broken(f"the item of index {index} begins twice", "wire.event_order")
        item = convert(read.item, RawItem)
        owner = str(index) if is_call(item.type) else self._owner_of(item)
        self._items[index] = _Open(item, owner)
        self._put(Held(event, owner, index, is_first=True, number=self._number))

    def _owner_of(self, item: RawItem) -> str:
        """The call that an item is the result of: it shares that call's fate."""
        return self._owners.get(item.call_id or "", "") if is_result(item.type) else ""

    def _part(self, event: Event, read: _Event) -> None:
        index = _index(read)
        current = self._items.get(index)
        is_first = current is None
        if current is None:
            current = self._items[index] = _Open(None, str(index))  # rule 3
        if current.is_done:
            raise _broken(f"the item of index {index} goes on after its end", "wire.event_order")
        if current.owner:
            if read.type in _PIECES:
                current.pieces.append(convert(read.delta, str))
            elif read.type in _WHOLES:
                current.wholes.append(getattr(read, _WHOLES[read.type]) or "")
        elif read.type in _PIECES or read.type in _WHOLES:
            raise _broken("arguments came for an item that is no call", "wire.event_order")
        elif not self._queue and not self._shift:
            self._out.append(event.raw)
            return
        held = Held(event, current.owner, index, is_first=is_first, number=self._number)
        self._put(held)

    def _close_item(self, event: Event, read: _Event) -> None:
        index = _index(read)
        item = convert(read.item, RawItem)
        current = self._items.get(index)
        is_first = current is None
        if current is None:
            current = self._items[index] = _Open(None, str(index))
        begun = current.item
        if current.is_done or (begun and begun.type != item.type):
            raise _broken(f"the item of index {index} ends as another one", "wire.event_order")
        current.is_done = True
        current.whole = bytes(read.item)
        held = Held(event, current.owner, index, is_first=is_first, number=self._number)
        self._put(held)
        if is_call(item.type):
            call = call_of(str(index), item, current.whole)
            current.check(call)
            self._note(call, item)
        elif begun is None:
            if self._owner_of(item):
                raise _broken("the result of a call ends before it began", "wire.event_order")
            self._rulings[current.owner] = RELEASE  # rule 3: it was no call
            self._drain()

    def _note(self, call: Call, item: RawItem) -> None:
        self._calls[call.key] = call
        self._idents[call.key] = item.id or ""
        note_id(call, self._owners, call.key)
        self._propose(call)

    def _end_response(self, event: Event, read: _Event) -> None:
        """Rule 2."""
        self._final = convert(read.response, RawAnswer)
        self._response = bytes(read.response)
        for key, item, whole in self._final_calls():
            if key not in self._calls:
                call = call_of(key, item, whole)
                if key.isdecimal():
                    self._items[int(key)].check(call)
                self._note(call, item)
        items = self._items.items()
        if any(c.owner and not c.is_done and str(key) not in self._calls for key, c in items):
            if read.type == "response.failed":
                # Its own event may repeat the half call: the client gets ours.
                self._break("wire.upstream_error", "the upstream reported an error")
                return
            raise _broken("the response ended in the middle of a tool call", "wire.truncated")
        self._conclude()
        self._put(Held(event, is_ending=True, number=self._number))

    def _final_calls(self) -> list[tuple[str, RawItem, bytes]]:
        """The calls of the final response, by the keys they were proposed under."""
        known = {_identity(call): key for key, call in self._calls.items()}
        idents = {ident: key for key, ident in self._idents.items() if ident}
        found = []
        for position, raw in enumerate(self._final.output or ()):
            item = convert(raw, RawItem)
            if not is_call(item.type):
                continue
            call = call_of("", item, bytes(raw))
            key = known.get(_identity(call))
            if key is None:
                if item.id in idents:
                    raise InputError(
                        "the final response repeats a tool call as another one",
                        code="wire.call_ambiguous",
                        help="clients differ on which one they run",
                    )
                key = self._new_key(position, item)
            found.append((key, item, bytes(raw)))
        return found

    def _new_key(self, position: int, item: RawItem) -> str:
        """A call that no item event completed: begun at its index, or named here alone."""
        for index, current in self._items.items():
            if not current.is_done and current.item and current.item.id == item.id:
                return str(index)
        return f"f{position}"

    def _strange_event(self, event: Event, kind: str) -> None:
        """Rule 3."""
        key = f"e{self._strange}"
        self._strange += 1
        arguments = (event.data or b"").decode()
        call = Call(key=key, name=kind, arguments=arguments, type="event", executor="vendor")
        self._put(Held(event, key, number=self._number))
        self._propose(call)

    def _is_ruled(self, held: Held) -> bool:
        if held.is_ending:
            return not self._undecided
        return super()._is_ruled(held)

    def _write(self, held: Held) -> list[bytes]:
        if self._is_replaced(held.owner):
            return self._replace(held)
        if held.is_ending:
            return [self._ending(held)]
        return [self._renumbered(held)]

    def _replace(self, held: Held) -> list[bytes]:
        if not held.is_first or held.owner not in self._calls:
            self._shift -= 1
            return []
        call = self._calls[held.owner]
        begun = self._items[held.index].item
        if begun is not None and is_result(begun.type):
            item = withheld(call, begun.id or "")
        else:
            item = replacement(call, self._idents[call.key], self._rulings[call.key])
        events = message_events(item, held.index)
        first = None if held.number is None else held.number + self._shift
        self._shift += len(events) - 1
        return [
            write(fields, None if first is None else first + offset)
            for offset, fields in enumerate(events)
        ]

    def _renumbered(self, held: Held) -> bytes:
        """Rule 5."""
        if held.number is None or not self._shift:
            return held.event.raw
        return write(_fields(held.event), held.number + self._shift)

    def _ending(self, held: Held) -> bytes:
        replaced = {key for key in self._calls if self._is_replaced(key)}
        if not replaced:
            return self._renumbered(held)
        fields = _fields(held.event)
        response = convert(fields["response"], dict[str, msgspec.Raw])
        if self._final.output is not None:
            output = []
            keys = iter(key for key, _, _ in self._final_calls())
            for raw in self._final.output:
                item = convert(raw, RawItem)
                key = next(keys) if is_call(item.type) else self._owner_of(item)
                output.append(self._in_place(key, item) if key in replaced else raw)
            response["output"] = as_raw(output)
        fields["response"] = response
        return write(fields, None if held.number is None else held.number + self._shift)

    def _in_place(self, key: str, item: RawItem) -> msgspec.Raw:
        if is_result(item.type):
            return as_raw(withheld(self._calls[key], item.id or ""))
        return as_raw(replacement(self._calls[key], self._idents[key], self._rulings[key]))

    def _complete(self) -> bool:
        return False

    def _answer(self) -> Answer:
        final = self._final
        if not final.output:
            done = [self._items[index].whole for index in sorted(self._items)]
            output = [msgspec.Raw(whole) for whole in done if whole]
            final = msgspec.structs.replace(final, output=output)
        answer = answer_of(final)
        # The keys are those that were ruled on, which a final response alone cannot tell.
        return msgspec.structs.replace(answer, calls=tuple(self._calls.values()))

    def _error(self, code: str, message: str) -> bytes:
        """An error, and the failed response that clients wait for."""
        number = None if self._number is None else self._number + self._shift + 1
        fields = {"type": "error", "code": code, "message": message, "param": None}
        if not self._response:
            return write(fields, number)
        response: dict[str, Any] = convert(self._response, dict[str, msgspec.Raw])
        response |= {
            "status": "failed",
            "error": {"code": code, "message": message},
            "output": [],
        }
        failed = {"type": "response.failed", "response": response}
        return write(fields, number) + write(failed, None if number is None else number + 1)


def _fields(held: Event) -> dict[str, Any]:
    """An event's fields, to be written anew."""
    fields: dict[str, Any] = convert(held.data or b"", dict[str, msgspec.Raw])
    return {**fields, "type": convert(fields["type"], str)}


def _index(read: _Event) -> int:
    index = read.output_index
    if index is None or index < 0:
        raise _broken(f"an item has the index `{index}`", "wire.event_order")
    return index


def _identity(call: Call) -> tuple[str, ...]:
    """What makes a call the same call, wherever it is repeated."""
    return (call.type, call.id, call.name, call.arguments, call.server, call.executor)


def _broken(message: str, code: str) -> InputError:
    return InputError(message, code=code, help="the upstream breaks the wire")
