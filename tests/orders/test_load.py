"""Instruments are read whole or not at all, and every mistake has a place and a way out."""

from __future__ import annotations

import contextlib
import copy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_texts import (
    MILESTONE,
    ORDER,
    OTHER,
    PARTY,
    WAIVER,
    contested,
    instrument,
    order,
    phased,
    register,
    status,
    text,
    waiver,
)

from gardefou.errors import InputError, LoadError
from gardefou.orders import (
    KINDS,
    Due,
    due_at,
    load_instrument,
    load_register,
    make_schema,
    moment,
    published_schema,
    warnings,
)
from gardefou.orders._schema import faults

DESIGNATION = {
    "instrument": "designation", "format": 1, "id": "d-1", "version": 1, "title": "Listing",
    "party": "northwind-models", "basis": {"id": "act-7", "citation": "Act 7"},
    "issued_by": "Council of Examples", "effective_at": "2027-03-01T00:00:00Z",
}  # fmt: skip
OBLIGATION = {
    "instrument": "obligation", "format": 1, "id": "first-report", "version": 1, "title": "Report",
    "order": "cease-northwind", "duty": "report",
    "due": {"anchor": "identified", "count": 3, "unit": "business_days", "zone": "Europe/Paris"},
}  # fmt: skip
ATTESTATION = {
    "instrument": "attestation", "format": 1, "id": "a-1", "version": 1, "order": "cease-northwind",
    "statement": "no_use", "from": "2027-03-01T00:00:00Z", "to": "2027-09-01T00:00:00Z",
    "wording": "No use went through the gateway.", "signatory": "dora", "title": "Director",
    "not_covered": ["traffic that went around the gateway"],
}  # fmt: skip
FALLBACK = {
    "instrument": "fallback", "format": 1, "id": "f-1", "version": 1, "title": "To Contoso",
    "models": ["northwind-.*"], "targets": [{"developer": "contoso", "model": "contoso-large"}],
    "approved_by": "dora",
}  # fmt: skip
ALL = [PARTY, OTHER, ORDER, WAIVER, phased(id="p"), contested() | {"id": "c"}]
ALL += [DESIGNATION, OBLIGATION, ATTESTATION, FALLBACK, MILESTONE | {"order": "p"}]


def refused(value: dict[str, Any]) -> set[str]:
    """The codes of an instrument's mistakes."""
    with pytest.raises(LoadError) as caught:
        instrument(value)
    for problem in caught.value.problems:
        assert problem.file == "test.yaml"
        assert problem.line > 0
        assert problem.help
    return {problem.code for problem in caught.value.problems}


def unfit(*values: dict[str, Any]) -> set[str]:
    """The codes of what does not fit between instruments."""
    with pytest.raises(LoadError) as caught:
        register(*values)
    return {problem.code for problem in caught.value.problems}


def test_every_kind_of_instrument_is_read() -> None:
    assert {instrument(value).__struct_config__.tag for value in ALL} == set(KINDS)
    assert len(register(*ALL[2:]).instruments) == len(ALL)


