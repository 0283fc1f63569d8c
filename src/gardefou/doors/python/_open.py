"""Opening the Python door: documents, ledger and holds put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from gardefou.action import Principal
from gardefou.doors._opened import now_us, open_service, policy_of
from gardefou.doors._rulings import Rulings
from gardefou.doors.python._door import Door
from gardefou.service import Policies, Service


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
    with open_service(policy_of(constitution, catalogue), ledger, key) as service:
        yield Door(Rulings(service), principal)


class Default:
    """The door of whoever opens none: the standard constitution, no ledger; made when first used."""

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self._door: Door | None = None

    def _opened(self) -> Door:
        if self._door is None:
            service = Service(Policies(policy_of(())), None, clock=now_us)
            self._door = Door(Rulings(service))
        return self._door

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """As `Door.__call__`."""
        return self._opened()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """Whatever else a door can do."""
        return getattr(self._opened(), name)


guard = cast("Door", Default())  # to whoever uses it, it is a door
