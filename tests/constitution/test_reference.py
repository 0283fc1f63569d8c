"""The reference page is complete, and everything in it loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from constitution_texts import FRONT, RED, article, document

from gardefou.constitution import load
from gardefou.constitution._declarations import EXACT_UP_TO, FACT_KEYS, MAX_EXACT
from gardefou.constitution._front import KEYS
from gardefou.constitution._markdown import MAX_LINES
from gardefou.constitution._rules import BLOCK_KEYS, MAX_QUORUM
from gardefou.constitution._text import MAX_DOCUMENT
from gardefou.constitution._yaml import MAX_BLOCK, MAX_DEPTH, MAX_NODES
from gardefou.constitution.facts import BUCKETS, FACT_KINDS, MAX_KEYS, SCOPES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "constitution.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^(`{3,4})(\w+)\n(.*?)^\1$", TEXT, re.MULTILINE | re.DOTALL)
KINDS = [kind for _, kind, _ in EXAMPLES]


def as_document(kind: str, body: str) -> str:
    """The example as a whole document; names that it reads are declared as on the page."""
    if kind == "constitution":
        return body
    front = FRONT + ("" if kind == "sets" else "sets: {suspended: [vendor-a]}\n")
    if kind == "article":
        return document(article(body), front)
    return document(f"```{kind}\n{body}```\n\n{RED}", front)


def test_every_kind_of_block_has_an_example() -> None:
    assert set(KINDS) == {"constitution", "article", "facts", "sets", "definitions", "property"}


@pytest.mark.parametrize("place", range(len(EXAMPLES)), ids=KINDS)
def test_every_example_loads(place: int) -> None:
    _, kind, body = EXAMPLES[place]
    loaded = load(as_document(kind, body))
    assert {w.code for w in loaded.warnings} <= {"fact.unused", "set.unused", "definition.unused"}


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize(
    ("title", "keys"),
    [("Front matter", KEYS), ("Articles", (*BLOCK_KEYS, "when")), ("Facts", FACT_KEYS)],
)
def test_every_key_is_documented_with_type_default_and_example(
    title: str, keys: tuple[str, ...]
) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \| `(.+)` \|$", section(title), re.MULTILINE)
    assert set(keys) <= {row[0] for row in rows}


@pytest.mark.parametrize(
    "row",
    re.findall(r"^\| `(\w+)` \| .+ \| .+ \| `(.+)` \|$", section("Front matter"), re.MULTILINE),
)
def test_every_example_of_the_front_matter_loads(row: tuple[str, str]) -> None:
    key, example = row
    if key == "domains":
        key, example = "organisation", f"{{domains: {example}}}"
    lines = [line for line in FRONT.splitlines() if not line.startswith(f"{key}:")]
    body = article("kind: default\non: effect deletes")
    load(document(body, "\n".join([*lines, f"{key}: {example}", ""])))


def test_every_kind_and_scope_of_facts_is_documented() -> None:
    for word in (*FACT_KINDS, *SCOPES):
        assert f"`{word}`" in section("Facts")


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    assert f"at most {MAX_DOCUMENT // 1024**2} MiB and {MAX_LINES:,} lines" in TEXT
    assert f"{MAX_BLOCK:,} characters" in TEXT
    assert f"deeper than {MAX_DEPTH} levels" in TEXT
    assert f"{MAX_NODES:,} values" in TEXT
    assert f"1 to {MAX_QUORUM}" in TEXT
    assert f"1 to {MAX_EXACT:,}" in TEXT
    assert f"`{EXACT_UP_TO}`" in TEXT
    assert f"keeps {MAX_KEYS:,} sessions" in TEXT
    assert f"{BUCKETS} buckets" in TEXT
