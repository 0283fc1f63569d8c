"""Measures what the doors add: to a hook's process, to a Python call, to a call of an MCP server.

    python benchmarks/doors.py [--json out/doors-bench.json]

Every figure stands beside the same thing without the door, in one run. Peers are measured where
they are installed (the group `bench`); a peer that is missing is named. `invariant-gateway` sends
what it sees to its vendor's service and is not measured. The exit code rests on ratios only; the
targets are printed with what was reached.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import gardefou
from gardefou import open_door
from gardefou.ledger import create_ledger, make_key, save_key

SOURCE = Path(gardefou.__file__).parents[1]
HOOK = SOURCE / "gardefou" / "doors" / "hook"
KEY = make_key("ledger.example/benchmark", seeds=(bytes(32),))
PAYLOAD = json.dumps(
    {
        "session_id": "s",
        "cwd": "/",
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": "git status"},
    }
).encode()
SERVER = """
import json, sys
TOOL = {"name": "add", "description": "Add numbers.", "inputSchema": {"type": "object",
        "properties": {"a": {"type": "integer"}}}}
for line in sys.stdin:
    m = json.loads(line)
    if "id" in m:
        r = {"tools": [TOOL]} if m["method"] == "tools/list" else {"content": [{"type": "text", "text": "1"}]}
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}) + "\\n")
        sys.stdout.flush()
"""


class Row(NamedTuple):
    name: str
    p50: float
    p95: float
    unit: str
    target: float | None = None


def spread(call: Callable[[], object], times: int, scale: float) -> tuple[float, float]:
    """The median and the 95th percentile of a call's time."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        taken.append((time.perf_counter() - begin) * scale)
    return statistics.median(taken), sorted(taken)[int(times * 0.95)]


# The hook


def hook(folder: Path) -> Iterator[Row]:
    settings, path = folder / "hook.json", folder / "s" / "hook.sock"
    settings.write_text('{"start": false}', encoding="utf-8")
    bare = [sys.executable, "-I", "-S"]
    client = [*bare, str(HOOK / "_client.py"), "claude-code", str(settings), str(path)]

    def run(words: list[str]) -> None:
        done = subprocess.run(words, input=PAYLOAD, capture_output=True, check=True)
        assert done.stdout in {b"", b"{}"}, done

    yield Row("hook: a bare interpreter", *spread(lambda: run([*bare, "-c", ""]), 60, 1e3), "ms")
    yield Row("hook: no guard runs", *spread(lambda: run(client), 12, 1e3), "ms", 120)
    serve = [sys.executable, "-I", str(HOOK / "_background.py"), str(settings), str(path)]
    guard = subprocess.Popen(serve)
    try:
        while not path.exists():
            time.sleep(0.05)
        run(client)
        yield Row("hook: a guard runs", *spread(lambda: run(client), 100, 1e3), "ms", 15)
    finally:
        guard.terminate()
        guard.wait()


# Python


def python(folder: Path) -> Iterator[Row]:
    def look(q: str, limit: int = 3) -> int:
        return limit + len(q)

    yield Row("python: the bare function", *spread(lambda: look("x"), 5000, 1e6), "us")
    with open_door() as door:
        guarded = door(effects=["reads"], roles={"q": "filter"})(look)
        guarded("x")
        added = spread(lambda: guarded("x", limit=4), 5000, 1e6)
        yield Row("python: guarded", *added, "us", 60)
    with open_door(ledger=ledger(folder / "python.db")) as door:
        guarded = door(effects=["reads"], roles={"q": "filter"})(look)
        guarded("x")
        added = spread(lambda: guarded("x", limit=4), 2000, 1e6)
        yield Row("python: guarded, durable ledger", *added, "us", 500)
    if (peer := agt()) is None:
        print("agent-governance-toolkit is not installed: not measured", file=sys.stderr)
    else:
        yield Row("python: agent-governance-toolkit", *spread(peer, 5000, 1e6), "us")


def agt() -> Callable[[], object] | None:
    """A call behind the toolkit's policy engine, with one rule."""
    try:
        from agentmesh.governance.policy import Policy, PolicyEngine, PolicyRule
    except ImportError:
        return None
    engine = PolicyEngine(conflict_strategy="deny_overrides")
    rule = PolicyRule(name="r", condition="tool == 'pay' and amount > 100", action="deny")
    engine.load_policy(Policy(name="benchmark", default_action="allow", agents=["*"], rules=[rule]))
    return lambda: engine.evaluate("did:mesh:agent", {"tool": "look", "q": "x", "limit": 4})


def ledger(path: Path) -> str:
    create_ledger(str(path), KEY)
    save_key(KEY, Path(f"{path}.key"))
    return str(path)


# MCP


@contextmanager
def speaking(words: list[str]) -> Iterator[Callable[[int], None]]:
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=env) as p:
        assert p.stdin is not None
        assert p.stdout is not None

        def say(message: dict[str, Any]) -> None:
            assert p.stdin is not None
            assert p.stdout is not None
            p.stdin.write(json.dumps(message).encode() + b"\n")
            p.stdin.flush()
            answer = json.loads(p.stdout.readline())
            assert answer["result"].get("isError") is not True, answer

        def call(number: int) -> None:
            params = {"name": "add", "arguments": {"a": number}}
            say({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})

        say({"jsonrpc": "2.0", "id": "l", "method": "tools/list", "params": {}})
        yield call
        p.stdin.close()
        p.wait()


def mcp(folder: Path) -> Iterator[Row]:
    server = folder / "server.py"
    server.write_text(SERVER, encoding="utf-8")
    labels = folder / "labels.yaml"
    labels.write_text("catalogue: 1\ntools:\n  add:\n    effects: [computes]\n", encoding="utf-8")
    direct = [sys.executable, str(server)]
    words = [sys.executable, "-c", "from gardefou.cli import main; main()", "mcp"]
    words += ["--tools", str(folder / "tools"), "--catalogue", str(labels)]
    recorded = [*words, "--ledger", ledger(folder / "mcp.db")]

    def measured(command: list[str]) -> tuple[float, float]:
        with speaking(command) as call:
            numbers = iter(range(1, 3000))
            for _ in range(50):
                call(next(numbers))
            return spread(lambda: call(next(numbers)), 1500, 1e3)

    without = measured(direct)
    yield Row("mcp: the server alone", *without, "ms")
    for name, command, target in (
        ("mcp: added by the proxy", words, None),
        ("mcp: added by the proxy, durable ledger", recorded, 0.6),
    ):
        found = measured([*command, "--", *direct])
        yield Row(name, found[0] - without[0], found[1] - without[1], "ms", target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        for part in (hook, python, mcp):
            for row in part(Path(name)):
                reached = "" if row.target is None else f"   target {row.target:g}"
                print(f"{row.name:42} p50 {row.p50:8.2f} {row.unit}  p95 {row.p95:8.2f}{reached}")
                rows.append(row)
    if options.json is not None:
        options.json.write_text(json.dumps([row._asdict() for row in rows]), encoding="utf-8")
    found = {row.name: row.p50 for row in rows}
    # A warm hook costs at most three bare interpreters: the machine's load moves both alike.
    return int(found["hook: a guard runs"] > 3 * found["hook: a bare interpreter"])


if __name__ == "__main__":
    raise SystemExit(main())
