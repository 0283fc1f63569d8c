"""What has to be done by when: the clocks of a register, seen at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from gardefou.errors import InputError
from gardefou.orders._instruments import Obligation, Order
from gardefou.orders._parties import answer_of, standing
from gardefou.orders._register import Register
from gardefou.orders._time import DAY_US, SECOND_US, due_at, moment, shown

What = Literal[
    "phase_out_ends",
    "waiver_expires",
    "hold_point",
    "milestone",
    "obligation",
    "verification",
    "review",
    "designation_expires",
    "supplier_answer",
]
WARN_DAYS = (30, 7, 1)


class DueItem(msgspec.Struct, frozen=True, kw_only=True):
    """One date: what it is about, and how near it is.

    ``warning`` is the threshold in days that has been passed (30, 7 or 1), 0 when it is over, and
    None while it is farther away.
    """

    what: What
    order: str
    subject: str
    due_us: int
    is_over: bool = False
    warning: int | None = None

    @property
    def due(self) -> str:
        """The moment, in UTC."""
        return shown(self.due_us)


def due(register: Register, now_us: int, *, review_within_s: int = 0) -> tuple[DueItem, ...]:
    """Every date of a register that is still open, nearest first.

    ``review_within_s`` is the constitution's time for reviewing emergency orders.
    """
    items = [
        *_of_orders(register, review_within_s),
        *_of_steps(register),
        *_of_parties(register),
    ]
    known = [_seen(item, now_us) for item in items]
    return tuple(sorted(known, key=lambda item: (item.due_us, item.what, item.subject)))


def _seen(item: DueItem, now_us: int) -> DueItem:
    left_us = item.due_us - now_us
    if left_us <= 0:
        return msgspec.structs.replace(item, is_over=True, warning=0)
    passed = [days for days in WARN_DAYS if left_us <= days * DAY_US]
    return msgspec.structs.replace(item, warning=min(passed, default=None))


def _of_orders(register: Register, review_within_s: int) -> Iterator[DueItem]:
    for order in register.orders.values():
        for phase in order.phase_out:
            yield DueItem(
                what="phase_out_ends",
                order=order.id,
                subject=phase.tier,
                due_us=moment(phase.until),
            )
        authority = order.authority
        if authority.source == "press" and not authority.verified_by:
            received_us = moment(authority.received_at)
            is_reviewed = authority.emergency and review_within_s > 0
            yield DueItem(
                what="review" if is_reviewed else "verification",
                order=order.id,
                subject=authority.issuer,
                due_us=received_us + review_within_s * SECOND_US * is_reviewed,
            )


def _of_steps(register: Register) -> Iterator[DueItem]:
    for waiver in register.waivers.values():
        if waiver.state == "granted":
            yield DueItem(
                what="waiver_expires",
                order=waiver.order,
                subject=waiver.id,
                due_us=moment(waiver.expires_at),
            )
    for step in register.milestones.values():
        if not step.signed_by:
            yield DueItem(
                what="hold_point" if step.hold_point else "milestone",
                order=step.order,
                subject=step.id,
                due_us=moment(step.due),
            )
    for obligation in register.obligations.values():
        if not obligation.submitted_at:
            due_us = deadline(obligation, register.orders, register.obligations)
            if due_us is not None:
                yield DueItem(
                    what="obligation",
                    order=obligation.order,
                    subject=obligation.id,
                    due_us=due_us,
                )


def _of_parties(register: Register) -> Iterator[DueItem]:
    for designation in register.parties.designations.values():
        if designation.expires_at:
            yield DueItem(
                what="designation_expires",
                order="",
                subject=designation.id,
                due_us=moment(designation.expires_at),
            )
    for party in register.parties.by_id.values():
        for name in register.orders:
            answer = answer_of(party, name)
            if answer is not None and standing(party, name) == "unknown":
                yield DueItem(
                    what="supplier_answer",
                    order=name,
                    subject=party.id,
                    due_us=moment(answer.due),
                )


def deadline(
    obligation: Obligation, orders: Mapping[str, Order], obligations: Mapping[str, Obligation]
) -> int | None:
    """When a duty is due; None while the event that starts its clock has not happened."""
    due_ = obligation.due
    anchored = obligation.anchored_at
    if due_.anchor == "clock_time":
        return moment(due_.at)
    if due_.anchor == "prior_submission":
        before = obligations.get(obligation.after)
        anchored = before.submitted_at if before is not None else ""
    elif not anchored and (order := orders.get(obligation.order)) is not None:
        anchored = _anchor_of(due_.anchor, order)
    if not anchored:
        return None
    try:
        return due_at(due_, moment(anchored))
    except InputError:
        return moment(anchored)  # no calendar can be read: due at once, the strict side


def _anchor_of(anchor: str, order: Order) -> str:
    if anchor == "received":
        return order.authority.received_at
    if anchor == "issued":
        return order.authority.issued_at
    if anchor == "effective":
        starts = [i.since for i in order.status if i.status == "effective"]
        return min(starts, key=moment, default="")
    return ""
