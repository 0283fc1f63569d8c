"""One order, compiled: what it says of an action at a moment. Pure (laws 3 and 9).

1. In force is a function of basis, population and time: a basis is in force when an ``effective``
   interval holds and no ending one does. An order binds while one of its bases is in force.
2. Unknown goes to the strict side: an attribute that the action does not state may be in the
   population of what tightens, and is never in the population of what loosens.
3. A press item binds nobody before a second person has verified it, unless the constitution has an
   emergency rule and the order was entered under it.
4. Existing use goes on until its phase-out ends; everything else is new and is refused from the
   first day. A hold point that nobody signed in time holds what is left.
5. A waiver lifts what its own order says of an action that it surely covers, while it lasts and
   within its calls per day. It never lifts what is said of an opaque use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from gardefou.action import Action
from gardefou.orders._instruments import Interval, Milestone, Order, Scope, Subject, Waiver
from gardefou.orders._match import Truth, among, covered, may, pattern, surely, within
from gardefou.orders._ruling import FOREVER, Bite, Code, Notice
from gardefou.orders._time import moment
from gardefou.orders._use import NO_USE, Use
from gardefou.orders._words import ENDING
from gardefou.verdict import Verdict

Used = Callable[[str], int]

# A commercial use is also what is done in performance of a contract or on government data.
_WIDTH: Mapping[str, frozenset[str]] = {
    "any_commercial": frozenset({"any_commercial", "in_performance", "government_data"}),
    "in_performance": frozenset({"in_performance"}),
    "government_data": frozenset({"government_data"}),
}
_VERDICTS = {"deny": Verdict.DENY, "hold": Verdict.HOLD, "allow": Verdict.ALLOW}


class Span(msgspec.Struct, frozen=True):
    """A status of a basis: from a moment to before another one, for a population."""

    start_us: int
    end_us: int
    status: str
    population: Scope

    def holds(self, at_us: int) -> bool:
        """Whether a moment is in it."""
        return self.start_us <= at_us < self.end_us


class Leave(msgspec.Struct, frozen=True):
    """The phase-out of a tier, with the hold points on its way: when due, when signed."""

    tier: str
    until_us: int
    population: Scope
    hold_points: tuple[tuple[int, int, str], ...]


class Grant(msgspec.Struct, frozen=True):
    """A granted waiver with its moments."""

    waiver: Waiver
    start_us: int
    end_us: int


class Fit(msgspec.Struct, frozen=True):
    """A subject with the vendors of its party; ``only_serves`` when one of them makes no models."""

    subject: Subject
    vendors: frozenset[str]
    only_serves: bool
    model: Any

    def test(self, use: Use, action: Action) -> Truth:
        """Whether everything that the subject names fits."""
        subject = self.subject
        if subject.tool and subject.tool != action.tool:
            return False
        result: Truth = True
        if subject.product and subject.product != action.principal.application:
            if action.principal.application:
                return False
            result = None
        if not (self.vendors or subject.developer or subject.channel or subject.model):
            return result
        if use == NO_USE:
            return False
        for truth in (
            self._of_party(use) if self.vendors else True,
            _developed(subject.developer, use) if subject.developer else True,
            _served(subject.channel, use) if subject.channel else True,
            _named(self.model, use) if subject.model else True,
        ):
            if truth is False:
                return False
            if truth is None:
                result = None
        return result

    def _of_party(self, use: Use) -> Truth:
        if use.channel in self.vendors or not self.vendors.isdisjoint(use.developers):
            return True
        return None if use.is_opaque or (self.only_serves and not use.channel) else False


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """An order, ready to be asked."""

    order: Order
    subjects: tuple[Fit, ...]
    bases: tuple[tuple[str, tuple[Span, ...], tuple[Span, ...]], ...]
    leaves: tuple[Leave, ...]
    waivers: tuple[Grant, ...]
    binds_from_us: int

    def boundaries(self) -> set[int]:
        """Every moment at which what the order says of an action can change."""
        spans = [s for _, effective, ending in self.bases for s in (*effective, *ending)]
        found = {at for span in spans for at in (span.start_us, span.end_us)}
        found |= {at for item in self.waivers for at in (item.start_us, item.end_us)}
        for leave in self.leaves:
            found.add(leave.until_us)
            found.update(at for due, signed, _ in leave.hold_points for at in (due, signed))
        return found | {self.binds_from_us}

    def may_bind(self, at_us: int) -> bool:
        """Whether a basis is effective for anybody."""
        return any(s.holds(at_us) for _, effective, _ in self.bases for s in effective)

    def concerns(self, use: Use, action: Action) -> Truth:
        """Whether a subject fits; unknown when the use is opaque."""
        result: Truth = False
        for fit in self.subjects:
            truth = fit.test(use, action)
            if truth is True:
                return True
            if truth is None:
                result = None
        return result

    def in_force(self, action: Action, at_us: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The bases in force for an action's population at a moment, and those that are not."""
        standing: list[str] = []
        stayed: list[str] = []
        for basis, effective, ending in self.bases:
            if not any(s.holds(at_us) and may(within(s.population, action)) for s in effective):
                continue
            is_stayed = any(s.holds(at_us) and surely(within(s.population, action)) for s in ending)
            (stayed if is_stayed else standing).append(basis)
        return tuple(standing), tuple(stayed)

    def say(
        self,
        action: Action,
        use: Use,
        at_us: int,
        concerns: Truth,
        *,
        emergency: bool,
        used: Used,
    ) -> Bite | Notice | None:
        """What the order says of an action that a subject of it fits, or may fit."""
        order = self.order
        if not may(within(order.population, action)) or not self._has_nexus(action):
            return None
        bases, stayed = self.in_force(action, at_us)
        if not bases:
            return None
        if at_us < self.binds_from_us and not (order.authority.emergency and emergency):
            return Notice(order=order.id, code="order.unverified", until_us=self.binds_from_us)
        if concerns is None:
            verdict = _VERDICTS[order.opaque]
            return self._bite(verdict, "order.opaque", bases, stayed) if verdict else None
        verdict = _VERDICTS[order.effect]
        code: Code = "order.in_force"
        detail = ""
        if order.existing:
            existed = surely(among(order.existing, action))
            if existed and order.nexus == "new_procurement":
                return None
            leave = self._leave(action, at_us) if existed else None
            if leave is not None:
                late = [name for due, signed, name in leave.hold_points if due <= at_us < signed]
                if not late:
                    return Notice(
                        order=order.id,
                        code="order.phase_out",
                        until_us=leave.until_us,
                        detail=leave.tier,
                    )
                verdict, code, detail = Verdict.HOLD, "order.hold_point", ", ".join(late)
            elif not existed:
                code = "order.new_use"
        waivers = self._covering(action, use.model, at_us)
        lifted = self._lifted(waivers, used)
        if waivers and lifted is None:
            code, detail = "order.waiver_spent", ", ".join(w.waiver.id for w in waivers)
        return lifted or self._bite(verdict, code, bases, stayed, detail)

    def _lifted(self, waivers: Sequence[Grant], used: Used) -> Notice | None:
        for item in waivers:
            if used(item.waiver.id) < item.waiver.calls_per_day:
                return Notice(
                    order=self.order.id,
                    code="order.waived",
                    until_us=item.end_us,
                    waiver=item.waiver.id,
                    detail=item.waiver.mitigation,
                    conditions=item.waiver.conditions,
                )
        return None

    def _covering(self, action: Action, model: str, at_us: int) -> list[Grant]:
        return [
            item
            for item in self.waivers
            if item.start_us <= at_us < item.end_us and covered(item.waiver.covers, action, model)
        ]

    def _leave(self, action: Action, at_us: int) -> Leave | None:
        for leave in self.leaves:
            if at_us < leave.until_us and surely(within(leave.population, action)):
                return leave
        return None

    def _has_nexus(self, action: Action) -> bool:
        wanted = _WIDTH.get(self.order.nexus)
        stated = action.attributes.nexus
        return wanted is None or not stated or not wanted.isdisjoint(stated)

    def _bite(
        self,
        verdict: Verdict,
        code: Code,
        bases: tuple[str, ...],
        stayed: tuple[str, ...],
        detail: str = "",
    ) -> Bite:
        return Bite(
            order=self.order.id,
            verdict=verdict,
            code=code,
            bases=bases,
            stayed=stayed,
            detail=detail,
        )


