"""The inbox and the card of a hold: what will happen, and a person's word on it.

1. A card shows the stored call itself; a vote carries the digest that was shown, and a page that is
   stale is answered with 412 and never refreshed in silence (promise 8).
2. Approve and deny are two equal buttons of one form; nothing is chosen beforehand, and a reason is
   asked for.
3. Reading and voting run in threads: the data plane's loop never waits for a page.
4. Who else has a hold open is a line on it, and keeps nobody from anything.
5. A vote needs the voter's passkey. Without JavaScript no browser can sign: then the page says so.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any, get_args

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gardefou.console import _glass
from gardefou.console._desk import Desk, desk_of, visible_hold, who_asks
from gardefou.console._identity import SignedIn
from gardefou.console._pages import page
from gardefou.console._settings import PATH
from gardefou.console._sign_in import field
from gardefou.errors import InputError
from gardefou.supervision import Ballot, Glance, Hold, HoldView, Vote

PER_PAGE = 100
_VERDICTS: dict[str, Vote] = {verdict: verdict for verdict in get_args(Vote)}


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A hold on the inbox: its view, whether the reader may vote, and who else has it open."""

    view: HoldView
    mine: bool
    looking: tuple[str, ...] = ()


def routes() -> list[BaseRoute]:
    """The pages of holds."""
    return [
        Route("/", inbox, methods=["GET"]),
        Route("/holds/{id}", hold, methods=["GET"]),
        Route("/holds/{id}", vote, methods=["POST"]),
    ]


def inbox(request: Request) -> Response:
    """All that waits, the nearest deadline first, grouped by the rules that hold it."""
    desk, who = desk_of(request), who_asks(request)
    found = desk.holds.inbox(tenant=who.tenant, limit=PER_PAGE + 1)
    looking = desk.holds.looking.at(who.tenant, but=who.person)
    cards = [_card(view, who, looking) for view in desk.holds.views(found[:PER_PAGE])]
    first: dict[str, int] = {}
    for card in cards:
        first.setdefault(_rules(card), card.view.hold.decide_by_us)
    ordered = sorted(cards, key=lambda card: (first[_rules(card)], _rules(card)))
    groups = [(rules, list(group)) for rules, group in groupby(ordered, _rules)]
    return page(
        request,
        "inbox.html",
        groups=groups,
        more=len(found) > PER_PAGE,
        count=len(cards),
        unreviewed=len(desk.holds.glass.list(who.tenant, unreviewed=True)),
    )


def hold(request: Request) -> Response:
    """One hold, with the form for a vote while it is open."""
    desk, who = desk_of(request), who_asks(request)
    found = visible_hold(desk, who, request.path_params["id"])
    # Without JavaScript no stream says that the page is open: it counts as open for a moment.
    desk.holds.looking.look(Glance(found.id, who.tenant, who.person))
    return page(request, "hold.html", **_shown(desk, who, found))


async def vote(request: Request) -> Response:
    """A person's word; the answer is the hold as it stands then."""
    desk, who = desk_of(request), who_asks(request)
    found = visible_hold(desk, who, request.path_params["id"])
    form = await request.form()
    verdict: Vote | None = _VERDICTS.get(field(form, "verdict"))
    if verdict is None:
        raise InputError(
            "the form says neither approve nor deny",
            code="console.verdict",
            expected="one of the two buttons",
            help="go back and press one",
        )
    ballot = Ballot(
        hold=found.id,
        verdict=verdict,
        person=who.person,
        seen=field(form, "seen"),
        reason=field(form, "reason").strip(),
        evidence=field(form, "evidence").encode(),
    )
    await run_in_threadpool(desk.holds.vote, ballot)
    return RedirectResponse(f"{PATH}/holds/{found.id}", 303)


def _shown(desk: Desk, who: SignedIn, found: Hold) -> dict[str, Any]:
    view = desk.holds.view(found)
    mine = found.state == "pending" and any(who.person in seat.open_to for seat in view.seats)
    passkeys = desk.accounts.credentials(who.tenant, who.person)
    options = {}
    if mine:
        options = {
            verdict: msgspec.json.encode(
                desk.passkeys.to_sign(desk.holds.challenge(found.id, verdict, who.person), passkeys)
            ).decode()
            for verdict in get_args(Vote)
        }
    return {
        "view": view,
        "mine": mine,
        "options": options,
        "looking": desk.holds.looking.at(who.tenant, but=who.person).get(found.id, ()),
        "used": desk.holds.glass.used_on(found),
        "alone": _glass.alone(desk, who, view),
        "has_passkey": bool(passkeys),
    }


def _card(view: HoldView, who: SignedIn, looking: dict[str, tuple[str, ...]]) -> Card:
    mine = any(who.person in seat.open_to for seat in view.seats)
    return Card(view=view, mine=mine, looking=looking.get(view.hold.id, ()))


def _rules(card: Card) -> str:
    return ", ".join(card.view.hold.ask.rules)
