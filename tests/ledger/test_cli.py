"""The commands of ``gardefou ledger``, on both stores, as a user runs them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from typer.testing import CliRunner

from gardefou.cli._main import app
from gardefou.ledger._checkpoint import open_checkpoint
from gardefou.ledger._keys import load_key
from gardefou.ledger._ledger import is_postgres
from gardefou.ledger._postgres import schema_name

from .conftest import ORIGIN, Tamper

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def gardefou(*arguments: object, stdin: str = "") -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Result(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def keyfile(tmp_path: Path) -> Path:
    return tmp_path / "signing.key"


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return tmp_path / "anchor"


@pytest.fixture
def made(location: str, keyfile: Path, anchor: Path) -> str:
    result = gardefou(
        "ledger",
        "init",
        location,
        "--origin",
        ORIGIN,
        "--key",
        keyfile,
        "--anchor",
        f"dir:{anchor}",
    )
    assert (result.code, result.err) == (0, "")
    assert result.out == load_key(keyfile).verifiers[0].vkey + "\n"
    return location


def test_a_ledger_from_init_to_a_verified_copy(
    made: str, keyfile: Path, anchor: Path, tmp_path: Path
) -> None:
    vkey = load_key(keyfile).verifiers[0].vkey
    for number in range(3):
        result = gardefou(
            "ledger", "append", made, "vote", "--key", keyfile, "--json",
            stdin='{"hold": "h1", "vote": "yes"}',
        )  # fmt: skip
        assert (result.code, result.json["seq"]) == (0, number + 1)
    sent = gardefou("ledger", "anchor", made, "--key", keyfile)
    assert sent.code == 0
    assert (anchor / "checkpoint").read_text() == sent.out
    head = gardefou("ledger", "head", made, "--json").json
    assert (head["origin"], head["size"], head["checkpoint"]) == (ORIGIN, 4, 4)
    assert gardefou("ledger", "show", made, 1, 2, "--kind", "vote").out.count("\n") == 2
    assert gardefou("ledger", "show", made, "--json").json[-1]["data"]["vote"] == "yes"

    entry, proof = tmp_path / "entry", tmp_path / "p.tlog-proof"
    proof.write_text(gardefou("ledger", "prove", made, 2, "--entry", entry).out)
    good = gardefou("ledger", "verify", proof, "--entry", entry, "--vkey", vkey)
    assert (good.code, good.out) == (0, f"good: entry 2 is in `{ORIGIN}` of size 4\n")
    entry.write_text(entry.read_text().replace("yes", "noo"))
    assert gardefou("ledger", "verify", proof, "--entry", entry, "--vkey", vkey).code == 1
    assert gardefou("ledger", "verify", proof).code == 2

    copy = tmp_path / "copy"
    assert gardefou("ledger", "export", made, copy).code == 0
    for place in (made, copy):
        result = gardefou(
            "ledger", "verify", place, "--vkey", vkey, "--against", anchor / "checkpoint", "--json"
        )
        assert (result.code, result.json["outcome"], result.json["keys"]) == (0, "good", "pinned")
    unpinned = gardefou("ledger", "verify", made)
    assert unpinned.code == 0
    assert "no key was pinned" in unpinned.err


def test_verify_names_the_first_bad_entry(made: str, keyfile: Path, tamper: Tamper) -> None:
    for _ in range(3):
        gardefou("ledger", "append", made, "vote", "--key", keyfile, stdin="{}")
    tamper("UPDATE entry SET body = ? WHERE seq = 2", (b"{}",))
    result = gardefou("ledger", "verify", made, "--json")
    finding = result.json["findings"][0]
    assert (result.code, finding["seq"], finding["code"]) == (1, 2, "ledger.leaf")
    assert finding["found"] != finding["expected"]
    text = gardefou("ledger", "verify", made)
    assert "entry 2: entry 2 was changed [ledger.leaf]" in text.out
    assert gardefou("ledger", "append", made, "vote", "--key", keyfile, stdin="{}").code == 3


def test_what_cannot_be_told_exits_3(tmp_path: Path, made: str, tamper: Tamper) -> None:
    assert gardefou("ledger", "verify", tmp_path / "none.db").code == 3
    assert gardefou("ledger", "verify", "postgresql://127.0.0.1:1/none").code == 3
    (tmp_path / "other").write_bytes(b"x" * 200)
    assert gardefou("ledger", "verify", tmp_path / "other").code == 3
    (tmp_path / "empty").mkdir()
    assert gardefou("ledger", "verify", tmp_path / "empty").code == 3
    assert gardefou("ledger", "replay", made).code == 3
    tamper("UPDATE log SET version = ?", (9,))
    assert gardefou("ledger", "verify", made).code == 3


def test_a_damaged_file_is_tampered_not_unknown(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    gardefou("ledger", "init", path, "--origin", ORIGIN)
    page = sqlite3.connect(path).execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'entry'"
    ).fetchone()[0]  # fmt: skip
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : (page - 1) * 4096 + 100] = b"\xff" * 100
    path.write_bytes(data)
    result = gardefou("ledger", "verify", path)
    assert (result.code, "ledger.damaged" in result.out) == (1, True)


def test_usage_mistakes_exit_2(made: str, keyfile: Path, tmp_path: Path) -> None:
    for arguments in (
        ("init", tmp_path / "x.db", "--origin", "with space"),
        ("init", tmp_path / "x.db", "--origin", ORIGIN, "--anchor", "nowhere"),
        ("init", made, "--origin", ORIGIN, "--key", keyfile),
        ("init", tmp_path / "x.db", "--origin", "other", "--key", keyfile),
        ("append", made, "nonsense", "--key", keyfile),
        ("show", made, 5),
        ("prove", made, 0),
        ("export", made, tmp_path / "copy"),
        ("erase", made, "nobody", "--basis", "x", "--by", "y", "--key", keyfile),
        ("verify", made, "--vkey", "a+b+c"),
    ):
        result = gardefou("ledger", *arguments, stdin="{}")
        assert result.code == 2, (arguments, result)
        assert result.err
    if is_postgres(made):
        assert gardefou("ledger", "append", made, "vote", stdin="{}").code == 2


def test_an_anchor_that_fails_is_told_and_none_at_all_is_no(
    made: str, keyfile: Path, tmp_path: Path
) -> None:
    failed = gardefou("ledger", "anchor", made, "--key", keyfile, "--to", "http://127.0.0.1:1/")
    assert failed.code == 3
    assert "not delivered" in failed.err
    kept = gardefou(
        "ledger", "anchor", made, "--key", keyfile, "--to", f"dir:{tmp_path / 'b'}", "--keep"
    )
    assert kept.code == 0
    assert gardefou("ledger", "anchor", made, "--key", keyfile).err.count("delivered") == 2
    lonely = tmp_path / "lonely.db"
    gardefou("ledger", "init", lonely, "--origin", ORIGIN)
    assert gardefou("ledger", "anchor", lonely).code == 1


def test_an_older_copy_is_refused_by_every_command_that_writes(
    tmp_path: Path, anchor: Path
) -> None:
    path = tmp_path / "l.db"
    gardefou("ledger", "init", path, "--origin", ORIGIN, "--anchor", f"dir:{anchor}")
    old = path.read_bytes()
    gardefou("ledger", "append", path, "vote", stdin="{}")
    gardefou("ledger", "anchor", path)
    path.write_bytes(old)
    result = gardefou("ledger", "append", path, "vote", stdin="{}")
    assert (result.code, "ledger.rollback" in result.err) == (3, True)


def test_a_key_is_rotated(made: str, keyfile: Path, tmp_path: Path) -> None:
    old = load_key(keyfile).verifiers[0].vkey
    new = tmp_path / "new.key"
    assert gardefou("ledger", "anchor", made, "--key", keyfile, "--rotate", new).code == 0
    assert gardefou("ledger", "append", made, "vote", "--key", new, stdin="{}").code == 0
    sent = gardefou("ledger", "anchor", made, "--key", new)
    assert open_checkpoint(sent.out, load_key(new).verifiers)[0].size == 3
    assert gardefou("ledger", "verify", made, "--vkey", old).code == 0
    copy = tmp_path / "copy"
    assert gardefou("ledger", "export", made, copy).code == 0
    for vkey in (("--vkey", old), ()):
        result = gardefou("ledger", "verify", copy, *vkey)
        assert result.code == 0, result
    stranger = tmp_path / "s.db"
    gardefou("ledger", "init", stranger, "--origin", ORIGIN)
    vkey = load_key(Path(f"{stranger}.key")).verifiers[0].vkey
    assert gardefou("ledger", "verify", copy, "--vkey", vkey).code == 1


def test_other_peoples_text_cannot_drive_the_terminal(made: str, keyfile: Path) -> None:
    evil = '{"tool": "\\u001b[2J\\u202e\\u0007x"}'
    gardefou("ledger", "append", made, "hold", "--key", keyfile, stdin=evil)
    shown = gardefou("ledger", "show", made).out
    assert shown.isascii()
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_recorded_runs_replay_to_the_same_verdicts(
    made: str, keyfile: Path, tamper: Tamper
) -> None:
    """law 3: any old decision can be replayed from its record to the same result."""
    run = gardefou(
        "replay", EXAMPLES / "traces.jsonl",
        "--constitution", EXAMPLES / "ministry.md", "--catalogue", EXAMPLES / "catalogue.yaml",
        "--ledger", made, "--key", keyfile,
    )  # fmt: skip
    assert run.code in {0, 1}
    report = gardefou("ledger", "replay", made, "--json")
    assert report.code == 0
    assert report.json["decisions"] == report.json["reproduced"] >= 20
    last = gardefou("ledger", "head", made, "--json").json["size"] - 1
    verdicts = [
        e["data"]["verdict"]
        for e in gardefou("ledger", "show", made, 0, last, "--json").json
        if e["kind"] == "decision"
    ]
    assert {"allow", "hold", "deny"} <= set(verdicts)
    assert gardefou("ledger", "verify", made).code == 0
    erased = gardefou(
        "ledger", "erase", made, subject_of_the_runs(made), "--basis", "gdpr-17", "--by", "o1",
        "--key", keyfile,
    )  # fmt: skip
    assert erased.code == 0
    after = gardefou("ledger", "replay", made, "--json")
    assert (after.code, after.json["erased"] > 0) == (0, True)
    tamper("DELETE FROM payload WHERE part = ?", ("facts",))
    assert gardefou("ledger", "replay", made).code == 1


def test_runs_with_proposed_labels_replay_as_well(made: str, keyfile: Path) -> None:
    gardefou("replay", EXAMPLES / "traces.jsonl", "--ledger", made, "--key", keyfile)
    report = gardefou("ledger", "replay", made, "--json")
    assert (report.code, report.json["differences"]) == (0, [])
    assert report.json["reproduced"] >= 20


def subject_of_the_runs(location: str) -> str:
    if is_postgres(location):
        with psycopg.connect(location) as connection:
            row = connection.execute(
                f"SELECT name FROM {schema_name(ORIGIN)}_keys.subject ORDER BY name".encode()
            ).fetchone()
    else:
        connection = sqlite3.connect(f"{location}-keys")
        row = connection.execute("SELECT name FROM subject ORDER BY name").fetchone()
        connection.close()
    assert row
    return str(row[0])
