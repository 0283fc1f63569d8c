from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gardefou.action import Action
from gardefou.constitution.catalogue.types import (
    Money,
    parse_parties,
    parse_path,
    parse_shell,
    parse_timestamp,
)
from gardefou.constitution.conditions import (
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    Field,
    compile_condition,
    domain_type,
    list_of,
    vocabulary,
)
from gardefou.decide._explain import Atom, explain, quoted, show
from gardefou.decide.origins._model import Intent, Origin

VOCABULARY = vocabulary(
    effects=["pays"],
    facts={"calls": Field(INT), "paid": Field(domain_type("money")), "since": Field(DURATION)},
    sets={"partners": ["a.example"]},
)

ENV: dict[str, Any] = {
    "action": Action(purpose="rent"),
    "roles": {
        "amount": Money(minor=250_000, currency="EUR"),
        "recipients": parse_parties("x@a.example, y@b.example"),
        "persons": [],
        "paths": [parse_path("/srv/a"), parse_path("~/b")],
        "command": parse_shell("rm -rf x; $ANY y"),
        "secrets": ["hunter2"],
        "targets": ["t1", "t2", "t3", "t4", "t5"],
        "at": parse_timestamp("2026-05-01T09:30:00Z"),
        "quantity": 5,
    },
    "origin": {"recipients": Origin(source="tool", trusted=False)},
    "intent": Intent(asked=True),
    "facts": {"calls": 3, "paid": Money(minor=0, currency="EUR"), "since": 5_400_000_000},
    "now": parse_timestamp("2026-06-01T00:00:00Z"),
}


def atoms(text: str) -> tuple[Atom, ...]:
    return explain(compile_condition(text, VOCABULARY), ENV)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('args.amount.over("1000 EUR")', ["args.amount is 2500.00 EUR, over 1000.00 EUR"]),
        ('args.amount.over("3000 EUR")', ["args.amount is 2500.00 EUR, not over 3000.00 EUR"]),
        ('args.amount.at_least("3000 EUR")', ["args.amount is 2500.00 EUR, less than 3000.00 EUR"]),
        (
            'args.amount.over("1 USD")',
            ["args.amount is 2500.00 EUR, which cannot be compared with 1.00 USD"],
        ),
        ('origin.recipients.source == "tool"', ["origin.recipients.source is `tool`"]),
        ('origin.recipients.source == "user"', ["origin.recipients.source is `tool`, not `user`"]),
        ("!origin.recipients.trusted", ["origin.recipients.trusted is false"]),
        ("has(args.case)", ["args.case is absent"]),
        ("!has(args.case) || args.case == 'x'", ["args.case is absent"]),
        (
            "facts.calls > 2 && facts.calls < 9",
            [
                "facts.calls is 3, more than 2",
                "facts.calls is 3, less than 9",
            ],
        ),
        (
            "facts.calls > 2 && facts.calls > 8 && facts.calls > 9",
            ["facts.calls is 3, not more than 8"],
        ),
        ("facts.calls > 8 || facts.calls == 3 || true", ["facts.calls is 3"]),
        ("5 < facts.calls", ["facts.calls is 3, not more than 5"]),
        ("facts.calls + 1 == 4", ["facts.calls + 1 is 4"]),
        (
            "args.recipients.exists(r, !(r.site in sets.partners))",
            ["args.recipients[1].site is `b.example`, which is not in sets.partners"],
        ),
        (
            "args.recipients.all(r, r.site in sets.partners)",
            ["args.recipients[1].site is `b.example`, which is not in sets.partners"],
        ),
        (
            'args.recipients.exists(r, r.kind == "phone")',
            [
                "args.recipients[0].kind is `email`, not `phone`",
                "args.recipients[1].kind is `email`, not `phone`",
            ],
        ),
        (
            'args.targets.exists(t, t == "t9")',
            [
                "none of the 5 items of args.targets meet the test on each",
                "args.targets[0] is `t1`, not `t9`",
            ],
        ),
        ("args.persons.exists(p, p.ref == 'x')", ["args.persons is empty"]),
        ("args.persons.size() > 20", ["args.persons has 0 items, not more than 20"]),
        ("args.targets.size() >= 5", ["args.targets has 5 items, at least 5"]),
        ("action.purpose.size() == 4", ["action.purpose has 4 characters"]),
        ('action.purpose.startsWith("re")', ["action.purpose is `rent`, which starts with `re`"]),
        ('action.purpose.contains("x")', ["action.purpose is `rent`, which does not contain `x`"]),
        ('action.purpose.matches("^r")', ["action.purpose is `rent`, which matches `^r`"]),
        ('"t1" in args.targets', ["args.targets holds `t1`"]),
        (
            'args.paths.exists(p, p.within("/srv"))',
            ["args.paths[0] is `/srv/a`, which lies within `/srv`"],
        ),
        (
            'args.paths.exists(p, p.within("/etc"))',
            ["args.paths[1] is `~/b`, whose place is not known, so that it may lie within `/etc`"],
        ),
        (
            'has(args.command) && args.command.verbs.exists(v, v == "git push")',
            ["args.command.verbs may hold more than could be read"],
        ),
        (
            'has(args.command) && "git" in args.command.programs',
            ["args.command.programs may hold more than could be read"],
        ),
        (
            "has(args.at) && args.at < now",
            [
                "args.at is present",
                "args.at is 2026-05-01T09:30:00Z, before now (2026-06-01T00:00:00Z)",
            ],
        ),
        ('facts.since > duration("1h")', ["facts.since is 1h30m, more than 1h"]),
        (
            "facts.calls > 2 ? facts.calls == 3 : intent.asked",
            ["facts.calls is 3, more than 2", "facts.calls is 3"],
        ),
        (
            "args.recipients.exists_one(r, r.site == 'a.example')",
            ["args.recipients[0].site is `a.example`"],
        ),
        ("true", []),
    ],
)
def test_the_atoms_say_what_forced_the_result(text: str, words: list[str]) -> None:
    assert [atom.text for atom in atoms(text)] == words


