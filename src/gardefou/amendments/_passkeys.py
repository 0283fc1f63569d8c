"""Passkeys as signers: the form of one in a charter, and the assertion that is a signature.

A charter names a passkey as ``passkey+ORIGIN+NAME+KEY``: the origin of the console at which it
signs, whose it is, and the credential's public key (COSE, base64url). The assertion's challenge is
the SHA-256 of the text that a key file would sign, so that it speaks of one draft and of nothing
else. It is kept as the browser sent it: whoever has the charter can verify it without the console.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from gardefou.errors import InputError, UsageError

PREFIX = "passkey+"


class PasskeySigner(NamedTuple):
    """One passkey of a charter."""

    origin: str
    name: str
    public_key: bytes

    @property
    def text(self) -> str:
        """How a charter names it."""
        key = base64.urlsafe_b64encode(self.public_key).decode().rstrip("=")
        return f"{PREFIX}{self.origin}+{self.name}+{key}"

    def made(self, assertion: str, challenge: bytes) -> bool:
        """Whether this passkey, its user verified, made an assertion for exactly this challenge.

        Raises:
            UsageError: ``amendment.passkeys`` without the extra ``console``.
        """
        webauthn = _webauthn()
        try:
            webauthn.verify_authentication_response(
                credential=assertion,
                expected_challenge=challenge,
                expected_rp_id=urlsplit(self.origin).hostname or "",
                expected_origin=self.origin,
                credential_public_key=self.public_key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001 - the library raises many kinds; all mean no
            return False
        return True


def parse_passkey(text: str) -> PasskeySigner:
    """Read a charter's name of a passkey.

    Raises:
        InputError: ``amendment.passkey``.
        UsageError: ``amendment.passkeys`` without the extra ``console``.
    """
    origin, _, rest = text.removeprefix(PREFIX).partition("+")
    name, _, key = rest.rpartition("+")
    if not (text.startswith(PREFIX) and origin and name and key):
        raise _wrong("it is not `passkey+ORIGIN+NAME+KEY`")
    where = urlsplit(origin)
    if f"{where.scheme}://{where.netloc}" != origin or where.scheme not in ("http", "https"):
        raise _wrong("its origin is not a scheme, a host and a port")
    webauthn = _webauthn()
    try:
        public_key = base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True)
        webauthn.helpers.decode_credential_public_key(public_key)
    except (binascii.Error, ValueError):
        raise _wrong("its key is not base64url") from None
    except Exception:  # noqa: BLE001 - the library and its reader of CBOR raise many kinds
        raise _wrong("its key is no public key of a passkey") from None
    return PasskeySigner(origin, name, public_key)


def passkey_challenge(text: str) -> bytes:
    """What a passkey signs instead of a text: its SHA-256, 32 bytes."""
    return hashlib.sha256(text.encode()).digest()


def _webauthn() -> Any:
    try:
        import webauthn  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise UsageError(
            "signatures by passkeys cannot be checked here",
            code="amendment.passkeys",
            help="install the extra: pip install 'gardefou[console]'",
        ) from None
    return webauthn


def _wrong(why: str) -> InputError:
    return InputError(
        f"this names no passkey: {why}",
        code="amendment.passkey",
        expected="the line that the console shows under People, beside the passkey",
        help="copy it from there",
    )
