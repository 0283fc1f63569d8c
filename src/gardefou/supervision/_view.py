"""What a reviewer sees of a hold: everything that would happen, and what a vote on it needs.

1. The arguments are the stored canonical bytes, decoded; nothing is shortened here.
2. Each value is marked with where it came from; a value of the role ``secrets`` says so.
3. Nothing here is escaped for a page or a terminal: whoever draws it does that (`quoted`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gardefou.action import Principal
from gardefou.supervision._call import Before, StoredCall
from gardefou.supervision._core import Core
from gardefou.supervision._face import Shown
from gardefou.supervision._model import ANYBODY, Cast, Channel, Hold, Vote
from gardefou.supervision._people import Roles, folded
from gardefou.supervision._refusals import Refused
from gardefou.supervision._rows import holds_where

APPROVED = ("approved", "redeemed", "done", "failed", "unknown")


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One place where the arguments differ from the last approved call of the tool."""

    path: str
    before: str = ""
    now: str = ""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """How many persons of a role are asked for, who approved, and who still may."""

    role: str
    count: int
    approved: tuple[str, ...]
    open_to: tuple[str, ...]


class VoteView(msgspec.Struct, frozen=True, kw_only=True):
    """One vote; the name is empty once its voter was erased or has no role any more."""

    person: str
    verdict: Vote
    channel: Channel
    at_us: int
    reason: str


class HoldView(msgspec.Struct, frozen=True, kw_only=True):
    """One hold as a reviewer's card shows it; times left are in microseconds, never negative.

    ``sentence`` says what will happen, ``why`` why it is held. ``arguments`` is the canonical text.
    """

    hold: Hold
    sentence: str
    why: str
    words: tuple[str, ...]
    arguments: str
    values: tuple[Shown, ...]
    content: str
    prose: str
    before: tuple[Before, ...]
    asked_by: Principal
    session: str
    seats: tuple[Seat, ...]
    votes: tuple[VoteView, ...]
    left_us: int
    use_left_us: int
    changed: tuple[Changed, ...] | None = None
    last_approved: str = ""


def view(core: Core, hold: Hold, *, compare: bool = True) -> HoldView:
    """The card of a hold; ``compare`` also looks for the last approved call of its tool.

    Raises:
        Refused: ``hold.erased`` when there is nothing left to show.
    """
    return views(core, (hold,), compare=compare)[0]


def views(core: Core, holds: Sequence[Hold], *, compare: bool = False) -> tuple[HoldView, ...]:
    """The cards of several holds, from one snapshot; erased ones are left out when several.

    Raises:
        Refused: ``hold.erased`` when the only one was erased.
    """
    cards = []
    now_us = core.now()
    people = _People(core)
    with core.store.reading():
        votes = _votes(core, holds)
        gone = _gone(core, holds)
        for hold in holds:
            try:
                call = core.call_of(hold, is_kept=hold.subject not in gone)
            except Refused:
                if len(holds) == 1:
                    raise
                continue
            cards.append(_card(core, hold, call, votes.get(hold.id, ()), people, now_us, compare))
    return tuple(cards)


def inbox(
    core: Core,
    *,
    tenant: str = "",
    states: Sequence[str] = ("pending",),
    limit: int = 100,
    after: tuple[int, str] = (0, ""),
) -> tuple[Hold, ...]:
    """Holds by their deadline, the nearest first; ``after`` is deadline and id of the last one seen.

    Without a tenant those of all tenants. Linear in ``limit``.
    """
    marks = ", ".join("?" for _ in states)
    condition = f"state IN ({marks}) AND (decide_by_us > ? OR (decide_by_us = ? AND id > ?))"
    parameters: tuple[Any, ...] = (*states, after[0], after[0], after[1])
    if tenant:
        condition += " AND tenant = ?"
        parameters += (tenant,)
    with core.store.reading() as session:
        return tuple(
            holds_where(
                session, f"{condition} ORDER BY decide_by_us, id LIMIT ?", (*parameters, limit)
            )
        )


def may_vote(core: Core, hold: Hold, person: str) -> bool:
    """Whether a person's vote on a pending hold would be taken, evidence apart."""
    card = view(core, hold, compare=False)
    return hold.state == "pending" and any(person in seat.open_to for seat in card.seats)


