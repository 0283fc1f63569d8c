"""The catalogue file: it loads, it comes back the same, and it reports every problem with its line."""

from __future__ import annotations

import json

import pytest

from gardefou.constitution.catalogue import (
    Catalogue,
    Parameter,
    ResultField,
    Tool,
    dump_catalogue,
    load_catalogue,
)
from gardefou.errors import LoadError

FILE = """\
catalogue: 1
tools:
  send_money:
    description: on the way
    schema:
      type: object
      properties:
        amount: {type: number, minimum: 0.5}
        to: {type: string}
    effects: [pays]
    parameters:
      amount: {role: amount, currency: EUR}
      to: {role: recipients}
    results:
      - {path: status, writer: organisation}
  look:
"""


def test_a_file_loads() -> None:
    tools = load_catalogue(FILE).tools
    assert tools["look"] == Tool(name="look")
    money = tools["send_money"]
    assert money.description == "on the way"
    assert money.schema["properties"]["amount"]["minimum"] == 0.5
    assert money.effects == ("pays",)
    assert money.results == (ResultField(path="status", writer="organisation"),)
    assert (money.labelled_by, money.confidence) == ("person", 1.0)


def test_the_type_of_a_parameter_is_its_roles_unless_said_otherwise() -> None:
    parameters = load_catalogue(FILE).tools["send_money"].parameters
    assert parameters == {
        "amount": Parameter(role="amount", type="money", currency="EUR"),
        "to": Parameter(role="recipients", type="party"),
    }


FULL = Catalogue(
    tools={
        "a": Tool(
            name="a",
            description="on: 1_000 no 12:30 é 'x' \"y\" # z\nsecond line\ttab",
            schema={"type": "object", "properties": {"1e3": {"enum": ["on", "1e3", 5, 0.5, None]}}},
            effects=("pays", "reads"),
            parameters={
                "1e3": Parameter(role="recipients", type="iban", required=True),
                "1e3.y[].z": Parameter(),
            },
            results=(ResultField(writer="outsider"), ResultField(path="a", writer="user")),
            labelled_by="suggest",
            confidence=0.25,
            reasons=("because",),
            hints={"readOnlyHint": False},
        ),
        "b": Tool(name="b", effects=("reads",)),
        "null": Tool(name="null"),
    }
)


@pytest.mark.parametrize("catalogue", [Catalogue(), FULL, load_catalogue(FILE)])
def test_a_catalogue_comes_back_the_same(catalogue: Catalogue) -> None:
    again = load_catalogue(dump_catalogue(catalogue))
    assert again == catalogue
    assert again.digest() == catalogue.digest()


def test_json_loads_too() -> None:
    document = {"catalogue": 1, "tools": {"a": {"effects": ["reads"]}}}
    assert load_catalogue(json.dumps(document)).tools["a"].effects == ("reads",)
    assert load_catalogue(json.dumps(document, indent="\t")).tools["a"].effects == ("reads",)
    assert load_catalogue("{catalogue: 1, tools: {a: {}}}").tools == {"a": Tool(name="a")}


def test_words_that_other_readers_take_for_booleans_are_text() -> None:
    tools = load_catalogue("catalogue: 1\ntools:\n  on: {description: no}\n").tools
    assert tools["on"].description == "no"


def problems_of(text: str) -> list[tuple[str, int]]:
    with pytest.raises(LoadError) as refused:
        load_catalogue(text, file="c.yaml")
    return [(problem.code, problem.line) for problem in refused.value.problems]


def test_every_problem_is_reported_with_its_line() -> None:
    text = """\
catalogue: 2
tool: x
tools:
  a:
    effects: [pay, 5]
    schema: {type: banana}
    parameters:
      x: {role: amont, type: moni, currency: eur, kind: y, required: 1}
    results: [{writer: me}]
    confidence: 3
    labelled_by: me
    hints: {a: 1}
  a: 5
  А:
    description: 5
  b: []
  c:
    schema: {properties: {to: {}}}
    parameters: {too: {role: recipients}}
"""
    assert sorted(problems_of(text), key=lambda found: (found[1], found[0])) == [
        ("catalogue.version", 1),
        ("catalogue.unknown_key", 2),
        ("catalogue.effect", 5),
        ("catalogue.kind", 5),
        ("catalogue.schema", 6),
        ("catalogue.currency", 8),
        ("catalogue.kind", 8),
        ("catalogue.role", 8),
        ("catalogue.type", 8),
        ("catalogue.unknown_key", 8),
        ("catalogue.value", 9),
        ("catalogue.confidence", 10),
        ("catalogue.value", 11),
        ("catalogue.kind", 12),
        ("catalogue.duplicate_key", 13),
        ("catalogue.name", 14),
        ("catalogue.kind", 15),
        ("catalogue.kind", 16),
        ("catalogue.argument", 19),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "catalogue.version"),
        ("5", "catalogue.kind"),
        ("- 1", "catalogue.kind"),
        ("catalogue: 1\ntools: [", "catalogue.syntax"),
        ("catalogue: 1\ntools: {a: &x {}, b: *x}", "catalogue.reference"),
        ("catalogue: !!int 1", "catalogue.reference"),
        ("catalogue: 1\ntools: " + "{a: " * 100 + "}" * 100, "catalogue.reference"),
        ("catalogue: 1\n? [a]\n: 1", "catalogue.key"),
        ('{"catalogue": 1, "catalogue": 1}', "json.duplicate_key"),
        ('{"catalogue": 1, "tools": {"a": {"confidence": NaN}}}', "json.not_finite"),
        ("catalogue: 1\ntools: {a: {confidence: " + "9" * 19 + "}}", "json.integer"),
        ("catalogue: 1\ntools: {a\x07: {}}", "catalogue.syntax"),
        ("catalogue: 1\n---\ncatalogue: 1", "catalogue.syntax"),
        ("catalogue: 1\neffects_version: 2", "catalogue.version"),
    ],
    ids=lambda v: ascii(v)[:40],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_code(text: str, code: str) -> None:
    assert code in [found for found, _ in problems_of(text)]
