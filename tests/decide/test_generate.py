from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from gardefou.action import Action, Autonomy, Principal
from gardefou.constitution.catalogue.types import (
    Money,
    parse_parties,
    parse_path,
    parse_shell,
    parse_sql,
)
from gardefou.constitution.conditions import (
    BOOL,
    INT,
    STRING,
    STRUCTS,
    Field,
    Node,
    Type,
    compile_condition,
    domain_type,
    vocabulary,
)
from gardefou.decide._evaluate import UNKNOWN, evaluate
from gardefou.decide._generate import generate
from gardefou.decide._primitives import civil, compiled
from gardefou.decide.origins._model import Intent, Origin
from gardefou.errors import UsageError

VOCABULARY = vocabulary(
    effects=["pays"],
    facts={"calls": Field(INT), "paid": Field(domain_type("money"))},
    sets={"partners": ["a.example"]},
)


def environment(**roles: Any) -> dict[str, Any]:
    action = Action(
        tool="pay",
        purpose="rent",
        principal=Principal(user="ann"),
        autonomy=Autonomy(supervised=True),
    )
    return {
        "action": action,
        "principal": action.principal,
        "roles": {
            "amount": Money(minor=250_000, currency="EUR"),
            "recipients": parse_parties("x@a.example, y@b.example"),
            **roles,
        },
        "origin": {"recipients": Origin(source="tool", trusted=False)},
        "intent": Intent(asked=True),
        "facts": {"calls": 3, "paid": Money(minor=0, currency="EUR")},
        "tool": {"name": "pay", "labelled": True, "effects": ("pays",)},
        "now": 1_767_225_600_000_000,
    }


def outcome(text: str, env: dict[str, Any]) -> bool | None:
    """Fired, not fired, or None when unevaluable; from both evaluators."""
    node = compile_condition(text, VOCABULARY)
    fired, unevaluable = generate([(4, node)])(env)
    assert len(fired) + len(unevaluable) <= 1
    result = None if unevaluable == [4] else fired == [4]
    slow = evaluate(node, env)
    assert (None if slow is UNKNOWN else slow) is result
    return result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('args.amount.over("2499.99 EUR")', True),
        ('args.amount.over("2500.00 EUR")', False),
        ('args.amount.at_least("2500.00 EUR")', True),
        ('args.recipients.exists(r, r.site == "b.example")', True),
        ("args.recipients.all(r, r.site in sets.partners)", False),
        ('args.recipients.exists_one(r, r.kind == "email")', False),
        ("args.persons.size() == 0 && args.persons.all(p, p.ref == 'x')", True),
        ("origin.recipients.trusted || !intent.asked", False),
        ('action.purpose == "rent" && principal.user == "ann"', True),
        ('action.principal.user == "ann" && action.autonomy.supervised', True),
        ('"pays" in tool.effects && tool.labelled && tool.name == "pay"', True),
        ("now.getFullYear() == 2026 && now.getMonth() == 0 && now.getDate() == 1", True),
        ("now.getDayOfWeek() == 4 && now.getHours() == 0 && now.getMinutes() == 0", True),
        ("9223372036854775807 + facts.calls > 9223372036854775807", True),
        ("has(args.case)", False),
        ("!has(args.case) || args.case == 'x'", True),
        ("(facts.calls > 2 ? args.amount : facts.paid).over('1 EUR')", True),
        ("(facts.calls > 2 ? [1] : [2]).exists(n, n == 1)", True),
    ],
)
def test_a_condition_fires_when_it_is_true(text: str, expected: bool) -> None:
    assert outcome(text, environment()) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('args.amount.over("1000.00 USD")', None),
        ('!args.amount.over("1000.00 USD")', None),
        ('args.amount.at_least("0 USD")', None),
        ('args.amount.over("1 USD") || facts.calls == 3', True),
        ('facts.calls == 3 || args.amount.over("1 USD")', True),
        ('args.amount.over("1 USD") && facts.calls == 4', False),
        ('args.amount.over("1 USD") && facts.calls == 3', None),
        ('args.amount.over("1 USD") ? true : true', None),
        ('[1, 2].exists(n, args.amount.over("1 USD") || n == 2)', True),
        ('[1, 2].all(n, args.amount.over("1 USD") && n == 2)', False),
        ('[1, 2].exists(n, args.amount.over("1 USD") || n == 3)', None),
        ('[1, 2].exists_one(n, args.amount.over("1 USD") || n == 2)', None),
    ],
)
def test_an_amount_in_another_currency_is_neither_over_nor_under(
    text: str, expected: bool | None
) -> None:
    """Law 2: what cannot be compared makes the rule unevaluable, unless the rest decides alone."""
    assert outcome(text, environment()) is expected


