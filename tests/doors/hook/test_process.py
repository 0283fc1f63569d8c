"""The hook as a whole process: with a guard, without one, and with one that is not ours."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import gardefou

CLIENT = Path(gardefou.__file__).parent / "doors" / "hook" / "_client.py"
PAYLOAD = {
    "session_id": "s",
    "cwd": "/",
    "hook_event_name": "PreToolUse",
    "tool_name": "Bash",
    "tool_input": {"command": "rm -rf /etc"},
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for settings and socket, and for what is kept; no guard is started by itself."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "settings.json").write_text('{"start": false}')
    return tmp_path


def hook(place: Path, payload: object = PAYLOAD, *, agent: str = "claude-code") -> tuple[int, str]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    words = [sys.executable, "-I", "-S", str(CLIENT), agent]
    done = subprocess.run(
        [*words, str(place / "settings.json"), str(place / "s" / "hook.sock")],
        input=data,
        capture_output=True,
        timeout=60,
        check=False,
        cwd=place,
    )
    return done.returncode, (done.stdout or done.stderr).decode()


def started(place: Path) -> subprocess.Popen[bytes]:
    """A guard, once it answers."""
    background = str(CLIENT.with_name("_background.py"))
    settings, path = str(place / "settings.json"), str(place / "s" / "hook.sock")
    guard = subprocess.Popen([sys.executable, "-I", background, settings, path])
    for _ in range(600):
        if (place / "s" / "hook.sock").exists():
            return guard
        time.sleep(0.05)
    raise AssertionError("the guard did not start")


def test_with_and_without_a_guard_the_verdict_is_the_same(place: Path) -> None:
    """Law 3: the embedded verdict is the guard's."""
    alone = hook(place)
    guard = started(place)
    try:
        assert hook(place) == alone
        assert (place / "s" / "hook.sock").stat().st_mode & 0o777 == 0o600
        assert (place / "s").stat().st_mode & 0o077 == 0
    finally:
        guard.send_signal(signal.SIGTERM)
        guard.wait(10)
    assert alone[0] == 0
    assert json.loads(alone[1])["hookSpecificOutput"]["permissionDecision"] == "deny"


# What reads documents, keeps a ledger or serves: a call that finds its documents compiled needs none.
HEAVY = {"asyncio", "cel_expr_python.cel", "cryptography", "markdown_it", "sqlite3", "yaml"}
ROOMS = {"gardefou.constitution._load", "gardefou.ledger._ledger", "gardefou.supervision._holds"}


def loaded(place: Path) -> set[str]:
    """The modules that a hook's process has loaded when it answers."""
    words = [sys.executable, "-I", "-S", "-X", "importtime", str(CLIENT), "claude-code"]
    done = subprocess.run(
        [*words, str(place / "settings.json"), str(place / "s" / "hook.sock")],
        input=json.dumps(PAYLOAD).encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert b'"deny"' in done.stdout
    return {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}


def test_a_second_call_without_a_guard_loads_what_a_decision_needs(place: Path) -> None:
    """Law 3: the first one compiles the documents, the second takes them, with the same verdict."""
    first = loaded(place)
    assert HEAVY - first == {"asyncio", "cryptography", "sqlite3"}  # no ledger, no event loop
    second = loaded(place)
    assert not (HEAVY | ROOMS) & second
    assert "gardefou.decide._guard" in second


def test_a_running_guard_costs_a_call_no_module_of_ours(place: Path) -> None:
    guard = started(place)
    try:
        assert not {name for name in loaded(place) if name.startswith(("gardefou", "msgspec"))}
    finally:
        guard.send_signal(signal.SIGTERM)
        guard.wait(10)


def test_what_was_kept_and_then_harmed_is_compiled_again(place: Path) -> None:
    """Fail closed: what cannot be trusted is not used, and the verdict stays."""
    alone = hook(place)
    (kept,) = (place / "cache" / "gardefou" / "policies").iterdir()
    kept.write_bytes(b"nonsense")
    assert hook(place) == alone
    assert "markdown_it" not in loaded(place)  # the call before has kept it anew


LAYER = """---
constitution: Ours
version: 1
language: 1
layer: tenant
---

## Article 40. Ours {#ours}

Nobody runs anything.

```article
kind: default
on: effect reads
deny: always
```
"""


def test_a_running_guard_decides_by_the_documents_of_this_moment(place: Path) -> None:
    layer = place / "ours.md"
    layer.write_text(LAYER.replace("deny: always", ""), encoding="utf-8")
    (place / "settings.json").write_text(json.dumps({"start": False, "layers": [str(layer)]}))
    look = {**PAYLOAD, "tool_input": {"command": "ls"}}
    guard = started(place)
    try:
        assert hook(place, look) == (0, "{}")
        layer.write_text(LAYER, encoding="utf-8")
        assert "deny" in hook(place, look)[1]
        layer.write_text("nonsense", encoding="utf-8")
        assert hook(place, look)[0] == 2
        layer.write_text(LAYER.replace("deny: always", ""), encoding="utf-8")
        assert hook(place, look) == (0, "{}")
        (place / "settings.json").write_text(json.dumps({"start": False}))
        assert guard.wait(20) == 0
    finally:
        guard.kill()
        guard.wait(10)


def test_the_first_call_starts_a_guard_for_the_next(place: Path) -> None:
    (place / "settings.json").write_text("{}")
    assert hook(place)[0] == 0
    path = place / "s" / "hook.sock"
    for _ in range(600):
        if path.exists():
            break
        time.sleep(0.05)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.connect(str(path))
        found = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    pid = int.from_bytes(found[:4], sys.byteorder)
    os.kill(pid, signal.SIGTERM)


@pytest.mark.parametrize("payload", [b"", b"nonsense", b"[]", b'{"hook_event_name": 3}'])
def test_what_cannot_be_read_blocks(place: Path, payload: bytes) -> None:
    """Exit code 2 is what every agent takes for a block; any other code would let the call pass."""
    code, told = hook(place, payload)
    assert code == 2
    assert told.startswith("refused by gardefou:")


@pytest.mark.parametrize("settings", ["{", '{"layers": ["/nowhere.md"]}', '{"what": 1}'])
def test_settings_that_cannot_be_used_block(place: Path, settings: str) -> None:
    (place / "settings.json").write_text(settings)
    assert hook(place)[0] == 2


def test_a_socket_that_others_can_open_is_not_used(place: Path) -> None:
    """The verdict is then the embedded one: a false guard that allows everything is not heard."""
    path = place / "s" / "hook.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as false_guard:
        false_guard.bind(str(path))
        path.chmod(0o666)
        false_guard.listen()
        code, told = hook(place)
    assert (code, json.loads(told)["hookSpecificOutput"]["permissionDecision"]) == (0, "deny")


@pytest.mark.parametrize("answer", [b"\0", b"\0\0\0\0\xff{}"])
def test_an_answer_that_is_cut_short_blocks(place: Path, answer: bytes) -> None:
    path = place / "s" / "hook.sock"
    path.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as guard:
        before = os.umask(0o177)
        guard.bind(str(path))
        os.umask(before)
        guard.listen()

        def once() -> None:
            peer, _ = guard.accept()
            with peer:
                while peer.recv(65536):
                    pass
                peer.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        code, told = hook(place)
        thread.join(10)
    assert code == 2
    assert "hook.no_answer" in told
