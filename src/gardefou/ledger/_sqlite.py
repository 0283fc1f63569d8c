"""The embedded store: one SQLite file, write-ahead log, a flush for each batch.

Rules (measured in the design, B2.5 and B3.2):

1. ``journal_mode=WAL`` and ``synchronous=FULL``: a committed batch survives a power cut.
2. ``wal_autocheckpoint=0``: the log is folded into the file by an explicit checkpoint between
   batches whose result is checked; an automatic one swallows a failed flush.
3. One owner: a lock file beside the database is held for as long as the writer lives.
4. Creation is explicit. Opening a missing or foreign file is an error, and never changes it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gardefou.errors import LedgerUnavailable, UsageError
from gardefou.ledger._schema import APPLICATION_ID, SCHEMA_VERSION, sqlite_schema
from gardefou.ledger._sqlite_file import (
    BUSY_MS,
    Folding,
    check_file,
    expected_schema,
    open_reader,
    own,
    translated,
    unwritable,
)
from gardefou.ledger._store import Session, StoreBusy
from gardefou.ledger._tree import EMPTY_ROOT

_CHECKED = (
    "account",
    "anchor",
    "break_glass",
    "checkpoint",
    "credential",
    "document",
    "erasure",
    "head",
    "hold",
    "instrument",
    "legal_hold",
    "log",
    "memory",
    "open_action",
    "payload",
    "stop",
    "supervision_clock",
    "tile",
    "used_once",
    "vote",
    "web_session",
)
CHECKPOINT_PAGES = 1_000  # about 4 MiB of write-ahead log


class SqliteSession(Session):
    """A transaction on SQLite."""

    conflicts = (sqlite3.IntegrityError,)

    def structure(self) -> str:
        """Its tables and triggers against ours, and SQLite's own check of all but the entries.

        The entries are read in full elsewhere.
        """
        found = self.run("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name", ())
        if found.fetchall() != expected_schema():
            return "a table or trigger is not as `ledger init` made it"
        roots = self.run("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0", ()).fetchall()
        if len(set(roots)) != len(roots):
            return "two tables claim the same pages"
        for table in _CHECKED:
            problem = str(self.run(f"PRAGMA integrity_check({table})", ()).fetchone()[0])
            if problem != "ok":
                return problem
        return ""


class SqliteStore:
    """One ledger in one file; ``write`` takes the ownership of the file."""

    any_thread = True

    def __init__(
        self, path: Path, *, write: bool = False, checkpoint_pages: int = CHECKPOINT_PAGES
    ) -> None:
        """Open an existing ledger; the log is folded after about ``checkpoint_pages``.

        Raises:
            LedgerError: when the file is missing, foreign or of an unknown version.
            LedgerUnavailable: when another process owns it, or the disk does not let us write.
        """
        self.location = str(path)
        self._path = path
        self._lock_file = -1
        self._writer: sqlite3.Connection | None = None
        self._readers: list[sqlite3.Connection] = []
        self._local = threading.local()
        self._log_pages = 0
        self._folding: Folding | None = None
        self._checkpoint_pages = checkpoint_pages
        check_file(path)
        if write:
            self._lock_file = own(path)
            try:
                self._writer = self._open_writer()
            except BaseException:
                self.close()
                raise

    @staticmethod
    def create(path: Path, origin: str) -> None:
        """Make an empty ledger in a new file.

        Raises:
            UsageError: when the file exists.
            LedgerUnavailable: when it cannot be written.
        """
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise UsageError(
                f"{path} exists",
                code="ledger.exists",
                help="name a new file; a ledger is never overwritten",
            ) from None
        except OSError as error:
            raise unwritable(path, error) from None
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(f"BEGIN;{sqlite_schema()}")
            connection.execute("INSERT INTO log VALUES (0, ?, ?)", (SCHEMA_VERSION, origin))
            connection.execute("INSERT INTO head VALUES (0, 0, 0, 0, ?, x'')", (EMPTY_ROOT,))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise unwritable(path, error) from None
        finally:
            connection.close()
        # The directory entry must survive a power cut as well.
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent snapshot on a connection of this thread; an inner one is the outer one."""
        connection = self._reader()
        if connection.in_transaction:
            yield SqliteSession(_runner(connection))
            return
        with translated(self._path):
            connection.execute("BEGIN")
            try:
                yield SqliteSession(_runner(connection))
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction; it is flushed when the block ends.

        CRASH: before COMMIT returns, recovery finds the batch whole or not at all; nobody was told.
        """
        connection = self._writer
        if connection is None:
            raise UsageError(
                "the ledger was opened for reading",
                code="ledger.read_only",
                help="open it with write=True",
            )
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise StoreBusy from None
            raise unwritable(self._path, error) from None
        try:
            yield SqliteSession(_runner(connection))
            connection.execute("COMMIT")
        except BaseException as error:
            # A failed COMMIT is not retried; the rollback only frees the connection.
            if connection.in_transaction:
                _quietly(connection, "ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise unwritable(self._path, error) from None
            raise

    def maintain(self, stored_bytes: int) -> None:
        """Fold the write-ahead log into the file when it has grown (rule 2).

        The bulk is folded by a second thread beside the writer. What came meanwhile is little, and
        the writer folds it itself, so that the log is written again from its start. The size of
        its file says nothing about what is still to be folded.

        Raises:
            LedgerUnavailable: when a flush failed, here or in the second thread.
        """
        self._log_pages += 4 + stored_bytes // 4096
        folding = self._folding
        if folding is None:
            if self._log_pages >= self._checkpoint_pages:
                self._log_pages = 0
                self._folding = Folding(self._path)
            return
        if folding.is_alive():
            return
        self._folding = None
        if folding.error is not None:
            raise unwritable(self._path, folding.error)
        self.checkpoint("PASSIVE")

    def purge(self) -> None:
        """Fold and empty the write-ahead log; ``secure_delete`` overwrote what was deleted."""
        self._wait_for_folding()
        self.checkpoint("TRUNCATE")
        self._log_pages = 0

    def checkpoint(self, mode: str) -> None:
        """Run one explicit checkpoint and check its result.

        Raises:
            LedgerUnavailable: when a flush failed; the caller must stop.
        """
        connection = self._writer
        if connection is None:
            return
        try:
            connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                return  # a reader is in the way; the next one folds more
            raise unwritable(self._path, error) from None

    def _wait_for_folding(self) -> None:
        folding, self._folding = self._folding, None
        if folding is not None:
            folding.join()
            if folding.error is not None:
                raise unwritable(self._path, folding.error)

    def close(self) -> None:
        """Close the connections, then give the ownership back."""
        if self._folding is not None:
            self._folding.join()
        for connection in self._readers:
            connection.close()
        self._readers.clear()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._lock_file >= 0:
            os.close(self._lock_file)
            self._lock_file = -1

    def _open_writer(self) -> sqlite3.Connection:
        with translated(self._path):
            connection = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, cached_statements=64
            )
            for pragma in (
                f"busy_timeout = {BUSY_MS}",
                "journal_mode = WAL",
                "synchronous = FULL",
                "wal_autocheckpoint = 0",
                "secure_delete = ON",
                "trusted_schema = OFF",
                "cell_size_check = ON",
                "cache_size = -16000",
            ):
                connection.execute(f"PRAGMA {pragma}").fetchone()
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            flush = connection.execute("PRAGMA synchronous").fetchone()[0]
        if (mode, flush) != ("wal", 2):
            connection.close()
            raise LedgerUnavailable(
                f"{self._path} has journal mode {mode} and synchronous {flush}, expected wal and 2",
                code="ledger.flush",
                help="keep the ledger on a local file system that can hold a write-ahead log",
            )
        return connection

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = open_reader(self._path)
            self._readers.append(connection)
        return connection


def _runner(connection: sqlite3.Connection) -> Any:
    def run(sql: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
        return connection.execute(sql, parameters)

    return run


def _quietly(connection: sqlite3.Connection, sql: str) -> None:
    try:
        connection.execute(sql)
    except sqlite3.Error:
        return  # the first error is the one that counts
