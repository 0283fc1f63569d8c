"""Power cuts, kills, failing disks: no acknowledged entry is lost and nothing stays silent."""

from __future__ import annotations

import collections
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gardefou.errors import LedgerError, LedgerUnavailable
from gardefou.ledger._keys import SigningKey
from gardefou.ledger._ledger import create_ledger, is_postgres, open_ledger, open_store, start
from gardefou.ledger._recovery import recover
from gardefou.ledger._sqlite import SqliteStore
from gardefou.ledger._verify import verify_store

from .conftest import ORIGIN
from .power import Disk, Event, python_command, traced

IMAGES = 1_500


def can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], check=False).returncode == 0


needs_strace = pytest.mark.skipif(
    not can_trace(), reason="no strace here, or tracing is not allowed: apt-get install strace"
)


@pytest.fixture
def room() -> Iterator[Path]:
    """A directory in memory: thousands of images are written and thrown away."""
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    directory = Path(tempfile.mkdtemp(prefix="gardefou-", dir=base))
    yield directory
    shutil.rmtree(directory)


def outcome(files: dict[str, bytes], acknowledged: int, room: Path, key: SigningKey) -> str:
    """Reopen an image as a restart would: recovery, then verification of everything."""
    directory = Path(tempfile.mkdtemp(dir=room))
    try:
        for name, data in files.items():
            (directory / name).write_bytes(data)
        store = SqliteStore(directory / "l.db")
        try:
            with store.reading() as session:
                size = recover(session, ORIGIN, key.verifiers).size
            report = verify_store(store, pinned=key.verifiers)
        finally:
            store.close()
    except LedgerError as error:
        return f"damaged {error.code}"
    finally:
        shutil.rmtree(directory)
    if report.outcome != "good":
        return f"tampered {report.findings[0].code}"
    return "good" if size >= acknowledged else "lost"


def simulate(
    events: list[Event], base: dict[str, bytes], room: Path, key: SigningKey
) -> collections.Counter[str]:
    tally: collections.Counter[str] = collections.Counter()
    disk = Disk(base)
    for number, event in enumerate([*events, Event("ack", at=0)]):
        for mode, seed in (("none", 0), ("all", 0), ("torn", 0), ("torn", 1), ("torn", 2)):
            files = disk.image(mode, random.Random(number * 10 + seed))
            tally[outcome(files, disk.acknowledged, room, key)] += 1
        disk.step(event)
    return tally


@pytest.fixture
def run_of_a_writer(room: Path, key: SigningKey) -> tuple[list[Event], dict[str, bytes]]:
    directory = room / "traced"
    directory.mkdir()
    create_ledger(str(directory / "l.db"), key)
    base = {"l.db": (directory / "l.db").read_bytes()}
    command = python_command(str(directory / "l.db"), "14", "3", "40")
    return traced(command, directory, base), base


@needs_strace
def test_no_acknowledged_entry_is_lost_at_any_power_cut(
    run_of_a_writer: tuple[list[Event], dict[str, bytes]], room: Path, key: SigningKey
) -> None:
    """law 4: recorded before it happens; a restart also finds state and entries in step."""
    events, base = run_of_a_writer
    kinds = collections.Counter(event.kind for event in events)
    assert kinds["ack"] >= 25
    assert any(event.kind == "write" and event.file == "l.db" for event in events), "no folding"
    tally = simulate(events, base, room, key)
    assert tally.total() >= IMAGES
    assert set(tally) == {"good"}, tally


