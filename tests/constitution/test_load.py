"""A constitution that loads says exactly what its author wrote."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from constitution_texts import FRONT, RED, article, document
from hypothesis import given
from hypothesis import strategies as st

from gardefou.action import Action
from gardefou.constitution import Constitution, Rule, Selector, load, overview, standard
from gardefou.constitution._quorum import persons_short
from gardefou.constitution.catalogue import Catalogue, Tool
from gardefou.constitution.catalogue.types import Money
from gardefou.constitution.facts import Executed, FactBook, Keys
from gardefou.decide._generate import generate
from gardefou.errors import LoadError
from gardefou.verdict import Verdict

SKETCH = """\
---
constitution: Ministry of Examples
version: 3
language: 1
unlisted: hold
roles: {watch: [alice, bob, carol], treasurer: [dora, erik]}
---

# Constitution of the Ministry of Examples

## Article 1. No mass surveillance {#no-mass-surveillance}

The AI is never used to watch, profile or trace people in bulk.
Looking up one person for a stated case is not bulk.

```article
kind: red_line
on: effect collects_personal_data
deny:
  - when: args.persons.size() > 20
  - when: facts.persons_24h > 100
```

```facts
persons_24h: {kind: distinct, on: effect collects_personal_data, of: args.persons, window: 24h}
```

## Article 2. A person decides on force {#human-decides-force}

Nobody is hurt by a machine alone.

```article
kind: red_line
on: effect uses_force
deny:
  - when: '!action.autonomy.supervised'
hold:
  - quorum: {watch: 2}
```

## Article 7. Money that leaves {#payments}

Above 1,000 EUR a treasurer agrees.

