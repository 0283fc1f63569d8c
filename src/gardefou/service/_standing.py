"""The stops that stand, kept at hand: they are asked for before every decision.

A stop given in this process counts at once; one given by another replica within `FRESH_US`.
When the stops cannot be read, the error reaches the caller and nothing goes ahead.
"""

from __future__ import annotations

from collections.abc import Callable

from gardefou import supervision
from gardefou.action import Principal

FRESH_US = 100_000


class StandingStops:
    """Reads the stops of a ledger when they could have changed."""

    def __init__(self, holds: supervision.Holds, monotonic: Callable[[], int]) -> None:
        """Listen for stops of this process; ``monotonic`` counts microseconds."""
        self._holds = holds
        self._monotonic = monotonic
        self._stops: tuple[supervision.Stop, ...] = ()
        self._read_at = -FRESH_US
        holds.core.bell.listen(self._changed)

    def on(self, principal: Principal) -> supervision.Stop | None:
        """The stop that concerns a principal; about 0.2 µs while nothing changes.

        Raises:
            LedgerUnavailable: when the stops cannot be read.
        """
        now = self._monotonic()
        if now - self._read_at >= FRESH_US:
            # Taken before reading: a stop that comes in between is found by the next reading.
            self._read_at = now
            try:
                self._stops = tuple(self._holds.stops())
            except BaseException:
                self._read_at = now - FRESH_US
                raise
        return next((stop for stop in self._stops if stop.covers(principal)), None)

    def _changed(self, name: str) -> None:
        if name.startswith("stop-"):
            self._read_at = self._monotonic() - FRESH_US
