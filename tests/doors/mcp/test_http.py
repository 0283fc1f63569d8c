"""The proxy on streamable HTTP: the protocol's conformance suite, its SDK, and what is passed on."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from doors_counterparts import node_home
from hypothesis import given
from hypothesis import strategies as st
from mcp.client.client import Client

import gardefou
from gardefou.doors.mcp._sse import Event, Reader

SOURCE = Path(gardefou.__file__).parents[1]
HERE = Path(__file__).resolve().parents[1]
OPEN = """---
constitution: Open
version: 1
language: 1
unlisted: allow
---

## Article 1. Open {#open}

All passes.

```article
kind: guideline
```
"""
WARY = OPEN.replace("unlisted: allow", "unlisted: deny")
ODD_SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self): self.answer()
    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.answer()
    def answer(self):
        if self.path.startswith("/.well-known/"):
            body, status = b'{"resource":"x"}', 200
        elif self.headers.get("authorization") != "Bearer secret":
            body, status = b"who are you", 401
        else:
            body, status = b"<html>not json</html>", 502
        self.send_response(status)
        self.send_header("WWW-Authenticate", 'Bearer resource_metadata="x"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(words: list[str], port: int) -> Iterator[str]:
    """A program that listens, ended by its id."""
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            raise AssertionError(f"{words} does not listen")
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def proxy(folder: Path, upstream: str, law: str = OPEN) -> Iterator[str]:
    (folder / "law.md").write_text(law, encoding="utf-8")
    port = free_port()
    words = [sys.executable, "-c", "from gardefou.cli import main; main()", "mcp"]
    words += ["--name", "there", "--tools", str(folder / "mcp")]
    words += ["--constitution", str(folder / "law.md"), "--wait", "0.2"]
    words += ["--upstream", upstream, "--listen", f"127.0.0.1:{port}"]
    with running(words, port) as url:
        yield url


@pytest.fixture(scope="module")
def conformant() -> Iterator[str]:
    port = free_port()
    with running([sys.executable, str(HERE / "conformance_server.py"), str(port)], port) as url:
        yield url


def suite(url: str) -> dict[str, str]:
    """The scenarios of the conformance suite, and whether the server passes them."""
    program = node_home() / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
    done = subprocess.run(
        ["node", str(program), "server", "--url", url],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    return {name: mark for mark, name in re.findall(r"^([✓✗]) ([\w-]+):", plain, re.MULTILINE)}


def test_the_conformance_suite_finds_no_more_failures_behind_the_proxy(
    conformant: str, tmp_path: Path
) -> None:
    without = suite(conformant)
    assert sum(mark == "✓" for mark in without.values()) >= 19
    with proxy(tmp_path, conformant) as url:
        assert suite(url) == without


def test_the_conformance_suite_accepts_a_client_behind_the_proxy(tmp_path: Path) -> None:
    """The suite's own server is the upstream; the SDK's client speaks through the proxy."""
    script = tmp_path / "client.py"
    script.write_text(
        f"import sys; sys.path[:0] = {[str(HERE), str(HERE / 'mcp')]!r}\n"
        "import asyncio, pathlib\n"
        "from mcp.client.client import Client\n"
        "from test_http import proxy\n"
        "async def main(url):\n"
        "    async with Client(url, mode='legacy') as client:\n"
        "        pass\n"
        f"with proxy(pathlib.Path({str(tmp_path)!r}), sys.argv[-1]) as url:\n"
        "    asyncio.run(main(url))\n",
        encoding="utf-8",
    )
    program = node_home() / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
    done = subprocess.run(
        [
            "node",
            str(program),
            "client",
            "--scenario",
            "initialize",
            "--command",
            f"{sys.executable} {script}",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    told = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    assert re.search(r"Passed: (\d+)/\1\b", told), told[-2000:]


@pytest.mark.parametrize("version", ["2025-06-18", "2025-11-25", "2026-07-28"])
def test_every_revision_is_spoken(conformant: str, tmp_path: Path, version: str) -> None:
    async def speak(url: str) -> tuple[int, Any]:
        mode: Any = version if version == "2026-07-28" else "legacy"
        async with Client(url, mode=mode) as client:
            tools = (await client.list_tools()).tools
            return len(tools), (await client.call_tool("test_simple_text", {})).content

    with proxy(tmp_path, conformant) as url:
        assert asyncio.run(speak(url)) == asyncio.run(speak(conformant))


def test_what_is_denied_never_reaches_the_server(conformant: str, tmp_path: Path) -> None:
    async def speak(url: str) -> Any:
        async with Client(url) as client:
            assert (await client.list_tools()).tools == []
            return await client.call_tool("test_simple_text", {})

    with proxy(tmp_path, conformant, WARY) as url:
        assert asyncio.run(speak(url)).is_error is True


def ask(url: str, *, body: bytes | None = None, **headers: str) -> tuple[int, bytes, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(
        url, data=body, headers={"Content-Type": "application/json", **named}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read(), answer.headers.get("WWW-Authenticate", "")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers.get("WWW-Authenticate", "")


def test_credentials_and_refusals_pass_untouched(tmp_path: Path) -> None:
    """Rules 2, 4 and 5."""
    port = free_port()
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    script = tmp_path / "odd.py"
    script.write_text(ODD_SERVER, encoding="utf-8")
    with (
        running([sys.executable, str(script), str(port)], port) as upstream,
        proxy(tmp_path, upstream) as url,
    ):
        assert ask(url, body=ping) == (401, b"who are you", 'Bearer resource_metadata="x"')
        status, body, _ = ask(url, body=ping, Authorization="Bearer secret")
        assert (status, body) == (502, b"<html>not json</html>")
        root = url.removesuffix("/mcp")
        assert ask(f"{root}/.well-known/oauth-protected-resource")[:2] == (
            200,
            b'{"resource":"x"}',
        )
        assert ask(url, body=ping, Host="evil.example")[0] == 403
        assert ask(url, body=ping, Origin="https://evil.example")[0] == 403
        call = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}'
        assert ask(url, body=call, Mcp_Name="b")[0] == 400
        assert ask(url, body=ping, Mcp_Method="tools/call")[0] == 400
        status, body, _ = ask(url, body=b"[]")
        assert (status, json.loads(body)["error"]["code"]) == (200, -32600)


@given(
    events=st.lists(
        st.tuples(st.binary(max_size=8), st.sampled_from([b"", b"id: 7", b"retry: 5"])), max_size=4
    ),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    line=st.sampled_from([b"\n", b"\r\n"]),
)
def test_events_are_the_same_however_the_stream_is_cut(
    events: list[tuple[bytes, bytes]], cuts: list[int], line: bytes
) -> None:
    """Law 7."""
    clean = [(re.sub(rb"[\r\n]", b"", data), extra) for data, extra in events]
    expected = [Event(data, (extra,) if extra else ()) for data, extra in clean]
    stream = b"".join(event.encode() for event in expected).replace(b"\n", line) + b":\n\n"
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    reader = Reader()
    found = [
        event
        for start, end in itertools.pairwise(places)
        for event in reader.feed(stream[start:end])
    ]
    assert found[: len(expected)] == expected
