"""The simulated vendor on a port: for `gardefou simulate`, and for tests.

``async with`` runs it in the running event loop, ``with`` in a thread of its own, so that clients
that block can talk to it.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import msgspec
from aiohttp import ClientConnectionResetError, web

from gardefou.doors.simulate._faults import cut
from gardefou.doors.simulate._player import Player, Recorded
from gardefou.doors.simulate._script import ECHO, Recording, Script
from gardefou.doors.simulate._vendor import Incoming, Served, Vendor
from gardefou.errors import FileError, UsageError

START = datetime(2026, 1, 1, tzinfo=UTC)
MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_VISITS = 10_000


class Visit(msgspec.Struct, kw_only=True):
    """One request that was seen; ``status`` is 0 until an answer begins.

    ``gone`` says that the client left before the answer was over.
    """

    incoming: Incoming
    query: str
    served: Served | None = None
    status: int = 0
    gone: bool = False
    over: bool = False


class Simulated:
    """A vendor that follows a script or recordings and listens on ``base_url``."""

    def __init__(
        self,
        script: Script | Sequence[Recording] = ECHO,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        key: str = "",
        at: datetime = START,
        cut_seed: int | None = None,
        watch: Callable[[Visit], None] | None = None,
    ) -> None:
        """Prepare; nothing listens yet.

        ``at`` is the time that answers carry. ``cut_seed`` cuts streams at random places.
        ``watch`` is called when an answer begins. With ``key`` only that key is let in.
        """
        names = script.models if isinstance(script, Script) else ()
        answers = Player(script) if isinstance(script, Script) else Recorded(script)
        self._vendor = Vendor(answers, at_s=int(at.timestamp()), key=key, names=names)
        self._host = host
        self._port = port
        self._cut_seed = cut_seed
        self._watch = watch
        self._runner: web.AppRunner | None = None
        self._thread: _Thread | None = None
        self.visits: deque[Visit] = deque(maxlen=MAX_VISITS)

    @property
    def base_url(self) -> str:
        """Where it listens, without a path: what Anthropic's SDKs take; OpenAI's add ``/v1``.

        Raises:
            UsageError: ``simulate.not_started`` before it listens.
        """
        if self._runner is None or not self._runner.addresses:
            raise UsageError(
                "the simulated vendor is not started",
                code="simulate.not_started",
                help="use it in a `with` block",
            )
        port = self._runner.addresses[0][1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{port}"

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            FileError: ``simulate.port`` when the address cannot be used.
        """
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self.stop()
            raise FileError(
                f"`{self._host}:{self._port}` cannot be listened on: {(error.strerror or 'unknown reason').lower()}",
                code="simulate.port",
                help="name another port, or 0 for any that is free",
            ) from None

    async def stop(self) -> None:
        """End; answers under way are cut off."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Begin to listen in the running event loop."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        await self.stop()

    def __enter__(self) -> Self:
        """Begin to listen in a thread of its own."""
        self._thread = _Thread()
        try:
            self._thread.run(self.start)
        except BaseException:
            self._thread.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, and the thread with it."""
        if self._thread is not None:
            self._thread.run(self.stop)
            self._thread.end()
            self._thread = None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        incoming = Incoming(
            method=request.method,
            path=request.path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        visit = Visit(incoming=incoming, query=request.query_string)
        self.visits.append(visit)
        visit.served = served = self._vendor.serve(incoming)
        try:
            response = await self._send(request, visit, served)
        except (asyncio.CancelledError, ClientConnectionResetError):
            visit.gone = True
            raise
        visit.over = True
        return response

    async def _send(self, request: web.Request, visit: Visit, served: Served) -> web.StreamResponse:
        await asyncio.sleep(served.delay_ms / 1000)
        visit.status = served.status
        if self._watch is not None:
            self._watch(visit)
        out = served.outgoing
        response = web.StreamResponse(status=served.status, headers=served.headers)
        pieces: Iterable[bytes] = out.pieces
        if served.streamed and self._cut_seed is not None:
            seed = self._cut_seed + served.serial
            pieces = cut(pieces, random.Random(seed))  # noqa: S311 - for cutting streams, not for secrets
        if isinstance(out.pieces, list) and not served.streamed:
            response.content_length = sum(map(len, out.pieces)) + out.missing
        if out.missing:
            response.force_close()
        if served.streamed or out.ending == "end":
            await response.prepare(request)
        first = True
        for piece in pieces:
            if not first and served.pace_ms:
                await asyncio.sleep(served.pace_ms / 1000)
            first = False
            await response.write(piece)
        await _end(request, out.ending)
        if out.ending == "end":
            await response.write_eof()
        return response


async def _end(request: web.Request, ending: str) -> None:
    transport = request.transport
    if ending == "hang":
        # Until the client leaves or the vendor stops: both cancel this.
        await asyncio.Event().wait()
    elif transport is not None and ending == "reset":
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    elif transport is not None and ending == "stop":
        transport.close()


class _Thread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, function: Callable[[], Coroutine[None, None, None]]) -> None:
        asyncio.run_coroutine_threadsafe(function(), self._loop).result()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
