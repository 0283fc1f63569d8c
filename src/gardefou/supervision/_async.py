"""The asynchronous edge: the same functions, off the event loop; waiting needs no thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gardefou.action import Principal
from gardefou.supervision._call import Opening
from gardefou.supervision._holds import Holds
from gardefou.supervision._model import Hold
from gardefou.supervision._redeem import Ended, Grant
from gardefou.supervision._vote import Ballot


class AsyncHolds:
    """What doors need of `Holds` on an event loop; promises and errors are those of `Holds`."""

    def __init__(self, holds: Holds) -> None:
        """Wrap the holds of a process."""
        self.holds = holds

    async def open(self, new: Opening) -> Hold:
        """As `Holds.open`."""
        return await asyncio.to_thread(self.holds.open, new)

    async def get(self, hold_id: str) -> Hold:
        """As `Holds.get`."""
        return await asyncio.to_thread(self.holds.get, hold_id)

    async def wait(self, hold_id: str, timeout_s: float) -> Hold:
        """As `Holds.wait`, without a thread for each waiting client."""
        return await self.holds.wait_async(hold_id, timeout_s)

    async def redeem(
        self,
        hold_id: str,
        principal: Principal,
        *,
        preconditions: Mapping[str, Any] | None = None,
    ) -> Grant:
        """As `Holds.redeem`; a caller that is cancelled meanwhile leaves the call unknown."""
        return await asyncio.to_thread(
            self.holds.redeem, hold_id, principal, preconditions=preconditions
        )

    async def finish(self, hold_id: str, ended: Ended, result: Any = None) -> Hold:
        """As `Holds.finish`."""
        return await asyncio.to_thread(self.holds.finish, hold_id, ended, result)

    async def withdraw(self, hold_id: str, principal: Principal) -> Hold:
        """As `Holds.withdraw`."""
        return await asyncio.to_thread(self.holds.withdraw, hold_id, principal)

    async def vote(self, ballot: Ballot) -> Hold:
        """As `Holds.vote`."""
        return await asyncio.to_thread(self.holds.vote, ballot)
