"""The ASGI application: the gateway's own pages, and everything else for the front desk."""

from __future__ import annotations

import asyncio
from typing import Any

from gardefou.doors.gateway._front import Front
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._http import AsgiApp, Caller, Receive, Scope, Send
from gardefou.doors.gateway._manage import Manager
from gardefou.doors.gateway._own import OWN_PATHS, plain
from gardefou.doors.gateway._protocol import WORKING
from gardefou.doors.gateway._upstream import Direct
from gardefou.wires import endpoint_for


class App:
    """One gateway as an ASGI application."""

    def __init__(
        self, gateway: Gateway, beside: AsgiApp | None = None, *, beside_at: str = ""
    ) -> None:
        """Serve this gateway, and ``beside`` for every path under ``beside_at``."""
        self.gateway = gateway
        self._beside = beside
        self._beside_at = f"{beside_at}/".encode()
        self._front = Front(gateway)
        self._upstreams = Direct(gateway.client)
        self.manager = Manager(gateway)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if self._beside is not None and scope["raw_path"].startswith(self._beside_at):
            await self._beside(scope, receive, send)
            return
        working: set[asyncio.Task[Any]] = scope.get(WORKING, set())
        task = asyncio.current_task()
        if task is not None:
            working.add(task)
        caller = Caller(scope, receive, send)
        try:
            await self._front.counted(caller, self._answer(caller))
        finally:
            if task is not None:
                working.discard(task)

    async def _answer(self, caller: Caller) -> str:
        """Answer; gives the name of the wire for the figures."""
        asked = endpoint_for(caller.method, caller.path)
        if asked.reading != "unknown" or not OWN_PATHS.fullmatch(caller.path):
            return await self._front.answer(caller, self._upstreams)
        if caller.path.startswith("/manage"):
            await self.manager.answer(caller, self._front.shown(caller))
        else:
            await plain(self.gateway, caller)
        return "own"
