"""Orders in the decision: they only tighten, name themselves, and are replayed from the record."""

from __future__ import annotations

import json
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_texts import (
    AT,
    BEFORE,
    ORDER,
    call,
    contested,
    order,
    phased,
    register,
    status,
    waiver,
)

from gardefou.action import Action, Principal
from gardefou.constitution import Constitution, load
from gardefou.constitution.catalogue import Catalogue
from gardefou.constitution.facts import Keys
from gardefou.decide import Guard, explanation
from gardefou.errors import LoadError
from gardefou.ledger import create_ledger, make_key, open_keyring, open_ledger, replay
from gardefou.orders import Register, moment
from gardefou.recording import Again, Layer, Recorder
from gardefou.verdict import Verdict

FRONT = """---
constitution: Office of Examples
version: 1
language: 1
unlisted: allow
roles: {{desk: [ada, ben]}}
{more}---

## Article 1. Sealed files {{#sealed}}

Sealed files never go to a model.

```article
kind: red_line
on: kind model.request
deny:
  - when: action.purpose == "sealed"
```

## Article 2. Drafts {{#drafts}}

A person looks at drafts.

```article
kind: default
on: kind model.request
hold:
  - when: action.purpose == "draft"
    quorum: {{desk: 1}}
```
"""


@cache
def law(more: str = "") -> Constitution:
    return load(FRONT.format(more=more))


def guard(*values: dict[str, Any], more: str = "") -> Guard:
    return _guard(json.dumps(values), more)


@cache
def _guard(values: str, more: str) -> Guard:
    found = json.loads(values)
    return Guard(law(more), Catalogue(tools={}), orders=register(*found) if found else None)


def decide(one: Guard, action: Action, at_us: int = AT) -> Any:
    session = one.session()
    return one.decide(one.label(action, session, at_us), session, at_us)


def told(one: Guard, action: Action, at_us: int = AT) -> str:
    session = one.session()
    labelled = one.label(action, session, at_us)
    return explanation(one, labelled, one.decide(labelled, session, at_us)).sentence


def purpose(action: Action, word: str) -> Action:
    return Action(
        kind=action.kind,
        principal=action.principal,
        vendor=action.vendor,
        model=action.model,
        purpose=word,
    )


def test_an_order_in_force_is_a_ground_of_the_decision() -> None:
    found = decide(guard(ORDER), call())
    assert found.verdict is Verdict.DENY
    assert [(g.cause, g.order, g.code) for g in found.grounds] == [
        ("order", "cease-northwind", "order.in_force")
    ]
    assert found.orders == register(ORDER).digest
    assert not found.red_line


def test_the_explanation_names_the_order_its_authority_and_its_basis() -> None:
    assert told(guard(ORDER), call()) == (
        "Denied: `model.request`, because the order `cease-northwind` (`Cease use of Northwind`) "
        "of `Council of Examples` is in force (on basis act-7)."
    )
    assert told(guard(ORDER), call("", model="my-deployment")) == (
        "Held: `model.request`, because nobody can tell whose model it is while the order "
        "`cease-northwind` (`Cease use of Northwind`) of `Council of Examples` is in force "
        "(on basis act-7); it waits for a supervisor."
    )
    stayed = told(guard(contested()), call(tenant="library"), moment("2027-03-20T00:00:00Z"))
    assert "(on basis act-9; basis act-7 not in force here)" in stayed


def test_an_action_that_an_order_lets_pass_says_until_when() -> None:
    found = decide(guard(phased()), call())
    assert found.verdict is Verdict.ALLOW
    assert found.notices[0].until_us == moment("2027-08-31T22:00:00Z")
    assert "the order `cease-northwind` ends this use by its date" in told(guard(phased()), call())


def test_a_register_that_may_be_old_denies_in_words() -> None:
    one = guard(ORDER).under(register(ORDER).unknown())
    assert decide(one, call("contoso")).verdict is Verdict.DENY
    assert "nobody can say which orders are in force now" in told(one, call("contoso"))


def test_an_order_that_holds_asks_for_its_own_quorum() -> None:
    one = guard(order(effect="hold", quorum={"desk": 2}))
    assert decide(one, purpose(call(), "draft")).hold.quorum == {"desk": 2}


@given(
    word=st.sampled_from(["", "draft", "sealed"]),
    vendor=st.sampled_from(["northwind", "contoso", ""]),
    values=st.lists(
        st.sampled_from([ORDER, contested() | {"id": "b"}, phased(id="c", effect="hold")]),
        unique_by=lambda value: value["id"],
    ),
    at=st.sampled_from([BEFORE, AT, moment("2027-12-01T00:00:00Z")]),
)
def test_orders_and_waivers_only_tighten(
    word: str, vendor: str, values: list[dict[str, Any]], at: int
) -> None:
    """Law 1: with orders, waivers and phase-outs, never looser than the constitution alone."""
    bare, action = guard(), purpose(call(vendor, model="m"), word)
    extra = [waiver()] if ORDER in values else []
    with_orders = decide(guard(*values, *extra), action, at) if values else decide(bare, action, at)
    alone = decide(bare, action, at)
    assert with_orders.verdict >= alone.verdict
    assert with_orders.red_line == alone.red_line
    assert set(alone.grounds) <= set(with_orders.grounds)


