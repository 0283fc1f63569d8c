"""Facts remember what was executed: never less than happened, and never much more."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gardefou.action import Action, Principal
from gardefou.constitution import Selector
from gardefou.constitution.catalogue import Tool
from gardefou.constitution.catalogue.types import Money
from gardefou.constitution.conditions import Node
from gardefou.constitution.facts import (
    BUCKETS,
    NEVER_US,
    Executed,
    FactBook,
    FactDeclaration,
    Keys,
    Reset,
    _book,
)
from gardefou.decide._generate import generate
from gardefou.errors import InputError

SECOND = 1_000_000
ON = (Selector("effect", "pays"),)
PAY = Tool(name="pay", effects=("pays",))
CLEAR = Tool(name="clear", effects=("deletes",))


def fact(kind: str, **more: Any) -> FactDeclaration:
    return FactDeclaration(name="f", kind=kind, on=ON, **more)  # type: ignore[arg-type]


def book(*facts: FactDeclaration) -> FactBook:
    return FactBook(facts, generate)


def executed(
    session: str = "s", *, tool: Tool = PAY, user: str = "u", is_typed: bool = True, **roles: Any
) -> Executed:
    action = Action(tool=tool.name, session=session, principal=Principal(user=user))
    env = {"action": action, "roles": roles, "args": {}, "principal": action.principal}
    return Executed.of(action, tool, env, is_typed=is_typed)


def value(of: FactBook, now_us: int, session: str = "s", user: str = "u") -> Any:
    action = Action(session=session, principal=Principal(user=user))
    return of.read(now_us, Keys.of(action)).get("f", "unreadable")


steps = st.lists(st.tuples(st.integers(0, 400 * SECOND), st.integers(0, 9)), max_size=60)


def history(moves: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The moves as events in time: when, and a number."""
    now, events = 10**15, []
    for wait, number in moves:
        now += wait
        events.append((now, number))
    return events


