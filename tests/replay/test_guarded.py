"""The real guard in a replay: labels, sessions, grants and explanations."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from gardefou.constitution import Constitution, load
from gardefou.constitution.catalogue import Catalogue, Parameter, Tool
from gardefou.decide import Grant
from gardefou.replay import Call, Said, Tools, Trace, guards, play, proposed
from gardefou.verdict import Verdict

TEXT = """\
---
constitution: Harbour Office
version: 1
language: 1
unlisted: hold
currency: EUR
roles: {watch: [anna]}
---

# Constitution of the Harbour Office

## Article 1. Money {#money}

A person looks at each payment.

```article
kind: default
on: effect pays
hold:
  - quorum: {watch: 1}
```

## Article 2. Reading {#reading}

Looking is free.

```article
kind: default
on: [effect reads, effect computes]
```
"""


@pytest.fixture(scope="module")
def constitution() -> Constitution:
    return load(TEXT, file="harbour.md")


def tool(name: str, *effects: str, **parameters: Parameter) -> Tool:
    properties: dict[str, Any] = {key: {"type": "string"} for key in parameters}
    return Tool(
        name=name,
        schema={"type": "object", "properties": properties},
        effects=effects,
        parameters=parameters,
        labelled_by="person",
        confidence=1.0,
    )


AMOUNT = Parameter(role="amount", type="money", currency="EUR")
CATALOGUE = Catalogue(
    tools={
        made.name: made
        for made in (
            tool("pay", "pays", amount=AMOUNT, to=Parameter(role="recipients", type="party")),
            tool("look", "reads", key=Parameter(role="secrets", type="text")),
        )
    }
)


def trace(*events: Said | Call) -> Trace:
    return Trace(id="t", set="s", label="honest", events=events)


PAY = Call(tool="pay", arguments={"amount": "12.00 EUR", "to": "quay@example.org"}, result="done")


def test_each_call_gets_the_guards_verdict_and_sentence(constitution: Constitution) -> None:
    ticks = itertools.count(0, 700)
    guard = guards(constitution, CATALOGUE, timer=lambda: next(ticks))(Tools())
    look = Call(tool="look", arguments={"key": "hunter2"}, result="a berth")
    played = play(trace(Said("user", "Pay the quay."), look, PAY), guard)
    allowed, held = played.judgements
    assert (allowed.verdict, held.verdict) == (Verdict.ALLOW, Verdict.HOLD)
    assert held.articles == ("money",)
    assert "article 1 (Money)" in held.sentence
    assert [value.path for value in held.values] == ["amount", "to"]
    assert allowed.latency_ns == held.latency_ns == 700


def test_secrets_are_not_shown_as_values(constitution: Constitution) -> None:
    guard = guards(constitution, CATALOGUE)(Tools())
    look = Call(tool="look", arguments={"key": "hunter2"})
    (judgement,) = play(trace(look), guard).judgements
    assert [value.value for value in judgement.values] == ["(secret)"]
    assert "hunter2" not in judgement.sentence


def test_a_tool_that_the_catalogue_does_not_know_is_unlabelled_and_unlisted(
    constitution: Constitution,
) -> None:
    guard = guards(constitution, CATALOGUE)(Tools())
    (judgement,) = play(trace(Call(tool="zzqx", arguments={})), guard).judgements
    assert (judgement.verdict, judgement.labelled) == (Verdict.HOLD, False)


def test_lent_tools_become_a_grant_for_one_run_only(constitution: Constitution) -> None:
    guard = guards(constitution, CATALOGUE)(Tools())
    with_grant = play(trace(PAY), guard, frozenset({"pay"}))
    without = play(trace(PAY), guard)
    assert [j.verdict for j in with_grant.judgements] == [Verdict.ALLOW]
    assert [j.verdict for j in without.judgements] == [Verdict.HOLD]


def test_given_grants_begin_every_session(constitution: Constitution) -> None:
    grant = Grant(id="g", tools=("pay",), max_calls=1)
    guard = guards(constitution, CATALOGUE, grants=[grant])(Tools())
    for _ in range(2):
        played = play(trace(PAY, PAY), guard)
        assert [j.verdict for j in played.judgements] == [Verdict.ALLOW, Verdict.HOLD]


def test_arguments_without_a_typed_form_are_held_and_shown(constitution: Constitution) -> None:
    """law 2: never silent."""
    guard = guards(constitution, CATALOGUE)(Tools())
    odd = Call(tool="pay", arguments={"amount": "a\u202elot", "to": "quay@example.org"})
    (judgement,) = play(trace(odd), guard).judgements
    assert judgement.verdict is Verdict.HOLD
    assert [value.path for value in judgement.values] == ["amount", "to"]


def test_tools_are_labelled_from_definitions_and_from_calls() -> None:
    definition = {
        "name": "send_money",
        "description": "Pay somebody.",
        "parameters": {"type": "object", "properties": {"amount": {"type": "number"}}},
    }
    described = {"name": "read_file", "description": "Read a file."}
    seen = {"read_file": ({"path": "/a"},), "delete_file": ({"path": "/a"}, {"path": "/b"})}
    catalogue = proposed(Tools.of((definition, described), seen))
    assert sorted(catalogue.tools) == ["delete_file", "read_file", "send_money"]
    assert "pays" in catalogue.tools["send_money"].effects
    assert "deletes" in catalogue.tools["delete_file"].effects
    assert catalogue.tools["read_file"].schema["properties"] == {"path": {"type": "string"}}


def test_no_tools_make_an_empty_catalogue() -> None:
    assert proposed(Tools()).tools == {}
