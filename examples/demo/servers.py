"""Starting and ending what the demo needs: a simulated vendor, a ledger, a gateway."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from gardefou.ledger import decode_entry, open_store

HERE = Path(__file__).resolve().parent
GARDEFOU = str(Path(sys.executable).parent / "gardefou")
PATIENCE_S = 30


class Stopped(Exception):  # noqa: N818 - the demo cannot go on
    """Something that the demo needs did not work; the message is for the person at the terminal."""


class Running(NamedTuple):
    """What runs, and where: the addresses, the key to the gateway, the folder of all files."""

    vendor: str
    gateway: str
    key: str
    folder: Path


def gardefou(*arguments: str, check: bool = True) -> str:
    """Run a command of Gardefou to its end and give what it printed."""
    done = subprocess.run(  # noqa: S603 - our own command
        [GARDEFOU, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    if check and done.returncode != 0:
        raise Stopped(f"`gardefou {' '.join(arguments)}` failed:\n{done.stderr.strip()}")
    return done.stdout


def decisions(folder: Path) -> list[dict[str, Any]]:
    """Every decision in the ledger, oldest first; it is read beside the gateway that writes it."""
    with closing(open_store(str(folder / "ledger.db"))) as store, store.reading() as session:
        entries = [
            (row.seq, decode_entry(row.body, row.seq))
            for row in session.rows(0, session.head().size)
        ]
    return [{**entry.data, "seq": seq} for seq, entry in entries if entry.kind == "decision"]


def pending(folder: Path) -> list[dict[str, Any]]:
    """The holds that wait for people."""
    shown = gardefou("hold", "list", str(folder / "ledger.db"), "--json", check=False)
    return json.loads(shown or "[]")


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Vendor and gateway on ports that are free, with a new ledger; both end with the block."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ledger, config = str(folder / "ledger.db"), str(folder / "gardefou.toml")
    secret = secrets.token_hex(8)
    script = ("simulate", str(HERE / "simulate.yaml"), "--port", "0", "--key", secret)
    with process(script, folder / "vendor.log") as vendor_log:
        vendor = waited(vendor_log, r"listening on (http://\S+)")
        Path(config).write_text(settings(vendor), encoding="utf-8")
        vkeys = gardefou("ledger", "init", ledger, "--origin", "ledger.example/ministry")
        (folder / "vkey.txt").write_text(vkeys, encoding="utf-8")
        owner = ("--tenant", "ministry", "--application", "office")
        key = gardefou("key", "create", "--config", config, *owner).strip()
        serve = ("serve", "--config", config)
        with process(serve, folder / "gateway.log", VENDOR_KEY=secret) as gateway_log:
            listens = waited(gateway_log, r'"event":"ready","listen":"([^"]+)"')
            yield Running(vendor, f"http://{listens}", key, folder)


def settings(vendor: str) -> str:
    """The settings of this folder, with the vendor's address, a free port, and paths from here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = (HERE / "gardefou.toml").read_text(encoding="utf-8")
    text = text.replace("http://127.0.0.1:8090", vendor).replace(":8080", f":{port}")
    return text.replace('"../', f'"{HERE.parent}/')


@contextmanager
def process(command: tuple[str, ...], log: Path, **environment: str) -> Iterator[Path]:
    """A command that runs on, writing to a log; at the end it is told to stop."""
    with log.open("wb") as out:
        started = subprocess.Popen(  # noqa: S603 - our own command
            [GARDEFOU, *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **environment},
        )
        try:
            yield log
        finally:
            started.terminate()
            try:
                started.wait(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                started.kill()


def waited(log: Path, pattern: str) -> str:
    """What a log says, once it says it."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := re.search(pattern, log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.05)
    raise Stopped(f"nothing came up in {PATIENCE_S} s; {log} says:\n{log.read_text('utf-8')}")
