"""Checkpoints and proof files. Pure.

Sources: c2sp.org/tlog-checkpoint ("Note text") and c2sp.org/tlog-proof ("Format").
A checkpoint's text is three lines: origin, size, root. Extension lines are refused: no monitor
could audit them, and an ML-DSA-44 signature does not cover them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn

import msgspec

from gardefou.errors import VerificationError
from gardefou.ledger._note import (
    Note,
    Verifier,
    decode64,
    encode64,
    open_note,
    parse_note,
)
from gardefou.ledger._tree import HASH_BYTES, check_inclusion, leaf_hash

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF_HASHES = 63  # a tree has at most 2**63 leaves (tlog-witness "add-checkpoint")

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(msgspec.Struct, frozen=True):
    """The head of a log at one size."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note text that is signed."""
        return f"{self.origin}\n{self.size}\n{encode64(self.root)}\n"


class Proof(msgspec.Struct, frozen=True):
    """A ``.tlog-proof`` file: an entry's index, its path, and the checkpoint it leads to."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        """The file's exact text."""
        hashes = "".join(encode64(h) + "\n" for h in self.path)
        return f"{PROOF_HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint}"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's note text.

    Raises:
        VerificationError: when a line is missing, malformed or one too many.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        _bad(f"the checkpoint has {len(lines) - 1} lines, expected origin, size and root")
    origin, size, root = lines[:3]
    if not origin:
        _bad("the checkpoint has no origin")
    count = decimal(size)
    data = decode64(root, "the root")
    if len(data) != HASH_BYTES:
        _bad(f"the root has {len(data)} bytes, expected {HASH_BYTES}")
    return Checkpoint(origin, count, data)


def open_checkpoint(
    data: bytes | str, verifiers: Sequence[Verifier], *, origin: str | None = None
) -> tuple[Checkpoint, Note]:
    """Read a signed checkpoint and check its signatures and, where given, its origin.

    Only verifiers that are named like the origin speak for the log: a witness's key alone
    does not make a checkpoint the log's own (tlog-checkpoint "Signatures").

    Raises:
        VerificationError: codes ``note.*``, ``checkpoint.*``.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    if origin is not None and checkpoint.origin != origin:
        raise VerificationError(
            f"the checkpoint is of log `{checkpoint.origin}`, expected `{origin}`",
            code="checkpoint.origin",
            help="this checkpoint or key belongs to another log",
        )
    open_note(note, [v for v in verifiers if v.name == checkpoint.origin])
    return checkpoint, note


def parse_proof(text: str) -> Proof:
    """Read a ``.tlog-proof`` file; extra data is skipped, since nothing vouches for it.

    Raises:
        VerificationError: when it is malformed.
    """
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines[0] != PROOF_HEADER:
        _bad(f"the proof starts with `{lines[0][:40]!a}`, expected `{PROOF_HEADER}`")
    rest = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
    if not rest or not rest[0].startswith("index "):
        _bad("the proof has no index line")
    path = tuple(decode64(line, "a hash of the proof") for line in rest[1:])
    if len(path) > MAX_PROOF_HASHES or any(len(h) != HASH_BYTES for h in path):
        _bad(f"the proof has {len(path)} hashes, expected at most {MAX_PROOF_HASHES} of 32 bytes")
    return Proof(decimal(rest[0].removeprefix("index ")), path, checkpoint)


def check_proof(
    proof: Proof, entry: bytes, verifiers: Sequence[Verifier], *, origin: str | None = None
) -> Checkpoint:
    """Check that an entry is in the log whose keys are given; returns the checkpoint.

    Raises:
        VerificationError: when a signature or the path is wrong.
    """
    checkpoint, _ = open_checkpoint(proof.checkpoint, verifiers, origin=origin)
    check_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return checkpoint


def decimal(text: str) -> int:
    """Read an ASCII decimal without leading zeroes.

    Raises:
        VerificationError: when it is anything else or exceeds 63 bits.
    """
    if not _DECIMAL.fullmatch(text) or int(text) >= 1 << 63:
        _bad(f"`{text[:40]!a}` is not a decimal number")
    return int(text)


def _bad(message: str) -> NoReturn:
    raise VerificationError(
        message,
        code="checkpoint.form",
        help="the file is torn or is not what its name says; fetch it again",
    )
