"""Law 8 on a whole constitution: no smuggled change passes, every honest one does."""

from __future__ import annotations

import pytest
from honest import HONEST
from smuggling import SMUGGLED, UNPROVED

from amendments import Change, base, guard
from gardefou.analysis import Finding, prove, replay
from gardefou.analysis._case import strength


def test_there_are_enough_ways() -> None:
    assert len({change.name for change in SMUGGLED}) == len(SMUGGLED) >= 60
    assert len({change.name for change in HONEST}) == len(HONEST) >= 60


@pytest.mark.parametrize("change", SMUGGLED, ids=lambda change: change.name)
def test_a_smuggled_change_is_shown(change: Change) -> None:
    """Law 8: refused with an action that both guards have decided, or with a reason in the documents."""
    old, new = base(change.text), guard(change.apply())
    proof = prove(old, new)
    assert proof.verdict == "weaker"
    assert change.code in {finding.code for finding in proof.findings}
    for finding in proof.findings:
        if finding.cause == "action":
            case = finding.case
            assert case is not None
            before = strength(old, replay(old, case), red_lines=True)
            after = strength(new, replay(new, case), red_lines=True)
            assert after.is_below(before), finding.sentence
    assert any(finding.cause != "unknown" for finding in proof.findings)


@pytest.mark.parametrize("change", HONEST, ids=lambda change: change.name)
def test_an_honest_change_is_proved(change: Change) -> None:
    """Law 8 stands in nobody's way: what only tightens, or touches no red line, is accepted."""
    proof = prove(base(change.text), guard(change.apply()))
    assert [_told(finding) for finding in proof.findings] == []
    assert proof.holds


@pytest.mark.parametrize("change", UNPROVED, ids=lambda change: change.name)
def test_what_is_neither_proved_nor_shown_counts_as_weaker(change: Change) -> None:
    """Law 8: unknown is no proof."""
    proof = prove(base(change.text), guard(change.apply()))
    assert not proof.holds
    assert proof.verdict == "unknown"


def _told(finding: Finding) -> str:
    return finding.sentence
