"""Why supervision says no: stable codes, and the HTTP status that a door gives them."""

from __future__ import annotations

from gardefou.errors import UsageError

STATUS: dict[str, int] = {
    "hold.missing": 404,
    "hold.not_yours": 403,
    "hold.not_a_voter": 403,
    "hold.chain": 403,
    "hold.channel": 403,
    "hold.evidence": 403,
    "hold.reason": 422,
    "hold.unpresentable": 422,
    "hold.digest": 412,
    "hold.closed": 412,
    "hold.voted": 409,
    "hold.arrow": 409,
    "hold.state": 409,
    "hold.pending": 409,
    "hold.redeemed": 409,
    "hold.revoked": 410,
    "hold.erased": 410,
    "hold.stopped": 423,
    "hold.busy": 503,
    "hold.standing": 422,
    "breakglass.minutes": 422,
    "breakglass.scope": 422,
    "breakglass.red_line": 403,
    "breakglass.role": 403,
    "breakglass.self": 403,
    "breakglass.evidence": 403,
    "breakglass.used": 409,
    "breakglass.over": 409,
    "breakglass.missing": 404,
    "tools.evidence": 403,
    "tools.role": 403,
    "tools.stale": 412,
    "tools.label": 422,
    "tools.none": 422,
    "stop.missing": 404,
    "stop.scope": 422,
}
"""What a door answers for a code; 412 is a stale page: nothing was changed, read it again."""


class Refused(UsageError):  # noqa: N818 - a state of the hold, the design's word
    """Raised when supervision refuses a vote, a use or a change; nothing was changed."""


def refused(code: str, message: str, way_out: str) -> Refused:
    """A refusal with its code."""
    return Refused(message, code=code, help=way_out)
