"""Where an action goes instead, and what happens to an answer that is under way.

1. A plan applies to those it surely covers, and to models whose name one of its expressions matches.
   The plan that the refusing order names comes first, then the others by their ids.
2. A target is never under an order itself: nothing may bite, and no waiver or phase-out is used up
   for a substitution.
3. A target stays within region and data class: where the action states one, the target lists it;
   where the action states none, a target that is limited to some is not eligible.
4. What takes the place is decided anew, like any action: this only proposes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from gardefou.action import Action
from gardefou.orders._instruments import Degradation, FallbackPlan, Target
from gardefou.orders._match import pattern, surely, within
from gardefou.orders._register import Register

Flow = Literal["go_on", "finish", "cut"]


class Fallback(msgspec.Struct, frozen=True, kw_only=True):
    """A substitution: the action as it would be sent, under which plan, and what gets worse."""

    plan: str
    action: Action
    target: Target

    @property
    def degradations(self) -> tuple[Degradation, ...]:
        """What gets worse, in words for users and operators."""
        return self.target.degradations

    @property
    def header(self) -> str:
        """What the caller sees: the plan, whose model answers, and which one."""
        return f"{self.plan}; {self.target.developer}/{self.target.model}"


def fallback_for(
    action: Action, at_us: int, register: Register, *, emergency: bool = False
) -> Fallback | None:
    """The first eligible substitution for an action that orders refuse; None when there is none."""
    ruling = register.judge(action, at_us, emergency=emergency)
    named = [
        order.fallback
        for bite in ruling.bites
        if (order := register.orders.get(bite.order)) is not None and order.fallback
    ]
    for plan in _plans(register, named, action):
        for target in plan.targets:
            if not _stays_within(target, action):
                continue
            instead = msgspec.structs.replace(
                action, vendor=target.developer, channel=target.channel, model=target.model
            )
            found = register.judge(instead, at_us, emergency=emergency)
            if not found.bites and not found.notices and not register.use(instead).is_opaque:
                return Fallback(plan=plan.id, action=instead, target=target)
    return None


def flow(action: Action, at_us: int, register: Register, *, emergency: bool = False) -> Flow:
    """What happens now to an answer that began while the action was allowed.

    ``finish`` only when every order that refuses it says so: the strictest counts (law 1).
    """
    bites = register.judge(action, at_us, emergency=emergency).bites
    if not bites:
        return "go_on"
    orders = [register.orders.get(bite.order) for bite in bites]
    is_patient = all(order is not None and order.streams == "finish" for order in orders)
    return "finish" if is_patient else "cut"


def _plans(register: Register, named: list[str], action: Action) -> Iterator[FallbackPlan]:
    use = register.use(action)
    model = use.model or action.model.lower()
    first = [name for name in named if name in register.fallbacks]
    for name in dict.fromkeys([*first, *sorted(register.fallbacks)]):
        plan = register.fallbacks[name]
        if surely(within(plan.population, action)) and any(
            pattern(text).fullmatch(model) for text in plan.models
        ):
            yield plan


def _stays_within(target: Target, action: Action) -> bool:
    where = action.attributes
    return _listed(where.region, target.regions) and _listed(where.data_class, target.data_classes)


def _listed(stated: str, listed: tuple[str, ...]) -> bool:
    return stated in listed if stated else not listed
