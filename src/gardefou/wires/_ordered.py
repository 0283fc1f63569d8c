"""Streams whose calls are complete one by one: what waits, and in which order it leaves.

An event that belongs to a call waits for the call's ruling, and everything behind it waits too.
"""

from __future__ import annotations

from collections import deque

import msgspec

from gardefou.wires._interceptor import Interceptor
from gardefou.wires._sse import Event


class Held(msgspec.Struct, frozen=True):
    """An event in its place.

    ``owner`` is the key of the call it belongs to, or empty; ``index`` the block or item it is
    part of; the first event of one is where its replacement goes. An ending says why the answer
    stopped, or repeats it, and changes with the rulings. The number is the event's own, if any.
    """

    event: Event
    owner: str = ""
    index: int = -1
    is_first: bool = False
    is_ending: bool = False
    number: int | None = None


class OrderedInterceptor(Interceptor):
    """An interceptor that releases from the front, as soon as the call there is ruled on."""

    def __init__(self) -> None:
        """Begin at the start of a stream."""
        super().__init__()
        self._queue: deque[Held] = deque()

    def _write(self, held: Held) -> list[bytes]:
        """What leaves in the event's place, now that everything before it was ruled on."""
        raise NotImplementedError

    def _put(self, held: Held) -> None:
        if not self._queue and self._is_ruled(held):
            self._out += self._write(held)
            return
        self._hold(held.event)
        self._queue.append(held)

    def _drain(self) -> None:
        queue = self._queue
        while queue and self._is_ruled(queue[0]):
            held = queue.popleft()
            self._held_bytes -= len(held.event.raw)
            self._out += self._write(held)

    def _is_ruled(self, held: Held) -> bool:
        return not held.owner or held.owner in self._rulings

    def _is_replaced(self, owner: str) -> bool:
        return bool(owner) and self._rulings[owner].action != "release"
