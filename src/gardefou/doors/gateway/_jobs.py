"""What waits in the background: kept until its caller has collected it.

A job belongs to the application that asked, and is sealed for the user that it named: whoever polls
says the answer's id and shows the application's key, as the vendor's own wire has it.
"""

from __future__ import annotations

import asyncio
from typing import Literal, NamedTuple
from weakref import WeakValueDictionary

import msgspec

from gardefou.action import Principal
from gardefou.doors.gateway._sealed import SealedStore
from gardefou.wires import Ruling

Stage = Literal["request", "vendor", "answer", "done"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One answer in the background.

    At ``request`` no vendor was asked yet, at ``vendor`` the vendor is at work, at ``answer`` its
    answer ``body`` waits for people, at ``done`` ``body`` and ``status`` are what every poll gets.
    ``holds`` are those that it waits for by the key of their call, the whole answer's under the
    empty key; ``rulings`` is what happens to the other calls. ``shell`` is what a poll gets meanwhile.
    """

    stage: Stage
    at_us: int
    request: bytes = b""
    user: str = ""
    session: str = ""
    status: int = 200
    body: bytes = b""
    shell: bytes = b""
    holds: dict[str, str] = {}
    rulings: dict[str, Ruling] = {}


class Found(NamedTuple):
    """A job with the id that it was asked for by, and whose it is."""

    identity: str
    principal: Principal
    job: Job


class Jobs:
    """The jobs of all applications."""

    def __init__(self, store: SealedStore) -> None:
        """Keep them sealed."""
        self._store = store
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def one_at_a_time(self, identity: str) -> asyncio.Lock:
        """Two polls of one answer must not both use its approvals."""
        return self._locks.setdefault(identity, asyncio.Lock())

    async def find(self, application: Principal, identity: str) -> Found | None:
        """The job of an application under an answer's id.

        Raises:
            LedgerUnavailable: when the state cannot be read.
        """
        owner = await self._store.get(application, f"background-of {identity}")
        if owner is None:
            return None
        principal = msgspec.structs.replace(application, user=owner.decode())
        data = await self._store.get(principal, f"background {identity}")
        if data is None:
            return None  # the user was erased, or it is too old
        return Found(identity, principal, msgspec.msgpack.decode(data, type=Job))

    async def keep(self, principal: Principal, identity: str, job: Job) -> None:
        """Keep a job in place of what was there.

        Raises:
            LedgerUnavailable: when it cannot be kept.
        """
        application = msgspec.structs.replace(principal, user="")
        name, at_us = f"background-of {identity}", job.at_us
        await self._store.put(application, name, principal.user.encode(), at_us)
        data = msgspec.msgpack.encode(job)
        await self._store.put(principal, f"background {identity}", data, at_us)
