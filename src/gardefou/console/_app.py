"""The console as one ASGI application, to be mounted under `PATH`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from gardefou.console import (
    _amendments,
    _evidence,
    _glass,
    _holds,
    _law,
    _live,
    _orders,
    _people,
    _records,
    _sign_in,
    _stops,
    _tools,
)
from gardefou.console._desk import Desk, NotSignedIn
from gardefou.console._pages import problem
from gardefou.console._settings import PATH, ConsoleSettings
from gardefou.console._shield import Receive, Scope, Send, Shield
from gardefou.errors import GardefouError, LedgerUnavailable
from gardefou.service import Service
from gardefou.supervision import STATUS, Refused

STATIC = Path(__file__).parent / "static"
_PARTS = (
    _sign_in,
    _holds,
    _glass,
    _live,
    _records,
    _law,
    _amendments,
    _orders,
    _evidence,
    _people,
    _stops,
    _tools,
)


class Console:
    """The pages of one installation.

    INVARIANT: no page changes anything on GET (who looks at a hold is kept nowhere), and no page but sign-in answers without a session.
    """

    def __init__(
        self, service: Service, settings: ConsoleSettings, *, clock: Callable[[], int]
    ) -> None:
        """Serve the holds of ``service``, which was made with `passkeys_of` as its verifier.

        Raises:
            UsageError: ``console.origin``, ``service.no_ledger``.
        """
        self.desk = Desk(service, settings, clock=clock)
        routes: list[BaseRoute] = [
            *(route for part in _PARTS for route in part.routes()),
            Mount("/static", StaticFiles(directory=STATIC), name="static"),
        ]
        app = Starlette(
            routes=[Mount(PATH, routes=routes)],
            exception_handlers={
                NotSignedIn: _to_sign_in,
                GardefouError: _explained,
                HTTPException: _http,
            },
        )
        app.state.desk = self.desk
        self._app = Shield(app, origin=settings.origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)


async def _to_sign_in(request: Request, _: Exception) -> Response:
    address = request.url.path
    if request.method != "GET":
        address = f"{PATH}/"
    return RedirectResponse(f"{PATH}/sign-in?then={address}", 303)


async def _explained(request: Request, error: Exception) -> Response:
    """One of our errors: what is wrong and what to do next, with the status that fits."""
    if not isinstance(error, GardefouError):
        raise error
    if isinstance(error, Refused):
        status = STATUS.get(error.code, 409)
    elif isinstance(error, LedgerUnavailable):
        status = 503
    else:
        status = 429 if error.code == "account.busy" else 403
    return problem(request, status, error.message, error.help, error.code)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message, way_out = _PLAIN.get(status, ("this request is not understood", "go to the inbox"))
    return problem(request, status, message, way_out, f"http.{status}")


_PLAIN = {
    404: ("there is no such page", "go to the inbox"),
    405: ("this page takes no such request", "go to the inbox"),
}
