"""Splitting a bulk search over sessions does not make it smaller."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from gardefou.action import Action, Principal
from gardefou.constitution import standard
from gardefou.constitution.catalogue import ROLES, Catalogue, Parameter, import_tools
from gardefou.decide import Guard

HERE = Path(__file__).resolve().parent
SECOND_US = 1_000_000
START_US = 1_790_000_000 * SECOND_US


def traces(language: str) -> list[dict[str, Any]]:
    lines = (HERE / "sessions.ndjson").read_text(encoding="utf-8").splitlines()
    return [trace for trace in map(json.loads, lines) if trace["language"] == language]


def guard_of(trace: dict[str, Any]) -> Guard:
    labels = yaml.safe_load((HERE / "source" / "labels.yaml").read_text(encoding="utf-8"))
    tools = {
        name: msgspec.structs.replace(
            tool,
            effects=tuple(labels["development"][name]["e"]),
            parameters={
                path: Parameter(role=role, type=ROLES[role].type)
                for path, role in labels["development"][name]["r"].items()
            },
            labelled_by="person",
            confidence=1.0,
        )
        for name, tool in import_tools(trace["tools"]).tools.items()
    }
    return Guard(standard(), Catalogue(tools=tools))


def run(parts: list[dict[str, Any]], pause_us: int) -> dict[str, str]:
    """Decide both sessions with one book of facts; what is not denied goes ahead."""
    guard = guard_of(parts[0])
    book, now_us, words = guard.book(), START_US, {}
    for part in parts:
        session = guard.session(book)
        session.user(part["events"][0]["user"])
        for event in part["events"][1:]:
            call = event["call"]
            action = Action(
                kind="tool.call",
                tool=call["tool"],
                arguments=call["arguments"],
                principal=msgspec.convert(part["principal"], Principal),
                session=part["trace"],
            )
            now_us += SECOND_US
            labelled = guard.label(action, session, now_us)
            word = guard.decide(labelled, session, now_us).verdict.word
            if word != "deny":
                guard.executed(labelled, session, now_us)
            if "expected" in call:
                words[f"{part['trace']} {call['id']} {call['expected']}"] = word
        now_us += pause_us
    return words


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_new_session_on_the_same_day_goes_on_counting(language: str) -> None:
    words = run(traces(language), pause_us=600 * SECOND_US)
    assert len(words) == 8
    for name, word in words.items():
        assert (word == "deny") == name.endswith(" deny"), name


@pytest.mark.parametrize("language", ["en", "fr"])
def test_two_days_later_the_count_begins_anew(language: str) -> None:
    words = run(traces(language), pause_us=2 * 86_400 * SECOND_US)
    assert "deny" not in words.values()
