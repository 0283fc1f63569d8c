"""Responses in the background: what waits for people says so at once, and is polled.

Rules (design A4.3):

1. A request with ``background`` never waits for people in its connection. What waits is kept, and
   the answer says ``in_progress`` with the holds in its ``metadata``.
2. A poll looks at the holds alone while one of them is pending: nothing is decided, and no vendor
   is asked.
3. Once none is pending, what people approved is decided again and its approval is used, once; the
   finished answer is kept, and every later poll gets the same. The model is not asked again.
4. What nobody approved ends: ``failed`` where people or rules said no, ``incomplete`` where nobody
   decided in time, ``cancelled`` where the caller gave up.
5. Cancelling withdraws what still waits.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from gardefou.action import Principal
from gardefou.doors.gateway._exchange import JSON, Exchange
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._headers import Headers
from gardefou.doors.gateway._holds import refused_text
from gardefou.doors.gateway._http import Caller
from gardefou.doors.gateway._jobs import Found, Job
from gardefou.doors.gateway._keys import Key
from gardefou.doors.gateway._upstream import Upstreams
from gardefou.errors import InputError, UsageError
from gardefou.supervision import Hold
from gardefou.wires import Endpoint as Asked
from gardefou.wires import ResponsesWire, Ruling

LOST_US = 60_000_000  # from the use of an approval to the answer being kept
_ID = re.compile(r"/responses/([^/?]+)")
Ending = Literal["failed", "incomplete", "cancelled"]
_ENDINGS: dict[str, Ending] = {"expired": "incomplete", "withdrawn": "cancelled"}


class Background:
    """Answers polls and cancellations of answers that are kept here."""

    def __init__(
        self, gateway: Gateway, caller: Caller, asked: Asked, key: Key, *, upstreams: Upstreams
    ) -> None:
        """Begin with an authenticated caller."""
        self._gateway = gateway
        self._caller = caller
        self._asked = asked
        self._key = key
        self._upstreams = upstreams
        self._wire = ResponsesWire()
        self._found: Found | None = None

    @property
    def owner(self) -> Principal | None:
        """Whose answer it is, where it was asked for here."""
        return None if self._found is None else self._found.principal

    async def answer(self) -> bool:
        """Answer from what is kept; False when the vendor has to be asked.

        Raises:
            LedgerUnavailable: when something cannot be read or kept.
        """
        match = _ID.search(self._caller.path)
        if self._asked.name not in ("responses.stored", "responses.cancel") or match is None:
            return False
        jobs, application = self._gateway.jobs, self._key.principal()
        async with jobs.one_at_a_time(match[1]):
            self._found = found = await jobs.find(application, match[1])
            if found is None or found.job.stage == "vendor":
                return False
            if self._caller.query:
                raise InputError(
                    "an answer that is kept here is only given as a whole",
                    code="gateway.background",
                    expected="no parameters",
                    help="poll without `stream` and `include`",
                )
            if found.job.stage == "done":
                await self._give(found.job, (b"gardefou-kept", b"true"))
            elif self._asked.name == "responses.cancel":
                await self._cancel(found)
            else:
                await self._look(found)
        return True

    async def fetched(self, body: bytes) -> bool:
        """Go on with what a vendor made in the background; False when it is no such answer, or not yet.

        Raises:
            LedgerUnavailable: when something cannot be decided or kept.
        """
        found = self._found
        if found is None or self._asked.name != "responses.stored" or self._wire.is_running(body):
            return False
        async with self._gateway.jobs.one_at_a_time(found.identity):
            again = await self._gateway.jobs.find(self._key.principal(), found.identity)
            if again is not None and again.job.stage == "vendor":
                job = msgspec.structs.replace(again.job, stage="answer", body=body)
                await self._collect(again, job)
                return True
        return await self.answer()  # another poll was faster

    async def _look(self, found: Found) -> None:
        """Rules 2 to 4."""
        job = found.job
        holds = await self._holds(job)
        states = {hold.state for hold in holds.values()}
        now_us = self._gateway.clock()
        used = [h for h in holds.values() if h.state in ("redeemed", "done", "failed", "unknown")]
        if "pending" in states or any(now_us - hold.moved_us < LOST_US for hold in used):
            await self._wait(job)
            return
        if used:
            await self._end(found, "failed", "The approval was used, and no answer came of it.")
            return
        if job.stage == "request" and not self._upstreams.asks_again and "approved" in states:
            await self._end(found, "failed", "It was approved: send the request again.")
            return
        refused = {
            key: Ruling(action="refuse", text=refused_text(hold))
            for key, hold in holds.items()
            if hold.state != "approved"
        }
        if "" in refused or (
            len(refused) == len(holds)
            and not any(ruling.action == "release" for ruling in job.rulings.values())
        ):
            first = next(hold for hold in holds.values() if hold.state != "approved")
            await self._end(found, _ENDINGS.get(first.state, "failed"), refused_text(first))
            return
        go_on = msgspec.structs.replace(job, rulings={**job.rulings, **refused})
        await self._collect(found, go_on)

    async def _collect(self, found: Found, job: Job) -> None:
        exchange = Exchange(
            self._gateway, self._caller, self._wire, self._key, upstreams=self._upstreams
        )
        await exchange.collect(found.identity, job)

    async def _cancel(self, found: Found) -> None:
        """Rule 5: nothing of it can be approved or used any more."""
        holds = self._gateway.service.service.holds
        for hold in (await self._holds(found.job)).values():
            if hold.state in ("pending", "approved"):
                try:
                    call = await asyncio.to_thread(holds.call, hold)
                    await asyncio.to_thread(holds.withdraw, hold.id, call.action.principal)
                except UsageError:
                    continue  # somebody was faster: it is over, or its subject was erased
        await self._end(found, "cancelled", "The caller gave it up.")

    async def _holds(self, job: Job) -> dict[str, Hold]:
        holds = self._gateway.service.service.holds
        return {
            key: await asyncio.to_thread(holds.get, identity) for key, identity in job.holds.items()
        }

    async def _wait(self, job: Job) -> None:
        await self._caller.reply(
            200, [*JSON, (b"gardefou-decision", b"hold"), *_named(job.holds.values())], job.shell
        )

    async def _end(self, found: Found, status: Ending, text: str) -> None:
        body = self._wire.ended(found.job.shell, status, text)
        done = Job(stage="done", at_us=self._gateway.clock(), body=body, holds=found.job.holds)
        await self._gateway.jobs.keep(found.principal, found.identity, done)
        await self._give(done, (b"gardefou-decision", b"deny"))

    async def _give(self, job: Job, *headers: tuple[bytes, bytes]) -> None:
        named = _named(job.holds.values())
        await self._caller.reply(job.status, [*JSON, *headers, *named], job.body)


def _named(holds: Iterable[str]) -> Headers:
    ids = ", ".join(dict.fromkeys(holds))
    return [(b"gardefou-hold", ids.encode())] if ids else []
