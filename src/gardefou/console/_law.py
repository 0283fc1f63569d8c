"""The constitution in force, article by article, with how often each has decided."""

from __future__ import annotations

from collections import Counter

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gardefou.console._desk import Desk, desk_of, who_asks
from gardefou.console._pages import page
from gardefou.ledger import decode_entry

READ = 20_000


def routes() -> list[BaseRoute]:
    """The page of the constitution."""
    return [Route("/constitution", constitution, methods=["GET"])]


def constitution(request: Request) -> Response:
    """What is in force for the reader's tenant."""
    desk, who = desk_of(request), who_asks(request)
    law = desk.service.policies.of(who.tenant).constitution
    counts, read = _deciding(desk, who.tenant)
    return page(request, "constitution.html", law=law, counts=counts, read=read)


def _deciding(desk: Desk, tenant: str) -> tuple[Counter[tuple[str, str]], int]:
    """How often each article held or denied, in the last `READ` entries; and how many were read."""
    counts: Counter[tuple[str, str]] = Counter()
    with desk.ledger.store.reading() as session:
        head = session.head()
        start = max(head.minimum, head.size - READ)
        for row in session.rows(start, head.size):
            entry = decode_entry(row.body, row.seq)
            if entry.kind != "decision" or entry.data.get("tenant") != tenant:
                continue
            seen = set()
            for ground in entry.data.get("grounds", ()):
                verdict, _, rest = ground.partition(" ")
                seen.add((rest.partition("#")[0], verdict))
            counts.update(seen)
    return counts, head.size - start
