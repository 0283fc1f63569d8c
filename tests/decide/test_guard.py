"""The rules of a decision, by their numbers in `gardefou.decide._guard`, and the laws behind them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gardefou.action import Action, Autonomy, Principal
from gardefou.constitution import Constitution, load
from gardefou.constitution.catalogue import Catalogue, Parameter, Tool
from gardefou.decide import Decision, Grant, Guard, Session, explanation
from gardefou.verdict import Verdict

FRONT = """---
constitution: Office of Examples
version: 1
language: 1
unlisted: {unlisted}
currency: EUR
organisation: {{domains: [office.example]}}
roles: {{desk: [ada, ben, cleo], vault: [dora, emil]}}
---

"""
MONEY = """## Article 1. Money {#money}

Small payments pass.

```article
kind: default
on: effect pays
hold:
  - when: args.amount.over("100.00 EUR")
    quorum: {desk: 1}
    decide_by: 30m
  - when: args.amount.over("1000.00 EUR")
    quorum: {desk: 2, vault: 1}
deny:
  - when: args.amount.over("10000.00 EUR")
```
"""
FORCE = """## Article 2. Force {#force}

A person decides.

```article
kind: red_line
on: effect uses_force
deny:
  - when: '!action.autonomy.supervised'
  - when: has(args.quantity) && args.quantity > 3.0
```
"""
READS = """## Article 3. Reading {#reading}

Reading passes.