@pytest.mark.parametrize(
    "text",
    ['args.amount.over("1 EUR")', "has(args.amount)", "!has(args.amount)", "args.amount.minor > 1"],
)
def test_an_absent_guaranteed_role_makes_a_rule_unevaluable(text: str) -> None:
    """Law 2: what the tool should have sent and did not is never taken for harmless."""
    env = environment()
    del env["roles"]["amount"]
    assert outcome(text, env) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('has(args.command) && args.command.programs.exists(p, p == "rm")', True),
        ('has(args.command) && "rm" in args.command.programs', True),
        ('has(args.command) && args.command.programs.exists(p, p == "curl")', None),
        ('has(args.command) && "curl" in args.command.programs', None),
        ('has(args.command) && !("curl" in args.command.programs)', None),
        ('has(args.command) && args.command.programs.all(p, p == "rm")', None),
        ('has(args.command) && args.command.programs.all(p, p == "ls")', None),
        ('has(args.command) && !args.command.programs.all(p, p == "ls")', True),
        ('has(args.command) && !("rm" in args.command.programs)', None),
        ('has(args.command) && !(!("rm" in args.command.programs))', True),
        ('has(args.command) && !args.command.programs.exists(p, p == "rm")', None),
        ('has(args.command) && ("rm" in args.command.programs) == false', None),
        ('has(args.command) && (("rm" in args.command.programs) ? false : true)', None),
        ('has(args.command) && args.command.programs.exists_one(p, p == "rm")', None),
        ("has(args.command) && args.command.programs.size() > 5", None),
        ('has(args.command) && (args.command.opaque || "x" in args.command.programs)', True),
        ('has(args.command) && !args.command.opaque && "x" in args.command.programs', False),
        ('has(args.query) && args.query.verbs.exists(v, v == "DROP")', None),
        ("has(args.query) && args.query.statements == 0", None),
    ],
)
def test_what_a_command_hides_is_unknown_and_never_absent(text: str, expected: bool | None) -> None:
    """Law 2: a part of a command that could not be read may hold anything."""
    command = parse_shell("rm -rf x; $ANY y")
    query = parse_sql("begin; execute immediate 'x'")
    assert command.opaque
    assert query.opaque
    assert outcome(text, environment(command=command, query=query)) is expected


def test_a_path_without_a_known_place_is_within_nothing_for_sure() -> None:
    """Law 2: such a path makes the rule unevaluable."""
    env = environment(paths=[parse_path("~/x")])
    assert outcome('args.paths.exists(p, p.within("/srv"))', env) is None
    env = environment(paths=[parse_path("/srv/../etc/x"), parse_path("/srv/x")])
    assert outcome('args.paths.all(p, p.within("/srv"))', env) is False
    assert outcome('args.paths.exists(p, p.within("/srv/"))', env) is True


def test_rules_are_reported_by_their_indices_and_none_vanishes() -> None:
    """Law 2: a rule fires, does not fire, or is named as unevaluable."""
    rules = [
        (10, None),
        (3, compile_condition('args.amount.over("1 USD")', VOCABULARY)),
        (7, compile_condition("facts.calls == 3", VOCABULARY)),
        (8, compile_condition("facts.calls == 4", VOCABULARY)),
        (9, compile_condition("true", VOCABULARY)),
    ]
    assert generate(rules)(environment()) == ([10, 7, 9], [3])
    assert generate(rules)({}) == ([10, 9], [3, 7, 8])
    assert generate([])(environment()) == ([], [])


def test_the_function_keeps_nothing_between_calls() -> None:
    """Law 3: same in, same out."""
    function = generate([(1, compile_condition("facts.calls == 3", VOCABULARY))])
    env = environment()
    for _ in range(3):
        assert function(env) == ([1], [])
        assert function({}) == ([], [1])