```article
kind: default
on: effect pays
hold:
  - when: args.amount.over("1000.00 EUR")
    quorum: {treasurer: 1}
  - when: '!origin.recipients.trusted'
    quorum: {treasurer: 1}
```
"""


def only_rule(rules: str, front: str = FRONT, catalogue: Catalogue | None = None) -> Rule:
    loaded = load(document(article(rules), front), catalogue=catalogue)
    (rule,) = loaded.articles[0].rules
    return rule


def test_the_sketch_of_the_design_loads_as_written() -> None:
    loaded = load(SKETCH, file="ministry.md")
    assert (loaded.name, loaded.version, loaded.language) == ("Ministry of Examples", 3, 1)
    assert loaded.unlisted is Verdict.HOLD
    assert loaded.roles["watch"] == ("alice", "bob", "carol")
    assert [a.id for a in loaded.articles] == [
        "no-mass-surveillance",
        "human-decides-force",
        "payments",
    ]
    force = loaded.article("human-decides-force")
    assert (force.number, force.title, force.kind, force.layer) == (
        "2",
        "A person decides on force",
        "red_line",
        "operator",
    )
    assert force.on == (Selector("effect", "uses_force"),)
    deny, hold = force.rules
    assert (deny.index, deny.verdict, deny.when) == (1, Verdict.DENY, "!action.autonomy.supervised")
    assert (hold.index, hold.verdict, hold.condition) == (2, Verdict.HOLD, None)
    assert hold.quorum == {"watch": 2}
    assert not hold.lifted_by_grant
    assert (force.file, force.line) == ("ministry.md", 28)
    assert loaded.warnings == ()


def test_prose_is_kept_without_the_rules() -> None:
    loaded = load(SKETCH)
    assert loaded.prose_for(["payments", "no-mass-surveillance"]) == (
        "## Article 1. No mass surveillance\n\n"
        "The AI is never used to watch, profile or trace people in bulk.\n"
        "Looking up one person for a stated case is not bulk.\n\n"
        "## Article 7. Money that leaves\n\n"
        "Above 1,000 EUR a treasurer agrees."
    )
    assert loaded.documents[0].preamble == "# Constitution of the Ministry of Examples"
    with pytest.raises(KeyError):
        loaded.prose_for(["nothing"])


def test_a_fenced_text_is_prose() -> None:
    text = document(RED.replace("with care.", "so:\n\n```text\n## not a heading\n```"))
    assert "## not a heading" in load(text).articles[0].prose


def test_the_standard_constitution_loads() -> None:
    loaded = standard()
    assert all(article.layer == "issuer" for article in loaded.articles)
    assert {"no-mass-surveillance", "human-decides-force"} <= {
        a.id for a in loaded.articles if a.kind == "red_line"
    }


def test_a_path_is_read_and_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_bytes(document().encode())
    assert load(path) == load(document(), file="mine.md")


def test_windows_line_ends_change_nothing() -> None:
    text = document()
    assert load(text.replace("\n", "\r\n").encode()) == load(text)


@pytest.mark.parametrize("word", ["on", "off", "no", "yes", "n", "null_", "1_000", "012", "12:30"])
def test_the_surprises_of_old_yaml_are_plain_text(word: str) -> None:
    loaded = load(document(f"```sets\nwords: [{word}, x]\n```\n\n{RED}"))
    assert loaded.sets["words"] == (word, "x")


def test_a_hold_takes_the_terms_of_its_block_and_its_own_first() -> None:
    text = document(
        article(
            "kind: default\non: effect pays\nquorum: {watch: 2}\ndecide_by: 1h30m\nuse_by: 1d\n"
            "hold:\n"
            "  - when: intent.prompted\n"
            "  - quorum: {chiefs: 1}\n    decide_by: 90s\n    escalate_after: 1m\n"
            "  - consent: true\n    lifted_by_grant: false"
        )
    )
    first, second, third = load(text).articles[0].rules
    assert (first.quorum, first.decide_by_s, first.use_by_s) == ({"watch": 2}, 5400, 86_400)
    assert (second.quorum, second.decide_by_s, second.escalate_after_s) == ({"chiefs": 1}, 90, 60)
    assert (third.quorum, third.consent, third.lifted_by_grant) == ({}, True, False)
    assert first.lifted_by_grant


@pytest.mark.parametrize(
    ("kind", "lifted"), [("default", True), ("entrenched", False), ("red_line", False)]
)
def test_a_grant_lifts_the_holds_of_defaults_unless_said_otherwise(kind: str, lifted: bool) -> None:
    rule = only_rule(f"kind: {kind}\non: effect pays\nhold:\n  - quorum: {{watch: 1}}")
    assert rule.lifted_by_grant is lifted


@pytest.mark.parametrize(
    "rules", ["deny: always", "deny: [always]", "deny:\n  - when: true", "deny:\n  when: 'true'"]
)
def test_a_rule_without_a_condition_always_applies(rules: str) -> None:
    rule = only_rule(f"kind: default\non: effect pays\n{rules}")
    assert rule.verdict is Verdict.DENY
    assert rule.condition is None or (rule.condition.op, rule.condition.value) == ("literal", True)


def test_blocks_of_one_article_keep_their_own_selectors() -> None:
    second = "\n```article\nkind: red_line\non: effect deletes\ndeny: always\n```\n"
    (loaded,) = load(document(RED + second)).articles
    assert loaded.on == (Selector("effect", "pays"), Selector("effect", "deletes"))
    assert [(r.index, r.on) for r in loaded.rules] == [
        (1, (Selector("effect", "pays"),)),
        (2, (Selector("effect", "deletes"),)),
    ]


def test_declarations_may_stand_anywhere_in_the_document() -> None:
    text = document(
        RED.replace(
            'args.amount.over("1000.00 EUR")', "defs.far && args.case in sets.cases"
        ).replace("defs.far", "has(args.case) && defs.far")
        + "\n```sets\ncases: [a, b]\n```\n\n```definitions\nfar: facts.n > 2\n```\n"
        + "\n```facts\nn: {kind: count, on: effect pays}\n```\n"
    )
    loaded = load(text)
    assert loaded.warnings == ()
    assert loaded.sets == {"cases": ("a", "b")}
    assert loaded.facts[0].name == "n"


def test_a_condition_on_a_tool_reads_the_tools_own_parameters() -> None:
    tool = Tool(
        name="mail.send",
        schema={"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]},
        effects=("sends_outside",),
    )
    catalogue = Catalogue(tools={"mail.send": tool})
    rule = only_rule(
        'kind: default\non: tool mail.*\ndeny:\n  - when: args.to == "x"', catalogue=catalogue
    )
    assert rule.on_tools
    assert rule.condition is not None


def test_a_condition_on_a_tool_that_needs_no_parameters_needs_no_catalogue() -> None:
    rule = only_rule("kind: default\non: tool mail.*\ndeny:\n  - when: intent.prompted")
    assert rule.condition is not None


@pytest.mark.parametrize(
    ("on", "addresses"),
    [
        ("effect pays", True),
        ("tool x", True),
        ("kind model.request", True),
        ("kind tool.call", False),
        ("vendor acme", False),
        ("anything", False),
    ],
)
def test_a_wide_selector_does_not_speak_of_an_action(on: str, addresses: bool) -> None:
    """Law 2: a rule on anything tightens, and leaves the unlisted unlisted."""
    loaded = load(document(article(f"kind: default\non: {on}\ndeny:\n  - when: intent.prompted")))
    assert bool(loaded.articles[0].addresses) is addresses


@pytest.mark.parametrize(
    ("selector", "matched"),
    [
        (Selector("effect", "pays"), True),
        (Selector("effect", "deletes"), False),
        (Selector("tool", "bank.pay"), True),
        (Selector("tool", "bank.*"), True),
        (Selector("tool", "bank"), False),
        (Selector("tool", "bank.p"), False),
        (Selector("kind", "tool.call"), True),
        (Selector("kind", "tool.result"), False),
        (Selector("vendor", "acme"), True),
        (Selector("vendor", "acm"), False),
        (Selector("anything"), True),
    ],
)
def test_a_selector_matches_what_it_names(selector: Selector, matched: bool) -> None:
    found = selector.matches(
        kind="tool.call", tool="bank.pay", vendor="acme", effects=frozenset({"pays"})
    )
    assert found is matched


def digest_of(text: str) -> str:
    return load(text).digest


def test_the_digest_changes_with_all_that_decides_or_is_read() -> None:
    changes = [
        ("over", "at_least"),
        ("Money leaves with care.", "Money leaves."),
        ("Payments {", "Paying {"),
        ("kind: red_line", "kind: entrenched"),
        ("effect pays", "effect commits"),
        ("alice, bob", "alice, dora"),
        ("version: 1", "version: 2"),
        ("EUR\n", "USD\n"),
        ("# Constitution\n", "# Charter\n"),
    ]
    whole = document(RED.replace("args.amount", "has(args.amount) && args.amount"))
    digests = [digest_of(whole)]
    for old, new in changes:
        assert old in whole
        digests.append(digest_of(whole.replace(old, new)))
    assert len(set(digests)) == len(digests)


def test_the_digest_does_not_change_with_the_layout() -> None:
    plain = document()
    for other in (
        plain.replace("red_line", "'red_line'"),
        plain.replace("kind: red_line\n", "# a remark\nkind:   red_line\n"),
        plain.replace("```article", "```article  "),
        plain.replace("\n\nMoney", "\n\n\n\nMoney"),
        plain.replace("[alice]", "['alice']"),
        plain.replace("roles: ", "sets: {}\nroles: "),
    ):
        assert digest_of(other) == digest_of(plain)


def test_two_ways_to_fold_a_condition_are_told_apart_when_they_mean_different_things() -> None:
    """A comment ends with its line: folding the line would swallow what follows."""
    one = "deny:\n  - when: >-\n      intent.asked // x\n      && intent.prompted"
    two = "deny:\n  - when: intent.asked // x && intent.prompted"
    head = "kind: default\non: effect pays\n"
    texts = [document(article(head + rules)) for rules in (one, two)]
    conditions = [load(text).articles[0].rules[0].condition for text in texts]
    assert conditions[0] != conditions[1]
    assert digest_of(texts[0]) != digest_of(texts[1])


def test_an_open_role_is_a_warning_and_unread_declarations_are_too() -> None:
    text = document(
        "```sets\ns: [a]\n```\n\n```definitions\nd: intent.asked\n```\n\n"
        "```facts\nf: {kind: once, on: effect pays}\n```\n\n"
        + article("kind: default\non: effect pays\nhold:\n  - quorum: {nobody: 1}")
    )
    assert [w.code for w in load(text).warnings] == [
        "set.unused",
        "definition.unused",
        "fact.unused",
        "quorum.open",
    ]


def test_a_fact_that_may_over_count_is_a_warning_where_it_loosens_a_default() -> None:
    """Law 1: an approximation may tighten and not loosen; in a red line it is a mistake."""
    head = "```facts\nf: {kind: count, on: effect pays, window: 1h}\n```\n\n"

    def warned(condition: str) -> list[str]:
        rules = f"kind: default\non: effect pays\ndeny:\n  - when: '{condition}'"
        return [w.code for w in load(document(head + article(rules))).warnings]

    for safe in ("facts.f > 2", "2 <= facts.f", "!(facts.f < 2)", "3 - facts.f < 1"):
        assert warned(safe) == [], safe
    for loose in (
        "facts.f < 2",
        "2 >= facts.f",
        "!(facts.f > 2)",
        "facts.f == 2",
        "1 - facts.f > 0",
    ):
        assert warned(loose) == ["fact.direction"], loose


people = st.sampled_from("abcde")


@given(
    st.dictionaries(st.sampled_from(["r", "s", "t"]), st.lists(people, unique=True, max_size=4)),
    st.dictionaries(st.sampled_from(["r", "s", "t"]), st.integers(1, 3), min_size=1),
)
def test_a_quorum_is_possible_when_hall_says_so(
    roles: dict[str, list[str]], quorum: dict[str, int]
) -> None:
    """Hall's theorem: any group of roles needs no more persons than its members are together."""
    short = 0
    for size in range(1, len(quorum) + 1):
        for group in combinations(quorum, size):
            members = {person for role in group for person in roles.get(role, ())}
            short = max(short, sum(quorum[role] for role in group) - len(members))
    assert persons_short(quorum, roles) == short