```article
kind: default
on: effect reads
```
"""

PAY = Tool(
    name="pay",
    schema={
        "type": "object",
        "properties": {"to": {"type": "string"}, "sum": {"type": "number"}},
        "required": ["sum"],
    },
    effects=("pays",),
    parameters={
        "to": Parameter(role="recipients", type="party"),
        "sum": Parameter(role="amount", type="money"),
    },
    labelled_by="person",
    confidence=1.0,
)
PAY_ABROAD = Tool(
    name="pay_abroad",
    schema={"type": "object", "properties": {"sum": {}, "currency": {"type": "string"}}},
    effects=("pays",),
    parameters={"sum": Parameter(role="amount", type="money")},
    labelled_by="person",
    confidence=1.0,
)
LOOK = Tool(name="look", effects=("reads",), labelled_by="person", confidence=1.0)
LOOK_AND_PAY = Tool(
    name="look_and_delete", effects=("reads", "deletes"), labelled_by="person", confidence=1.0
)
FIRE = Tool(
    name="fire",
    schema={"type": "object", "properties": {"rounds": {"type": "number"}}},
    effects=("uses_force",),
    parameters={"rounds": Parameter(role="quantity", type="number")},
    labelled_by="person",
    confidence=1.0,
)
UNKNOWN = Tool(name="frobnicate")
TOOLS = Catalogue(tools={t.name: t for t in (PAY, PAY_ABROAD, LOOK, LOOK_AND_PAY, FIRE, UNKNOWN)})


def law(*articles: str, unlisted: str = "hold") -> Constitution:
    return load(FRONT.format(unlisted=unlisted) + "\n".join(articles), file="law.md")


def judge(
    constitution: Constitution,
    tool: str,
    arguments: dict[str, Any] | None = None,
    *,
    grants: tuple[Grant, ...] = (),
    supervised: bool = False,
    kind: Any = "tool.call",
) -> tuple[Decision, str]:
    guard = Guard(constitution, TOOLS)
    session = guard.session(grants=grants)
    action = Action(
        kind=kind, tool=tool, arguments=arguments or {}, autonomy=Autonomy(supervised=supervised)
    )
    labelled = guard.label(action, session, 0)
    decision = guard.decide(labelled, session, 0)
    return decision, explanation(guard, labelled, decision).sentence


@pytest.mark.parametrize(
    ("amount", "verdict"),
    [(99, Verdict.ALLOW), (100, Verdict.ALLOW), (100.01, Verdict.HOLD), (20_000, Verdict.DENY)],
)
def test_rule_1_verdicts_combine_by_maximum(amount: float, verdict: Verdict) -> None:
    """Law 1."""
    assert judge(law(MONEY), "pay", {"sum": amount})[0].verdict is verdict


def test_rule_2_a_rule_that_cannot_be_evaluated_holds() -> None:
    """Law 2: an amount in another currency cannot be compared."""
    decision, sentence = judge(law(MONEY), "pay_abroad", {"sum": 1, "currency": "USD"})
    assert decision.verdict is Verdict.HOLD
    assert {ground.cause for ground in decision.grounds} == {"unevaluable"}
    assert "cannot be compared" in sentence


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"sum": "many"}, "schema.type"),
        ({"sum": float("nan")}, "json.not_finite"),
        ({"sum": 1, "also": 2}, "ingress.unknown_argument"),
        ({}, "schema.required"),
    ],
)
def test_rule_3_what_has_no_typed_form_is_held(arguments: dict[str, Any], code: str) -> None:
    """Law 2: no rule sees such arguments, so none can say that they are harmless."""
    decision, _ = judge(law(MONEY), "pay", arguments)
    assert decision.verdict is Verdict.HOLD
    assert [ground.cause for ground in decision.grounds] == ["refused"]
    assert decision.grounds[0].code


def test_rule_3_what_has_no_typed_form_is_denied_under_a_red_line() -> None:
    """Law 2: inside the scope of a red line, doubt denies."""
    decision, _ = judge(law(FORCE), "fire", {"rounds": "three"}, supervised=True)
    assert decision.verdict is Verdict.DENY
    assert decision.red_line


@pytest.mark.parametrize("unlisted", ["hold", "deny"])
def test_rule_4_every_effect_needs_an_article(unlisted: str) -> None:
    """Law 2: an article on one effect of a tool does not list the other."""
    decision, sentence = judge(law(READS, unlisted=unlisted), "look_and_delete")
    assert decision.verdict is Verdict.parse(unlisted)
    assert "no article speaks of effect deletes" in sentence


@pytest.mark.parametrize("tool", ["frobnicate", "never_heard_of"])
def test_rule_4_a_tool_that_nobody_labelled_is_unlisted(tool: str) -> None:
    """Law 2."""
    decision, sentence = judge(law(READS), tool)
    assert decision.verdict is Verdict.HOLD
    assert "nobody has said what the tool" in sentence


def test_rule_4_a_kind_that_no_article_addresses_is_unlisted() -> None:
    """Law 2: model requests are not silently let through."""
    assert judge(law(READS), "", kind="model.request")[0].verdict is Verdict.HOLD


def test_rule_4_a_result_has_not_the_effects_of_its_call() -> None:
    """A payment that was made is not decided again when its result comes in."""
    talk = "## Article 4. Talk {#talk}\n\nIt passes.\n\n```article\nkind: default\non: kind tool.result\n```\n"
    for tool in ("pay", "fire"):
        decision, _ = judge(law(MONEY, FORCE, talk), tool, kind="tool.result")
        assert (decision.verdict, decision.articles) == (Verdict.ALLOW, ("talk",))


def test_rule_4_an_article_on_anything_lists_nothing() -> None:
    """Law 2: a rule on everything tightens; it does not say that anything was thought of."""
    wide = '## Article 9. Night {#night}\n\nx\n\n```article\nkind: default\non: anything\ndeny:\n  - when: action.purpose == "night"\n```\n'
    assert judge(law(wide), "look")[0].verdict is Verdict.HOLD


def test_rule_5_a_grant_lets_pass_what_a_default_would_hold() -> None:
    grant = Grant(id="g", tools=("pay",))
    assert judge(law(MONEY), "pay", {"sum": 500}, grants=(grant,))[0].verdict is Verdict.ALLOW


def test_rule_5_a_grant_lifts_no_deny() -> None:
    """Law 1."""
    grant = Grant(id="g", tools=("pay",))
    assert judge(law(MONEY), "pay", {"sum": 20_000}, grants=(grant,))[0].verdict is Verdict.DENY


def test_rule_5_a_grant_lifts_no_red_line_and_no_entrenched_article() -> None:
    """Law 1."""
    grant = Grant(id="g", tools=("fire", "pay"))
    assert judge(law(FORCE), "fire", {}, grants=(grant,))[0].verdict is Verdict.DENY
    entrenched = MONEY.replace("kind: default", "kind: entrenched")
    assert judge(law(entrenched), "pay", {"sum": 500}, grants=(grant,))[0].verdict is Verdict.HOLD


def test_rule_6_an_action_outside_the_grants_is_held() -> None:
    grant = Grant(id="g", tools=("look",))
    decision, sentence = judge(law(MONEY, READS), "pay", {"sum": 1}, grants=(grant,))
    assert decision.verdict is Verdict.HOLD
    assert "outside what the task was granted" in sentence
    assert judge(law(MONEY, READS), "look", grants=(grant,))[0].verdict is Verdict.ALLOW


def test_rule_7_several_holds_need_all_their_quorums() -> None:
    decision, _ = judge(law(MONEY), "pay", {"sum": 5000})
    assert decision.hold is not None
    assert decision.hold.quorum == {"desk": 2, "vault": 1}
    assert decision.hold.decide_by_s == 30 * 60
    assert decision.hold.kind == "supervision"


WAITING = """## Article 5. Waiting {#waiting}

