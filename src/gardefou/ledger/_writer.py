"""The ledger: one writer at a time, natural group commit, nothing acknowledged before it is durable.

Rules:

1. A ticket is redeemed only after the transaction that holds its entry was flushed (law 4).
2. Whoever writes takes what queued while the last batch was committed, at most `MAX_BATCH`; it never
   waits for more. A caller that waits for its ticket while nobody writes is the writer itself: it
   needs no other thread to wake up. Everything else is the writer's thread's.
3. The queue holds `MAX_QUEUE` entries; a full queue refuses, so that the caller denies.
4. An entry and its changes are one transaction. A change that no longer applies refuses its entry
   and no other.
5. Any failure but "busy" is final: the ledger stops accepting, every waiting caller is refused, and
   only a restart with its recovery goes on. A failed flush is never retried.
6. Ctrl-C, or the time-out of a timer's signal, in a caller that writes refuses its batch and is
   raised on; the transaction is whole or gone, and the ledger goes on.

INVARIANT: who takes from the queue holds the turn, and whoever leaves something in it rings.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from gardefou.errors import GardefouError, LedgerError, LedgerUnavailable, UsageError
from gardefou.ledger._entry import encode_entry
from gardefou.ledger._store import Change, Head, Row, SealedPart, Session, Store, StoreBusy
from gardefou.ledger._ticket import Task, Ticket, Waker, held_lock, settle_all, stored_bytes, wake
from gardefou.ledger._tree import grow, leaf_hash

MAX_QUEUE = 2_048
MAX_BATCH = 512
CLOCK_SLACK_US = 2_000_000  # callers of one batch may overtake each other; this is a clock step


def now_us() -> int:
    """The wall clock in microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


