"""Substitutions stay inside what is allowed; answers under way follow the strictest order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_texts import (
    AT,
    EFFECTIVE,
    MILESTONE,
    ORDER,
    call,
    everyone_of,
    order,
    phased,
    register,
    waiver,
)

from gardefou.orders import due, fallback_for, flow, moment

THIRD = {
    "instrument": "party", "format": 1, "id": "fabrikam-labs", "version": 1,
    "legal_name": "Fabrikam Labs", "vendors": ["fabrikam"],
}  # fmt: skip


def target(developer: str, **more: Any) -> dict[str, Any]:
    return {"developer": developer, "model": f"{developer}-large", **more}


def plan(*targets: dict[str, Any], name: str = "plan", **more: Any) -> dict[str, Any]:
    return {
        "instrument": "fallback", "format": 1, "id": name, "version": 1, "title": "Instead",
        "models": ["northwind-.*"], "targets": list(targets), "approved_by": "dora", **more,
    }  # fmt: skip


def chosen(*values: dict[str, Any], at_us: int = AT, **attributes: Any) -> str:
    found = fallback_for(call(**attributes), at_us, register(THIRD, *values))
    return "" if found is None else f"{found.plan} {found.action.vendor}"


def test_the_first_eligible_target_takes_over() -> None:
    both = plan(target("contoso"), target("fabrikam"))
    assert chosen(ORDER, both) == "plan contoso"
    found = fallback_for(call(), AT, register(THIRD, ORDER, both))
    assert found is not None
    assert found.header == "plan; contoso/contoso-large"


def test_a_party_under_an_order_takes_nothing_over() -> None:
    both = plan(target("contoso"), target("fabrikam"))
    other = order(id="also-contoso", subjects=[{"developer": "contoso"}])
    assert chosen(ORDER, other, both) == "plan fabrikam"
    third = order(id="also-fabrikam", subjects=[{"party": "fabrikam-labs"}], effect="hold")
    assert chosen(ORDER, other, third, both) == ""


def test_neither_a_phase_out_nor_a_waiver_is_used_up_for_a_substitution() -> None:
    leaving = phased(id="leaving", subjects=[{"developer": "contoso"}])
    assert chosen(ORDER, leaving, plan(target("contoso"), target("fabrikam"))) == "plan fabrikam"
    strict = order(id="strict", subjects=[{"developer": "contoso"}])
    lifted = waiver(order="strict", covers={"tenants": ["harbour"], "applications": ["letters"]})
    assert chosen(ORDER, strict, lifted, plan(target("contoso"))) == ""


@pytest.mark.parametrize(
    ("listed", "stated", "expected"),
    [
        ({}, {}, "plan contoso"),
        ({"regions": ["north"]}, {"region": "north"}, "plan contoso"),
        ({"regions": ["north"]}, {"region": "south"}, ""),
        ({"regions": ["north"]}, {}, ""),
        ({}, {"region": "north"}, ""),
        ({"data_classes": ["open"]}, {"data_class": "open"}, "plan contoso"),
        ({"data_classes": ["open"]}, {"data_class": "secret"}, ""),
        ({}, {"data_class": "secret"}, ""),
    ],
)
def test_a_target_stays_within_region_and_data_class(
    listed: dict[str, Any], stated: dict[str, str], expected: str
) -> None:
    assert chosen(ORDER, plan(target("contoso", **listed)), **stated) == expected


def test_the_plan_of_the_order_comes_first_and_plans_have_a_population() -> None:
    first, second = plan(target("fabrikam"), name="a"), plan(target("contoso"), name="b")
    assert chosen(ORDER, first, second) == "a fabrikam"
    assert chosen(order(fallback="b"), first, second) == "b contoso"
    library = plan(target("contoso"), population=everyone_of("library"))
    assert chosen(ORDER, library) == ""
    assert chosen(ORDER, plan(target("contoso"), models=["northwind-small"])) == ""


def test_a_target_that_nobody_can_place_takes_nothing_over() -> None:
    unknown = target("contoso", model="openrouter/auto")
    assert chosen(order(opaque="allow"), plan(unknown)) == ""


@given(
    subjects=st.lists(
        st.sampled_from(["northwind", "contoso", "fabrikam"]), unique=True, min_size=1
    ),
    order_of=st.permutations(["contoso", "fabrikam"]),
)
def test_a_substitution_is_never_refused_by_an_order(
    subjects: list[str], order_of: list[str]
) -> None:
    """Law 1."""
    orders = [order(id=f"on-{name}", subjects=[{"developer": name}]) for name in subjects]
    found = register(THIRD, *orders, plan(*map(target, order_of)))
    instead = fallback_for(call(), AT, found)
    allowed = [name for name in order_of if name not in subjects]
    assert (instead is None) == (not allowed)
    if instead is not None:
        assert instead.action.vendor == allowed[0]
        assert not found.judge(instead.action, AT).bites


@pytest.mark.parametrize(
    ("words", "expected"), [(("finish",), "finish"), (("cut",), "cut"), (("finish", "cut"), "cut")]
)
def test_an_answer_under_way_follows_the_strictest_order(
    words: tuple[str, ...], expected: str
) -> None:
    found = register(*[order(id=f"o-{word}", streams=word) for word in words])
    assert [flow(call(), at, found) for at in (EFFECTIVE - 1, EFFECTIVE)] == ["go_on", expected]
    assert flow(call("contoso"), AT, found) == "go_on"
    assert flow(call("contoso"), AT, found.unknown()) == "cut"


def item(at: str, *values: dict[str, Any], what: str, **more: Any) -> Any:
    found = [i for i in due(register(*values), moment(at), **more) if i.what == what]
    return (found[0].subject, found[0].due, found[0].warning, found[0].is_over) if found else None


@pytest.mark.parametrize(
    ("at", "warning", "is_over"),
    [
        ("2027-08-01T21:59:59Z", None, False),
        ("2027-08-01T22:00:00Z", 30, False),
        ("2027-08-24T22:00:00Z", 7, False),
        ("2027-08-30T22:00:00Z", 1, False),
        ("2027-08-31T22:00:00Z", 0, True),
    ],
)
def test_a_phase_out_warns_30_7_and_1_days_before(
    at: str, warning: int | None, is_over: bool
) -> None:
    assert item(at, phased(), what="phase_out_ends") == (
        "harbour", "2027-08-31T22:00:00Z", warning, is_over,
    )  # fmt: skip


FIRST: dict[str, Any] = {
    "instrument": "obligation", "format": 1, "id": "first", "version": 1, "title": "3 days",
    "order": "cease-northwind", "duty": "report",
    "due": {"anchor": "identified", "count": 3, "unit": "business_days"},
}  # fmt: skip
SECOND = FIRST | {
    "id": "second",
    "after": "first",
    "due": {"anchor": "prior_submission", "count": 10, "unit": "business_days"},
}


def test_the_second_report_counts_from_the_submission_of_the_first() -> None:
    at = "2027-03-10T00:00:00Z"
    found = FIRST | {"anchored_at": "2027-03-01T10:00:00Z"}
    assert item(at, ORDER, FIRST, what="obligation") is None
    assert item(at, ORDER, found, SECOND, what="obligation")[:2] == (
        "first",
        "2027-03-05T00:00:00Z",
    )
    sent = found | {"submitted_at": "2027-03-04T10:00:00Z"}
    assert item(at, ORDER, sent, SECOND, what="obligation")[:2] == (
        "second",
        "2027-03-19T00:00:00Z",
    )
    amended = found | {"submitted_at": "2027-03-08T10:00:00Z", "version": 2}
    assert item(at, ORDER, amended, SECOND, what="obligation")[1] == "2027-03-23T00:00:00Z"


def test_every_open_date_is_listed() -> None:
    press = order(id="press", authority=ORDER["authority"] | {"source": "press", "emergency": True})
    values = (phased(), press, waiver(), MILESTONE)
    at = "2027-03-02T00:00:00Z"
    words = {i.what for i in due(register(*values), moment(at))}
    assert words == {"phase_out_ends", "waiver_expires", "hold_point", "verification"}
    assert item(at, *values, what="review", review_within_s=72 * 3600) == (
        "Council of Examples", "2027-03-04T08:00:00Z", 7, False,
    )  # fmt: skip
