"""A store that fails at a chosen write, as a disk or a server can; it speaks the store's protocol."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

from gardefou.errors import LedgerUnavailable
from gardefou.ledger import Session, Store

Mode = Literal["not stored", "stored"]


class FailingStore:
    """Passes everything on, but write number ``at`` (from 0) fails; every one after it too."""

    def __init__(self, store: Store, at: int = -1, mode: Mode = "stored") -> None:
        self.location = store.location
        self.any_thread = store.any_thread
        self._store = store
        self.at = at
        self.mode = mode
        self.writes = 0

    def reading(self) -> AbstractContextManager[Session]:
        return self._store.reading()

    def writing(self) -> AbstractContextManager[Session]:
        number, self.writes = self.writes, self.writes + 1
        if self.at < 0 or number < self.at:
            return self._store.writing()
        return self._failing(stores=self.mode == "stored" and number == self.at)

    @contextmanager
    def _failing(self, *, stores: bool) -> Iterator[Any]:
        if stores:
            with self._store.writing() as session:
                yield session
        else:
            with self._store.reading() as session:
                yield _Nothing(session)
        raise LedgerUnavailable("the disk failed", code="ledger.store")

    def maintain(self, stored_bytes: int) -> None:
        self._store.maintain(stored_bytes)

    def purge(self) -> None:
        self._store.purge()

    def close(self) -> None:
        self._store.close()


class _Nothing:
    """A session whose writes never come to anything."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        if name in {"head", "run"}:
            return getattr(self._session, name)
        raise sqlite3.OperationalError("disk I/O error")