@needs_strace
def test_the_simulator_sees_the_loss_when_flushes_are_left_out(
    run_of_a_writer: tuple[list[Event], dict[str, bytes]], room: Path, key: SigningKey
) -> None:
    """The control: the same run with the log's flushes ignored, as synchronous=NORMAL does."""
    events, base = run_of_a_writer
    lazy = [e for e in events if not (e.kind == "sync" and e.file == "l.db-wal")]
    disk = Disk(base)
    lost = 0
    for event in lazy[: len(lazy) // 2]:
        disk.step(event)
        if event.kind == "ack":
            files = disk.image("none", random.Random(0))
            lost += outcome(files, disk.acknowledged, room, key) != "good"
    assert lost > 0


def acknowledged(output: bytes) -> int:
    sizes = [int(line[4:]) for line in output.splitlines() if line.startswith(b"ACK")]
    return max(sizes, default=0)


def check_after(location: str, least: int, key: SigningKey) -> None:
    """Reopen for writing: recovery passes, every acknowledged entry is there, and it goes on."""
    with open_ledger(location, key) as ledger:
        assert ledger.head().size >= least
        ledger.append("decision", {"after": "crash"})
    store = open_store(location, ORIGIN)
    report = verify_store(store, pinned=key.verifiers)
    store.close()
    assert report.outcome == "good", report


def test_a_killed_writer_loses_nothing_it_acknowledged(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    rng = random.Random(3)
    rounds = 8 if is_postgres(location) else 12
    for _ in range(rounds):
        process = subprocess.Popen(
            python_command(location, "100000", "8", "60"), stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"READY\n"
        time.sleep(rng.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        output, _ = process.communicate()
        if is_postgres(location):
            wait_for_the_server(location)
        check_after(location, acknowledged(output), key)


def wait_for_the_server(location: str) -> None:
    """The server ends a killed client's session by itself; its last commit may still land."""
    with psycopg.connect(location, autocommit=True) as connection:
        for _ in range(100):
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
            if row == (0,):
                return
            time.sleep(0.05)


def injected(location: str, call: str, error: str, when: int) -> tuple[int, bytes]:
    """Run the writer while the n-th call of its thread fails once."""
    done = subprocess.run(
        [
            *("strace", "-f", "-o", os.devnull, "-e", f"trace={call}"),
            *("-e", f"inject={call}:error={error}:when={when}"),
            *python_command(location, "10", "4", "30"),
        ],
        check=False,
        capture_output=True,
        timeout=60,
    )
    return done.returncode, done.stdout


@needs_strace
@pytest.mark.parametrize(
    ("call", "error", "points"),
    [
        ("fdatasync", "EIO", (1, 2, 3, 7, 12, 19)),
        ("pwrite64", "EIO", (1, 5, 20, 41, 80, 133)),
        ("pwrite64", "ENOSPC", (2, 11, 37, 90)),
    ],
)
def test_a_failed_write_or_flush_stops_the_ledger_and_loses_nothing(
    call: str, error: str, points: tuple[int, ...], room: Path, key: SigningKey
) -> None:
    stopped = 0
    for when in points:
        path = room / f"{call}{error}{when}.db"
        create_ledger(str(path), key)
        code, output = injected(str(path), call, error, when)
        assert code in {0, 3}, output
        stopped += code == 3
        check_after(str(path), acknowledged(output), key)
    assert stopped >= len(points) - 2  # the last points may lie behind the end of the run


class BrokenDisk:
    """A store whose commit fails in a chosen way; it speaks the store's protocol."""

    def __init__(self, store: SqliteStore, stored: bool) -> None:
        self.location = store.location
        self.any_thread = store.any_thread
        self._store = store
        self._stored = stored
        self.attempts = 0
        self.broken = False

    def reading(self):  # noqa: ANN201 - passes on
        return self._store.reading()

    def writing(self):  # noqa: ANN201 - passes on
        if not self.broken:
            return self._store.writing()
        self.attempts += 1
        return self._fail()

    def _fail(self):  # noqa: ANN202 - a context manager in two lines
        @contextlib.contextmanager
        def failing() -> Iterator[object]:
            if self._stored:
                with self._store.writing() as session:
                    yield session
            else:
                with self._store.reading() as session:
                    raise sqlite3.OperationalError("disk I/O error")
            raise LedgerUnavailable("disk I/O error", code="ledger.store")

        return failing()

    def maintain(self, stored_bytes: int) -> None:
        self._store.maintain(stored_bytes)

    def close(self) -> None:
        self._store.close()


@pytest.mark.parametrize("stored", [False, True])
def test_a_failed_commit_is_final_whether_or_not_it_was_stored(
    stored: bool, tmp_path: Path, key: SigningKey
) -> None:
    path = tmp_path / "l.db"
    create_ledger(str(path), key)
    disk = BrokenDisk(SqliteStore(path, write=True), stored)
    told: list[LedgerUnavailable] = []
    ledger = start(disk, key, on_failure=told.append)
    before = ledger.append("decision", {}).seq
    disk.broken = True
    with pytest.raises(LedgerUnavailable):
        ledger.append("decision", {"lost": True})
    disk.broken = False
    for _ in range(3):
        with pytest.raises(LedgerUnavailable):
            ledger.append("decision", {})
    assert (len(told), disk.attempts) == (1, 1)
    ledger.close()
    check_after(str(path), before + 1 + stored, key)


def test_a_full_disk_stops_the_ledger_and_the_rest_stays(tmp_path: Path, key: SigningKey) -> None:
    path = tmp_path / "l.db"
    create_ledger(str(path), key)
    ledger = open_ledger(str(path), key)
    store = ledger.store
    assert isinstance(store, SqliteStore)
    ledger.writer.task(lambda session: session.run("PRAGMA max_page_count = 60", ()).fetchone())
    least = 0
    with pytest.raises(LedgerUnavailable) as caught:  # noqa: PT012 - the disk fills at some point
        for _ in range(1_000):
            least = ledger.append("decision", {"fill": "x" * 400}).seq + 1
    assert "full" in caught.value.message
    ledger.close()
    check_after(str(path), least, key)


def test_a_second_owner_is_refused_with_the_first_ones_number(
    tmp_path: Path, key: SigningKey
) -> None:
    path = tmp_path / "l.db"
    create_ledger(str(path), key)
    with open_ledger(str(path), key):
        with pytest.raises(LedgerUnavailable) as caught:
            open_ledger(str(path), key)
        assert caught.value.code == "ledger.owned"
        assert str(os.getpid()) in caught.value.message
    check_after(str(path), 1, key)


def test_a_second_writer_that_got_past_the_lock_is_fenced(tmp_path: Path, key: SigningKey) -> None:
    path = tmp_path / "l.db"
    create_ledger(str(path), key)
    first = open_ledger(str(path), key)
    (tmp_path / "l.db-owner").unlink()  # somebody tidied up
    second = open_ledger(str(path), key)
    numbers = [first.append("decision", {}).seq, second.append("decision", {}).seq]
    first.close()
    second.close()
    assert numbers == [1, 2]
    check_after(str(path), 3, key)


@pytest.mark.parametrize("cut", [0, 50, 100, 5_000, -1])
def test_a_cut_file_is_named_and_left_as_it_is(cut: int, tmp_path: Path, key: SigningKey) -> None:
    path = tmp_path / "l.db"
    create_ledger(str(path), key)
    with open_ledger(str(path), key) as ledger:
        for n in range(50):
            ledger.append("decision", {"n": n, "fill": "x" * 300})
    data = path.read_bytes()[:cut]
    path.write_bytes(data)
    with pytest.raises(LedgerError):
        open_ledger(str(path), key)
    assert path.read_bytes() == data


def test_a_read_only_disk_can_be_verified_and_not_written(tmp_path: Path, key: SigningKey) -> None:
    path = tmp_path / "disk" / "l.db"
    path.parent.mkdir()
    create_ledger(str(path), key)
    script = (
        "import sys; from gardefou.ledger._ledger import *; from pathlib import Path\n"
        "from gardefou.ledger._verify import verify_store; from gardefou.errors import *\n"
        "store = open_store(sys.argv[1]); assert verify_store(store).outcome == 'good'\n"
        "try: open_store(sys.argv[1], write=True)\n"
        "except LedgerUnavailable as error: print(error.code)\n"
    )
    mounted = subprocess.run(
        [
            *("unshare", "-m", "sh", "-c"),
            'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 77; shift; exec "$@"',
            *("sh", str(path.parent), sys.executable, "-c", script, str(path)),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode == 77 or "unshare" in mounted.stderr:
        pytest.skip("mounting a directory read-only is not allowed here")
    assert (mounted.stdout, mounted.stderr) == ("ledger.store\n", "")
