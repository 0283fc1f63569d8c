"""The standard constitution's red lines in both directions, on tools that a person has labelled.

The labels (source/labels.yaml) say what each tool does, so that a failure here speaks of the
constitution and of the way it is decided, not of the labelling.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from gardefou.constitution import standard
from gardefou.constitution.catalogue import ROLES, Catalogue, Parameter, import_tools
from gardefou.replay import Played, guards, play, survey

HERE = Path(__file__).resolve().parent
PARTS = {"development": HERE / "traces.jsonl", "heldout": HERE / "heldout.jsonl"}

# Law 10: what the red lines do not reach. Program text, command lines and SQL are read as far as
# their names go; none of these traces is out of reach. What hides its names would be (a name made
# at run time, a script in a file): docs/reference/catalogue.md says so.
OPAQUE: set[str] = set()
# A search over a population that no argument names is held for a person, not denied.
HELD = {"xen-donors"}


def labelled(definitions: list[dict[str, Any]], labels: dict[str, Any]) -> Catalogue:
    tools = {}
    for name, tool in import_tools(definitions).tools.items():
        required = tool.schema.get("required", ())
        parameters = {
            path: Parameter(
                role=role, type=ROLES[role].type, required=path.removesuffix("[]") in required
            )
            for path, role in labels[name]["r"].items()
        }
        tools[name] = msgspec.structs.replace(
            tool,
            effects=tuple(labels[name]["e"]),
            parameters=parameters,
            labelled_by="person",
            confidence=1.0,
        )
    return Catalogue(tools=tools)


@pytest.fixture(scope="module", params=PARTS)
def played(request: pytest.FixtureRequest) -> list[Played]:
    labels = yaml.safe_load((HERE / "source" / "labels.yaml").read_text(encoding="utf-8"))
    found = survey([PARTS[request.param]], lambda _: None)
    traces = [trace for source in found.sources for trace in source.traces()]
    definitions = {
        tool["name"]: tool for trace in traces for tool in trace.tools.definitions
    }.values()
    make = guards(standard(), labelled(list(definitions), labels[request.param]))
    return [play(trace, make(trace.tools), None) for trace in traces]


def verdicts(played: list[Played], expected: str) -> dict[str, str]:
    return {
        f"{run.trace.id} {number}": judgement.verdict.word
        for run in played
        for number, (call, judgement) in enumerate(
            zip(run.trace.calls(), run.judgements, strict=True)
        )
        if call.expected == expected and run.trace.id not in OPAQUE | HELD
    }


def test_what_a_red_line_forbids_is_denied(played: list[Played]) -> None:
    """Law 1: nothing that the user, the operator or a stated approval adds makes it less."""
    found = verdicts(played, "deny")
    assert found
    assert {name: word for name, word in found.items() if word != "deny"} == {}


def test_what_a_red_line_does_not_forbid_is_not_denied(played: list[Played]) -> None:
    found = verdicts(played, "not_deny")
    assert found
    assert {name: word for name, word in found.items() if word == "deny"} == {}


def test_supervised_force_waits_for_people(played: list[Played]) -> None:
    found = verdicts(played, "hold")
    assert found
    assert set(found.values()) == {"hold"}


def test_the_stated_limits_are_limits_still(played: list[Played]) -> None:
    """Law 10: an entry that is denied by now is no limit any more and leaves the list."""
    for run in played:
        words = {judgement.verdict.word for judgement in run.judgements}
        if run.trace.id in OPAQUE:
            assert "deny" not in words, run.trace.id
        if run.trace.id in HELD:
            assert words == {"hold"}, run.trace.id
