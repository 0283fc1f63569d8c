"""What can change while the gateway runs: the documents, the modes, and who asked for it.

Rules:

1. Documents are put in force as a whole; a bad one is refused and the old ones stay.
2. Every change of a mode is an entry of the ledger before it counts.
3. A reload is asked for through the state, by a signal, or by the management API; every process of
   the gateway does it within `FRESH_S`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

import msgspec

from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._keys import Key
from gardefou.doors.gateway._load import load_settings
from gardefou.doors.gateway._logs import event
from gardefou.doors.gateway._notes import get_note, put_note
from gardefou.doors.gateway._open import load_policies
from gardefou.doors.gateway._settings import Settings
from gardefou.doors.gateway._state import State
from gardefou.errors import GardefouError, LoadError

_MODES = "modes"


def reload(path: Path, gateway: Gateway) -> str:
    """Put constitution, catalogue and tenants' settings in force anew; says what is wrong, or nothing."""
    service = gateway.service.service
    old = service.policies.snapshot()
    try:
        settings = load_settings(path)
        common, tenants = load_policies(settings)
        service.policies.exchange(common, tenants)
        try:
            service.keep()
            fresh = msgspec.structs.replace(gateway.settings, tenants=settings.tenants)
            note_modes(gateway, fresh, gateway.keys.all())
            gateway.settings = fresh
        except GardefouError:
            service.policies.exchange(*old)
            raise
    except GardefouError as error:
        problems = len(error.problems) if isinstance(error, LoadError) else 1
        event(logging.ERROR, "reload_refused", code=error.code, problems=problems)
        gateway.trouble = f"the last reload was refused: {error.code}, {problems} problem(s)"
        gateway.metrics.reloads["refused"] += 1
        return gateway.trouble
    gateway.trouble = ""
    gateway.metrics.reloads["done"] += 1
    event(logging.INFO, "reloaded", constitution=common.constitution.digest)
    return ""


def modes_of(settings: Settings, keys: Iterable[Key]) -> dict[str, str]:
    """Every mode that somebody set: of tenants, their applications, and single keys."""
    found: dict[str, str] = {}
    for name, tenant in settings.tenants.items():
        found[f"tenant {name}"] = tenant.mode
        for application, own in tenant.applications.items():
            if own.mode is not None:
                found[f"application {name}/{application}"] = own.mode
    for key in keys:
        if key.mode is not None and not key.revoked_us:
            found[f"key {key.tenant}/{key.id}"] = key.mode
    return found


def note_modes(gateway: Gateway, settings: Settings, keys: Iterable[Key]) -> None:
    """Record every mode that changed since it was recorded last (rule 2).

    Raises:
        LedgerUnavailable: when it cannot be recorded; the change must not count.
    """
    recorder = gateway.service.service.recorder
    if recorder is None:
        return
    modes = modes_of(settings, keys)
    before = _noted(gateway.state)
    for who in sorted({*modes, *before}):
        old, new = before.get(who, "enforce"), modes.get(who, "enforce")
        if old != new:
            data = {"document": "mode", "who": who[:200], "mode": new, "before": old}
            recorder.ledger.append("policy.activated", data)
            event(logging.WARNING, "mode_changed", who=who, mode=new, before=old)
    if modes != before:
        body = msgspec.json.encode(modes)
        gateway.state.now(lambda run: put_note(run, _MODES, body))


def _noted(state: State) -> dict[str, str]:
    body = state.now(lambda run: get_note(run, _MODES))
    return msgspec.json.decode(body, type=dict[str, str]) if body else {}
