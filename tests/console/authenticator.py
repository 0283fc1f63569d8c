"""An authenticator in software: makes passkeys and signs as the WebAuthn standard says.

It speaks the production protocol, so that what a browser would send can be made in a test.
Source: Web Authentication Level 3, sections 6.1 (authenticator data) and 6.5.4 (attested data).
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Authenticator:
    """One device with one passkey for one site."""

    def __init__(self, origin: str = "http://localhost:8443", domain: str = "localhost") -> None:
        self.origin = origin
        self.domain = domain
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(str(id(self)).encode()).digest()
        self.count = 0

    def make(self, challenge: bytes, *, flags: int = PRESENT | VERIFIED) -> bytes:
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        )
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + public
        data = self._data(flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": encode(self._client("webauthn.create", challenge)),
                "attestationObject": encode(attestation),
            }
        )

    def sign(self, challenge: bytes, *, flags: int = PRESENT | VERIFIED, step: int = 1) -> bytes:
        self.count += step
        data = self._data(flags)
        client = self._client("webauthn.get", challenge)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": encode(client),
                "authenticatorData": encode(data),
                "signature": encode(signature),
                "userHandle": None,
            }
        )

    def _answer(self, response: dict[str, Any]) -> bytes:
        name = encode(self.id)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response}
        ).encode()

    def _client(self, kind: str, challenge: bytes) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": encode(challenge), "origin": self.origin}
        ).encode()

    def _data(self, flags: int) -> bytes:
        site = hashlib.sha256(self.domain.encode()).digest()
        return site + bytes([flags]) + self.count.to_bytes(4)