def test_one_person_with_two_roles_counts_once() -> None:
    rules = "kind: default\non: effect pays\nhold:\n  - quorum: {{chiefs: 1, watch: {n}}}"
    load(document(article(rules.format(n=2))))
    with pytest.raises(LoadError) as caught:
        load(document(article(rules.format(n=3))))
    assert [p.code for p in caught.value.problems] == ["quorum.impossible"]


def test_the_overview_says_what_is_covered_and_what_is_not() -> None:
    """Law 10: a promise is written with its limit beside it."""
    catalogue = Catalogue(
        tools={
            name: Tool(name=name, effects=effects)
            for name, effects in {"pay": ("pays",), "zap": ("deletes",), "odd": ()}.items()
        }
    )
    found = overview(load(SKETCH, catalogue=catalogue), catalogue)
    assert found.articles == {"red_line": 2, "entrenched": 0, "default": 1, "guideline": 0}
    assert found.rules == 6
    assert "deletes" in found.unaddressed
    assert "pays" not in found.unaddressed
    assert found.unaddressed_tools == ("odd", "zap")
    assert found.facts == (
        "persons_24h: distinct of args.persons in 1d per session, on effect collects_personal_data",
    )
    assert found.covers[1].does == (
        "denies when !action.autonomy.supervised",
        "holds for 2 of watch always",
    )
    assert found.covers[2].does[0] == (
        'holds for 1 of treasurer when args.amount.over("1000.00 EUR"); a grant lets it pass'
    )


