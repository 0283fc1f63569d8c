"""The shared store: one PostgreSQL schema for each log, any number of writing replicas.

Rules (measured in the design, B2.4 and B3.2):

1. A batch locks the one row of ``head``; the order is gap-free without a sequencer.
2. A session commits with ``synchronous_commit = on``; a server with ``fsync`` or
   ``full_page_writes`` off is refused, since it loses acknowledged entries on power loss.
3. Waiting too long for the lock is "busy": nothing was written. Any other failure is fatal.
4. One log for each tenant, so that throughput grows with tenants.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gardefou.errors import LedgerError, LedgerUnavailable, UsageError
from gardefou.ledger._keyring import SqlKeyring
from gardefou.ledger._schema import SCHEMA_VERSION, postgres_schema
from gardefou.ledger._store import (
    READ_HEAD,
    Cursor,
    Head,
    Row,
    Session,
    StoreBusy,
    head_of,
    two_writers,
)
from gardefou.ledger._tree import EMPTY_ROOT, Growth, root_of

LOCK_MS = 5_000
SMALL_BATCH = 32  # up to here one statement is faster than COPY, which needs its own round trips

try:
    import psycopg
    from psycopg import errors as pg
except ImportError:  # pragma: no cover - the extra is part of the test environment
    raise UsageError(
        "a ledger in PostgreSQL needs the `postgres` extra",
        code="ledger.no_postgres",
        help="pip install 'gardefou[postgres]'",
    ) from None

_BUSY = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure)
_LOCK_HEAD = f"{READ_HEAD} FOR UPDATE".encode()
_COPY = "COPY entry (seq, leaf, body) FROM STDIN (FORMAT BINARY)"
_translated: dict[str, str] = {}


class PostgresSession(Session):
    """A transaction on PostgreSQL; a writing one holds the lock of the head.

    A round trip costs more than the work it asks for, and every one of them is made while the other
    replicas wait. So BEGIN goes out with the first read, and a small batch is one statement that is
    sent together with COMMIT.
    """

    conflicts = (pg.IntegrityError,)

    def __init__(self, connection: psycopg.Connection[Any], *, write: bool) -> None:
        """Wrap a connection; a writing session begins its transaction with its first statement."""
        super().__init__(self._run)
        self._connection = connection
        self._runner = _runner(connection)
        self._write = write
        self._unbegun = write
        self._pipeline: Any = None
        self._old = Head()

    def head(self) -> Head:
        """The head; a writing session waits for its lock and keeps it until the end (rule 1)."""
        if not self._write:
            return super().head()
        begin = b"BEGIN; " if self._unbegun else b""
        self._unbegun = False
        cursor = self._connection.execute(begin + _LOCK_HEAD, prepare=False)
        while cursor.nextset():
            pass
        return head_of(cursor.fetchone())

    def append(self, old: Head, rows: Sequence[Row], grown: Growth, at_us: int) -> Head:
        """Store a batch: a small one in one statement, a large one by binary COPY."""
        if len(rows) > SMALL_BATCH:
            return super().append(old, rows, grown, at_us)
        head = Head(grown.size, old.minimum, at_us, root_of(grown.frontier), grown.frontier)
        self._old = old
        self._pipeline = self._connection.pipeline()
        self._pipeline.__enter__()
        values = (head.size, at_us, head.root, b"".join(head.frontier), old.size, old.root)
        cells = [cell for row in rows for cell in row]
        self._connection.execute(_small_batch(len(rows)), (*values, *cells))
        for closed in grown.closed:
            self._close_tile(closed.level - 1, closed.number, closed.root)
        return head

    def insert_rows(self, rows: Sequence[Row]) -> None:
        """Insert by binary COPY, three times as fast as INSERT for many rows."""
        with self._connection.cursor().copy(_COPY) as copy:
            copy.set_types(("int8", "bytea", "bytea"))
            for row in rows:
                copy.write_row(row)

    def commit(self) -> None:
        """End the transaction; what was sent ahead is answered here.

        Raises:
            VerificationError: when the head was not what this writer had read.
        """
        if self._unbegun:
            return
        try:
            self._connection.execute(b"COMMIT")
            self.leave()
        except pg.DivisionByZero:
            raise two_writers(self._old) from None

    def leave(self) -> None:
        """Wait for the answers of a batch that was sent ahead."""
        if self._pipeline is not None:
            pipeline, self._pipeline = self._pipeline, None
            pipeline.__exit__(None, None, None)

    def _run(self, sql: str, parameters: Sequence[Any]) -> Cursor:
        if self._unbegun:
            self._unbegun = False
            self._connection.execute(b"BEGIN")
        cursor: Cursor = self._runner(sql, parameters)
        return cursor


class PostgresStore:
    """One ledger in one schema; several processes may write."""

    def __init__(
        self, url: str, origin: str = "", *, write: bool = False, lock_ms: int = LOCK_MS
    ) -> None:
        """Open an existing log; a batch waits ``lock_ms`` for its turn.

        Raises:
            LedgerError: when there is no such log, or ``origin`` does not choose one.
            LedgerUnavailable: when the server cannot be reached or may lose what it acknowledges.
        """
        self.location = _without_secrets(url)
        self.any_thread = False
        self.url = url
        self._lock_ms = lock_ms
        self._local = threading.local()
        self._readers: list[psycopg.Connection[Any]] = []
        with _connect(url) as connection:
            self.schema = _find_schema(connection, origin, self.location)
        self._writer = self._open_writer() if write else None

    @staticmethod
    def create(url: str, origin: str) -> None:
        """Make an empty log in a schema of its own.

        Raises:
            UsageError: when it exists.
            LedgerUnavailable: when the server cannot be reached or refuses.
        """
        schema = schema_name(origin)
        with _connect(url) as connection:
            check_durability(connection)
            try:
                with connection.transaction():
                    run = _runner(connection)
                    run(f"CREATE SCHEMA {schema}", ())
                    run(f"SET LOCAL search_path = {schema}", ())
                    connection.execute(postgres_schema(schema).encode())
                    run("INSERT INTO log VALUES (0, ?, ?)", (SCHEMA_VERSION, origin))
                    run("INSERT INTO head VALUES (0, 0, 0, 0, ?, ?)", (EMPTY_ROOT, b""))
            except pg.DuplicateSchema:
                raise UsageError(
                    f"the log `{origin}` exists in this database",
                    code="ledger.exists",
                    help="choose another name; a ledger is never overwritten",
                ) from None
            except psycopg.Error as error:
                raise _unavailable(_without_secrets(url), error) from None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent snapshot on a connection of this thread; an inner one is the outer one."""
        connection = self._reader()
        if connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
            yield PostgresSession(connection, write=False)
            return
        try:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield PostgresSession(connection, write=False)
            finally:
                if not connection.closed:
                    connection.execute("ROLLBACK")
        except psycopg.Error as error:
            raise _unavailable(self.location, error) from None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction; it is flushed by the server when the block ends.

        CRASH: when the connection breaks in COMMIT, the batch is there whole or not at all; nobody
        was told, and the restart reads the head again.
        """
        connection = self._writer
        if connection is None:
            raise UsageError(
                "the ledger was opened for reading",
                code="ledger.read_only",
                help="open it with write=True",
            )
        session = PostgresSession(connection, write=True)
        try:
            yield session
            session.commit()
        except _BUSY:
            _roll_back(connection, session)
            raise StoreBusy from None
        except BaseException as error:
            _roll_back(connection, session)
            if isinstance(error, psycopg.Error):
                raise _unavailable(self.location, error) from None
            raise

    def maintain(self, stored_bytes: int) -> None:
        """Nothing: the server looks after its own log."""

    def purge(self) -> None:
        """Nothing that a client may do: VACUUM and the end of the server's log remove old rows."""

    def close(self) -> None:
        """Close the connections."""
        for connection in (*self._readers, self._writer):
            if connection is not None:
                connection.close()
        self._readers.clear()
        self._writer = None

    def _open_writer(self) -> psycopg.Connection[Any]:
        connection = _connect(self.url)
        try:
            check_durability(connection)
            connection.execute(f"SET search_path = {self.schema}")
            connection.execute("SET synchronous_commit = on")
            connection.execute(f"SET lock_timeout = {self._lock_ms}")
            connection.execute("SET idle_in_transaction_session_timeout = 30000")
        except psycopg.Error as error:
            connection.close()
            raise _unavailable(self.location, error) from None
        except LedgerError:
            connection.close()
            raise
        return connection

    def _reader(self) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = self._local.connection = _connect(self.url)
            connection.execute(f"SET search_path = {self.schema}")
            self._readers.append(connection)
        return connection


