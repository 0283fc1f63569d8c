"""Tickets: what the server has to remember between two requests, kept by the browser, sealed.

1. A ticket is for one purpose, until one moment, and is used once; nobody else can make or change it.
2. It is signed, not hidden: it holds no secret but random values that only its own browser sees.
3. The key comes from the ledger's signing key, so that replicas accept each other's tickets.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable

import msgspec

from gardefou.console._identity._accounts import Accounts
from gardefou.errors import InputError
from gardefou.ledger import SigningKey

VALID_US = 10 * 60 * 1_000_000


class _Ticket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    purpose: str
    until_us: int
    nonce: str
    data: dict[str, str]


class Tickets:
    """Makes and takes back tickets."""

    def __init__(self, key: SigningKey, accounts: Accounts, clock: Callable[[], int]) -> None:
        """Sign with a key of its own, derived from the ledger's."""
        seeds = b"".join(signer.seed for signer in key.signers)
        self._key = hmac.digest(seeds, b"gardefou/console/tickets/v1", "sha256")
        self._accounts = accounts
        self._clock = clock

    def issue(self, purpose: str, **data: str) -> str:
        """A ticket for a purpose."""
        ticket = _Ticket(purpose, self._clock() + VALID_US, secrets.token_hex(16), data)
        body = msgspec.json.encode(ticket)
        return f"{_encode(body)}.{_encode(self._sign(body))}"

    def challenge(self, ticket: str) -> bytes:
        """The bytes that a passkey signs for a ticket."""
        return hashlib.sha256(b"gardefou/console/challenge/v1\0" + ticket.encode()).digest()

    def take(self, purpose: str, ticket: str) -> dict[str, str]:
        """The data of a ticket; it is used up then.

        Raises:
            InputError: ``account.ticket`` when it is forged, too old, used, or for something else.
        """
        body, _, signature = ticket.partition(".")
        try:
            data = _decode(body)
            good = hmac.compare_digest(_decode(signature), self._sign(data))
            found = msgspec.json.decode(data, type=_Ticket) if good else None
        except (ValueError, msgspec.DecodeError):
            found = None
        now_us = self._clock()
        if (
            found is None
            or found.purpose != purpose
            or not now_us <= found.until_us <= now_us + VALID_US
            or not self._accounts.use_once(found.nonce, found.until_us)
        ):
            raise InputError(
                "this step was not begun here, was done already, or took too long",
                code="account.ticket",
                expected="the answer to a page of the last ten minutes, once",
                help="load the page again",
            )
        return found.data

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
