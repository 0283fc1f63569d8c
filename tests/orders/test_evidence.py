"""What is left is counted from the ledger, and what is asserted is proved offline."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_ledger import LOG_KEY, officer
from order_texts import AT, ORDER, OTHER, PARTY, instrument, order, phased, register, waiver

from gardefou.errors import UsageError, VerificationError
from gardefou.ledger import DecisionRecord, Ledger
from gardefou.orders import (
    BurnDown,
    Deadline,
    OwnOffice,
    Past,
    action_of,
    answered,
    attest,
    burn_down,
    check_bundle,
    decisions,
    declarations,
    drafts,
    dry_run,
    issue,
    moment,
    noticed,
    notices,
    page,
    restore_plan,
    standing,
    svg,
)

DAY_US = 86_400_000_000
ADA, DORA = officer("ada"), officer("dora", 2)
ATTESTATION: dict[str, Any] = {
    "instrument": "attestation", "format": 1, "id": "a-1", "version": 1, "order": "cease-northwind",
    "statement": "no_use", "from": "2025-03-01T00:00:00Z", "to": "2025-04-01T00:00:00Z",
    "wording": "No use went through the gateway.", "signatory": "dora", "title": "Director",
    "not_covered": ["chat in browsers"],
}  # fmt: skip
START = moment("2025-03-01T00:00:00Z")


def record(
    day: int = 0,
    *,
    verdict: str = "allow",
    vendor: str = "northwind",
    model: str = "northwind-large",
    kind: str = "model.request",
    tenant: str = "harbour",
    application: str = "letters",
    **more: Any,
) -> DecisionRecord:
    """A decision as an entry has it."""
    return DecisionRecord(
        decision_id="d",
        verdict=verdict,
        decided_at_us=START + day * DAY_US,
        constitution="",
        catalogue="",
        engine="",
        tenant=tenant,
        application=application,
        action_kind=kind,
        vendor=vendor,
        channel=vendor,
        model=model,
        **more,
    )


def counted(*records: DecisionRecord, name: str = "cease-northwind") -> BurnDown:
    return burn_down(records, register(ORDER), name, since_us=START, until_us=START + 30 * DAY_US)


def test_calls_stopped_calls_tokens_tenants_and_systems_are_counted_for_each_day() -> None:
    found = counted(
        record(),
        record(tenant="library", system="desk"),
        record(kind="model.response", tokens=120),
        record(verdict="deny"),
        record(1, verdict="hold"),
        record(1, vendor="contoso", model="contoso-large"),
        record(1, kind="tool.call", vendor=""),
    )
    lines = [(x.day, x.calls, x.stopped, x.tokens, x.tenants, x.systems) for x in found.lines]
    assert lines == [("2025-03-01", 2, 1, 120, 2, 2), ("2025-03-02", 0, 1, 0, 0, 0)]
    assert (found.calls, found.decisions) == (2, 7)
    assert found.by_day() == {"2025-03-01": (2, 1), "2025-03-02": (0, 1)}
    assert counted(record(vendor="contoso", model="contoso-large"), name="").calls == 1


def test_an_opaque_use_counts_and_is_never_clean() -> None:
    found = counted(record(vendor="", model="my-deployment"))
    assert [(x.opaque, x.calls) for x in found.residual] == [(True, 1)]


@pytest.mark.parametrize(
    ("more", "calls"),
    [
        ({"verdict": "deny", "mode": "observe"}, 1),
        ({"verdict": "deny", "mode": "observe", "grounds": ("deny order x order.in_force",)}, 0),
        ({"verdict": "deny"}, 0),
    ],
)
def test_what_was_only_observed_went_ahead(more: dict[str, Any], calls: int) -> None:
    assert counted(record(**more)).calls == calls


def test_an_unknown_order_is_named() -> None:
    with pytest.raises(UsageError, match="no order `x`"):
        counted(name="x")


HOSTILE = st.sampled_from(["=1+1", "<script>", "a,b", '"', "\N{RIGHT-TO-LEFT OVERRIDE}x", "@x", ""])


@given(application=HOSTILE, model=HOSTILE, days=st.lists(st.integers(0, 29), max_size=5))
def test_tables_and_pictures_hold_whatever_was_recorded(
    application: str, model: str, days: list[int]
) -> None:
    found = counted(*[record(day, application=application, model=model) for day in days])
    rows = list(csv.DictReader(io.StringIO(found.csv())))
    assert sum(int(row["calls"]) for row in rows) == len(days)
    assert not any(row["model"][:1] in "=+-@" for row in rows if row["model"])
    marks = [Deadline("2025-03-05", "<b>")]
    root = ET.fromstring(svg(found, marks))
    assert root.attrib["role"] == "img"
    assert "<script" not in page(found, marks)
    assert "<b>" not in page(found, marks)


@contextmanager
def recorded(ledger: Ledger, *records: DecisionRecord) -> Iterator[Ledger]:
    issue(ledger, [instrument(v) for v in (PARTY, OTHER, ORDER)], ADA)
    for one in records:
        ledger.submit("decision", one).wait()
    yield ledger


KEYS = (DORA.verifiers, LOG_KEY.verifiers)


def test_an_attestation_is_checked_with_public_keys_alone(ledger: Ledger) -> None:
    with recorded(ledger, record(verdict="deny"), record(40)):
        bundle = attest(OwnOffice(ledger), instrument(ATTESTATION), DORA)  # type: ignore[arg-type] # - it is one
        assert [r.decided_at_us for r in _decisions(ledger)] == [START, START + 40 * DAY_US]
    found = check_bundle(msgspec.json.encode(bundle), *KEYS)
    assert (found.signer, found.log) == ("dora", LOG_KEY.name)
    evidence = found.evidence
    assert (evidence.decisions, evidence.calls, evidence.stopped) == (1, 0, 1)
    assert "chat in browsers" in evidence.not_covered
    assert "use that did not pass through Gardefou" in evidence.not_covered


def _decisions(ledger: Ledger) -> list[DecisionRecord]:
    with ledger.store.reading() as session:
        found = decisions(session, 0, 2**62)
        return [record for record in found if isinstance(record, DecisionRecord)]


def test_a_statement_that_the_evidence_contradicts_is_not_signed(ledger: Ledger) -> None:
    with recorded(ledger, record()):
        before = ledger.head().size
        for changes in ({}, {"statement": "removed"}, {"statement": "residual_waived"}):
            with pytest.raises(UsageError) as caught:
                attest(OwnOffice(ledger), instrument(ATTESTATION | changes), DORA)  # type: ignore[arg-type] # - it is one
            assert caught.value.code == "attest.contradicted"
        assert ledger.head().size == before
        ben = officer("ben", 3)
        issue(ledger, [instrument(_waiver())], ben)
        attest(OwnOffice(ledger), instrument(ATTESTATION | {"statement": "residual_waived"}), DORA)  # type: ignore[arg-type] # - it is one


def _waiver() -> dict[str, Any]:
    return waiver(
        covers={"tenants": ["harbour"], "applications": ["letters"]},
        granted_at="2025-03-01T00:00:00Z",
        expires_at="2025-06-01T00:00:00Z",
    )


def test_a_silent_supplier_keeps_the_flow_down_from_being_attested(ledger: Ledger) -> None:
    us = PARTY | {"id": "us", "vendors": []}
    supplier = us | {"id": "sub", "supplies": [{"to": "us", "contract": "c", "tier": 1}]}
    statement = instrument(ATTESTATION | {"statement": "suppliers_flowed"})
    with recorded(ledger):
        with pytest.raises(UsageError, match="no supplier"):
            attest(OwnOffice(ledger), statement, DORA, us="us")  # type: ignore[arg-type] # - it is one
        issue(ledger, [instrument(us), instrument(supplier)], ADA)
        with pytest.raises(UsageError, match="`sub` has not answered"):
            attest(OwnOffice(ledger), statement, DORA, us="us")  # type: ignore[arg-type] # - it is one


def test_no_attestation_of_what_is_not_over(ledger: Ledger) -> None:
    with recorded(ledger), pytest.raises(UsageError) as caught:
        attest(OwnOffice(ledger), instrument(ATTESTATION | {"to": "2099-01-01T00:00:00Z"}), DORA)  # type: ignore[arg-type] # - it is one
    assert caught.value.code == "attest.period"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from gardefou.ledger import create_ledger, open_ledger  # noqa: PLC0415 - used here alone

    location = str(tmp_path_factory.mktemp("attested") / "log.sqlite")
    create_ledger(location, LOG_KEY)
    with (
        open_ledger(location, LOG_KEY) as ledger,
        recorded(ledger, record(verdict="deny"), record(tenant="x", application="y")),
    ):
        issue(
            ledger,
            [instrument(_waiver() | {"covers": {"tenants": ["x"], "applications": ["y"]}})],
            officer("ben", 3),
        )
        made = attest(
            OwnOffice(ledger), instrument(ATTESTATION | {"statement": "residual_waived"}), DORA
        )  # type: ignore[arg-type] # - it is one
    value: dict[str, Any] = json.loads(msgspec.json.encode(made))
    return value


@given(data=st.data())
def test_whatever_is_changed_in_an_attestation_is_noticed(bundle: Any, data: st.DataObject) -> None:
    value = json.loads(json.dumps(bundle))
    here = value
    while True:
        key = data.draw(
            st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here)))
        )
        if isinstance(here[key], (dict, list)) and here[key]:
            here = here[key]
            continue
        break
    old = here[key]
    if isinstance(old, str):
        at = data.draw(st.integers(0, max(len(old) - 1, 0)))
        new = old[:at] + data.draw(st.sampled_from(["X", "7", ""])) + old[at + 1 :]
    else:
        new = old + 1 if isinstance(old, int) else data.draw(st.sampled_from([1, "x", None]))
    here[key] = new
    if value == bundle:
        return
    try:
        found = check_bundle(json.dumps(value).encode(), *KEYS)
    except VerificationError:
        return
    # Only a signature or checkpoint line of somebody else may differ without a consequence.
    assert found == check_bundle(json.dumps(bundle).encode(), *KEYS)
    assert key == "proof"


def test_other_keys_do_not_speak_for_an_attestation(bundle: Any) -> None:
    body = json.dumps(bundle).encode()
    for keys in ((ADA.verifiers, KEYS[1]), (KEYS[0], DORA.verifiers), (KEYS[1], KEYS[0])):
        with pytest.raises(VerificationError):
            check_bundle(body, *keys)
    for junk in (b"", b"{}", b"[1]", b'{"format": "x"}', body[:-40]):
        with pytest.raises(VerificationError):
            check_bundle(junk, *KEYS)


def test_the_export_is_cyclonedx_by_its_public_schema(bundle: Any) -> None:
    schemas = resources.files("cyclonedx") / "schema" / "_res"
    found = {
        name: json.loads((schemas / file).read_text(encoding="utf-8"))
        for name, file in (
            ("bom", "bom-1.6.SNAPSHOT.schema.json"),
            ("spdx", "spdx.SNAPSHOT.schema.json"),
            ("jsf", "jsf-0.82.SNAPSHOT.schema.json"),
        )
    }
    base = "http://cyclonedx.org/schema/"
    pairs = [
        (base + "spdx.SNAPSHOT.schema.json", found["spdx"]),
        (base + "jsf-0.82.SNAPSHOT.schema.json", found["jsf"]),
    ]
    validator = jsonschema_rs.validator_for(
        found["bom"], registry=jsonschema_rs.Registry(pairs), validate_formats=False
    )
    from gardefou.orders import Bundle  # noqa: PLC0415 - used here alone

    made = declarations(msgspec.convert(bundle, Bundle), register(ORDER).orders["cease-northwind"])
    plain = json.loads(msgspec.json.encode(made))
    assert [e.message for e in validator.iter_errors(plain)] == []
    assert plain["declarations"]["claims"][0]["counterEvidence"] == ["use-1"]
    plain["declarations"]["targets"] = 3
    assert not validator.is_valid(plain)


def test_a_draft_names_what_nobody_knows_and_invents_nothing() -> None:
    found = counted(record(system="desk"))
    party = PARTY | {"identifiers": {"cage": "1ABC2"}}
    known = register(party | {"id": "n"}, ORDER)
    (draft,) = drafts(known, "cease-northwind", found, "3bd", {"contract_number": "c-9"})
    assert draft.fields["vendor_cage"] == "1ABC2"
    assert draft.fields["contract_number"] == "c-9"
    assert draft.missing == ("order_number", "vendor_uei", "mitigation")
    assert len(draft.fields) == 11
    (second,) = drafts(known, "cease-northwind", found, "10bd", {})
    assert set(second.missing) == set(second.fields)
    with pytest.raises(UsageError, match="no field"):
        drafts(known, "cease-northwind", found, "10bd", {"vendor_cage": "x"})


def test_the_end_of_an_order_gives_a_plan_to_restore() -> None:
    known = register(ORDER, waiver())
    plan = restore_plan(known, "cease-northwind", counted(record(verdict="deny")), AT)
    assert [(step.what, step.subject) for step in plan] == [
        ("restore access", "northwind/northwind/northwind-large"),
        ("close waiver", "translation-desk"),
    ]


def test_a_draft_order_is_tried_on_the_past_with_its_fallback() -> None:
    plan = {
        "instrument": "fallback", "format": 1, "id": "plan", "version": 1, "title": "Instead",
        "models": ["northwind-.*"], "targets": [{"developer": "contoso", "model": "contoso-large"}],
        "approved_by": "dora",
    }  # fmt: skip
    past = [Past(action_of(record()), is_whole=False)] * 3
    past += [Past(action_of(record(vendor="contoso", model="contoso-large")), is_whole=True)]
    found = dry_run(past, register(order(fallback="plan"), plan), AT)
    assert (found.actions, found.stopped, found.partial) == (4, 3, 3)
    assert [(b.calls, b.application, b.fallback) for b in found.broken] == [
        (3, "letters", "plan; contoso/contoso-large")
    ]
    assert dry_run(past, register(phased()), AT).stopped == 0


def test_a_notice_reaches_every_tier_and_silence_is_unknown() -> None:
    us = PARTY | {"id": "us", "vendors": []}
    first = us | {"id": "first", "supplies": [{"to": "us", "contract": "c-1", "tier": 1}]}
    second = us | {"id": "second", "supplies": [{"to": "first", "contract": "c-2", "tier": 2}]}
    known = register(ORDER, us, first, second)
    made = notices(known, "cease-northwind", "us", "2027-04-01T00:00:00Z")
    assert [(n.party, n.tier) for n in made] == [("first", 1), ("second", 2)]
    assert "developer northwind" in made[0].text
    party = known.parties.by_id["second"]
    assert standing(party, "cease-northwind") == "unknown"
    with pytest.raises(UsageError, match="was sent no notice"):
        answered(party, "cease-northwind", "not_in_use", "2027-03-02T00:00:00Z")
    asked = noticed(
        party, made[1], "cease-northwind", "2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z"
    )
    assert standing(asked, "cease-northwind") == "unknown"
    done = answered(asked, "cease-northwind", "not_in_use", "2027-03-02T00:00:00Z")
    assert (standing(done, "cease-northwind"), done.version) == ("not_in_use", 3)
    with pytest.raises(UsageError, match="no party"):
        notices(known, "cease-northwind", "nobody", "2027-04-01T00:00:00Z")


def test_a_designation_reaches_those_who_deal_with_its_party() -> None:
    us = PARTY | {"id": "us", "vendors": []}
    dealer = us | {"id": "dealer", "supplies": [{"to": "us", "contract": "c", "tier": 1}]}
    seller = PARTY | {"id": "seller", "supplies": [{"to": "dealer", "contract": "d", "tier": 2}]}
    listed = {
        "instrument": "designation", "format": 1, "id": "d-1", "version": 1, "title": "Listing",
        "party": "seller", "basis": {"id": "act-7", "citation": "Act 7"}, "issued_by": "Council",
        "effective_at": "2027-03-01T00:00:00Z",
    }  # fmt: skip
    parties = register(us, dealer, seller, listed).parties
    assert parties.reached_by(parties.designations["d-1"]) == ("dealer", "us")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("named", {"seller"}),
        ("controlled", {"seller", "child"}),
        ("successors", {"seller", "child", "heir"}),
    ],
)
def test_affiliates_follow_the_rule_of_the_designation(rule: str, expected: set[str]) -> None:
    seller = PARTY | {"id": "seller", "vendors": ["seller"]}
    child = PARTY | {"id": "child", "vendors": ["child"], "parent": "seller"}
    heir = PARTY | {"id": "heir", "vendors": ["heir"], "successor_of": "child"}
    listed = {
        "instrument": "designation", "format": 1, "id": "d-1", "version": 1, "title": "Listing",
        "party": "seller", "basis": {"id": "act-7", "citation": "Act 7"}, "issued_by": "Council",
        "effective_at": "2027-03-01T00:00:00Z", "affiliates": rule,
    }  # fmt: skip
    found = register(
        seller, child, heir, listed, order(subjects=[{"party": "seller"}], designations=["d-1"])
    )
    reached = {
        vendor
        for vendor in ("seller", "child", "heir")
        if found.judge(action_of(record(vendor=vendor, model=f"{vendor}-large")), AT).bites
    }
    assert reached == expected