Two holds with terms of their own.

```article
kind: entrenched
on: effect pays
hold:
  - quorum: {desk: 1}
    decide_by: 4h
    use_by: 1h
    escalate_after: 10m
    escalate_to: {vault: 1}
    denials: 2
  - when: args.amount.over("1000.00 EUR")
    quorum: {desk: 2}
    decide_by: 8h
    use_by: 2h
    escalate_after: 20m
    denials: 3
```
"""


def test_rule_7_several_holds_escalate_to_what_meets_each_of_them() -> None:
    decision, _ = judge(law(WAITING), "pay", {"sum": 5000})
    assert decision.hold is not None
    assert decision.hold.quorum == {"desk": 2}
    assert decision.hold.escalate_to == {"vault": 1, "desk": 2}
    assert (decision.hold.decide_by_s, decision.hold.use_by_s) == (4 * 3600, 3600)
    assert (decision.hold.escalate_after_s, decision.hold.denials) == (600, 2)


def test_rule_7_consent_never_satisfies_supervision() -> None:
    """Law 6: a user's yes is not a supervisor's."""
    consent = """## Article 4. Asking {#asking}

x

```article
kind: default
on: effect pays
hold:
  - when: args.amount.over("50.00 EUR")
    consent: true
```
"""
    small, _ = judge(law(MONEY, consent), "pay", {"sum": 60})
    large, _ = judge(law(MONEY, consent), "pay", {"sum": 600})
    assert small.hold is not None
    assert small.hold.kind == "user_consent"
    assert large.hold is not None
    assert large.hold.kind == "supervision"


def test_a_decision_names_articles_and_digests() -> None:
    constitution = law(MONEY)
    decision, sentence = judge(constitution, "pay", {"sum": 500})
    assert decision.constitution == constitution.digest
    assert decision.catalogue == TOOLS.digest()
    assert decision.articles == ("money",)
    assert "500.00 EUR" in sentence
    assert "100.00 EUR" in sentence


def test_the_same_question_gets_the_same_answer() -> None:
    """Law 3: a guard that has decided other things decides as a fresh one."""
    constitution = law(MONEY, FORCE, READS)
    guard = Guard(constitution, TOOLS)
    session = guard.session()
    for amount in (1, 500, 5000, 50_000, 1):
        action = Action(tool="pay", arguments={"sum": amount})
        used = guard.decide(guard.label(action, session, 7), session, 7)
        fresh = Guard(constitution, TOOLS)
        other = fresh.session()
        assert fresh.decide(fresh.label(action, other, 7), other, 7) == used


def test_a_prepared_guard_decides_as_one_that_is_not() -> None:
    """Law 3: getting ready changes no answer."""
    constitution = law(MONEY, FORCE, READS)
    for tool in sorted(TOOLS.tools):
        action = Action(tool=tool, arguments={"sum": 500} if tool == "pay" else {})
        answers = []
        for ready in (False, True):
            guard = Guard(constitution, TOOLS)
            if ready:
                guard.prepare()
            session = guard.session()
            answers.append(guard.decide(guard.label(action, session, 7), session, 7))
        assert answers[0] == answers[1]


articles = st.lists(st.sampled_from([MONEY, FORCE, READS]), unique=True)
arguments = st.dictionaries(
    st.sampled_from(["sum", "to", "currency", "rounds"]),
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(TOOLS.tools)),
    arguments,
    st.booleans(),
    st.lists(st.sampled_from([MONEY, FORCE]), unique=True),
)
def test_a_further_rule_only_tightens(
    tool: str, values: dict[str, Any], supervised: bool, more: list[str]
) -> None:
    """Law 1: what a rule adds to an addressed action can only make it stricter."""
    base = law(_addressing())
    stricter = law(_addressing(), *more)
    before, _ = judge(base, tool, values, supervised=supervised)
    after, _ = judge(stricter, tool, values, supervised=supervised)
    assert after.verdict >= before.verdict


def _addressing() -> str:
    effects = ", ".join(f"effect {e}" for e in ("pays", "uses_force", "reads", "deletes"))
    return f"## Article 8. All {{#all}}\n\nx\n\n```article\nkind: default\non: [{effects}]\n```\n"


def test_facts_count_what_was_executed_and_nothing_else() -> None:
    """Law 3: a refused action leaves no trace in the facts."""
    text = """## Article 1. Often {#often}

