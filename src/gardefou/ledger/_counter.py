"""The counter: where other processes ask for what only the owner of a ledger's file can do.

A ledger in a file has one owner. Others on the machine leave a request in a directory beside it,
and the owner answers there. Rules:

1. The directory is open to nobody but the owner's account; a request counts only as a plain file of
   that account or of root. Whoever can write there could write the ledger as well.
2. A request is claimed by renaming it, so that it is carried out at most once.
3. A request that is older than `STALE_S` is thrown away: whoever made it has left.
4. A request names a desk; each desk says what can be asked for there, and checks what it is given
   as if it came from anybody.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from gardefou.errors import (
    FileError,
    GardefouError,
    LedgerUnavailable,
    LoadError,
    Problem,
    UsageError,
    VerificationError,
)
from gardefou.ledger._entropy import random_bytes

STALE_S = 30.0
LOOK_S = 0.1
MAX_REQUEST = 16_777_216  # bytes; a draft comes with its certificate

Desk = Callable[[bytes], bytes]
"""Answers a request, both JSON; raises `GardefouError` to refuse it."""


class _Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    desk: str
    body: msgspec.Raw


class _Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a desk said, or its refusal: the kind of the error, and its parts."""

    body: msgspec.Raw = msgspec.Raw(b"null")
    kind: Literal["", "usage", "unavailable", "verification", "load"] = ""
    code: str = ""
    message: str = ""
    help: str = ""
    problems: tuple[Problem, ...] = ()

    def given(self) -> bytes:
        """The body; raises the refusal."""
        match self.kind:
            case "":
                return bytes(self.body)
            case "load":
                raise LoadError(self.problems)
            case "unavailable":
                raise LedgerUnavailable(self.message, code=self.code, help=self.help)
            case "verification":
                raise VerificationError(self.message, code=self.code, help=self.help)
            case "usage":
                raise UsageError(self.message, code=self.code, help=self.help)


def counter_path(location: str) -> Path:
    """The directory beside a ledger's file."""
    return Path(f"{location}-counter")


class Counter:
    """A thread that answers requests until it is closed."""

    def __init__(self, directory: Path, desks: Mapping[str, Desk]) -> None:
        """Open the counter.

        Raises:
            OSError: when the directory cannot be made or belongs to another account.
        """
        directory.mkdir(mode=0o700, exist_ok=True)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise PermissionError(f"{directory} belongs to another account")
        directory.chmod(0o700)
        self._desks = desks
        self._directory = directory
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="gardefou-counter", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close the counter; requests that still lie there are thrown away by the next owner."""
        self._over.set()
        self._thread.join()

    def answer_all(self) -> int:
        """Answer what lies there; returns how many requests that was."""
        return sum(self._answer(path) for path in sorted(self._directory.glob("*.ask")))

    def _work(self) -> None:
        while not self._over.wait(LOOK_S):
            try:
                self.answer_all()
            except OSError:
                continue  # the directory is gone or full: the next look may do better
            except Exception:  # noqa: BLE001 - the store was closed under it: nobody is answered
                return

    def _answer(self, path: Path) -> bool:
        taken = path.with_suffix(".taken")
        try:
            path.rename(taken)
        except FileNotFoundError:
            return False  # somebody else claimed it, or whoever asked has left
        try:
            request = _read(taken)
            if request is None:
                return False
            _write(path.with_suffix(".answer"), msgspec.json.encode(self._carried_out(request)))
        finally:
            taken.unlink(missing_ok=True)
        return True

    def _carried_out(self, request: _Request) -> _Answer:
        desk = self._desks.get(request.desk)
        if desk is None:
            return _refused("usage", _unasked(f"there is no desk `{request.desk[:40]}`"))
        try:
            return _Answer(body=msgspec.Raw(desk(bytes(request.body))))
        except msgspec.DecodeError as error:  # a ValidationError is one
            return _refused("usage", _unasked(str(error)[:200].lower()))
        except LoadError as error:
            return _Answer(kind="load", code=error.code, problems=error.problems)
        except LedgerUnavailable as error:
            return _refused("unavailable", error)
        except VerificationError as error:
            return _refused("verification", error)
        except GardefouError as error:
            return _refused("usage", error)


def open_counter(location: str, desks: Mapping[str, Desk]) -> Counter:
    """The counter of a ledger's file.

    Raises:
        FileError: ``ledger.counter_closed`` when its directory cannot be made or is another account's.
    """
    directory = counter_path(location)
    try:
        return Counter(directory, desks)
    except OSError as error:
        raise FileError(
            f"`{directory}` cannot be used: {(error.strerror or str(error)).lower()}",
            code="ledger.counter_closed",
            help="give the directory to the account that runs this process, or remove it",
        ) from None


def ask_owner(location: str, desk: str, body: bytes, timeout_s: float = 10.0) -> bytes:
    """Leave a request for the owner of a ledger's file and wait for the answer; both are JSON.

    Raises:
        UsageError: ``ledger.counter`` when the owner keeps no counter, and what the desk refused.
        LedgerUnavailable: ``ledger.counter_silent`` when no answer came in time.
        VerificationError: when what was handed in does not verify.
        LoadError: when what was handed in does not load.
    """
    directory = counter_path(location)
    name = random_bytes(16).hex()
    ask, answer = directory / f"{name}.ask", directory / f"{name}.answer"
    request = _Request(desk=desk, body=msgspec.Raw(body))
    try:
        _write(ask, msgspec.json.encode(request))
    except OSError:
        raise UsageError(
            "another process owns this ledger and takes no requests",
            code="ledger.counter",
            help="use the console, or ask on the account that runs the process",
        ) from None
    for found in _until(answer, timeout_s):
        answer.unlink(missing_ok=True)
        return msgspec.json.decode(found, type=_Answer).given()
    ask.unlink(missing_ok=True)
    raise LedgerUnavailable(
        f"no answer came within {timeout_s:g} s",
        code="ledger.counter_silent",
        help="look in the ledger whether it was carried out all the same",
    )


def _refused(
    kind: Literal["usage", "unavailable", "verification"], error: GardefouError
) -> _Answer:
    return _Answer(kind=kind, code=error.code, message=error.message, help=error.help)


def _unasked(why: str) -> UsageError:
    return UsageError(
        f"the owner of the ledger does not understand the request: {why}",
        code="ledger.counter_request",
        help="use the same version of Gardefou as the process that owns the ledger",
    )


def _until(path: Path, timeout_s: float) -> Iterator[bytes]:
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        with suppress(FileNotFoundError):
            yield path.read_bytes()
            return
        time.sleep(LOOK_S / 4)


def _read(path: Path) -> _Request | None:
    """A request, or None where there is none that counts (rules 1 and 3)."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        is_ours = stat.S_ISREG(found.st_mode) and found.st_uid in (0, os.getuid())
        if not is_ours or time.time() - found.st_mtime > STALE_S:
            return None
        data = file.read(MAX_REQUEST + 1)
    try:
        return None if len(data) > MAX_REQUEST else msgspec.json.decode(data, type=_Request)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _write(path: Path, data: bytes) -> None:
    """Put a whole file in place at once."""
    part = path.with_suffix(f"{path.suffix}-part")
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    part.rename(path)
