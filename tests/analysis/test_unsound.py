"""Five changes that a narrowing check of another project takes for harmless: each is a weakening here.

Source: concepts of the design, section 4.5; there, what the solver could not read or did not answer
was taken for "no difference found", and only the first rule of a tool was compared.
"""

from __future__ import annotations

import pytest

from gardefou.analysis import prove
from gardefou.constitution import load
from gardefou.constitution.catalogue import Catalogue, Parameter, Tool
from gardefou.decide import Guard

HEAD = "---\nconstitution: Test\nversion: 1\nlanguage: 1\ncurrency: EUR\n---\n\n"


def guard(condition: str, schema: dict[str, object]) -> Guard:
    tool = Tool(
        name="transfer",
        schema={"type": "object", "properties": {"account": schema, "amount": {"type": "integer"}}},
        effects=("commits",),
        parameters={"account": Parameter(role="targets", type="text")},
        labelled_by="person",
    )
    catalogue = Catalogue(tools={"transfer": tool})
    block = f"kind: red_line\non: tool transfer\ndeny:\n  - when: '{condition}'\n"
    text = f"{HEAD}## Article 1. Title {{#a}}\n\nProse.\n\n```article\n{block}```\n"
    return Guard(load(text, catalogue=catalogue), catalogue)


TEXT: dict[str, object] = {"type": "string"}
ANCHORED = '!has(args.account) || !args.account.matches("^UK[0-9]{3}$")'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (guard(ANCHORED, TEXT), guard('!has(args.account) || !args.account.matches(".*")', TEXT)),
        (
            guard('!has(args.account) || !args.account.matches("^UK123$")', TEXT),
            guard('!has(args.account) || !args.account.matches("^EVIL$")', TEXT),
        ),
        (
            guard('!has(args.account) || !(args.account in ["UK1", "UK2"])', TEXT),
            guard('!has(args.account) || !args.account.matches("UK1|UK2")', TEXT),
        ),
        (
            guard("!has(args.amount) || args.amount > 100", TEXT),
            guard("has(args.account) && !(args.account.size() >= 0)", TEXT),
        ),
        (
            guard(ANCHORED, TEXT),
            guard(ANCHORED + ' && action.purpose != "anything"', TEXT),
        ),
    ],
    ids=[
        "an anchored pattern replaced by any text",
        "one value replaced by another",
        "a list of values replaced by an unanchored pattern",
        "a bound on a number replaced by a type",
        "a second way in beside the first rule",
    ],
)
def test_each_is_shown_with_an_action(old: Guard, new: Guard) -> None:
    """Law 8."""
    proof = prove(old, new)
    assert proof.verdict == "weaker"
    assert any(finding.cause == "action" for finding in proof.findings)
