"""The hook goes into an agent's settings and comes out again, byte for byte."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gardefou.doors.hook import DIALECTS, TARGETS, apply, command_line, plan, revert, undo
from gardefou.errors import InputError, UsageError

BEFORE = {
    "absent": None,
    "empty": b"",
    "settings": b'{\n  "model": "x",\n\t"permissions": {"deny": ["Read(./.env)"]}\n}',
    "hooks": b'{"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","command":"x"}]}]}}',
}
COMMAND = command_line("claude-code", Path("/s/hook.json"), Path("/s/hook.sock"))


@pytest.mark.parametrize("agent", sorted(TARGETS))
@pytest.mark.parametrize("before", sorted(BEFORE))
def test_what_was_installed_is_taken_out_without_a_trace(
    tmp_path: Path, agent: str, before: str
) -> None:
    path = tmp_path / TARGETS[agent].project
    text = BEFORE[before]
    if text is not None:
        path.parent.mkdir(parents=True)
        path.write_bytes(text)
    change = plan(agent, path, COMMAND)
    assert path.exists() == (text is not None), "nothing is written before the yes"
    assert "_client.py" in change.difference()
    apply(change)
    written = json.loads(path.read_bytes())
    assert set(DIALECTS[agent].moments) <= set(written["hooks"])
    with pytest.raises(UsageError) as caught:
        plan(agent, path, COMMAND)
    assert caught.value.code == "hook.installed"
    revert(undo(path))
    assert (path.read_bytes() if path.exists() else None) == (text or None)
    assert list(path.parent.iterdir()) == ([path] if text else [])


def test_what_somebody_wrote_in_between_stays(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"model": "x"}')
    apply(plan("claude-code", path, COMMAND))
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "theme": "dark"}))
    revert(undo(path))
    assert json.loads(path.read_text()) == {"model": "x", "theme": "dark"}


def test_claude_code_blocks_when_the_hook_fails(tmp_path: Path) -> None:
    apply(plan("claude-code", tmp_path / "s.json", COMMAND))
    hooks = json.loads((tmp_path / "s.json").read_text())["hooks"]
    (entry,) = hooks["PreToolUse"]
    assert entry["matcher"] == "*"
    assert entry["hooks"][0] == {
        "type": "command",
        "command": COMMAND,
        "timeout": 600,
        "onFailure": "block",
    }


@pytest.mark.parametrize("text", ["[]", '{"hooks": []}', '{"hooks": {"PreToolUse": {}}}'])
def test_a_file_that_holds_something_else_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        plan("claude-code", path, COMMAND)
    assert caught.value.code == "hook.target"
    assert path.read_text() == text


def test_the_command_line_runs_as_it_is_written(tmp_path: Path) -> None:
    line = command_line("claude-code", tmp_path / "no settings.json", tmp_path / "no.sock")
    assert shlex.split(line)[0] == sys.executable
    (tmp_path / "no settings.json").write_text('{"start": false}')
    payload = b'{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}'
    done = subprocess.run(line, shell=True, input=payload, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"{}")
