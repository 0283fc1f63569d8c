"""Rules without work are named, and no rule that works is."""

from __future__ import annotations

import pytest

from amendments import base
from gardefou.analysis import Lint, lint
from gardefou.constitution import load
from gardefou.constitution.catalogue import Catalogue, Tool
from gardefou.decide import Guard

HEAD = """---
constitution: Test
version: 1
language: 1
roles: {watch: [alice, bob], desk: [bob], nobody: []}
---

"""


def linted(*blocks: str) -> Lint:
    articles = [
        f"## Article {n}. Title {{#a{n}}}\n\nProse.\n\n```article\n{block}\n```\n"
        for n, block in enumerate(blocks, 1)
    ]
    return lint(Guard(load(HEAD + "\n".join(articles)), Catalogue()))


PAYS = "kind: default\non: effect pays\n"


@pytest.mark.parametrize(
    ("blocks", "codes"),
    [
        (
            [PAYS + "deny:\n  - when: args.amount.minor > 5 && args.amount.minor < 5"],
            {"lint.never"},
        ),
        (
            [PAYS + 'deny:\n  - when: action.case.matches("^a") && action.case.matches("^b")'],
            {"lint.never"},
        ),
        (
            [PAYS + "deny:\n  - when: args.amount.minor > 5\n  - when: args.amount.minor > 9"],
            {"lint.covered"},
        ),
        (
            [PAYS + "deny:\n  - when: args.amount.minor > 5\n  - when: args.amount.minor > 5"],
            {"lint.covered"},
        ),
        (
            [
                PAYS
                + "deny:\n  - when: args.amount.minor > 5\nhold:\n  - when: args.amount.minor > 9\n    quorum: {watch: 1}"
            ],
            {"lint.contradicted"},
        ),
        (
            [
                PAYS
                + "hold:\n  - when: args.amount.minor > 5\n    quorum: {watch: 1}\n  - when: args.amount.minor > 9\n    quorum: {watch: 2}"
            ],
            set(),
        ),
        (
            [
                PAYS
                + "hold:\n  - when: args.amount.minor > 5\n    quorum: {watch: 2}\n  - when: args.amount.minor > 9\n    quorum: {watch: 1}"
            ],
            {"lint.covered"},
        ),
        (
            [
                PAYS + "deny:\n  - when: args.amount.minor > 5",
                "kind: red_line\non: effect pays\ndeny:\n  - when: args.amount.minor > 9",
            ],
            set(),
        ),
        (
            [
                PAYS + "deny:\n  - when: args.amount.minor > 9",
                "kind: red_line\non: effect pays\ndeny:\n  - when: args.amount.minor > 5",
            ],
            {"lint.covered"},
        ),
        (
            [PAYS + "hold:\n  - when: args.amount.minor > 5\n    quorum: {nobody: 1}"],
            {"lint.quorum"},
        ),
        (
            [
                PAYS
                + "hold:\n  - when: args.amount.minor > 5\n    quorum: {watch: 2}\n  - when: args.amount.minor > 9\n    quorum: {desk: 1}"
            ],
            {"lint.quorum"},
        ),
        (
            [
                PAYS
                + "hold:\n  - when: args.amount.minor > 5\n    quorum: {watch: 2}\n  - when: args.amount.minor < 3\n    quorum: {desk: 1}"
            ],
            set(),
        ),
    ],
)
def test_each_kind_of_idle_rule_is_named(blocks: list[str], codes: set[str]) -> None:
    assert {remark.code for remark in linted(*blocks).remarks} == codes


def test_tools_that_no_article_addresses_are_named() -> None:
    law = load(
        HEAD
        + "## Article 1. Title {#a1}\n\nProse.\n\n```article\nkind: default\non: effect pays\n```\n"
    )
    tools = {"shred": Tool(name="shred", effects=("deletes",), labelled_by="person")}
    found = lint(Guard(law, Catalogue(tools=tools)))
    assert {remark.code for remark in found.remarks} == {"lint.unaddressed"}


def test_a_constitution_in_order_has_no_remark() -> None:
    found = lint(base("catalogue"))
    assert [remark.sentence for remark in found.remarks] == []
    assert found.rules > 40
