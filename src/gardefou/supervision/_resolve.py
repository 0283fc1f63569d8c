"""Resolving a hold: the one place where votes become an outcome.

INVARIANT: an outcome is stored by one update on the exact version whose votes were counted; when
anything came in between, they are counted again.
"""

from __future__ import annotations

from typing import Any

from gardefou.errors import LedgerUnavailable
from gardefou.supervision._core import Core
from gardefou.supervision._model import Cast, Hold, Outcome
from gardefou.supervision._people import counted, short_of
from gardefou.supervision._rows import move

SECOND_US = 1_000_000
MAX_ATTEMPTS = 200


def outcome_of(core: Core, hold: Hold, votes: tuple[Cast, ...], now_us: int) -> Outcome | None:
    """What the votes and the time make of a pending hold; None while it waits."""
    if now_us >= hold.decide_by_us:
        return Outcome(state="expired", code="hold.expired")
    if any(vote.channel == "monitor" and vote.verdict == "deny" for vote in votes):
        return Outcome(state="denied", code="hold.monitor")
    if hold.ask.kind == "user_consent":
        return _consent(votes)
    tenant = hold.tenant
    roles = core.roles(tenant)
    seats, against = counted(
        votes, roles, core.terminal_roles(tenant), lambda name: core.pseudonym(tenant, name)
    )
    if len(against) >= hold.ask.denials:
        return Outcome(state="denied", code="hold.denied")
    if any(short_of(quorum, seats) == 0 for quorum in hold.quorums):
        return Outcome(state="approved", code="")
    return None


def _consent(votes: tuple[Cast, ...]) -> Outcome | None:
    for vote in votes:
        if vote.verdict == "deny":
            return Outcome(state="denied", code="hold.denied")
        if vote.channel == "consent":
            return Outcome(state="approved", code="")
    return None


def settle(core: Core, hold_id: str) -> Hold:
    """Bring a hold to the state that its votes and the time ask for.

    Raises:
        Refused: ``hold.missing``.
        LedgerUnavailable: when the outcome could not be made durable.
    """
    for _ in range(MAX_ATTEMPTS):
        hold, votes = core.read_with_votes(hold_id)
        now_us = core.now()
        outcome: Outcome | None = None
        if hold.state == "pending":
            outcome = outcome_of(core, hold, votes, now_us)
        elif hold.state == "approved" and now_us >= hold.use_by_us:
            outcome = Outcome(state="lapsed", code="hold.lapsed")
        if outcome is None:
            return hold
        resolve(core, hold, outcome, {"votes": [vote.seq for vote in votes]})
    raise LedgerUnavailable(
        "the hold changed faster than its votes could be counted",
        code="hold.busy",
        help="try again; nothing was approved",
    )


def resolve(core: Core, hold: Hold, outcome: Outcome, more: dict[str, Any] | None = None) -> bool:
    """Store an outcome; False when the hold had moved on.

    Raises:
        LedgerUnavailable: when it could not be made durable.
    """
    now_us = core.now()
    use_by_us = hold.use_by_us
    if outcome.state == "approved":
        use_by_us = now_us + hold.ask.use_by_s * SECOND_US
    data = {"hold": hold.id, "state": outcome.state, "code": outcome.code, **(more or {})}
    receipt = core.try_append(
        "resolution",
        data,
        about=hold.id,
        changes=(move(hold, outcome, now_us, use_by_us=use_by_us),),
        now_us=now_us,
    )
    return receipt is not None
