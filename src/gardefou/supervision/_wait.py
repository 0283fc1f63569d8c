"""Waiting for a hold. Whoever waits watches the store, never a session or a message.

A ring only says "look again". Without one they look every few moments, so that another
replica's vote, or one from before a restart, is never missed.
"""

from __future__ import annotations

import asyncio
import threading
import time

from gardefou.supervision._core import Core
from gardefou.supervision._model import Hold
from gardefou.supervision._resolve import settle


def wait(core: Core, hold_id: str, timeout_s: float) -> Hold:
    """Wait in this thread until the hold is not pending any more, or the time is over."""
    changed = threading.Event()

    def heard(which: str) -> None:
        if which in (hold_id, ""):
            changed.set()

    number = core.bell.listen(heard)
    end_s = time.monotonic() + timeout_s
    try:
        while True:
            changed.clear()
            hold = look(core, hold_id)
            left_s = end_s - time.monotonic()
            if hold.state != "pending" or left_s <= 0:
                return hold
            changed.wait(_pause(core, hold, left_s))
    finally:
        core.bell.leave(number)


async def wait_async(core: Core, hold_id: str, timeout_s: float) -> Hold:
    """As `wait`, on an event loop; reads go to a thread, nothing blocks the loop."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def heard(which: str) -> None:
        if which in (hold_id, ""):
            loop.call_soon_threadsafe(changed.set)

    number = core.bell.listen(heard)
    end_s = loop.time() + timeout_s
    try:
        while True:
            changed.clear()
            hold = await asyncio.to_thread(look, core, hold_id)
            left_s = end_s - loop.time()
            if hold.state != "pending" or left_s <= 0:
                return hold
            try:
                async with asyncio.timeout(_pause(core, hold, left_s)):
                    await changed.wait()
            except TimeoutError:
                continue  # looks for itself: the bell is a courtesy
    finally:
        core.bell.leave(number)


def look(core: Core, hold_id: str) -> Hold:
    """The hold as it stands; whoever votes counts, so that the waiting only have to read.

    Raises:
        Refused: ``hold.missing``.
    """
    hold = core.read(hold_id)
    is_due = hold.state == "pending" and core.now() >= hold.decide_by_us
    return settle(core, hold_id) if is_due else hold


def _pause(core: Core, hold: Hold, left_s: float) -> float:
    """Until the next look: the poll, the caller's end, or the hold's own end."""
    until_s = max(0.0, (hold.decide_by_us - core.now()) / 1_000_000)
    return max(0.001, min(core.poll_s, left_s, until_s))
