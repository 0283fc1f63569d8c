"""A desk that is ready to answer: policy, ledger and clock put together from the settings."""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gardefou.action import Principal
from gardefou.doors.hook._desk import Desk
from gardefou.doors.hook._settings import Settings, policy_of
from gardefou.service import Policies, Service


def now_us() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


@contextmanager
def open_desk(settings: Settings, home: Path) -> Iterator[Desk]:
    """A desk under the settings; with a ledger, every decision is durable before it is answered.

    Raises:
        GardefouError: when a document, the ledger or its key cannot be used.
    """
    policy = policy_of(settings)
    who = Principal(tenant=settings.tenant, user=settings.user or _user())
    if not settings.ledger:
        yield Desk(Service(Policies(policy), None, clock=now_us), who, home=home)
        return
    from gardefou.ledger import load_key, open_anchored, open_keyring  # noqa: PLC0415 - only with a ledger
    from gardefou.recording import Recorder  # noqa: PLC0415 - as above

    key = load_key(Path(settings.key))
    with open_anchored(settings.ledger, key).ledger as ledger:
        recorder = Recorder(ledger, open_keyring(settings.ledger, ledger.origin))
        yield Desk(Service(Policies(policy), recorder, clock=now_us), who, home=home)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
