"""The three revisions of the protocol, each with the SDK's own handshake: allowed, held, denied."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import mcp.client.session
import pytest
from doors_counterparts import SOURCE, free_port, running
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import InputRequiredResult

from gardefou.ledger import create_ledger, make_key, save_key

LAW = """---
constitution: Revisions
version: 1
language: 1
unlisted: hold
roles: {desk: [ada]}
---

## Article 1. Work {#work}

Sums pass, mail waits for the desk, and nothing of the archive is deleted.

```article
kind: default
on: [effect computes, effect sends_outside, effect deletes]
hold:
  - when: action.tool == "there.send_mail"
    quorum: {desk: 1}
deny:
  - when: args.targets.exists(t, t == "archive")
```
"""
LABELS = """catalogue: 1
tools:
  add: {effects: [computes]}
  send_mail: {effects: [sends_outside], parameters: {to: {role: recipients}}}
  delete_folder: {effects: [deletes], parameters: {folder: {role: targets}}}
"""
SERVER = """
import sys
from mcp.server.mcpserver import MCPServer
server = MCPServer("revisions")

def ran(tool):
    with open(sys.argv[1], "a") as file:
        file.write(tool + "\\n")

@server.tool()
def add(a: int, b: int) -> int:
    "Add two numbers."
    ran("add")
    return a + b

@server.tool()
def send_mail(to: str) -> str:
    "Send an e-mail."
    ran("send_mail")
    return "sent"

@server.tool()
def delete_folder(folder: str) -> str:
    "Delete a folder."
    ran("delete_folder")
    return "deleted"

if sys.argv[2:]:
    server.run("streamable-http", port=int(sys.argv[2]))
else:
    server.run()
"""
REVISIONS = ("2025-06-18", "2025-11-25", "2026-07-28")


@asynccontextmanager
async def opened(folder: Path, transport: str, version: str) -> AsyncIterator[Client]:
    """The SDK's client of this revision, through the proxy to the server."""
    for name, text in (("law.md", LAW), ("labels.yaml", LABELS), ("server.py", SERVER)):
        (folder / name).write_text(text, encoding="utf-8")
    server = [sys.executable, str(folder / "server.py"), str(folder / "ran")]
    words = [sys.executable, "-c", "from gardefou.cli import main; main()", "mcp"]
    words += ["--name", "there", "--tools", str(folder / "mcp"), "--wait", "0.1"]
    words += ["--constitution", str(folder / "law.md"), "--catalogue", str(folder / "labels.yaml")]
    location = str(folder / "ledger.db")
    key = make_key("ledger.example/revisions", seeds=(b"r" * 32,))
    save_key(key, Path(f"{location}.key"))
    create_ledger(location, key)
    words += ["--ledger", location]
    mode: Any = version if version == REVISIONS[-1] else "legacy"
    if transport == "stdio":
        words += ["--", *server]
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "HOME": str(folder)}
        parameters = StdioServerParameters(command=words[0], args=words[1:], env=env)
        with (folder / "stderr").open("a", encoding="utf-8") as stderr:
            async with Client(stdio_client(parameters, errlog=stderr), mode=mode) as client:
                yield client
        return
    behind, before = free_port(), free_port()
    words += ["--upstream", f"http://127.0.0.1:{behind}/mcp", "--listen", f"127.0.0.1:{before}"]
    with ExitStack() as stack:
        stack.enter_context(running([*server, str(behind)], behind))
        url = stack.enter_context(running(words, before))
        async with Client(url, mode=mode) as client:
            yield client


@pytest.mark.parametrize("version", REVISIONS)
@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_each_revision_has_its_call_allowed_held_and_denied(
    transport: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The SDK's client asks for the newest revision with a handshake; older clients are still there.
    if version != REVISIONS[-1]:
        monkeypatch.setattr(mcp.client.session, "LATEST_HANDSHAKE_VERSION", version)

    async def speak() -> tuple[str, Any, Any, Any]:
        async with opened(tmp_path, transport, version) as client:
            assert len((await client.list_tools()).tools) == 3
            allowed = await client.call_tool("add", {"a": 1, "b": 2})
            held = await client.session.call_tool(
                "send_mail", {"to": "ann@example.org"}, allow_input_required=True
            )
            denied = await client.call_tool("delete_folder", {"folder": "archive"})
            return client.protocol_version, allowed, held, denied

    spoken, allowed, held, denied = asyncio.run(speak())
    assert spoken == version
    assert (allowed.is_error, allowed.content[0].text) == (False, "3")
    assert (denied.is_error, denied.content[0].text[:6]) == (True, "Denied")
    if version == REVISIONS[-1]:
        assert isinstance(held, InputRequiredResult)
        assert held.request_state
    else:
        assert (held.is_error, held.content[0].text[:4]) == (True, "Held")
        assert held.meta["gardefou/hold"]
    assert (tmp_path / "ran").read_text() == "add\n"
