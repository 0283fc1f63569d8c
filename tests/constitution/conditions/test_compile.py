from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gardefou.constitution.catalogue import Parameter, Tool
from gardefou.constitution.conditions import (
    DURATION,
    INT,
    TIMESTAMP,
    Definition,
    Field,
    Node,
    Vocabulary,
    compile_condition,
    domain_type,
    from_json,
    to_json,
    vocabulary,
)
from gardefou.errors import LoadError, Problem, UsageError

PAYS = vocabulary(
    effects=["pays"],
    facts={
        "paid_24h": Field(domain_type("money")),
        "calls": Field(INT),
        "since_login": Field(DURATION, optional=True),
    },
    sets={"partners": ["a.example", "b.example"]},
    definitions={
        "large": Definition('args.amount.over("10 EUR")', "base.md", 3, 9),
        "loop": Definition("defs.pool"),
        "pool": Definition("defs.loop"),
        "broken": Definition("args.amont == 1", "base.md", 7, 9),
        "unguarded": Definition('args.case == "x"'),
        "count": Definition("args.persons.size()"),
    },
)

MAIL = Tool(
    name="mail.send",
    schema={
        "type": "object",
        "required": ["to", "priority", "envelope"],
        "properties": {
            "to": {"type": "array", "items": {"type": "string"}},
            "priority": {"type": "string", "enum": ["low", "high"]},
            "retries": {"type": "integer"},
            "user_id": {"type": "string"},
            "userId": {"type": "string"},
            "reply-to": {"type": "string"},
            "in": {"type": "string"},
            "matrix": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
            "blob": {},
            "envelope": {
                "type": "object",
                "required": ["sender"],
                "properties": {
                    "sender": {"type": "string"},
                    "bounce": {"type": "string"},
                    "parts": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"name": {"type": "string"}, "size": {"type": "number"}},
                        },
                    },
                },
            },
        },
    },
    effects=("sends_outside",),
    parameters={
        "to[]": Parameter(role="recipients", type="party", required=True),
        "envelope.sender": Parameter(role="other", type="party"),
        "retries": Parameter(role="limit", type="integer"),
    },
)


def problems(
    text: str, vocab: Vocabulary = PAYS, *, line: int = 1, column: int = 1
) -> tuple[Problem, ...]:
    with pytest.raises(LoadError) as caught:
        compile_condition(text, vocab, file="c.md", line=line, column=column)
    assert caught.value.problems
    return caught.value.problems


def codes(text: str, vocab: Vocabulary = PAYS) -> list[str]:
    return [problem.code.removeprefix("conditions.") for problem in problems(text, vocab)]


GOOD = [
    "true",
    'args.amount.over("1000.00 EUR")',
    'args.amount.at_least("5 JPY") && args.amount.currency == "JPY"',
    "args.amount.minor + 1 > 2 * facts.calls",
    "args.recipients.exists(r, !(r.site in sets.partners))",
    'args.recipients.all(r, r.kind == "email" && r.inside)',
    "args.recipients.exists_one(r, r.lookalike)",
    'has(args.case) && args.case.matches("^C-[0-9]+$")',
    '!has(args.case) || args.case.startsWith("C-")',
    'has(args.case) ? args.case.size() > 3 : action.purpose != ""',
    '!(!has(args.case) || args.case == "x")',
    "has(args.at) && args.at < now",
    'has(args.at) && args.at - now > duration("36h")',
    "now > timestamp('2026-01-31T12:00:00+01:00')",
    "now.getHours() >= 18 || now.getDayOfWeek() in [0, 6]",
    'has(facts.since_login) && facts.since_login > duration("1h30m")',
    '!origin.recipients.trusted && origin.amount.source == "tool"',
    'tool.effects.exists(e, e in ["pays", "commits"])',
    '"pays" in tool.effects',
    'args.paths.all(p, p.within("/srv/reports") && p.suffix == ".pdf")',
    'has(args.command) && (args.command.opaque || "rm" in args.command.programs)',
    'has(args.query) && args.query.verbs.exists(v, v == "DELETE")',
    'args.content.exists(c, c.lowerAscii().contains("é"))',
    "has(args.quantity) && args.quantity > 5.0 && args.quantity < 1e6",
    "defs.large && !intent.asked",
    "defs.count > 20",
    "has(args.case) && defs.unguarded",
    "action.autonomy.supervised || principal.on_behalf_of.size() == 0",
    "[1, 2, 3].exists(n, n == facts.calls)",
    "-facts.calls < 3 // a comment\n  && true",
    'principal.user + "@example.org" in principal.on_behalf_of',
]


