"""The ledger's head, and its verification: everything is hashed again, in a thread."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gardefou.console._desk import desk_of, who_asks
from gardefou.console._pages import page
from gardefou.ledger import verify_store


def routes() -> list[BaseRoute]:
    """The page of the ledger."""
    return [
        Route("/ledger", ledger, methods=["GET"]),
        Route("/ledger/verify", verify, methods=["POST"]),
    ]


def ledger(request: Request) -> Response:
    """The head and the last signed checkpoint."""
    return _shown(request, None)


def verify(request: Request) -> Response:
    """Check every entry, tile and checkpoint; changes nothing."""
    desk = desk_of(request)
    who_asks(request)
    return _shown(request, verify_store(desk.ledger.store, pinned=desk.ledger.verifiers))


def _shown(request: Request, report: object) -> Response:
    desk = desk_of(request)
    who_asks(request)
    with desk.ledger.store.reading() as session:
        head = session.head()
        note = session.last_checkpoint() or ""
    return page(
        request,
        "ledger.html",
        head=head,
        note=note,
        origin=desk.ledger.origin,
        vkeys=[verifier.vkey for verifier in desk.ledger.verifiers],
        report=report,
    )