class Writer:
    """The one thread that appends to a store."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], int] = now_us,
        on_failure: Callable[[LedgerUnavailable], None] | None = None,
        max_batch: int = MAX_BATCH,
        max_queue: int = MAX_QUEUE,
    ) -> None:
        """Start the thread; ``on_failure`` is called once, by whoever writes, when the ledger stops."""
        self._store = store
        self._clock = clock
        self._on_failure = on_failure
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._queue: deque[Ticket | Task | None] = deque()
        self._turn = threading.Lock()
        self._caller = 0  # the thread of a caller that writes
        self._bell = held_lock()
        self._is_over = False
        self._failure: LedgerUnavailable | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="gardefou-ledger", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> LedgerUnavailable | None:
        """Why the ledger stopped, or None while it works."""
        return self._failure

    def submit(
        self,
        kind: str,
        data: Any,
        *,
        parts: tuple[SealedPart, ...] = (),
        changes: tuple[Change, ...] = (),
        waker: Waker | None = None,
        context: Any = None,
    ) -> Ticket:
        """Hand over an entry; nothing may act on it before the ticket's `wait` returns.

        Without a ``waker`` it is written when somebody waits for it, or for one that came later.

        Raises:
            InputError: when the entry has no valid form.
            LedgerUnavailable: when the ledger stopped, is closing or its queue is full.
        """
        at_us = self._clock()
        body = encode_entry(kind, at_us, data)
        ticket = Ticket(
            body,
            at_us,
            parts=parts,
            changes=changes,
            waker=waker,
            context=context,
            hurry=self._hurry,
        )
        self._check_open()
        if len(self._queue) >= self._max_queue:
            raise LedgerUnavailable(
                f"the ledger's queue is full: {self._max_queue} entries wait",
                code="ledger.queue_full",
                help="refuse the action; the disk is too slow for this rate",
            )
        self._queue.append(ticket)
        if waker is not None:
            self._ring()
        return ticket

    def task(self, work: Callable[[Session], Any]) -> Any:
        """Run a function in a transaction of its own, between batches; returns when durable.

        Raises:
            LedgerUnavailable: as `submit`; and whatever the function raises, then nothing changed.
        """
        self._check_open()
        task = Task(work)
        self._queue.append(task)
        self._ring()
        return task.wait()

    def purge(self) -> None:
        """Leave no deleted content behind in working files; returns when that is done.

        Raises:
            LedgerUnavailable: as `submit`.
        """
        self._check_open()
        task = Task(None)
        self._queue.append(task)
        self._ring()
        task.wait()

    def close(self) -> None:
        """Write what is queued, then stop the thread; a second call does nothing."""
        if not self._closing:
            self._closing = True
            self._queue.append(None)
            self._ring()
        self._thread.join()

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._closing:
            raise LedgerUnavailable(
                "the ledger is closing", code="ledger.closed", help="refuse the action"
            )

    # Who writes (rule 2)

    def _hurry(self, ticket: Ticket, may_write: bool) -> None:  # noqa: FBT001 - a callback
        """See to it that a ticket is written: here, or by whoever is writing now."""
        me = threading.get_ident()
        if self._caller == me:
            raise LedgerUnavailable(
                "the handler of a signal interrupted a caller that writes, and cannot wait for it",
                code="ledger.busy",
                help="refuse the action; let the handler set a flag, and act on it later",
            )
        if may_write and self._store.any_thread and self._turn.acquire(blocking=False):
            self._caller = me
            try:
                while not ticket.is_settled and (batch := self._tickets()):
                    self._guarded(lambda b=batch: self._commit(b), batch, is_caller=True)  # type: ignore[misc]  # - mypy cannot type a lambda's default
            finally:
                self._caller = 0
                self._turn.release()
        if self._queue:
            self._ring()

    def _ring(self) -> None:
        """Wake the thread, also where it has ended: then what is in the queue is refused here."""
        if self._is_over:
            self._refuse_rest()
        elif self._bell.locked():
            with suppress(RuntimeError):  # somebody else has rung in between
                self._bell.release()

    def _tickets(self) -> list[Ticket]:
        """The tickets at the head of the queue, at most `MAX_BATCH`, up to what is none."""
        batch: list[Ticket] = []
        if self._failure is not None or self._is_over:
            return batch
        while len(batch) < self._max_batch and self._queue and isinstance(self._queue[0], Ticket):
            item = self._queue.popleft()
            if isinstance(item, Ticket):
                batch.append(item)
        return batch

    def _work(self) -> None:
        """The thread: it writes what nobody waits for, and what was left by who wrote for himself."""
        stop = False
        while not stop and self._failure is None:
            self._bell.acquire()
            with self._turn:
                stop = self._drain()
        with self._turn:
            self._refuse_rest()

    def _drain(self) -> bool:
        """Write until the queue is empty; True when the thread has to end."""
        while self._failure is None and self._queue:
            batch = self._tickets()
            if batch:
                self._guarded(lambda b=batch: self._commit(b), batch)  # type: ignore[misc]  # - as above
                continue
            item = self._queue.popleft()
            if item is None:
                return True
            if isinstance(item, Task):
                self._guarded(lambda t=item: self._run_task(t), [item])  # type: ignore[misc]  # - as above
        return False

    def _guarded(
        self,
        step: Callable[[], None],
        waiting: Sequence[Ticket | Task],
        *,
        is_caller: bool = False,
    ) -> None:
        """Run one step; turn every failure into a refusal, and all but "busy" into the end."""
        try:
            step()
            self._store.maintain(sum(stored_bytes(item) for item in waiting))
        except StoreBusy:
            error = LedgerUnavailable(
                "another transaction held the ledger too long",
                code="ledger.busy",
                help="refuse the action; look for a backup or a session that keeps a lock",
            )
            settle_all(waiting, error)
        except BaseException as error:
            if is_caller and (not isinstance(error, Exception) or isinstance(error, TimeoutError)):
                # CRASH: an entry may be durable although it is refused here, never the other way.
                settle_all(waiting, _interrupted(error))
                raise
            self._fail(error)
            settle_all(waiting, self._failure)

    def _commit(self, batch: list[Ticket]) -> None:
        with self._store.writing() as session:
            old = session.head()
            placed, moved, rows = _arrange(session, old, batch)
            if rows:
                grown = grow(old.size, old.frontier, [row.leaf for row in rows])
                session.append(old, rows, grown, placed[-1][1].at_us)
                session.add_payloads(
                    [(seq, part) for seq, ticket in placed for part in ticket.parts]
                )
        # The transaction is durable: only now may anybody act on it (rule 1).
        for seq, ticket in placed:
            ticket.settle(seq)
        for ticket in moved:
            ticket.settle(-1, _moved_on())
        wake(batch)

    def _run_task(self, task: Task) -> None:
        if task.work is None:
            self._store.purge()
            task.settle(None)
            return
        try:
            with self._store.writing() as session:
                result = task.work(session)
        except (LedgerUnavailable, StoreBusy):
            raise
        except GardefouError as error:
            task.settle(None, error)
        else:
            task.settle(result)

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, LedgerUnavailable):
            self._failure = error
        else:
            message = error.message if isinstance(error, LedgerError) else repr(error)
            self._failure = LedgerUnavailable(
                f"the ledger stopped: {message}",
                code=error.code if isinstance(error, LedgerError) else "ledger.stopped",
                help="restart; recovery checks the ledger before it accepts anything",
            )
        if self._on_failure is not None:
            self._on_failure(self._failure)

    def _refuse_rest(self) -> None:
        error = self._failure or LedgerUnavailable(
            "the ledger is closed", code="ledger.closed", help="refuse the action"
        )
        self._closing = self._is_over = True
        while True:
            try:
                item = self._queue.popleft()
            except IndexError:
                return
            if item is not None:
                settle_all([item], error)


class Arrangement(NamedTuple):
    """A batch in order: tickets with their numbers, refused tickets, rows to store."""

    placed: list[tuple[int, Ticket]]
    moved: list[Ticket]
    rows: list[Row]


def _arrange(session: Session, old: Head, tickets: Sequence[Ticket]) -> Arrangement:
    """Number the entries whose changes apply (rule 4).

    A clock that went backwards gets an entry of its own first, so that it is not silent.
    """
    placed: list[tuple[int, Ticket]] = []
    moved: list[Ticket] = []
    rows: list[Row] = []
    last_us = old.at_us
    for ticket in tickets:
        at_us = ticket.at_us
        seq = old.size + len(rows)
        stepped = at_us < last_us - CLOCK_SLACK_US
        if ticket.changes and not session.change(ticket.changes, seq + stepped):
            moved.append(ticket)
            continue
        if stepped:
            body = encode_entry("clock.backwards", at_us, {"by_us": last_us - at_us})
            rows.append(Row(seq, leaf_hash(body), body))
            seq += 1
        rows.append(Row(seq, ticket.leaf, ticket.body))
        placed.append((seq, ticket))
        last_us = at_us
    return Arrangement(placed, moved, rows)


def _moved_on() -> UsageError:
    return UsageError(
        "the state had moved on: the change does not apply any more",
        code="ledger.moved_on",
        help="read the state again; somebody else decided first",
    )


def _interrupted(error: BaseException) -> LedgerUnavailable:
    return LedgerUnavailable(
        f"whoever wrote was interrupted: {type(error).__name__}",
        code="ledger.interrupted",
        help="refuse the action; the entry may appear later",
    )