@given(steps, st.integers(1, 3600), st.integers(0, 4000 * SECOND))
def test_a_count_never_misses_and_over_counts_by_one_bucket_at_most(
    moves: list[tuple[int, int]], window_s: int, wait: int
) -> None:
    """The ring stands between the exact count of the window and that of the window and a bucket."""
    events = history(moves)
    counted = book(fact("count", window_s=window_s))
    for at, _ in events:
        counted.update(executed(), at)
    now = (events[-1][0] if events else 10**15) + wait
    window_us = window_s * SECOND
    bucket_us = -(-window_us // (BUCKETS - 1))
    least = sum(now - at <= window_us for at, _ in events)
    most = sum(now - at <= window_us + bucket_us for at, _ in events)
    assert least <= value(counted, now) <= most


@given(steps, st.integers(1, 3600))
def test_a_sum_never_misses_and_over_counts_by_one_bucket_at_most(
    moves: list[tuple[int, int]], window_s: int
) -> None:
    summed = book(fact("sum", of="args.amount", currency="EUR", window_s=window_s))
    events = history(moves)
    window_us = window_s * SECOND
    bucket_us = -(-window_us // (BUCKETS - 1))
    for index, (at, number) in enumerate(events):
        summed.update(executed(amount=Money(minor=number, currency="EUR")), at)
        seen = events[: index + 1]
        least = sum(n for t, n in seen if at - t <= window_us)
        most = sum(n for t, n in seen if at - t <= window_us + bucket_us)
        found = value(summed, at)
        assert found.currency == "EUR"
        assert least <= found.minor <= most


@given(steps, st.integers(1, 3600), st.integers(1, 6))
def test_distinct_never_misses_and_is_exact_up_to_its_cap(
    moves: list[tuple[int, int]], window_s: int, cap: int
) -> None:
    distinct = book(fact("distinct", of="args.persons", window_s=window_s, exact_up_to=cap))
    events = history(moves)
    window_us = window_s * SECOND
    bucket_us = -(-window_us // (BUCKETS - 1))
    for index, (at, number) in enumerate(events):
        distinct.update(executed(persons=[f"person {number}"]), at)
        seen = events[: index + 1]
        least = len({n for t, n in seen if at - t <= window_us})
        most = len({n for t, n in seen if at - t <= window_us + bucket_us})
        found = value(distinct, at)
        assert least <= found
        if len({n for _, n in seen}) <= cap:
            assert found <= most


@given(steps)
def test_without_a_window_everything_counts_exactly(moves: list[tuple[int, int]]) -> None:
    counted = book(fact("count"))
    for at, _ in history(moves):
        counted.update(executed(), at)
    assert value(counted, 10**18) == len(moves)


@given(
    st.lists(st.integers(0, 5000), max_size=40),
    st.lists(st.integers(0, 5000), min_size=1, max_size=10),
    st.sampled_from(["count", "distinct", "sum"]),
)
def test_a_clock_that_goes_backwards_decreases_nothing(
    times: list[int], reads: list[int], kind: str
) -> None:
    """Reading at an earlier time never says less than reading at a later one."""
    facts = book(fact(kind, of="" if kind == "count" else "args.limit", window_s=600))
    for at in times:
        before = value(facts, at * SECOND)
        facts.update(executed(limit=3), at * SECOND)
        assert value(facts, at * SECOND) >= before
    ordered = sorted(reads)
    values = [value(facts, at * SECOND) for at in ordered]
    assert values == sorted(values, reverse=True)


def test_a_clock_that_goes_backwards_counts_what_happens_then() -> None:
    counted = book(fact("count", window_s=60))
    counted.update(executed(), 1000 * SECOND)
    counted.update(executed(), 10 * SECOND)
    assert value(counted, 10 * SECOND) == 2
    assert value(counted, 1000 * SECOND) == 2


@given(steps)
def test_the_same_history_gives_the_same_book(moves: list[tuple[int, int]]) -> None:
    """Law 3: same in, same out, also through a snapshot at any point."""
    declarations = (
        fact("count", window_s=600),
        FactDeclaration(name="g", kind="distinct", on=ON, of="args.persons", scope="user"),
    )
    straight, stored = book(*declarations), book(*declarations)
    for at, number in history(moves):
        one = executed(f"s{number % 3}", persons=[str(number)])
        straight.update(one, at)
        stored.update(one, at)
        again = book(*declarations)
        assert again.restore(stored.snapshot()) == ()
        stored = again
    assert straight.root() == stored.root()
    assert straight.snapshot() == stored.snapshot()


def test_the_root_changes_with_the_memory() -> None:
    counted = book(fact("count"))
    empty = counted.root()
    counted.update(executed(), 0)
    assert counted.root() != empty


def test_once_stays_and_with_a_window_ends_exactly() -> None:
    forever, windowed = book(fact("once")), book(fact("once", window_s=10))
    for facts in (forever, windowed):
        assert value(facts, 0) is False
        facts.update(executed(), 5 * SECOND)
        assert value(facts, 15 * SECOND) is True
    assert value(forever, 10**17) is True
    assert value(windowed, 15 * SECOND + 1) is False


def test_since_ends_with_its_reset_and_begins_again() -> None:
    reset = Reset(on=(Selector("effect", "deletes"),))
    facts = book(fact("since", reset=reset))
    facts.update(executed(), 1)
    assert value(facts, 2) is True
    facts.update(executed(tool=CLEAR), 3)
    assert value(facts, 4) is False
    facts.update(executed(), 5)
    assert value(facts, 6) is True


def test_an_action_that_resets_and_counts_is_counted() -> None:
    facts = book(fact("count", reset=Reset(on=ON)))
    for now in range(3):
        facts.update(executed(), now)
    assert value(facts, 3) == 1


def test_last_is_the_time_since_and_never_is_longer_than_any_time() -> None:
    facts = book(fact("last"))
    assert value(facts, 10**17) == NEVER_US
    facts.update(executed(), 40)
    assert value(facts, 100) == 60
    assert value(facts, 20) == 0


def test_scopes_are_kept_apart() -> None:
    facts = book(fact("count", scope="session"))
    facts.update(executed("a"), 0)
    assert (value(facts, 0, "a"), value(facts, 0, "b")) == (1, 0)
    users = book(fact("count", scope="user"))
    users.update(executed("a", user="erik"), 0)
    assert (value(users, 0, "b", "erik"), value(users, 0, "a", "dora")) == (1, 0)


def test_names_that_only_look_alike_when_joined_are_kept_apart() -> None:
    one = Keys.of(Action(session="c", principal=Principal(tenant='a","b')))
    two = Keys.of(Action(session='b","c', principal=Principal(tenant="a")))
    assert one.session != two.session


def failing(rules: Sequence[tuple[int, Node | None]]) -> Callable[[Mapping[str, Any]], Any]:
    return lambda _env: ([], [index for index, _ in rules])


@pytest.mark.parametrize("kind", ["once", "count", "sum", "distinct", "last", "since"])
def test_a_condition_that_cannot_be_evaluated_makes_the_fact_unreadable(kind: str) -> None:
    """Law 2: what is not known is not taken for nothing."""
    facts = FactBook((fact(kind, of="args.limit"),), failing)
    facts.update(executed(limit=1), 0)
    assert value(facts, 1) == "unreadable"


def test_an_unreadable_fact_can_be_read_again_after_its_window() -> None:
    facts = FactBook((fact("count", window_s=60),), failing)
    facts.update(executed(), 0)
    assert value(facts, 60 * SECOND) == "unreadable"
    assert value(facts, 60 * SECOND + 1) == 0


def test_arguments_without_a_typed_form_count_and_unsettle_sums() -> None:
    """Law 2: an action that was executed all the same is not forgotten."""
    counted, summed = book(fact("count")), book(fact("sum", of="args.limit"))
    for facts in (counted, summed):
        facts.update(executed(is_typed=False), 0)
    assert value(counted, 1) == 1
    assert value(summed, 1) == "unreadable"


@pytest.mark.parametrize(
    ("currency", "amount"),
    [
        ("EUR", Money(minor=5, currency="USD")),
        ("EUR", Money(minor=5, currency="XXX")),
        ("EUR", Money(minor=5, currency="EUR", exponent=3)),
        ("EUR", 5),
        ("", "5"),
        ("", True),
    ],
)
def test_what_cannot_be_summed_makes_the_sum_unreadable(currency: str, amount: Any) -> None:
    summed = book(fact("sum", of="args.amount", currency=currency))
    summed.update(executed(amount=amount), 0)
    assert value(summed, 1) == "unreadable"


def test_an_absent_value_adds_nothing_and_a_negative_one_takes_nothing_away() -> None:
    summed = book(fact("sum", of="args.limit"))
    for roles in ({"limit": 7}, {}, {"limit": -100}):
        summed.update(executed(**roles), 0)
    assert value(summed, 1) == 7


def test_an_amount_beyond_all_bounds_makes_the_sum_unreadable() -> None:
    summed = book(fact("sum", of="args.limit"))
    summed.update(executed(limit=2**62), 0)
    assert value(summed, 1) == "unreadable"


def test_an_action_that_the_fact_is_not_on_changes_nothing() -> None:
    facts = book(fact("count"))
    before = facts.root()
    facts.update(executed(tool=CLEAR), 0)
    assert facts.root() == before


@pytest.mark.parametrize("kind", ["count", "sum", "distinct"])
@given(data=st.data())
@settings(max_examples=40)
def test_a_crowd_makes_nobody_smaller(kind: str, data: st.DataObject) -> None:
    """Rule 4: with more sessions than places, every session reads at least its own exact value."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_book, "MAX_KEYS", 3)
        of = "" if kind == "count" else "args.limit"
        facts = book(fact(kind, of=of, window_s=300, exact_up_to=2))
        events: list[tuple[int, int, int]] = []
        now = 10**12
        for wait, session, number in data.draw(
            st.lists(
                st.tuples(st.integers(0, 100), st.integers(0, 6), st.integers(0, 5)), max_size=40
            )
        ):
            now += wait * SECOND
            facts.update(executed(str(session), limit=number), now)
            events.append((now, session, number))
        for session in range(7):
            recent = [n for t, s, n in events if s == session and now - t <= 300 * SECOND]
            exact = {"count": len(recent), "sum": sum(recent), "distinct": len(set(recent))}[kind]
            assert value(facts, now, str(session)) >= exact


@pytest.mark.parametrize("kind", ["once", "since", "last"])
def test_in_a_crowd_what_happened_to_somebody_is_not_guessed_for_anybody(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 4 and law 2: a forgotten session's fact is unreadable, not false."""
    monkeypatch.setattr(_book, "MAX_KEYS", 2)
    facts = book(fact(kind))
    for number in range(3):
        facts.update(executed(str(number)), number)
    assert value(facts, 10, "0") == "unreadable"
    assert value(facts, 10, "2") in (True, 8)
    assert facts.is_crowded() == ("f",)


def test_the_state_of_a_fact_does_not_grow_with_its_history() -> None:
    facts = book(
        fact("count", window_s=3600),
        FactDeclaration(name="g", kind="distinct", on=ON, of="args.limit", exact_up_to=50),
    )
    for number in range(200):
        facts.update(executed(limit=number), number * SECOND)
    size = len(facts.snapshot())
    for number in range(200, 2000):
        facts.update(executed(limit=number), number * SECOND)
    assert len(facts.snapshot()) <= size + 100


def test_a_fact_with_another_meaning_begins_anew_and_is_named() -> None:
    old = book(fact("count"))
    old.update(executed(), 0)
    new = book(fact("count", window_s=60))
    assert new.restore(old.snapshot()) == ("f",)
    assert value(new, 1) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"version":2,"shelves":{}}',
        b'{"version":1,"shelves":{"f":3}}',
        *(
            b'{"version":1,"shelves":{"f":{"digest":"%s","states":{"k":%s}}}}'
            % (fact("count", window_s=60).digest().encode(), state)
            for state in (
                b"[null,null,0,[1]]",
                b"[null,null,null,[1]]",
                b"[null,null,0,[-1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]]",
                b'[null,null,0,[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],{"a":0}]',
                b'[null,null,0,[9,9,0,0,0,0,0,0,0,0,0,0,0,0,0,0],{"a":1}]',
            )
        ),
    ],
)
def test_a_damaged_snapshot_is_refused_and_changes_nothing(data: bytes) -> None:
    facts = book(fact("count", window_s=60))
    facts.update(executed(), 0)
    before = facts.root()
    with pytest.raises(InputError) as caught:
        facts.restore(data)
    assert caught.value.code == "facts.snapshot"
    assert facts.root() == before


@given(st.binary(max_size=200))
def test_a_snapshot_from_anywhere_is_taken_whole_or_refused(noise: bytes) -> None:
    facts = book(fact("count", window_s=60))
    facts.update(executed(), 0)
    data = facts.snapshot()
    at = len(noise) * 7 % len(data)
    broken = data[:at] + noise + data[at + len(noise) :]
    with contextlib.suppress(InputError):
        facts.restore(broken)
    facts.update(executed(), 1)
    assert value(facts, 2) in range(2**58) or value(facts, 2) == "unreadable"
