"""Break-glass: one person may approve alone, for a while, in the open.

Rules (promise 13):

1. Only members of `break_glass_roles`, with evidence that a verifier accepts, a written reason, and
   a scope of rules and tools; at most `MAX_MINUTES`.
2. It approves holds and nothing else: it lifts no deny, nothing that a red line holds, nothing that
   waits for the user's own consent, and nothing of a principal in whose chain the person is.
3. Opening, each use and closing are entries; opening and each use are notices.
4. It stays unreviewed, also after its time, until somebody else closes it.
5. Each use names the digest that was seen and says why. On the console it is signed; in a terminal
   it counts only for a role that `terminal_roles` names. Opening one takes the console.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from gardefou.errors import UsageError
from gardefou.ledger import SEQ, Change
from gardefou.supervision._core import Core, check_reason, is_name, sealed_text
from gardefou.supervision._glass_read import (
    Glass,
    Scope,
    glass_challenge,
    glass_use_challenge,
    read_glass,
)
from gardefou.supervision._model import ANYBODY, Hold, Outcome
from gardefou.supervision._notices import Notice
from gardefou.supervision._open import notice_of
from gardefou.supervision._people import folded
from gardefou.supervision._refusals import refused
from gardefou.supervision._resolve import settle
from gardefou.supervision._rows import move

MAX_MINUTES = 60
MINUTE_US = 60_000_000
ENGINE_CAUSES = frozenset({"grant", "refused", "unlisted"})
"""What the engine itself holds for; a scope names them beside articles."""


def open_glass(
    core: Core,
    glass_id: str,
    *,
    tenant: str,
    person: str,
    reason: str,
    scope: Scope,
    minutes: int,
    evidence: bytes,
) -> Glass:
    """Break the glass; durable when this returns.

    Raises:
        Refused: codes ``breakglass.*`` and ``hold.reason``.
        GardefouError: whatever the verifier raises.
        LedgerUnavailable: when it could not be made durable.
    """
    check_reason(reason)
    if not is_name(glass_id):
        raise refused("breakglass.used", "this is no id of a break-glass", "ask for a new one")
    check_scope(core, tenant, scope, minutes)
    check_person(core, tenant, person)
    if core.verifier is None:
        raise refused(
            "breakglass.evidence",
            "nobody here can verify who breaks the glass",
            "set up passkeys: a break-glass needs one",
        )
    signed = glass_challenge(glass_id, tenant, person, scope, minutes)
    core.verifier.verify(evidence, tenant=tenant, person=person, challenge=signed)
    owner = core.person(tenant, person)
    now_us = core.now()
    until_us = now_us + minutes * MINUTE_US
    commitment, part = sealed_text(owner, "reason", {"reason": reason, "person": person})
    proof, proof_part = sealed_text(owner, "evidence", evidence.hex())
    receipt = core.try_append(
        "breakglass.opened",
        {
            "glass": glass_id,
            "tenant": tenant,
            "person": owner.pseudonym,
            "rules": scope.rules,
            "tools": scope.tools,
            "until_us": until_us,
            "reason": commitment,
            "evidence": proof,
        },
        about=glass_id,
        changes=(
            Change(
                "INSERT INTO break_glass"
                " (id, tenant, person, scope, opened_us, until_us, closed_us, uses, seq)"
                " VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?)",
                (
                    glass_id,
                    tenant,
                    owner.pseudonym,
                    msgspec.json.encode(scope).decode(),
                    now_us,
                    until_us,
                    SEQ,
                ),
            ),
        ),
        parts=(part, proof_part),
        now_us=now_us,
    )
    if receipt is None:
        raise refused("breakglass.used", "this break-glass was opened before", "ask for a new one")
    rules = scope.rules
    core.tell(Notice(kind="breakglass", tenant=tenant, rules=rules, path=f"/glass/{glass_id}"))
    return read_glass(core, glass_id)


class GlassBallot(msgspec.Struct, frozen=True, kw_only=True):
    """A person's wish to approve one hold alone; ``seen`` is the digest on their screen.

    ``evidence`` is what their key made of `glass_use_challenge`.
    """

    glass: str
    hold: str
    person: str
    seen: str
    reason: str
    channel: Literal["console", "terminal"] = "console"
    evidence: bytes = b""


def use_glass(core: Core, use: GlassBallot) -> Hold:
    """Approve a hold alone; durable when this returns.

    Raises:
        Refused: codes ``breakglass.*``, ``hold.digest``, ``hold.chain``, ``hold.channel``,
            ``hold.closed``, ``hold.reason``.
        GardefouError: whatever the verifier raises.
        LedgerUnavailable: when it could not be made durable.
    """
    glass, hold = read_glass(core, use.glass), settle(core, use.hold)
    _check_use(core, glass, hold, use)
    owner = core.person(glass.tenant, use.person)
    said = {"reason": use.reason, "person": use.person}
    commitment, part = sealed_text(owner, "reason", said)
    data = {
        "hold": hold.id,
        "state": "approved",
        "code": "hold.breakglass",
        "glass": glass.id,
        "by": glass.person,
        "channel": use.channel,
        "reason": commitment,
    }
    parts = [part]
    if use.evidence:
        data["evidence"], proof = sealed_text(owner, "evidence", use.evidence.hex())
        parts.append(proof)
    now_us = core.now()
    outcome = Outcome(state="approved", code="hold.breakglass")
    used = core.try_append(
        "resolution",
        data,
        about=hold.id,
        changes=(
            move(hold, outcome, now_us, use_by_us=now_us + hold.ask.use_by_s * 1_000_000),
            Change(
                "UPDATE break_glass SET uses = uses + 1"
                " WHERE id = ? AND closed_us = 0 AND until_us > ?",
                (glass.id, now_us),
            ),
        ),
        parts=tuple(parts),
        now_us=now_us,
    )
    if used is None:
        raise _over()
    fresh = core.read(hold.id)
    core.tell(notice_of(fresh, "breakglass"))
    return fresh


def close_glass(core: Core, glass_id: str, *, person: str, reason: str) -> Glass:
    """Somebody else has looked at a break-glass and closes it; it can be used no more.

    Raises:
        Refused: ``breakglass.self`` for whoever opened it, ``breakglass.role``, ``breakglass.over``.
        LedgerUnavailable: when it could not be made durable.
    """
    check_reason(reason)
    glass = read_glass(core, glass_id)
    if person not in core.roles(glass.tenant)[ANYBODY]:
        raise refused("breakglass.role", "the person has no role", "a reviewer closes it")
    if core.pseudonym(glass.tenant, person) == glass.person:
        raise refused("breakglass.self", "whoever opened it does not review it", "ask another")
    owner = core.person(glass.tenant, person)
    now_us = core.now()
    commitment, part = sealed_text(owner, "reason", {"reason": reason, "person": person})
    closed = core.try_append(
        "breakglass.closed",
        {"glass": glass_id, "by": owner.pseudonym, "uses": glass.uses, "reason": commitment},
        about=glass_id,
        changes=(
            Change(
                "UPDATE break_glass SET closed_us = ? WHERE id = ? AND closed_us = 0 AND uses = ?",
                (now_us, glass_id, glass.uses),
            ),
        ),
        parts=(part,),
        now_us=now_us,
    )
    if closed is None:
        raise _over()
    return read_glass(core, glass_id)


def check_scope(core: Core, tenant: str, scope: Scope, minutes: int) -> None:
    """Refuse what nobody may open (rules 1 and 2).

    Raises:
        Refused: ``breakglass.scope``, ``breakglass.minutes``, ``breakglass.red_line``.
    """
    if not all(is_name(name) for name in (tenant, *scope.rules, *scope.tools)):
        raise refused("breakglass.scope", "a name has characters nobody sees", "write it plainly")
    if not 1 <= minutes <= MAX_MINUTES:
        raise refused(
            "breakglass.minutes",
            f"a break-glass of {minutes} minutes",
            f"choose from 1 to {MAX_MINUTES}",
        )
    if not scope.rules or not scope.tools:
        raise refused(
            "breakglass.scope",
            "a break-glass names the rules and the tools it is for",
            "name at least one of each",
        )
    articles = core.guards(tenant).constitution.articles
    red = {article.id for article in articles if article.kind == "red_line"}
    known = rules_of(core, tenant)
    for rule in scope.rules:
        if rule in red:
            raise refused(
                "breakglass.red_line",
                f"`{rule}` is a red line, which nothing lifts",
                "its own quorum decides",
            )
        if rule not in known:
            raise refused(
                "breakglass.scope",
                f"there is no article `{rule}`",
                f"name one of {', '.join(known)}",
            )


def rules_of(core: Core, tenant: str) -> tuple[str, ...]:
    """What a scope may name: articles that are no red line, and the causes of the engine."""
    articles = core.guards(tenant).constitution.articles
    named = {article.id for article in articles if article.kind != "red_line"}
    return tuple(sorted({*named, *ENGINE_CAUSES}))


def roles_of(core: Core, tenant: str, person: str) -> tuple[str, ...]:
    """The roles by which a person may break the glass."""
    roles = core.roles(tenant)
    allowed = core.guards(tenant).constitution.break_glass_roles
    return tuple(role for role in allowed if person in roles.get(role, ()))


def check_person(core: Core, tenant: str, person: str) -> None:
    """Refuse whoever is not named for it (rule 1).

    Raises:
        Refused: ``breakglass.role``.
    """
    if not roles_of(core, tenant, person):
        raise refused(
            "breakglass.role",
            "the person may not break the glass",
            "the constitution's `break_glass_roles` say who may",
        )


def _check_use(core: Core, glass: Glass, hold: Hold, use: GlassBallot) -> None:
    if hold.state != "pending":
        raise refused("hold.closed", f"the hold is {hold.state} already", "read it again")
    if use.seen != hold.digest:
        raise refused("hold.digest", "that is another call than this hold has", "read it again")
    check_reason(use.reason)
    if folded(use.person) in core.call_of(hold).face.barred:
        raise refused("hold.chain", "nobody releases their own action", "somebody else has to")
    check_person(core, glass.tenant, use.person)
    if core.pseudonym(glass.tenant, use.person) != glass.person or glass.tenant != hold.tenant:
        raise refused("breakglass.self", "somebody else opened this break-glass", "open your own")
    if hold.ask.kind != "supervision":
        raise refused("hold.channel", "this hold waits for the user's own consent", "ask the user")
    if hold.ask.red_line:
        raise refused(
            "breakglass.red_line", "a red line holds it, which nothing lifts", "its quorum decides"
        )
    if not glass.covers(hold):
        raise refused(
            "breakglass.scope",
            "the hold is outside the scope of this break-glass",
            f"it is held for {', '.join(hold.ask.rules)} and runs `{hold.tool}`",
        )
    _check_channel(core, glass, hold, use)


def _check_channel(core: Core, glass: Glass, hold: Hold, use: GlassBallot) -> None:
    """Rule 5: on the console a signature, in a terminal a role that may vote there."""
    if use.channel == "terminal":
        here = core.terminal_roles(glass.tenant)
        if not set(roles_of(core, glass.tenant, use.person)) & set(here):
            raise refused(
                "hold.channel",
                "the constitution does not let this role approve in a terminal",
                "use the break-glass on the console, or name the role in `terminal_roles`",
            )
    elif core.verifier is not None:
        signed = glass_use_challenge(glass.id, hold, use.person)
        core.verifier.verify(use.evidence, tenant=hold.tenant, person=use.person, challenge=signed)


def _over() -> UsageError:
    return refused(
        "breakglass.over",
        "the break-glass is over, or the hold has moved on",
        "read both again; open another one if it is still needed",
    )
