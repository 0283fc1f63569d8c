"""Budgets: requests, tokens and money of a tenant or application in a window of time.

Rules:

1. What a call may cost at most is reserved before the call, all limits at once or none; a request
   that does not fit is refused. Concurrent requests, replicas and other routes change nothing.
2. After the call the reservation is replaced by what was used. A reservation whose end nobody told
   stays counted: a crash can only make a budget smaller.
3. Windows begin at whole minutes, hours, days and months, UTC.
4. Money is counted in millionths. A model without a price cannot be charged: where a money limit
   applies, it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from gardefou.doors.gateway._settings import BudgetSettings, Price, Settings, Window
from gardefou.doors.gateway._state import Run, State, Undo

Unit = Literal["requests", "tokens", "money"]
_MICROS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one call."""

    input: int = 0
    output: int = 0


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A reservation on one budget."""

    budget: BudgetSettings
    start_us: int
    end_us: int
    tokens: int
    micros: int


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """What was reserved for one call."""

    lines: tuple[Line, ...]
    model: str


class Exceeded(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that a call does not fit into."""

    unit: Unit
    window: Window
    ends: datetime


class Unpriced(msgspec.Struct, frozen=True):
    """A model that has no price, where money is limited."""

    model: str


class Budgets:
    """The budgets of all tenants."""

    def __init__(self, settings: Settings, state: State) -> None:
        """Order them, so that two requests never wait for each other."""
        self._state = state
        self._prices = settings.prices
        self._budgets = sorted(settings.budgets, key=lambda b: (b.tenant, b.application, b.window))

    def of(self, tenant: str, application: str) -> list[BudgetSettings]:
        """The budgets that a call counts in."""
        return [
            budget
            for budget in self._budgets
            if budget.tenant == tenant and budget.application in ("", application)
        ]

    async def reserve(
        self, tenant: str, application: str, model: str, most: Usage, now_us: int
    ) -> Reservation | Exceeded | Unpriced | None:
        """Reserve what a call may cost at most (rule 1); None when no budget speaks of it.

        Raises:
            LedgerUnavailable: ``state.unavailable``; the call must not happen.
        """
        budgets = self.of(tenant, application)
        if not budgets:
            return None
        price = self.price(model)
        if price is None and any(budget.money is not None for budget in budgets):
            return Unpriced(model)
        lines = tuple(_line(budget, price, most, now_us) for budget in budgets)
        refused = await self._state.transact(lambda run: _reserve(run, lines))
        return refused or Reservation(lines=lines, model=model)

    async def settle(self, reservation: Reservation, used: Usage | None) -> None:
        """Replace the reservation by what was used; None gives everything but the request back.

        Raises:
            LedgerUnavailable: ``state.unavailable``; the reservation stays counted.
        """
        price = self.price(reservation.model)
        tokens = used.input + used.output if used is not None else 0
        micros = _cost(price, used) if used is not None else 0
        await self._state.transact(lambda run: _settle(run, reservation.lines, tokens, micros))

    async def release(self, reservation: Reservation) -> None:
        """Give back all of a reservation: the call did not happen.

        Raises:
            LedgerUnavailable: as `settle`.
        """

        def work(run: Run) -> None:
            _settle(run, reservation.lines, 0, 0)
            for line in reservation.lines:
                run(f"UPDATE gateway_budget SET requests = requests - 1 {_WHERE}", _key(line))  # noqa: S608 - no input

        await self._state.transact(work)

    def price(self, model: str) -> Price | None:
        """The price of a model: the first that fits."""
        return next((p for p in self._prices if fnmatchcase(model, p.model)), None)


_RESERVE = (
    "UPDATE gateway_budget SET requests = requests + 1, tokens = tokens + ?, micros = micros + ?"
    " WHERE tenant = ? AND application = ? AND span = ? AND start_us = ?"
)
_WHERE = "WHERE tenant = ? AND application = ? AND span = ? AND start_us = ?"


def window_of(window: Window, now_us: int) -> tuple[datetime, datetime]:
    """Start and end of the window that a time lies in."""
    now = _EPOCH + timedelta(microseconds=now_us)
    if window == "month":
        start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return start, (start + timedelta(days=32)).replace(day=1)
    if window == "day":
        start = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return start, start + timedelta(days=1)
    if window == "hour":
        start = now.replace(minute=0, second=0, microsecond=0)
        return start, start + timedelta(hours=1)
    start = now.replace(second=0, microsecond=0)
    return start, start + timedelta(minutes=1)


def _line(budget: BudgetSettings, price: Price | None, most: Usage, now_us: int) -> Line:
    start, end = window_of(budget.window, now_us)
    return Line(
        budget=budget,
        start_us=(start - _EPOCH) // timedelta(microseconds=1),
        end_us=(end - _EPOCH) // timedelta(microseconds=1),
        tokens=most.input + most.output,
        micros=_cost(price, most),
    )


def _cost(price: Price | None, usage: Usage) -> int:
    """Millionths of the currency, rounded up: prices are for a million tokens."""
    if price is None:
        return 0
    exact = price.input * usage.input + price.output * usage.output
    return int(exact) + (exact > int(exact))


def _key(line: Line) -> tuple[str, str, str, int]:
    return (line.budget.tenant, line.budget.application, line.budget.window, line.start_us)


def _reserve(run: Run, lines: Sequence[Line]) -> Exceeded | None:
    for line in lines:
        budget = line.budget
        run(
            "INSERT INTO gateway_budget (tenant, application, span, start_us)"
            " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            _key(line),
        )
        money = None if budget.money is None else round(budget.money * _MICROS)
        limits = (("requests", budget.requests, 1), ("tokens", budget.tokens, line.tokens))
        conditions, values = "", []
        for column, limit, more in (*limits, ("micros", money, line.micros)):
            if limit is not None:
                conditions += f" AND {column} + ? <= ?"
                values += [more, limit]
        _, touched = run(_RESERVE + conditions, (line.tokens, line.micros, *_key(line), *values))
        if touched != 1:
            raise Undo(_exceeded(run, line))
    return None


def _exceeded(run: Run, line: Line) -> Exceeded:
    rows, _ = run(f"SELECT requests, tokens FROM gateway_budget {_WHERE}", _key(line))  # noqa: S608 - no input
    requests, tokens = rows[0]
    budget = line.budget
    unit: Unit = "money"
    if budget.requests is not None and requests + 1 > budget.requests:
        unit = "requests"
    elif budget.tokens is not None and tokens + line.tokens > budget.tokens:
        unit = "tokens"
    ends = _EPOCH + timedelta(microseconds=line.end_us)
    return Exceeded(unit=unit, window=budget.window, ends=ends)


def _settle(run: Run, lines: Sequence[Line], tokens: int, micros: int) -> None:
    for line in lines:
        run(
            f"UPDATE gateway_budget SET tokens = tokens + ?, micros = micros + ? {_WHERE}",  # noqa: S608 - no input
            (tokens - line.tokens, micros - line.micros, *_key(line)),
        )
