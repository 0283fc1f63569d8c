"""Passkeys: signing in, adding one, and the assertion that is a vote.

1. The challenge of a vote covers verdict, call and hold (`gardefou.supervision.challenge`); an
   assertion for anything else is refused, and so is one without user verification.
2. The assertion is kept as evidence as the browser sent it: whoever has the public key can verify
   it later, without this program.
3. An authenticator's counter that does not grow is a copy of it: refused. A counter that stays 0
   says that the authenticator has none (WebAuthn 6.1.1).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec

from gardefou.console._identity._accounts import Accounts, Credential
from gardefou.errors import InputError

TIMEOUT_MS = 120_000


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where the console is: the relying party's domain, and the origin that browsers see."""

    domain: str
    origin: str
    name: str = "Gardefou"


class Passkeys:
    """Speaks WebAuthn for one site; also the verifier of votes."""

    def __init__(self, accounts: Accounts, site: Site) -> None:
        """Keep credentials in the accounts."""
        self._accounts = accounts
        self._site = site

    def to_add(self, tenant: str, person: str, challenge: bytes) -> dict[str, Any]:
        """What a browser needs to make a passkey, as JSON values."""
        import webauthn  # noqa: PLC0415 - an extra, and slow to load
        from webauthn.helpers import structs  # noqa: PLC0415 - as above

        known = self._accounts.credentials(tenant, person)
        options = webauthn.generate_registration_options(
            rp_id=self._site.domain,
            rp_name=self._site.name,
            user_name=person,
            user_id=f"{tenant}/{person}".encode()[:64],
            challenge=challenge,
            timeout=TIMEOUT_MS,
            exclude_credentials=[
                structs.PublicKeyCredentialDescriptor(id=_decode(item.id)) for item in known
            ],
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.PREFERRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
        )
        value: dict[str, Any] = msgspec.json.decode(webauthn.options_to_json(options))
        return value

    def add(
        self,
        tenant: str,
        person: str,
        response: bytes,
        challenge: bytes,
        *,
        now_us: int,
        label: str,
    ) -> Credential:
        """Check what the browser made of `to_add`, and keep the passkey.

        Raises:
            InputError: ``account.assertion`` when it is not for this site and challenge.
            UsageError: ``account.credential`` when it is known already.
            LedgerUnavailable: when it could not be made durable.
        """
        import webauthn  # noqa: PLC0415 - as above

        try:
            made = webauthn.verify_registration_response(
                credential=response.decode(),
                expected_challenge=challenge,
                expected_rp_id=self._site.domain,
                expected_origin=self._site.origin,
                require_user_verification=True,
            )
        except Exception as error:  # noqa: BLE001 - the library raises many kinds; all mean no
            raise _refused(error) from None
        credential = Credential(
            id=_encode(made.credential_id),
            tenant=tenant,
            person=person,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            label=label[:80],
            added_us=now_us,
        )
        self._accounts.add_credential(credential)
        return credential

    def to_sign(self, challenge: bytes, by: Sequence[Credential] = ()) -> dict[str, Any]:
        """What a browser needs to sign a challenge, as JSON values; any passkey if none is named."""
        import webauthn  # noqa: PLC0415 - as above
        from webauthn.helpers import structs  # noqa: PLC0415 - as above

        options = webauthn.generate_authentication_options(
            rp_id=self._site.domain,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            allow_credentials=[
                structs.PublicKeyCredentialDescriptor(id=_decode(item.id)) for item in by
            ],
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
        value: dict[str, Any] = msgspec.json.decode(webauthn.options_to_json(options))
        return value

    def signed(self, response: bytes, challenge: bytes) -> Credential:
        """Check an assertion; returns the passkey that made it.

        Raises:
            InputError: ``account.assertion`` when it is not for this site and challenge, or by no
                passkey that is known here.
        """
        import webauthn  # noqa: PLC0415 - as above

        credential = self._accounts.credential(_id_of(response))
        if credential is None:
            raise _refused(ValueError("nobody here has this passkey"))
        try:
            done = webauthn.verify_authentication_response(
                credential=response.decode(),
                expected_challenge=challenge,
                expected_rp_id=self._site.domain,
                expected_origin=self._site.origin,
                credential_public_key=credential.public_key,
                credential_current_sign_count=credential.sign_count,
                require_user_verification=True,
            )
        except Exception as error:  # noqa: BLE001 - as above
            raise _refused(error) from None
        self._accounts.used(credential.id, done.new_sign_count)
        return credential

    def verify(self, evidence: bytes, *, tenant: str, person: str, challenge: bytes) -> None:
        """Accept a vote's evidence: this person's passkey signed this very challenge (rule 1).

        Raises:
            InputError: ``account.assertion``.
        """
        credential = self.signed(evidence, challenge)
        if (credential.tenant, credential.person) != (tenant, person):
            raise _refused(ValueError("the passkey is somebody else's"))


def _id_of(response: bytes) -> str:
    try:
        value = msgspec.json.decode(response)
        return _encode(_decode(str(value["id"])))
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise _refused(error) from None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _refused(error: Exception) -> InputError:
    return InputError(
        f"the passkey did not sign this: {str(error)[:200].lower()}",
        code="account.assertion",
        expected="an assertion of a known passkey, user verified, for exactly this challenge",
        help="load the page again and sign once more",
    )
