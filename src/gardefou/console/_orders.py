"""Orders in force: their dates, whom they reach, what is due, and the waivers that end soon."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gardefou.console._desk import desk_of, who_asks
from gardefou.console._pages import page
from gardefou.orders import due


def routes() -> list[BaseRoute]:
    """The page of orders."""
    return [Route("/orders", orders, methods=["GET"])]


def orders(request: Request) -> Response:
    """Every order that is known, with its intervals and what is due."""
    desk, who = desk_of(request), who_asks(request)
    register = desk.service.guard(who.tenant).orders
    now_us = desk.clock()
    return page(
        request,
        "orders.html",
        register=register,
        orders=[] if register is None else sorted(register.orders.values(), key=lambda o: o.id),
        due=[] if register is None else due(register, now_us),
    )