@pytest.mark.parametrize("text", GOOD)
def test_what_the_language_allows_compiles_and_survives_storage(text: str) -> None:
    node = compile_condition(text, PAYS)
    assert isinstance(node, Node)
    assert node.type.kind == "bool"
    assert from_json(to_json(node)) == node


BAD = [
    # text, code, column, words in the problem
    ("args.amunt == 1", "unknown_field", 6, ("`amunt`", "args", "did you mean `amount`?")),
    ("facts.payed", "unknown_field", 7, ("fact", "one of `calls`")),
    ("amount", "unknown_name", 1, ("`amount`", "did you mean `args.amount`?")),
    ("origins.amount.trusted", "unknown_name", 1, ("did you mean `origin`?",)),
    ("args.recipients.exists(r, r.sight == 'x')", "unknown_field", 29, ("party", "`site`")),
    ("'x' in sets.partner", "unknown_field", 13, ("set", "did you mean `partners`?")),
    ("defs.larg", "unknown_field", 6, ("definition", "did you mean `large`?")),
    ("true && args.amount.ovr('1 EUR')", "unknown_function", 21, ("did you mean `over`?",)),
    ("lowerAscii('a') == 'a'", "unknown_function", 1, ("value.lowerAscii",)),
    ("args.amount > 1000", "type", 13, ("money, int", '.over("1000.00 EUR")')),
    ("args.amount.over(1000)", "type", 13, ("1000.00 EUR",)),
    ("facts.calls > 5.0", "type", 13, ("int, double", "decimal point")),
    ("facts.calls == '5'", "type", 13, ("int, string", "same type")),
    ("facts.calls && true", "type", 13, ("bool",)),
    ("true ? 1 : 'a'", "type", 6, ("same type",)),
    ("1 in sets.partners", "type", 3, ("a list of values",)),
    ("'a' in args.recipients", "type", 5, ("exists",)),
    ("facts.calls.exists(c, true)", "type", 1, ("over a list",)),
    ("args.recipients.exists(r, r == 'x')", "type", 29, ("`.value`",)),
    ("facts.calls", "not_bool", 1, ("int", "bool")),
    ("'x'", "not_bool", 1, ("string",)),
    ("args.case == 'x'", "unguarded", 1, ("`args.case`", "has(args.case)")),
    ("has(args.case) || args.case == 'x'", "unguarded", 19, ("can be absent",)),
    ("facts.since_login > duration('1h')", "unguarded", 1, ("facts.since_login",)),
    ("args.persons.exists(p, has(args.case)) && args.case == 'x'", "unguarded", 43, ()),
    ("defs.unguarded", "unguarded", 1, ("args.case",)),
    ("has(args.recipients)", "has_on_list", 5, ("size() > 0",)),
    ("args.amount.over('1000 euros')", "money", 18, ("`1000 euros`", "1000.00 EUR")),
    ("args.amount.over('10.123 EUR')", "money", 18, ()),
    ("args.amount.over('10 XXX')", "money", 18, ()),
    ("args.amount.over('-1 EUR')", "money", 18, ()),
    ("args.amount.over('1.5 JPY')", "money", 18, ()),
    ("args.amount.over(principal.user)", "outside", 18, ("literal",)),
    ("args.paths.all(p, p.within('../x'))", "folder", 28, ("/srv/reports",)),
    ("args.paths.all(p, p.within('~/x'))", "folder", 28, ()),
    ("now > timestamp('yesterday')", "timestamp", 17, ("RFC 3339",)),
    ("now > timestamp('2026-02-30T00:00:00Z')", "timestamp", 17, ()),
    ("now > timestamp()", "type", 7, ()),
    ("now - now > duration('1h', 2)", "type", 13, ()),
    ("'a'.matches()", "type", 5, ()),
    ("args.amount.over()", "type", 13, ()),
    ("now - now > duration('1 day')", "duration", 22, ("`24h`",)),
    ("principal.user.matches('(')", "regex", 24, ("RE2",)),
    (r"principal.user.matches('(a)\\1')", "regex", 24, ("back-references",)),
    ("principal.user.matches(principal.agent)", "outside", 24, ("literal",)),
    ("origin.amount.source == 'tol'", "value", 22, ("never `tol`", "did you mean `tool`?")),
    ("action.kind in ['tool.call', 'x']", "value", 13, ("never `x`",)),
    ("args.persons.map(p, p.ref).size() > 1", "outside", 17, ("`map`", "exists")),
    ("args.persons.filter(p, true).size() > 1", "outside", 20, ("`filter`",)),
    ("args.persons[0].ref == 'x'", "outside", 13, ("index",)),
    ("facts.calls / 2 > 1", "outside", 13, ("`/`", "multiple")),
    ("facts.calls % 2 == 1", "outside", 13, ("`%`",)),
    ("facts.calls * facts.calls > 1", "outside", 13, ("product",)),
    ("has(args.quantity) && args.quantity + 1.0 > 2.0", "outside", 37, ("minor units",)),
    ("null == null", "outside", 1, ("null", "has(")),
    ("1u == 1u", "outside", 1, ("uint",)),
    ("b'a' == b'a'", "outside", 1, ("bytes",)),
    ("{'a': 1} == {'a': 1}", "outside", 1, ("map",)),
    ("dyn(1) == 1", "outside", 4, ("`dyn`",)),
    ("type(1) == int", "outside", 5, ("`type`",)),
    ("int('1') == 1", "outside", 4, ("`int`",)),
    ("string(1) == '1'", "outside", 7, ("`string`",)),
    ("1e999 > 1.0", "outside", 1, ("infinite",)),
    ("args.amount == args.amount", "outside", 13, ("whole values of type money",)),
    ("args.content == args.filter", "outside", 14, ("list<string>",)),
    ("now.getHours('Europe/Paris') > 1", "outside", 1, ("UTC",)),
    ("99999999999999999999 > 1", "literal", 1, ("as text",)),
    ("true &&", "syntax", 8, ("ends too early",)),
    ("(true", "syntax", 6, ("missing",)),
    ("a = b", "syntax", 3, ()),
    ("args.in == 'x'", "syntax", 6, ()),
    ("", "syntax", 1, ()),
    ("tr\x00ue", "character", 3, ("U+0000",)),
    ("'\ud800' == ''", "character", 2, ("U+D800",)),
    ("true || " * 2000 + "true", "size", 1, ("8000",)),
    ("(" * 40 + "true" + ")" * 40, "depth", 1, ("32",)),
    ("1" + "+1" * 100 + " == 1", "depth", 1, ()),
    ("args.persons.exists(args, true)", "shadowed", 20, ("`args`",)),
    ("args.persons.exists(p, args.persons.all(p, true))", "shadowed", 40, ("`p`",)),
    (
        "args.persons.all(a, args.persons.all(b, args.persons.all(c, true)))",
        "quantifiers",
        57,
        ("at most 2",),
    ),
    ("defs.loop", "definition", 1, ("made of itself",)),
    ("defs.broken", "definition", 1, ("base.md:7:14", "did you mean `amount`?")),
]


