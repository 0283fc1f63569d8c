"""Proofs are attacked, the second solver reads what was proved, and nothing is proved without a solver."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from gardefou.analysis import difference, lint, prove
from gardefou.analysis._case import replay, strength
from gardefou.constitution import load
from gardefou.decide import Guard

ROOT = Path(__file__).parents[2]


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "analysis_benchmark", ROOT / "benchmarks" / "analysis.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = benchmark()


@pytest.mark.parametrize("seed", range(3))
def test_no_random_action_refutes_a_proof(seed: int) -> None:
    """Law 8: on generated constitutions, with every red line amended."""
    made = MADE.generate(40, seed)
    old = Guard(load(made.text, catalogue=made.catalogue), made.catalogue)
    new = Guard(load(MADE.touched(made), catalogue=made.catalogue), made.catalogue)
    assert prove(old, new).holds
    source = random.Random(seed)
    stopped = 0
    for _ in range(700):
        case = MADE.random_case(source, made)
        before = strength(old, replay(old, case), red_lines=True)
        after = strength(new, replay(new, case), red_lines=True)
        assert not after.is_below(before), case
        stopped += before.verdict.word == "deny"
    assert stopped > 50


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_left_open_on_generated_constitutions(seed: int) -> None:
    made = MADE.generate(60, seed)
    old = Guard(load(made.text, catalogue=made.catalogue), made.catalogue)
    new = Guard(load(MADE.amended(made), catalogue=made.catalogue), made.catalogue)
    proof, found, remarks = prove(old, new), difference(old, new), lint(old)
    assert {finding.cause for finding in proof.findings} <= {"action"}
    assert all(change.case is not None for change in found.changes)
    assert "lint.unknown" not in {remark.code for remark in remarks.remarks}


def test_the_second_solver_answers_every_proved_question() -> None:
    made = MADE.generate(40, 1)
    old = Guard(load(made.text, catalogue=made.catalogue), made.catalogue)
    new = Guard(load(MADE.touched(made), catalogue=made.catalogue), made.catalogue)
    proof = prove(old, new)
    assert {(query.z3, query.cvc5) for query in proof.certificate.queries} == {("unsat", "unsat")}
    assert len(proof.scripts) == len(proof.certificate.queries) > 0
    assert proof.certificate.digest() == prove(old, new).certificate.digest()


@pytest.mark.parametrize("missing", ["z3", "cvc5"])
def test_a_missing_solver_is_named_with_the_way_to_install_it(tmp_path: Path, missing: str) -> None:
    run = f"import sys; sys.modules[{missing!r}] = None; from gardefou.cli import main; main()"
    text = "---\nconstitution: T\nversion: 1\nlanguage: 1\n---\n\n## Article 1. T {#a}\n\nP.\n\n```article\nkind: guideline\n```\n"
    (tmp_path / "c.md").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", run, "prove", "c.md", "c.md"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "analysis.missing" in done.stderr
    assert 'pip install "gardefou[analysis]"' in done.stderr
