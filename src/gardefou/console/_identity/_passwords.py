"""Passwords for installations without single sign-on: scrypt, slow on purpose.

A password signs in and never votes: a vote is a passkey's assertion.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from gardefou.errors import InputError

MIN_LENGTH = 12
MAX_LENGTH = 256
_N, _R, _P = 2**15, 8, 1
_MEMORY = 64 * 1024 * 1024
_SALT_BYTES = 16


def hash_password(password: str) -> str:
    """The text that is kept instead of a password; takes about 80 ms.

    Raises:
        InputError: ``account.password`` when it is too short or too long.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InputError(
            f"the password has {len(password)} characters",
            code="account.password",
            expected=f"{MIN_LENGTH} to {MAX_LENGTH} characters",
            help="take a sentence that only you would write",
        )
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"scrypt${_encode(salt)}${_encode(_derive(password, salt))}"


def check_password(password: str, kept: str) -> bool:
    """Whether a password is the one that was hashed; as slow for a wrong one or for no account."""
    _, _, rest = (kept or _NOBODY).partition("$")
    salt, _, expected = rest.partition("$")
    found = _derive(password[:MAX_LENGTH], base64.b64decode(salt))
    return hmac.compare_digest(found, base64.b64decode(expected)) and bool(kept)


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY, dklen=32)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


_NOBODY = f"scrypt${_encode(bytes(_SALT_BYTES))}${_encode(bytes(32))}"
