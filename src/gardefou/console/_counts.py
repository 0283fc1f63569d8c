"""How many holds wait in each tenant: asked of the store once for each change, for all open pages."""

from __future__ import annotations

import threading

from starlette.concurrency import run_in_threadpool

from gardefou.supervision import Holds

MOST = 1_000


class Counts:
    """The numbers that open pages show; any thread."""

    def __init__(self, holds: Holds) -> None:
        """Notice every change from now on."""
        self._holds = holds
        self._changes = 0
        self._known: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()
        holds.core.bell.listen(self._note)

    async def of(self, tenant: str) -> int:
        """How many wait, at most `MOST`."""
        known = self._known.get(tenant)
        if known is not None and known[0] == self._changes:
            return known[1]
        return await run_in_threadpool(self._count, tenant)

    def _note(self, name: str) -> None:
        if not name.startswith("look "):
            self._changes += 1

    def _count(self, tenant: str) -> int:
        with self._lock:
            at, known = self._changes, self._known.get(tenant)
            if known is None or known[0] != at:
                known = (at, len(self._holds.inbox(tenant=tenant, limit=MOST)))
                self._known[tenant] = known
            return known[1]
