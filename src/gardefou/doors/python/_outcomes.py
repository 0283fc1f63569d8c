"""What a guarded function can end in besides its result."""

from __future__ import annotations

from gardefou.doors._rulings import Ruling
from gardefou.errors import GardefouError


class Denied(GardefouError):  # noqa: N818 - a verdict, the design's word
    """Raised when a call is refused; nothing ran, and repeating the call changes nothing."""

    def __init__(self, ruling: Ruling) -> None:
        """Keep the ruling beside its reason."""
        super().__init__(ruling.reason, code="call.denied", help="do not look for a way around it")
        self.ruling = ruling


class HoldPending(GardefouError):  # noqa: N818 - a state, the design's word
    """Raised, or returned, when a call waits for people; nothing ran.

    ``guard.resume(hold_id)`` runs the stored call once they agreed. ``expires_at`` is when the hold
    ends in a refusal, in seconds since 1970; 0 and an empty id where nobody can be asked.
    """

    def __init__(self, ruling: Ruling) -> None:
        """Say what is waited for."""
        hold = ruling.hold
        way_out = (
            f"call resume({hold.id!r}) once people have agreed, or make the same call again"
            if hold is not None
            else "open the door with a ledger, so that people can be asked"
        )
        super().__init__(ruling.reason, code="call.held", help=way_out)
        self.ruling = ruling
        self.hold_id = "" if hold is None else hold.id
        self.call_digest = "" if hold is None else hold.digest
        self.expires_at = 0.0 if hold is None else hold.decide_by_us / 1_000_000