class _People:
    """Roles and pseudonyms of one reading; looked up once for many cards."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._roles: dict[str, Roles] = {}
        self._names: dict[str, dict[str, str]] = {}

    def roles(self, tenant: str) -> Roles:
        if tenant not in self._roles:
            self._roles[tenant] = self._core.roles(tenant)
        return self._roles[tenant]

    def names(self, tenant: str) -> dict[str, str]:
        """The names of all members by pseudonym."""
        if tenant not in self._names:
            members = self.roles(tenant)[ANYBODY]
            found = {self._core.pseudonym(tenant, name): name for name in members}
            self._names[tenant] = {p: name for p, name in found.items() if p is not None}
        return self._names[tenant]


def _gone(core: Core, holds: Sequence[Hold]) -> frozenset[str]:
    """The subjects of some holds that were erased; the ledger says so before their keys are gone."""
    subjects = sorted({hold.subject for hold in holds})
    found: list[str] = []
    with core.store.reading() as session:
        for start in range(0, len(subjects), 500):
            some = subjects[start : start + 500]
            marks = ", ".join("?" for _ in some)
            rows = session.run(
                f"SELECT subject FROM erasure WHERE subject IN ({marks})",  # noqa: S608 - marks only
                some,
            ).fetchall()
            found += [str(row[0]) for row in rows]
    return frozenset(found)


def _votes(core: Core, holds: Sequence[Hold]) -> dict[str, tuple[Cast, ...]]:
    found: dict[str, list[Cast]] = {}
    with core.store.reading() as session:
        for start in range(0, len(holds), 500):
            ids = [hold.id for hold in holds[start : start + 500]]
            marks = ", ".join("?" for _ in ids)
            rows = session.run(
                "SELECT hold, voter, verdict, channel, at_us, seq FROM vote"  # noqa: S608 - marks only
                f" WHERE hold IN ({marks}) ORDER BY seq",
                ids,
            ).fetchall()
            for row in rows:
                cast = Cast(
                    voter=str(row[1]),
                    verdict=row[2],
                    channel=row[3],
                    at_us=int(row[4]),
                    seq=int(row[5]),
                )
                found.setdefault(str(row[0]), []).append(cast)
    return {hold_id: tuple(votes) for hold_id, votes in found.items()}


def _card(  # noqa: PLR0917 - one call, in the order of what is read
    core: Core,
    hold: Hold,
    call: StoredCall,
    votes: tuple[Cast, ...],
    people: _People,
    now_us: int,
    compare: bool,  # noqa: FBT001 - as above
) -> HoldView:
    face = call.face
    names = people.names(hold.tenant) if votes else {}
    last = _last_approved(core, hold) if compare else None
    return HoldView(
        hold=hold,
        sentence=face.sentence,
        why=call.sentence,
        words=call.words,
        arguments=face.arguments,
        values=face.values,
        content=face.content,
        prose=call.prose,
        before=call.before,
        asked_by=face.asked_by,
        session=face.session,
        seats=_seats(hold, call, votes, people, names),
        votes=tuple(_vote(core, vote, names) for vote in votes),
        left_us=max(0, hold.decide_by_us - now_us) if hold.state == "pending" else 0,
        use_left_us=max(0, hold.use_by_us - now_us) if hold.state == "approved" else 0,
        changed=None if last is None else _difference(last[1], call),
        last_approved="" if last is None else last[0].id,
    )


def _seats(
    hold: Hold,
    call: StoredCall,
    votes: tuple[Cast, ...],
    people: _People,
    names: dict[str, str],
) -> tuple[Seat, ...]:
    if hold.ask.kind == "user_consent":
        user = call.face.asked_by.user
        given = tuple(user for vote in votes if vote.channel == "consent")
        open_to = () if given or not user else (user,)
        return (Seat(role="user", count=1, approved=given, open_to=open_to),)
    barred = call.face.barred
    roles = people.roles(hold.tenant)
    voted = {names[vote.voter] for vote in votes if vote.voter in names}
    yes = {names[v.voter] for v in votes if v.voter in names and v.verdict == "approve"}
    wanted = {**hold.ask.quorum, **(hold.ask.escalated if hold.escalated else {})}
    return tuple(
        Seat(
            role=role,
            count=count,
            approved=tuple(name for name in roles.get(role, ()) if name in yes),
            open_to=tuple(
                name
                for name in roles.get(role, ())
                if name not in voted and folded(name) not in barred
            ),
        )
        for role, count in wanted.items()
    )


def _vote(core: Core, vote: Cast, names: dict[str, str]) -> VoteView:
    try:
        reason = core.sealed_at(vote.seq, "reason")["reason"]
    except Refused:
        reason = ""
    return VoteView(
        person=names.get(vote.voter, ""),
        verdict=vote.verdict,
        channel=vote.channel,
        at_us=vote.at_us,
        reason=str(reason),
    )


def _last_approved(core: Core, hold: Hold) -> tuple[Hold, StoredCall] | None:
    marks = ", ".join("?" for _ in APPROVED)
    with core.store.reading() as session:
        found = holds_where(
            session,
            f"tenant = ? AND tool = ? AND state IN ({marks}) AND id <> ? AND opened_us <= ?"
            " ORDER BY moved_us DESC, id LIMIT 5",
            (hold.tenant, hold.tool, *APPROVED, hold.id, hold.opened_us),
        )
    for earlier in found:
        try:
            return earlier, core.call_of(earlier)
        except Refused:
            continue  # erased; the one before may still be there
    return None


def _difference(earlier: StoredCall, call: StoredCall) -> tuple[Changed, ...]:
    old = {shown.path: shown.text for shown in earlier.face.values}
    new = {shown.path: shown.text for shown in call.face.values}
    return tuple(
        Changed(path=path, before=old.get(path, ""), now=new.get(path, ""))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    )
