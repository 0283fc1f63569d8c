"""The file of an embedded ledger: naming a wrong one, owning it, folding its log, its failures."""

from __future__ import annotations

import fcntl
import functools
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gardefou.errors import LedgerError, LedgerUnavailable, VerificationError
from gardefou.ledger._schema import APPLICATION_ID, SCHEMA_VERSION, sqlite_schema

BUSY_MS = 5_000
# A damaged schema puts its bytes into SQLite's message, and those need not be text.
FAILURES = (sqlite3.Error, UnicodeDecodeError)


@functools.cache
def expected_schema() -> list[tuple[str, str, str | None]]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(sqlite_schema())
        return connection.execute(
            "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
        ).fetchall()
    finally:
        connection.close()


def open_reader(path: Path) -> sqlite3.Connection:
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
        except FAILURES as error:
            connection.close()
            if mode == modes[-1]:
                raise translate(path, error) from None
        else:
            return connection
    raise unwritable(path, OSError("no way to read"))  # pragma: no cover - the loop returns


def check_file(path: Path) -> None:
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


class Folding(threading.Thread):
    """One passive checkpoint on a connection of its own; ``error`` says how it failed."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="gardefou-folding", daemon=True)
        self._path = path
        self.error: sqlite3.Error | None = None
        self.start()

    def run(self) -> None:
        try:
            connection = sqlite3.connect(self._path, isolation_level=None)
            try:
                connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}").fetchone()
                connection.execute("PRAGMA synchronous = FULL").fetchone()
                connection.execute("PRAGMA wal_autocheckpoint = 0").fetchone()
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            finally:
                connection.close()
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                self.error = error


def own(path: Path) -> int:
    """Take the one ownership of a ledger (rule 3); the kernel gives it back when we die."""
    try:
        descriptor = os.open(f"{path}-owner", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(path, error) from None
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
        raise unwritable(path, error) from None
    return descriptor


@contextmanager
def translated(path: Path) -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        raise translate(path, error) from None


def translate(path: Path, error: Exception) -> LedgerError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    damaged = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
    if code in damaged or not code:
        return VerificationError(
            f"{path} is damaged: {error}",
            code="ledger.damaged",
            help="keep the file as it is and compare it with an export or a backup",
        )
    return unwritable(path, error)


def unwritable(path: Path, error: Exception) -> LedgerUnavailable:
    return LedgerUnavailable(
        f"{path} failed: {error}",
        code="ledger.store",
        help="nothing may go ahead; check the disk, then start again: recovery checks the ledger",
    )
