"""What one exchange in the background keeps for whoever polls, and how it answers meanwhile."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.action import Principal
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._headers import Headers
from gardefou.doors.gateway._http import Caller
from gardefou.doors.gateway._jobs import Job
from gardefou.ledger import random_bytes
from gardefou.wires import ResponsesWire, Ruling


class Polled:
    """One exchange's side of a job; ``identity`` is set while a kept one is collected."""

    def __init__(self, gateway: Gateway, caller: Caller, job: Job, identity: str = "") -> None:
        """Begin with what was asked."""
        self.job = job
        self.identity = identity
        self.answered_as = ""
        self._gateway = gateway
        self._caller = caller
        self._wire = ResponsesWire()

    async def put_off(
        self, principal: Principal, body: bytes, holds: dict[str, str], rulings: dict[str, Ruling]
    ) -> None:
        """Keep a whole answer that waits for people, and say that it does."""
        # An answer without an id cannot be asked for again at the vendor; here it can.
        identity = self.identity or self.answered_as or f"gardefou-{random_bytes(16).hex()}"
        shell = self._wire.held(body, list(holds.values()), id=identity)
        what = {"stage": "answer", "body": body, "rulings": rulings}
        await self.wait(principal, identity, holds, shell=shell, **what)

    async def wait(
        self, principal: Principal, identity: str, holds: dict[str, str], **what: Any
    ) -> None:
        """Keep the job with what is new about it, and answer with its shell."""
        job = msgspec.structs.replace(self.job, holds=holds, **what)
        await self._gateway.jobs.keep(principal, identity, job)
        ids = ", ".join(dict.fromkeys(holds.values()))
        headers: Headers = [
            (b"content-type", b"application/json"),
            (b"gardefou-decision", b"hold"),
            (b"gardefou-hold", ids.encode()),
        ]
        await self._caller.reply(200, headers, job.shell)

    async def note_running(self, principal: Principal, body: bytes) -> None:
        """The vendor works in the background: what it will say is decided when it is polled."""
        if self.answered_as and self._wire.is_running(body):
            job = msgspec.structs.replace(self.job, stage="vendor")
            await self._gateway.jobs.keep(principal, self.answered_as, job)

    async def give(self, principal: Principal, status: int, headers: Headers, body: bytes) -> None:
        """Answer the caller; what was collected is kept for whoever polls again."""
        if self.identity:
            at_us = self._gateway.clock()
            done = Job(stage="done", at_us=at_us, status=status, body=body, holds=self.job.holds)
            for identity in {self.identity, self.answered_as} - {""}:
                await self._gateway.jobs.keep(principal, identity, done)
        await self._caller.reply(status, headers, body)
