"""Measures what the doors add: to a hook's process, to a Python call, to a call of an MCP server.

    python benchmarks/doors.py [--json out/doors-bench.json]
        [--agt FOLDER/bin/python] [--invariant FOLDER/bin/invariant-gateway]

Every figure stands beside the same thing without the door, in one run. Peers are measured where an
environment with them is named, since their versions of libraries are not ours:
`pip install agent-governance-toolkit agent-governance-toolkit-core==4.1.0` and
`pip install invariant-gateway`, which needs Python 3.12. The second has its rules decided by its
vendor's service: it is given a stand-in on this machine that has none, so it passes calls on and
decides nothing. On a machine that does other work as well, the best of all runs says what the door
takes, and the median what the load adds. The exit code rests on ratios only; the targets are printed
with what was reached.
"""

from __future__ import annotations

import argparse
import http.server
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
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
AGT = """
import json, statistics, sys, time, warnings
warnings.simplefilter("ignore")
from agentmesh.governance.audit import AuditLog
from agentmesh.governance.audit_backends import FileAuditSink
from agentmesh.governance.policy import Policy, PolicyEngine, PolicyRule
engine = PolicyEngine(conflict_strategy="deny_overrides")
rule = PolicyRule(name="r", condition="tool == 'pay' and amount > 100", action="deny")
engine.load_policy(Policy(name="benchmark", default_action="allow", agents=["*"], rules=[rule]))
log = AuditLog(sink=FileAuditSink(sys.argv[1], secret_key=bytes(32)))
def decide():
    engine.evaluate("did:mesh:agent", {"tool": "look", "q": "x", "limit": 4})
def record():
    decide()
    log.log("tool_call", "did:mesh:agent", "look", data={"q": "x", "limit": 4})
for call, times in ((decide, 3000), (record, 1000)):
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        taken.append((time.perf_counter() - begin) * 1e6)
    print(json.dumps([min(taken), statistics.median(taken), sorted(taken)[int(times * 0.95)]]))
"""
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
    best: float
    p50: float
    p95: float
    unit: str
    target: float | None = None


Spread = tuple[float, float, float]


def spread(call: Callable[[], object], times: int, scale: float) -> Spread:
    """The least, the median and the 95th percentile of a call's time."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        taken.append((time.perf_counter() - begin) * scale)
    return min(taken), statistics.median(taken), sorted(taken)[int(times * 0.95)]


def beyond(found: Spread, without: Spread) -> Spread:
    """What was added to the median of the same thing without the door."""
    return found[0] - without[1], found[1] - without[1], found[2] - without[1]


# The hook


def hook(folder: Path) -> Iterator[Row]:
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    settings, path = folder / "hook.json", folder / "s" / "hook.sock"
    settings.write_text('{"start": false}', encoding="utf-8")
    bare = [sys.executable, "-I", "-S"]
    client = [*bare, str(HOOK / "_client.py"), "claude-code", str(settings), str(path)]

    def run(words: list[str]) -> None:
        done = subprocess.run(words, input=PAYLOAD, capture_output=True, check=True)
        assert done.stdout in {b"", b"{}"}, done

    yield Row("hook: a bare interpreter", *spread(lambda: run([*bare, "-c", ""]), 60, 1e3), "ms")
    run(client)  # compiles the engine's own files
    shutil.rmtree(folder / "cache")
    first = spread(lambda: run(client), 1, 1e3)
    yield Row("hook: no guard, documents compiled anew", *first, "ms")
    yield Row("hook: no guard runs", *spread(lambda: run(client), 40, 1e3), "ms", 120)
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


def agt(python: str, folder: Path) -> Iterator[Row]:
    """A call behind the toolkit's policy engine with one rule, alone and with its file of records."""
    words = [python, "-c", AGT, str(folder / "agt.jsonl")]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    alone, recorded = (json.loads(line) for line in done.stdout.splitlines())
    yield Row("python: agent-governance-toolkit", *alone, "us")
    yield Row("python: agent-governance-toolkit, its file", *recorded, "us")


def ledger(path: Path) -> str:
    create_ledger(str(path), KEY)
    save_key(KEY, Path(f"{path}.key"))
    return str(path)


# MCP


@contextmanager
def speaking(words: list[str], **more: str) -> Iterator[Callable[[int], None]]:
    env = {**os.environ, "PYTHONPATH": str(SOURCE), **more}
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

        about = {"clientInfo": {"name": "b", "version": "1"}, "capabilities": {}}
        about["protocolVersion"] = "2025-06-18"
        say({"jsonrpc": "2.0", "id": "i", "method": "initialize", "params": about})
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

    without = measured(direct)
    yield Row("mcp: the server alone", *without, "ms")
    for name, command, target in (
        ("mcp: added by the proxy", words, None),
        ("mcp: added by the proxy, durable ledger", recorded, 0.6),
    ):
        found = measured([*command, "--", *direct])
        yield Row(name, *beyond(found, without), "ms", target)


def measured(command: list[str], times: int = 1500, **more: str) -> Spread:
    """The time of a call through a command."""
    with speaking(command, **more) as call:
        numbers = iter(range(1, 3000))
        for _ in range(50):
            call(next(numbers))
        return spread(lambda: call(next(numbers)), times, 1e3)


class NoRules(http.server.BaseHTTPRequestHandler):
    """Stands in for the service that `invariant-gateway` asks for rules: it has none."""

    def do_GET(self) -> None:
        known = self.path.startswith("/api/v1/user/identity")
        body = b'{"username": "b"}' if known else b"{}"
        self.send_response(200 if known else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def invariant(command: str, folder: Path) -> Iterator[Row]:
    service = http.server.HTTPServer(("127.0.0.1", 0), NoRules)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    server = [sys.executable, str(folder / "server.py")]
    place = f"http://127.0.0.1:{service.server_port}"
    more = {"INVARIANT_API_URL": place, "GUARDRAILS_API_URL": place, "HOME": str(folder)}
    words = [command, "mcp", "--project-name", "b", "--exec", *server]
    without = measured(server)
    found = measured(words, 200, INVARIANT_API_KEY="none", **more)
    service.shutdown()
    yield Row("mcp: added by invariant-gateway, no rules", *beyond(found, without), "ms")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--agt", metavar="PYTHON", help="an interpreter with the toolkit")
    parser.add_argument("--invariant", metavar="COMMAND", help="invariant-gateway's own command")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = [hook(folder), python(folder), mcp(folder)]
        parts += [agt(options.agt, folder)] if options.agt else []
        parts += [invariant(options.invariant, folder)] if options.invariant else []
        for part in parts:
            for row in part:
                reached = "" if row.target is None else f"   target {row.target:g}"
                times = f"best {row.best:8.2f}  p50 {row.p50:8.2f}  p95 {row.p95:8.2f} {row.unit}"
                print(f"{row.name:43} {times}{reached}", flush=True)
                rows.append(row)
    if options.json is not None:
        options.json.write_text(json.dumps([row._asdict() for row in rows]), encoding="utf-8")
    found = {row.name: row.best for row in rows}
    # A warm hook costs at most three bare interpreters: the machine's load moves both alike.
    return int(found["hook: a guard runs"] > 3 * found["hook: a bare interpreter"])


if __name__ == "__main__":
    raise SystemExit(main())
