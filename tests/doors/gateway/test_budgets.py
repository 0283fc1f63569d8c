"""Budgets: reserved before, settled after, never exceeded; one suite on both stores."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from gateway_running import Running, Upstream, ask, chat_answer, chat_chunk
from hypothesis import given
from hypothesis import strategies as st

from gardefou.doors.gateway import Settings, State, open_state
from gardefou.doors.gateway._budgets import (
    Budgets,
    Exceeded,
    Reservation,
    Unpriced,
    Usage,
    window_of,
)
from gardefou.doors.gateway._settings import BudgetSettings, Price, StoreSettings
from gardefou.errors import LedgerUnavailable

NOW_US = 1_780_000_000_000_000
MINUTE_US = 60_000_000


def budgets(state: State, *limits: BudgetSettings) -> Budgets:
    settings = Settings(
        store=StoreSettings(ledger="l", key="k"),
        upstreams={},
        prices=(Price(model="gpt-*", input=2.0, output=10.0),),
        budgets=limits,
    )
    return Budgets(settings, state)


def limit(**fields: Any) -> BudgetSettings:
    return BudgetSettings(**{"tenant": "acme", "window": "minute", **fields})


def reserve(
    made: Budgets, tokens: int = 0, *, at_us: int = NOW_US, model: str = "gpt-4o", app: str = "desk"
) -> Reservation | Exceeded | Unpriced | None:
    most = Usage(input=tokens, output=0)
    return asyncio.run(made.reserve("acme", app, model, most, at_us))


@pytest.mark.parametrize(
    ("fields", "fits"),
    [({"requests": 3}, 3), ({"tokens": 25}, 2), ({"money": 0.00004}, 2), ({}, None)],
)
def test_a_limit_lets_through_what_fits(
    state: State, fields: dict[str, Any], fits: int | None
) -> None:
    made = budgets(state, *([limit(**fields)] if fields else []))
    got = [reserve(made, 10) for _ in range(5)]
    if fits is None:
        assert got == [None] * 5
    else:
        assert [isinstance(one, Reservation) for one in got] == [True] * fits + [False] * (5 - fits)
        refused = got[-1]
        assert isinstance(refused, Exceeded)
        assert refused.unit == next(iter(fields))


def test_concurrent_requests_never_exceed_a_budget(state: State) -> None:
    """Rule 1, as a race: two hundred at once for a hundred places."""
    made = budgets(state, limit(tokens=1_000), limit(window="day", requests=100))

    async def race() -> int:
        most = Usage(input=10)
        tasks = (made.reserve("acme", "desk", "gpt-4o", most, NOW_US) for _ in range(200))
        return sum(isinstance(one, Reservation) for one in await asyncio.gather(*tasks))

    assert asyncio.run(race()) == 100


def test_replicas_share_a_budget(location: str) -> None:
    states = [open_state(location) for _ in range(2)]
    try:
        made = [budgets(state, limit(requests=5)) for state in states]
        got = [reserve(made[number % 2]) for number in range(8)]
        assert sum(isinstance(one, Reservation) for one in got) == 5
    finally:
        for state in states:
            state.close()


def test_settling_replaces_the_reservation_by_what_was_used(state: State) -> None:
    made = budgets(state, limit(tokens=100))
    first = reserve(made, 90)
    assert isinstance(first, Reservation)
    assert isinstance(reserve(made, 20), Exceeded)
    asyncio.run(made.settle(first, Usage(input=10, output=5)))
    assert isinstance(reserve(made, 85), Reservation)
    assert isinstance(reserve(made, 1), Exceeded)


def test_what_did_not_happen_is_given_back(state: State) -> None:
    made = budgets(state, limit(requests=1, tokens=100))
    first = reserve(made, 90)
    assert isinstance(first, Reservation)
    asyncio.run(made.release(first))
    assert isinstance(reserve(made, 100), Reservation)


def test_of_several_budgets_all_must_have_room_or_none_is_charged(state: State) -> None:
    made = budgets(state, limit(application="desk", requests=1), limit(tokens=100))
    assert isinstance(reserve(made, 10), Reservation)
    assert isinstance(reserve(made, 10), Exceeded)
    # The refused one took nothing of the tenant's tokens.
    assert isinstance(reserve(made, 90, app="other"), Reservation)


def test_a_new_window_begins_empty(state: State) -> None:
    made = budgets(state, limit(requests=1))
    assert isinstance(reserve(made), Reservation)
    assert isinstance(reserve(made), Exceeded)
    assert isinstance(reserve(made, at_us=NOW_US + MINUTE_US), Reservation)


def test_a_model_without_a_price_is_refused_where_money_is_limited(state: State) -> None:
    made = budgets(state, limit(money=1.0))
    assert reserve(made, 1, model="other") == Unpriced("other")


def test_a_crash_only_makes_a_budget_smaller(location: str) -> None:
    """Rule 2: a reservation whose end nobody told stays counted."""
    first = open_state(location)
    assert isinstance(reserve(budgets(first, limit(tokens=10)), 10), Reservation)
    first.close()
    second = open_state(location)
    assert isinstance(reserve(budgets(second, limit(tokens=10)), 1), Exceeded)
    second.close()


@given(st.integers(0, 4_000_000_000_000_000), st.sampled_from(["minute", "hour", "day", "month"]))
def test_a_time_lies_in_its_window(now_us: int, window: Any) -> None:
    now = datetime.fromtimestamp(now_us / 1_000_000, UTC)
    start, end = window_of(window, now_us)
    assert start <= now < end or abs((now - end).total_seconds()) < 0.001
    assert start.second == start.microsecond == end.second == 0


def test_a_state_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(LedgerUnavailable):
        open_state(str(tmp_path / "file" / "state.db"))
    (tmp_path / "bad.db").write_bytes(b"no database" * 1000)
    with pytest.raises(LedgerUnavailable):
        open_state(str(tmp_path / "bad.db"))


SETTINGS = """
[[prices]]
model = "gpt-*"
input = 1.0
output = 1.0

