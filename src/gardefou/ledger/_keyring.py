"""Subjects: a pseudonym and an encryption key for each, kept apart from the log.

Rules (design B3.6):

1. An entry names a subject by a random pseudonym only. The row that ties a name to its pseudonym
   and key is all that makes an entry personal; destroying it is erasure.
2. The keys live in a file (SQLite: ``<ledger>-keys``) or schema (PostgreSQL) of their own, so that
   they can be backed up apart from the payloads, with a shorter life.
3. A key is durable before anything is sealed with it.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from gardefou.errors import LedgerUnavailable

CACHED_SUBJECTS = 10_000


class Subject(NamedTuple):
    """What stands in entries for a name, and the key of its payloads."""

    pseudonym: str
    key: bytes


class Keyring(Protocol):
    """Where the subjects are kept."""

    def subject(self, name: str) -> Subject:
        """The subject of a name; made when it is new, durable before this returns."""

    def find(self, name: str) -> Subject | None:
        """The subject of a name, if there is one."""

    def key_of(self, pseudonym: str) -> bytes | None:
        """The key of a pseudonym, or None once it was destroyed."""

    def destroy(self, pseudonym: str) -> bool:
        """Destroy name, pseudonym and key; False when they were gone already."""

    def close(self) -> None:
        """Release everything."""


class SqlKeyring:
    """A keyring on a database; statements are the same on both stores."""

    def __init__(
        self,
        run: Callable[[str, tuple[Any, ...]], Any],
        close: Callable[[], None],
        failures: tuple[type[Exception], ...],
    ) -> None:
        """Wrap a function that executes and commits one statement."""
        self._execute = run
        self._close = close
        self._failures = failures
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, Subject] = OrderedDict()

    def subject(self, name: str) -> Subject:
        """The subject of a name; made when it is new (rule 3).

        Raises:
            LedgerUnavailable: when the keys cannot be read or written.
        """
        with self._lock:
            cached = self._cache.get(name)
        if cached is not None:
            return cached
        found = self.find(name)
        if found is None:
            self._run(
                "INSERT INTO subject (name, pseudonym, key) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO NOTHING",
                (name, secrets.token_hex(16), secrets.token_bytes(32)),
            )
            found = self.find(name)
        if found is None:
            raise LedgerUnavailable(
                "a subject vanished while it was made",
                code="ledger.keys",
                help="it was erased at this moment; try again",
            )
        with self._lock:
            self._cache[name] = found
            if len(self._cache) > CACHED_SUBJECTS:
                self._cache.popitem(last=False)
        return found

    def find(self, name: str) -> Subject | None:
        """The subject of a name, if there is one."""
        row = self._run("SELECT pseudonym, key FROM subject WHERE name = ?", (name,))
        return Subject(str(row[0]), bytes(row[1])) if row else None

    def key_of(self, pseudonym: str) -> bytes | None:
        """The key of a pseudonym, or None once it was destroyed."""
        row = self._run("SELECT key FROM subject WHERE pseudonym = ?", (pseudonym,))
        return bytes(row[0]) if row else None

    def destroy(self, pseudonym: str) -> bool:
        """Destroy name, pseudonym and key; on SQLite the pages are overwritten as well."""
        known = self.key_of(pseudonym) is not None
        self._run("DELETE FROM subject WHERE pseudonym = ?", (pseudonym,))
        with self._lock:
            for name in [n for n, s in self._cache.items() if s.pseudonym == pseudonym]:
                del self._cache[name]
        return known

    def close(self) -> None:
        """Release everything, the cached keys too."""
        self._cache.clear()
        self._close()

    def _run(self, sql: str, parameters: tuple[Any, ...]) -> Any:
        try:
            return self._execute(sql, parameters)
        except self._failures as error:
            raise LedgerUnavailable(
                f"the subjects' keys failed: {error}",
                code="ledger.keys",
                help="nothing may go ahead; check the disk or server of the keys",
            ) from None


def open_sqlite_keyring(path: Path) -> SqlKeyring:
    """The keyring in a file of its own; made when it is missing.

    Raises:
        LedgerUnavailable: when it cannot be opened.
    """
    lock = threading.Lock()
    try:
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # No write-ahead log: a destroyed key must not linger in one.
        for pragma in ("journal_mode = TRUNCATE", "synchronous = EXTRA", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}").fetchone()
        connection.execute("PRAGMA busy_timeout = 5000").fetchone()
        connection.execute(
            "CREATE TABLE IF NOT EXISTS subject ("
            "name TEXT PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE, key BLOB NOT NULL) STRICT"
        )
    except (sqlite3.Error, OSError) as error:
        raise LedgerUnavailable(
            f"{path} failed: {error}",
            code="ledger.keys",
            help="nothing may go ahead; check the disk, or restore the keys from their backup",
        ) from None

    def run(sql: str, parameters: tuple[Any, ...]) -> Any:
        with lock:
            return connection.execute(sql, parameters).fetchone()

    return SqlKeyring(run, connection.close, (sqlite3.Error,))
