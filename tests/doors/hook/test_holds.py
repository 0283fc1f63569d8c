"""A held call of a coding agent waits for people, and is used once (design A4.3)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doors_office import first_held

import gardefou
from gardefou.doors.hook import Desk, Settings, Surroundings, open_desk
from gardefou.ledger import create_ledger, make_key, save_key
from gardefou.supervision import Ballot

OURS = """---
constitution: Our agents
version: 1
language: 1
layer: tenant
roles: {supervisor: [ada, ben]}
terminal_roles: [supervisor]
---

## Article 40. Our agents {#ours}

Ada and Ben look at what is held.

```article
kind: guideline
```
"""
CALL = {"command": "pip install requests"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "ours.md").write_text(OURS, encoding="utf-8")
    location = str(tmp_path / "ledger.db")
    key = make_key("ledger.example/dev", seeds=(b"d" * 32,))
    save_key(key, Path(f"{location}.key"))
    create_ledger(location, key)
    return Settings(
        layers=(str(tmp_path / "ours.md"),),
        ledger=location,
        key=f"{location}.key",
        user="dev",
        wait_s=0.05,
    )


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, Path("/home/dev")) as opened:
        yield opened


def ask(desk: Desk, *, entrypoint: str = "cli", event: str = "PreToolUse", **more: Any) -> Any:
    payload = {
        "session_id": "s",
        "cwd": "/home/dev/project",
        "hook_event_name": event,
        "tool_name": "Bash",
        "tool_input": CALL,
        "tool_use_id": "t1",
        **more,
    }
    around = Surroundings(agent="claude-code", cwd="/", entrypoint=entrypoint)
    reply = desk.answer(json.dumps(payload).encode(), around)
    assert reply.code == 0
    return json.loads(reply.out).get("hookSpecificOutput", {})


def held(desk: Desk) -> str:
    assert desk.rulings.holds is not None
    return first_held(desk.rulings.holds)


def agree(desk: Desk, verdict: str = "approve") -> None:
    holds = desk.rulings.holds
    assert holds is not None
    hold = holds.get(held(desk))
    holds.vote(
        Ballot(
            hold=hold.id,
            person="ada",
            verdict=verdict,  # type: ignore[arg-type] # - the table of a test
            channel="terminal",
            seen=hold.digest,
            reason="seen",
        )
    )


def test_the_same_call_again_collects_the_approval_once(desk: Desk) -> None:
    told = ask(desk)
    assert told["permissionDecision"] == "deny"
    assert "ask again" in told["permissionDecisionReason"]
    agree(desk)
    assert ask(desk)["permissionDecision"] == "allow"
    assert ask(desk, event="PostToolUse", tool_response={"stdout": "ok"}) == {}
    holds = desk.rulings.holds
    assert holds is not None
    assert holds.get(held(desk)).state == "done"
    assert ask(desk)["permissionDecision"] == "deny"


def test_without_a_person_before_it_the_call_is_put_off(desk: Desk) -> None:
    assert ask(desk, entrypoint="sdk-cli")["permissionDecision"] == "defer"
    agree(desk)
    assert ask(desk, entrypoint="sdk-cli")["permissionDecision"] == "allow"


@pytest.mark.parametrize(("verdict", "word"), [("approve", "allow"), ("deny", "deny")])
def test_an_agent_that_waits_is_answered_when_people_decide(
    settings: Settings, verdict: str, word: str
) -> None:
    from msgspec.structs import replace  # noqa: PLC0415 - used by this test alone

    with open_desk(replace(settings, wait_s=30.0), Path("/home/dev")) as desk:
        answers: list[Any] = []
        thread = threading.Thread(target=lambda: answers.append(ask(desk)))
        thread.start()
        while not held(desk):
            thread.join(0.01)
        # Another call of the agent is decided while this one waits.
        assert ask(desk, tool_name="Read", tool_input={"file_path": "a.py"}) == {}
        agree(desk, verdict)
        thread.join(20)
    assert answers[0]["permissionDecision"] == word


def test_a_person_approves_from_another_process(settings: Settings, tmp_path: Path) -> None:
    """The ledger's file belongs to the guard; a vote in a terminal is handed in to it."""
    with open_desk(settings, Path("/home/dev")) as desk:
        ask(desk)
        hold = held(desk)
        holds = desk.rulings.holds
        assert holds is not None
        digest = holds.get(hold).digest.removeprefix("sha256:")[:16]
        words = ["hold", "approve", settings.ledger, hold, "--by", "ada", "--reason", "seen"]
        program = "import sys; from gardefou.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", program, *words, "--seen", digest],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(gardefou.__file__).parents[1])},
        )
        assert done.returncode == 0, done.stderr
        assert ask(desk)["permissionDecision"] == "allow"
