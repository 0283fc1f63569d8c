"""Server-sent events, as far as MCP uses them: read piece by piece, written whole.

1. An event ends at an empty line; lines end in LF, CRLF or CR. Several ``data`` lines are one text.
2. What stands beside the data (``id``, ``retry``, ``event``) stays with it, so that a client can take
   up a stream again.
3. An event of more than `MOST_BYTES` ends the stream with an error.

Source: the HTML standard, "Server-sent events".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from gardefou.errors import InputError

MOST_BYTES = 16 * 1024 * 1024
_END = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n")
_LINE = re.compile(rb"\r\n|\n|\r")


class Event(msgspec.Struct, frozen=True):
    """One event: its data, and the other lines as they came."""

    data: bytes
    lines: tuple[bytes, ...] = ()

    def encode(self, data: bytes | None = None) -> bytes:
        """The event with this data, or its own."""
        text = self.data if data is None else data
        return b"".join([*(line + b"\n" for line in self.lines), b"data: ", text, b"\n\n"])


class Reader:
    """Cuts a stream into events."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._rest = bytearray()
        self._searched = 0

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that are complete with this piece.

        Raises:
            InputError: ``json.size`` when an event is too large to be read.
        """
        self._rest += piece
        # What was searched is not searched again: a long event costs no more than its length.
        while (end := _END.search(self._rest, self._searched)) is not None:
            if end.end() == len(self._rest) and self._rest.endswith(b"\r"):
                break  # the LF of a CRLF may be still to come
            block = bytes(self._rest[: end.start()])
            del self._rest[: end.end()]
            self._searched = 0
            yield _event(block)
        self._searched = max(0, len(self._rest) - 4)
        if len(self._rest) > MOST_BYTES:
            raise InputError(
                "an event of the server is too large to be read",
                code="json.size",
                expected=f"at most {MOST_BYTES} bytes",
                help="ask for less at once",
            )


def _event(block: bytes) -> Event:
    data, lines = [], []
    for line in _LINE.split(block):
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif line == b"data":
            data.append(b"")
        elif line and not line.startswith(b":"):
            lines.append(line)
    return Event(b"\n".join(data), tuple(lines))
