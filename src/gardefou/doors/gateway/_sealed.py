"""What the gateway keeps for a principal, in its state: sealed, bound to whom it belongs, for a while.

It opens for the same principal alone, and is gone with the key of whoever's erasure destroys it.
"""

from __future__ import annotations

import os

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gardefou.action import Principal
from gardefou.doors.gateway._state import Run, State
from gardefou.ledger import Keyring

KEEP_US = 30 * 86_400 * 1_000_000
_NONCE = 12


class SealedStore:
    """Bytes by principal and name; without a keyring nothing is kept."""

    def __init__(self, state: State, keyring: Keyring | None) -> None:
        """Keep them in this state, under the keys of this ring."""
        self._state = state
        self._keyring = keyring
        self.is_shared = state.is_shared

    async def names(self, prefix: str) -> dict[tuple[str, str], int]:
        """Tenant and name of all that is kept and named so, with its time, the oldest first.

        Raises:
            LedgerUnavailable: when the state cannot be read.
        """
        rows, _ = await self._state.transact(
            lambda run: run(
                "SELECT tenant, id, at_us FROM gateway_answer WHERE substr(id, 1, ?) = ?"
                " ORDER BY at_us",
                (len(prefix), prefix),
            )
        )
        return {(str(tenant), str(name)): int(at_us) for tenant, name, at_us in rows}

    async def put(self, principal: Principal, name: str, data: bytes, at_us: int) -> None:
        """Keep bytes under a name, in place of what was there; forget what is too old.

        Raises:
            LedgerUnavailable: when they cannot be kept.
        """
        if self._keyring is None:
            return
        owner = self._keyring.subject(_subject(principal))
        nonce = os.urandom(_NONCE)
        sealed = nonce + AESGCM(owner.key).encrypt(nonce, data, _bound(principal, name))

        def work(run: Run) -> None:
            run("DELETE FROM gateway_answer WHERE tenant = ? AND id = ?", (principal.tenant, name))
            run(
                "INSERT INTO gateway_answer (tenant, id, at_us, body) VALUES (?, ?, ?, ?)",
                (principal.tenant, name, at_us, sealed),
            )
            run("DELETE FROM gateway_answer WHERE at_us < ?", (at_us - KEEP_US,))

        await self._state.transact(work)

    async def get(self, principal: Principal, name: str) -> bytes | None:
        """What is kept under a name for this very principal.

        Raises:
            LedgerUnavailable: when the state cannot be read.
        """
        owner = None if self._keyring is None else self._keyring.find(_subject(principal))
        if owner is None:
            return None
        rows, _ = await self._state.transact(
            lambda run: run(
                "SELECT body FROM gateway_answer WHERE tenant = ? AND id = ?",
                (principal.tenant, name),
            )
        )
        if not rows:
            return None
        sealed = bytes(rows[0][0])
        try:
            return AESGCM(owner.key).decrypt(
                sealed[:_NONCE], sealed[_NONCE:], _bound(principal, name)
            )
        except (InvalidTag, ValueError):
            return None

    async def drop(self, principal: Principal, name: str) -> None:
        """Forget what is kept under a name.

        Raises:
            LedgerUnavailable: when the state cannot be used.
        """
        await self._state.transact(
            lambda run: run(
                "DELETE FROM gateway_answer WHERE tenant = ? AND id = ?", (principal.tenant, name)
            )
        )


def _subject(principal: Principal) -> str:
    return f"{principal.tenant}/{principal.user or principal.application or 'nobody'}"


def _bound(principal: Principal, name: str) -> bytes:
    return msgspec.json.encode((principal, name))
