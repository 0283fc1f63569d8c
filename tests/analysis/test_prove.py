"""Law 8: an amendment cannot lift a red line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gardefou.analysis import Case, prove, replay
from gardefou.analysis._case import strength
from gardefou.constitution import load, standard_text
from gardefou.constitution.catalogue import load_catalogue
from gardefou.decide import Guard
from gardefou.verdict import Verdict

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue((ROOT / "examples" / "catalogue.yaml").read_text(encoding="utf-8"))
STANDARD = standard_text().replace("supervisor: []", "supervisor: [alice, bob, carol]")


def guard(text: str) -> Guard:
    return Guard(load(text, catalogue=CATALOGUE), CATALOGUE)


OLD = guard(STANDARD)


def test_a_version_is_no_weakening_of_itself() -> None:
    """Law 8, and no question is asked where nothing changes."""
    proof = prove(OLD, OLD)
    assert proof.holds
    assert proof.certificate.queries == ()
    assert proof.certificate.unchanged == proof.slices


def test_a_raised_limit_is_shown_by_the_smallest_action_that_both_guards_decide() -> None:
    new = guard(STANDARD.replace("args.persons.size() > 20", "args.persons.size() > 25"))
    proof = prove(OLD, new)
    assert proof.verdict == "weaker"
    case = proof.findings[0].case
    assert isinstance(case, Case)
    assert case.action.tool == "register_lookup"
    assert case.action.arguments["name"].count(",") == 20  # 21 persons, one more than allowed
    assert strength(OLD, replay(OLD, case), red_lines=True).verdict is Verdict.DENY
    assert replay(new, case).verdict is not Verdict.DENY


def test_a_lowered_limit_is_proved_for_tools_that_nobody_has_seen() -> None:
    proof = prove(OLD, guard(STANDARD.replace("size() > 20", "size() > 15")))
    assert proof.holds
    assert {query.z3 for query in proof.certificate.queries} == {"unsat"}
    assert any("may be labelled" in query.slice for query in proof.certificate.queries)


def test_an_article_that_only_stands_beside_does_not_replace_a_red_line() -> None:
    """In two steps it could be taken back: the action is denied by both, and it counts as weaker."""
    text = STANDARD.replace(
        "kind: red_line\non: effect uses_force", "kind: entrenched\non: effect uses_force"
    )
    proof = prove(OLD, guard(text))
    assert "prove.demoted" in {finding.code for finding in proof.findings}


@pytest.mark.parametrize(("change", "expected"), [("> 25", 1), ("> 15", 0)])
def test_the_command_answers_with_its_exit_code(tmp_path: Path, change: str, expected: int) -> None:
    (tmp_path / "old.md").write_text(STANDARD, encoding="utf-8")
    text = STANDARD.replace("args.persons.size() > 20", f"args.persons.size() {change}")
    (tmp_path / "new.md").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from gardefou.cli import main; main()",
            "prove",
            "old.md",
            "new.md",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expected, done.stderr
    assert done.stdout.startswith("proved" if expected == 0 else "weaker")