def test_an_atom_is_data_too() -> None:
    (atom,) = atoms('args.amount.over("1000 EUR")')
    assert msgspec.to_builtins(atom) == {
        "text": "args.amount is 2500.00 EUR, over 1000.00 EUR",
        "path": "args.amount",
        "value": "2500.00 EUR",
        "operator": "over",
        "operand": "1000.00 EUR",
    }
    assert [atom.holds for atom in atoms('args.amount.over("1 USD")')] == [None]
    assert [atom.holds for atom in atoms("has(args.case)")] == [False]


def test_secrets_are_never_shown() -> None:
    for text in (
        'args.secrets.exists(s, s == "hunter2x")',
        'args.secrets.exists(s, s.contains("unter2") || s == "x")',
        '"nothing" in args.secrets',
        "args.secrets.exists(s, args.targets.exists(t, t == s))",
        "args.secrets.exists(s, args.targets.exists(t, s == t))",
        "args.secrets.exists(s, s.size() > 3)",
        "args.secrets.exists(s, (s + s).size() > 99)",
    ):
        assert atoms(text)
        assert "hunter2" not in repr(atoms(text)).replace("hunter2x", ""), text


def test_text_from_outside_stays_on_one_line_and_visible() -> None:
    assert quoted("a\nb\tc") == "`a⏎b⇥c`"
    assert quoted("a`b\u202ec\x1b[31m") == r"`a'b\u{202e}c\u{1b}[31m`"
    assert quoted("") == "empty"
    assert len(quoted("x" * 10_000)) < 100
    assert quoted("é漢") == "`é漢`"


def test_values_are_shown_by_their_type() -> None:
    assert show(["a", "b", "c", "d", "e"], list_of(STRING)) == "[`a`, `b`, `c` and 2 more]"
    assert show(0, DURATION) == "0s"
    assert show(-90_000_001, DURATION) == "-1m30s1us"
    assert show(0, TIMESTAMP) == "1970-01-01T00:00:00Z"
    assert show(parse_path("/a"), domain_type("path")) == "`/a`"
    assert show({"a": 1}, domain_type("json")) == "a json"


def test_explaining_never_raises() -> None:
    """Law 2: words that cannot be found do not stop a decision."""
    node = compile_condition("has(args.at) && args.at < now && facts.calls > 1", VOCABULARY)
    for env in ({}, {"roles": {"at": "x"}, "now": object()}, {"roles": {"at": None}, "now": None}):
        assert explain(node, env)
    assert explain(None, {}) == ()
