"""The counter: where a terminal hands in what people say for the process that owns the ledger.

A ledger in a file has one owner. Others on the machine leave a request in a directory beside it,
and the owner answers there. Rules:

1. The directory is open to nobody but the owner's account; a request counts only as a plain file of
   that account or of root. Whoever can write there could write the ledger as well.
2. A request is claimed by renaming it, so that it is carried out at most once.
3. A request that is older than `STALE_S` is thrown away: whoever made it has left.
4. What comes in here was said in a terminal, and counts as that: no evidence, no other channel.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec

from gardefou.errors import FileError, GardefouError, LedgerUnavailable, UsageError
from gardefou.ledger import random_bytes
from gardefou.supervision._break_glass import BreakGlass
from gardefou.supervision._glass import GlassBallot
from gardefou.supervision._glass_read import Glass
from gardefou.supervision._model import Hold, Vote
from gardefou.supervision._stops import Scope, Stop
from gardefou.supervision._vote import Ballot

STALE_S = 30.0
LOOK_S = 0.1
MAX_REQUEST = 65_536


class VoteRequest(
    msgspec.Struct, frozen=True, kw_only=True, tag="vote", forbid_unknown_fields=True
):
    """A vote in a terminal."""

    hold: str
    verdict: Vote
    person: str
    seen: str
    reason: str

    @property
    def ballot(self) -> Ballot:
        """The ballot that it is."""
        return Ballot(
            hold=self.hold,
            verdict=self.verdict,
            person=self.person,
            seen=self.seen,
            reason=self.reason,
            channel="terminal",
        )


class StopRequest(
    msgspec.Struct, frozen=True, kw_only=True, tag="stop", forbid_unknown_fields=True
):
    """A stop."""

    scope: Scope
    tenant: str
    target: str
    reason: str
    person: str


class ResumeRequest(
    msgspec.Struct, frozen=True, kw_only=True, tag="resume", forbid_unknown_fields=True
):
    """The end of a stop."""

    stop: str
    reason: str
    person: str


class GlassUseRequest(
    msgspec.Struct, frozen=True, kw_only=True, tag="glass-use", forbid_unknown_fields=True
):
    """A hold is approved alone, with a break-glass that was opened on the console."""

    glass: str
    hold: str
    person: str
    seen: str
    reason: str

    @property
    def ballot(self) -> GlassBallot:
        """The ballot that it is."""
        return GlassBallot(
            glass=self.glass,
            hold=self.hold,
            person=self.person,
            seen=self.seen,
            reason=self.reason,
            channel="terminal",
        )


class GlassCloseRequest(
    msgspec.Struct, frozen=True, kw_only=True, tag="glass-close", forbid_unknown_fields=True
):
    """Somebody has looked at a break-glass."""

    glass: str
    reason: str
    person: str


Request = VoteRequest | StopRequest | ResumeRequest | GlassUseRequest | GlassCloseRequest


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request: what it was about, or the code and words of a refusal."""

    hold: Hold | None = None
    stop: Stop | None = None
    glass: Glass | None = None
    code: str = ""
    message: str = ""
    help: str = ""
    unavailable: bool = False

    def check(self) -> Answer:
        """The answer, or the refusal as an error.

        Raises:
            UsageError: when it was refused.
            LedgerUnavailable: when it could not be made durable.
        """
        if self.code:
            kind = LedgerUnavailable if self.unavailable else UsageError
            raise kind(self.message, code=self.code, help=self.help)
        return self


class Clerk(Protocol):
    """Who carries requests out; `Holds` does."""

    @property
    def glass(self) -> BreakGlass:
        """Break-glass."""

    def vote(self, ballot: Ballot) -> Hold:
        """Cast a vote."""

    def stop(self, scope: Scope, *, tenant: str, target: str, reason: str, by: str) -> Stop:
        """Stop work."""

    def resume(self, stop_id: str, *, reason: str, by: str) -> Stop:
        """End a stop."""


