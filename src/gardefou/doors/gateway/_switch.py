"""What can change while the gateway runs, how, and who asked for it.

Rules:

1. Documents and settings are put in force as a whole; a bad one is refused and the old ones stay.
2. Every change of a mode is an entry of the ledger before it counts.
3. A reload is asked for through the state, by a signal, or by the management API; every process of
   the gateway does it within `FRESH_S`.
4. What only a start can change (`_AT_START`, `_SERVER_AT_START`) stays as it was, and is named.
5. A request that is under way goes on with the upstream that it has, and settles what it reserved.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._keys import Key
from gardefou.doors.gateway._load import load_settings
from gardefou.doors.gateway._logs import event, set_level
from gardefou.doors.gateway._notes import get_note, put_note
from gardefou.doors.gateway._open import load_policies
from gardefou.doors.gateway._settings import Settings
from gardefou.doors.gateway._state import State
from gardefou.errors import GardefouError, LoadError

_MODES = "modes"
_AT_START = ("console", "envoy", "orders", "store", "telemetry")
_SERVER_AT_START = ("connections", "drain_s", "listen", "processes", "session_cache_bytes")


def reload(path: Path, gateway: Gateway) -> str:
    """Put documents and settings in force anew; says why they were refused, or nothing."""
    service = gateway.service.service
    old = service.policies.snapshot()
    try:
        settings = load_settings(path)
        common, tenants = load_policies(settings)
        service.policies.exchange(common, tenants)
        try:
            service.keep()
            note_modes(gateway, settings, gateway.keys.all())
            fresh, waiting = kept_at_start(gateway.settings, settings)
            gateway.adopt(fresh)
            set_level(fresh.log.level)
        except GardefouError:
            service.policies.exchange(*old)
            raise
    except GardefouError as error:
        problems = len(error.problems) if isinstance(error, LoadError) else 1
        event(logging.ERROR, "reload_refused", code=error.code, problems=problems)
        gateway.trouble = f"the last reload was refused: {error.code}, {problems} problem(s)"
        gateway.metrics.reloads["refused"] += 1
        return gateway.trouble
    gateway.trouble = f"needs a restart: {', '.join(waiting)}" if waiting else ""
    gateway.metrics.reloads["done"] += 1
    event(logging.INFO, "reloaded", constitution=common.constitution.digest)
    if waiting:
        event(logging.WARNING, "restart_needed", settings=", ".join(waiting))
    return ""


def kept_at_start(old: Settings, new: Settings) -> tuple[Settings, list[str]]:
    """The new settings with what only a start can change as it was, and the names of that (rule 4)."""
    replace, waiting = msgspec.structs.replace, []
    kept: dict[str, Any] = {}
    for name in _AT_START:
        if getattr(old, name) != getattr(new, name):
            waiting.append(name)
            kept[name] = getattr(old, name)
    server: dict[str, Any] = {}
    for name in _SERVER_AT_START:
        if getattr(old.server, name) != getattr(new.server, name):
            waiting.append(f"server.{name}")
            server[name] = getattr(old.server, name)
    return replace(new, server=replace(new.server, **server), **kept), waiting


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
