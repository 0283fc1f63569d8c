"""The bell: wakes whoever waits for a hold when it changes.

It carries no news. Whoever is woken reads the store, so that a lost ring costs time and never an
answer: everybody who waits also looks by themselves, every `POLL_S` seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary

POLL_S = 1.0

Listener = Callable[[str], None]
_bells: WeakKeyDictionary[object, Bell] = WeakKeyDictionary()
_making = threading.Lock()


class Bell:
    """Rings for the id of whatever changed; any thread may ring and listen."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self._lock = threading.Lock()
        self._listeners: dict[int, Listener] = {}
        self._next = 0

    def ring(self, changed: str) -> None:
        """Tell every listener; a listener that fails is not asked again."""
        with self._lock:
            listeners = list(self._listeners.items())
        for number, listener in listeners:
            try:
                listener(changed)
            except Exception:  # noqa: BLE001 - the loop of a listener that has gone
                self.leave(number)

    def listen(self, listener: Listener) -> int:
        """Call a function with each changed id; returns the number to leave with."""
        with self._lock:
            self._next += 1
            self._listeners[self._next] = listener
            return self._next

    def leave(self, number: int) -> None:
        """Stop listening."""
        with self._lock:
            self._listeners.pop(number, None)


def bell_of(ledger: object) -> Bell:
    """The one bell of a ledger in this process: whoever works on it hears all of it."""
    with _making:
        return _bells.setdefault(ledger, Bell())
