"""``gardefou backtest``: from a ledger to a signed result."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from gardefou.cli._main import app

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(*args: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    return result.exit_code, result.stdout, result.stderr


def recorded(folder: Path) -> tuple[Path, Path]:
    """A ledger of the example runs, and its key."""
    ledger = folder / "ledger.db"
    assert run("ledger", "init", ledger, "--origin", "ledger.example/backtest")[0] == 0
    law, labels = EXAMPLES / "ministry.md", EXAMPLES / "catalogue.yaml"
    code, _, err = run(
        "replay", EXAMPLES / "traces.jsonl", "--constitution", law, "--catalogue", labels,
        "--ledger", ledger,
    )  # fmt: skip
    assert code == 0, err
    return ledger, Path(f"{ledger}.key")


def test_a_draft_is_tried_on_a_ledger_and_the_result_is_signed(tmp_path: Path) -> None:
    """Law 3: the constitution that decided changes nothing; a stricter one is named."""
    ledger, key = recorded(tmp_path)
    law, labels = EXAMPLES / "ministry.md", EXAMPLES / "catalogue.yaml"
    kept = tmp_path / "cases.jsonl"
    args = ("--ledger", ledger, "--catalogue", labels, "--workers", 1, "--json")
    code, out, err = run("backtest", law, *args, "--keep-cases", kept)
    assert (code, json.loads(out)["same"]) == (0, json.loads(out)["decisions"]), err

    draft = tmp_path / "draft.md"
    text = law.read_text(encoding="utf-8").replace('over("1000.00 EUR")', 'over("1.00 EUR")')
    assert text != law.read_text(encoding="utf-8")
    draft.write_text(text, encoding="utf-8")
    code, out, err = run(
        "backtest", draft, "--cases", kept, "--catalogue", labels, "--workers", 1,
        "--sign", "--key", key, "--json",
    )  # fmt: skip
    result = json.loads(out)
    assert (code, result["looser"]) == (1, 0), err
    assert result["stricter"] > 0
    assert result["digest"] in result["signature"]


def test_what_is_missing_or_twice_is_named(tmp_path: Path) -> None:
    law = EXAMPLES / "ministry.md"
    for args, code in (
        ((), "backtest.source"),
        (("--ledger", "a", "--cases", "b"), "backtest.source"),
        (("--cases", "b", "--engine", "abacus"), "backtest.engine"),
        (("--cases", "b", "--sign"), "backtest.key"),
    ):
        exit_code, _, err = run("backtest", law, *args)
        assert exit_code == 2
        assert f"[{code}]" in err
    exit_code, _, err = run("backtest", law, "--cases", tmp_path / "none.jsonl")
    assert exit_code == 3
    assert "[backtest.file]" in err
