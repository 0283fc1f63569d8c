"""Segments of an answer one after the other, whatever order their pieces come in.

On Messages and Responses a block or an item ends before the next one begins. On Chat Completions
the pieces of several calls may come in turns, and nothing says when one ends. A segment is passed
on at once while it is the open one; others wait until the open one is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from gardefou.wires.translation._core import Delta
from gardefou.wires.translation._reading import unreadable


class Segment(msgspec.Struct):
    """One segment: what it is, its place in the answer, and all of its text so far."""

    first: Delta
    pieces: list[str]
    index: int = 0
    is_whole: bool = False

    @property
    def text(self) -> str:
        """All pieces in one; linear in its length."""
        return "".join(self.pieces)


class Step(msgspec.Struct, frozen=True):
    """What happens to a segment next: it opens, goes on, or ends."""

    what: Literal["open", "more", "end"]
    segment: Segment
    text: str = ""


class Segments:
    """Puts the pieces of an answer in order."""

    def __init__(self) -> None:
        """Begin with no segment."""
        self._open: Segment | None = None
        self._waiting: dict[str, Segment] = {}
        self._ended: set[str] = set()
        self._count = 0

    def add(self, delta: Delta) -> Iterator[Step]:
        """Take in a piece.

        Raises:
            InputError: ``translate.answer`` when it belongs to a segment that has ended.
        """
        if self._open is not None and delta.key == self._open.first.key:
            if delta.text:
                self._open.pieces.append(delta.text)
                yield Step("more", self._open, delta.text)
            return
        if delta.key in self._ended:
            if delta.text.strip():
                raise unreadable("a part of it goes on after it was whole")
            return
        if waiting := self._waiting.get(delta.key):
            waiting.pieces.append(delta.text)
        else:
            self._waiting[delta.key] = Segment(delta, [delta.text])
        while self._waiting and (self._open is None or _is_whole(self._open)):
            yield from self._next()

    def end(self, key: str) -> None:
        """Note that the wire itself says that a segment is whole."""
        if self._open is not None and self._open.first.key == key:
            self._open.is_whole = True

    def finish(self) -> Iterator[Step]:
        """End the open segment, and pass on those that waited for it."""
        while self._waiting:
            yield from self._next()
        yield from self._close()

    def _next(self) -> Iterator[Step]:
        yield from self._close()
        segment = self._waiting.pop(next(iter(self._waiting)))
        segment.index = self._count
        self._count += 1
        self._open = segment
        yield Step("open", segment)
        if text := segment.text:
            yield Step("more", segment, text)

    def _close(self) -> Iterator[Step]:
        if self._open is not None:
            self._ended.add(self._open.first.key)
            yield Step("end", self._open)
            self._open = None


def _is_whole(segment: Segment) -> bool:
    """Whether nothing can follow: words may always end, arguments when they are one JSON object."""
    if segment.first.kind != "call" or segment.is_whole:
        return True
    try:
        return isinstance(msgspec.json.decode(segment.text.encode("utf-8", "replace")), dict)
    except (msgspec.DecodeError, RecursionError):
        return False
