"""Task grants: what a task may do, fixed before outsiders' text is read.

1. A grant covers an action when its effects or tools, targets, count, amount and time all do.
2. A grant is frozen: there is no way to change one, and a session whose memory holds outsiders'
   prose takes no new one (`admit`).
3. A sub-agent's grant is made by narrowing its parent's and can only be narrower (`narrow`).
4. What cannot be compared is not covered: an amount in another currency, a tool with an effect
   that the grant does not name.
5. Several grants are alternatives: an action is granted when one of them covers it.
6. A delegation is a grant that the user's own words open by pointing at a text. What that text asks
   for waits for one confirmation by the user (`consent`), which covers exactly that, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from gardefou.constitution.catalogue import EFFECTS, Ingested, Tool
from gardefou.constitution.catalogue.types import Money
from gardefou.errors import UsageError

_REACHED = frozenset({"recipients", "targets", "urls", "paths"})

Grantor = Literal["application", "user", "template", "planner", "delegation"]


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount of money: ``minor`` whole units of a currency."""

    minor: int
    currency: str


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a task may do. An empty list or a missing limit says nothing about that side.

    ``max_amount`` bounds the sum over the grant's life. Times are microseconds since 1970, UTC;
    ``not_after_us`` is the time by which the whole task has to have stopped, whatever else is left.
    """

    id: str
    effects: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    max_calls: int | None = None
    max_amount: Limit | None = None
    expires_at_us: int | None = None
    not_after_us: int | None = None
    inherit: bool = False
    granted_by: Grantor = "application"


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What one action would take from a grant."""

    tool: str
    effects: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    amount: Limit | None = None


def use_of(tool: Tool, ingested: Ingested) -> Use:
    """Describe a call for the grants: its consequences, whom it reaches, what it costs."""
    effects = tuple(
        name for name in tool.effects if name in EFFECTS and EFFECTS[name].consequential
    )
    targets = (leaf.text for leaf in ingested.leaves if leaf.role in _REACHED)
    amount = ingested.roles.get("amount")
    limit = (
        Limit(minor=amount.minor, currency=amount.currency) if isinstance(amount, Money) else None
    )
    return Use(tool=tool.name, effects=effects, targets=tuple(targets), amount=limit)


def covers(grant: Grant, use: Use, history: Sequence[Use], now_us: int) -> bool:
    """Tell whether a grant covers one more action after those that were carried out."""
    ends = [end for end in (grant.expires_at_us, grant.not_after_us) if end is not None]
    if any(now_us >= end for end in ends) or not _kind(grant, use):
        return False
    if grant.targets and not (use.targets and set(use.targets) <= set(grant.targets)):
        return False
    if grant.max_calls is None and grant.max_amount is None:
        return True
    taken = [past for past in history if _kind(grant, past)]
    if grant.max_calls is not None and len(taken) >= grant.max_calls:
        return False
    return grant.max_amount is None or _affordable(grant.max_amount, [*taken, use])


def _kind(grant: Grant, use: Use) -> bool:
    """A grant names tools, or effects: then every consequence of the action must be among them."""
    if not grant.tools and not grant.effects:
        return False
    if grant.tools and use.tool not in grant.tools:
        return False
    return not grant.effects or set(use.effects) <= set(grant.effects)


def _affordable(limit: Limit, uses: Sequence[Use]) -> bool:
    amounts = [use.amount for use in uses if use.amount is not None]
    if any(amount.currency != limit.currency for amount in amounts):
        return False
    if any(use.amount is None and "pays" in use.effects for use in uses):
        return False
    return sum(amount.minor for amount in amounts) <= limit.minor


def consent(use: Use, history: Sequence[Use], number: int) -> Grant:
    """Return the grant that a user's one confirmation makes: this tool, these targets, once.

    It is the user's consent to what a text that the user pointed at asks for; it stands beside the
    task's grants, and is never a supervisor's vote.
    """
    past = [earlier for earlier in history if earlier.tool == use.tool]
    amounts = [earlier.amount.minor for earlier in past if earlier.amount is not None]
    limit = use.amount
    if limit is not None:
        limit = Limit(minor=limit.minor + sum(amounts), currency=limit.currency)
    return Grant(
        id=f"consent {number}",
        tools=(use.tool,),
        targets=use.targets,
        max_calls=len(past) + 1,
        max_amount=limit,
        granted_by="delegation",
    )


def narrow(parent: Grant, child: Grant) -> Grant:
    """Return the part of a sub-agent's wish that its parent's grant holds; it is never wider.

    Counts and amounts are those of the session that holds the grant: what a sub-agent takes in its
    own session does not reduce what its parent has left.

    Raises:
        UsageError: when the parent's grant is not inherited (``grant.not_inherited``).
    """
    if not parent.inherit:
        raise UsageError(
            f"the grant `{parent.id}` is not inherited by sub-agents",
            code="grant.not_inherited",
            help="set `inherit: true` on the grant, or give the sub-agent its own",
        )
    grants_nothing = not parent.tools and not parent.effects
    return Grant(
        id=child.id,
        effects=_meet(parent.effects, child.effects),
        tools=(_NOTHING,) if grants_nothing else _meet(parent.tools, child.tools),
        targets=_meet(parent.targets, child.targets),
        max_calls=_least(parent.max_calls, child.max_calls),
        max_amount=_less(parent.max_amount, child.max_amount),
        expires_at_us=_least(parent.expires_at_us, child.expires_at_us),
        not_after_us=_least(parent.not_after_us, child.not_after_us),
        inherit=parent.inherit and child.inherit,
        granted_by=child.granted_by,
    )


_NOTHING = "(nothing)"


def _meet(parent: tuple[str, ...], child: tuple[str, ...]) -> tuple[str, ...]:
    if not parent or not child:
        return child or parent
    return tuple(name for name in child if name in parent) or (_NOTHING,)


def _least(parent: int | None, child: int | None) -> int | None:
    known = [value for value in (parent, child) if value is not None]
    return min(known) if known else None


def _less(parent: Limit | None, child: Limit | None) -> Limit | None:
    if parent is None or child is None:
        return child if parent is None else parent
    if parent.currency != child.currency:
        return Limit(minor=0, currency=parent.currency)
    return min(parent, child, key=lambda limit: limit.minor)


def admit(held: Sequence[Grant], new: Grant, *, exposed: bool) -> tuple[Grant, ...]:
    """Add a grant to a session's grants.

    Raises:
        UsageError: ``grant.frozen`` once outsiders' text has entered, ``grant.duplicate`` when
            the session has one with this id.
    """
    if exposed:
        raise UsageError(
            f"the grant `{new.id}` comes after text that outsiders can write",
            code="grant.frozen",
            help="fix what a task may do before it reads mail, pages or files of others",
        )
    if any(grant.id == new.id for grant in held):
        raise UsageError(
            f"the session already has a grant `{new.id}`",
            code="grant.duplicate",
            help="a grant cannot be changed; give the new one its own id",
        )
    return (*held, new)
