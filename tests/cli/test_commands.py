"""The commands at a terminal: each mistake has one clear message and the right exit code.

0 yes, 1 no, 2 the call is wrong, 3 could not tell; a closed pipe 141, Ctrl-C 130; never a traceback.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from gardefou import cli
from gardefou.cli import _check
from gardefou.cli._main import app

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MINISTRY = str(EXAMPLES / "ministry.md")
TOOLS = str(EXAMPLES / "catalogue.yaml")
ACTION = str(EXAMPLES / "action.json")
TRACES = str(EXAMPLES / "traces.jsonl")
GARDEFOU = Path(sys.executable).parent / "gardefou"

FILES = {
    "empty": b"",
    "binary": bytes(range(255, -1, -1)) * 8,
    "bad.json": b'{"a": ',
    "bad.yaml": b"tools:\n  - name: [\n",
    "list.json": b"[]",
    "words.jsonl": b"hello\n",
    "other.jsonl": b'{"foo": 1}\n',
    "number.json": b"7",
    "half.json": b'{"action": {"tool": "x", "arguments": {"a": NaN}}}',
    "mistakes.md": b"""---
constitution: Mistakes
version: 1
language: 1
---

## Article 1. One {#one}

```article
kind: default
on: effect flies
hold:
  - when: args.amuont == 1
```

## Article 2. Two {#one}

```article
kind: wish
on: effect pays
deny: true
```
""",
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one file for each mistake; the commands run in it."""
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def gardefou(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


CALLS = [
    # what is asked for cannot be read: could not tell
    (("check", "nowhere"), 3, "cli.file"),
    (("check", "folder"), 3, "cli.file"),
    (("check", MINISTRY, "--catalogue", "nowhere"), 3, "cli.file"),
    (("check", MINISTRY, "--catalogue", "binary"), 3, "cli.encoding"),
    (("decide", "nowhere"), 3, "cli.file"),
    (("decide", "folder"), 3, "cli.file"),
    (("decide", ACTION, "--constitution", "nowhere"), 3, "cli.file"),
    (("replay", "nowhere"), 3, "trace.missing"),
    (("replay", "folder"), 3, "trace.folder"),
    (("replay", TRACES, "--grants", "nowhere"), 3, "cli.file"),
    (("catalogue", "import", "nowhere"), 3, "cli.file"),
    (("catalogue", "suggest", "folder"), 3, "cli.file"),
    # it is read and is not what it should be: `check` answers no, the others cannot tell
    (("check", "empty"), 1, "article.none"),
    (("check", "binary"), 1, "text.encoding"),
    (("check", "bad.json"), 1, "front.missing"),
    (("check", "mistakes.md"), 1, "load"),
    (("check", MINISTRY, "--catalogue", "empty"), 3, "catalogue.version"),
    (("check", MINISTRY, "--catalogue", "bad.yaml"), 3, "catalogue.syntax"),
    (("decide", "empty"), 3, "json.syntax"),
    (("decide", "binary"), 3, "json.encoding"),
    (("decide", "bad.json"), 3, "json.syntax"),
    (("decide", "half.json"), 3, "json."),
    (("decide", "list.json"), 3, "action.form"),
    (("decide", "number.json"), 3, "action.form"),
    (("decide", ACTION, "--constitution", "mistakes.md"), 3, "load"),
    (("decide", ACTION, "--catalogue", "bad.yaml"), 3, "catalogue.syntax"),
    (("replay", "empty"), 3, "trace.unknown"),
    (("replay", "binary"), 3, "json.encoding"),
    (("replay", "words.jsonl"), 3, "json.syntax"),
    (("replay", "other.jsonl"), 3, "trace.unknown"),
    (("replay", TRACES, "other.jsonl"), 3, "trace.unknown"),
    (("replay", TRACES, "--constitution", "mistakes.md"), 3, "load"),
    (("replay", TRACES, "--grants", "bad.json"), 3, "json.syntax"),
    (("replay", TRACES, "--html", "nowhere/report.html"), 3, "replay.write"),
    (("replay", TRACES, "--json", "folder"), 3, "replay.write"),
    (("catalogue", "import", "bad.json"), 3, "json.syntax"),
    (("catalogue", "suggest", "binary"), 3, "json.encoding"),
    (("catalogue", "suggest", "list.json"), 3, "cli.no_tools"),
    # the call itself is wrong
    (("replay", TRACES, "--language", "la"), 2, "cli.language"),
    (("decide", ACTION, "--at", "yesterday"), 2, "--at"),
    (("decide", ACTION, "--colour"), 2, "--colour"),
    (("decide",), 2, "ACTION"),
    (("check",), 2, "CONSTITUTION"),
    (("replay",), 2, "TRACES"),
    (("catalogue", "import"), 2, "TOOLS"),
    (("decied",), 2, "decied"),
]


@pytest.mark.parametrize(
    ("call", "code", "told"), CALLS, ids=lambda v: None if isinstance(v, int) else str(v)[-60:]
)
def test_a_mistake_has_one_message_and_its_exit_code(
    call: tuple[str, ...], code: int, told: str
) -> None:
    exit_code, out, err = gardefou(*call)
    assert (exit_code, out) == (code, ""), err
    if told == "load":
        assert "nothing was loaded" in err
    else:
        assert told in err
        # One mistake, one message: it, the way out, and for documents the count; or the usage.
        assert len(err.strip().splitlines()) <= 4
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "call", [c for c, _, told in CALLS if told.startswith("json.") and c[-1] in FILES]
)
def test_a_bad_file_is_named(call: tuple[str, ...]) -> None:
    assert call[-1] in gardefou(*call)[2]


