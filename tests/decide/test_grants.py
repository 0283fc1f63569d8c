"""Task grants: what they cover, that they only narrow, and that they cannot be changed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gardefou.decide.grants import Grant, Limit, Use, admit, covers, narrow
from gardefou.errors import UsageError

EUR = Limit(minor=10_000, currency="EUR")
PAY = Use(
    tool="send_money",
    effects=("pays",),
    targets=("DE1",),
    amount=Limit(minor=4_000, currency="EUR"),
)


def test_a_grant_by_tool_covers_that_tool_only() -> None:
    grant = Grant(id="g", tools=("send_money",))
    assert covers(grant, PAY, (), 0)
    assert not covers(grant, Use(tool="delete_file", effects=("deletes",)), (), 0)


def test_a_grant_by_effect_covers_no_action_with_a_further_effect() -> None:
    grant = Grant(id="g", effects=("pays",))
    assert covers(grant, PAY, (), 0)
    wider = Use(tool="send_money", effects=("pays", "sends_outside"), targets=("DE1",))
    assert not covers(grant, wider, (), 0)


def test_a_grant_for_nothing_covers_nothing() -> None:
    assert not covers(Grant(id="g"), PAY, (), 0)


def test_targets_bind() -> None:
    grant = Grant(id="g", tools=("send_money",), targets=("DE1",))
    assert covers(grant, PAY, (), 0)
    assert not covers(grant, msgspec.structs.replace(PAY, targets=("DE1", "DE2")), (), 0)
    assert not covers(grant, msgspec.structs.replace(PAY, targets=()), (), 0)


def test_calls_are_counted() -> None:
    grant = Grant(id="g", tools=("send_money",), max_calls=2)
    assert covers(grant, PAY, (PAY,), 0)
    assert not covers(grant, PAY, (PAY, PAY), 0)


def test_amounts_are_added_up() -> None:
    grant = Grant(id="g", tools=("send_money",), max_amount=EUR)
    assert covers(grant, PAY, (PAY,), 0)
    assert not covers(grant, PAY, (PAY, PAY), 0)


@pytest.mark.parametrize("amount", [None, Limit(minor=1, currency="USD")])
def test_an_amount_that_cannot_be_compared_is_not_covered(amount: Limit | None) -> None:
    """law 2: what cannot be compared tightens."""
    grant = Grant(id="g", tools=("send_money",), max_amount=EUR)
    assert not covers(grant, msgspec.structs.replace(PAY, amount=amount), (), 0)


@pytest.mark.parametrize("end", ["expires_at_us", "not_after_us"])
def test_time_ends_a_grant(end: str) -> None:
    grant = msgspec.structs.replace(Grant(id="g", tools=("send_money",)), **{end: 100})
    assert covers(grant, PAY, (), 99)
    assert not covers(grant, PAY, (), 100)


def test_a_grant_cannot_be_changed() -> None:
    grant = Grant(id="g", tools=("send_money",))
    with pytest.raises(AttributeError):
        grant.tools = ("delete_file",)  # type: ignore[misc]


def test_no_grant_comes_after_outsiders_text() -> None:
    with pytest.raises(UsageError) as caught:
        admit((), Grant(id="g", tools=("send_money",)), exposed=True)
    assert caught.value.code == "grant.frozen"


def test_a_grant_cannot_be_replaced_by_one_of_its_name() -> None:
    held = admit((), Grant(id="g", tools=("a",)), exposed=False)
    with pytest.raises(UsageError) as caught:
        admit(held, Grant(id="g", tools=("b",)), exposed=False)
    assert caught.value.code == "grant.duplicate"


def test_what_is_not_inherited_cannot_be_narrowed() -> None:
    with pytest.raises(UsageError) as caught:
        narrow(Grant(id="p", tools=("a",)), Grant(id="c", tools=("a",)))
    assert caught.value.code == "grant.not_inherited"


NAMES = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3, unique=True).map(tuple)
GRANTS = st.builds(
    Grant,
    id=st.just("g"),
    effects=st.lists(st.sampled_from(["pays", "writes"]), max_size=2, unique=True).map(tuple),
    tools=NAMES,
    targets=NAMES,
    max_calls=st.none() | st.integers(0, 3),
    max_amount=st.none()
    | st.builds(Limit, minor=st.integers(0, 9), currency=st.sampled_from(["EUR", "USD"])),
    expires_at_us=st.none() | st.integers(0, 9),
    inherit=st.just(True),
)
USES = st.builds(
    Use,
    tool=st.sampled_from(["a", "b", "c"]),
    effects=st.lists(st.sampled_from(["pays", "writes"]), max_size=2, unique=True).map(tuple),
    targets=NAMES,
    amount=st.none()
    | st.builds(Limit, minor=st.integers(0, 9), currency=st.sampled_from(["EUR", "USD"])),
)


@given(
    parent=GRANTS, child=GRANTS, use=USES, history=st.lists(USES, max_size=3), now=st.integers(0, 9)
)
@settings(max_examples=400, deadline=None)
def test_a_sub_agents_grant_is_never_wider(
    parent: Grant, child: Grant, use: Use, history: list[Use], now: int
) -> None:
    """law 1: what the narrowed grant covers, the parent's covers."""
    narrowed = narrow(parent, child)
    if covers(narrowed, use, (), now):
        assert covers(parent, use, (), now)


@given(grant=GRANTS, use=USES, history=st.lists(USES, max_size=3), more=USES, now=st.integers(0, 9))
@settings(max_examples=300, deadline=None)
def test_what_was_done_never_widens_a_grant(
    grant: Grant, use: Use, history: list[Use], more: Use, now: int
) -> None:
    """law 1: a longer history covers no more than a shorter one."""
    if covers(grant, use, [*history, more], now):
        assert covers(grant, use, history, now)
