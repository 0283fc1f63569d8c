"""Guarded functions: what runs is what was decided, at once or once people agreed."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from doors_office import WHO, agree, first_held, holds_of
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import gardefou
from gardefou import Denied, Door, GardefouError, HoldPending, Principal, Verdict, open_door
from gardefou.doors.python._calls import Shape
from gardefou.errors import InputError, UsageError
from gardefou.supervision import Refused

PAYS = {"effects": ["pays"], "roles": {"amount": "amount", "to": "recipients"}}


def payer(door: Door, ran: list[Any], **more: Any) -> Any:
    @door(tool="pay", **PAYS, **more)
    def pay(to: str, amount: Decimal, note: str = "") -> str:
        """Pay somebody."""
        ran.append((to, amount, note))
        return f"paid {amount}"

    return pay


def test_an_allowed_call_runs_and_a_denied_one_does_not(door: Door) -> None:
    ran: list[Any] = []
    pay = payer(door, ran)
    assert pay("ann", Decimal("10.00")) == "paid 10.00"
    with pytest.raises(Denied) as caught:
        pay("ann", amount=Decimal("5000.00"))
    assert caught.value.code == "call.denied"
    assert ran == [("ann", Decimal("10.00"), "")]


def test_a_tool_that_nobody_labelled_waits(door: Door) -> None:
    """Law 2."""

    @door
    def flux(x: int) -> int:
        return x

    with pytest.raises(HoldPending):
        flux(1)


def test_a_held_call_runs_once_after_people_agreed(door: Door) -> None:
    """Law 5: the stored call, once."""
    ran: list[Any] = []
    pay = payer(door, ran)
    with pytest.raises(HoldPending) as caught:
        pay("ann", Decimal("200.00"), note="x")
    held = caught.value
    assert held.hold_id
    assert held.call_digest.startswith("sha256:")
    assert held.expires_at > 0
    with pytest.raises(Refused):
        door.resume(held.hold_id)
    assert ran == []
    agree(door, held.hold_id)
    assert door.resume(held.hold_id) == "paid 200.00"
    with pytest.raises(Refused) as again:
        door.resume(held.hold_id)
    assert again.value.code == "hold.redeemed"
    assert ran == [("ann", Decimal("200.00"), "x")]
    assert holds_of(door).get(held.hold_id).state == "done"


def test_the_same_call_again_collects_the_approval(door: Door) -> None:
    ran: list[Any] = []
    pay = payer(door, ran)
    with pytest.raises(HoldPending) as first:
        pay("ann", Decimal("200.00"))
    with pytest.raises(HoldPending) as second:
        pay("ann", Decimal("200.00"))
    assert first.value.hold_id == second.value.hold_id
    agree(door, first.value.hold_id)
    with pytest.raises(HoldPending):
        pay("ann", Decimal("200.01"))
    assert pay("ann", Decimal("200.00")) == "paid 200.00"
    with pytest.raises(HoldPending) as third:
        pay("ann", Decimal("200.00"))
    assert third.value.hold_id != first.value.hold_id
    assert len(ran) == 1


def test_what_was_denied_by_people_is_denied(door: Door) -> None:
    pay = payer(door, [], on_hold="wait", wait_s=20)
    with pytest.raises(HoldPending) as caught:
        payer(door, [])("ann", Decimal("300.00"))
    agree(door, caught.value.hold_id, "deny")
    with pytest.raises(Refused):
        door.resume(caught.value.hold_id)
    del pay


@pytest.mark.parametrize("verdict", ["approve", "deny"])
def test_a_call_can_wait_for_people(door: Door, verdict: str) -> None:
    ran: list[Any] = []

    @door(tool="pay", on_hold="wait", wait_s=30, **PAYS)
    async def pay(to: str, amount: Decimal) -> str:
        ran.append(to)
        return "paid"

    async def both() -> str:
        call = asyncio.create_task(pay("ann", Decimal("400.00")))
        held = ""
        while not held:
            await asyncio.sleep(0.01)
            held = first_held(holds_of(door))
        await asyncio.to_thread(agree, door, held, verdict)
        return await call

    if verdict == "deny":
        with pytest.raises(Denied):
            asyncio.run(both())
    else:
        assert asyncio.run(both()) == "paid"
    assert ran == (["ann"] if verdict == "approve" else [])


def test_a_held_call_can_be_a_value(door: Door) -> None:
    pay = payer(door, [], on_hold="return")
    held = pay("ann", Decimal("200.00"))
    assert isinstance(held, HoldPending)
    with pytest.raises(Denied):
        pay("ann", Decimal("5000.00"))


def test_without_a_ledger_nobody_can_be_asked(bare: Door) -> None:
    pay = payer(bare, [])
    with pytest.raises(HoldPending) as caught:
        pay("ann", Decimal("200.00"))
    assert caught.value.hold_id == ""
    with pytest.raises(UsageError) as resumed:
        bare.resume("hold-1")
    assert resumed.value.code == "door.no_holds"


def test_the_function_gets_the_stored_copy_never_the_callers_objects(bare: Door) -> None:
    """Rule 2: what the caller keeps cannot change what runs."""
    seen: list[Any] = []

    @bare(effects=["reads"])
    def look(names: list[str], depth: dict[str, int]) -> None:
        seen.append((names, depth))

    names, depth = ["a"], {"b": 1}
    look(names, depth)
    assert seen == [(["a"], {"b": 1})]
    assert seen[0][0] is not names
    assert seen[0][1] is not depth


def test_the_approved_copy_runs_whatever_became_of_the_objects(door: Door) -> None:
    ran: list[Any] = []

    @door(tool="pay", effects=["pays"], roles={"amount": "amount"})
    def pay(to: list[str], amount: Decimal) -> None:
        ran.append((to, amount))

    to = ["ann"]
    with pytest.raises(HoldPending) as caught:
        pay(to, Decimal("200.00"))
    to.append("mallory")
    agree(door, caught.value.hold_id)
    door.resume(caught.value.hold_id)
    assert ran == [(["ann"], Decimal("200.00"))]


class Letter(BaseModel):
    to: str
    pages: int


@dataclasses.dataclass
class Point:
    x: int


def test_models_and_dataclasses_come_back_as_what_they_are(bare: Door) -> None:
    @bare(effects=["reads"])
    def look(letter: Letter, point: Point, *rest: int, deep: bool = False, **more: str) -> Any:
        return letter, point, rest, deep, more

    found = look(Letter(to="a", pages=2), Point(x=1), 3, 4, deep=True, colour="red")
    assert found == (Letter(to="a", pages=2), Point(x=1), (3, 4), True, {"colour": "red"})


def test_what_json_cannot_carry_is_refused_before_anything_runs(bare: Door) -> None:
    @bare(effects=["reads"])
    def look(x: Any) -> None:
        raise AssertionError("ran")

    for value in (object(), float("nan"), {1: 2}, 2**70, "\ud800"):
        with pytest.raises(GardefouError):
            look(value)


def test_methods_and_hidden_parameters_are_no_part_of_the_action(bare: Door) -> None:
    class Desk:
        @bare(tool="look", effects=["reads"], hidden=["context"])
        def look(self, what: str, context: object) -> Any:
            return self, what, context

    desk, context = Desk(), object()
    assert desk.look("x", context=context) == (desk, "x", context)


def test_a_wrong_call_fails_as_the_function_would(bare: Door) -> None:
    @bare(effects=["reads"])
    def look(x: int) -> int:
        return x

    with pytest.raises(TypeError):
        look()  # type: ignore[call-arg] # - what is tested
    assert inspect.signature(look) == inspect.signature(look.__wrapped__)  # type: ignore[attr-defined] # - functools


def test_a_function_that_fails_ends_its_hold(door: Door) -> None:
    @door(tool="pay", **PAYS)
    def pay(to: str, amount: Decimal) -> None:
        raise RuntimeError("the bank is closed")

    with pytest.raises(HoldPending) as caught:
        pay("ann", Decimal("200.00"))
    agree(door, caught.value.hold_id)
    with pytest.raises(RuntimeError, match="closed"):
        door.resume(caught.value.hold_id)
    assert holds_of(door).get(caught.value.hold_id).state == "failed"


def test_another_principal_cannot_resume(door: Door) -> None:
    """Law 5: the approval is for whoever asked."""
    with pytest.raises(HoldPending) as caught:
        payer(door, [])("ann", Decimal("200.00"))
    agree(door, caught.value.hold_id)
    other = Principal(tenant="acme", application="desk", agent="clerk", user="otto")
    with door.session(principal=other), pytest.raises(Refused) as refused:
        door.resume(caught.value.hold_id)
    assert refused.value.code == "hold.not_yours"


def test_stopped_work_is_denied(door: Door) -> None:
    ran: list[Any] = []
    pay = payer(door, ran)
    stop = holds_of(door).stop("agent", tenant="acme", target="clerk", reason="odd", by="ada")
    with pytest.raises(Denied, match="stopped"):
        pay("ann", Decimal("1.00"))
    holds_of(door).resume(stop.id, reason="fine", by="ada")
    pay("ann", Decimal("1.00"))
    assert len(ran) == 1


def test_a_block_runs_in_place_of_a_call(door: Door) -> None:
    payer(door, [])
    with door.call("pay", to="ann", amount="10.00") as ruling:
        assert ruling.action.arguments == {"to": "ann", "amount": "10.00"}
    with pytest.raises(Denied), door.call("pay", to="ann", amount="5000.00"):
        raise AssertionError("ran")

    async def asynchronous() -> None:
        async with door.acall("pay", to="ann", amount="10.00") as ruling:
            assert ruling.verdict is Verdict.ALLOW

    asyncio.run(asynchronous())


def test_every_call_is_recorded_before_it_runs(door: Door) -> None:
    """Law 4."""
    sizes: list[int] = []
    recorder = door.rulings.service.recorder
    assert recorder is not None
    ledger = recorder.ledger

    @door(effects=["reads"])
    def look() -> None:
        sizes.append(ledger.head().size)

    before = ledger.head().size
    look()
    assert sizes == [before + 1]


def test_what_the_user_said_belongs_to_its_session(tmp_path: Path) -> None:
    with open_door() as standard:
        sent: list[str] = []

        @standard(
            effects=["sends_outside"],
            roles={"to": "recipients", "text": "content"},
        )
        def send_mail(to: str, text: str) -> None:
            sent.append(to)

        with standard.session(user="Send the minutes to ann@partner.example."):
            send_mail("ann@partner.example", "the minutes")
        assert sent == ["ann@partner.example"]


def test_two_functions_cannot_be_one_tool(bare: Door) -> None:
    payer(bare, [])
    with pytest.raises(UsageError) as caught:

        @bare(tool="pay")
        def other() -> None:
            """Another function."""

    assert caught.value.code == "call.twice"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    first=VALUES,
    rest=st.lists(VALUES, max_size=2),
    named=st.dictionaries(st.sampled_from(["k", "z"]), VALUES),
)
def test_canonical_arguments_decode_to_themselves(first: Any, rest: Any, named: Any) -> None:
    """Law 5: encoding what was decoded gives the same bytes."""

    def function(first: Any, *rest: Any, **named: Any) -> None:
        """Take anything."""

    shape = Shape(function)
    try:
        arguments, hidden = shape.encode((first, *rest), named)
    except InputError:
        return
    args, kwargs = shape.decode(arguments, hidden)
    assert shape.encode(args, kwargs) == (arguments, {})


@given(
    args=st.lists(st.integers(), max_size=4),
    kwargs=st.dictionaries(st.sampled_from(["a", "b", "c", "d", "z"]), st.integers()),
)
def test_a_call_is_bound_as_python_binds_it(args: list[int], kwargs: dict[str, int]) -> None:
    """Where every parameter has a name the door binds by itself: same values, order and errors."""

    def function(a: int, b: int = 2, *, c: int, d: int = 4) -> None:
        """Four named parameters."""

    shape = Shape(function, hidden=("d",))
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        with pytest.raises(TypeError, match=re.escape(str(error))):
            shape.encode(tuple(args), kwargs)
        return
    bound.apply_defaults()
    arguments, hidden = shape.encode(tuple(args), kwargs)
    assert list((arguments | hidden).items()) == list(bound.arguments.items())
    assert hidden.keys() == {"d"}
    assert shape.decode(arguments, hidden) == ((), bound.arguments)


def test_the_front_door_is_small_sorted_and_real() -> None:
    assert len(gardefou.__all__) <= 20
    assert gardefou.__all__ == sorted(gardefou.__all__)
    for name in gardefou.__all__:
        assert getattr(gardefou, name) is not None
    with pytest.raises(AttributeError):
        _ = gardefou.nothing  # type: ignore[attr-defined] # - what is tested
    assert WHO.tenant == "acme"


def test_the_door_that_nobody_opens_is_there(tmp_path: Path) -> None:
    """`gardefou.guard`: the standard constitution, no ledger, made when first used."""
    program = (
        "import sys, gardefou\n"
        "assert 'msgspec' not in sys.modules\n"
        "@gardefou.guard(effects=['reads'])\n"
        "def look(x: int) -> int:\n"
        "    return x + 1\n"
        "assert look(1) == 2\n"
        "@gardefou.guard\n"
        "def flux() -> None: ...\n"
        "try:\n"
        "    flux()\n"
        "except gardefou.HoldPending as held:\n"
        "    print(held.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(gardefou.__file__).parents[1])},
    )
    assert (done.stdout, done.returncode) == ("call.held\n", 0), done.stderr
