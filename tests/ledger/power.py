"""A power-loss simulator: a traced run of a writer, cut at every point.

A trace of the system calls is replayed; an image of the disk after a cut holds what was flushed,
and of the rest nothing, everything, or a random half of its 512-byte sectors.
Assumed: a flush that returned is kept; a file's name is kept once it was created.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Literal, NamedTuple

SECTOR = 512
Mode = Literal["none", "all", "torn"]

_CALLS = "openat,close,pwrite64,write,fsync,fdatasync,ftruncate,unlink,rename,pwritev,writev"
_OPEN = re.compile(r'openat\([^,]+, "((?:\\x..)*)".*\)\s+= (\d+)')
_CLOSE = re.compile(r"close\((\d+)\)")
_WRITE = re.compile(r'pwrite64\((\d+), "((?:\\x..)*)"(\.\.\.)?, (\d+), (\d+)')
_SYNC = re.compile(r"(?:fsync|fdatasync)\((\d+)\)\s+= 0")
_CUT = re.compile(r"ftruncate\((\d+), (\d+)\)\s+= 0")
_UNLINK = re.compile(r'unlink\("((?:\\x..)*)"\)\s+= 0')
_SAID = re.compile(r'write\(1, "((?:\\x..)*)"')
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)")


class Event(NamedTuple):
    """One step: a write, sync, cut or unlink of a file, or an acknowledged size."""

    kind: Literal["write", "sync", "cut", "unlink", "ack"]
    file: str = ""
    at: int = 0
    data: bytes = b""


def traced(command: list[str], directory: Path, base: dict[str, bytes]) -> list[Event]:
    """Run a command under strace and read what it did to the files of a directory."""
    output = directory.parent / "trace"
    subprocess.run(
        [
            *("strace", "-f", "-xx", "-s", "300000", "-e", f"trace={_CALLS}"),
            *("-e", "signal=none", "-o", str(output), *command),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    events: list[Event] = []
    files: dict[int, str] = {}
    waiting: dict[str, str] = {}
    for raw in output.read_text().splitlines():
        pid, _, line = raw.partition(" ")
        line = line.strip()
        unfinished = line.endswith("<unfinished ...>")
        if unfinished:
            # A flush counts when it returned; everything else from when it began.
            waiting[pid] = line.removesuffix("<unfinished ...>").strip()
            if re.match(r"fsync|fdatasync|openat", waiting[pid]):
                continue
            line = waiting[pid] + ") = 0" if not waiting[pid].endswith(")") else waiting[pid]
        resumed = _RESUMED.match(line)
        if resumed:
            if not re.match(r"fsync|fdatasync|openat", waiting.get(pid, "")):
                continue
            line = waiting.pop(pid) + resumed[2]
        _read(line, str(directory), files, events)
    # The simulator knows every write, or it proves nothing: replayed, they give the real files.
    disk = Disk(base)
    for event in events:
        disk.step(event)
    files = disk.image("all", random.Random(0))
    assert files["l.db"] == (directory / "l.db").read_bytes(), "a write escaped the trace"
    return events


def _text(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def _read(  # noqa: PLR0912 - one branch for each system call
    line: str, directory: str, files: dict[int, str], events: list[Event]
) -> None:
    if match := _OPEN.match(line):
        name = _text(match[1]).decode()
        number = int(match[2])
        files.pop(number, None)
        if name.startswith(directory) and not name.endswith(("-shm", "-owner")):
            files[number] = Path(name).name
    elif match := _CLOSE.match(line):
        files.pop(int(match[1]), None)
    elif match := _WRITE.match(line):
        assert not match[3], "strace cut the data"
        if int(match[1]) in files:
            data = _text(match[2])
            events.append(Event("write", files[int(match[1])], int(match[5]), data))
    elif match := _SYNC.match(line):
        if int(match[1]) in files:
            events.append(Event("sync", files[int(match[1])]))
    elif match := _CUT.match(line):
        if int(match[1]) in files:
            events.append(Event("cut", files[int(match[1])], int(match[2])))
    elif match := _UNLINK.match(line):
        name = _text(match[1]).decode()
        if name.startswith(directory):
            events.append(Event("unlink", Path(name).name))
    elif match := _SAID.match(line):
        said = _text(match[1])
        if said.startswith(b"ACK"):
            events.append(Event("ack", at=int(said[4:])))


class Disk:
    """What the disk holds for certain, and what was written since; fed event by event."""

    def __init__(self, base: dict[str, bytes]) -> None:
        self.kept = {name: bytearray(data) for name, data in base.items()}
        self.loose: dict[str, list[Event]] = {}
        self.acknowledged = 0

    def step(self, event: Event) -> None:
        if event.kind in {"write", "cut"}:
            self.loose.setdefault(event.file, []).append(event)
        elif event.kind == "sync":
            kept = self.kept.setdefault(event.file, bytearray())
            for loose in self.loose.pop(event.file, []):
                _apply(kept, loose)
        elif event.kind == "unlink":
            self.kept.pop(event.file, None)
            self.loose.pop(event.file, None)
        else:
            self.acknowledged = max(self.acknowledged, event.at)

    def image(self, mode: Mode, rng: random.Random) -> dict[str, bytes]:
        """The files after a cut at this point."""
        files = {name: bytes(data) for name, data in self.kept.items()}
        if mode == "none":
            return files
        for name, events in self.loose.items():
            data = bytearray(files.get(name, b""))
            for event in events:
                if mode == "all" or event.kind == "cut":
                    _apply(data, event)
                    continue
                for at in range(0, len(event.data), SECTOR):
                    if rng.random() < 0.5:
                        part = event.data[at : at + SECTOR]
                        _apply(data, Event("write", name, event.at + at, part))
            files[name] = bytes(data)
        return files


def _apply(data: bytearray, event: Event) -> None:
    if event.kind == "cut":
        del data[event.at :]
        return
    if len(data) < event.at + len(event.data):
        data.extend(bytes(event.at + len(event.data) - len(data)))
    data[event.at : event.at + len(event.data)] = event.data


def python_command(*arguments: str) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("crash_writer.py")), *arguments]
