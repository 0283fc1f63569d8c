"""The gateway's own state: keys, budgets, and answers that later requests continue.

One interface over two stores. In a file there is one process, and a transaction is so short that it
runs where it is asked for. PostgreSQL is shared by replicas and waits, so it runs in threads.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

from gardefou.errors import LedgerUnavailable, UsageError
from gardefou.ledger import is_postgres

T = TypeVar("T")
THREADS = 8
_BUSY_MS = 5_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS gateway_key (
  id TEXT PRIMARY KEY, hash {blob} NOT NULL, body {blob} NOT NULL,
  revoked_us BIGINT NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS gateway_budget (
  tenant TEXT NOT NULL, application TEXT NOT NULL, span TEXT NOT NULL, start_us BIGINT NOT NULL,
  requests BIGINT NOT NULL DEFAULT 0, tokens BIGINT NOT NULL DEFAULT 0,
  micros BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (tenant, application, span, start_us));
CREATE TABLE IF NOT EXISTS gateway_waiver (
  tenant TEXT NOT NULL, waiver TEXT NOT NULL, day BIGINT NOT NULL,
  calls BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (tenant, waiver, day));
CREATE TABLE IF NOT EXISTS gateway_answer (
  tenant TEXT NOT NULL, id TEXT NOT NULL, at_us BIGINT NOT NULL, body {blob} NOT NULL,
  PRIMARY KEY (tenant, id));
CREATE TABLE IF NOT EXISTS gateway_tool (
  tenant TEXT NOT NULL, name TEXT NOT NULL, definition {blob} NOT NULL,
  PRIMARY KEY (tenant, name));
CREATE TABLE IF NOT EXISTS gateway_note (name TEXT PRIMARY KEY, body {blob} NOT NULL);
CREATE TABLE IF NOT EXISTS gateway_revision (one INTEGER PRIMARY KEY, number BIGINT NOT NULL);
INSERT INTO gateway_revision (one, number) VALUES (0, 0) ON CONFLICT (one) DO NOTHING
"""


class Run(Protocol):
    """Executes one statement with ``?`` for parameters; gives its rows and how many it touched."""

    def __call__(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[list[Any], int]: ...


class Undo(Exception):  # noqa: N818 - a decision of the caller, no fault
    """Raised by a transaction's work to leave everything as it was; `value` is its result."""

    def __init__(self, value: Any) -> None:
        """Carry the result out."""
        super().__init__()
        self.value = value


class State(Protocol):
    """A place for the gateway's state; ``is_shared`` says that other gateways may write into it."""

    is_shared: bool

    def now(self, work: Callable[[Run], T]) -> T:
        """Run a transaction in this thread.

        Raises:
            LedgerUnavailable: ``state.unavailable``; nothing may go ahead on a guess.
        """

    async def transact(self, work: Callable[[Run], T]) -> T:
        """Run a transaction without stopping the event loop for long.

        Raises:
            LedgerUnavailable: ``state.unavailable``.
        """

    def close(self) -> None:
        """Release everything."""


def open_state(location: str) -> State:
    """Open the state in a file or in PostgreSQL; it is made when it is missing.

    Raises:
        LedgerUnavailable: ``state.unavailable``.
        UsageError: ``ledger.no_postgres`` when the extra is missing.
    """
    return PostgresState(location) if is_postgres(location) else SqliteState(Path(location))


class SqliteState:
    """State in a file, for one gateway process and any number of short commands beside it."""

    is_shared = False

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            LedgerUnavailable: ``state.unavailable``.
        """
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not path.exists()
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000
            )
            if is_new:
                path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode=WAL")
            # A power cut may undo the last settlements; a crash of the process undoes nothing.
            self._db.execute("PRAGMA synchronous=NORMAL")
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement.format(blob="BLOB"))
        except (sqlite3.Error, OSError) as error:
            raise _unavailable(error) from None

    def now(self, work: Callable[[Run], T]) -> T:
        """Run a transaction in this thread."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    result = work(self._run)
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except Undo as undone:
                value: T = undone.value
                return value
            except sqlite3.Error as error:
                raise _unavailable(error) from None
            return result

    async def transact(self, work: Callable[[Run], T]) -> T:
        """Run a transaction; it takes microseconds."""
        return self.now(work)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _run(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[list[Any], int]:
        cursor = self._db.execute(sql, parameters)
        return cursor.fetchall(), cursor.rowcount


class PostgresState:
    """State in PostgreSQL, shared by replicas."""

    is_shared = True

    def __init__(self, address: str) -> None:
        """Connect once, to find out now what is wrong.

        Raises:
            LedgerUnavailable: ``state.unavailable``.
            UsageError: ``ledger.no_postgres``.
        """
        try:
            import psycopg  # noqa: PLC0415 - an extra
        except ImportError:
            raise UsageError(
                "state in PostgreSQL needs the `postgres` extra",
                code="ledger.no_postgres",
                help="pip install 'gardefou[postgres]'",
            ) from None
        self._psycopg = psycopg
        self._address = address
        self._local = threading.local()
        self._open: list[Any] = []
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="gardefou-state")
        self.now(self._create)

    def now(self, work: Callable[[Run], T]) -> T:
        """Run a transaction in this thread; a lost connection is opened anew once before it."""
        try:
            connection = self._connection()
            with connection.transaction():
                return work(lambda sql, values=(): self._run(connection, sql, values))
        except Undo as undone:
            value: T = undone.value
            return value
        except self._psycopg.Error as error:
            self._local.connection = None
            raise _unavailable(error) from None

    async def transact(self, work: Callable[[Run], T]) -> T:
        """Run a transaction in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.now, work)

    def close(self) -> None:
        """Close every connection."""
        self._threads.shutdown()
        for connection in self._open:
            connection.close()

    def _connection(self) -> Any:
        found = getattr(self._local, "connection", None)
        if found is None or found.closed:
            found = self._psycopg.connect(self._address, autocommit=True, connect_timeout=10)
            self._local.connection = found
            self._open.append(found)
        return found

    def _create(self, run: Run) -> None:
        run("SELECT pg_advisory_xact_lock(7166531)")
        for statement in _SCHEMA.split(";"):
            run(statement.format(blob="BYTEA"))

    def _run(self, connection: Any, sql: str, values: Sequence[Any]) -> tuple[list[Any], int]:
        cursor = connection.execute(sql.replace("?", "%s"), values)
        return (cursor.fetchall() if cursor.description else []), cursor.rowcount


def _unavailable(error: Exception) -> LedgerUnavailable:
    return LedgerUnavailable(
        f"the gateway's state cannot be used: {type(error).__name__}",
        code="state.unavailable",
        help="check the file's folder, the disk and the database; nothing goes ahead until then",
    )
