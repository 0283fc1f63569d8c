"""Votes: who may, on what, with which evidence; and what refuses one.

Rules:

1. A vote names the digest that was on the reviewer's screen; another one is refused as stale
   (promise 8). So is a vote on a hold that is over.
2. Nobody in the principal's chain votes (promise 4).
3. A reason is required. Reason and evidence are sealed for the voter; the entry commits to them.
4. Where a verifier is set, a vote on the console needs evidence for exactly this verdict, call, hold
   and person; in a terminal only the roles vote that the constitution lets vote there.
5. A vote that is refused is in the ledger too, with its code.
6. The same vote twice is one vote. Who approved may still deny; nothing else changes a vote.
"""

from __future__ import annotations

import base64
import hmac
from typing import Any

import msgspec

from gardefou.errors import GardefouError, UsageError
from gardefou.ledger import SealedPart
from gardefou.supervision._call import StoredCall, challenge
from gardefou.supervision._core import Core, check_reason, sealed_text
from gardefou.supervision._model import Cast, Channel, Hold, Outcome, Vote
from gardefou.supervision._people import folded, is_voter, roles_for
from gardefou.supervision._refusals import Refused, refused
from gardefou.supervision._resolve import settle
from gardefou.supervision._rows import accept_vote, move

MAX_EVIDENCE = 16_384


class Ballot(msgspec.Struct, frozen=True, kw_only=True):
    """What one person says about one hold.

    ``seen`` is the digest on their screen; ``evidence`` is opaque here and checked by the verifier.
    """

    hold: str
    verdict: Vote
    person: str
    seen: str
    reason: str
    channel: Channel = "console"
    evidence: bytes = b""


def vote(core: Core, ballot: Ballot) -> Hold:
    """Cast a vote and count; returns the hold as it stands then.

    Raises:
        Refused: with the code that says why; the refusal is in the ledger.
        LedgerUnavailable: when it could not be made durable.
    """
    hold = settle(core, ballot.hold)
    try:
        if _is_repeated(core, hold, ballot):
            return hold
        check_ballot(core, hold, ballot)
    except GardefouError as error:
        _record_refusal(core, hold, ballot, error)
        raise
    _store(core, hold, ballot)
    return settle(core, ballot.hold)


def revoke(core: Core, ballot: Ballot) -> Hold:
    """Take an approval back before it is used; any voter may, with a reason.

    Raises:
        Refused: as a vote, ``hold.closed`` when there is nothing to take back.
        LedgerUnavailable: when it could not be made durable.
    """
    hold = settle(core, ballot.hold)
    if hold.state != "approved":
        raise refused("hold.closed", f"the hold is {hold.state}", "read it again")
    deny = msgspec.structs.replace(ballot, verdict="deny")
    check_ballot(core, msgspec.structs.replace(hold, state="pending"), deny)
    _, data, parts = sealed_ballot(core, hold, deny)
    now_us = core.now()
    done = core.try_append(
        "resolution",
        {**data, "state": "revoked", "code": "hold.taken_back"},
        about=hold.id,
        changes=(move(hold, Outcome(state="revoked", code="hold.taken_back"), now_us),),
        parts=parts,
        now_us=now_us,
    )
    if done is None:
        raise refused("hold.closed", "the approval was used meanwhile", "read it again")
    return core.read(hold.id)


def challenge_for(core: Core, hold_id: str, verdict: Vote, person: str) -> bytes:
    """What a person signs to give this verdict on this hold."""
    hold = core.read(hold_id)
    return challenge(verdict, hold.digest, hold.id, person, hold.nonce)


def _is_repeated(core: Core, hold: Hold, ballot: Ballot) -> bool:
    """Rule 6: a double click, or an answer that was sent again."""
    pseudonym = core.pseudonym(hold.tenant, ballot.person)
    given = None if pseudonym is None else core.vote_by(hold.id, pseudonym)
    return given is not None and given.verdict == ballot.verdict


def check_ballot(core: Core, hold: Hold, ballot: Ballot) -> None:
    """Everything that refuses a vote before the store is asked.

    Raises:
        Refused: with the code that says why.
        GardefouError: whatever the verifier raises.
    """
    if ballot.channel == "monitor" or ballot.verdict not in ("approve", "deny"):
        raise refused("hold.channel", "this is no vote of a person", "approve or deny it")
    if hold.state != "pending":
        raise refused(
            "hold.closed",
            f"the hold is {hold.state} already",
            "read it again: nothing was changed by this vote",
        )
    if not hmac.compare_digest(ballot.seen.encode(), hold.digest.encode()):
        raise refused(
            "hold.digest",
            "the vote is on another call than this hold has",
            "read the hold again and vote on what it shows",
        )
    check_reason(ballot.reason)
    call = core.call_of(hold)
    if ballot.channel == "consent":
        _check_consent(hold, ballot, call)
        return
    if folded(ballot.person) in call.face.barred:
        raise refused(
            "hold.chain",
            "whoever an action is done for or by does not vote on it",
            "somebody else has to decide",
        )
    _check_role(core, hold, ballot)
    _check_evidence(core, hold, ballot)


