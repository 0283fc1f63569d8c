"""Using an approval: once, under the law of that moment, with the intent recorded before the effect.

Rules:

1. A grant is redeemed by one conditional update: across replicas and crashes at most once
   (promise 2).
2. The constitution in force is asked again. A new deny wins over the approval; a new allow or hold
   changes nothing (promise 7). What cannot be asked again counts as a deny.
3. The tool must still be the one that was shown, the principal the one that asked, and the
   preconditions those that were shown.
4. ``action.started`` is durable before the caller gets the stored copy, the outcome follows after.
   In between a crash leaves ``unknown``, or ``failed`` when nothing had begun (promise 3). Where
   other replicas run, that is known only after `RUNNING_US`; an outcome that comes later counts.
5. ``unknown`` is tried again only where the tool takes the hold's id as its idempotency key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from gardefou.action import Action, Principal, canonical
from gardefou.constitution.catalogue import Tool
from gardefou.decide import Decision, Session
from gardefou.errors import GardefouError
from gardefou.ledger import SEQ, Change, SealedPart
from gardefou.recording import Remembered, facts_from, label_again
from gardefou.supervision._call import StoredCall
from gardefou.supervision._core import Core, sealed_text
from gardefou.supervision._model import Hold, Outcome
from gardefou.supervision._refusals import Refused, refused
from gardefou.supervision._resolve import resolve, settle
from gardefou.supervision._rows import holds_where, keep_time, move
from gardefou.supervision._stops import stopped
from gardefou.verdict import Verdict

Ended = Literal["done", "failed"]
STARTING_US = 60_000_000  # from the grant to the intent
RUNNING_US = 3_600_000_000  # from the intent to the outcome, while others may be at work on it


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """The right to run one stored call, once; ``hold`` is also its idempotency key."""

    hold: str
    digest: str
    action: Action
    call: StoredCall
    response: Any = None
    attempt: int = 1


def redeem(
    core: Core,
    hold_id: str,
    principal: Principal,
    *,
    preconditions: Mapping[str, Any] | None = None,
) -> Grant:
    """Use an approval; what the grant holds may run when this returns, and nothing else.

    Raises:
        Refused: when there is nothing to use, or not by this principal, or not any more.
        LedgerUnavailable: when the intent could not be made durable; nothing may run.
    """
    hold = settle(core, hold_id)
    call = core.call_of(hold)
    if call.action.principal != principal:
        raise refused("hold.not_yours", "the hold belongs to another principal", "ask for your own")
    if hold.state != "approved":
        raise _not_approved(hold)
    if stop := stopped(core, principal):
        raise refused(
            "hold.stopped",
            f"work is stopped for this {stop.scope}",
            f"ask whoever may resume it: `gardefou resume {stop.id}`",
        )
    if reason := why_revoked(core, call, preconditions):
        resolve(core, hold, Outcome(state="revoked", code=reason))
        raise refused(
            "hold.revoked",
            "the approval does not hold any more",
            f"{reason}: ask for the action anew",
        )
    return _start(core, hold, call, attempt=1)


def retry(core: Core, hold_id: str, principal: Principal) -> Grant:
    """Run a call again whose outcome is unknown; only where the tool can tell repeats (rule 5).

    Raises:
        Refused: as `redeem`, and ``hold.state`` when the tool declares no idempotency key.
        LedgerUnavailable: as `redeem`.
    """
    hold = core.read(hold_id)
    call = core.call_of(hold)
    if call.action.principal != principal:
        raise refused("hold.not_yours", "the hold belongs to another principal", "ask for your own")
    if hold.state != "unknown" or not hold.ask.idempotent:
        raise refused(
            "hold.state",
            f"a hold that is {hold.state} is not tried again here",
            "only an unknown outcome of a tool with an idempotency key is",
        )
    if stopped(core, principal) or why_revoked(core, call, None):
        raise refused(
            "hold.revoked", "the approval does not hold any more", "ask for the action anew"
        )
    return _start(core, hold, call, attempt=2)


def why_revoked(core: Core, call: StoredCall, preconditions: Mapping[str, Any] | None) -> str:
    """The code of what stands against an approval by now; empty when nothing does (rules 2, 3)."""
    try:
        if preconditions is not None and canonical(dict(preconditions)) != canonical(
            call.preconditions
        ):
            return "hold.precondition"
        guard = core.guards(call.action.principal.tenant)
        action = call.action
        tool = guard.catalogue.tools.get(action.tool) or Tool(name=action.tool)
        if tool.digest() != call.tool_digest:
            return "hold.tool_changed"
        if decided_again(core, call).verdict is Verdict.DENY:
            return "hold.now_denied"
    except (GardefouError, msgspec.MsgspecError):
        return "hold.now_unknown"
    return ""


def decided_again(core: Core, call: StoredCall) -> Decision:
    """The stored call under the constitution and orders of this moment."""
    action = call.action
    guard = core.guards(action.principal.tenant)
    book = core.books(action.principal.tenant) if core.books is not None else None
    session = Session(book if book is not None else Remembered(facts_from(call.facts)))
    now_us = core.wall()
    labelled = label_again(guard, call.part)
    return guard.decide(labelled, session, now_us)


def finish(core: Core, hold_id: str, ended: Ended, result: Any = None) -> Hold:
    """Record how a call ended; a result is kept sealed, for whoever asks for it again.

    Raises:
        Refused: ``hold.state`` when it was not running.
        LedgerUnavailable: when it could not be made durable; it will count as unknown.
    """
    hold = core.read(hold_id)
    if hold.state not in ("redeemed", "unknown"):
        raise refused("hold.state", f"a hold that is {hold.state} cannot end", "it was not running")
    now_us = core.now()
    data: dict[str, Any] = {"id": hold.id, "hold": hold.id, "outcome": ended}
    outcome = Outcome(state=ended, code="" if ended == "done" else "hold.failed")
    changes = [
        move(hold, outcome, now_us),
        Change("DELETE FROM open_action WHERE id = ?", (hold.id,), None),
    ]
    parts: tuple[SealedPart, ...] = ()
    if result is not None:
        call = core.call_of(hold)
        owner = core.keyring.subject(subject_name(call))
        data["result"], part = sealed_text(owner, "result", result)
        parts = (part,)
        changes.append(Change("UPDATE hold SET result_seq = ? WHERE id = ?", (SEQ, hold.id)))
    receipt = core.try_append(
        "action.finished", data, about=hold.id, changes=tuple(changes), parts=parts, now_us=now_us
    )
    if receipt is None:
        raise refused("hold.state", "the hold has ended already", "read it again")
    return core.read(hold_id)


def result_of(core: Core, hold: Hold) -> Any:
    """The stored result of a call that ended; None when none was kept."""
    return None if hold.result_seq < 0 else core.sealed_at(hold.result_seq, "result")


def subject_name(call: StoredCall) -> str:
    """Whose erasure destroys what belongs to a call; as decisions name it."""
    action = call.action
    who = action.principal.user or action.session or "nobody"
    return f"{action.principal.tenant}/{who}"


def recover(core: Core) -> tuple[str, ...]:
    """After a restart of the only process: calls that were running ended in nobody knows what.

    Call it once, before anything is redeemed. Returns the ids of the holds that it moved.
    """
    with core.store.reading() as session:
        found = session.run(
            "SELECT id FROM hold WHERE state = 'redeemed' ORDER BY id", ()
        ).fetchall()
        still_open = set(session.open_actions())
    holds = [core.read(str(row[0])) for row in found]
    return tuple(
        hold.id for hold in holds if give_up(core, hold, is_noted=hold.id not in still_open)
    )


def abandoned(core: Core, limit: int) -> list[Hold]:
    """Calls that began long ago and never ended: their process is gone, or will say so late."""
    now_us = core.now()
    with core.store.reading() as session:
        return holds_where(
            session,
            "state = 'redeemed' AND moved_us < ? AND (started_us < ? OR started_us = 0)"
            " ORDER BY id LIMIT ?",
            (now_us - STARTING_US, now_us - RUNNING_US, limit),
        )


def give_up(core: Core, hold: Hold, *, is_noted: bool) -> bool:
    """Say that nobody knows how a call ended; ``is_noted`` where its ``action.unknown`` exists.

    CRASH: between grant and intent nothing had begun, and can begin no more: the hold has moved.
    """
    now_us = core.now()
    outcome = (
        Outcome(state="unknown", code="hold.unknown")
        if hold.started_us
        else Outcome(state="failed", code="hold.not_started")
    )
    kind = "action.unknown" if hold.started_us and not is_noted else "resolution"
    receipt = core.try_append(
        kind,
        {"id": hold.id, "hold": hold.id, "state": outcome.state, "code": outcome.code},
        about=hold.id,
        changes=(
            move(hold, outcome, now_us),
            Change("DELETE FROM open_action WHERE id = ?", (hold.id,), None),
        ),
        now_us=now_us,
    )
    return receipt is not None


def _start(core: Core, hold: Hold, call: StoredCall, *, attempt: int) -> Grant:
    """Rules 1 and 4: the grant, then the intent; both durable before anybody acts."""
    now_us = core.now()
    response = core.payload(hold, "response") if _has_response(core, hold) else None
    constitution = core.guards(hold.tenant).constitution_digest
    if attempt == 1:
        used = core.try_append(
            "grant.redeemed",
            {"hold": hold.id, "constitution": constitution},
            about=hold.id,
            changes=(
                move(hold, Outcome(state="redeemed", code=""), now_us),
                Change(
                    "UPDATE hold SET code = '' WHERE id = ? AND use_by_us > ?", (hold.id, now_us)
                ),
            ),
            now_us=now_us,
        )
        if used is None:
            raise _not_approved(settle(core, hold.id))
        hold = core.read(hold.id)
    _intend(core, hold, now_us, attempt)
    return Grant(
        hold=hold.id,
        digest=hold.digest,
        action=call.action,
        call=call,
        response=response,
        attempt=attempt,
    )


def _intend(core: Core, hold: Hold, now_us: int, attempt: int) -> None:
    moving = hold.state == "unknown"
    step = (
        move(hold, Outcome(state="redeemed", code=""), now_us)
        if moving
        else Change(
            "UPDATE hold SET version = version + 1 WHERE id = ? AND state = 'redeemed'"
            " AND version = ?",
            (hold.id, hold.version),
        )
    )
    started = core.try_append(
        "action.started",
        {"id": hold.id, "hold": hold.id, "attempt": attempt},
        about=hold.id,
        changes=(
            step,
            Change("UPDATE hold SET started_us = ? WHERE id = ?", (now_us, hold.id)),
            Change(
                "INSERT INTO open_action (id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (hold.id, SEQ),
            ),
            keep_time(now_us),
        ),
    )
    if started is None:
        raise refused("hold.state", "somebody else is running the call", "read the hold again")


def _has_response(core: Core, hold: Hold) -> bool:
    with core.store.reading() as session:
        return any(part.part == "response" for part in session.payloads(hold.seq))


def _not_approved(hold: Hold) -> Refused:
    if hold.state == "pending":
        return refused("hold.pending", "nobody has approved it yet", "wait for the hold")
    if hold.state in ("redeemed", "done", "failed", "unknown"):
        return refused(
            "hold.redeemed", "the approval was used already", "an approval runs one call, once"
        )
    return refused(
        "hold.closed",
        f"the hold is {hold.state}",
        hold.code or "ask for the action anew if it is still wanted",
    )
