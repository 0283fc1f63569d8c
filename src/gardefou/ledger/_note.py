"""Signed notes and the keys that verify them. Pure: no key is made or stored here.

Source: c2sp.org/signed-note. Rules:

1. A note is text that ends in a newline, an empty line, and one or more signature lines
   ``— <name> base64(key id || signature)``; the last empty line separates them.
2. Notes are UTF-8 without control characters other than newline; at most `MAX_NOTE_BYTES`
   and `MAX_SIGNATURES`.
3. A signature from an unknown key is ignored; a signature from a known key that does not verify
   rejects the note; a note without any verified signature is rejected.
4. ``key id = SHA-256(name || 0x0A || type || public key)[:4]``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

import msgspec

from gardefou.errors import VerificationError

ED25519 = 0x01  # signed-note "Ed25519 signatures": over the note text
COSIGNATURE = 0x04  # tlog-cosignature "Ed25519 signed message"
ML_DSA_44 = 0x06  # tlog-cosignature "ML-DSA-44 signed message"

MAX_NOTE_BYTES = 1 << 18
MAX_SIGNATURES = 32

_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}


class Signature(NamedTuple):
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"\u2014 {self.name} {encode64(self.key_id + self.signature)}\n"


class Note(msgspec.Struct, frozen=True):
    """A note as it was read; nothing of it is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """The note's exact text."""
        return self.text + "\n" + "".join(s.line for s in self.signatures)


class Verifier(msgspec.Struct, frozen=True):
    """A public key with its name, as a *vkey* writes it: ``name+keyid+base64(type || key)``."""

    name: str
    type: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that name the key (rule 4)."""
        return key_id(self.name, self.type, self.public)

    @property
    def vkey(self) -> str:
        """The one line that people pin and compare."""
        return f"{self.name}+{self.key_id.hex()}+{encode64(bytes([self.type]) + self.public)}"


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The short name of a key (rule 4)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def parse_vkey(text: str) -> Verifier:
    """Read a vkey.

    Raises:
        VerificationError: when it is malformed, of an unknown type or its id does not fit.
    """
    name, _, rest = text.strip().partition("+")
    found_id, _, key = rest.partition("+")
    check_name(name)
    data = decode64(key, "the key")
    verifier = Verifier(name, data[0] if data else 0, data[1:])
    expected = _PUBLIC_BYTES.get(verifier.type)
    if expected is None:
        _bad(
            "note.key_type",
            f"the key of `{name[:80]}` has type {verifier.type}, expected 1, 4 or 6",
        )
    if len(verifier.public) != expected:
        _bad("note.key", f"the key has {len(verifier.public)} bytes, expected {expected}")
    if found_id != verifier.key_id.hex():
        _bad("note.key", f"the key id is `{found_id[:16]}`, expected {verifier.key_id.hex()}")
    return verifier


def check_name(name: str) -> None:
    """Raise unless the name may name a key: not empty, no space, no plus, no control character."""
    bad = not name or any(
        c == "+" or c.isspace() or unicodedata.category(c) in {"Cc", "Cs"} for c in name
    )
    if bad:
        _bad("note.name", f"`{name[:80]!a}` cannot name a key, expected no space, plus or control")


def parse_note(data: bytes | str) -> Note:
    """Read a note under rules 1 and 2.

    Raises:
        VerificationError: codes ``note.*``; nothing of a malformed note is used.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_NOTE_BYTES:
        _bad("note.size", f"the note has {len(raw)} bytes, expected at most {MAX_NOTE_BYTES}")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _error("note.encoding", f"the note is not UTF-8 at byte {error.start}") from None
    if any(c < " " and c != "\n" for c in text):
        _bad("note.control", "the note holds a control character, expected only newlines")
    head, gap, tail = text.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        _bad("note.form", "the note has no signature, expected an empty line and signature lines")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        _bad(
            "note.size", f"the note has {len(lines)} signatures, expected at most {MAX_SIGNATURES}"
        )
    return Note(head + "\n", tuple(parse_signature(line) for line in lines))


def parse_signature(line: str) -> Signature:
    """Read one signature line, without its newline.

    Raises:
        VerificationError: when it is malformed.
    """
    if not line.startswith("\u2014 "):
        _bad(
            "note.signature", f"`{line[:40]!a}` is not a signature line, expected an em dash first"
        )
    name, _, coded = line[2:].partition(" ")
    check_name(name)
    data = decode64(coded, "a signature")
    if len(data) < 5:
        _bad("note.signature", f"a signature has {len(data)} bytes, expected a key id and more")
    return Signature(name, data[:4], data[4:])


