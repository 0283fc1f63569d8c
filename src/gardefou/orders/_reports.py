"""Drafts of reports and plans: filled from the register and the ledger, gaps named, never invented.

Source of the fields of the two reports: FAR 52.204-30, paragraph (c)(4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from gardefou.errors import UsageError
from gardefou.orders._burn_down import BurnDown, Residual
from gardefou.orders._due import deadline
from gardefou.orders._instruments import Order, Party
from gardefou.orders._register import Register
from gardefou.orders._time import moment, shown

Form = Literal["3bd", "10bd"]

MISSING = "MISSING"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A report to be completed and sent by a person; ``missing`` are the fields that nobody knows."""

    form: Form
    order: str
    use: str
    fields: dict[str, str]
    missing: tuple[str, ...]
    due: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to restore or to close after an order has ended, and why it was changed."""

    what: str
    subject: str
    detail: str


def drafts(
    register: Register, order: str, found: BurnDown, form: Form, stated: Mapping[str, str]
) -> tuple[Draft, ...]:
    """One draft for each use that is left; ``stated`` are fields that the caller knows.

    Raises:
        UsageError: ``order.unknown``, and ``order.field`` for a field that the form does not have.
    """
    known = _order(register, order)
    names = _FIRST if form == "3bd" else _SECOND
    unknown = [name for name in stated if name not in names]
    if unknown:
        raise UsageError(
            f"the form {form} has no field `{unknown[0][:40]}`",
            code="order.field",
            help=f"its fields are {', '.join(names)}",
        )
    return tuple(_draft(register, known, use, form, stated) for use in found.residual)


def _draft(
    register: Register, order: Order, use: Residual, form: Form, stated: Mapping[str, str]
) -> Draft:
    party = _party_of(register, use.vendor)
    values = {
        "contract_number": "",
        "order_number": "",
        "product_or_service": use.application or use.system,
        "covered_article_or_source": order.title,
        "vendor_name": party.legal_name if party is not None else use.vendor,
        "vendor_cage": party.identifiers.cage if party is not None else "",
        "vendor_uei": party.identifiers.uei if party is not None else "",
        "brand": use.vendor,
        "model_number": use.model,
        "item_description": f"calls: {use.calls}, the last on {use.last_day}",
        "mitigation": _plan(register, order),
        "further_mitigation": "",
        "efforts_to_prevent": "",
        "efforts_to_add": "",
    }
    names = _FIRST if form == "3bd" else _SECOND
    fields = {name: stated.get(name) or values[name] or MISSING for name in names}
    return Draft(
        form=form,
        order=order.id,
        use="/".join(part for part in (use.tenant, use.application, use.system) if part),
        fields=fields,
        missing=tuple(name for name, value in fields.items() if value == MISSING),
        due=_due(register, order, form),
    )


_FIRST = (
    "contract_number",
    "order_number",
    "product_or_service",
    "covered_article_or_source",
    "vendor_name",
    "vendor_cage",
    "vendor_uei",
    "brand",
    "model_number",
    "item_description",
    "mitigation",
)
_SECOND = ("contract_number", "further_mitigation", "efforts_to_prevent", "efforts_to_add")


def restore_plan(
    register: Register, order: str, found: BurnDown, ended_us: int
) -> tuple[Step, ...]:
    """What the end of an order asks for: access, routes, waivers, duties and suppliers' notices.

    Raises:
        UsageError: ``order.unknown``.
    """
    return tuple(_steps(register, _order(register, order), found, ended_us))


def _steps(register: Register, order: Order, found: BurnDown, ended_us: int) -> Iterator[Step]:
    stopped: dict[tuple[str, str, str], int] = {}
    for line in found.lines:
        key = (line.vendor, line.channel, line.model)
        stopped[key] = stopped.get(key, 0) + line.stopped
    for (vendor, channel, model), count in sorted(stopped.items()):
        if count:
            yield Step(
                what="restore access",
                subject="/".join(part for part in (vendor, channel, model) if part),
                detail=f"{count} calls were stopped",
            )
    plan = register.fallbacks.get(order.fallback)
    if plan is not None:
        targets = ", ".join(f"{target.developer}/{target.model}" for target in plan.targets)
        yield Step(what="review route", subject=plan.id, detail=f"traffic goes to {targets}")
    yield from _closing(register, order, ended_us)


def _closing(register: Register, order: Order, ended_us: int) -> Iterator[Step]:
    for waiver in register.waivers.values():
        is_open = waiver.state == "granted" and moment(waiver.expires_at) > ended_us
        if waiver.order == order.id and is_open:
            yield Step(
                what="close waiver",
                subject=waiver.id,
                detail=f"it would last until {waiver.expires_at}",
            )
    for duty in register.obligations.values():
        if duty.order == order.id and not duty.submitted_at:
            yield Step(what="close obligation", subject=duty.id, detail=duty.title)
    for party in register.parties.by_id.values():
        if any(answer.order == order.id for answer in party.answers):
            yield Step(what="tell supplier", subject=party.id, detail=party.legal_name)
    for reference in order.designations:
        yield Step(
            what="check designation", subject=reference, detail="it may stand on another basis"
        )


def _order(register: Register, name: str) -> Order:
    found = register.orders.get(name)
    if found is None:
        raise UsageError(
            f"there is no order `{name}`",
            code="order.unknown",
            help="`gardefou order status` lists the orders",
        )
    return found


def _party_of(register: Register, vendor: str) -> Party | None:
    return next((p for p in register.parties.by_id.values() if vendor in p.vendors), None)


def _plan(register: Register, order: Order) -> str:
    plan = register.fallbacks.get(order.fallback)
    return f"{plan.title} ({plan.id})" if plan is not None else ""


def _due(register: Register, order: Order, form: Form) -> str:
    """The nearest deadline of the order's duties to report, as their clocks run."""
    is_second = form == "10bd"
    found = [
        at
        for duty in register.obligations.values()
        if duty.order == order.id
        and duty.duty == "report"
        and (duty.due.anchor == "prior_submission") == is_second
        if (at := deadline(duty, register.orders, register.obligations)) is not None
    ]
    return shown(min(found)) if found else ""