def schema_name(origin: str) -> str:
    """The schema of a log: origins are longer than PostgreSQL's names may be."""
    return "gardefou_" + hashlib.sha256(origin.encode()).hexdigest()[:20]


def check_durability(connection: psycopg.Connection[Any]) -> None:
    """Refuse a server that acknowledges what it may lose (rule 2).

    Raises:
        LedgerUnavailable: naming the setting.
    """
    for setting in ("fsync", "full_page_writes"):
        row = connection.execute(f"SHOW {setting}").fetchone()
        if row is None or row[0] != "on":
            raise LedgerUnavailable(
                f"the server runs with {setting} = {row[0] if row else '?'}, expected on",
                code="ledger.not_durable",
                help=f"set {setting} = on: without it a power cut loses recorded decisions",
            )


def _connect(url: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(
            url, autocommit=True, connect_timeout=10, prepare_threshold=2, client_encoding="utf8"
        )
    except psycopg.Error as error:
        raise _unavailable(_without_secrets(url), error) from None


def _find_schema(connection: psycopg.Connection[Any], origin: str, location: str) -> str:
    found = [
        str(row[0])
        for row in connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'gardefou\\_%' AND nspname NOT LIKE '%\\_keys' ORDER BY nspname"
        ).fetchall()
    ]
    if origin and schema_name(origin) in found:
        return schema_name(origin)
    if not origin and len(found) == 1:
        return found[0]
    if not origin and found:
        raise LedgerError(
            f"{location} holds {len(found)} logs",
            code="ledger.which",
            help="name one with --origin",
        )
    raise LedgerError(
        f"{location} holds no log `{origin}`" if origin else f"{location} holds no log",
        code="ledger.missing",
        help="make a ledger with `gardefou ledger init`, or name the right database",
    )


