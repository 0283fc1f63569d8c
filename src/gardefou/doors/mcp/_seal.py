"""The state that a held call of 2026-07-28 carries: sealed, short-lived, and worth nothing alone.

1. It is sealed by the SDK's codec (AES-GCM) under a key of this process; whoever holds it learns
   nothing from it.
2. It is bound to the principal, the hold and the digest of the call. Single use is the hold's
   matter: a state that is shown twice still finds an approval that is used once.
"""

from __future__ import annotations

import time
from typing import Any

import msgspec

from gardefou.doors._rulings import Ruling

PREFIX = "gardefou-"
TTL_S = 3600


class Seal:
    """Seals and checks states."""

    def __init__(self, key: bytes) -> None:
        """``key`` has 32 random bytes."""
        self._key = key
        self._codec: Any = None

    def sealed(self, ruling: Ruling) -> str:
        """The state for a held call."""
        claims = {**self._claims(ruling), "until": int(time.time()) + TTL_S}
        return PREFIX + str(self._opened().seal(msgspec.json.encode(claims)))

    def is_valid(self, state: str, ruling: Ruling) -> bool:
        """Whether the state was given for this call of this principal, and not too long ago."""
        from mcp.server.request_state import InvalidRequestState  # noqa: PLC0415 - see `_opened`

        try:
            claims = msgspec.json.decode(self._opened().unseal(state.removeprefix(PREFIX)))
        except (InvalidRequestState, msgspec.MsgspecError):
            return False
        until = claims.pop("until", 0) if isinstance(claims, dict) else 0
        # The hold may be over by now; what stays the same is who asked for what.
        mine = self._claims(ruling)
        return bool(until > time.time() and claims.get("call") == mine["call"])

    def _claims(self, ruling: Ruling) -> dict[str, str]:
        action = msgspec.structs.replace(ruling.action, call_id="")
        return {"hold": "" if ruling.hold is None else ruling.hold.id, "call": action.digest()}

    def _opened(self) -> Any:
        if self._codec is None:
            # The SDK's server is large: a proxy that holds nothing never loads it.
            from mcp.server.request_state import AESGCMRequestStateCodec  # noqa: PLC0415 - see above

            self._codec = AESGCMRequestStateCodec([self._key])
        return self._codec
