"""Law 9: in force is a function of legal basis, population and time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_texts import (
    AT,
    BEFORE,
    EFFECTIVE,
    MILESTONE,
    ORDER,
    WAIVER,
    call,
    contested,
    order,
    phased,
    register,
    status,
    waiver,
)

from gardefou.action import Action, Attributes
from gardefou.orders import Register, moment
from gardefou.verdict import Verdict

ALLOW, HOLD, DENY = Verdict
FIELDS = ("contract", "system", "nexus", "user")


def verdict(found: Register, action: Action, at: int | str = AT, **more: Any) -> Verdict:
    at_us = moment(at) if isinstance(at, str) else at
    return found.judge(action, at_us, **more).verdict


def code(found: Register, action: Action, at_us: int = AT) -> str:
    ruling = found.judge(action, at_us)
    return next((said.code for said in (*ruling.bites, *ruling.notices)), "")


def test_an_order_binds_from_its_moment_to_the_microsecond() -> None:
    """Law 9."""
    found = register(ORDER)
    assert [verdict(found, call(), at) for at in (BEFORE, EFFECTIVE)] == [ALLOW, DENY]


def test_an_order_ends_at_its_moment_to_the_microsecond() -> None:
    """Law 9."""
    end = "2027-06-01T00:00:00Z"
    found = register(order(status=[status("effective", "2027-03-01T12:00:00Z", end)]))
    assert [verdict(found, call(), moment(end) + step) for step in (-1, 0)] == [DENY, ALLOW]


def test_other_vendors_and_tools_of_nobody_are_not_concerned() -> None:
    found = register(ORDER)
    assert verdict(found, call("contoso")) is ALLOW
    assert verdict(found, Action(tool="send_mail")) is ALLOW
    assert verdict(found, Action(tool="send_mail", vendor="northwind")) is DENY


@pytest.mark.parametrize(
    ("subject", "action", "expected"),
    [
        ({"developer": "northwind"}, call(), DENY),
        ({"party": "northwind-models"}, call(), DENY),
        ({"party": "northwind-models"}, call("contoso", channel="northwind"), DENY),
        ({"party": "northwind-models"}, call("contoso"), ALLOW),
        ({"channel": "contoso"}, call(channel="contoso"), DENY),
        ({"channel": "contoso"}, call(channel="northwind"), ALLOW),
        ({"channel": "contoso"}, call(), HOLD),  # which channel it goes through is unknown
        ({"developer": "northwind", "channel": "contoso"}, call("contoso"), ALLOW),
        ({"model": "northwind-(?:large|huge)"}, call(), DENY),
        ({"model": "northwind-small"}, call(), ALLOW),
        ({"model": "large"}, call(), ALLOW),  # the whole name counts
        ({"product": "letters"}, call("contoso"), DENY),
        ({"product": "letters"}, call("contoso", application="archive"), ALLOW),
        ({"product": "letters"}, call("contoso", application=""), HOLD),
        ({"tool": "web_search"}, Action(tool="web_search"), DENY),
        ({"tool": "web_search"}, Action(tool="send_mail"), ALLOW),
    ],
)
def test_subjects_are_matched(subject: dict[str, str], action: Action, expected: Verdict) -> None:
    assert verdict(register(order(subjects=[subject])), action) is expected


@pytest.mark.parametrize("model", ["", "my-deployment", "auto"])
def test_an_opaque_use_is_held_unless_the_order_says_otherwise(model: str) -> None:
    """Law 2."""
    action = Action(kind="model.request", model=model)
    for word, expected in (("", HOLD), ("hold", HOLD), ("deny", DENY), ("allow", ALLOW)):
        found = register(order(**({"opaque": word} if word else {})))
        assert verdict(found, action) is expected


def test_a_name_that_hides_its_maker_is_opaque_even_with_a_vendor_beside_it() -> None:
    """Law 2."""
    found = register(ORDER)
    assert verdict(found, call("contoso", model="openrouter/auto")) is HOLD
    assert verdict(found, call(model="openrouter/auto")) is DENY


@pytest.mark.parametrize(
    ("population", "attributes", "expected"),
    [
        ({"include": [{"contracts": ["c-1"]}]}, {"contract": "c-1"}, DENY),
        ({"include": [{"contracts": ["c-1"]}]}, {"contract": "none"}, ALLOW),
        ({"include": [{"contracts": ["c-1"]}]}, {}, DENY),
        ({"exclude": [{"contracts": ["c-1"]}]}, {"contract": "c-1"}, ALLOW),
        ({"exclude": [{"contracts": ["c-1"]}]}, {}, DENY),
        ({"include": [{"users": {"home": ["away"]}}]}, {"user": {"home": "here"}}, ALLOW),
        ({"include": [{"users": {"home": ["away"]}}]}, {}, DENY),
        ({"include": [{"systems": ["s"], "regions": ["north"]}]}, {"region": "south"}, ALLOW),
        ({"include": [{"tenants": ["harbour"]}]}, {}, DENY),
        ({"include": [{"tenants": ["library"]}]}, {}, ALLOW),
        (
            {"include": [{"tenants": ["harbour"]}], "exclude": [{"data_classes": ["open"]}]},
            {"data_class": "open"},
            ALLOW,
        ),
    ],
)
def test_a_population_includes_what_it_cannot_rule_out(
    population: dict[str, Any], attributes: dict[str, Any], expected: Verdict
) -> None:
    """Law 2: an attribute that nobody stated is on the strict side."""
    assert verdict(register(order(population=population)), call(**attributes)) is expected


@pytest.mark.parametrize(
    ("nexus", "stated", "expected"),
    [
        ("all_use", ("none",), DENY),
        ("in_performance", (), DENY),
        ("in_performance", ("none",), ALLOW),
        ("in_performance", ("in_performance",), DENY),
        ("any_commercial", ("in_performance",), DENY),
        ("in_performance", ("any_commercial",), ALLOW),
    ],
)
def test_the_nexus_is_honoured(nexus: str, stated: tuple[str, ...], expected: Verdict) -> None:
    assert verdict(register(order(nexus=nexus)), call(nexus=stated)) is expected


def test_a_contested_order_differs_by_population_and_basis_and_says_so() -> None:
    """Law 9."""
    found = register(contested())
    assert verdict(found, call()) is DENY
    assert verdict(found, call(tenant="library")) is ALLOW
    bite = found.judge(call(tenant="library"), moment("2027-03-20T00:00:00Z")).bites[0]
    assert (bite.bases, bite.stayed) == (("act-9",), ("act-7",))
    assert bite.told == "on basis act-9; basis act-7 not in force here"


def test_a_stay_for_an_unknown_population_lifts_nothing() -> None:
    """Law 2."""
    population = {"include": [{"contracts": ["c-1"]}]}
    stay = status("stayed", "2027-03-05T00:00:00Z", population=population)
    found = register(order(status=[*ORDER["status"], stay]))
    assert [verdict(found, call(contract=c)) for c in ("c-1", "", "c-2")] == [ALLOW, DENY, DENY]


def test_flipping_one_interval_answers_what_would_have_been_decided() -> None:
    """Law 9: the past is decided anew only when somebody asks."""
    found = register(ORDER)
    ended = [*ORDER["status"], status("rescinded", "2027-03-05T00:00:00Z")]
    asked = found.amended(register(order(version=2, status=ended)).orders["cease-northwind"])
    assert [verdict(r, call()) for r in (found, asked)] == [DENY, ALLOW]
    assert verdict(asked, call(), "2027-03-04T00:00:00Z") is DENY


@pytest.mark.parametrize(
    ("authority", "emergency", "expected"),
    [
        ({}, False, ALLOW),
        ({}, True, ALLOW),
        ({"emergency": True}, False, ALLOW),
        ({"emergency": True}, True, DENY),
        ({"verified_by": "ben", "verified_at": "2027-03-09T00:00:00Z"}, False, DENY),
        ({"verified_by": "ben", "verified_at": "2027-03-11T00:00:00Z"}, False, ALLOW),
    ],
)
def test_a_press_item_binds_nobody_before_a_second_person(
    authority: dict[str, Any], emergency: bool, expected: Verdict
) -> None:
    found = register(order(authority=ORDER["authority"] | {"source": "press"} | authority))
    assert verdict(found, call(), emergency=emergency) is expected
    if expected is ALLOW:
        assert code(found, call()) == "order.unverified"


def test_a_phase_out_lets_existing_use_go_on_to_its_last_microsecond() -> None:
    found = register(phased())
    end = moment("2027-08-31T22:00:00Z")
    assert [verdict(found, call(), end + step) for step in (-1, 0)] == [ALLOW, DENY]
    assert code(found, call()) == "order.phase_out"


def test_new_adoption_is_refused_from_the_first_day() -> None:
    found = register(phased())
    assert code(found, call(application="new-thing"), EFFECTIVE) == "order.new_use"
    assert code(found, call(application=""), EFFECTIVE) == "order.new_use"
    assert verdict(found, call(tenant="library"), EFFECTIVE) is DENY


def test_an_order_on_procurement_lets_existing_use_be() -> None:
    found = register(order(nexus="new_procurement", existing=[{"applications": ["letters"]}]))
    assert verdict(found, call()) is ALLOW
    assert code(found, call(application="new-thing")) == "order.new_use"


def test_a_hold_point_that_nobody_signed_holds_what_is_left() -> None:
    found = register(phased(), MILESTONE)
    due = moment("2027-06-01T00:00:00Z")
    assert [verdict(found, call(), due + step) for step in (-1, 0)] == [ALLOW, HOLD]
    signed = MILESTONE | {"signed_by": "dora", "signed_at": "2027-06-03T00:00:00Z"}
    later = register(phased(), signed)
    assert [verdict(later, call(), f"2027-06-0{day}T00:00:00Z") for day in (2, 3)] == [HOLD, ALLOW]


def test_a_waiver_lifts_its_order_for_what_it_covers_while_it_lasts() -> None:
    found = register(ORDER, waiver())
    action = call(system="emergency-line")
    times = (
        "2027-03-01T23:59:59Z",
        "2027-03-02T00:00:00Z",
        "2027-03-31T23:59:59Z",
        "2027-04-01T00:00:00Z",
    )
    assert [verdict(found, action, at) for at in times] == [DENY, ALLOW, ALLOW, DENY]
    assert verdict(found, call(system="other")) is DENY
    assert verdict(found, call()) is DENY
    notice = found.judge(action, AT).notices[0]
    assert (notice.waiver, notice.detail) == ("translation-desk", WAIVER["mitigation"])


def test_a_waiver_has_its_calls_per_day_and_never_covers_an_opaque_use() -> None:
    found = register(ORDER, waiver())
    action = call(system="emergency-line")
    assert [verdict(found, action, used=lambda _, n=n: n) for n in (2, 3)] == [ALLOW, DENY]
    opaque = call("", model="my-deployment", system="emergency-line")
    assert verdict(found, opaque) is HOLD


@pytest.mark.parametrize("state", ["draft", "submitted", "denied", "revoked"])
def test_only_a_granted_waiver_lifts(state: str) -> None:
    found = register(ORDER, waiver(state=state))
    assert verdict(found, call(system="emergency-line")) is DENY


def test_a_register_that_may_be_old_refuses_every_use_of_a_model() -> None:
    """Law 2: what cannot be known is on the strict side."""
    found = register(ORDER).unknown()
    assert verdict(found, call("contoso"), BEFORE) is DENY
    assert verdict(found, Action(tool="send_mail")) is ALLOW
    assert found.digest != register(ORDER).digest


def test_a_kept_register_decides_the_same() -> None:
    """Law 3."""
    found = register(contested(), waiver())
    again = Register.from_document(found.document())
    assert again.digest == found.digest
    assert again.judge(call(), AT) == found.judge(call(), AT)


ATTRIBUTES = st.builds(
    Attributes,
    contract=st.sampled_from(["", "c-1", "none"]),
    system=st.sampled_from(["", "emergency-line", "desk"]),
    nexus=st.sampled_from([(), ("none",), ("in_performance",)]),
    user=st.sampled_from([{}, {"home": "here"}, {"home": "away"}]),
)


@given(
    attributes=ATTRIBUTES,
    tenant=st.sampled_from(["harbour", "library"]),
    vendor=st.sampled_from(["northwind", "contoso", ""]),
    day=st.integers(1, 31),
)
def test_what_an_action_leaves_out_never_loosens(
    attributes: Attributes, tenant: str, vendor: str, day: int
) -> None:
    """Laws 1 and 2: forgetting an attribute gives the same verdict or a stricter one."""
    population = {"include": [{"contracts": ["c-1"]}], "exclude": [{"users": {"home": ["here"]}}]}
    found = register(contested() | {"population": population, "nexus": "in_performance"}, waiver())
    at = moment(f"2027-03-{day:02}T12:00:00Z")
    stated = {name: getattr(attributes, name) for name in FIELDS}
    full = found.judge(call(vendor, tenant=tenant, model="m", **stated), at).verdict
    for name in FIELDS:
        bare = {other: value for other, value in stated.items() if other != name}
        assert found.judge(call(vendor, tenant=tenant, model="m", **bare), at).verdict >= full


@given(
    extra=st.sampled_from([contested(), phased(), order(), order(effect="hold")]),
    day=st.integers(1, 31),
)
def test_another_order_never_loosens(extra: dict[str, Any], day: int) -> None:
    """Law 1."""
    at = moment(f"2027-03-{day:02}T12:00:00Z")
    one, both = register(contested()), register(contested(), extra | {"id": "another"})
    for tenant in ("harbour", "library"):
        action = call(tenant=tenant)
        assert both.judge(action, at).verdict >= one.judge(action, at).verdict


def plainly(found: Register, action: Action, at_us: int) -> tuple[Any, ...]:
    """What every order says, asked one by one without an index."""
    use = found.use(action)
    said = []
    for name in sorted(found.terms):
        terms = found.terms[name]
        concerns = terms.concerns(use, action)
        if concerns is not False:
            one = terms.say(action, use, at_us, concerns, emergency=False, used=lambda _: 0)
            said += [] if one is None else [one]
    return tuple(said)


MANY = [
    contested() | {"id": "a"},
    phased(id="b", subjects=[{"party": "northwind-models"}]),
    order(id="c", subjects=[{"channel": "contoso"}], effect="hold"),
    order(
        id="d", subjects=[{"model": ".*-large"}], population={"include": [{"contracts": ["c-1"]}]}
    ),
    order(id="e", subjects=[{"product": "letters"}], nexus="in_performance"),
    order(id="f", subjects=[{"tool": "web_search"}, {"developer": "contoso", "model": "x"}]),
    order(),
    MILESTONE | {"order": "b"},
    waiver(),
]


@given(
    actions=st.lists(
        st.builds(
            call,
            st.sampled_from(["northwind", "contoso", ""]),
            tenant=st.sampled_from(["harbour", "library"]),
            application=st.sampled_from(["letters", "archive", ""]),
            channel=st.sampled_from(["", "contoso", "northwind"]),
            model=st.sampled_from(["", "my-deployment", "openrouter/auto"]),
            contract=st.sampled_from(["", "c-1", "none"]),
            system=st.sampled_from(["", "emergency-line"]),
            user=st.sampled_from([{}, {"home": "here"}]),
        ),
        max_size=6,
    ),
    times=st.lists(
        st.integers(moment("2027-02-01T00:00Z"), moment("2027-12-01T00:00Z")), max_size=6
    ),
)
def test_the_index_and_what_it_remembers_leave_nothing_out(
    actions: list[Action], times: list[int]
) -> None:
    """Law 3: the same as asking every order, whatever was asked before."""
    for at_us in times:
        for action in (*actions, Action(tool="web_search")):
            ruling = REGISTER.judge(action, at_us)
            said = plainly(REGISTER, action, at_us)
            assert (*ruling.bites, *ruling.notices) == tuple(
                sorted(said, key=lambda one: not hasattr(one, "verdict"))
            )


REGISTER = register(*MANY)
