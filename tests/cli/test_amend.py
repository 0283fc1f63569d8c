"""``gardefou amend``: the whole procedure from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gardefou.cli._main import app

pytest.importorskip("z3", reason="the extra `analysis` is not installed")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(*args: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    return result.exit_code, result.stdout, result.stderr


def test_a_constitution_is_amended_step_by_step(tmp_path: Path) -> None:
    """Law 8, with the signer's key on another machine."""
    ledger, law, labels = tmp_path / "l.db", EXAMPLES / "ministry.md", EXAMPLES / "catalogue.yaml"
    assert run("ledger", "init", ledger, "--origin", "ledger.example/amend")[0] == 0
    _, vkey, _ = run("order", "key", "issuer.example/root", tmp_path / "root.key")
    charter = tmp_path / "charter.yaml"
    rank = "{signers: issuer, count: 1, cooling_off: 0s}"
    kinds = ("red_line", "entrenched", "default", "guideline")
    charter.write_text(
        f"charter: 1\nsigners: {{issuer: ['{vkey.strip()}']}}\nchanges:\n"
        + "".join(f"  {kind}: {rank}\n" for kind in kinds),
        encoding="utf-8",
    )
    assert run("amend", "show", ledger)[0] == 1
    code, out, err = run("amend", "begin", ledger, charter, law, "--catalogue", labels)
    assert code == 0, err

    new = tmp_path / "new.md"
    text = law.read_text(encoding="utf-8")
    new.write_text(text.replace('over("1000.00 EUR")', 'over("500.00 EUR")'), encoding="utf-8")
    code, out, err = run("amend", "draft", ledger, law, new, "--catalogue", labels, "--json")
    assert code == 0, err
    name = json.loads(out)["digest"]
    assert json.loads(out)["kinds"] == ["default"]

    code, _, err = run("amend", "activate", ledger, name)
    assert (code, "[amendment.not_due]" in err) == (2, True)
    code, note, err = run("amend", "sign", ledger, name, tmp_path / "root.key", "--only")
    assert code == 0, err
    (tmp_path / "note").write_text(note, encoding="utf-8")
    code, out, err = run("amend", "sign", ledger, name, "--note", tmp_path / "note")
    assert (code, vkey.strip() in out) == (0, True), err
    assert run("amend", "activate", ledger, name)[0] == 0
    code, out, _ = run("amend", "show", ledger, "--json")
    assert (code, len(json.loads(out)["links"])) == (0, 2)
    assert run("ledger", "verify", ledger)[0] == 0


def test_a_weaker_red_line_stops_at_the_draft(tmp_path: Path) -> None:
    ledger, law, labels = tmp_path / "l.db", EXAMPLES / "ministry.md", EXAMPLES / "catalogue.yaml"
    run("ledger", "init", ledger, "--origin", "ledger.example/amend")
    _, vkey, _ = run("order", "key", "issuer.example/root", tmp_path / "root.key")
    charter = tmp_path / "charter.yaml"
    kinds = ("red_line", "entrenched", "default", "guideline")
    charter.write_text(
        f"charter: 1\nsigners: {{issuer: ['{vkey.strip()}']}}\nchanges:\n"
        + "".join(f"  {kind}: {{signers: issuer, count: 1}}\n" for kind in kinds),
        encoding="utf-8",
    )
    run("amend", "begin", ledger, charter, law, "--catalogue", labels)
    new = tmp_path / "new.md"
    text = law.read_text(encoding="utf-8")
    new.write_text(text.replace("size() > 20", "size() > 20000"), encoding="utf-8")
    code, _, err = run("amend", "draft", ledger, law, new, "--catalogue", labels)
    assert (code, "[amendment.not_proved]" in err) == (2, True)
    code, out, _ = run("amend", "show", ledger, "--json")
    assert json.loads(out)["drafts"] == []
