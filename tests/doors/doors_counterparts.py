"""Real servers: from npm, installed once from the lock file and kept, and programs that listen."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import gardefou

SOURCE = Path(gardefou.__file__).parents[1]
NODE = Path(__file__).parent / "node"

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


def node_home() -> Path:
    """The folder with the npm packages of the lock file.

    Without node, npm or their registry the test is skipped, and says why.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    lock = (NODE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "gardefou-tests" / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not (home / "done").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NODE / name, home / name)
        done = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=home,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no message"]
            pytest.skip(f"npm cannot install the locked packages: {lines[0]}")
        (home / "done").touch()
    return home


def server(name: str, *arguments: str) -> list[str]:
    """The command that starts a server of npm."""
    package = node_home() / "node_modules" / name
    return ["node", str(package / "dist" / "index.js"), *arguments]


def python_server(module: str, *arguments: str) -> list[str]:
    """The command that starts a server of PyPI; without it the test is skipped, and says why."""
    if find_spec(module) is None:
        pytest.skip(
            f"{module.replace('_', '-')} is not installed: pip install -r requirements/dev.txt"
        )
    return [sys.executable, "-m", module, *arguments]


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
        for _ in range(2400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                raise AssertionError(f"{words} has ended with {process.returncode}")
            time.sleep(0.05)
        else:
            raise AssertionError(f"{words} does not listen")
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(60)


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


class Lines:
    """A program that is spoken to in lines of JSON, with one's own bytes."""

    def __init__(self, words: list[str], folder: Path) -> None:
        self._said: queue.Queue[bytes] = queue.Queue()
        self._stderr = (folder / "stderr").open("wb")
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put(line)

    def say(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data + b"\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """The next message of the program."""
        found: dict[str, Any] = json.loads(self._said.get(timeout=120))
        return found

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request; other messages before it are passed over."""
        self.say(json.dumps(message).encode())
        while (found := self.hear()).get("id") != message["id"] or "method" in found:
            pass
        return found

    def end(self) -> int:
        """Close its input and wait for its end; the code it ended with, however often it is asked."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        code = self.process.wait(120)
        self._reader.join(120)
        self.process.stdout.close()
        self._stderr.close()
        return code