def authority(**more: Any) -> dict[str, Any]:
    return {"authority": ORDER["authority"] | more}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instrument": "ordre"}, "order.instrument"),
        ({"kind": "ban"}, "order.word"),
        ({"titel": "x"}, "key.unknown"),
        ({"version": 0}, "order.bound"),
        ({"version": "1"}, "value.type"),
        ({"id": "Cease Northwind"}, "order.form"),
        ({"subjects": []}, "order.bound"),
        ({"subjects": [{}]}, "order.bound"),
        ({"population": {"include": [{}]}}, "order.bound"),
        ({"subjects": [{"model": "("}]}, "order.pattern"),
        ({"subjects": [{"model": "(?=a)"}]}, "order.pattern"),
        ({"subjects": [{"party": "northwind-models", "developer": "northwind"}]}, "order.subject"),
        ({"status": [status("effective", "2027-03-01T12:00:00")]}, "order.time_zone"),
        ({"status": [status("effective", "2027-03-01")]}, "order.time_zone"),
        ({"status": [status("effective", "2027-02-29T12:00:00Z")]}, "order.time"),
        ({"status": [status("effective", "2027-03-01T25:00:00Z")]}, "order.time"),
        ({"status": [status("effective", "2027-03-01T12:00:00[Mars/Olympus]")]}, "order.time_zone"),
        ({"status": [status("effective", "2027-03-28T02:30:00[Europe/Paris]")]}, "order.time"),
        ({"status": [status("effective", "2027-10-31T02:30:00[Europe/Paris]")]}, "order.time"),
        (
            {"status": [status("effective", "2027-03-01T12:00:00Z", "2027-03-01T12:00:00Z")]},
            "order.interval",
        ),
        ({"status": [status("effective", "2027-03-01T12:00:00Z", basis="x")]}, "order.basis"),
        ({"status": [status("announced", "2027-03-01T12:00:00Z")]}, "order.never_effective"),
        (
            {"status": [*ORDER["status"], status("superseded", "2027-03-02T12:00:00Z")]},
            "order.superseded_by",
        ),
        ({"bases": [*ORDER["bases"], *ORDER["bases"]]}, "order.duplicate"),
        (authority(verified_by="ADA ", verified_at="2027-03-02T00:00:00Z"), "order.same_person"),
        (authority(verified_by="ben"), "order.half"),
        ({"existing": [], "phase_out": phased()["phase_out"]}, "order.existing"),
        (
            {
                "existing": [{"tenants": ["x"]}],
                "phase_out": [
                    {"tier": "t", "population": {}, "until": "2027-03-01T12:00:00Z"},
                ],
            },
            "order.deadline_past",
        ),
        ({"nexus": "new_procurement"}, "order.existing"),
    ],
)
def test_a_mistake_in_an_order_is_named(changes: dict[str, Any], code: str) -> None:
    assert code in refused(order(**changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expires_at": "2029-01-01T00:00:00Z"}, "waiver.perpetual"),
        ({"covers": {"tenants": ["harbour"]}}, "waiver.blanket"),
        ({"covers": {"tenants": []}}, "order.bound"),
        ({"covers": {"systems": ["emergency-line"]}}, "key.missing"),
        ({"approved_by": "Ada"}, "waiver.same_person"),
        ({"expires_at": "2027-03-02T00:00:00Z"}, "order.interval"),
        ({"calls_per_day": 0}, "order.bound"),
        ({"red_line": "no-mass-surveillance"}, "key.unknown"),
    ],
)
def test_no_blanket_or_perpetual_waiver_can_be_written(changes: dict[str, Any], code: str) -> None:
    assert code in refused(waiver(**changes))


@pytest.mark.parametrize("missing", ["expires_at", "calls_per_day", "covers", "justification"])
def test_a_waiver_without_a_bound_is_refused(missing: str) -> None:
    value = {key: inner for key, inner in WAIVER.items() if key != missing}
    assert refused(value) == {"key.missing"}


def test_a_granted_waiver_has_an_approver() -> None:
    assert refused({k: v for k, v in WAIVER.items() if k != "approved_by"}) == {"waiver.approver"}


def superseded(name: str, by: str) -> dict[str, Any]:
    later = status("superseded", "2027-04-01T00:00:00Z", by=by)
    return order(id=name, status=[*ORDER["status"], later])


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([ORDER, order(version=2)], "order.duplicate"),
        ([order(subjects=[{"developer": "nortwind"}])], "order.vendor"),
        ([order(subjects=[{"party": "nobody"}])], "order.reference"),
        ([PARTY | {"id": "p", "vendors": []}, order(subjects=[{"party": "p"}])], "order.no_vendor"),
        ([order(designations=["d-9"])], "order.reference"),
        ([order(fallback="f-9")], "order.reference"),
        ([superseded("a", "b"), superseded("b", "a")], "order.circle"),
        ([superseded("a", "b"), superseded("b", "c"), superseded("c", "b")], "order.circle"),
        ([superseded("a", "b")], "order.reference"),
        ([WAIVER], "waiver.order"),
        ([ORDER, waiver(order="no-mass-surveillance")], "waiver.order"),
        (
            [order(population={"include": [{"tenants": ["library"]}]}), WAIVER],
            "waiver.scope",
        ),
        ([ORDER, MILESTONE], "milestone.tier"),
        ([ORDER, OBLIGATION | {"after": "first-report"}], "order.circle"),
        ([PARTY | {"id": "q", "parent": "nobody"}], "order.reference"),
    ],
)
def test_what_does_not_fit_between_instruments_is_named(
    values: list[dict[str, Any]], code: str
) -> None:
    assert code in unfit(*values)


def test_every_mistake_is_named_at_once_with_its_line() -> None:
    value = text(order(kind="ban", versions=2, title=""))
    with pytest.raises(LoadError) as caught:
        load_instrument(value, file="a.yaml")
    lines = value.splitlines()
    assert {p.code for p in caught.value.problems} == {"order.word", "key.unknown", "order.bound"}
    for problem, word in zip(caught.value.problems, ("title", "kind", "versions"), strict=True):
        assert word in lines[problem.line - 1]