def open_note(note: Note, verifiers: Sequence[Verifier]) -> tuple[Verifier, ...]:
    """Check a note's signatures (rule 3); returns the keys that signed it.

    Raises:
        VerificationError: when no known key signed it, or a known key's signature is wrong.
    """
    signed = []
    for signature in note.signatures:
        for verifier in verifiers:
            if (verifier.name, verifier.key_id) == (signature.name, signature.key_id):
                check_signature(verifier, note.text, signature)
                signed.append(verifier)
    if not signed:
        names = ", ".join(f"`{v.name}` {v.key_id.hex()}" for v in verifiers) or "no key"
        found = ", ".join(f"`{s.name}` {s.key_id.hex()}" for s in note.signatures)
        _bad("note.unknown_key", f"signed by {found}, expected {names}")
    return tuple(signed)


def check_signature(verifier: Verifier, text: str, signature: Signature) -> None:
    """Check one signature of a known key.

    Raises:
        VerificationError: when it is wrong.
    """
    body = signature.signature
    if verifier.type == ED25519:
        message = text.encode()
    else:
        if len(body) < 8:
            _bad("note.signature", f"`{verifier.name}` signed without a time stamp")
        (stamp,) = struct.unpack(">Q", body[:8])
        message = cosigned_message(verifier.type, verifier.name, stamp, text)
        body = body[8:]
    if not _verifies(verifier, body, message):
        _bad(
            "note.signature",
            f"the signature of `{verifier.name}` {verifier.key_id.hex()} is wrong",
        )


def timestamp_of(verifier: Verifier, signature: Signature) -> int:
    """The POSIX time of a cosignature in seconds; 0 when the type carries none."""
    if verifier.type == ED25519:
        return 0
    return int(struct.unpack(">Q", signature.signature[:8])[0])


def cosigned_message(kind: int, name: str, stamp: int, text: str) -> bytes:
    """The bytes under a cosignature (tlog-cosignature, both "signed message" sections).

    Raises:
        VerificationError: when the text is no checkpoint, for ML-DSA-44.
    """
    if kind == COSIGNATURE:
        return f"cosignature/v1\ntime {stamp}\n{text}".encode()
    lines = text.split("\n")
    if len(lines) < 4 or not (lines[1].isascii() and lines[1].isdigit() and len(lines[1]) < 20):
        _bad("note.form", "an ML-DSA-44 cosignature stands on a checkpoint only")
    root = decode64(lines[2], "the root")
    if len(root) != 32:
        _bad("note.form", f"the root has {len(root)} bytes, expected 32")
    cosigner, origin = name.encode(), lines[0].encode()
    if not (0 < len(cosigner) < 256 and 0 < len(origin) < 256):
        _bad("note.name", "a name under ML-DSA-44 has 1 to 255 bytes")
    return b"".join(
        [
            b"subtree/v1\n\x00",
            bytes([len(cosigner)]) + cosigner,
            struct.pack(">Q", stamp),
            bytes([len(origin)]) + origin,
            struct.pack(">QQ", 0, int(lines[1])),
            root,
        ]
    )


def _verifies(verifier: Verifier, signature: bytes, message: bytes) -> bool:
    # Imported here: reading notes must not cost every start of the program a crypto library.
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 - loaded on use

    try:
        if verifier.type == ML_DSA_44:
            from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415 - loaded on use

            mldsa.MLDSA44PublicKey.from_public_bytes(verifier.public).verify(signature, message)
        else:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - loaded on use
                Ed25519PublicKey,
            )

            Ed25519PublicKey.from_public_bytes(verifier.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    except (ImportError, UnsupportedAlgorithm):
        raise _error(
            "note.unsupported", f"the library here cannot check the key of `{verifier.name}`"
        ) from None
    return True


def encode64(data: bytes) -> str:
    """Standard Base 64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode()


def decode64(text: str, what: str) -> bytes:
    """Strict Base 64: one spelling for each value (RFC 4648 section 3.5).

    Raises:
        VerificationError: when the text is anything else.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise _error("note.base64", f"{what} is not Base 64: `{text[:40]!a}`") from None
    if encode64(data) != text:
        _bad("note.base64", f"{what} is not in the one standard Base 64 spelling")
    return data


def _error(code: str, message: str) -> VerificationError:
    return VerificationError(message, code=code, help="ask the log's operator for its vkey")


def _bad(code: str, message: str) -> NoReturn:
    raise _error(code, message)
