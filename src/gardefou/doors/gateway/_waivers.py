"""Calls of waivers, counted in the gateway's state: whatever shares it shares the count.

Rules:

1. A call that only a waiver lets pass is reserved before it is decided, so that all replicas and
   all requests of one moment together never exceed the number of calls a day.
2. The book of facts is told the count of all before this call, so that the decision sees it, and
   its record says it (law 3). The answer of a call is decided under the count of its request. Where no call is left, the decision itself refuses, and says which waiver.
3. What was reserved and did not go ahead is given back. A reservation whose end nobody told stays
   counted: a crash can only make a waiver smaller.
4. Where the state cannot be asked, nothing goes ahead.
5. Days are UTC days; a call that is decided at the turn of the day may count on the day before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from gardefou.action import Action
from gardefou.constitution.facts import FactBook
from gardefou.decide import Guard
from gardefou.doors.gateway._state import Run, State, Undo

_DAY_US = 86_400_000_000
_ADD = (
    "INSERT INTO gateway_waiver (tenant, waiver, day, calls) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_WHERE = "WHERE tenant = ? AND waiver = ? AND day = ?"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that were reserved for one action: one of each of ``waivers``, perhaps none.

    ``counts`` are those of all waivers that were asked, before this call.
    """

    tenant: str
    day: int
    counts: dict[str, int]
    waivers: tuple[str, ...] = ()

    def tell(self, book: FactBook, now_us: int) -> None:
        """Tell the counts to the book, right before something of this call is decided."""
        for waiver, count in self.counts.items():
            book.share_waived(waiver, count, now_us)


class Waivers:
    """The calls that waivers let pass, of all tenants."""

    def __init__(self, state: State) -> None:
        """Count in this state."""
        self._state = state

    async def take(self, guard: Guard, book: FactBook, action: Action, now_us: int) -> Taken | None:
        """Reserve the calls that an action needs (rule 1); None when it needs no waiver.

        Whoever decides the action, or its answer, tells the counts to the book before.

        Raises:
            LedgerUnavailable: ``state.unavailable``; nothing may go ahead.
        """
        register = guard.orders
        if register is None or not register.waivers:
            return None
        tenant, day = action.principal.tenant, now_us // _DAY_US
        counts: dict[str, int] = {}
        while True:
            ruling = register.judge(
                action,
                now_us,
                emergency=guard.has_emergency_rule,
                used=lambda waiver: counts.get(waiver, 0),
            )
            # A waiver that is spent leaves the call to another one: each is asked at most once.
            wanted = sorted(set(ruling.waivers) - counts.keys())
            if not wanted:
                return Taken(tenant=tenant, day=day, counts=counts) if counts else None
            asked = [
                (waiver, register.waivers[waiver].calls_per_day, book.waived(waiver, now_us))
                for waiver in wanted
            ]
            found, is_whole = await self._state.transact(partial(_take, tenant, day, asked))
            counts.update(found)
            if is_whole:
                return Taken(tenant=tenant, day=day, counts=counts, waivers=tuple(wanted))

    async def give_back(self, taken: Taken) -> None:
        """Give back what was reserved for a call that does not go ahead (rule 3).

        Raises:
            LedgerUnavailable: ``state.unavailable``; the calls stay counted.
        """

        def work(run: Run) -> None:
            for waiver in taken.waivers:
                run(
                    f"UPDATE gateway_waiver SET calls = calls - 1 {_WHERE}",  # noqa: S608 - no input
                    (taken.tenant, waiver, taken.day),
                )

        await self._state.transact(work)


def _take(
    tenant: str, day: int, asked: Sequence[tuple[str, int, int]], run: Run
) -> tuple[dict[str, int], bool]:
    """Reserve one call of each, or none; the counts before, and whether all had one left.

    ``asked`` are waivers with their calls a day and the calls that this process remembers: a new
    day's count begins with those, so that a state that was lost forgets nothing.
    """
    run("DELETE FROM gateway_waiver WHERE day < ?", (day - 1,))
    counts: dict[str, int] = {}
    is_whole = True
    for waiver, limit, known in asked:
        key = (tenant, waiver, day)
        run(_ADD, (*key, known))
        _, touched = run(
            f"UPDATE gateway_waiver SET calls = calls + 1 {_WHERE} AND calls < ?",  # noqa: S608 - no input
            (*key, limit),
        )
        rows, _ = run(f"SELECT calls FROM gateway_waiver {_WHERE}", key)  # noqa: S608 - no input
        counts[waiver] = int(rows[0][0]) - touched
        is_whole = is_whole and touched == 1
    if not is_whole:
        raise Undo((counts, False))
    return counts, True
