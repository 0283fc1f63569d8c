"""The asynchronous edge of the ledger: await an entry without a thread for each caller."""

from __future__ import annotations

import asyncio
from typing import Any

from gardefou.errors import GardefouError
from gardefou.ledger._store import Change, SealedPart
from gardefou.ledger._ticket import Receipt, Ticket, Waker
from gardefou.ledger._writer import Writer


class AsyncAppender:
    """Appends from one event loop; the loop is woken once for each batch."""

    def __init__(self, writer: Writer) -> None:
        """Bind to the running loop."""
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._waker = self._wake  # one bound method, so that the writer sees one waker

    async def append(
        self,
        kind: str,
        data: Any,
        *,
        parts: tuple[SealedPart, ...] = (),
        changes: tuple[Change, ...] = (),
    ) -> Receipt:
        """Append an entry; returns once it is durable.

        Raises:
            InputError: when the entry has no valid form.
            LedgerUnavailable: when it was refused; nothing may go ahead.
        """
        waker, future = self.slot()
        self._writer.submit(kind, data, parts=parts, changes=changes, waker=waker, context=future)
        return await future

    def slot(self) -> tuple[Waker, asyncio.Future[Receipt]]:
        """The waker and the context for a ticket that is submitted elsewhere; await the second."""
        return self._waker, self._loop.create_future()

    def _wake(self, tickets: list[Ticket]) -> None:
        """Called in the writer thread."""
        self._loop.call_soon_threadsafe(self._resolve, tickets)

    def _resolve(self, tickets: list[Ticket]) -> None:
        for ticket in tickets:
            future: asyncio.Future[Receipt] = ticket.context
            if future.cancelled():  # the caller went away; the entry stands
                continue
            try:
                future.set_result(ticket.receipt())
            except GardefouError as error:
                future.set_exception(error)
