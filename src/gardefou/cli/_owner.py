"""A ledger to write to: opened here, or by asking the process that owns its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from gardefou.errors import LedgerUnavailable, UsageError
from gardefou.ledger import (
    Ledger,
    Store,
    ask_owner,
    is_postgres,
    load_key,
    open_anchored,
    open_store,
)


def key_path(location: str, path: Path | None) -> Path:
    """The signing key's file of a ledger.

    Raises:
        UsageError: ``ledger.key_missing`` when a database names none.
    """
    if path is not None:
        return path
    if is_postgres(location):
        raise UsageError(
            "a ledger in PostgreSQL has no default key file",
            code="ledger.key_missing",
            help="name it with --key",
        )
    return Path(f"{location}.key")


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
