"""Payloads: what an entry commits to and does not hold, encrypted beside it.

Rules (design B3.6):

1. A commitment is ``HMAC-SHA-256(salt, canonical bytes)`` under a random salt of 32 bytes: nobody
   can guess a short value from it, and nobody can open it to another value.
2. Value and salt are sealed together with AES-256-GCM under the subject's key; part, subject and
   commitment are bound as associated data.
3. Without key or payload a commitment stays valid in the tree and can never be opened again.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any, NamedTuple

from gardefou.action import canonical, parse
from gardefou.errors import InputError, VerificationError
from gardefou.ledger._entropy import random_bytes
from gardefou.ledger._keyring import Subject
from gardefou.ledger._store import SealedPart

SALT_BYTES = 32
NONCE_BYTES = 12
_PREFIX = "hmac-sha256:"
_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class Sealed(NamedTuple):
    """A commitment for the entry, and the part to store beside it."""

    commitment: str
    part: SealedPart


def commit(salt: bytes, data: bytes) -> str:
    """The commitment to some bytes (rule 1).

    HMAC as RFC 2104 defines it, for keys of at most one block: the library's one-shot function
    gives the interpreter away at each call, and the writer's thread takes it.
    """
    key = salt.ljust(_BLOCK, b"\0")
    inner = sha256(key.translate(_INNER) + data).digest()
    return _PREFIX + sha256(key.translate(_OUTER) + inner).hexdigest()


def seal(part: str, value: Any, subject: Subject) -> Sealed:
    """Commit to a JSON value and encrypt it for its subject; about 10 µs for 2 KiB.

    Raises:
        InputError: when the value has no canonical form.
    """
    # Imported here: a process that only verifies needs no cipher.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - loaded on use

    data = canonical(value)
    drawn = random_bytes(SALT_BYTES + NONCE_BYTES)
    salt, nonce = drawn[:SALT_BYTES], drawn[SALT_BYTES:]
    commitment = commit(salt, data)
    context = _context(part, subject.pseudonym, commitment)
    sealed = nonce + AESGCM(subject.key).encrypt(nonce, salt + data, context)
    return Sealed(commitment, SealedPart(part, subject.pseudonym, sealed))


def unseal(stored: SealedPart, commitment: str, key: bytes) -> Any:
    """Decrypt a part and check that it is what the entry committed to.

    Raises:
        VerificationError: when it was changed or exchanged.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

    nonce, body = stored.sealed[:NONCE_BYTES], stored.sealed[NONCE_BYTES:]
    context = _context(stored.part, stored.subject, commitment)
    try:
        plain = AESGCM(key).decrypt(nonce, body, context)
        salt, data = plain[:SALT_BYTES], plain[SALT_BYTES:]
        if hmac.compare_digest(commit(salt, data), commitment):
            return parse(data)
    except (InvalidTag, ValueError, InputError):
        pass  # named below: whichever check failed, the payload is not the committed one
    raise VerificationError(
        f"the payload part `{stored.part}` is not what its entry committed to",
        code="ledger.payload",
        help="the payload was changed or exchanged; compare with a backup",
    )


def _context(part: str, pseudonym: str, commitment: str) -> bytes:
    return f"gardefou/payload/v1\n{part}\n{pseudonym}\n{commitment}".encode()
