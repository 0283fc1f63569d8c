"""What is new, as it happens: hints by server-sent events, never content.

A hint says that a hold changed. The page decides whether to look; nothing is lost when a hint is:
the page looks again when it connects anew, and the store alone is what counts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from gardefou.console._desk import Desk, desk_of, who_asks

BEAT_S = 15.0
_WAITING = 64


def routes() -> list[BaseRoute]:
    """The stream of hints."""
    return [Route("/live", live, methods=["GET"])]


async def live(request: Request) -> Response:
    """Hints for one open page."""
    desk, who = desk_of(request), who_asks(request)
    return StreamingResponse(
        _hints(desk, who.tenant),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _hints(desk: Desk, tenant: str) -> AsyncIterator[str]:
    """One event for each change, and a comment now and then so that nobody in between hangs up."""
    loop = asyncio.get_running_loop()
    changed: asyncio.Queue[str] = asyncio.Queue(_WAITING)

    def note(name: str) -> None:
        # A page that cannot keep up loses hints, which all say the same: look again.
        with contextlib.suppress(asyncio.QueueFull):
            changed.put_nowait(name)

    def ring(name: str) -> None:
        loop.call_soon_threadsafe(note, name)

    number = desk.holds.core.bell.listen(ring)
    try:
        yield _event("waiting", await run_in_threadpool(_count, desk, tenant))
        while True:
            try:
                name = await asyncio.wait_for(changed.get(), BEAT_S)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if name.startswith("hold-"):
                yield _event("changed", name)
            yield _event("waiting", await run_in_threadpool(_count, desk, tenant))
    finally:
        desk.holds.core.bell.leave(number)


def _event(kind: str, data: str) -> str:
    return f"event: {kind}\ndata: {data}\n\n"


def _count(desk: Desk, tenant: str) -> str:
    return str(len(desk.holds.inbox(tenant=tenant, limit=1_000)))
