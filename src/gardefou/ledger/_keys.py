"""Signing keys: made once, kept in a file that only its owner reads.

A key file has one line for each key, ``PRIVATE+KEY+name+keyid+base64(type || seed)``, as Go's
``sumdb/note`` writes them. The first line is Ed25519; a second may be ML-DSA-44.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import msgspec

from gardefou.errors import LedgerError, UsageError, VerificationError
from gardefou.ledger._note import (
    COSIGNATURE,
    ED25519,
    ML_DSA_44,
    Note,
    Signature,
    Verifier,
    check_name,
    cosigned_message,
    decode64,
    encode64,
    key_id,
)

_PREFIX = "PRIVATE+KEY+"


class Signer(msgspec.Struct, frozen=True):
    """One private key; its ``repr`` does not show the seed."""

    name: str
    type: int
    seed: bytes

    def __repr__(self) -> str:
        """The public half only."""
        return f"Signer({self.verifier.vkey!r})"

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.type, self._private().public_key().public_bytes_raw())

    def sign(self, text: str, *, at_s: int = 0) -> Signature:
        """Sign a note text; ``at_s`` is the POSIX time of a cosignature."""
        verifier = self.verifier
        if self.type == ED25519:
            body = self._private().sign(text.encode())
        else:
            message = cosigned_message(self.type, self.name, at_s, text)
            body = struct.pack(">Q", at_s) + self._private().sign(message)
        return Signature(self.name, verifier.key_id, body)

    @property
    def line(self) -> str:
        """The key file's line. Secret."""
        ident = key_id(self.name, self.type, self.verifier.public).hex()
        return f"{_PREFIX}{self.name}+{ident}+{encode64(bytes([self.type]) + self.seed)}"

    def _private(self) -> Any:
        # Imported here: only a process that signs needs the library.
        if self.type == ML_DSA_44:
            from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415 - loaded on use

            return mldsa.MLDSA44PrivateKey.from_seed_bytes(self.seed)
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - loaded on use
            Ed25519PrivateKey,
        )

        return Ed25519PrivateKey.from_private_bytes(self.seed)


class SigningKey(msgspec.Struct, frozen=True):
    """A log's keys: Ed25519 always, ML-DSA-44 as a second signature by choice."""

    signers: tuple[Signer, ...]

    @property
    def name(self) -> str:
        """The name that stands in the signature lines."""
        return self.signers[0].name

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """What others pin."""
        return tuple(s.verifier for s in self.signers)

    def note(self, text: str, *, at_s: int = 0) -> Note:
        """Sign a text with every key."""
        return Note(text, tuple(s.sign(text, at_s=at_s) for s in self.signers))


def make_key(name: str, *, seeds: tuple[bytes, ...]) -> SigningKey:
    """A key from 32-byte seeds: the first for Ed25519, a second for ML-DSA-44.

    Raises:
        UsageError: when the name cannot name a key or ML-DSA-44 is not in the library here.
    """
    try:
        check_name(name)
    except VerificationError as error:
        raise UsageError(
            error.message, code="ledger.key_name", help="use a name such as ledger.example/acme"
        ) from None
    signers = tuple(
        Signer(name, kind, seed) for kind, seed in zip((ED25519, ML_DSA_44), seeds, strict=False)
    )
    if len(signers) > 1 and not has_ml_dsa():
        raise UsageError(
            "the cryptography library here has no ML-DSA-44",
            code="ledger.no_ml_dsa",
            help="install a newer `cryptography`, or make the key without the second signature",
        )
    return SigningKey(signers)


def has_ml_dsa() -> bool:
    """Whether the library here can sign with ML-DSA-44."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - loaded on use

    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415 - loaded on use

        mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    except (ImportError, AttributeError, UnsupportedAlgorithm):
        return False
    return True


def save_key(key: SigningKey, path: Path) -> None:
    """Write a key file that did not exist, readable by its owner only, and flush it.

    Raises:
        UsageError: when the file exists: a key is never overwritten.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            f"the key file {path} exists",
            code="ledger.key_exists",
            help="name another file; a key is never overwritten",
        ) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(signer.line + "\n" for signer in key.signers)
        file.flush()
        os.fsync(file.fileno())


def load_key(path: Path) -> SigningKey:
    """Read a key file.

    Raises:
        LedgerError: when it is missing, malformed or readable by others.
    """
    try:
        mode = path.stat().st_mode
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerError(
            f"the key file {path} cannot be read: {type(error).__name__}",
            code="ledger.key_missing",
            help="restore the key file from its backup, or rotate to a new key",
        ) from None
    if mode & 0o077:
        raise LedgerError(
            f"the key file {path} has mode {mode & 0o777:o}, expected 600",
            code="ledger.key_mode",
            help=f"chmod 600 {path}, and rotate the key if others could have read it",
        )
    signers = tuple(_parse(line, path) for line in lines)
    if not signers or signers[0].type not in {ED25519, COSIGNATURE}:
        raise _malformed(path)
    return SigningKey(signers)


def _parse(line: str, path: Path) -> Signer:
    name, _, rest = line.removeprefix(_PREFIX).partition("+")
    ident, _, coded = rest.partition("+")
    try:
        data = decode64(coded, "the key")
        signer = Signer(name, data[0], data[1:])
        if len(signer.seed) != 32 or signer.verifier.key_id.hex() != ident:
            raise _malformed(path)
    except (VerificationError, ValueError, IndexError):
        raise _malformed(path) from None
    return signer


def _malformed(path: Path) -> LedgerError:
    return LedgerError(
        f"the key file {path} is malformed",
        code="ledger.key_form",
        help="restore the key file from its backup, or rotate to a new key",
    )
