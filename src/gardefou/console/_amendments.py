"""Amendments: which versions were in force, which drafts are open, what each changes; and signing.

1. The difference of a draft is the document that its entry names: the concrete actions that the
   solver found, as they were when it was drafted, side by side with what was decided and would be.
2. Whoever has a passkey in the charter can sign here. The assertion speaks of one draft, and counts
   by the charter: the console adds nothing to it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gardefou.amendments import Chain, Step, draft_challenge, read_chain, sign
from gardefou.console._desk import Desk, charter_line, desk_of, who_asks
from gardefou.console._identity import SignedIn
from gardefou.console._pages import page
from gardefou.console._settings import PATH
from gardefou.console._sign_in import field
from gardefou.ledger import LedgerSession, stored_document


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """One open draft: what it touches, what is missing, and what it changes."""

    name: str
    step: Step
    lacks: str
    articles: dict[str, str]
    changes: list[dict[str, Any]]
    not_analysed: list[str]
    options: str = ""


def routes() -> list[BaseRoute]:
    """The page of amendments."""
    return [
        Route("/amendments", amendments, methods=["GET"]),
        Route("/amendments/sign", sign_draft, methods=["POST"]),
    ]


def amendments(request: Request) -> Response:
    """The chain of the reader's tenant, else the common one."""
    desk, who = desk_of(request), who_asks(request)
    now_us = desk.clock()
    with desk.ledger.store.reading() as session:
        _, chain = _chain_of(session, who)
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
                    not_analysed=found.get("not_analysed", []),
                    options="" if chain is None else _options(desk, who, chain, step),
                )
            )
    return page(request, "amendments.html", chain=chain, drafts=drafts)


async def sign_draft(request: Request) -> Response:
    """A signature by the reader's passkey; the answer is the page as it stands then (rule 2)."""
    desk, who = desk_of(request), who_asks(request)
    form = await request.form()
    await run_in_threadpool(_sign, desk, who, field(form, "draft"), field(form, "evidence"))
    return RedirectResponse(f"{PATH}/amendments", 303)


def _sign(desk: Desk, who: SignedIn, draft: str, evidence: str) -> None:
    with desk.ledger.store.reading() as session:
        tenant, _ = _chain_of(session, who)
    desk.passkeys.verify(
        evidence.encode(), tenant=who.tenant, person=who.person, challenge=draft_challenge(draft)
    )
    sign(desk.ledger, draft, evidence, tenant=tenant)


def _chain_of(session: LedgerSession, who: SignedIn) -> tuple[str, Chain | None]:
    """The chain that a reader sees, and whose it is."""
    own = read_chain(session, who.tenant)
    return (who.tenant, own) if own is not None else ("", read_chain(session))


def _options(desk: Desk, who: SignedIn, chain: Chain, step: Step) -> str:
    """What the reader's browser needs to sign; empty when no passkey of theirs has a word here."""
    named = {signer for group in chain.charter.signers.values() for signer in group}
    mine = [
        credential
        for credential in desk.accounts.credentials(who.tenant, who.person)
        if charter_line(desk, credential) in named - step.signed
    ]
    if not mine:
        return ""
    challenge = draft_challenge(step.amendment.digest())
    return msgspec.json.encode(desk.passkeys.to_sign(challenge, mine)).decode()


def _difference(session: LedgerSession, digest: str) -> dict[str, Any]:
    body = stored_document(session, digest)
    return {} if body is None else msgspec.json.decode(body, type=dict[str, Any])
