"""A service for a door that is a program of its own: documents, ledger and holds put together."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gardefou.service import Policies, Policy, Service, load_policy


def now_us() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


@contextmanager
def open_service(policy: Policy, ledger: str = "", key: str | Path = "") -> Iterator[Service]:
    """A service under a policy; with a ledger, decisions are recorded and people can be asked.

    Raises:
        LedgerError: when the ledger or its key cannot be used.
    """
    if not ledger:
        yield Service(Policies(policy), None, clock=now_us)
        return
    from gardefou.ledger import (  # noqa: PLC0415 - only with a ledger
        is_postgres,
        load_key,
        open_anchored,
        open_keyring,
    )
    from gardefou.recording import Recorder  # noqa: PLC0415 - as above

    signing = load_key(Path(key or f"{ledger}.key"))
    with open_anchored(ledger, signing).ledger as opened:
        recorder = Recorder(opened, open_keyring(ledger, opened.origin))
        service = Service(Policies(policy), recorder, clock=now_us)
        service.start(alone=not is_postgres(ledger))
        try:
            yield service
        finally:
            service.holds.close()


def policy_of(constitution: Sequence[str | Path], catalogue: str | Path | None = None) -> Policy:
    """The policy in these files; no document is the standard constitution.

    Raises:
        LoadError: with every mistake of the documents.
        FileError: ``policy.file`` when one cannot be read.
    """
    return load_policy(
        [Path(path) for path in constitution], None if catalogue is None else Path(catalogue)
    )
