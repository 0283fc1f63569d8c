"""Opening a hold.

1. The stored call and its hold are one transaction with the entry ``hold``.
2. A hold whose quorum nobody could meet is denied at once, with the numbers (promise 5).
3. Whoever is in the principal's chain is not counted among those who could vote (promise 4).
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.decide import Terms
from gardefou.errors import InputError, UsageError
from gardefou.ledger import Change, SealedPart
from gardefou.recording import subject_of
from gardefou.supervision._call import Opening, StoredCall, stored_call
from gardefou.supervision._core import Core, sealed_text
from gardefou.supervision._model import ANYBODY, Ask, Hold, Outcome
from gardefou.supervision._notices import Notice
from gardefou.supervision._people import short_of, without
from gardefou.supervision._resolve import resolve
from gardefou.supervision._rows import insert_hold, secret_key

SECOND_US = 1_000_000


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A hold that is ready to be stored: the entry, its changes and its sealed parts."""

    hold: Hold
    data: dict[str, Any]
    changes: tuple[Change, ...]
    parts: tuple[SealedPart, ...]


def prepare(core: Core, new: Opening) -> Prepared:
    """Everything of a new hold but its place in the ledger.

    Raises:
        InputError: ``hold.unpresentable`` when the call has no canonical form.
        UsageError: ``hold.verdict`` when the decision is no hold.
        LedgerUnavailable: when the subject's key cannot be made.
    """
    terms = new.decision.hold
    if terms is None:
        raise UsageError(
            f"the decision is `{new.decision.verdict.word}`, not a hold",
            code="hold.verdict",
            help="open a hold for a held decision only",
        )
    call = stored_call(new)
    action = call.action
    subject = core.keyring.subject(subject_of(new.labelled))
    now_us = core.now()
    ask = _ask(new, terms)
    decide_by_us = now_us + terms.decide_by_s * SECOND_US
    wait_s = terms.escalate_after_s
    if wait_s is None:
        wait_s = terms.decide_by_s // 2
    digest = call.digest()
    hold = Hold(
        id=core.make_id(),
        version=0,
        state="pending",
        code="",
        tenant=action.principal.tenant,
        subject=subject.pseudonym,
        tool=action.tool or action.kind,
        ask=ask,
        digest=digest,
        opened_us=now_us,
        decide_by_us=decide_by_us,
        escalate_us=min(now_us + wait_s * SECOND_US, decide_by_us),
        nonce=core.make_id(),
    )
    commitment, part = sealed_text(subject, "call", msgspec.to_builtins(call))
    data: dict[str, Any] = {
        "hold": hold.id,
        "decision": new.decision_id,
        "tenant": hold.tenant,
        "subject": subject.pseudonym,
        "tool": hold.tool[:512],
        "rules": ask.rules,
        "quorum": ask.quorum,
        "decide_by_us": hold.decide_by_us,
        "escalate_us": hold.escalate_us,
        "use_by_s": ask.use_by_s,
        "constitution": call.constitution,
        "catalogue": new.decision.catalogue,
        "nonce": hold.nonce,
        "call": commitment,
    }
    parts = [part]
    if new.response is not None:
        data["response"], answer = sealed_text(subject, "response", new.response)
        parts.append(answer)
    call_key = secret_key(subject.key, "call", digest)
    replay_key = secret_key(subject.key, "replay", new.replay) if new.replay else ""
    return Prepared(
        hold=hold,
        data=data,
        changes=(insert_hold(hold, call_key, replay_key),),
        parts=tuple(parts),
    )


def open_hold(core: Core, new: Opening) -> Hold:
    """Open a hold; durable when this returns, denied already when nobody could release it.

    Raises:
        InputError: ``hold.unpresentable``; the refusal is in the ledger.
        LedgerUnavailable: when it could not be made durable; nothing may go ahead.
    """
    try:
        prepared = prepare(core, new)
    except InputError as error:
        if error.code == "hold.unpresentable":
            unpresentable(core, new)
        raise
    core.append(
        "hold",
        prepared.data,
        about=prepared.hold.id,
        changes=prepared.changes,
        parts=prepared.parts,
        now_us=prepared.hold.opened_us,
    )
    return opened(core, prepared.hold)


def opened(core: Core, fresh: Hold) -> Hold:
    """What follows once a hold is durable: refuse it if nobody could release it, else tell people."""
    hold = core.read(fresh.id)
    if short := lacking(core, hold, core.call_of(hold)):
        resolve(core, hold, Outcome(state="denied", code="hold.quorum"), {"lacks": short})
        return core.read(hold.id)
    core.tell(notice_of(hold, "opened"))
    return hold


def lacking(core: Core, hold: Hold, call: StoredCall) -> int:
    """How many persons the easiest quorum of a hold lacks, without the principal's chain (rule 3)."""
    if hold.ask.kind == "user_consent":
        return 0 if call.action.principal.user else 1
    roles = without(core.roles(hold.tenant), call.face.barred)
    choices = [hold.ask.quorum, *([hold.ask.escalated] if hold.ask.escalated else [])]
    return min(short_of(quorum, roles) for quorum in choices)


def unpresentable(core: Core, new: Opening) -> None:
    """Record that a call was denied because nobody could be shown it."""
    data = {
        "hold": "",
        "decision": new.decision_id,
        "tenant": new.labelled.action.principal.tenant,
        "state": "denied",
        "code": "hold.unpresentable",
    }
    core.append("resolution", data, about="", changes=())


def notice_of(hold: Hold, kind: Any) -> Notice:
    """A hold's notice: names and a page, nothing of the call (promise 14)."""
    quorum = hold.ask.escalated if kind == "escalated" and hold.ask.escalated else hold.ask.quorum
    return Notice(
        kind=kind,
        tenant=hold.tenant,
        hold=hold.id,
        tool=hold.tool,
        rules=hold.ask.rules,
        roles=tuple(quorum),
        state=hold.state,
        decide_by_us=hold.decide_by_us,
        path=f"/holds/{hold.id}",
    )


def _ask(new: Opening, terms: Terms) -> Ask:
    held = [g for g in new.decision.grounds if g.verdict is new.decision.verdict]
    quorum = dict(terms.quorum)
    if not quorum and terms.kind == "supervision":
        quorum = {ANYBODY: 1}
    return Ask(
        kind=terms.kind,
        quorum=quorum,
        rules=tuple(dict.fromkeys(g.article or g.order or g.cause for g in held)),
        red_line=any(g.red_line for g in held),
        escalated=dict(terms.escalate_to),
        denials=terms.denials,
        use_by_s=terms.use_by_s,
        idempotent=new.idempotent,
    )
