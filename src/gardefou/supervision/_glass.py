"""Break-glass: one person may approve alone, for a while, in the open.

Rules (promise 13):

1. Only members of `break_glass_roles`, with evidence that a verifier accepts, a written reason, and
   a scope of rules and tools; at most `MAX_MINUTES`.
2. It approves holds and nothing else: it lifts no deny, nothing that a red line holds, and nothing
   of a principal in whose chain the person is.
3. Opening, each use and closing are entries; opening and each use are notices.
4. It stays unreviewed, also after its time, until somebody else closes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from gardefou.errors import UsageError
from gardefou.ledger import SEQ, Change
from gardefou.supervision._core import Core, check_reason, is_name, sealed_text
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


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """For which rules (articles' ids, or causes of the engine) and which tools."""

    rules: tuple[str, ...]
    tools: tuple[str, ...]


class Glass(msgspec.Struct, frozen=True, kw_only=True):
    """One break-glass; ``person`` is a pseudonym, times are microseconds, 0 for "not yet"."""

    id: str
    tenant: str
    person: str
    scope: Scope
    opened_us: int
    until_us: int
    closed_us: int
    uses: int
    seq: int

    @property
    def is_unreviewed(self) -> bool:
        """Whether nobody else has looked at it yet (rule 4)."""
        return self.closed_us == 0


def glass_challenge(glass_id: str, tenant: str, person: str, scope: Scope, minutes: int) -> bytes:
    """What the person's key signs; the id is new for each one, so that nothing can be replayed."""
    value = msgspec.json.encode(["hold-glass/v1", glass_id, tenant, person, scope, minutes])
    return hashlib.sha256(value).digest()


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
    _check_scope(core, tenant, scope, minutes)
    _check_person(core, tenant, person)
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


def use_glass(core: Core, glass_id: str, hold_id: str, *, person: str, seen: str) -> Hold:
    """Approve a hold alone; durable when this returns.

    Raises:
        Refused: codes ``breakglass.*``, ``hold.digest``, ``hold.chain``, ``hold.closed``.
        LedgerUnavailable: when it could not be made durable.
    """
    glass, hold = read_glass(core, glass_id), settle(core, hold_id)
    now_us = core.now()
    if hold.state != "pending":
        raise refused("hold.closed", f"the hold is {hold.state} already", "read it again")
    if seen != hold.digest:
        raise refused("hold.digest", "that is another call than this hold has", "read it again")
    if folded(person) in core.call_of(hold).face.barred:
        raise refused("hold.chain", "nobody releases their own action", "somebody else has to")
    _check_person(core, glass.tenant, person)
    if core.pseudonym(glass.tenant, person) != glass.person or glass.tenant != hold.tenant:
        raise refused("breakglass.self", "somebody else opened this break-glass", "open your own")
    _check_covers(glass, hold)
    use_by_us = now_us + hold.ask.use_by_s * 1_000_000
    data = {
        "hold": hold.id,
        "state": "approved",
        "code": "hold.breakglass",
        "glass": glass_id,
        "by": glass.person,
    }
    outcome = Outcome(state="approved", code="hold.breakglass")
    used = core.try_append(
        "resolution",
        data,
        about=hold.id,
        changes=(
            move(hold, outcome, now_us, use_by_us=use_by_us),
            Change(
                "UPDATE break_glass SET uses = uses + 1"
                " WHERE id = ? AND closed_us = 0 AND until_us > ?",
                (glass_id, now_us),
            ),
        ),
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


def glasses(core: Core, tenant: str = "", *, unreviewed: bool = False) -> tuple[Glass, ...]:
    """Every break-glass, the newest first."""
    with core.store.reading() as session:
        rows = session.run(f"{_SELECT} ORDER BY seq DESC", ()).fetchall()
    found = (_glass(row) for row in rows)
    return tuple(
        glass
        for glass in found
        if tenant in ("", glass.tenant) and (glass.is_unreviewed or not unreviewed)
    )


def read_glass(core: Core, glass_id: str) -> Glass:
    """One break-glass.

    Raises:
        Refused: ``breakglass.missing``.
    """
    row = None
    if is_name(glass_id):
        with core.store.reading() as session:
            row = session.run(f"{_SELECT} WHERE id = ?", (glass_id,)).fetchone()
    if row is None:
        raise refused("breakglass.missing", "there is no such break-glass", "check the id")
    return _glass(row)


class BreakGlass:
    """The front door of break-glass; one for each `Holds`."""

    def __init__(self, core: Core) -> None:
        """Share the parts of the holds."""
        self._core = core

    def new_id(self) -> str:
        """An id for one that is to be opened; it is signed with the rest."""
        return self._core.make_id().replace("hold-", "glass-")

    def open(self, glass_id: str, **what: Any) -> Glass:
        """Break the glass; the fields are those of `open_glass`."""
        return open_glass(self._core, glass_id, **what)

    def use(self, glass_id: str, hold_id: str, *, person: str, seen: str) -> Hold:
        """Approve a hold alone."""
        return use_glass(self._core, glass_id, hold_id, person=person, seen=seen)

    def close(self, glass_id: str, *, person: str, reason: str) -> Glass:
        """Somebody else has looked at it."""
        return close_glass(self._core, glass_id, person=person, reason=reason)

    def list(self, tenant: str = "", *, unreviewed: bool = False) -> tuple[Glass, ...]:
        """Every break-glass, the newest first."""
        return glasses(self._core, tenant, unreviewed=unreviewed)


_SELECT = (
    "SELECT id, tenant, person, scope, opened_us, until_us, closed_us, uses, seq FROM break_glass"
)


def _glass(row: Any) -> Glass:
    return Glass(
        id=str(row[0]),
        tenant=str(row[1]),
        person=str(row[2]),
        scope=msgspec.json.decode(row[3], type=Scope),
        opened_us=int(row[4]),
        until_us=int(row[5]),
        closed_us=int(row[6]),
        uses=int(row[7]),
        seq=int(row[8]),
    )


def _check_scope(core: Core, tenant: str, scope: Scope, minutes: int) -> None:
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
    articles = {article.id: article for article in core.guards(tenant).constitution.articles}
    for rule in scope.rules:
        article = articles.get(rule)
        if article is None and rule not in ENGINE_CAUSES:
            raise refused("breakglass.scope", f"there is no article `{rule}`", _known(articles))
        if article is not None and article.kind == "red_line":
            raise refused(
                "breakglass.red_line",
                f"`{rule}` is a red line, which nothing lifts",
                "its own quorum decides",
            )


def _known(articles: Sequence[str] | dict[str, Any]) -> str:
    return f"name one of {', '.join(sorted({*articles, *ENGINE_CAUSES}))}"


def _check_person(core: Core, tenant: str, person: str) -> None:
    roles = core.roles(tenant)
    allowed = core.guards(tenant).constitution.break_glass_roles
    if not any(person in roles.get(role, ()) for role in allowed):
        raise refused(
            "breakglass.role",
            "the person may not break the glass",
            "the constitution's `break_glass_roles` say who may",
        )


def _check_covers(glass: Glass, hold: Hold) -> None:
    if hold.ask.red_line:
        raise refused(
            "breakglass.red_line", "a red line holds it, which nothing lifts", "its quorum decides"
        )
    uncovered = [rule for rule in hold.ask.rules if rule not in glass.scope.rules]
    if uncovered or hold.tool not in glass.scope.tools or not hold.ask.rules:
        raise refused(
            "breakglass.scope",
            "the hold is outside the scope of this break-glass",
            f"it is held for {', '.join(hold.ask.rules)} and runs `{hold.tool}`",
        )


def _over() -> UsageError:
    return refused(
        "breakglass.over",
        "the break-glass is over, or the hold has moved on",
        "read both again; open another one if it is still needed",
    )
