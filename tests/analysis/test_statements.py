"""What an author says must always hold is proved, or broken by an action that the guard decides."""

from __future__ import annotations

import pytest

from gardefou.analysis import Verified, replay, verify
from gardefou.analysis._case import strength
from gardefou.constitution import load
from gardefou.constitution.catalogue import Catalogue, Parameter, Tool
from gardefou.decide import Guard

HEAD = """---
constitution: Test
version: 1
language: 1
currency: EUR
organisation: {domains: [ministry.example]}
roles: {treasurer: [dora, erik], watch: [alice]}
---

"""


def tool(name: str, effect: str, **roles: str) -> Tool:
    return Tool(
        name=name,
        schema={"type": "object", "properties": {role: {"type": "string"} for role in roles}},
        effects=(effect,),
        parameters={role: Parameter(role=role, type=type_) for role, type_ in roles.items()},
        labelled_by="person",
    )


TOOLS = (
    tool("mail", "sends_outside", recipients="party"),
    tool("export", "collects_personal_data", persons="person"),
    tool("lookup", "reads_secrets", targets="text"),
    tool("clear", "weakens_security"),
    tool("pay", "pays", amount="money"),
)


def verified(text: str) -> tuple[Guard, Verified]:
    catalogue = Catalogue(tools={t.name: t for t in TOOLS})
    guard = Guard(load(HEAD + text, catalogue=catalogue), catalogue)
    return guard, verify(guard)[0]


def article(number: int, block: str) -> str:
    return f"## Article {number}. Title {{#a{number}}}\n\nProse.\n\n```article\n{block}\n```\n\n"


LARGE = """```property
name: two treasurers
on: effect pays
when: args.amount.over("1000.00 EUR")
must: hold
quorum: {treasurer: 2}
```

"""
HOLD = 'kind: default\non: effect pays\nhold:\n  - when: args.amount.over("%s EUR")\n    quorum: {treasurer: %d}\n    lifted_by_grant: false'
EXFIL = """```property
name: nothing leaves after a secret
on: effect sends_outside
when: '!args.recipients.all(r, r.inside)'
must: deny
after: {on: effect reads_secrets}
```

"""
SENDS = "kind: red_line\non: effect sends_outside\ndeny:\n  - when: facts.seen && !args.recipients.all(r, r.inside)"
REST = article(
    7,
    "kind: default\non: [effect reads_secrets, effect weakens_security, effect collects_personal_data]",
)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (LARGE + article(1, HOLD % ("1000.00", 2)), "proved"),
        (LARGE + article(1, HOLD % ("500.00", 2)), "proved"),
        (LARGE + article(1, HOLD % ("1000.00", 1)), "broken"),
        (LARGE + article(1, HOLD % ("2000.00", 2)), "broken"),
        (
            LARGE
            + article(
                1,
                (HOLD % ("1000.00", 2)).replace(
                    "    lifted_by_grant: false", "    lifted_by_grant: true"
                ),
            ),
            "broken",
        ),
        (
            LARGE
            + article(
                1, "kind: red_line\non: effect pays\ndeny:\n  - when: args.amount.minor > 50000"
            ),
            "proved",
        ),
        (
            EXFIL
            + "```facts\nseen: {kind: once, on: effect reads_secrets}\n```\n\n"
            + article(1, SENDS)
            + REST,
            "proved",
        ),
        (
            EXFIL
            + "```facts\nseen: {kind: once, on: effect collects_personal_data}\n```\n\n"
            + article(1, SENDS)
            + REST,
            "broken",
        ),
        (
            EXFIL
            + "```facts\nseen: {kind: since, on: effect reads_secrets, reset: {on: effect weakens_security}}\n```\n\n"
            + article(1, SENDS)
            + REST,
            "broken",
        ),
        (
            EXFIL
            + "```facts\nseen: {kind: since, on: effect reads_secrets, reset: {on: effect uses_force}}\n```\n\n"
            + article(1, SENDS)
            + article(2, "kind: red_line\non: effect uses_force\ndeny: always")
            + REST,
            "proved",
        ),
        (EXFIL + article(1, "kind: red_line\non: effect reads_secrets\ndeny: always"), "proved"),
    ],
)
def test_a_property_is_proved_or_broken(text: str, verdict: str) -> None:
    """Laws 1 and 8: also over histories, of any length where it is proved."""
    guard, answer = verified(text)
    if answer.verdict == "unknown" and verdict == "broken":
        pytest.fail(answer.sentence)
    assert answer.verdict == verdict, answer.sentence
    if verdict == "broken":
        assert answer.case is not None
        found = strength(guard, replay(guard, answer.case), red_lines=False)
        assert found.verdict.word != "deny"


def test_the_history_that_breaks_a_property_is_told() -> None:
    text = (
        EXFIL
        + "```facts\nseen: {kind: since, on: effect reads_secrets, reset: {on: effect weakens_security}}\n```\n\n"
    )
    _, answer = verified(text + article(1, SENDS) + REST)
    assert answer.case is not None
    assert [step.action.tool for step in answer.case.executed] == ["lookup", "clear"]
    assert answer.case.action.tool == "mail"
