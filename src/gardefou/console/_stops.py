"""Stop: one button that stops an agent, an application or a tenant, at once, with a reason.

Everything together is stopped with `gardefou stop everything`: it concerns all tenants, and a
person at the console has one.
"""

from __future__ import annotations

from typing import Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gardefou.console._desk import Desk, desk_of, who_asks
from gardefou.console._identity import SignedIn
from gardefou.console._pages import page
from gardefou.console._settings import PATH
from gardefou.console._sign_in import field
from gardefou.errors import InputError

_SCOPES: dict[str, Literal["agent", "application", "tenant"]] = {
    "agent": "agent",
    "application": "application",
    "tenant": "tenant",
}


def routes() -> list[BaseRoute]:
    """The pages of stops."""
    return [
        Route("/stops", stops, methods=["GET"]),
        Route("/stops", stop, methods=["POST"]),
        Route("/stops/resume", resume, methods=["POST"]),
    ]


def stops(request: Request) -> Response:
    """What is stopped, and the form to stop something."""
    desk, who = desk_of(request), who_asks(request)
    found = [
        item
        for item in desk.holds.stops()
        if item.scope == "everything" or item.tenant == who.tenant
    ]
    return page(request, "stops.html", stops=found, may=bool(desk.roles_of(who)))


async def stop(request: Request) -> Response:
    """Stop work."""
    desk, who = desk_of(request), who_asks(request)
    form = await request.form()
    _must_have_a_role(desk, who)
    scope = _SCOPES.get(field(form, "scope"), "tenant")
    await run_in_threadpool(
        lambda: desk.holds.stop(
            scope,
            tenant=who.tenant,
            target="" if scope == "tenant" else field(form, "target").strip(),
            reason=field(form, "reason"),
            by=who.person,
        )
    )
    return RedirectResponse(f"{PATH}/stops", 303)


async def resume(request: Request) -> Response:
    """Let work go on."""
    desk, who = desk_of(request), who_asks(request)
    form = await request.form()
    _must_have_a_role(desk, who)
    wanted = field(form, "stop")
    if not any(item.id == wanted and item.tenant == who.tenant for item in desk.holds.stops()):
        wanted = ""
    await run_in_threadpool(
        lambda: desk.holds.resume(wanted, reason=field(form, "reason"), by=who.person)
    )
    return RedirectResponse(f"{PATH}/stops", 303)


def _must_have_a_role(desk: Desk, who: SignedIn) -> None:
    if not desk.roles_of(who):
        raise InputError(
            "you have no role in the constitution",
            code="console.role",
            expected="somebody whom the constitution names",
            help="ask one of them; the page of people says who they are",
        )
