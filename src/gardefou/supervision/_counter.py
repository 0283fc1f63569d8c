"""The desk for holds at the ledger's counter: where a terminal hands in what people say.

What comes in here was said in a terminal, and counts as that: no evidence, no other channel.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from gardefou.ledger import Desk, ask_owner
from gardefou.supervision._break_glass import BreakGlass
from gardefou.supervision._glass import GlassBallot
from gardefou.supervision._glass_read import Glass
from gardefou.supervision._model import Hold, Vote
from gardefou.supervision._stops import Scope, Stop
from gardefou.supervision._vote import Ballot

DESK = "holds"


class VoteRequest(
    msgspec.Struct, frozen=True, kw_only=True, tag="vote", forbid_unknown_fields=True
):
    """A vote in a terminal."""

    hold: str
    verdict: Vote
    person: str
    seen: str
    reason: str

    @property
    def ballot(self) -> Ballot:
        """The ballot that it is."""
        return Ballot(
            hold=self.hold,
            verdict=self.verdict,
            person=self.person,
            seen=self.seen,
            reason=self.reason,
            channel="terminal",
        )


class StopRequest(
    msgspec.Struct, frozen=True, kw_only=True, tag="stop", forbid_unknown_fields=True
):
    """A stop."""

    scope: Scope
    tenant: str
    target: str
    reason: str
    person: str


class ResumeRequest(
    msgspec.Struct, frozen=True, kw_only=True, tag="resume", forbid_unknown_fields=True
):
    """The end of a stop."""

    stop: str
    reason: str
    person: str


class GlassUseRequest(
    msgspec.Struct, frozen=True, kw_only=True, tag="glass-use", forbid_unknown_fields=True
):
    """A hold is approved alone, with a break-glass that was opened on the console."""

    glass: str
    hold: str
    person: str
    seen: str
    reason: str

    @property
    def ballot(self) -> GlassBallot:
        """The ballot that it is."""
        return GlassBallot(
            glass=self.glass,
            hold=self.hold,
            person=self.person,
            seen=self.seen,
            reason=self.reason,
            channel="terminal",
        )


class GlassCloseRequest(
    msgspec.Struct, frozen=True, kw_only=True, tag="glass-close", forbid_unknown_fields=True
):
    """Somebody has looked at a break-glass."""

    glass: str
    reason: str
    person: str


Request = VoteRequest | StopRequest | ResumeRequest | GlassUseRequest | GlassCloseRequest


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request: what it was about."""

    hold: Hold | None = None
    stop: Stop | None = None
    glass: Glass | None = None


class Clerk(Protocol):
    """Who carries requests out; `Holds` does."""

    @property
    def glass(self) -> BreakGlass:
        """Break-glass."""

    def vote(self, ballot: Ballot) -> Hold:
        """Cast a vote."""

    def stop(self, scope: Scope, *, tenant: str, target: str, reason: str, by: str) -> Stop:
        """Stop work."""

    def resume(self, stop_id: str, *, reason: str, by: str) -> Stop:
        """End a stop."""


def carry_out(clerk: Clerk, request: Request) -> Answer:
    """Do what a request asks for.

    Raises:
        UsageError: when it was refused.
        LedgerUnavailable: when it could not be made durable.
    """
    match request:
        case VoteRequest():
            return Answer(hold=clerk.vote(request.ballot))
        case GlassUseRequest():
            return Answer(hold=clerk.glass.use(request.ballot))
        case GlassCloseRequest(glass=glass, reason=reason, person=person):
            return Answer(glass=clerk.glass.close(glass, person=person, reason=reason))
        case StopRequest(scope=scope, tenant=tenant, target=target, reason=reason, person=by):
            stop = clerk.stop(scope, tenant=tenant, target=target, reason=reason, by=by)
            return Answer(stop=stop)
        case ResumeRequest(stop=stop_id, reason=reason, person=by):
            return Answer(stop=clerk.resume(stop_id, reason=reason, by=by))


def desk_of(clerk: Clerk) -> Desk:
    """The desk at which others ask this clerk."""

    def answer(asked: bytes) -> bytes:
        return msgspec.json.encode(carry_out(clerk, msgspec.json.decode(asked, type=Request)))

    return answer


def hand_in(location: str, request: Request, timeout_s: float = 10.0) -> Answer:
    """Leave a request for the owner of a ledger's file and wait for the answer.

    Raises:
        As `ask_owner`.
    """
    answer = ask_owner(location, DESK, msgspec.json.encode(request), timeout_s)
    return msgspec.json.decode(answer, type=Answer)
