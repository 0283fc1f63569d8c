"""Hearing of what other replicas changed, so that whoever waits does not have to ask all the time.

A message carries a table's name and an id, never content, and may be lost: it only says "look
again". After a broken connection everything may have changed, and the message is empty.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from gardefou.errors import LedgerUnavailable
from gardefou.ledger._ledger import Ledger
from gardefou.ledger._store import Store

Heard = Callable[[str], None]
RETRY_S = 1.0


class Watch:
    """A thread that listens to the database until it is closed."""

    def __init__(self, url: str, channel: str, heard: Heard) -> None:
        """Listen from now on; ``heard`` is called in the thread."""
        self._url = url
        self._channel = channel
        self._heard = heard
        self._over = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._work, name="gardefou-watch", daemon=True)
        self._thread.start()

    def ready(self, timeout_s: float) -> bool:
        """Wait until it listens."""
        return self._ready.wait(timeout_s)

    def close(self) -> None:
        """Stop listening."""
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        import psycopg  # noqa: PLC0415 - an extra; only a PostgreSQL store gets here

        while not self._over.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, connect_timeout=10) as connection:
                    connection.execute(f"LISTEN {self._channel}".encode())
                    self._ready.set()
                    self._heard("")
                    while not self._over.is_set():
                        for message in connection.notifies(timeout=0.2):
                            self._heard(message.payload)
            except psycopg.Error:
                self._over.wait(RETRY_S)  # whoever waits looks for themselves meanwhile


def tell_replicas(ledger: Ledger, message: str) -> None:
    """Say something to the other processes that write a ledger; a file has none, and nobody waits.

    A message that cannot be sent is lost, as any may be.
    """
    schema = getattr(ledger.store, "schema", "")
    if not schema:
        return
    with contextlib.suppress(LedgerUnavailable):
        ledger.writer.task(
            lambda session: session.run("SELECT pg_notify(?, ?)", (schema, message)).fetchall()
        )


def watch(store: Store, heard: Heard) -> Watch | None:
    """Listen to a store that several processes write; None for a file, which has one owner."""
    url, schema = getattr(store, "url", ""), getattr(store, "schema", "")
    return Watch(url, schema, heard) if url and schema else None
