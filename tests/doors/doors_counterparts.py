"""Real servers from npm, installed once from the lock file and kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

NODE = Path(__file__).parent / "node"


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
