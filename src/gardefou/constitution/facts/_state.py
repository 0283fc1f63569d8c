"""What one fact remembers for one session, user, application or tenant.

1. A window is covered by a ring of `BUCKETS` buckets, each a fifteenth of the window: what happened
   inside the window counts for certain, and nothing older than the window plus one bucket counts.
2. ``distinct`` keeps digests of the values with the bucket they were last seen in, up to the stated
   number; beyond it every further value counts as a new one, so that the fact only over-counts.
3. A clock that goes backwards is held at the latest time seen: no count decreases.
4. What cannot be known (a value without a typed form, another currency) makes the fact unreadable
   for a window, so that every rule that reads it cannot be evaluated, which tightens (law 2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from gardefou.constitution.catalogue.types import DIGITS, Money
from gardefou.constitution.facts._declaration import FactDeclaration

BUCKETS = 16
# What `last` says of something that has never happened: longer than any duration in a document.
NEVER_US = 2**62
# A bucket that holds more is not summed any further: the fact becomes unreadable.
_LARGEST = 2**58


class _Unreadable:
    """The type of `UNREADABLE`."""

    def __repr__(self) -> str:
        return "UNREADABLE"


UNREADABLE: Final = _Unreadable()

FactValue = bool | int | Money


class State(msgspec.Struct, array_like=True):
    """The memory of one fact for one key; which fields are used depends on the kind.

    ``last_us`` is when it last happened, ``unknown_us`` when it last could not be known. ``newest``
    is the number of the newest bucket, ``ring`` the buckets by number modulo `BUCKETS`. ``items``
    maps digests of values to the bucket they were last seen in, where each counts for one.
    """

    last_us: int | None = None
    unknown_us: int | None = None
    newest: int | None = None
    ring: list[int] = []
    items: dict[str, int] = {}


class Meter:
    """Adds to the states of one fact and reads them."""

    def __init__(self, fact: FactDeclaration) -> None:
        """Work out the width of a bucket; a fact without a window has a single one."""
        self.fact = fact
        self._window_us = None if fact.window_s is None else fact.window_s * 1_000_000
        self._width_us = None if self._window_us is None else -(-self._window_us // (BUCKETS - 1))

    def happened(self, state: State, now_us: int) -> None:
        """Note that it happened, for ``once``, ``since`` and ``last``."""
        state.last_us = now_us if state.last_us is None else max(now_us, state.last_us)

    def add(self, state: State, amount: int, now_us: int) -> None:
        """Add to ``count`` or ``sum``; an amount below zero takes nothing away."""
        self._fill(state, max(amount, 0), self._roll(state, now_us), now_us)

    def see(self, state: State, values: Iterable[str], now_us: int) -> None:
        """Add values to ``distinct``; each counts once, in the bucket it was last seen in."""
        bucket = self._roll(state, now_us)
        for value in values:
            key = hashlib.blake2b(
                value.encode("utf-8", "surrogatepass"), digest_size=16
            ).hexdigest()
            seen = state.items.get(key)
            if seen == bucket:
                continue
            if seen is not None and self._is_live(seen, bucket):
                state.ring[seen % len(state.ring)] -= 1
            elif seen is None and not self._has_room(state, bucket):
                key = ""
            if key:
                state.items[key] = bucket
            self._fill(state, 1, bucket, now_us)

    def unknown(self, state: State, now_us: int) -> None:
        """Note that something happened of which the value cannot be known."""
        state.unknown_us = now_us if state.unknown_us is None else max(now_us, state.unknown_us)

    def read(self, state: State, now_us: int) -> FactValue | _Unreadable:
        """The value at a time; changes nothing."""
        kind = self.fact.kind
        if kind in ("once", "since") and self._is_recent(state.last_us, now_us):
            return True
        if self._is_open(state, now_us):
            return UNREADABLE
        if kind in ("once", "since"):
            return False
        if kind == "last":
            return NEVER_US if state.last_us is None else max(now_us - state.last_us, 0)
        total = self._total(state, now_us)
        currency = self.fact.currency
        if not currency:
            return total
        return Money(minor=total, currency=currency, exponent=DIGITS[currency])

    def is_neutral(self, state: State, now_us: int) -> bool:
        """Whether a new state says the same from this time on."""
        value = self.read(state, now_us)
        return value is not UNREADABLE and value == self.read(State(), now_us)

    def merge(self, into: State, other: State, now_us: int) -> None:
        """Make one state say at least what both say; it never says less than either."""
        if other.last_us is not None:
            self.happened(into, other.last_us)
        if other.unknown_us is not None:
            self.unknown(into, other.unknown_us)
        if other.newest is None:
            return
        newest = other.newest if into.newest is None else max(into.newest, other.newest)
        self._advance(into, newest)
        # What counts for no item, beyond the cap or in another kind, is the larger of both.
        rest, others = self._without_items(into, newest), self._without_items(other, newest)
        into.ring = [max(pair) for pair in zip(rest, others, strict=True)]
        items = {**other.items}
        for key, bucket in into.items.items():
            items[key] = max(bucket, items.get(key, bucket))
        into.items = {}
        for key, bucket in items.items():
            if self._is_live(bucket, newest):
                if len(into.items) < self.fact.exact_up_to:
                    into.items[key] = bucket
                self._fill(into, 1, bucket, now_us)

    def is_sound(self, state: State) -> bool:
        """Whether a state from outside has the form that this meter relies on."""
        if state.newest is None:
            return not state.ring and not state.items
        return (
            len(state.ring) == (1 if self._width_us is None else BUCKETS)
            and all(0 <= amount <= _LARGEST for amount in state.ring)
            and len(state.items) <= self.fact.exact_up_to
            and all(seen <= state.newest for seen in state.items.values())
            and min(self._without_items(state, state.newest)) >= 0
        )

    def _is_open(self, state: State, now_us: int) -> bool:
        """Whether something that could not be known still matters."""
        if self.fact.kind == "last" and state.unknown_us is not None:
            return state.last_us is None or state.unknown_us > state.last_us
        return self._is_recent(state.unknown_us, now_us)

    def _is_recent(self, when_us: int | None, now_us: int) -> bool:
        if when_us is None:
            return False
        return self._window_us is None or now_us - when_us <= self._window_us

    def _bucket(self, state: State, now_us: int) -> int:
        if self._width_us is None:
            return 0
        bucket = now_us // self._width_us
        return bucket if state.newest is None else max(bucket, state.newest)

    def _roll(self, state: State, now_us: int) -> int:
        bucket = self._bucket(state, now_us)
        self._advance(state, bucket)
        return bucket

    def _advance(self, state: State, bucket: int) -> None:
        """Empty the buckets that the ring reuses from now on."""
        if state.newest is None:
            state.ring = [0] * (1 if self._width_us is None else BUCKETS)
        else:
            for number in range(state.newest + 1, min(bucket, state.newest + BUCKETS) + 1):
                state.ring[number % len(state.ring)] = 0
        state.newest = bucket

    def _total(self, state: State, now_us: int) -> int:
        """The sum of the buckets that still count."""
        if state.newest is None:
            return 0
        total = sum(state.ring)
        if self._width_us is None:
            return total
        passed = now_us // self._width_us - state.newest
        if passed <= 0:
            return total
        if passed >= BUCKETS:
            return 0
        oldest = state.newest + 1
        return total - sum(state.ring[n % BUCKETS] for n in range(oldest, oldest + passed))

    def _without_items(self, state: State, newest: int) -> list[int]:
        """A copy of the ring as of ``newest``, without what counts for the known items."""
        copy = State(newest=state.newest, ring=[*state.ring])
        self._advance(copy, newest)
        for bucket in state.items.values():
            if self._is_live(bucket, newest):
                copy.ring[bucket % len(copy.ring)] -= 1
        return copy.ring

    def _is_live(self, seen: int, bucket: int) -> bool:
        return self._width_us is None or bucket - seen < BUCKETS

    def _has_room(self, state: State, bucket: int) -> bool:
        """Whether one more value can be told apart, if need be after forgetting old ones."""
        if len(state.items) >= self.fact.exact_up_to:
            live = {key: seen for key, seen in state.items.items() if self._is_live(seen, bucket)}
            state.items = live
        return len(state.items) < self.fact.exact_up_to

    def _fill(self, state: State, amount: int, bucket: int, now_us: int) -> None:
        index = bucket % len(state.ring)
        state.ring[index] += amount
        if state.ring[index] > _LARGEST:
            state.ring[index] = _LARGEST
            self.unknown(state, now_us)