def compile_order(
    order: Order,
    *,
    waivers: Sequence[Waiver],
    milestones: Sequence[Milestone],
    vendors: Callable[[Order, Subject], frozenset[str]],
    hosts: frozenset[str],
) -> Terms:
    """Compile an order with its waivers and hold points; every moment in them exists."""
    authority = order.authority
    binds_from = moment(authority.verified_at) if authority.verified_at else 0
    if authority.source == "press" and not authority.verified_by:
        binds_from = FOREVER
    return Terms(
        order=order,
        subjects=tuple(
            Fit(
                subject,
                found := vendors(order, subject),
                not found.isdisjoint(hosts),
                pattern(subject.model) if subject.model else None,
            )
            for subject in order.subjects
        ),
        bases=tuple(
            (basis.id, _spans(order, basis.id, {"effective"}), _spans(order, basis.id, ENDING))
            for basis in order.bases
        ),
        leaves=tuple(
            Leave(
                phase.tier,
                moment(phase.until),
                phase.population,
                tuple(
                    (moment(m.due), moment(m.signed_at) if m.signed_at else FOREVER, m.id)
                    for m in milestones
                    if m.hold_point and m.tier == phase.tier
                ),
            )
            for phase in order.phase_out
        ),
        waivers=tuple(
            Grant(waiver, moment(waiver.granted_at), moment(waiver.expires_at))
            for waiver in waivers
            if waiver.state == "granted"
        ),
        binds_from_us=binds_from if authority.source == "press" else 0,
    )


def _spans(order: Order, basis: str, statuses: frozenset[Any] | set[str]) -> tuple[Span, ...]:
    return tuple(_span(i) for i in order.status if i.basis == basis and i.status in statuses)


def _span(interval: Interval) -> Span:
    end = moment(interval.until) if interval.until else FOREVER
    return Span(moment(interval.since), end, interval.status, interval.population)


def _developed(developer: str, use: Use) -> Truth:
    if developer in use.developers:
        return True
    return None if use.is_opaque else False


def _served(channel: str, use: Use) -> Truth:
    if channel == use.channel:
        return True
    return False if use.channel else None


def _named(model: Any, use: Use) -> Truth:
    if not use.model:
        return None
    return bool(model.fullmatch(use.model))
