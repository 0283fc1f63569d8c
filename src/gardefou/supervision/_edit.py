"""What people and monitors do beyond a vote: replace a call, propose a standing grant, raise alarm.

1. Editing arguments is a deny and a new call, decided from the start; the model is told that a
   person replaced its call. Where the hold needs more than one vote, the editor joins the chain of
   the new call and has no vote on it (promise 9).
2. There is no "always approve". A standing grant is a proposed amendment: tool, arguments, principal,
   count, expiry. Nothing here puts it in force (promise 10).
3. A model-based monitor may deny or escalate, and nothing else (promise 11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from gardefou.action import Action, Principal, normal
from gardefou.decide import quoted
from gardefou.supervision._core import Core, check_reason, sealed_text
from gardefou.supervision._model import Cast, Hold, Outcome
from gardefou.supervision._refusals import refused
from gardefou.supervision._resolve import settle
from gardefou.supervision._rows import accept_vote, move
from gardefou.supervision._tick import escalate
from gardefou.supervision._vote import Ballot, check_ballot, sealed_ballot

Alarm = Literal["deny", "escalate"]


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """A call that a person replaced: the old hold, the new action to decide, the model's notice."""

    hold: Hold
    action: Action
    notice: str


class StandingGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal, and no more: what an amendment of the constitution would have to allow."""

    hold: str
    tool: str
    arguments: dict[str, Any]
    principal: Principal
    count: int
    expires_us: int


def edit(core: Core, ballot: Ballot, arguments: Mapping[str, Any]) -> Edited:
    """Replace a held call's arguments: its hold is denied, and the new action is for the caller.

    Raises:
        Refused: as a vote to deny.
        InputError: when the new arguments have no canonical form.
        LedgerUnavailable: when it could not be made durable; then there is no new action.
    """
    new_arguments = normal(dict(arguments))
    hold = settle(core, ballot.hold)
    deny = msgspec.structs.replace(ballot, verdict="deny")
    check_ballot(core, hold, deny)
    call = core.call_of(hold)
    _, data, parts = sealed_ballot(core, hold, deny)
    data = {**data, "state": "denied", "code": "hold.replaced"}
    now_us = core.now()
    done = core.try_append(
        "resolution",
        data,
        about=hold.id,
        changes=(move(hold, Outcome(state="denied", code="hold.replaced"), now_us),),
        parts=parts,
        now_us=now_us,
    )
    if done is None:
        raise refused("hold.closed", "the hold has changed meanwhile", "read it again")
    principal = call.action.principal
    if sum(hold.ask.quorum.values()) > 1:
        chain = (*principal.on_behalf_of, ballot.person)
        principal = msgspec.structs.replace(principal, on_behalf_of=chain)
    action = msgspec.structs.replace(call.action, arguments=new_arguments, principal=principal)
    tool = quoted(call.action.tool or call.action.kind)
    notice = (
        f"A person replaced your call of {tool} by one with other arguments; yours was not run. "
        "The replacement is decided anew."
    )
    return Edited(hold=core.read(hold.id), action=action, notice=notice)


def standing(core: Core, hold: Hold, *, count: int, expires_us: int) -> StandingGrant:
    """Propose that calls like this one need no hold; nothing is granted by it.

    Raises:
        Refused: ``hold.erased``, or ``hold.standing`` without a bound.
    """
    if count < 1 or expires_us <= core.now():
        raise refused(
            "hold.standing", "a standing grant has a count and an end", "give both, in the future"
        )
    action = core.call_of(hold).action
    return StandingGrant(
        hold=hold.id,
        tool=action.tool,
        arguments=dict(action.arguments),
        principal=action.principal,
        count=count,
        expires_us=expires_us,
    )


def alarm(core: Core, hold_id: str, *, monitor: str, verdict: Alarm, reason: str) -> Hold:
    """A monitor denies a pending hold, or has the next group asked at once.

    Raises:
        Refused: ``hold.channel`` for anything else, ``hold.closed``, ``hold.reason``.
        LedgerUnavailable: when it could not be made durable.
    """
    check_reason(reason)
    if verdict not in ("deny", "escalate"):
        raise refused(
            "hold.channel", "a monitor never approves", "it may deny or escalate; people approve"
        )
    hold = settle(core, hold_id)
    if hold.state != "pending":
        raise refused("hold.closed", f"the hold is {hold.state} already", "read it again")
    if verdict == "escalate":
        escalate(core, hold)
        return core.read(hold_id)
    voter = core.person(hold.tenant, f"monitor:{monitor}")
    now_us = core.now()
    cast = Cast(voter=voter.pseudonym, verdict="deny", channel="monitor", at_us=now_us, seq=-1)
    commitment, part = sealed_text(voter, "reason", {"reason": reason, "person": monitor})
    data = {
        "hold": hold.id,
        "voter": voter.pseudonym,
        "verdict": "deny",
        "channel": "monitor",
        "reason": commitment,
    }
    core.try_append(
        "vote",
        data,
        about=hold.id,
        changes=accept_vote(hold, cast),
        parts=(part,),
        now_us=now_us,
    )
    return settle(core, hold_id)
