"""Orders: their dates, what is due, who still uses what, and what a draft would stop.

Only the reader's own tenant is counted. A draft is asked about what went ahead in the last
`DAYS` days; nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gardefou.action import Action
from gardefou.console._desk import Desk, desk_of, who_asks
from gardefou.console._pages import page
from gardefou.console._sign_in import field
from gardefou.errors import LoadError
from gardefou.ledger import cases
from gardefou.orders import (
    DryRun,
    Order,
    Past,
    Recorded,
    Register,
    action_of,
    burn_down,
    decisions,
    dry_run,
    due,
    load_instrument,
    moment,
    went_ahead,
)

DAYS = 30
_DAY_US = 86_400_000_000
MAX_DRAFT = 64 * 1024


def routes() -> list[BaseRoute]:
    """The page of orders."""
    return [
        Route("/orders", orders, methods=["GET"]),
        Route("/orders/draft", draft, methods=["POST"]),
    ]


def orders(request: Request) -> Response:
    """Every order that is known, and who still uses what."""
    return _shown(request)


async def draft(request: Request) -> Response:
    """Ask a draft about the past; the same page, with the answer."""
    form = await request.form()
    text = field(form, "draft")[:MAX_DRAFT]
    desk, who = desk_of(request), who_asks(request)
    try:
        instrument = load_instrument(text.encode(), file="draft")
    except LoadError as error:
        return _shown(request, text=text, mistakes=str(error))
    register = _register(desk, who.tenant).amended(instrument)
    starts = (
        [moment(part.since) for part in instrument.status] if isinstance(instrument, Order) else []
    )
    at_us = max(starts, default=desk.clock())
    found = dry_run(_past(desk, who.tenant), register, at_us)
    return _shown(request, text=text, found=found)


def _shown(
    request: Request, *, text: str = "", mistakes: str = "", found: DryRun | None = None
) -> Response:
    desk, who = desk_of(request), who_asks(request)
    register = _register(desk, who.tenant)
    now_us = desk.clock()
    with desk.ledger.store.reading() as session:
        records = list(_own(decisions(session, now_us - DAYS * _DAY_US, now_us), who.tenant))
    used = burn_down(records, register, "", since_us=now_us - DAYS * _DAY_US, until_us=now_us)
    return page(
        request,
        "orders.html",
        register=register,
        orders=sorted(register.orders.values(), key=lambda order: order.id),
        due=due(register, now_us),
        used=used.residual,
        days=DAYS,
        text=text,
        mistakes=mistakes,
        found=found,
    )


def _register(desk: Desk, tenant: str) -> Register:
    found = desk.service.guard(tenant).orders
    return Register(()) if found is None else found


def _own(records: Iterator[Recorded], tenant: str) -> Iterator[Recorded]:
    return (record for record in records if record.tenant == tenant)


def _past(desk: Desk, tenant: str) -> Iterator[Past]:
    """What went ahead in the reader's tenant, whole where it can be opened."""
    recorder = desk.service.recorder
    since_us = desk.clock() - DAYS * _DAY_US
    if recorder is None:
        return
    for record, case in cases(desk.ledger.store, recorder.keyring):
        if record.tenant != tenant or record.decided_at_us < since_us or not went_ahead(record):
            continue
        if case is None:
            yield Past(action_of(record), is_whole=False)
        else:
            yield Past(msgspec.convert(case.action["action"], Action), is_whole=True)
