"""The embedded store: one SQLite file, write-ahead log, a flush for each batch.

Rules (measured in the design, B2.5 and B3.2):

1. ``journal_mode=WAL`` and ``synchronous=FULL``: a committed batch survives a power cut.
2. ``wal_autocheckpoint=0``: the log is folded into the file by an explicit checkpoint between
   batches whose result is checked; an automatic one swallows a failed flush.
3. One owner: a lock file beside the database is held for as long as the writer lives.
4. Creation is explicit. Opening a missing or foreign file is an error, and never changes it.
"""

from __future__ import annotations

import fcntl
import functools
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gardefou.errors import LedgerError, LedgerUnavailable, UsageError, VerificationError
from gardefou.ledger._schema import APPLICATION_ID, SCHEMA_VERSION, sqlite_schema
from gardefou.ledger._store import Session, StoreBusy
from gardefou.ledger._tree import EMPTY_ROOT

BUSY_MS = 5_000
# A damaged schema puts its bytes into SQLite's message, and those need not be text.
_FAILURES = (sqlite3.Error, UnicodeDecodeError)
_CHECKED = (
    "anchor",
    "checkpoint",
    "document",
    "erasure",
    "head",
    "legal_hold",
    "log",
    "open_action",
    "payload",
    "tile",
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
        if found.fetchall() != _expected_schema():
            return "a table or trigger is not as `ledger init` made it"
        for table in _CHECKED:
            problem = str(self.run(f"PRAGMA integrity_check({table})", ()).fetchone()[0])
            if problem != "ok":
                return problem
        return ""


class SqliteStore:
    """One ledger in one file; ``write`` takes the ownership of the file."""

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
        self._checkpoint_pages = checkpoint_pages
        _check_file(path)
        if write:
            self._lock_file = _own(path)
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
            raise _unwritable(path, error) from None
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
            raise _unwritable(path, error) from None
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
        with _translated(self._path):
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
            raise _unwritable(self._path, error) from None
        try:
            yield SqliteSession(_runner(connection))
            connection.execute("COMMIT")
        except BaseException as error:
            # A failed COMMIT is not retried; the rollback only frees the connection.
            if connection.in_transaction:
                _quietly(connection, "ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise _unwritable(self._path, error) from None
            raise

    def maintain(self, stored_bytes: int) -> None:
        """Fold the write-ahead log into the file when it has grown (rule 2).

        The size of its file says nothing: the log is written again from its start once folded.
        """
        self._log_pages += 4 + stored_bytes // 4096
        if self._log_pages >= self._checkpoint_pages:
            self.checkpoint("PASSIVE")
            self._log_pages = 0

    def purge(self) -> None:
        """Fold and empty the write-ahead log; ``secure_delete`` overwrote what was deleted."""
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
            raise _unwritable(self._path, error) from None

    def close(self) -> None:
        """Close the connections, then give the ownership back."""
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
        with _translated(self._path):
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
            connection = self._local.connection = _open_reader(self._path)
            self._readers.append(connection)
        return connection


@functools.cache
def _expected_schema() -> list[tuple[str, str, str | None]]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(sqlite_schema())
        return connection.execute(
            "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
        ).fetchall()
    finally:
        connection.close()


def _open_reader(path: Path) -> sqlite3.Connection:
    name = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    wal = Path(f"{path}-wal")
    modes = ["mode=ro"]
    if not wal.exists() or not wal.stat().st_size:
        # A read-only disk has no room for the shared memory of a write-ahead log; without
        # such a log the file is complete by itself.
        modes.append("mode=ro&immutable=1")
    for mode in modes:
        connection = sqlite3.connect(
            f"file:{name}?{mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except _FAILURES as error:
            connection.close()
            if mode == modes[-1]:
                raise _translate(path, error) from None
        else:
            return connection
    raise _unwritable(path, OSError("no way to read"))  # pragma: no cover - the loop returns


def _check_file(path: Path) -> None:
    """Name a missing or foreign file before SQLite could touch it (rule 4)."""
    try:
        with path.open("rb") as file:
            start = file.read(100)
    except OSError as error:
        raise LedgerError(
            f"{path} cannot be opened: {os.strerror(error.errno or 0).lower()}",
            code="ledger.missing",
            help="make a ledger with `gardefou ledger init`, or name the right file",
        ) from None
    if start[:16] != b"SQLite format 3\0" or int.from_bytes(start[68:72]) != APPLICATION_ID:
        raise LedgerError(
            f"{path} is not a ledger",
            code="ledger.foreign",
            help="name the file that `gardefou ledger init` made",
        )
    version = int.from_bytes(start[60:64])
    if version != SCHEMA_VERSION:
        raise LedgerError(
            f"{path} has version {version}, expected {SCHEMA_VERSION}",
            code="ledger.version",
            help="another release of the program wrote it: use that one",
        )


def _own(path: Path) -> int:
    """Take the one ownership of a ledger (rule 3); the kernel gives it back when we die."""
    try:
        descriptor = os.open(f"{path}-owner", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise LedgerUnavailable(
            f"{path} is owned by process {owner or 'unknown'}",
            code="ledger.owned",
            help="one process writes a ledger file: stop the other, or use PostgreSQL for several",
        ) from None
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    except OSError as error:
        os.close(descriptor)
        raise _unwritable(path, error) from None
    return descriptor


def _runner(connection: sqlite3.Connection) -> Any:
    def run(sql: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
        return connection.execute(sql, parameters)

    return run


def _quietly(connection: sqlite3.Connection, sql: str) -> None:
    try:
        connection.execute(sql)
    except sqlite3.Error:
        return  # the first error is the one that counts


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise _translate(path, error) from None


def _translate(path: Path, error: Exception) -> LedgerError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    damaged = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
    if code in damaged or not code:
        return VerificationError(
            f"{path} is damaged: {error}",
            code="ledger.damaged",
            help="keep the file as it is and compare it with an export or a backup",
        )
    return _unwritable(path, error)


def _unwritable(path: Path, error: Exception) -> LedgerUnavailable:
    return LedgerUnavailable(
        f"{path} failed: {error}",
        code="ledger.store",
        help="nothing may go ahead; check the disk, then start again: recovery checks the ledger",
    )
