"""A ledger to write to: opened here, or by asking the process that owns its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from gardefou.cli._ledger import key_path
from gardefou.errors import LedgerUnavailable
from gardefou.ledger import (
    Ledger,
    Store,
    ask_owner,
    is_postgres,
    load_key,
    open_anchored,
    open_store,
)


class Owner(NamedTuple):
    """The process that owns a ledger's file, seen from another one."""

    location: str
    store: Store

    def ask(self, desk: str, body: bytes) -> bytes:
        """As `ask_owner`."""
        return ask_owner(self.location, desk, body)


@contextmanager
def at_ledger(location: str, key: Path | None) -> Iterator[Ledger | Owner]:
    """The ledger, or its owner where that is another process; closed at the end.

    Raises:
        LedgerError: when the ledger or its key cannot be opened.
    """
    try:
        opened = open_anchored(location, load_key(key_path(location, key)))
    except LedgerUnavailable as error:
        if error.code != "ledger.owned" or is_postgres(location):
            raise
        with closing(open_store(location)) as store:
            yield Owner(location, store)
        return
    with opened.ledger as ledger:
        yield ledger