@pytest.mark.parametrize(("text", "code", "column", "words"), BAD, ids=[row[0][:40] for row in BAD])
def test_a_mistake_is_named_with_its_place_and_a_way_out(
    text: str, code: str, column: int, words: tuple[str, ...]
) -> None:
    found = problems(text)
    assert found[0].code == f"conditions.{code}", found
    assert (found[0].file, found[0].line, found[0].column) == ("c.md", 1, column), found[0]
    for word in words:
        assert word in str(found[0]), found[0]
    for problem in found:
        assert problem.help or problem.expected or problem.found, problem
        assert "\n" not in problem.message + problem.found + problem.expected, problem
        assert not problem.message.endswith("."), problem
        assert "gardefou.m" not in str(problem), problem


@pytest.mark.parametrize(
    "text",
    [
        "(has(args.case) || true) && args.case == 'x'",
        "!(has(args.case) || intent.asked) || args.case == 'x'",
        "!has(args.case) && args.case == 'x'",
        "has(args.case) ? true : args.case == 'x'",
        "(has(args.case) ? true : true) && args.case == 'x'",
        "args.case == 'x' && has(args.case)",
        "has(args.purpose) && args.case == 'x'",
        "(has(args.case) == true) && args.case == 'x'",
        "args.persons.all(p, has(args.case)) && args.case == 'x'",
        "!(!has(args.case) && intent.asked) && args.case == 'x'",
    ],
)
def test_a_guard_that_proves_nothing_guards_nothing(text: str) -> None:
    assert codes(text) == ["unguarded"]


