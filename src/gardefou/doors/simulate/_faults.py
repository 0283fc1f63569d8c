"""Breaking an answer as its script says, and cutting its bytes.

1. In a stream, ``after`` whole events go out first.
2. An answer in one piece breaks where it can: a fault of streams makes it half a JSON value.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import msgspec

from gardefou.doors.simulate._errors import HTML, error_event
from gardefou.doors.simulate._reply import Event
from gardefou.doors.simulate._script import Fault, Wire

Ending = Literal["end", "hang", "reset", "stop"]
"""What follows the last byte: an orderly end, silence, a reset, or a closed connection."""

_FLOOD_BLOCK = 64 * 1024
_LARGEST_CUT = 40


class Outgoing(NamedTuple):
    """The bytes that go out and how they end; ``missing`` of them are promised and never sent."""

    pieces: Iterable[bytes]
    ending: Ending = "end"
    content_type: str = ""
    missing: int = 0


def sse(event: Event) -> bytes:
    """One server-sent event."""
    data = event.data if isinstance(event.data, str) else msgspec.json.encode(event.data).decode()
    name = f"event: {event.name}\n" if event.name else ""
    return f"{name}data: {data}\n\n".encode()


def stream(events: list[Event], wire: Wire, fault: Fault | None) -> Outgoing:
    """A stream, broken where the script says."""
    whole = [sse(event) for event in events]
    if fault is None:
        return Outgoing(whole)
    first, rest = whole[: fault.after], whole[fault.after :]
    match fault.kind:
        case "hang" | "reset":
            return Outgoing(first, fault.kind)
        case "close":
            return Outgoing(first)
        case "short_body":
            return Outgoing(first, "stop")
        case "half_call":
            cut = next(
                i for i, event in enumerate(events) if event.part == "call" and _carries(event)
            )
            return Outgoing(whole[: cut + 1])
        case "bad_sse" | "bad_json":
            return Outgoing([*first, b'data: {"half": \n\n', *rest])
        case "bad_utf8":
            return Outgoing([*first, b'data: {"text": "\xff\xfe"}\n\n', *rest])
        case "error_event":
            name, data = error_event(wire, sequence=fault.after)
            return Outgoing([*first, sse(Event(data, name))])
        case "flood":
            return Outgoing(_flood(first, b"data: ", fault.size_bytes))
        case "html":
            return Outgoing([HTML], content_type="text/html")


def one_piece(data: bytes, fault: Fault | None) -> Outgoing:
    """An answer in one piece, broken as the script says."""
    if fault is None:
        return Outgoing([data])
    match fault.kind:
        case "hang" | "reset":
            return Outgoing([], fault.kind)
        case "short_body":
            return Outgoing([data[: len(data) // 2]], missing=len(data) - len(data) // 2)
        case "bad_utf8":
            return Outgoing([data.replace(b'"simulation":true', b'"simulation":"\xff\xfe"')])
        case "flood":
            return Outgoing(_flood([], b'{"flood": "', fault.size_bytes))
        case "html":
            return Outgoing([HTML], content_type="text/html")
        case "close" | "half_call" | "bad_sse" | "bad_json" | "error_event":
            return Outgoing([data[: len(data) // 2]])


def _carries(event: Event) -> bool:
    """Whether an event of a call carries a piece of its arguments, not its beginning."""
    text = event.data if isinstance(event.data, str) else msgspec.json.encode(event.data).decode()
    return '"arguments":""' not in text and '"partial_json":""' not in text


def _flood(first: list[bytes], line: bytes, size: int) -> Iterator[bytes]:
    yield from first
    yield line
    for start in range(0, size, _FLOOD_BLOCK):
        yield b"a" * min(_FLOOD_BLOCK, size - start)


def cut(pieces: Iterable[bytes], chooser: random.Random) -> Iterator[bytes]:
    """The same bytes, cut anywhere: inside a character, inside a field, across events."""
    kept = b""
    size = chooser.randint(1, _LARGEST_CUT)
    for piece in pieces:
        kept += piece
        while len(kept) >= size:
            yield kept[:size]
            kept, size = kept[size:], chooser.randint(1, _LARGEST_CUT)
    if kept:
        yield kept
