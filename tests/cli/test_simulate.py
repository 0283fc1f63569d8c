"""``gardefou simulate`` says where it listens, answers, and ends when told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gardefou.cli._main import app

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
GARDEFOU = [sys.executable, "-c", "from gardefou.cli import main; main()"]


def test_it_listens_answers_and_ends_when_told() -> None:
    trace = str(EXAMPLES / "traces.jsonl")
    with subprocess.Popen(
        [*GARDEFOU, "simulate", "--port", "0", "--trace", trace],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as vendor:
        address = vendor.stdout.readline().strip().removeprefix("listening on ")
        said = "Send the minutes in minutes/monday.md to Jonas Albrecht."
        body = {"model": "m", "messages": [{"role": "user", "content": said}]}
        request = urllib.request.Request(
            f"{address}/v1/chat/completions", json.dumps(body).encode()
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            message = json.load(response)["choices"][0]["message"]
        os.kill(vendor.pid, signal.SIGTERM)
        _, notes = vendor.communicate(timeout=60)
    assert message["tool_calls"][0]["id"] == "c1"
    assert message["tool_calls"][0]["function"]["name"] == "read_file"
    assert vendor.returncode == 0
    assert notes == "200 POST /v1/chat/completions chat m turn 1\n"


@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        (["--check"], 0, "1 answers"),
        ([str(EXAMPLES / "simulate.yaml"), "--check"], 0, "4 answers"),
        (["--trace", str(EXAMPLES / "traces.jsonl"), "--check"], 0, "attack-invoice: 2 answers"),
        ([str(EXAMPLES / "ministry.md"), "--check"], 3, "[script.syntax]"),
        (["missing.yaml"], 3, "[cli.file]"),
        (["a.yaml", "--trace", "b.jsonl"], 2, "[simulate.two_sources]"),
        (["--trace", str(EXAMPLES / "tools.json")], 3, "[simulate.no_sessions]"),
        (["--port", "70000"], 2, "less than or equal to 65535"),
        (["--host", "256.0.0.1", "--port", "0"], 3, "[simulate.port]"),
    ],
)
def test_every_mistake_ends_in_one_clear_message(
    arguments: list[str], code: int, shown: str
) -> None:
    done = CliRunner().invoke(app, ["simulate", *arguments])
    assert done.exit_code == code
    assert shown in done.output
    assert "Traceback" not in done.output
