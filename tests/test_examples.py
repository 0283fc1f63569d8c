"""The examples do what their page says: attacks stop, honest work passes, the page lists them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gardefou.constitution import load
from gardefou.constitution.catalogue import load_catalogue
from gardefou.replay import Played, guards, play, survey

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture(scope="module")
def played() -> list[Played]:
    catalogue = load_catalogue((EXAMPLES / "catalogue.yaml").read_text(encoding="utf-8"))
    make = guards(load(EXAMPLES / "ministry.md", catalogue=catalogue), catalogue)
    found = survey([EXAMPLES / "traces.jsonl"], lambda _: None)
    return [
        play(trace, make(trace.tools), None)
        for source in found.sources
        for trace in source.traces()
    ]


def test_every_attack_is_stopped_before_it_has_its_effect(played: list[Played]) -> None:
    attacks = [run for run in played if run.trace.window]
    assert len(attacks) == 6
    for run in attacks:
        window = run.judgements[run.trace.window.first : run.trace.window.last + 1]
        assert {"hold", "deny"} & {judgement.verdict.word for judgement in window}, run.trace.id


def test_honest_work_passes_unless_the_example_shows_a_hold(played: list[Played]) -> None:
    for run in played:
        if run.trace.window is None:
            for call, judgement in zip(run.trace.calls(), run.judgements, strict=True):
                expected = "hold" if call.expected == "hold" else "allow"
                assert judgement.verdict.word == expected, (run.trace.id, judgement.sentence)


def test_the_examples_get_the_verdicts_that_they_state(played: list[Played]) -> None:
    for run in played:
        for call, judgement in zip(run.trace.calls(), run.judgements, strict=True):
            if call.expected and call.expected != "not_deny":
                assert judgement.verdict.word == call.expected, run.trace.id


def test_the_page_lists_every_example_and_no_other(played: list[Played]) -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)) == {
        run.trace.id for run in played
    }