ROOT = Node("root", Type("record", "facts"), value="facts")


@pytest.mark.parametrize(
    "node",
    [
        Node("import", BOOL),
        Node("root", Type("record", "facts"), value="__builtins__"),
        Node("bound", BOOL, value="x"),
        Node("literal", BOOL, value=None),
        Node("literal", BOOL, value=[1]),
        Node("literal", Type("double"), value=float("inf")),
        Node("field", BOOL, (Node("root", Type("struct", "intent"), value="intent"),), "__class__"),
        Node("field", BOOL, (Node("root", Type("domain", "money"), value="facts"),), "over"),
        Node("field", BOOL, (Node("root", Type("domain", "nothing"), value="facts"),), "minor"),
    ],
)
def test_a_tree_that_the_loader_did_not_make_is_refused(node: Node) -> None:
    with pytest.raises(UsageError) as caught:
        generate([(0, node)])
    assert caught.value.code == "decide.tree"


def test_a_hostile_field_name_stays_a_key() -> None:
    field = Node("field", BOOL, (ROOT,), "x'] or open('/x') or r_facts['")
    assert generate([(0, field)])(environment()) == ([], [0])


@settings(max_examples=300)
@given(st.text())
def test_a_hostile_text_stays_a_literal(text: str) -> None:
    node = Node("eq", BOOL, (Node("literal", STRING, value=text),) * 2)
    assert generate([(0, node)])({}) == ([0], [])


def test_patterns_are_searched_in_linear_time() -> None:
    text = 'has(args.case) && args.case.matches("^(a+)+$")'
    assert outcome(text, environment(case="a" * 50_000 + "b")) is False
    assert outcome(text, environment(case="a" * 50_000)) is True


@settings(max_examples=500)
@given(
    st.text(st.characters(codec="utf-8")),
    st.sampled_from(["a", "^a", "a$", "^$", ".", "é", r"\d", "(a)(b)?", "", "(?i)É"]),
)
def test_patterns_mean_what_re2_says(text: str, pattern: str) -> None:
    assert compiled(pattern)(text) is (re2.search(pattern, text) is not None)


def test_the_calendar_is_that_of_the_standard_library() -> None:
    start = dt.date(1, 1, 1)
    epoch = dt.date(1970, 1, 1)
    for days in range(0, (dt.date(9999, 12, 31) - start).days, 97):
        day = start + dt.timedelta(days=days)
        at_us = (day - epoch).days * 86_400_000_000
        assert civil(at_us) == (day.year, day.month, day.day)
        assert civil(at_us + 86_399_999_999) == (day.year, day.month, day.day)


def test_two_loops_over_long_lists_are_unevaluable() -> None:
    """Law 2: a call cannot keep the guard busy; what takes too long tightens."""
    nested = "args.targets.exists(t, args.filter.exists(f, f == t))"
    many = [str(number) for number in range(1001)]
    node = compile_condition(nested, VOCABULARY)
    assert generate([(0, node)])(environment(targets=many, filter=["x"])) == ([], [])
    assert generate([(0, node)])(environment(targets=many, filter=["5"])) == ([0], [])
    long = environment(targets=many, filter=["x" + text for text in many])
    assert generate([(0, node)])(long) == ([], [0])
    flat = compile_condition("args.targets.all(t, t != 'x')", VOCABULARY)
    assert generate([(0, flat)])(environment(targets=many * 100)) == ([0], [])


def test_unknown_has_no_truth() -> None:
    with pytest.raises(Exception, match="neither true nor false"):
        bool(UNKNOWN)
    assert repr(UNKNOWN) == "UNKNOWN"


def test_the_closed_structs_have_the_declared_attributes() -> None:
    made = {
        "action": Action(),
        "autonomy": Autonomy(),
        "principal": Principal(),
        "intent": Intent(),
        "origin_of_one": Origin(),
    }
    assert set(made) == set(STRUCTS)
    kinds = {"string": str, "bool": bool, "list": tuple}
    for name, value in made.items():
        for field_name, field in STRUCTS[name].fields.items():
            found = getattr(value, field_name)
            assert isinstance(found, kinds.get(field.type.kind, object)), (name, field_name)
