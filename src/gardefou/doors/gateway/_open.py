"""Opening what the settings name, and closing it in order."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from gardefou.doors.gateway._http import AsgiApp
from gardefou.doors.gateway._load import location_of
from gardefou.doors.gateway._logs import event
from gardefou.doors.gateway._settings import Settings
from gardefou.doors.gateway._state import State, open_state
from gardefou.errors import LedgerUnavailable, UsageError
from gardefou.ledger import (
    Keyring,
    Ledger,
    Publisher,
    is_postgres,
    load_key,
    open_anchored,
    open_keyring,
    parse_vkey,
)
from gardefou.ledger import Verifier as OfficerKey
from gardefou.orders import Watch
from gardefou.recording import Recorder
from gardefou.service import Policies, Policy, Service, load_policy
from gardefou.supervision import Notice, Verifier

Clock = Callable[[], int]


class Beside(Protocol):
    """Pages that are served beside the data plane, and the votes that come from them."""

    path: str

    def verifier(self, ledger: Ledger) -> Verifier:
        """What checks the evidence of votes."""

    def notify(self, notice: Notice) -> None:
        """Tell people that something waits."""

    def app(self, service: Service) -> AsgiApp:
        """The pages, for every request under ``path``."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What is open; `close` closes it."""

    settings: Settings
    service: Service
    ledger: Ledger
    keyring: Keyring
    state: State
    publisher: Publisher
    watch: Watch

    def close(self) -> None:
        """Keep the facts, publish a last checkpoint and close everything."""
        with contextlib.suppress(LedgerUnavailable):
            self.service.close()  # they are made again from the entries otherwise
        self.service.holds.close()
        self.watch.close()
        self.publisher.close()
        self.ledger.close()
        self.keyring.close()
        self.state.close()


def open_parts(settings: Settings, clock: Clock, beside: Beside | None = None) -> Parts:
    """Load the documents, then open ledger and state; votes are verified by what is ``beside``.

    Raises:
        LoadError: with every mistake of the documents; nothing was opened.
        LedgerError: when the ledger is missing, damaged or owned by another process.
        UsageError: when a secret or the shared store is missing.
    """
    common, tenants = load_policies(settings)
    location = location_of(settings.store.ledger)
    place = location_of(settings.store.state)
    check_shared(settings)
    opened = open_anchored(
        location, load_key(Path(settings.store.key)), targets=settings.store.anchors, clock=clock
    )
    try:
        keyring = open_keyring(location, opened.ledger.origin)
        state = open_state(place)
        recorder = Recorder(opened.ledger, keyring)
        watch = watch_orders(opened.ledger, settings, clock)
        service = Service(
            Policies(common, tenants),
            recorder,
            clock=clock,
            orders=watch.register,
            verifier=None if beside is None else beside.verifier(opened.ledger),
            notify=None if beside is None else beside.notify,
        )
        service.start(alone=not is_postgres(location), officers=officers_of(settings))
    except BaseException:
        opened.ledger.close()
        raise
    publisher = Publisher(
        opened.ledger,
        opened.anchors,
        on_trouble=lambda text: event(logging.WARNING, "anchor_trouble", code=_code(text)),
    )
    return Parts(
        settings=settings,
        service=service,
        ledger=opened.ledger,
        keyring=keyring,
        state=state,
        publisher=publisher,
        watch=watch,
    )


def check_shared(settings: Settings) -> None:
    """Refuse several processes on files, also where the place comes from the environment.

    Raises:
        UsageError: ``settings.processes``.
    """
    places = (location_of(settings.store.ledger), location_of(settings.store.state))
    if settings.server.processes > 1 and not all(map(is_postgres, places)):
        raise UsageError(
            f"{settings.server.processes} processes cannot share a file",
            code="settings.processes",
            help="set server.processes = 1, or keep ledger and state in PostgreSQL",
        )


def watch_orders(ledger: Ledger, settings: Settings, clock: Clock) -> Watch:
    """Follow the orders in the ledger; without officers every key's orders count.

    Raises:
        LedgerError: when an officer's key is none.
    """
    return Watch(ledger.store, clock=clock, officers=officers_of(settings)).start()


def officers_of(settings: Settings) -> list[OfficerKey]:
    """The keys whose orders count.

    Raises:
        LedgerError: when one is none.
    """
    return [parse_vkey(vkey) for vkey in settings.orders.officers]


def load_policies(settings: Settings) -> tuple[Policy, dict[str, Policy]]:
    """The common policy and those of the tenants that have layers or a catalogue of their own.

    Raises:
        LoadError: with every mistake of a document.
        FileError: ``policy.file``.
    """
    shared = settings.constitution
    common = _policy(shared.layers, shared.catalogue)
    tenants = {
        name: _policy((*shared.layers, *tenant.layers), tenant.catalogue or shared.catalogue)
        for name, tenant in settings.tenants.items()
        if tenant.layers or tenant.catalogue
    }
    return common, tenants


def _policy(layers: tuple[str, ...], catalogue: str) -> Policy:
    return load_policy([Path(path) for path in layers], Path(catalogue) if catalogue else None)


def _code(text: str) -> str:
    return text.rpartition("[")[2].rstrip("]") if text.endswith("]") else "anchor"