def test_every_mistake_of_a_text_is_reported_at_once() -> None:
    text = (
        "args.amunt == 1 && foo(1) && args.amount.over('1 zz')\n"
        "&& args.persons.map(p, p.ref).size() > 0 && principal.user.matches('(')"
    )
    assert codes(text) == ["unknown_field", "unknown_function", "money", "outside", "regex"]
    guards = "args.case == 'x' && args.purpose == 'y'"
    assert codes(guards) == ["unguarded", "unguarded"]


def test_places_are_those_of_the_document() -> None:
    found = problems("true &&\n  args.nope ||\nargs.none", line=40, column=9)
    assert [(p.line, p.column) for p in found] == [(41, 16), (42, 14)]
    assert [(p.line, p.column) for p in problems("'é漢\U0001f600' == args.none")] == [(1, 15)]


def test_a_node_knows_its_place() -> None:
    node = compile_condition("true &&\n  facts.calls > 3", PAYS, line=10, column=5)
    assert (node.args[1].line, node.args[1].column) == (11, 7)


def test_a_role_is_optional_unless_every_effect_guarantees_it() -> None:
    text = 'args.amount.over("1 EUR")'
    compile_condition(text, vocabulary(effects=["pays"]))
    assert codes(text, vocabulary(effects=["pays", "commits"])) == ["unguarded"]
    assert codes(text, vocabulary()) == ["unguarded"]


def test_an_unknown_effect_is_the_callers_mistake() -> None:
    with pytest.raises(UsageError) as caught:
        vocabulary(effects=["flies"])
    assert caught.value.code == "conditions.unknown_effect"


def test_the_parameters_of_a_tool_are_typed_by_schema_and_catalogue() -> None:
    vocab = vocabulary(tools=[MAIL])
    for text in (
        'args.to.exists(p, p.site != "a.example")',
        'args.priority == "high" && args.user_id_is_absent_is_no_field',
        'args.envelope.sender.kind == "email"',
        'args.envelope.parts.exists(p, has(p.name) && p.name.endsWith(".exe"))',
        "args.envelope.parts.exists(p, has(p.size) && p.size > 1.0)",
        "has(args.retries) && args.retries > 3 && roles.recipients.size() > 1",
        "has(args.user_id) && has(args.userId) && args.user_id != args.userId",
        "args.matrix.size() > 1 && has(args.blob)",
    ):
        if "no_field" in text:
            assert codes(text, vocab) == ["unknown_field"]
        else:
            compile_condition(text, vocab)
    assert codes('args.priority == "hihg"', vocab) == ["value"]
    assert codes("args.retries > 3", vocab) == ["unguarded"]
    assert codes("args.envelope.bounce == 'x'", vocab) == ["unguarded"]
    assert codes("args.blob == 'x'", vocab) == ["type"]
    assert "hidden_field" in codes("args.`reply-to` == 'x'", vocab) + codes(
        "args.reply-to == 'x'", vocab
    )
    assert codes("args.reply-to == 'x'", vocab)[0] == "hidden_field"


