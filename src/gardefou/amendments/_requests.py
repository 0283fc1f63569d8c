"""The steps of the procedure as values, so that another process can ask the ledger's owner for one.

A step is checked by whoever carries it out: nothing of it is believed because of who asks.
"""

from __future__ import annotations

import msgspec

from gardefou.action import digest
from gardefou.amendments._charter import Charter, check_charter
from gardefou.amendments._draft import Amendment, Proved, Version
from gardefou.amendments._procedure import activate, begin, enter_draft, sign
from gardefou.errors import UsageError
from gardefou.ledger import Ledger


class _Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tenant: str = ""


class BeginRequest(_Request, frozen=True, kw_only=True, tag="begin"):
    """Begin the chain; gives the entry's number."""

    charter: Charter
    version: Version


class DraftRequest(_Request, frozen=True, kw_only=True, tag="draft"):
    """Record a draft with what the solver answered; gives the draft's digest."""

    amendment: Amendment
    proved: Proved


class SignRequest(_Request, frozen=True, kw_only=True, tag="sign"):
    """Record a signature; gives the public key that signed."""

    draft: str
    signature: str


class ActivateRequest(_Request, frozen=True, kw_only=True, tag="activate"):
    """Put a draft in force; gives the digest of the constitution."""

    draft: str


Request = BeginRequest | DraftRequest | SignRequest | ActivateRequest


def carry_out(ledger: Ledger, request: Request) -> str:
    """Take one step; what it gives is said at each.

    Raises:
        As the functions of the procedure; `InputError` for a charter that is none.
    """
    match request:
        case BeginRequest(charter=charter, version=version, tenant=tenant):
            check_charter(charter)
            return str(begin(ledger, charter, version, tenant=tenant).seq)
        case DraftRequest(amendment=amendment, proved=proved):
            _check_digests(amendment, proved)
            return enter_draft(ledger, amendment, proved).digest()
        case SignRequest(draft=draft, signature=signature, tenant=tenant):
            return sign(ledger, draft, signature, tenant=tenant)
        case ActivateRequest(draft=draft, tenant=tenant):
            return activate(ledger, draft, tenant=tenant).constitution


def answer(ledger: Ledger, asked: bytes) -> bytes:
    """Take the step that another process asks for; both are JSON.

    Raises:
        DecodeError: when it is no step.
        GardefouError: as `carry_out`.
    """
    return msgspec.json.encode(carry_out(ledger, msgspec.json.decode(asked, type=Request)))


def _check_digests(made: Amendment, proved: Proved) -> None:
    """A draft speaks of the certificate and the difference that come with it."""
    if (
        digest(proved.certificate, label="certificate/v1") != made.certificate
        or digest(proved.difference, label="difference/v1") != made.difference
    ):
        raise UsageError(
            "the draft names another certificate or difference than it comes with",
            code="amendment.evidence",
            help="draft again",
        )
