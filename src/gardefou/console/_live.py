"""What is new, as it happens: hints by server-sent events, never content.

1. A hint says that a hold changed, how many wait, and which colleagues have one open. The page
   decides whether to look; the store alone is what counts.
2. No hint is lost while a page is open: what comes while its stream is busy is sent together. A
   page that connects anew looks again.
3. How many wait is counted once for a change, however many pages are open.
4. A page of a hold looks at it as long as its stream is open (`gardefou.supervision._looking`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from gardefou.console._desk import Desk, desk_of, visible_hold, who_asks
from gardefou.console._identity import SignedIn
from gardefou.supervision import Glance

BEAT_S = 15.0
MOST_NAMED = 1_000


def routes() -> list[BaseRoute]:
    """The stream of hints."""
    return [Route("/live", live, methods=["GET"])]


async def live(request: Request) -> Response:
    """Hints for one open page; ``hold`` names the one that it shows."""
    desk, who = desk_of(request), who_asks(request)
    asked = request.query_params.get("hold", "")
    shown = visible_hold(desk, who, asked).id if asked else ""
    return StreamingResponse(
        _hints(desk, who, shown),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _hints(desk: Desk, who: SignedIn, shown: str = "") -> AsyncIterator[str]:
    """Events for each change, and a comment now and then so that nobody in between hangs up."""
    loop = asyncio.get_running_loop()
    changed: dict[str, None] = {}
    woken = asyncio.Event()
    looking = desk.holds.looking
    glance = Glance(shown, who.tenant, who.person)

    def note(name: str) -> None:
        changed[name] = None
        woken.set()

    def ring(name: str) -> None:
        loop.call_soon_threadsafe(note, name)

    number = desk.holds.core.bell.listen(ring)
    seen: dict[str, tuple[str, ...]] | None = None
    waits, again_s = -1, 0.0
    try:
        while True:
            names = list(changed)[:MOST_NAMED]
            for name in names:
                del changed[name]
            if not changed:
                woken.clear()
            if shown and loop.time() >= again_s:
                again_s = loop.time() + BEAT_S
                await run_in_threadpool(looking.look, glance)
            out = [_event("changed", name) for name in names if name.startswith("hold-")]
            count, now = await desk.counts.of(who.tenant), looking.at(who.tenant, but=who.person)
            if count != waits:
                out.append(_event("waiting", str(count)))
            if now != seen:
                out.append(_event("looking", msgspec.json.encode(now).decode()))
            waits, seen = count, now
            yield "".join(out) or ": still here\n\n"
            try:
                async with asyncio.timeout(BEAT_S):
                    await woken.wait()
            except TimeoutError:
                continue
    finally:
        desk.holds.core.bell.leave(number)
        if shown:
            loop.run_in_executor(None, looking.leave, glance)


def _event(kind: str, data: str) -> str:
    return f"event: {kind}\ndata: {data}\n\n"
