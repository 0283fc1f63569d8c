"""A desk that is ready to answer: policy, ledger and clock put together from the settings."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gardefou.action import Principal
from gardefou.doors._opened import open_service
from gardefou.doors.hook._desk import Desk
from gardefou.doors.hook._settings import Settings, policy_of


@contextmanager
def open_desk(settings: Settings, home: Path, cache: Path | None = None) -> Iterator[Desk]:
    """A desk under the settings; with a ledger, every decision is durable before it is answered.

    ``cache`` is the folder where compiled documents are kept.

    Raises:
        GardefouError: when a document, the ledger or its key cannot be used.
    """
    who = Principal(tenant=settings.tenant, user=settings.user or _user())
    with open_service(policy_of(settings, cache), settings.ledger, settings.key) as service:
        yield Desk(service, who, home=home, wait_s=settings.wait_s)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
