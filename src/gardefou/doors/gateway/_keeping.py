"""The books of facts while the gateway runs: caught up every second, kept every few minutes.

So what other replicas let happen counts soon, memory does not grow with the traffic, and neither a
stop nor a start has long to read. It happens on the event loop, in slices: books have no lock.
"""

from __future__ import annotations

import asyncio
import logging

from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._logs import event
from gardefou.errors import GardefouError
from gardefou.service import Books

EVERY_S = 1.0
SAVE_S = 300.0
SLICE = 256


async def keep_books(gateway: Gateway, *, every_s: float = EVERY_S, save_s: float = SAVE_S) -> None:
    """Go on until cancelled; trouble is logged and tried again."""
    loop, books = asyncio.get_running_loop(), gateway.service.service.books
    saved_at, saved = loop.time(), books.scanned
    while True:
        await asyncio.sleep(every_s)
        try:
            await catch_up(books)
            if loop.time() - saved_at >= save_s and books.scanned != saved:
                saved_at, saved = loop.time(), books.scanned
                await asyncio.to_thread(books.store, books.snapshot())
        except GardefouError as error:
            event(logging.ERROR, "books_not_kept", code=error.code)


async def catch_up(books: Books) -> None:
    """Look at every entry that is there by now; requests go on in between.

    Raises:
        LedgerUnavailable: when the ledger cannot be read.
        VerificationError: when an entry is not what was recorded.
    """
    while True:
        before = books.scanned
        books.step(SLICE)
        if books.scanned - before < SLICE:
            return
        await asyncio.sleep(0)