x

```facts
paid: {kind: count, on: effect pays, window: 24h}
```

```article
kind: default
on: effect pays
deny:
  - when: facts.paid >= 2
```
"""
    guard = Guard(law(text), TOOLS)
    session = guard.session()
    verdicts = []
    for second, execute in enumerate((False, True, False, True, True)):
        labelled = guard.label(Action(tool="pay", arguments={"sum": 1}), session, second)
        decision = guard.decide(labelled, session, second)
        verdicts.append(decision.verdict)
        if execute:
            guard.executed(labelled, session, second)
    assert verdicts == [Verdict.ALLOW] * 4 + [Verdict.DENY]


def test_facts_of_a_tenant_are_shared_by_its_sessions_only() -> None:
    text = """## Article 1. Often {#often}

x

```facts
paid: {kind: count, on: effect pays, window: 24h, scope: tenant}
```

```article
kind: default
on: effect pays
deny:
  - when: facts.paid >= 1
```
"""
    guard = Guard(law(text), TOOLS)
    book = guard.book()

    def once(session: Session, tenant: str) -> Verdict:
        action = Action(tool="pay", arguments={"sum": 1}, principal=Principal(tenant=tenant))
        labelled = guard.label(action, session, 5)
        decision = guard.decide(labelled, session, 5)
        guard.executed(labelled, session, 5)
        return decision.verdict

    assert once(guard.session(book), "north") is Verdict.ALLOW
    assert once(guard.session(book), "north") is Verdict.DENY
    assert once(guard.session(book), "south") is Verdict.ALLOW


def test_an_equality_leads_to_its_rule_and_past_the_others() -> None:
    """A bucket changes where a rule is looked for, never what it says."""
    rules = "\n".join(
        f'  - when: action.vendor == "v{i}" && args.amount.over("{i}.00 EUR")' for i in range(1, 40)
    )
    text = f"## Article 1. Many {{#many}}\n\nx\n\n```article\nkind: default\non: effect pays\ndeny:\n{rules}\n```\n"
    guard = Guard(law(text), TOOLS)
    session = guard.session()
    for i in range(1, 40):
        for amount, verdict in ((i, Verdict.ALLOW), (i + 1, Verdict.DENY)):
            action = Action(tool="pay", arguments={"sum": amount}, vendor=f"v{i}")
            assert guard.decide(guard.label(action, session, 0), session, 0).verdict is verdict
    action = Action(tool="pay", arguments={"sum": 10**6}, vendor="other")
    assert guard.decide(guard.label(action, session, 0), session, 0).verdict is Verdict.ALLOW