def carry_out(clerk: Clerk, request: Request) -> Answer:
    """Do what a request asks for; refusals are answers."""
    try:
        return _done(clerk, request)
    except GardefouError as error:
        return Answer(
            code=error.code,
            message=error.message,
            help=error.help,
            unavailable=isinstance(error, LedgerUnavailable),
        )


def _done(clerk: Clerk, request: Request) -> Answer:
    match request:
        case VoteRequest():
            return Answer(hold=clerk.vote(request.ballot))
        case GlassUseRequest():
            return Answer(hold=clerk.glass.use(request.ballot))
        case GlassCloseRequest(glass=glass, reason=reason, person=person):
            return Answer(glass=clerk.glass.close(glass, person=person, reason=reason))
        case StopRequest(scope=scope, tenant=tenant, target=target, reason=reason, person=by):
            stop = clerk.stop(scope, tenant=tenant, target=target, reason=reason, by=by)
            return Answer(stop=stop)
        case ResumeRequest(stop=stop_id, reason=reason, person=by):
            return Answer(stop=clerk.resume(stop_id, reason=reason, by=by))


def counter_path(location: str) -> Path:
    """The directory beside a ledger's file."""
    return Path(f"{location}-counter")


class Counter:
    """A thread that answers requests until it is closed."""

    def __init__(self, clerk: Clerk, directory: Path) -> None:
        """Open the counter.

        Raises:
            OSError: when the directory cannot be made or belongs to another account.
        """
        directory.mkdir(mode=0o700, exist_ok=True)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise PermissionError(f"{directory} belongs to another account")
        directory.chmod(0o700)
        self._clerk = clerk
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
            _write(
                path.with_suffix(".answer"), msgspec.json.encode(carry_out(self._clerk, request))
            )
        finally:
            taken.unlink(missing_ok=True)
        return True


def open_counter(clerk: Clerk, location: str) -> Counter:
    """The counter of a ledger's file.

    Raises:
        FileError: ``hold.counter_closed`` when its directory cannot be made or is another account's.
    """
    directory = counter_path(location)
    try:
        return Counter(clerk, directory)
    except OSError as error:
        raise FileError(
            f"`{directory}` cannot be used: {(error.strerror or str(error)).lower()}",
            code="hold.counter_closed",
            help="give the directory to the account that runs this process, or remove it",
        ) from None


def hand_in(location: str, request: Request, timeout_s: float = 10.0) -> Answer:
    """Leave a request for the owner of a ledger's file and wait for the answer.

    Raises:
        UsageError: ``hold.counter`` when the owner keeps no counter.
        LedgerUnavailable: ``hold.counter_silent`` when no answer came in time.
    """
    directory = counter_path(location)
    name = random_bytes(16).hex()
    ask, answer = directory / f"{name}.ask", directory / f"{name}.answer"
    try:
        _write(ask, msgspec.json.encode(request))
    except OSError:
        raise UsageError(
            "another process owns this ledger and takes no requests from a terminal",
            code="hold.counter",
            help="use the console, or ask on the account that runs the process",
        ) from None
    for found in _until(answer, timeout_s):
        answer.unlink(missing_ok=True)
        return msgspec.json.decode(found, type=Answer).check()
    ask.unlink(missing_ok=True)
    raise LedgerUnavailable(
        f"no answer came within {timeout_s:g} s",
        code="hold.counter_silent",
        help="look with `gardefou hold show` whether it was carried out all the same",
    )


def _until(path: Path, timeout_s: float) -> Iterator[bytes]:
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        with suppress(FileNotFoundError):
            yield path.read_bytes()
            return
        time.sleep(LOOK_S / 4)


def _read(path: Path) -> Request | None:
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
        return None if len(data) > MAX_REQUEST else msgspec.json.decode(data, type=Request)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _write(path: Path, data: bytes) -> None:
    """Put a whole file in place at once."""
    part = path.with_suffix(f"{path.suffix}-part")
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    part.rename(path)
