"""Several servers under one endpoint: names with the server before them, one decision for each call."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

import gardefou
from gardefou.doors.mcp import confirm, pending_in, read_servers
from gardefou.errors import InputError

SOURCE = Path(gardefou.__file__).parents[1]
SUMS = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("sums", instructions="Adds.")

@server.tool()
def add(a: int, b: int) -> int:
    "Add two numbers."
    return a + b

server.run()
"""
NOTES = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("notes")

@server.tool()
def add(text: str) -> str:
    "Read the list of notes."
    return f"noted {text}"

@server.resource("note://one")
def one() -> str:
    "A note."
    return "first"

@server.resource("page://{number}")
def page(number: str) -> str:
    "A page."
    return f"page {number}"

@server.prompt()
def greet(name: str) -> str:
    "Greet."
    return f"hello {name}"

server.run()
"""


def command(folder: Path) -> list[str]:
    listed = {}
    for name, text in (("sums", SUMS), ("notes", NOTES)):
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        listed[name] = {"command": sys.executable, "args": [str(folder / f"{name}.py")]}
    (folder / "servers.json").write_text(json.dumps({"mcpServers": listed}), encoding="utf-8")
    words = [sys.executable, "-c", "from gardefou.cli import main; main()", "mcp"]
    words += ["--servers", str(folder / "servers.json"), "--tools", str(folder / "mcp")]
    return [*words, "--wait", "0.1"]


async def speak(folder: Path, mode: Any) -> dict[str, Any]:
    words = command(folder)
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "HOME": str(folder)}
    parameters = StdioServerParameters(command=words[0], args=words[1:], env=env)
    with (folder / "stderr").open("a", encoding="utf-8") as stderr:
        async with Client(stdio_client(parameters, errlog=stderr), mode=mode) as client:
            return {
                "tools": sorted(t.name for t in (await client.list_tools()).tools),
                "sum": await client.call_tool("sums__add", {"a": 1, "b": 2}),
                "note": await client.call_tool("notes__add", {"text": "x"}),
                "prompts": [p.name for p in (await client.list_prompts()).prompts],
                "greet": await client.get_prompt("notes__greet", {"name": "ann"}),
                "resources": [str(r.uri) for r in (await client.list_resources()).resources],
                "templates": len((await client.list_resource_templates()).resource_templates),
                "one": await client.read_resource("note://one"),
                "page": await client.read_resource("page://7"),
            }


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_two_servers_are_one_and_each_is_confirmed(tmp_path: Path, mode: str) -> None:
    first = asyncio.run(speak(tmp_path, mode))
    assert first["tools"] == ["notes__add", "sums__add"]
    assert first["sum"].is_error is True
    assert first["note"].is_error is True
    assert sorted(pending_in(tmp_path / "mcp")) == ["notes", "sums"]
    confirm(tmp_path / "mcp", "sums")
    second = asyncio.run(speak(tmp_path, mode))
    assert second["sum"].content[0].text == "3"
    assert second["note"].is_error is True, "the other server's tool of that name is another tool"
    assert second["prompts"] == ["notes__greet"]
    assert second["greet"].messages[0].content.text == "hello ann"
    assert second["resources"] == ["note://one"]
    assert second["templates"] == 1
    assert second["one"].contents[0].text == "first"
    assert second["page"].contents[0].text == "page 7"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "json.syntax"),
        ("{}", "mcp.servers"),
        ('{"mcpServers": {}}', "mcp.servers"),
        ('{"mcpServers": {"a": {"url": "https://x.example"}}}', "mcp.servers"),
        ('{"mcpServers": {"a": {"command": 7}}}', "mcp.servers"),
    ],
)
def test_a_file_that_names_no_servers_is_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read_servers(text.encode())
    assert caught.value.code == code
