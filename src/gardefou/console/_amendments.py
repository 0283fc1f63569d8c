"""Amendments: which versions were in force, which drafts are open, and what each would change.

The difference of a draft is the document that its entry names: the concrete actions that the
solver found, as they were when it was drafted, side by side with what was decided and would be.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gardefou.amendments import Step, read_chain
from gardefou.console._desk import desk_of, who_asks
from gardefou.console._pages import page
from gardefou.ledger import LedgerSession, stored_document


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """One open draft: what it touches, what is missing, and what it changes."""

    name: str
    step: Step
    lacks: str
    articles: dict[str, str]
    changes: list[dict[str, Any]]


def routes() -> list[BaseRoute]:
    """The page of amendments."""
    return [Route("/amendments", amendments, methods=["GET"])]


def amendments(request: Request) -> Response:
    """The chain of the reader's tenant, else the common one."""
    desk, who = desk_of(request), who_asks(request)
    now_us = desk.clock()
    with desk.ledger.store.reading() as session:
        chain = read_chain(session, who.tenant) or read_chain(session)
        drafts = []
        for name, step in chain.drafts.items() if chain is not None else ():
            found = _difference(session, step.amendment.difference)
            drafts.append(
                Open(
                    name=name,
                    step=step,
                    lacks="" if chain is None else chain.lacks(step, now_us),
                    articles=found.get("articles", {}),
                    changes=found.get("changes", []),
                )
            )
    return page(request, "amendments.html", chain=chain, drafts=drafts)


def _difference(session: LedgerSession, digest: str) -> dict[str, Any]:
    body = stored_document(session, digest)
    return {} if body is None else msgspec.json.decode(body, type=dict[str, Any])
