"""Every bit of a small log flipped once: all are detected, none is silent."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gardefou.errors import LedgerError
from gardefou.ledger._export import export, verify_directory
from gardefou.ledger._keys import SigningKey
from gardefou.ledger._ledger import create_ledger, open_ledger
from gardefou.ledger._sqlite import SqliteStore
from gardefou.ledger._verify import verify_store

from .test_crash import room as room  # noqa: PLC0414 - the fixture of that name


@pytest.fixture
def small(room: Path, key: SigningKey) -> Path:
    path = room / "l.db"
    create_ledger(str(path), key, clock=lambda: 1_700_000_000_000_000)
    with open_ledger(str(path), key, clock=lambda: 1_700_000_000_000_000) as ledger:
        ledger.started("a1", {})
        ledger.append("vote", {"hold": "h1"})
        ledger.publish()
        export(ledger.store, room / "copy")
    return path


def bits(data: bytes) -> Iterator[tuple[int, bytes]]:
    changed = bytearray(data)
    for bit in range(len(data) * 8):
        changed[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(changed)
        changed[bit // 8] ^= 1 << bit % 8


def is_good(call: object) -> bool:
    try:
        return call().outcome == "good"  # type: ignore[operator]
    except LedgerError:
        return False


def test_every_flipped_bit_of_an_exported_log_is_detected(
    small: Path, room: Path, key: SigningKey
) -> None:
    copy = room / "copy"
    files = [path for path in sorted(copy.rglob("*")) if path.is_file()]
    assert {str(p.relative_to(copy)) for p in files} == {
        "checkpoint",
        "tile/0/000.p/3",
        "tile/entries/000.p/3",
    }
    silent = []
    flipped = 0
    for path in files:
        data = path.read_bytes()
        for bit, changed in bits(data):
            path.write_bytes(changed)
            flipped += 1
            if is_good(lambda: verify_directory(copy, pinned=key.verifiers)):
                silent.append((path.name, bit))
        path.write_bytes(data)
    assert flipped > 4_000
    assert silent == []
    assert verify_directory(copy, pinned=key.verifiers).outcome == "good"


def content(path: Path) -> object:
    """Everything that a ledger says, read without its code."""
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        tables = ("log", "head", "entry", "tile", "checkpoint", "payload", "erasure", "legal_hold")
        return [
            connection.execute(f"SELECT * FROM {table}").fetchall()
            for table in (*tables, "open_action")
        ]
    finally:
        connection.close()


def test_no_flipped_bit_of_a_ledger_file_changes_what_it_says_unnoticed(
    small: Path, room: Path, key: SigningKey
) -> None:
    """Free space and SQLite's counters hold nothing: a flip there may pass, if nothing changed.

    One bit of every third byte that is not zero, and of some that are; GARDEFOU_THOROUGH=1 flips
    all eight of each (minutes).
    """
    every = range(8) if os.environ.get("GARDEFOU_THOROUGH") else ()
    data = small.read_bytes()
    expected = content(small)
    silent = []
    noticed = harmless = 0
    target = room / "flipped.db"
    # Zeroed pages behind the content are free space; each of their bytes still gets one flip.
    for at in range(len(data)):
        for bit in every if every and data[at] else (at * 5 % 8,):
            if at % 16 if not data[at] else at % 3 and not every:
                continue
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            target.write_bytes(changed)

            def verdict() -> object:
                store = SqliteStore(target)
                try:
                    return verify_store(store, pinned=key.verifiers)
                finally:
                    store.close()

            if not is_good(verdict):
                noticed += 1
                continue
            try:
                same = content(target) == expected
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                silent.append((at, bit, str(error)))
                continue
            harmless += same
            if not same:
                silent.append((at, bit, "differs"))
    assert silent == []
    assert noticed > 200
    assert harmless > 0


def test_a_truncated_tile_is_named(small: Path, room: Path, key: SigningKey) -> None:
    copy = room / "copy"
    for name in ("tile/0/000.p/3", "tile/entries/000.p/3"):
        path = copy / name
        data = path.read_bytes()
        for cut in range(len(data)):
            path.write_bytes(data[:cut])
            report = verify_directory(copy, pinned=key.verifiers)
            assert report.findings[0].code in {"ledger.tile_length", "ledger.bundle"}
        path.write_bytes(data)


def test_sqlite_agrees_that_a_ledger_is_sound(small: Path) -> None:
    """The stock command-line tool, where there is one, reads our file."""
    try:
        done = subprocess.run(
            ["sqlite3", small, "PRAGMA integrity_check"], check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        pytest.skip("no sqlite3 command here")
    assert done.stdout == "ok\n"
