"""Single sign-on by OpenID Connect: code flow with PKCE, state, nonce and issuer check.

Source: OpenID Connect Core 1.0, section 3.1; RFC 9700 (security best current practice).
Signing in says who somebody is. It gives no role: roles are those of the constitution.
"""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from gardefou.errors import InputError, UsageError

_SECONDS = 10


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """An identity provider; ``claim`` is the claim that holds the person's name."""

    issuer: str
    client_id: str
    client_secret: str
    claim: str = "preferred_username"
    scope: str = "openid profile email"
    tenant: str = "default"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in that has begun; it is kept on the server until the person comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


class SingleSignOn:
    """Speaks with one provider; its documents are read when they are first needed."""

    def __init__(self, provider: Provider, redirect_uri: str) -> None:
        """Come back to ``redirect_uri``."""
        self.provider = provider
        self._redirect_uri = redirect_uri
        self._metadata: dict[str, Any] = {}

    async def begin(self) -> Begun:
        """The address to send the browser to, and what to remember of it.

        Raises:
            InputError: ``oidc.provider`` when the provider cannot be reached or is another one.
        """
        metadata = await self._discover()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return Begun(url=str(url), state=state, nonce=nonce, verifier=verifier)

    async def finish(self, begun: Begun, *, state: str, code: str) -> str:
        """The name of the person who came back.

        Raises:
            InputError: ``oidc.answer`` when the answer is not the one that was waited for;
                ``oidc.provider`` when the provider cannot be asked.
        """
        if not secrets.compare_digest(state, begun.state):
            raise _answer("it belongs to another sign-in")
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - an extra
        from httpx2 import HTTPError  # noqa: PLC0415 - as above

        metadata = await self._discover()
        try:
            async with self._client() as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"], code=code, code_verifier=begun.verifier
                )
                keys = (await _get(client, metadata["jwks_uri"])).json()
        except (AuthlibBaseError, HTTPError, ValueError) as error:
            raise _answer(f"the code was not accepted ({type(error).__name__})") from None
        claims = self._claims(str(token.get("id_token", "")), keys, begun.nonce)
        name = claims.get(self.provider.claim)
        if not isinstance(name, str) or not name.strip():
            raise _answer(f"the claim `{self.provider.claim}` names nobody")
        return name

    def _claims(self, id_token: str, keys: Any, nonce: str) -> dict[str, Any]:
        from joserfc import jwt  # noqa: PLC0415 - an extra
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above
        from joserfc.jwk import KeySet  # noqa: PLC0415 - as above

        try:
            token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=list(_ALGORITHMS))
            jwt.JWTClaimsRegistry(
                leeway=60,
                iss={"essential": True, "value": self.provider.issuer},
                aud={"essential": True, "value": self.provider.client_id},
                exp={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(token.claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _answer(f"the identity token does not hold ({type(error).__name__})") from None
        return token.claims

    async def _discover(self) -> dict[str, Any]:
        from httpx2 import HTTPError  # noqa: PLC0415 - an extra

        if not self._metadata:
            url = self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
            try:
                async with self._client() as client:
                    found = (await _get(client, url)).json()
            except (HTTPError, ValueError) as error:
                raise _provider(f"it cannot be reached ({type(error).__name__})") from None
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri", "issuer")
            if not isinstance(found, dict) or any(not found.get(name) for name in needed):
                raise _provider("its description is not complete")
            if found["issuer"] != self.provider.issuer:
                raise _provider(f"it says that it is `{str(found['issuer'])[:100]}`")
            self._metadata = found
        return self._metadata

    def _client(self) -> Any:
        try:
            from authlib.integrations.httpx_client import (  # noqa: PLC0415 - an extra
                AsyncOAuth2Client,
            )
        except ImportError:
            raise UsageError(
                "single sign-on needs the extra `console`",
                code="oidc.extra",
                help="pip install 'gardefou[console]'",
            ) from None
        return AsyncOAuth2Client(
            client_id=self.provider.client_id,
            client_secret=self.provider.client_secret,
            scope=self.provider.scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=_SECONDS,
            trust_env=False,
            follow_redirects=False,
        )


async def _get(client: Any, url: str) -> Any:
    return await client.request("GET", url, withhold_token=True)


# Signatures only: `none` and shared secrets are no proof of who signed.
_ALGORITHMS = ("RS256", "ES256", "EdDSA", "PS256", "RS384", "ES384", "RS512", "ES512")


def _answer(why: str) -> InputError:
    return InputError(
        f"the sign-in did not succeed: {why}",
        code="oidc.answer",
        expected="the provider's answer to the sign-in that was begun here",
        help="begin again from the sign-in page",
    )


def _provider(why: str) -> InputError:
    return InputError(
        f"the identity provider cannot be used: {why}",
        code="oidc.provider",
        expected="a provider that describes itself under the issuer's address",
        help="check `issuer` in the settings, and that this machine reaches it",
    )