[[budgets]]
tenant = "acme"
window = "month"
tokens = 200000
"""


def test_a_used_up_budget_is_no_status_that_makes_an_sdk_ask_again(tmp_path: Path) -> None:
    running = Running(tmp_path, SETTINGS + "requests = 2\n")
    try:
        assert [running.request(ask(max_tokens=9)).status for _ in range(2)] == [200, 200]
        answer = running.request(ask(max_tokens=9))
        assert (answer.status, answer.json["error"]["code"]) == (403, "budget_exceeded")
        assert answer.headers["x-should-retry"] == "false"
        assert "it ends at" in answer.json["error"]["message"]
        assert len(running.upstream.heard) == 2
    finally:
        running.stop()


def test_used_tokens_are_settled_whole_and_streamed(tmp_path: Path) -> None:
    running = Running(tmp_path, SETTINGS)
    usage = {**chat_chunk({}), "choices": [], "usage": {
        "prompt_tokens": 7, "completion_tokens": 8, "total_tokens": 15}}  # fmt: skip

    def used() -> int:
        rows = running.parts.state.now(
            lambda run: run("SELECT requests, tokens FROM gateway_budget")[0]
        )
        assert rows[0][0] == len(running.upstream.heard)
        return int(rows[0][1])

    try:
        running.request(ask(max_tokens=9))
        assert used() == 15
        running.upstream.script = Upstream.events(
            chat_chunk({"content": "a"}), chat_chunk({}, "stop"), usage, "[DONE]"
        )
        answer = running.request(ask(max_tokens=9, stream=True))
        assert used() == 30
        # The caller did not ask for the usage, so it does not see it.
        assert running.upstream.heard[-1].json["stream_options"] == {"include_usage": True}
        assert b"prompt_tokens" not in answer.body
        running.upstream.script = Upstream.answer(chat_answer("x"), "500 Down")
        running.request(ask(max_tokens=9))
        assert used() == 30
    finally:
        running.stop()