def test_a_constitution_cannot_be_changed() -> None:
    loaded: Constitution = load(document())
    with pytest.raises(AttributeError):
        loaded.unlisted = Verdict.ALLOW  # type: ignore[misc]
    with pytest.raises(AttributeError):
        loaded.articles[0].kind = "default"  # type: ignore[misc]


def test_beside_an_effect_another_selector_guarantees_no_role() -> None:
    """Law 2: a value that may be absent is tested before it is read."""
    rules = 'kind: default\non: {on}\ndeny:\n  - when: args.amount.over("1.00 EUR")'
    load(document(article(rules.format(on="effect pays"))))
    for on in ("[effect pays, effect commits]", "[effect pays, kind model.request]", "anything"):
        with pytest.raises(LoadError) as caught:
            load(document(article(rules.format(on=on))))
        assert [p.code for p in caught.value.problems] == ["conditions.unguarded"]


def test_facts_are_declared_as_written_and_remember_so() -> None:
    text = document(
        "```facts\n"
        "large: {kind: sum, on: effect pays, of: args.amount, when: 'args.amount.over(\"5.00 EUR\")',"
        " window: 1d, scope: tenant, reset: {on: kind model.request, when: action.case != ''}}\n"
        "```\n\n"
        + article('kind: default\non: effect pays\ndeny:\n  - when: facts.large.over("20.00 EUR")')
    )
    (fact,) = load(text).facts
    assert (fact.kind, fact.of, fact.currency) == ("sum", "args.amount", "EUR")
    assert (fact.window_s, fact.scope) == (86_400, "tenant")
    assert fact.reset is not None
    assert fact.reset.on == (Selector("kind", "model.request"),)
    book = FactBook([fact], generate)
    pay = Tool(name="pay", effects=("pays",))
    for at, (minor, kind, case) in enumerate(
        [
            (900, "tool.call", ""),
            (500, "tool.call", ""),
            (700, "tool.call", ""),
            (0, "model.request", ""),
        ]
    ):
        action = Action(kind=kind, tool="pay", case=case)
        roles = {"amount": Money(minor=minor, currency="EUR")}
        env = {"action": action, "principal": action.principal, "roles": roles, "args": {}}
        tool = pay if kind == "tool.call" else None
        book.update(Executed.of(action, tool, env, is_typed=True), at)
    assert book.read(9, Keys.of(Action()))["large"] == Money(minor=1600, currency="EUR")
    reset = Action(kind="model.request", case="B-7")
    env = {"action": reset, "principal": reset.principal, "roles": {}, "args": {}}
    book.update(Executed.of(reset, None, env, is_typed=True), 10)
    assert book.read(11, Keys.of(Action()))["large"] == Money(minor=0, currency="EUR")


def test_a_fact_on_tools_reads_their_own_parameters() -> None:
    tool = Tool(
        name="crm.find",
        schema={
            "type": "object",
            "properties": {"names": {"type": "array", "items": {"type": "string"}}},
        },
    )
    text = document(
        "```facts\nfound: {kind: distinct, on: tool crm.*, of: args.names}\n```\n\n"
        + article("kind: default\non: tool crm.*\ndeny:\n  - when: facts.found > 2")
    )
    (fact,) = load(text, catalogue=Catalogue(tools={"crm.find": tool})).facts
    assert fact.on_tools
    book = FactBook([fact], generate)
    action = Action(tool="crm.find")
    env = {"action": action, "roles": {}, "args": {"names": ["a", "b", "a"]}}
    book.update(Executed.of(action, tool, env, is_typed=True), 0)
    assert book.read(0, Keys.of(action)) == {"found": 2}
