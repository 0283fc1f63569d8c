"""Opening the Python door: documents, ledger and holds put together."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from gardefou.action import Principal
from gardefou.doors._rulings import Rulings
from gardefou.doors.python._door import Door
from gardefou.service import Policies, Service, load_policy


def _now_us() -> int:
    return time.time_ns() // 1000


@contextmanager
def open_door(
    constitution: Sequence[str | Path] = (),
    *,
    catalogue: str | Path | None = None,
    ledger: str = "",
    key: str | Path = "",
    principal: Principal | None = None,
) -> Iterator[Door]:
    """A door under these documents; with a ledger, decisions are recorded and people can be asked.

    Raises:
        LoadError: with every mistake of the documents.
        FileError: when one cannot be read.
        LedgerError: when the ledger cannot be used.
    """
    policy = load_policy(
        [Path(path) for path in constitution], None if catalogue is None else Path(catalogue)
    )
    if not ledger:
        yield Door(Rulings(Service(Policies(policy), None, clock=_now_us)), principal)
        return
    from gardefou.ledger import is_postgres, load_key, open_anchored, open_keyring  # noqa: PLC0415 - only with a ledger
    from gardefou.recording import Recorder  # noqa: PLC0415 - as above

    signing = load_key(Path(key or f"{ledger}.key"))
    with open_anchored(ledger, signing).ledger as opened:
        keyring = open_keyring(ledger, opened.origin)
        service = Service(Policies(policy), Recorder(opened, keyring), clock=_now_us)
        service.holds.start(alone=not is_postgres(ledger))
        try:
            yield Door(Rulings(service), principal)
        finally:
            service.holds.close()


class Default:
    """The door of whoever opens none: the standard constitution, no ledger; made when first used."""

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._door: Door | None = None

    def _opened(self) -> Door:
        if self._door is None:
            policy = load_policy([])
            self._door = Door(Rulings(Service(Policies(policy), None, clock=_now_us)))
        return self._door

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """As `Door.__call__`."""
        return self._opened()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """Whatever else a door can do."""
        return getattr(self._opened(), name)


guard = cast("Door", Default())  # to whoever uses it, it is a door
