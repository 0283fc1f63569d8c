"""Enrolment links: whoever holds the ledger's key lets a person make their first passkey.

1. A token names tenant, person, deadline and a nonce, and is a note signed with the ledger's key:
   the command that makes it writes nothing and needs no running server.
2. It holds for `VALID_S` and for one use; the server keeps the nonces that were used.
"""

from __future__ import annotations

import base64
import secrets

import msgspec

from gardefou.errors import GardefouError, InputError
from gardefou.ledger import SigningKey, Verifier, open_note, parse_note

VALID_S = 600
_TITLE = "gardefou/enrol/v1"


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may make a passkey, until when."""

    tenant: str
    person: str
    until_s: int
    nonce: str


def enrolment_token(key: SigningKey, *, tenant: str, person: str, now_s: int) -> str:
    """A token for the address of an enrolment link."""
    value = Enrolment(tenant, person, now_s + VALID_S, secrets.token_hex(16))
    note = key.note(f"{_TITLE}\n{msgspec.json.encode(value).decode()}\n", at_s=now_s)
    return base64.urlsafe_b64encode(str(note).encode()).decode().rstrip("=")


def open_enrolment(token: str, verifiers: tuple[Verifier, ...], *, now_s: int) -> Enrolment:
    """Check a token; whether it was used before is for the accounts to say.

    Raises:
        InputError: ``account.enrolment`` when it is malformed, forged or too old.
    """
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        note = parse_note(text)
        open_note(note, verifiers)
        title, _, body = note.text.rstrip("\n").partition("\n")
        value = msgspec.json.decode(body, type=Enrolment)
    except (GardefouError, msgspec.DecodeError, ValueError) as error:
        raise _refused("it was not made with this ledger's key") from error
    if title != _TITLE:
        raise _refused("it was made for something else")
    if not now_s <= value.until_s <= now_s + VALID_S:
        raise _refused("its time is over")
    return value


def _refused(why: str) -> InputError:
    return InputError(
        f"the enrolment link does not hold: {why}",
        code="account.enrolment",
        expected=f"a link that was made in the last {VALID_S // 60} minutes, used once",
        help="make a new one with `gardefou console enrol`",
    )
