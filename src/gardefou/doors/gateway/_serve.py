"""The process: sockets, signals, an orderly end.

Rules:

1. SIGTERM and SIGINT drain: no new connection, what is under way may finish within `drain_s`.
2. SIGHUP loads constitution and catalogue anew: all of it, or nothing of it.
3. More than one process shares PostgreSQL; the parent starts them and passes the signals on.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import uvicorn

from gardefou.doors.gateway._app import App
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._keeping import keep_books
from gardefou.doors.gateway._keys import FRESH_S
from gardefou.doors.gateway._load import load_settings
from gardefou.doors.gateway._logs import event, set_up
from gardefou.doors.gateway._notes import reload_number
from gardefou.doors.gateway._open import (
    Beside,
    Clock,
    Parts,
    check_shared,
    load_policies,
    open_parts,
)
from gardefou.doors.gateway._protocol import GuardedProtocol
from gardefou.doors.gateway._settings import Settings
from gardefou.doors.gateway._switch import note_modes, reload
from gardefou.doors.gateway._workers import run_workers
from gardefou.errors import FileError, GardefouError
from gardefou.service import AsyncService

_KEEP_ALIVE_S = 75
_BACKLOG = 2_048


class Door(Protocol):
    """Another way in, for the same gateway."""

    async def open(self, gateway: Gateway) -> None:
        """Begin to answer."""

    async def close(self, drain_s: float) -> None:
        """Let what is under way finish within this time."""


def _no_pages(_: Settings) -> Beside | None:
    return None


def _no_door(_: Settings) -> Door | None:
    return None


class Server(uvicorn.Server):
    """Uvicorn's server, whose signals are ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


def serve(
    path: Path,
    clock: Clock,
    beside: Callable[[Settings], Beside | None] = _no_pages,
    another: Callable[[Settings], Door | None] = _no_door,
) -> None:
    """Serve until a signal ends it.

    ``beside`` makes the pages, and ``another`` the second door, that the settings ask for.

    Raises:
        LoadError: with every mistake of the settings or documents.
        GardefouError: when a part cannot be opened.
    """
    settings = load_settings(path)
    set_up(settings.log.level)
    listening = listen(settings.server.listen)

    def work() -> None:
        pages = beside(settings)
        parts = open_parts(settings, clock, pages)
        try:
            _run(_main(path, parts, listening, clock=clock, beside=pages, door=another(settings)))
        finally:
            parts.close()

    try:
        if settings.server.processes == 1:
            work()
            return
        check_shared(settings)
        load_policies(settings)  # a mistake is told once, before there are several processes
        is_good = run_workers(settings.server.processes, work)
    finally:
        listening.close()
    if not is_good:
        raise FileError(
            "a process of the gateway ended by itself",
            code="serve.worker",
            help="the log says why; whoever supervises the gateway starts it again",
        )


def _run(main: Any) -> None:
    try:
        import uvloop  # noqa: PLC0415 - not on every system
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def listen(place: str) -> socket.socket:
    """A socket that listens.

    Raises:
        FileError: ``serve.listen`` when the place is taken or not ours.
    """
    host, _, port = place.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, int(port)))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise FileError(
            f"cannot listen at `{place[:60]}`: {(error.strerror or 'unknown').lower()}",
            code="serve.listen",
            help="choose another place with server.listen, or stop what is there",
        ) from None
    listening.settimeout(0)
    return listening


async def _main(
    path: Path,
    parts: Parts,
    listening: socket.socket,
    *,
    clock: Clock,
    beside: Beside | None,
    door: Door | None,
) -> None:
    settings = parts.settings
    gateway = Gateway(settings, AsyncService(parts.service), parts.state, clock=clock)
    await gateway.keys.refresh()
    server = server_of(gateway, beside)
    loop = asyncio.get_running_loop()

    def drain() -> None:
        event(logging.INFO, "draining", open=gateway.metrics.active)
        gateway.is_draining = True
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, drain)
    loop.add_signal_handler(signal.SIGHUP, lambda: reload(path, gateway))
    note_modes(gateway, settings, gateway.keys.all())
    if door is not None:
        await door.open(gateway)
    keeping = [
        loop.create_task(_keep_fresh(path, gateway)),
        loop.create_task(keep_books(gateway)),
    ]
    gc.collect()
    gc.freeze()  # what was loaded stays: the collector need not look at it again
    gc.set_threshold(20_000, 20, 50)
    event(logging.INFO, "ready", listen=_name(listening), tenants=len(settings.tenants))
    try:
        await server.serve(sockets=[listening])
        if door is not None:
            await door.close(settings.server.drain_s)
    finally:
        for task in keeping:
            task.cancel()
        gateway.client.close()
        await asyncio.to_thread(gateway.telemetry.close)
        event(logging.INFO, "stopped")


async def _keep_fresh(path: Path, gateway: Gateway) -> None:
    """Look for new and revoked keys, and for reloads that somebody asked for."""
    asked = await reload_number(gateway.state)
    while True:
        await asyncio.sleep(FRESH_S)
        try:
            if await gateway.keys.refresh():
                note_modes(gateway, gateway.settings, gateway.keys.all())
            number = await reload_number(gateway.state)
            if number != asked:
                asked = number
                reload(path, gateway)
        except GardefouError as error:
            event(logging.ERROR, "keys_not_fresh", code=error.code)


def server_of(gateway: Gateway, beside: Beside | None = None) -> Server:
    """A server for a gateway; ``serve(sockets=...)`` runs it, ``should_exit`` ends it."""
    app = App(gateway)
    if beside is not None:
        app = App(gateway, beside.app(gateway.service.service), beside_at=beside.path)
    config = uvicorn.Config(
        app,
        interface="asgi3",
        http=GuardedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        limit_concurrency=gateway.settings.server.connections,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(gateway.settings.server.drain_s) or 1,
    )
    return Server(config)


def _name(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"{host}:{port}"
