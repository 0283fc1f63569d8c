"""A ledger that is open for writing.

Rules (issue and design B3):

1. `create_ledger` makes a log once; `open_ledger` opens only a log that exists and passes every
   check of recovery.
2. The first entry is ``log.created``; it names the log and its keys.
3. An action that was started and whose end nobody recorded becomes ``action.unknown`` at the next
   start of a process that writes alone.
4. A checkpoint is signed only when it continues the last one, in the transaction that stores it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gardefou.errors import LedgerUnavailable, UsageError
from gardefou.ledger._checkpoint import Checkpoint, Proof, open_checkpoint
from gardefou.ledger._entry import check_data
from gardefou.ledger._keyring import SqlKeyring, open_sqlite_keyring
from gardefou.ledger._keys import SigningKey
from gardefou.ledger._note import Verifier, parse_note
from gardefou.ledger._recovery import check_prefix, recover
from gardefou.ledger._sqlite import SqliteStore
from gardefou.ledger._store import SEQ, Change, Head, SealedPart, Session, Store
from gardefou.ledger._ticket import Receipt, Ticket, Waker
from gardefou.ledger._tree import inclusion_path
from gardefou.ledger._writer import MAX_BATCH, Writer, now_us

Clock = Callable[[], int]


def is_postgres(location: str) -> bool:
    """Whether a location names a PostgreSQL database rather than a file."""
    return location.startswith(("postgresql://", "postgres://"))


def create_store(location: str, origin: str) -> None:
    """Make an empty log; nothing exists twice.

    Raises:
        UsageError: when it exists.
        LedgerUnavailable: when it cannot be written.
    """
    if is_postgres(location):
        from gardefou.ledger._postgres import PostgresStore  # noqa: PLC0415 - an extra

        PostgresStore.create(location, origin)
    else:
        SqliteStore.create(Path(location), origin)


def open_store(location: str, origin: str = "", *, write: bool = False) -> Store:
    """Open an existing log; ``origin`` chooses one of several in a PostgreSQL database.

    Raises:
        LedgerError: when it is missing, foreign or of an unknown version.
        LedgerUnavailable: when it cannot be read, or is owned by another process.
    """
    if is_postgres(location):
        from gardefou.ledger._postgres import PostgresStore  # noqa: PLC0415 - an extra

        return PostgresStore(location, origin, write=write)
    return SqliteStore(Path(location), write=write)


def open_keyring(location: str, origin: str) -> SqlKeyring:
    """The subjects' keys of a log; made when they are missing.

    Raises:
        LedgerUnavailable: when they cannot be opened.
    """
    if is_postgres(location):
        from gardefou.ledger._postgres import open_postgres_keyring  # noqa: PLC0415 - an extra

        return open_postgres_keyring(location, origin)
    return open_sqlite_keyring(Path(f"{location}-keys"))


def create_ledger(location: str, key: SigningKey, *, clock: Clock = now_us) -> None:
    """Make a log that the key speaks for, with its first entry (rules 1 and 2).

    Raises:
        UsageError: when it exists.
        LedgerUnavailable: when it cannot be written.
    """
    create_store(location, key.name)
    open_ledger(location, key, clock=clock).close()


def open_ledger(
    location: str,
    key: SigningKey,
    *,
    trusted: Sequence[Verifier] = (),
    anchored: Iterable[tuple[str, str]] = (),
    clock: Clock = now_us,
    on_failure: Callable[[LedgerUnavailable], None] | None = None,
    max_batch: int = MAX_BATCH,
    alone: bool | None = None,
) -> Ledger:
    """Open a log for writing after every check of recovery.

    ``trusted`` are further keys that signed earlier checkpoints; ``anchored`` are checkpoints that
    left the machine, as (source, note). ``alone`` says that no other process writes: then actions
    that are still open belong to nobody and become ``action.unknown`` (rule 3). It is so for a file;
    in PostgreSQL another replica may be at work on them, so it has to be said.

    Raises:
        LedgerError: when it is missing, foreign, or another process owns it.
        VerificationError: when the log or a checkpoint does not fit; nothing was changed.
    """
    store = open_store(location, key.name, write=True)
    try:
        return start(
            store,
            key,
            trusted=trusted,
            anchored=anchored,
            clock=clock,
            on_failure=on_failure,
            max_batch=max_batch,
            alone=not is_postgres(location) if alone is None else alone,
        )
    except BaseException:
        store.close()
        raise


def start(
    store: Store,
    key: SigningKey,
    *,
    trusted: Sequence[Verifier] = (),
    anchored: Iterable[tuple[str, str]] = (),
    clock: Clock = now_us,
    on_failure: Callable[[LedgerUnavailable], None] | None = None,
    max_batch: int = MAX_BATCH,
    alone: bool = True,
) -> Ledger:
    """Run recovery on a store that is open for writing, then start its writer.

    Raises:
        VerificationError: as `open_ledger`; the store stays open and unchanged.
    """
    with store.reading() as session:
        head = recover(session, key.name, (*key.verifiers, *trusted), anchored)
        left_open = session.open_actions() if alone else []
    writer = Writer(store, clock=clock, on_failure=on_failure, max_batch=max_batch)
    ledger = Ledger(store, key, trusted=trusted, writer=writer, clock=clock)
    if head.size == 0:
        vkeys = [verifier.vkey for verifier in key.verifiers]
        writer.submit("log.created", {"origin": key.name, "vkeys": vkeys}).wait()
    for action_id in left_open:
        ledger.append(
            "action.unknown",
            {"id": action_id},
            changes=(Change("DELETE FROM open_action WHERE id = ?", (action_id,), None),),
        )
    return ledger


class Ledger:
    """One log with its writer thread; made by `open_ledger`, used by any number of threads."""

    def __init__(
        self,
        store: Store,
        key: SigningKey,
        *,
        trusted: Sequence[Verifier],
        writer: Writer,
        clock: Clock,
    ) -> None:
        """Hold the parts together; the store has passed recovery."""
        self.store = store
        self.key = key
        self.writer = writer
        self._trusted = tuple(trusted)
        self._clock = clock

    def __enter__(self) -> Self:
        """Use the ledger in a with block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it at the end."""
        self.close()

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.key.name

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """The keys whose signatures count for this log."""
        return (*self.key.verifiers, *self._trusted)

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
        """Hand over an entry; nothing may act on it before the ticket's ``wait`` returns.

        Raises:
            InputError: when the entry has no valid form.
            LedgerUnavailable: when nothing can be accepted.
        """
        if isinstance(data, dict):
            check_data(data)
        return self.writer.submit(
            kind, data, parts=parts, changes=changes, waker=waker, context=context
        )

    def append(
        self,
        kind: str,
        data: Any,
        *,
        parts: tuple[SealedPart, ...] = (),
        changes: tuple[Change, ...] = (),
        timeout_s: float = -1,
    ) -> Receipt:
        """Append an entry; returns once it is durable.

        Raises:
            InputError: when the entry has no valid form.
            LedgerUnavailable: when it was refused; nothing may go ahead.
            UsageError: ``ledger.moved_on`` when a change does not apply any more.
        """
        return self.submit(kind, data, parts=parts, changes=changes).wait(timeout_s)

    def started(self, action_id: str, data: dict[str, Any]) -> Receipt:
        """Record that an action begins; must be durable before it does (law 4).

        Raises:
            UsageError: ``ledger.moved_on`` when it was started already.
        """
        change = Change(
            "INSERT INTO open_action (id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (action_id, SEQ),
        )
        return self.append("action.started", {"id": action_id, **data}, changes=(change,))

    def finished(self, action_id: str, data: dict[str, Any]) -> Receipt:
        """Record how an action ended.

        Raises:
            UsageError: ``ledger.moved_on`` when it was never started, or has ended already.
        """
        change = Change("DELETE FROM open_action WHERE id = ?", (action_id,))
        return self.append("action.finished", {"id": action_id, **data}, changes=(change,))

    def now(self) -> int:
        """The ledger's clock, in microseconds since 1970 UTC."""
        return self._clock()

    def head(self) -> Head:
        """The durable head."""
        with self.store.reading() as session:
            return session.head()

    def publish(self, key: SigningKey | None = None) -> str:
        """Sign and store a checkpoint of the durable head; returns the last one if nothing grew.

        ``key`` signs in place of the ledger's own, while keys are exchanged.

        Raises:
            VerificationError: when the log does not continue its last checkpoint; nothing is
                signed, and the ledger goes on refusing to sign.
            LedgerUnavailable: when the ledger stopped.
        """
        signing = key or self.key
        note: str = self.writer.task(lambda session: self._publish(session, signing))
        return note

    def _publish(self, session: Session, key: SigningKey) -> str:
        head = session.head()
        last = session.last_checkpoint()
        if last is not None:
            before, _ = open_checkpoint(last, self.verifiers, origin=self.origin)
            check_prefix(session, head, before, "the last checkpoint")
            if before.size == head.size and _signed_by(last, key):
                return last
        text = Checkpoint(self.origin, head.size, head.root).text
        note = str(key.note(text, at_s=self._clock() // 1_000_000))
        session.add_checkpoint(head.size, note)
        return note

    def prove(self, seq: int) -> Proof:
        """A proof file's content for an entry; publishes a checkpoint when none covers it.

        Raises:
            UsageError: when there is no such entry.
        """
        head = self.head()
        if not 0 <= seq < head.size:
            raise _no_entry(seq, head.size)
        with self.store.reading() as session:
            note = session.last_checkpoint()
        covered = note is not None and open_checkpoint(note, self.verifiers)[0].size > seq
        if note is None or not covered:
            note = self.publish()
        with self.store.reading() as session:
            return prove(session, seq, note)

    def close(self) -> None:
        """Write what is queued, stop the writer and give the file back."""
        self.writer.close()
        self.store.close()


def prove(session: Session, seq: int, note: str) -> Proof:
    """Make the proof of an entry under a given checkpoint.

    Raises:
        UsageError: when the checkpoint does not cover the entry.
    """
    size = int(note.split("\n")[1])
    if not 0 <= seq < size:
        raise _no_entry(seq, size)
    return Proof(seq, inclusion_path(session.node, seq, size), note)


def _no_entry(seq: int, size: int) -> UsageError:
    return UsageError(
        f"entry {seq} is not in a log of {size} entries",
        code="ledger.no_such_entry",
        help="ask for an entry from 0 to the size minus one; a newer one needs a new checkpoint",
    )


def _signed_by(note: str, key: SigningKey) -> bool:
    found = {(line.name, line.key_id) for line in parse_note(note).signatures}
    return all((v.name, v.key_id) in found for v in key.verifiers)