def test_a_waiver_lifts_no_red_line() -> None:
    """Law 1."""
    action = purpose(call(), "sealed")
    action = Action(
        **{f: getattr(action, f) for f in action.__struct_fields__ if f != "attributes"},
        attributes=call(system="emergency-line").attributes,
    )
    found = decide(guard(ORDER, waiver()), action)
    assert found.verdict is Verdict.DENY
    assert found.red_line
    assert found.notices[0].waiver == "translation-desk"


def test_a_waiver_ends_with_its_last_call_of_the_day() -> None:
    one = guard(ORDER, waiver())
    session, action = one.session(), call(system="emergency-line")
    verdicts = []
    for _ in range(4):
        labelled = one.label(action, session, AT)
        verdicts.append(one.decide(labelled, session, AT).verdict)
        if verdicts[-1] is Verdict.ALLOW:
            one.executed(labelled, session, AT)
    assert verdicts == [Verdict.ALLOW] * 3 + [Verdict.DENY]
    tomorrow = AT + 86_400_000_000
    assert decide(one, action, tomorrow).verdict is Verdict.ALLOW
    copy = one.book()
    copy.restore(session.facts.snapshot())
    assert copy.waived("translation-desk", AT) == 3


PRESS = order(authority=ORDER["authority"] | {"source": "press", "emergency": True})


def test_an_emergency_order_binds_only_under_an_emergency_rule() -> None:
    assert decide(guard(PRESS), call()).verdict is Verdict.ALLOW
    one = guard(PRESS, more="emergency_orders: {review_within: 72h}\n")
    assert decide(one, call()).verdict is Verdict.DENY
    assert one.constitution.emergency_review_s == 72 * 3600


def test_a_constitution_without_an_emergency_rule_keeps_its_digest() -> None:
    """Law 3: old records name old digests."""
    assert law().digest == "sha256:e07b58188da7998ff690930bed39d5edb115731410a3c63c550faef494819079"
    assert law("emergency_orders: {review_within: 1d}\n").digest != law().digest
    with pytest.raises(LoadError, match="review_within"):
        law("emergency_orders: {}\n")


def test_an_action_without_attributes_keeps_its_digest() -> None:
    """Law 3."""
    bare = Action(tool="send_mail", principal=Principal(user="ada"))
    assert (
        bare.digest() == "sha256:e350f34b3943399152f1c3806dfdfc00c49d305a7c4d0f388b6909361d0f24af"
    )
    assert call().digest() != call(system="desk").digest()


def test_recorded_decisions_under_changing_orders_are_replayed(tmp_path: Path) -> None:
    """Law 3: each decision is decided again under the register it names, waivers' calls included."""
    location = str(tmp_path / "log.sqlite")
    key = make_key("log.example/orders", seeds=(bytes(32),))
    create_ledger(location, key)
    ended = order(version=2, status=[*ORDER["status"], status("rescinded", "2027-03-05T00:00:00Z")])
    one = guard(ORDER, waiver())
    with (
        open_ledger(location, key) as ledger,
        closing(open_keyring(location, ledger.origin)) as keyring,
    ):
        recorder = Recorder(ledger, keyring)
        recorder.keep_constitution(one.constitution, [Layer("a.md", FRONT.format(more=""))])
        session = one.session()
        for changed in (
            one,
            one.under(register(ended)),
            one.under(None),
            one.under(one.orders.unknown()),
        ):  # type: ignore[union-attr] # - it has orders
            for action in (call(), call("contoso"), *[call(system="emergency-line")] * 4):
                labelled = changed.label(action, session, AT)
                decision = changed.decide(labelled, session, AT)
                facts = session.facts.read(AT, Keys.of(action))
                recorder(changed, labelled, decision, facts)
                if decision.verdict is Verdict.ALLOW:
                    changed.executed(labelled, session, AT)
        recorder.flush()
        report = replay(ledger.store, keyring, Again(ledger.store))
    assert (report.decisions, report.reproduced, report.differences) == (24, 24, ())


def test_a_guard_under_other_orders_shares_what_it_learnt() -> None:
    one = guard(ORDER)
    other = one.under(Register([]))
    assert decide(other, call()).verdict is Verdict.ALLOW
    assert decide(one, call()).verdict is Verdict.DENY
    assert decide(one.under(None), call()).orders == ""