def test_a_folder_is_a_register(tmp_path: Path) -> None:
    for number, value in enumerate(ALL):
        (tmp_path / f"{number}.yaml").write_text(text(value))
    (tmp_path / "notes.txt").write_text("not an instrument")
    assert load_register([tmp_path]).digest == register(*ALL[2:]).digest
    with pytest.raises(LoadError, match="cannot be read"):
        load_register([tmp_path / "missing.yaml"])


@pytest.mark.parametrize("data", [b"\xff", b"", b"[1]", b"instrument: [", b"instrument: order"])
def test_what_is_no_instrument_is_refused(data: bytes) -> None:
    with pytest.raises(LoadError):
        load_instrument(data, file="x.yaml")


def test_a_contradiction_and_a_past_deadline_are_warned_of() -> None:
    ended = status("rescinded", "2027-02-01T00:00:00Z")
    found = register(phased(status=[*ORDER["status"], ended]))
    codes = {problem.code for problem in warnings(found, moment("2028-01-01T00:00:00Z"))}
    assert codes == {"order.contradiction", "order.deadline_past"}


def test_the_published_schema_is_the_one_of_the_classes() -> None:
    assert published_schema() == make_schema()


PARTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.sampled_from(["", "x", "2027-03-01T00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "x"]), inner)
    ),
    max_leaves=4,
)


@given(data=st.data())
def test_schema_and_loader_refuse_the_same_forms(data: st.DataObject) -> None:
    """The schema says of a form what the loader says, for instruments broken anywhere."""
    value: Any = copy.deepcopy(data.draw(st.sampled_from(ALL)))
    for _ in range(data.draw(st.integers(0, 2))):
        here = value
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if isinstance(here[key], (dict, list)) and here[key] and data.draw(st.booleans()):
                here = here[key]
                continue
            if data.draw(st.booleans()):
                here[key] = data.draw(PARTS)
            else:
                del here[key]
            break
    accepted = jsonschema_rs.validator_for(published_schema()).is_valid(value)
    assert accepted == (faults(value) == [])
    try:
        instrument(value)
    except LoadError:
        return
    assert accepted


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("2027-03-01T13:00:00+01:00", "2027-03-01T12:00:00Z"),
        ("2027-03-01T13:00[Europe/Paris]", "2027-03-01T12:00:00Z"),
        ("2028-02-29T00:00:00Z", "2028-02-28T24:00:00Z"),
        ("2027-07-01T00:00:00[Europe/Paris]", "2027-06-30T22:00:00Z"),
    ],
)
def test_one_moment_in_two_zones(written: str, same: str) -> None:
    same = same.replace("2028-02-28T24:00:00Z", "2028-02-29T00:00:00+00:00")
    assert moment(written) == moment(same)


@given(
    st.text(max_size=40)
    | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\[[A-Z]{3}\])?", fullmatch=True)
)
def test_a_text_is_a_moment_or_refused(written: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(moment(written), int)


@pytest.mark.parametrize(
    ("due", "anchor", "expected"),
    [
        # Friday 26 March 2027 to the end of Wednesday 31 March; Monday 29 March is off.
        (
            ("business_days", 2, ("2027-03-29",)),
            "2027-03-26T15:00:00Z",
            "2027-04-01T00:00[Europe/Paris]",
        ),
        (("business_days", 3, ()), "2027-03-01T12:00:00Z", "2027-03-05T00:00[Europe/Paris]"),
        (("business_days", 1, ()), "2027-03-06T12:00:00Z", "2027-03-09T00:00[Europe/Paris]"),
        (("calendar_days", 180, ()), "2027-03-01T12:00:00Z", "2027-08-29T00:00[Europe/Paris]"),
        (("months", 6, ()), "2027-08-31T12:00:00Z", "2028-02-29T14:00[Europe/Paris]"),
        (("minutes", 15, ()), "2027-03-01T12:00:00Z", "2027-03-01T12:15:00Z"),
        (("hours", 72, ()), "2027-03-01T12:00:00Z", "2027-03-04T12:00:00Z"),
    ],
)
def test_a_duty_is_due_by_its_calendar(due: tuple[Any, ...], anchor: str, expected: str) -> None:
    unit, count, off = due
    value = Due(anchor="identified", count=count, unit=unit, zone="Europe/Paris", days_off=off)
    assert due_at(value, moment(anchor)) == moment(expected)