def _check_consent(hold: Hold, ballot: Ballot, call: StoredCall) -> None:
    """The user's own consent answers holds that ask for it, and no other (design A4.4)."""
    if hold.ask.kind != "user_consent" or ballot.person != call.action.principal.user:
        raise refused(
            "hold.channel",
            "the user's consent does not answer this hold",
            "a supervisor decides on it" if hold.ask.kind == "supervision" else "ask the user",
        )


def _check_role(core: Core, hold: Hold, ballot: Ballot) -> None:
    roles = core.roles(hold.tenant)
    if hold.ask.kind == "user_consent":
        if ballot.verdict == "deny" and any(ballot.person in m for m in roles.values()):
            return
        raise refused(
            "hold.channel", "this hold waits for the user's own consent", "a reviewer may deny it"
        )
    if not is_voter(hold, ballot.person, roles):
        raise refused(
            "hold.not_a_voter",
            "the person has none of the roles that decide on this hold",
            f"it waits for {', '.join(hold.ask.quorum)}",
        )
    here = roles_for(ballot.channel, roles, core.terminal_roles(hold.tenant))
    if ballot.verdict == "approve" and not is_voter(hold, ballot.person, here):
        raise refused(
            "hold.channel",
            "the constitution does not let this role approve in a terminal",
            "approve on the console, or name the role in `terminal_roles`",
        )


def _check_evidence(core: Core, hold: Hold, ballot: Ballot) -> None:
    if len(ballot.evidence) > MAX_EVIDENCE:
        raise refused("hold.evidence", "the evidence of the vote is too long", "sign it again")
    if ballot.channel != "console" or core.verifier is None:
        if ballot.evidence and core.verifier is None:
            raise refused("hold.evidence", "nobody here can verify the evidence", "set a verifier")
        return
    signed = challenge(ballot.verdict, hold.digest, hold.id, ballot.person, hold.nonce)
    core.verifier.verify(
        ballot.evidence, tenant=hold.tenant, person=ballot.person, challenge=signed
    )


def sealed_ballot(
    core: Core, hold: Hold, ballot: Ballot
) -> tuple[str, dict[str, Any], tuple[SealedPart, ...]]:
    """The voter's pseudonym, what an entry says of the ballot, and its sealed reason and evidence."""
    voter = core.person(hold.tenant, ballot.person)
    said = {"reason": ballot.reason, "person": ballot.person}
    reason, part = sealed_text(voter, "reason", said)
    data = {
        "hold": hold.id,
        "voter": voter.pseudonym,
        "verdict": ballot.verdict,
        "channel": ballot.channel,
        "reason": reason,
    }
    parts = [part]
    if ballot.evidence:
        text = base64.b64encode(ballot.evidence).decode()
        data["evidence"], proof = sealed_text(voter, "evidence", text)
        parts.append(proof)
    return voter.pseudonym, data, tuple(parts)


def _store(core: Core, hold: Hold, ballot: Ballot) -> None:
    voter, data, parts = sealed_ballot(core, hold, ballot)
    now_us = core.now()
    cast = Cast(voter=voter, verdict=ballot.verdict, channel=ballot.channel, at_us=now_us, seq=-1)
    try:
        core.append(
            "vote",
            data,
            about=hold.id,
            changes=accept_vote(hold, cast),
            parts=parts,
            now_us=now_us,
        )
    except UsageError as error:
        if error.code != "ledger.moved_on":
            raise
        late = _too_late(core, ballot)
        if late is None:
            return
        _record_refusal(core, hold, ballot, late)
        raise late from None


def _too_late(core: Core, ballot: Ballot) -> Refused | None:
    """Why the store did not take a vote; None when it holds the same one already."""
    hold = settle(core, ballot.hold)
    if _is_repeated(core, hold, ballot):
        return None
    if hold.state != "pending":
        return refused(
            "hold.closed", f"the hold is {hold.state} already", "read it again: it was decided"
        )
    return refused(
        "hold.voted",
        "the person has voted, and a vote is only changed from approve to deny",
        "nothing more is needed from them",
    )


def _record_refusal(core: Core, hold: Hold, ballot: Ballot, error: GardefouError) -> None:
    """Rule 5: a refused vote leaves a trace; it names no one but a known pseudonym."""
    data = {
        "hold": hold.id,
        "voter": core.pseudonym(hold.tenant, ballot.person) or "",
        "verdict": ballot.verdict,
        "channel": ballot.channel,
        "refused": error.code,
    }
    core.append("vote", data, about="", changes=())
