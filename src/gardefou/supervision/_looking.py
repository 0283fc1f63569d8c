"""Somebody is looking: who has a hold open, for their colleagues to see.

1. It is no vote and no lock: nobody is kept from anything, and nothing of it is in a ledger.
2. It ends when it is left, and by itself after `STAYS_US`: whoever still looks says so again.
3. It is known to this process, and to other replicas while they are told; a message that is lost
   costs a line on a page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from gardefou.supervision._clock import Clock

STAYS_US = 45_000_000
MOST = 10_000


class Glance(NamedTuple):
    """A person of a tenant who has a hold open."""

    hold: str
    tenant: str
    person: str


class Looking:
    """Who looks at what now; any thread."""

    def __init__(
        self, clock: Clock, changed: Callable[[str], None], tell: Callable[[str], None]
    ) -> None:
        """``changed`` gets the hold's id; ``tell`` takes what other replicas are to hear."""
        self._clock = clock
        self._changed = changed
        self._tell = tell
        self._lock = threading.Lock()
        self._until: dict[Glance, int] = {}

    def look(self, glance: Glance) -> None:
        """Somebody has a hold open, or still has."""
        self._note(glance, self._clock() + STAYS_US)
        self._tell(f"look {msgspec.json.encode(glance).decode()}")

    def leave(self, glance: Glance) -> None:
        """They have closed it."""
        self._note(glance, 0)
        self._tell(f"left {msgspec.json.encode(glance).decode()}")

    def heard(self, what: str, text: str) -> None:
        """Another replica told of somebody."""
        try:
            glance = msgspec.json.decode(text, type=Glance)
        except msgspec.DecodeError:
            return  # another version's: a courtesy, not a control
        self._note(glance, self._clock() + STAYS_US if what == "look" else 0)

    def at(self, tenant: str, *, but: str = "") -> dict[str, tuple[str, ...]]:
        """Who looks at which hold of a tenant now, without one person."""
        now_us = self._clock()
        found: dict[str, list[str]] = {}
        with self._lock:
            for glance, until_us in sorted(self._until.items()):
                if glance.tenant == tenant and glance.person != but and now_us < until_us:
                    found.setdefault(glance.hold, []).append(glance.person)
        return {hold: tuple(persons) for hold, persons in found.items()}

    def _note(self, glance: Glance, until_us: int) -> None:
        now_us = self._clock()
        with self._lock:
            was = self._until.get(glance, 0) > now_us
            if until_us > now_us:
                self._until[glance] = until_us
            else:
                self._until.pop(glance, None)
            if len(self._until) > MOST:
                self._until = {g: u for g, u in self._until.items() if u > now_us}
        if was != (until_us > now_us):
            self._changed(glance.hold)
