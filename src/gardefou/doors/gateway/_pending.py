"""Answers of models that wait for people: kept, so that the model is not asked again.

Rules (design A4.2):

1. An answer with a call that still waits is kept under its request: method, path and body without
   the fields that change between two sendings.
2. The same request of the same principal gets the kept answer. Its calls are decided again and
   join their holds; only what people approved leaves (law 5).
3. Once nothing of an answer waits any more it is forgotten, and after `MOST_US` in any case: then
   every hold of it is over.
4. Where one process has the store alone, it knows which answers wait; while none does, a request is
   not even given a name.
"""

from __future__ import annotations

import msgspec

from gardefou.action import Principal
from gardefou.doors.gateway._sealed import SealedStore
from gardefou.errors import InputError
from gardefou.supervision import replay_key

MOST_US = 86_400 * 1_000_000
MOST_BYTES = 4 * 1024 * 1024
_PREFIX = "pending "


class Kept(msgspec.Struct, frozen=True):
    """One answer in the caller's own form, whole or as the bytes of its stream."""

    at_us: int
    status: int
    body: bytes


class Pending:
    """The answers of all principals that wait."""

    def __init__(self, store: SealedStore) -> None:
        """Keep them sealed."""
        self._store = store
        self._waiting: dict[tuple[str, str], int] | None = None  # since when, the oldest first

    async def is_empty(self, now_us: int) -> bool:
        """Whether surely nothing waits (rule 4); never where replicas share the store.

        Raises:
            LedgerUnavailable: when the state cannot be read.
        """
        if self._store.is_shared:
            return False
        if self._waiting is None:
            self._waiting = await self._store.names(_PREFIX)
        waiting = self._waiting
        while waiting and now_us - waiting[oldest := next(iter(waiting))] > MOST_US:
            del waiting[oldest]
        return not waiting

    async def find(self, principal: Principal, name: str, now_us: int) -> Kept | None:
        """The answer that waits for a request, if there is one (rule 2)."""
        data = await self._store.get(principal, name) if name else None
        if data is None:
            return None
        try:
            found = msgspec.msgpack.decode(data, type=Kept)
        except msgspec.DecodeError:
            return None
        return found if 0 <= now_us - found.at_us <= MOST_US else None

    async def keep(self, principal: Principal, name: str, kept: Kept) -> None:
        """Keep an answer; one that is too long is asked for again instead."""
        if name and len(kept.body) <= MOST_BYTES:
            if self._waiting is not None:
                self._waiting.pop((principal.tenant, name), None)
                self._waiting[principal.tenant, name] = kept.at_us
            await self._store.put(principal, name, msgspec.msgpack.encode(kept), kept.at_us)

    async def forget(self, principal: Principal, name: str) -> None:
        """Nothing of an answer waits any more (rule 3)."""
        if name:
            await self._store.drop(principal, name)
            if self._waiting is not None:
                self._waiting.pop((principal.tenant, name), None)


def name_of(method: str, path: str, body: bytes) -> str:
    """The name of a request (rule 1); empty where its body has no canonical form."""
    try:
        value = msgspec.json.decode(body)
        return f"{_PREFIX}{replay_key(method, path, value)}" if isinstance(value, dict) else ""
    except (msgspec.DecodeError, InputError, RecursionError):
        return ""