def _runner(connection: psycopg.Connection[Any]) -> Any:
    def run(sql: str, parameters: Sequence[Any]) -> Cursor:
        text = _translated.get(sql)
        if text is None:
            text = _translated[sql] = sql.replace("?", "%s")
        return connection.execute(text.encode(), parameters or None)

    return run


def _roll_back(connection: psycopg.Connection[Any], session: PostgresSession) -> None:
    """End a transaction that failed; the error that made it fail is the one that counts."""
    with contextlib.suppress(psycopg.Error):
        session.leave()
    with contextlib.suppress(psycopg.Error):
        connection.execute("ROLLBACK")


@functools.cache
def _small_batch(count: int) -> bytes:
    """Move the head and insert entries; divides by zero, and so aborts, when the head had moved."""
    cells = b", ".join([b"(%b::bigint, %b::bytea, %b::bytea)"] * count)
    return (
        b"WITH moved AS (UPDATE head SET size = %b, at_us = %b, root = %b, frontier = %b"
        b" WHERE one = 0 AND size = %b AND root = %b RETURNING 1),"
        b" added AS (INSERT INTO entry (seq, leaf, body) VALUES " + cells + b")"
        b" SELECT 1 / count(*) FROM moved"
    )


def _without_secrets(url: str) -> str:
    """The URL without user, password and parameters, for messages."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


def _unavailable(location: str, error: Exception) -> LedgerUnavailable:
    cause = str(error).strip().partition("\n")[0]
    return LedgerUnavailable(
        f"{location} failed: {cause}",
        code="ledger.store",
        help="nothing may go ahead; check the server, then start again: recovery checks the ledger",
    )


def open_postgres_keyring(url: str, origin: str) -> SqlKeyring:
    """The subjects' keys of a log, in a schema of their own; made when it is missing.

    Raises:
        LedgerUnavailable: when the server cannot be reached or refuses.
    """
    lock = threading.Lock()
    connection = _connect(url)
    schema = f"{schema_name(origin)}_keys"
    run = _runner(connection)
    try:
        with connection.transaction():
            # Two processes that start at once must not both make it: IF NOT EXISTS alone races.
            run("SELECT pg_advisory_xact_lock(hashtext(?))", (schema,))
            run(f"CREATE SCHEMA IF NOT EXISTS {schema}", ())
            run(
                f"CREATE TABLE IF NOT EXISTS {schema}.subject ("
                "name TEXT PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE, key BYTEA NOT NULL)",
                (),
            )
        run(f"SET search_path = {schema}", ())
    except psycopg.Error as error:
        connection.close()
        raise _unavailable(_without_secrets(url), error) from None

    def one(sql: str, parameters: tuple[Any, ...]) -> Any:
        with lock:
            cursor = run(sql, parameters)
            return cursor.fetchone() if sql.startswith("SELECT") else None

    return SqlKeyring(one, connection.close, (psycopg.Error,))