def test_several_tools_share_what_has_one_type() -> None:
    first = Tool(name="a", schema={"properties": {"x": {"type": "string"}}, "required": ["x"]})
    second = Tool(
        name="b",
        schema={
            "properties": {"x": {"type": "string"}, "y": {"type": "integer"}},
            "required": ["x", "y"],
        },
    )
    third = Tool(name="c", schema={"properties": {"x": {"type": "integer"}}})
    compile_condition(
        "args.x == 'a' && has(args.y) && args.y > 1", vocabulary(tools=[first, second])
    )
    assert codes("args.y > 1", vocabulary(tools=[first, second])) == ["unguarded"]
    assert codes("has(args.x)", vocabulary(tools=[first, third])) == ["hidden_field"]


def test_a_schema_that_cannot_be_typed_leaves_its_parameters_opaque() -> None:
    odd = Tool(
        name="odd",
        schema={
            "properties": {
                "a": True,
                "b": {"type": ["string", "null"]},
                "c": {"type": ["string", "integer"]},
                "d": {"type": 7},
                "e": {"type": "array", "items": False},
                "f": {"enum": [1, "x"]},
            },
            "required": "a",
        },
    )
    vocab = vocabulary(tools=[odd])
    compile_condition("has(args.b) && args.b == 'x' && has(args.c) && args.e.size() > 1", vocab)
    assert codes("has(args.c) && args.c == 'x'", vocab) == ["type"]


def test_definitions_are_put_in_where_they_stand() -> None:
    inlined = compile_condition("defs.large", PAYS)
    assert inlined.op == "over"
    assert compile_condition("!defs.large", PAYS).args[0] == inlined
    assert "defs" not in to_json(inlined).decode()


def test_a_set_carries_its_members_into_the_tree() -> None:
    node = compile_condition("'a.example' in sets.partners", PAYS)
    assert [arg.value for arg in node.args[1].args] == ["a.example", "b.example"]


def test_a_vocabulary_has_a_digest_that_changes_with_any_name() -> None:
    digests = {
        vocabulary(effects=["pays"]).digest(),
        vocabulary(effects=["commits"]).digest(),
        vocabulary(effects=["pays"], sets={"a": ["x"]}).digest(),
        vocabulary(effects=["pays"], sets={"a": ["y"]}).digest(),
        vocabulary(effects=["pays"], facts={"a": Field(TIMESTAMP)}).digest(),
        vocabulary(tools=[MAIL]).digest(),
    }
    assert len(digests) == 6
    assert vocabulary(effects=["pays"]).digest() in digests


@settings(max_examples=300)
@given(st.text())
def test_any_text_compiles_or_is_a_load_error(text: str) -> None:
    """Law 2: no text of a condition leads to another exception."""
    with contextlib.suppress(LoadError):
        compile_condition(text, PAYS)


def test_literals_and_sets_are_in_the_form_that_values_have() -> None:
    """Law 2: an accent that is written in another way does not slip past a rule."""
    composed, apart = "é", "e\u0301"
    vocab = vocabulary(sets={"names": [apart]})
    literal = compile_condition(f"action.purpose == '{apart}'", vocab).args[1]
    pattern = compile_condition(f"action.purpose.matches('{apart}')", vocab).args[1]
    member = compile_condition("action.purpose in sets.names", vocab).args[1].args[0]
    assert [literal.value, pattern.value, member.value] == [composed] * 3


def test_definitions_cannot_grow_a_condition_without_bound() -> None:
    grown = {"d0": Definition("facts.calls > 1")}
    for number in range(1, 14):
        grown[f"d{number}"] = Definition(f"(defs.d{number - 1} || !defs.d{number - 1}) == true")
    vocab = vocabulary(facts={"calls": Field(INT)}, definitions=grown)
    compile_condition("defs.d5", vocab)
    assert codes("defs.d13", vocab) == ["definition"]
    long = {"a": Definition(" || ".join(["facts.calls > 1"] * 300))}
    vocab = vocabulary(facts={"calls": Field(INT)}, definitions=long)
    compile_condition("defs.a && defs.a", vocab)
    assert codes(" && ".join(["defs.a"] * 9), vocab) == ["depth"]
