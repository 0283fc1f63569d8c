"""Server-sent events, cut anywhere: bytes in, whole events out (WHATWG HTML, section 9.2).

Rules:

1. The events, and their raw bytes together, are the same for every way of cutting (law 7).
2. Lines end in LF, CRLF or CR. A CR at the very end waits for the next byte, which may be its LF.
3. A byte order mark at the start belongs to no field.
4. An event of more than `MAX_EVENT_BYTES` is refused: a stream without blank lines would grow
   the remainder without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

import msgspec

from gardefou.errors import InputError

MAX_EVENT_BYTES = 8 * 1024 * 1024

_LINE_END = re.compile(rb"\r\n|\n|\r")
# A blank line: two line ends. A final CR is taken only when another byte follows, or at the end.
_BLANK = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?=[^\n]))")
_BLANK_AT_END = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
_BOM = b"\xef\xbb\xbf"


class Event(msgspec.Struct, frozen=True):
    """One event: its raw bytes with the blank line, its name, and its data, None without any."""

    raw: bytes
    name: bytes
    data: bytes | None


class Splitter:
    """Collects chunks and gives back the events that are complete."""

    def __init__(self) -> None:
        """Begin at the start of a stream."""
        self._rest = bytearray()
        self._searched = 0
        self._at_start = True

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Take in a chunk and give back what it completes; linear in its size.

        Raises:
            InputError: ``wire.event_size``, after the events before the large one.
        """
        rest = self._rest
        if not rest and b"\r" not in chunk:
            # The common case: line ends are LF, and most chunks hold whole events.
            *parts, last = chunk.split(b"\n\n")
            for part in parts:
                yield self._event(chunk if len(part) + 2 == len(chunk) else part + b"\n\n")
            rest += last
        else:
            rest += chunk
            position = 0
            # What was searched before holds no blank line, but for its last three bytes.
            found = _BLANK.search(rest, max(0, self._searched - 3))
            while found:
                end = found.end()
                yield self._event(bytes(rest[position:end]))
                position = end
                found = _BLANK.search(rest, position)
            del found
            del rest[:position]
        self._searched = len(rest)
        if self._searched > MAX_EVENT_BYTES:
            _too_large()

    def close(self) -> tuple[list[Event], bytes]:
        """The events that only the end completes, and the bytes of one that never was."""
        data, self._rest, self._searched = bytes(self._rest), bytearray(), 0
        found = _BLANK_AT_END.search(data)
        if found is None:
            return [], data
        return [self._event(data[: found.end()])], data[found.end() :]

    def _event(self, raw: bytes) -> Event:
        if len(raw) > MAX_EVENT_BYTES:
            _too_large()
        if self._at_start:
            self._at_start = False
            return _fields(raw, raw.removeprefix(_BOM))
        # The two forms that vendors send, without a regular expression.
        end = len(raw) - 2
        first = raw.find(b"\n")
        if raw.startswith(b"data: ") and first == end and b"\r" not in raw:
            return Event(raw, b"", raw[6:end])
        if raw.startswith(b"event: ") and raw.startswith(b"data: ", first + 1):
            second = raw.find(b"\n", first + 1)
            if second == end and b"\r" not in raw:
                return Event(raw, raw[7:first], raw[first + 7 : end])
        return _fields(raw, raw)


def _too_large() -> NoReturn:
    raise InputError(
        f"an event of the stream has more than {MAX_EVENT_BYTES} bytes",
        code="wire.event_size",
        expected=f"at most {MAX_EVENT_BYTES} bytes",
        help="the upstream sends no blank lines: check that it speaks this wire",
    )


def _fields(raw: bytes, body: bytes) -> Event:
    name, data = b"", []
    for line in _LINE_END.split(body):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    return Event(raw, name, b"\n".join(data) if data else None)


def event(data: bytes, name: str = "") -> bytes:
    """The bytes of one event with compact data."""
    return (b"event: %b\ndata: %b\n\n" % (name.encode(), data)) if name else b"data: %b\n\n" % data
