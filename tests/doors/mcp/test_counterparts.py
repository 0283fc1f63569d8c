"""The proxy before real servers, spoken to by the protocol's own SDK."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from doors_counterparts import node_home, python_server, server
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError

import gardefou
from gardefou.doors.mcp import confirm, pending_in

SOURCE = Path(gardefou.__file__).parents[1]
OPEN = """---
constitution: A workshop
version: 1
language: 1
unlisted: hold
roles: {desk: [ada]}
---

## Article 1. Work {#work}

Ordinary work passes.

```article
kind: default
on:
  - effect reads
  - effect reads_outside
  - effect computes
  - effect writes
  - effect publishes
  - effect sends_outside
  - effect starts_agent
```
"""
PYTHON_SERVER = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("sums")

@server.tool()
def add(a: int, b: int) -> int:
    "Add two numbers."
    return a + b

@server.tool()
def read_clock() -> str:
    "Read the clock."
    import os
    os._exit(7)

server.run()
"""


def proxied(folder: Path, command: list[str], name: str) -> list[str]:
    law = folder / "law.md"
    law.write_text(OPEN, encoding="utf-8")
    program = "from gardefou.cli import main; main()"
    words = [sys.executable, "-c", program, "mcp", "--name", name, "--tools", str(folder / "mcp")]
    return [*words, "--constitution", str(law), "--wait", "0.2", "--", *command]


@asynccontextmanager
async def client(command: list[str], folder: Path) -> AsyncIterator[Client]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "HOME": str(folder)}
    parameters = StdioServerParameters(command=command[0], args=command[1:], env=env)
    with (folder / "stderr").open("a", encoding="utf-8") as stderr:
        async with Client(stdio_client(parameters, errlog=stderr)) as opened:
            yield opened


def sums_server(folder: Path) -> list[str]:
    path = folder / "sums.py"
    path.write_text(PYTHON_SERVER, encoding="utf-8")
    return [sys.executable, str(path)]


SERVERS: dict[str, tuple[str, list[str], str, dict[str, Any]]] = {
    "everything": ("@modelcontextprotocol/server-everything", [], "echo", {"message": "hello"}),
    "memory": ("@modelcontextprotocol/server-memory", [], "read_graph", {}),
    "filesystem": (
        "@modelcontextprotocol/server-filesystem",
        ["{folder}"],
        "list_directory",
        {"path": "{folder}"},
    ),
    "thinking": (
        "@modelcontextprotocol/server-sequential-thinking",
        [],
        "sequentialthinking",
        {"thought": "x", "nextThoughtNeeded": False, "thoughtNumber": 1, "totalThoughts": 1},
    ),
    "time": (
        "mcp_server_time",
        ["--local-timezone", "UTC"],
        "convert_time",
        {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"},
    ),
    "git": ("mcp_server_git", ["-r", "{folder}"], "git_status", {"repo_path": "{folder}"}),
    "sums": ("", [], "add", {"a": 1, "b": 2}),
}


@pytest.mark.parametrize("name", sorted(SERVERS))
def test_a_server_is_the_same_behind_the_proxy_once_its_tools_are_confirmed(
    name: str, tmp_path: Path
) -> None:
    package, arguments, tool, values = SERVERS[name]
    root = tmp_path / "root"
    root.mkdir()

    def filled(text: Any) -> Any:
        return text.replace("{folder}", str(root)) if isinstance(text, str) else text

    command = sums_server(tmp_path)
    if package:
        command = (server if "/" in package else python_server)(package, *map(filled, arguments))
    if name == "git":
        if shutil.which("git") is None:
            pytest.skip("git is not installed")
        subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True, timeout=60)
    call = {key: filled(value) for key, value in values.items()}

    async def speak(words: list[str]) -> tuple[list[str], Any]:
        async with client(words, tmp_path) as opened:
            tools = (await opened.list_tools()).tools
            result = await opened.call_tool(tool, call)
            return sorted(t.name for t in tools), result

    before = asyncio.run(speak(command))
    names, held = asyncio.run(speak(proxied(tmp_path, command, name)))
    assert held.is_error is True
    assert "Held" in held.content[0].text
    waiting = pending_in(tmp_path / "mcp")[name].tools
    flagged = {n for n, t in waiting.items() if any(r.startswith("FLAG") for r in t.reasons)}
    assert set(names) == set(before[0]) - {n.partition(".")[2] for n in flagged}
    confirm(tmp_path / "mcp", name)
    names, after = asyncio.run(speak(proxied(tmp_path, command, name)))
    assert (names, after.content, after.is_error) == (before[0], before[1].content, False)


def test_a_server_that_ends_ends_the_call_with_an_error(tmp_path: Path) -> None:
    command = sums_server(tmp_path)

    async def first() -> None:
        async with client(proxied(tmp_path, command, "sums"), tmp_path) as opened:
            await opened.list_tools()

    async def second() -> None:
        async with client(proxied(tmp_path, command, "sums"), tmp_path) as opened:
            with pytest.raises(MCPError, match="the server has ended"):
                await opened.call_tool("read_clock", {})

    asyncio.run(first())
    confirm(tmp_path / "mcp", "sums")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the SDK's own transport, cut off
        asyncio.run(second())


def test_a_server_that_cannot_start_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        proxied(tmp_path, ["no-such-server"], "x"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert done.returncode == 3
    assert "mcp.start" in done.stderr


def test_the_inspector_lists_and_calls_through_the_proxy(tmp_path: Path) -> None:
    command = sums_server(tmp_path)
    words = proxied(tmp_path, command, "sums")
    inspector = node_home() / "node_modules" / "@modelcontextprotocol" / "inspector-cli"
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}

    script = tmp_path / "proxy.sh"
    script.write_text("#!/bin/sh\nexec " + " ".join(map(_quoted, words)) + "\n")
    script.chmod(0o755)

    def ask(*more: str) -> str:
        done = subprocess.run(
            ["node", str(inspector / "build" / "index.js"), str(script), *more],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=env,
        )
        return done.stdout + done.stderr

    assert '"add"' in ask("--method", "tools/list")
    confirm(tmp_path / "mcp", "sums")
    told = ask(
        "--method", "tools/call", "--tool-name", "add", "--tool-arg", "a=1", "--tool-arg", "b=2"
    )
    assert '"text": "3"' in told


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
