"""Tickets and tasks: what waits for the writer thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from gardefou.errors import GardefouError, LedgerUnavailable
from gardefou.ledger._store import Change, SealedPart, Session
from gardefou.ledger._tree import leaf_hash


class Receipt(NamedTuple):
    """Where an entry stands; from here on it is durable."""

    seq: int
    at_us: int
    leaf: bytes


class Ticket:
    """One entry on its way; `wait` returns once it is durable, or raises.

    Who waits calls ``hurry`` first, which sees to it that somebody writes: the caller itself, where
    nobody else does. With a ``waker`` nobody waits on the ticket itself: the writer hands it over, with all others of
    its batch and waker, in one call; ``context`` is whatever the waker needs. An event loop is
    woken once for a batch, not for each entry.
    """

    __slots__ = (
        "_done",
        "_error",
        "_seq",
        "at_us",
        "body",
        "changes",
        "context",
        "hurry",
        "is_settled",
        "leaf",
        "parts",
        "waker",
    )

    def __init__(
        self,
        body: bytes,
        at_us: int,
        *,
        parts: tuple[SealedPart, ...] = (),
        changes: tuple[Change, ...] = (),
        waker: Waker | None = None,
        context: Any = None,
        hurry: Hurry | None = None,
    ) -> None:
        """Prepare an entry; hashing happens here, in the caller's time."""
        self.body = body
        self.at_us = at_us
        self.leaf = leaf_hash(body)
        self.parts = parts
        self.changes = changes
        self.waker = waker
        self.context = context
        self.hurry = hurry
        self.is_settled = False
        self._seq = -1
        self._error: GardefouError | None = None
        self._done = held_lock() if waker is None else None

    def wait(self, timeout_s: float = -1) -> Receipt:
        """Wait until the entry is durable.

        Raises:
            LedgerUnavailable: when it was refused or the time is over; then it counts as refused,
                although it may still be written.
        """
        if self._done is not None:
            if self.hurry is not None and not self.is_settled:
                self.hurry(self, timeout_s < 0)
            if not self._done.acquire(timeout=timeout_s):
                raise LedgerUnavailable(
                    f"the entry was not durable after {timeout_s} s",
                    code="ledger.slow",
                    help="refuse the action; the entry may appear later",
                )
            self._done.release()
        return self.receipt()

    def receipt(self) -> Receipt:
        """The outcome of a ticket that is done; raises as `wait`."""
        if self._error is not None:
            raise self._error
        return Receipt(self._seq, self.at_us, self.leaf)

    def settle(self, seq: int, error: GardefouError | None = None) -> None:
        """Note the outcome and wake a waiting thread; the writer alone calls this, once."""
        self._seq = seq
        self._error = error
        self.is_settled = True
        if self._done is not None:
            self._done.release()


Waker = Callable[[list[Ticket]], None]
Hurry = Callable[[Ticket, bool], None]


def held_lock() -> threading.Lock:
    """A lock to wait at until somebody else releases it."""
    lock = threading.Lock()
    lock.acquire()
    return lock


class Task:
    """Work that needs the writer's transaction alone: publishing, pruning, rotating a key."""

    __slots__ = ("_done", "_error", "_result", "work")

    def __init__(self, work: Callable[[Session], Any] | None) -> None:
        """Wrap a function of the transaction; None asks for the store's purge."""
        self.work = work
        self._result: Any = None
        self._error: BaseException | None = None
        self._done = threading.Event()

    def wait(self) -> Any:
        """The function's result once its transaction is durable; raises what it raised."""
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._result

    @property
    def is_settled(self) -> bool:
        """Whether the caller was woken."""
        return self._done.is_set()

    def settle(self, result: Any, error: BaseException | None = None) -> None:
        """Wake the caller."""
        self._result = result
        self._error = error
        self._done.set()


def stored_bytes(item: Ticket | Task) -> int:
    """About how much an item adds to the store."""
    return len(item.body) + 64 if isinstance(item, Ticket) else 4096


def settle_all(waiting: Sequence[Ticket | Task], error: GardefouError | None) -> None:
    """Refuse whoever still waits; a batch that was durable before housekeeping failed stands."""
    tickets = []
    for item in waiting:
        if item.is_settled:
            continue
        if isinstance(item, Ticket):
            item.settle(-1, error)
            tickets.append(item)
        else:
            item.settle(None, error)
    wake(tickets)


def wake(tickets: Sequence[Ticket]) -> None:
    """Hand settled tickets to their wakers, one call for each waker."""
    by_waker: dict[Waker, list[Ticket]] = {}
    for ticket in tickets:
        if ticket.waker is not None:
            by_waker.setdefault(ticket.waker, []).append(ticket)
    for waker, done in by_waker.items():
        waker(done)