def test_every_mistake_of_a_document_is_told_at_once() -> None:
    code, _, err = gardefou("check", "mistakes.md")
    assert code == 1
    places = [line for line in err.splitlines() if line.startswith("mistakes.md:")]
    assert len(places) >= 3
    assert f"{len(places)} problems in the document" in err


def test_problems_are_data_for_programs() -> None:
    code, out, _ = gardefou("check", "mistakes.md", "--json")
    assert code == 1
    problems = json.loads(out)["problems"]
    assert {"file", "line", "column", "code", "message"} <= set(problems[0])


def test_answers_are_0_and_1() -> None:
    assert gardefou("check", MINISTRY, "--catalogue", TOOLS)[0] == 0
    law = ("--constitution", MINISTRY, "--catalogue", TOOLS)
    much = b'{"tool": "pay", "arguments": {"iban": "GB33BUKB20201555555555", "amount": 4800}}'
    assert gardefou("decide", "-", *law, stdin=much)[0] == 1
    assert gardefou("decide", ACTION, *law)[0] == 1
    harmless = b'{"tool": "read_file", "arguments": {"path": "minutes.txt"}}'
    assert gardefou("decide", "-", *law, stdin=harmless)[0] == 0
    assert gardefou("replay", TRACES, *law)[0] == 0
    assert gardefou("--version")[0] == 0


def test_a_time_with_an_offset_is_that_moment() -> None:
    """law 3: time is passed in, so the same moment gets the same answer however it is written."""
    law = ("decide", ACTION, "--constitution", MINISTRY, "--catalogue", TOOLS, "--json")
    there = gardefou(*law, "--at", "2026-01-05T11:00:00+02:00")[1]
    assert there == gardefou(*law, "--at", "2026-01-05T09:00:00")[1]
    assert there


def test_an_old_report_stays_when_the_replay_fails(place: Path) -> None:
    (place / "report.html").write_text("old")
    assert gardefou("replay", TRACES, "other.jsonl", "--html", "report.html")[0] == 3
    assert (place / "report.html").read_text() == "old"
    assert not list(place.glob(".*partial"))


def test_a_file_without_permission_is_no_answer(place: Path) -> None:
    secret = place / "secret.json"
    secret.write_text("{}")
    secret.chmod(0)
    if os.access(secret, os.R_OK):
        pytest.skip("the tests run as root, who may read everything")
    code, out, err = gardefou("decide", "secret.json")
    assert (code, out) == (3, "")
    assert "permission denied" in err


def test_a_defect_is_told_as_one_and_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """law 2: Python ends in 1 on an exception, and 1 would read as an answer."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(_check, "overview", broken)
    code, out, err = gardefou("check", MINISTRY)
    assert (code, out) == (3, "")
    assert "cli.defect" in err
    assert "Traceback" not in err
    monkeypatch.setenv("GARDEFOU_TRACEBACK", "1")
    assert "Traceback" in gardefou("check", MINISTRY)[2]


@contextmanager
def started(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """The program as a process; whoever runs the tests may have told children to ignore Ctrl-C."""
    call = ["env", "--default-signal=INT", str(GARDEFOU), *arguments]
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True, **options) as command:
        try:
            yield command
        finally:
            command.kill()


def test_a_reader_that_leaves_ends_the_command_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with started("check", MINISTRY, "--catalogue", TOOLS, stdout=writer) as command:
        os.close(writer)
        _, err = command.communicate(timeout=60)
    assert (command.returncode, err) == (141, "")


def test_a_full_device_is_no_answer() -> None:
    with Path("/dev/full").open("w") as full, started("check", MINISTRY, stdout=full) as command:
        _, err = command.communicate(timeout=60)
    assert command.returncode == 3
    assert "no space left" in err
    assert "Traceback" not in err


def opened_by_reader(path: Path, command: subprocess.Popen[str]) -> int:
    """Wait until the command reads the pipe: it is at work then."""
    while True:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert command.poll() is None, command.communicate()
            time.sleep(0.02)


def interrupted(command: subprocess.Popen[str]) -> tuple[str, str]:
    """Press Ctrl-C until the command ends.

    A signal that arrives after Python's last look and before a read that blocks is only seen when
    the read returns: rare, and a second press ends it.
    """
    for _ in range(12):
        command.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return command.communicate(timeout=10)
    raise AssertionError("the command does not end on Ctrl-C")


def test_ctrl_c_during_a_replay_leaves_nothing_half_written(place: Path) -> None:
    # A trace that never ends: a pipe that nobody fills.
    os.mkfifo(place / "endless.jsonl")
    arguments = ("replay", "endless.jsonl", "--html", "report.html")
    with started(*arguments, stdout=subprocess.PIPE) as command:
        pipe = opened_by_reader(place / "endless.jsonl", command)
        out, err = interrupted(command)
        os.close(pipe)
    assert (command.returncode, out, err) == (130, "", "interrupted\n")
    assert not (place / "report.html").exists()


def test_ctrl_c_while_the_program_loads_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted:
        def __getattr__(self, name: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "gardefou.cli._commands", Interrupted())
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


def helps() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []

    def walk(command: object, words: tuple[str, ...]) -> None:
        found.append(words)
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*words, name))

    walk(typer.main.get_command(app), ())
    return found


@pytest.mark.parametrize("words", helps(), ids=lambda w: " ".join(w) or "gardefou")
@pytest.mark.parametrize("width", [80, 120])
def test_help_is_made_of_words(
    words: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    code, out, _ = gardefou(*words, "--help")
    assert code == 0
    assert "<" not in out
    assert "..." not in out
    assert max(map(len, out.splitlines())) <= width
    for line in out.split("Options:")[-1].split("Commands:")[0].splitlines():
        if line.startswith("  --"):
            assert len(line.split("  ")) > 2 or len(line) > 24, f"no sentence: {line}"
