"""Stop-work: an agent, an application, a tenant or everything stops at once.

1. A stop is an entry of kind ``order`` and a row that stands until somebody resumes.
2. Whoever decides asks `stopped` before each decision; what cannot be read counts as stopped.
3. A stop names its reason, who gave it, and how work is resumed. It undoes nothing that has run.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from gardefou.action import Principal
from gardefou.errors import UsageError
from gardefou.ledger import SEQ, Change
from gardefou.supervision._core import Core, check_reason, is_name, sealed_text
from gardefou.supervision._notices import Notice
from gardefou.supervision._refusals import refused

Scope = Literal["agent", "application", "tenant", "everything"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One stop that stands; ``target`` is the agent, application or tenant, empty for everything."""

    id: str
    tenant: str
    scope: Scope
    target: str
    at_us: int
    seq: int

    def covers(self, principal: Principal) -> bool:
        """Whether the stop concerns a principal."""
        if self.scope == "everything":
            return True
        if self.tenant != principal.tenant:
            return False
        return {
            "tenant": True,
            "application": self.target == principal.application,
            "agent": self.target in (principal.agent, *principal.on_behalf_of),
        }[self.scope]

    @property
    def sentence(self) -> str:
        """The stop for people, with the way to resume."""
        what = "everything" if self.scope == "everything" else f"the {self.scope} `{self.target}`"
        return f"work is stopped for {what}; `gardefou resume {self.id}` ends the stop"


def stop_scope(word: str) -> Scope:
    """A scope from its word.

    Raises:
        Refused: ``stop.scope``.
    """
    for scope in SCOPES:
        if scope == word:
            return scope
    raise refused(
        "stop.scope", f"`{word[:40]}` cannot be stopped", f"choose one of {', '.join(SCOPES)}"
    )


def stops(core: Core) -> tuple[Stop, ...]:
    """The stops that stand, oldest first."""
    with core.store.reading() as session:
        found = session.run(
            "SELECT id, tenant, scope, target, at_us, seq FROM stop ORDER BY seq", ()
        ).fetchall()
    return tuple(
        Stop(id=str(i), tenant=str(t), scope=s, target=str(x), at_us=int(a), seq=int(q))
        for i, t, s, x, a, q in found
    )


def stopped(core: Core, principal: Principal) -> Stop | None:
    """The stop that concerns a principal, if there is one (rule 2).

    Raises:
        LedgerUnavailable: when the stops cannot be read; then nothing may go ahead.
    """
    return next((stop for stop in stops(core) if stop.covers(principal)), None)


def stop(core: Core, scope: Scope, *, tenant: str, target: str, reason: str, by: str) -> Stop:
    """Stop work; durable when this returns.

    Raises:
        Refused: ``stop.scope`` or ``hold.reason`` when something is missing.
        LedgerUnavailable: when it could not be made durable.
    """
    if scope not in SCOPES or bool(target) != (scope in ("agent", "application")):
        raise refused(
            "stop.scope",
            f"`{scope}` with the target `{target}` is nothing that can be stopped",
            "name an agent or application, or stop a tenant or everything without a name",
        )
    if not (is_name(tenant) and is_name(target) and is_name(by)):
        raise refused("stop.scope", "a name has characters that nobody sees", "write it plainly")
    check_reason(reason)
    at_us = core.now()
    target = tenant if scope == "tenant" else target
    stop_id = core.make_id().replace("hold-", "stop-")
    owner = core.person(tenant, by)
    commitment, part = sealed_text(owner, "reason", {"reason": reason, "person": by})
    receipt = core.append(
        "order",
        {
            "order": "stop",
            "stop": stop_id,
            "tenant": tenant,
            "scope": scope,
            "target": target[:512],
            "by": owner.pseudonym,
            "reason": commitment,
        },
        about=stop_id,
        changes=(
            Change(
                "INSERT INTO stop (id, tenant, scope, target, at_us, seq) VALUES (?, ?, ?, ?, ?, ?)",
                (stop_id, tenant, scope, target, at_us, SEQ),
            ),
        ),
        parts=(part,),
        now_us=at_us,
    )
    core.tell(Notice(kind="stopped", tenant=tenant, path="/stops", rules=(scope,)))
    return Stop(id=stop_id, tenant=tenant, scope=scope, target=target, at_us=at_us, seq=receipt.seq)


def resume(core: Core, stop_id: str, *, reason: str, by: str) -> Stop:
    """End a stop; durable when this returns.

    Raises:
        Refused: ``stop.missing``, ``hold.reason``.
        LedgerUnavailable: when it could not be made durable; the stop stands.
    """
    check_reason(reason)
    if not is_name(by):
        raise refused("stop.scope", "a name has characters that nobody sees", "write it plainly")
    found = next((stop for stop in stops(core) if stop.id == stop_id), None)
    if found is None:
        raise _missing()
    owner = core.person(found.tenant, by)
    commitment, part = sealed_text(owner, "reason", {"reason": reason, "person": by})
    data: dict[str, Any] = {
        "order": "resume",
        "stop": stop_id,
        "tenant": found.tenant,
        "by": owner.pseudonym,
        "reason": commitment,
    }
    change = Change("DELETE FROM stop WHERE id = ?", (stop_id,))
    receipt = core.try_append(
        "order", data, about=stop_id, changes=(change,), parts=(part,), now_us=core.now()
    )
    if receipt is None:
        raise _missing()
    core.tell(Notice(kind="resumed", tenant=found.tenant, path="/stops", rules=(found.scope,)))
    return found


def _missing() -> UsageError:
    return refused(
        "stop.missing", "there is no such stop", "list them with `gardefou stops`; it may be over"
    )
