"""A clock that never runs slower than time itself.

1. It never goes back, and it goes on at least as fast as the monotonic clock: setting the wall clock
   back extends no deadline.
2. Its last reading is kept with every change of a hold, so that a restart does not set it back.
3. A wall clock that jumps ahead takes it along: deadlines come early, never late.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Microseconds since 1970, UTC; or since any moment, for a monotonic one."""


def wall_us() -> int:
    """The wall clock in microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


def monotonic_us() -> int:
    """The monotonic clock in microseconds."""
    return time.monotonic_ns() // 1_000


class SteadyClock:
    """The time by which holds are judged."""

    def __init__(self, wall: Clock, monotonic: Clock = monotonic_us, at_least_us: int = 0) -> None:
        """Begin with the wall clock, or where the store was when the process ended."""
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last_us = max(wall(), at_least_us)
        self._mark_us = monotonic()

    def __call__(self) -> int:
        """The time now, in microseconds since 1970 UTC."""
        with self._lock:
            mark_us = self._monotonic()
            passed_us = max(0, mark_us - self._mark_us)
            self._last_us = max(self._wall(), self._last_us + passed_us)
            self._mark_us = mark_us
            return self._last_us

    def not_before(self, at_us: int) -> None:
        """Take over another replica's later reading."""
        with self._lock:
            self._last_us = max(self._last_us, at_us)
