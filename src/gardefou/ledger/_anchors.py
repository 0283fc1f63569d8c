"""Checkpoints that leave the machine: where they go, and what comes back.

Tamper evidence begins where a checkpoint leaves the machine: whoever owns host and key can rewrite
everything after the last one that did. From weak to strong:

* ``dir:PATH``            a second directory, best on another machine's disk
* ``syslog:PATH``         a syslog socket such as ``/dev/log``, or ``syslog:HOST:PORT`` over UDP
* ``https://…``           an endpoint that takes the note by POST
* ``witness:URL,VKEY``    a C2SP witness, which checks consistency and signs (c2sp.org/tlog-witness)

A failed delivery never stops the ledger; it is reported, and tried again with the next checkpoint.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from gardefou.errors import LedgerError, UsageError, VerificationError
from gardefou.ledger._checkpoint import Checkpoint, decimal, parse_checkpoint
from gardefou.ledger._export import write_whole
from gardefou.ledger._note import (
    COSIGNATURE,
    ML_DSA_44,
    Verifier,
    check_signature,
    encode64,
    parse_note,
    parse_signature,
    parse_vkey,
)

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 1 << 16

# The consistency path from an older size to the checkpoint's.
Prover = Callable[[int], Sequence[bytes]]


class Sent(NamedTuple):
    """A delivery: what came back are signature lines, from a witness only."""

    target: str
    size: int
    signatures: str = ""
    error: str = ""


class Anchor(Protocol):
    """A place outside that keeps checkpoints."""

    target: str

    def send(self, note: str, prove: Prover, known: int) -> str:
        """Deliver a checkpoint; ``known`` is the size that it is believed to have.

        Raises:
            LedgerError: when it could not be delivered.
            VerificationError: when the place knows a longer or another log.
        """

    def last(self) -> str | None:
        """The checkpoint that the place holds, when it can be read back."""


def parse_anchor(target: str) -> Anchor:
    """Make an anchor from its target text.

    Raises:
        UsageError: when it is of no known kind.
    """
    kind, _, rest = target.partition(":")
    if kind == "dir" and rest:
        return DirectoryAnchor(target, Path(rest))
    if kind == "syslog" and rest:
        return SyslogAnchor(target, rest)
    if kind in {"http", "https"}:
        return HttpAnchor(target)
    if kind == "witness" and "," in rest:
        url, _, vkey = rest.partition(",")
        return WitnessAnchor(target, url.rstrip("/"), parse_vkey(vkey))
    raise UsageError(
        f"`{target[:80]}` is no anchor",
        code="ledger.anchor",
        help="use dir:PATH, syslog:/dev/log, https://… or witness:URL,VKEY",
    )


class DirectoryAnchor:
    """A directory that keeps every checkpoint, and the newest as ``checkpoint``."""

    def __init__(self, target: str, path: Path) -> None:
        """Name the directory; it is made with the first delivery."""
        self.target = target
        self._path = path

    def send(self, note: str, prove: Prover, known: int) -> str:
        """Write the checkpoint; an older one never replaces a newer one."""
        del prove, known
        checkpoint = _of(note)
        last = self.last()
        if last is not None:
            before = _of(last)
            if (before.origin, checkpoint.size >= before.size) != (checkpoint.origin, True):
                raise _ahead(self.target, before, checkpoint)
        try:
            write_whole(self._path / "checkpoints" / f"{checkpoint.size:020d}", note.encode())
            write_whole(self._path / "checkpoint", note.encode())
        except OSError as error:
            raise _undelivered(self.target, os.strerror(error.errno or 0).lower()) from None
        return ""

    def last(self) -> str | None:
        """The newest checkpoint in the directory."""
        try:
            return (self._path / "checkpoint").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise _undelivered(self.target, type(error).__name__) from None


class SyslogAnchor:
    """A syslog daemon: one RFC 5424 line for each checkpoint, facility log audit, notice."""

    def __init__(self, target: str, address: str) -> None:
        """Name the socket: a path, or host and port."""
        self.target = target
        self._address = address

    def send(self, note: str, prove: Prover, known: int) -> str:
        """Send the note as a JSON string."""
        del prove, known
        host, _, port = self._address.rpartition(":")
        udp = not self._address.startswith("/") and port.isdigit()
        line = f"<109>1 - {socket.gethostname()} gardefou - checkpoint - {json.dumps(note)}"
        try:
            family = socket.AF_INET if udp else socket.AF_UNIX
            with socket.socket(family, socket.SOCK_DGRAM) as sender:
                sender.settimeout(TIMEOUT_S)
                sender.sendto(line.encode(), (host, int(port)) if udp else self._address)
        except OSError as error:
            raise _undelivered(self.target, os.strerror(error.errno or 0).lower()) from None
        return ""

    def last(self) -> str | None:
        """Nothing: a syslog is not read back here."""
        return None


class HttpAnchor:
    """An endpoint that takes the note by POST as ``text/plain`` and answers 2xx."""

    def __init__(self, target: str) -> None:
        """Name the address."""
        self.target = target

    def send(self, note: str, prove: Prover, known: int) -> str:
        """Post the note."""
        del prove, known
        status, _, _ = _post(self.target, note.encode())
        if not 200 <= status < 300:
            raise _undelivered(self.target, f"status {status}")
        return ""

    def last(self) -> str | None:
        """Nothing: the endpoint only takes."""
        return None


class WitnessAnchor:
    """A C2SP witness: it checks that the log only grew, and signs (tlog-witness)."""

    def __init__(self, target: str, url: str, verifier: Verifier) -> None:
        """Name the submission prefix and the witness's key.

        Raises:
            UsageError: when the key is no cosigner's key.
        """
        if verifier.type not in {COSIGNATURE, ML_DSA_44}:
            raise UsageError(
                f"the witness key `{verifier.name}` is not a cosigner's",
                code="ledger.anchor",
                help="a witness's vkey has type 4 or 6",
            )
        self.target = target
        self._url = url
        self._verifier = verifier

    def send(self, note: str, prove: Prover, known: int) -> str:
        """Submit by ``add-checkpoint``; a conflict names the size to prove from (once)."""
        checkpoint = _of(note)
        for _ in range(2):
            body = add_checkpoint_body(known, prove(known) if known else (), note)
            status, kind, answer = _post(f"{self._url}/add-checkpoint", body)
            if status == 200:
                return self._signatures(note, answer)
            if status != 409 or kind != "text/x.tlog.size":
                break
            known = decimal(answer.decode("ascii", "replace").strip())
            if known > checkpoint.size:
                raise _ahead(self.target, Checkpoint(checkpoint.origin, known, b""), checkpoint)
        if status in {409, 422}:
            raise VerificationError(
                f"{self._url} says that the log does not continue what it saw (status {status})",
                code="ledger.fork",
                help="the log was forked or rewritten; compare it with a copy",
            )
        raise _undelivered(self.target, f"status {status}")

    def last(self) -> str | None:
        """Nothing: a witness keeps only sizes for its clients."""
        return None

    def _signatures(self, note: str, answer: bytes) -> str:
        text = parse_note(note).text
        lines = []
        for line in answer.decode("utf-8", "replace").splitlines():
            signature = parse_signature(line)
            mine = (self._verifier.name, self._verifier.key_id)
            if (signature.name, signature.key_id) == mine:
                check_signature(self._verifier, text, signature)
                lines.append(signature.line)
        if not lines:
            raise _undelivered(self.target, "no signature of the pinned key came back")
        return "".join(lines)


def add_checkpoint_body(old: int, path: Sequence[bytes], note: str) -> bytes:
    """The body of a request (tlog-witness "add-checkpoint")."""
    proof = "".join(f"{encode64(h)}\n" for h in path)
    return f"old {old}\n{proof}\n{note}".encode()


def _post(url: str, body: bytes) -> tuple[int, str, bytes]:
    """Post a text; returns status, content type and the start of the answer.

    A redirect is a failed delivery: evidence goes where it was sent, or nowhere.
    """
    # Imported here: only a ledger that delivers over HTTP needs it.
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # noqa: PLC0415 - above
    from urllib.parse import urlsplit  # noqa: PLC0415 - as above

    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _undelivered(url, "not an http address")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return (
            answer.status,
            answer.getheader("Content-Type", ""),
            answer.read(MAX_ANSWER_BYTES),
        )
    except (OSError, HTTPException, ValueError) as error:
        raise _undelivered(url, type(error).__name__) from None
    finally:
        connection.close()


def _of(note: str) -> Checkpoint:
    return parse_checkpoint(parse_note(note).text)


def _ahead(target: str, before: Checkpoint, now: Checkpoint) -> VerificationError:
    return VerificationError(
        f"{target} holds `{before.origin}` of size {before.size}, "
        f"but this log is `{now.origin}` of size {now.size}",
        code="ledger.rollback",
        help="an older copy was put back, or the place belongs to another log",
    )


def _undelivered(target: str, cause: str) -> LedgerError:
    return LedgerError(
        f"the checkpoint was not delivered to {target.partition(',')[0]}: {cause}",
        code="ledger.undelivered",
        help="it is tried again with the next checkpoint; check the place",
    )
