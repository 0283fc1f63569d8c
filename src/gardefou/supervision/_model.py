"""Holds as values: their states, what they ask of people, votes."""

from __future__ import annotations

from typing import Literal

import msgspec

from gardefou.decide import HoldKind

State = Literal[
    "pending",
    "approved",
    "denied",
    "expired",
    "withdrawn",
    "redeemed",
    "lapsed",
    "revoked",
    "done",
    "failed",
    "unknown",
]
Vote = Literal["approve", "deny"]
Channel = Literal["console", "terminal", "consent", "monitor"]

ARROWS: frozenset[tuple[State, State]] = frozenset(
    {
        ("pending", "approved"),
        ("pending", "denied"),
        ("pending", "expired"),
        ("pending", "withdrawn"),
        ("approved", "redeemed"),
        ("approved", "lapsed"),
        ("approved", "revoked"),
        ("approved", "withdrawn"),
        ("redeemed", "done"),
        ("redeemed", "failed"),
        ("redeemed", "unknown"),
        ("unknown", "done"),
        ("unknown", "failed"),
        ("unknown", "redeemed"),
    }
)
"""Every way a hold can move; the last one only where the tool takes the hold's id as its key."""

LIVE: frozenset[State] = frozenset({"pending", "approved", "redeemed", "unknown"})
"""The states in which the stored call may still matter; in all others its digest is gone."""

ANYBODY = "*"
"""Stands in a quorum for any role: who is asked where no rule names a role."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a hold asks of people.

    ``quorum`` is how many persons of which roles; after escalation ``escalated`` suffices as well.
    ``denials`` is how many persons' deny ends it. ``rules`` are the articles that hold the
    action, and ``unlisted``, ``refused`` or ``grant`` where the engine does; ``red_line`` says that one of them is a red line, which no break-glass opens.
    """

    kind: HoldKind = "supervision"
    quorum: dict[str, int]
    escalated: dict[str, int] = {}
    denials: int = 1
    rules: tuple[str, ...] = ()
    red_line: bool = False
    use_by_s: int = 600
    idempotent: bool = False


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One hold as it stands in the store; times are microseconds, 0 for "not yet".

    ``version`` counts its changes. ``digest`` is the call's, empty once the hold is over. ``code``
    says why it is over. ``subject`` is the pseudonym whose erasure destroys the stored call.
    """

    id: str
    version: int
    state: State
    code: str
    tenant: str
    subject: str
    tool: str
    ask: Ask
    digest: str
    opened_us: int
    decide_by_us: int
    escalate_us: int
    use_by_us: int = 0
    moved_us: int = 0
    started_us: int = 0
    escalated: bool = False
    seq: int = 0
    result_seq: int = -1
    nonce: str = ""

    @property
    def is_live(self) -> bool:
        """Whether anything may still happen with it."""
        return self.state in LIVE

    @property
    def quorums(self) -> tuple[dict[str, int], ...]:
        """The quorums of which one has to be met now."""
        if self.escalated and self.ask.escalated:
            return (self.ask.quorum, self.ask.escalated)
        return (self.ask.quorum,)


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """One vote that counts; ``voter`` is a pseudonym."""

    voter: str
    verdict: Vote
    channel: Channel
    at_us: int
    seq: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Where a hold goes, and why."""

    state: State
    code: str
