"""Break-glass: opened with a passkey, used on one hold after the other, shown until it was reviewed.

1. The page says exactly what is asked for before anything is signed: rules, tools, minutes.
2. A use is signed as well, for exactly the call that was shown.
3. Whoever opened it does not review it.
"""

from __future__ import annotations

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gardefou.console._desk import Desk, desk_of, visible_hold, who_asks
from gardefou.console._identity import SignedIn
from gardefou.console._pages import page
from gardefou.console._settings import PATH
from gardefou.console._sign_in import field
from gardefou.supervision import Glass, GlassBallot, HoldView, Scope, glass_challenge

USUAL_MINUTES = 15
MOST_SHOWN = 100


class Alone(msgspec.Struct, frozen=True, kw_only=True):
    """What a hold's page offers to whoever may break the glass: an open one to use, or none yet."""

    glass: Glass | None = None
    options: str = ""


def routes() -> list[BaseRoute]:
    """The pages of break-glass."""
    return [
        Route("/glass", glasses, methods=["GET"]),
        Route("/glass", break_glass, methods=["POST"]),
        Route("/glass/new", new, methods=["GET"]),
        Route("/glass/{id}", glass, methods=["GET"]),
        Route("/glass/{id}/close", close, methods=["POST"]),
        Route("/holds/{id}/alone", approve_alone, methods=["POST"]),
    ]


def glasses(request: Request) -> Response:
    """Every break-glass, those first that nobody else has looked at; and the form for another."""
    desk, who = desk_of(request), who_asks(request)
    found = desk.holds.glass.list(who.tenant)
    may = desk.holds.glass.may(who.tenant, who.person)
    return page(
        request,
        "glasses.html",
        unreviewed=[one for one in found if one.is_unreviewed],
        reviewed=[one for one in found if not one.is_unreviewed][:MOST_SHOWN],
        names=desk.names(who.tenant),
        rules=desk.holds.glass.rules(who.tenant) if may else (),
        minutes=USUAL_MINUTES,
    )


def new(request: Request) -> Response:
    """What would be opened, word for word, with the form that a passkey signs (rule 1)."""
    desk, who = desk_of(request), who_asks(request)
    asked = request.query_params
    scope, minutes = _scope(asked), asked.get("minutes", "")
    hold = ""
    if asked.get("hold"):
        found = visible_hold(desk, who, asked["hold"])
        scope, hold = Scope(rules=found.ask.rules, tools=(found.tool,)), found.id
    wanted = int(minutes) if minutes.isdecimal() else USUAL_MINUTES if not minutes else 0
    desk.holds.glass.check(who.tenant, who.person, scope, wanted)
    glass_id = desk.holds.glass.new_id()
    ticket = desk.tickets.issue(
        "glass",
        id=glass_id,
        scope=msgspec.json.encode(scope).decode(),
        minutes=str(wanted),
        hold=hold,
    )
    signed = glass_challenge(glass_id, who.tenant, who.person, scope, wanted)
    return page(
        request,
        "glass_new.html",
        scope=scope,
        minutes=wanted,
        ticket=ticket,
        options=_options(desk, who, signed),
    )


async def break_glass(request: Request) -> Response:
    """Open one, as the page had said it."""
    desk, who = desk_of(request), who_asks(request)
    form = await request.form()
    asked = desk.tickets.take("glass", field(form, "ticket"))
    scope = msgspec.json.decode(asked["scope"], type=Scope)
    opened: Glass = await run_in_threadpool(
        lambda: desk.holds.glass.open(
            asked["id"],
            tenant=who.tenant,
            person=who.person,
            reason=field(form, "reason").strip(),
            scope=scope,
            minutes=int(asked["minutes"]),
            evidence=field(form, "evidence").encode(),
        )
    )
    then = f"/holds/{asked['hold']}" if asked["hold"] else f"/glass/{opened.id}"
    return RedirectResponse(f"{PATH}{then}", 303)


def glass(request: Request) -> Response:
    """One break-glass: who, why, what was approved with it, and who has looked at it."""
    desk, who = desk_of(request), who_asks(request)
    found = desk.holds.glass.view(_visible(desk, who, request.path_params["id"]))
    is_theirs = found.person == who.person
    may = found.glass.is_unreviewed and not is_theirs and bool(desk.roles_of(who))
    return page(request, "glass.html", view=found, may=may, is_theirs=is_theirs)


async def close(request: Request) -> Response:
    """Somebody else has looked at it (rule 3)."""
    desk, who = desk_of(request), who_asks(request)
    found = _visible(desk, who, request.path_params["id"])
    form = await request.form()
    reason = field(form, "reason").strip()
    await run_in_threadpool(
        lambda: desk.holds.glass.close(found.id, person=who.person, reason=reason)
    )
    return RedirectResponse(f"{PATH}/glass/{found.id}", 303)


async def approve_alone(request: Request) -> Response:
    """Approve one hold alone (rule 2)."""
    desk, who = desk_of(request), who_asks(request)
    found = visible_hold(desk, who, request.path_params["id"])
    form = await request.form()
    ballot = GlassBallot(
        glass=field(form, "glass"),
        hold=found.id,
        person=who.person,
        seen=field(form, "seen"),
        reason=field(form, "reason").strip(),
        evidence=field(form, "evidence").encode(),
    )
    await run_in_threadpool(desk.holds.glass.use, ballot)
    return RedirectResponse(f"{PATH}/holds/{found.id}", 303)


def alone(desk: Desk, who: SignedIn, view: HoldView) -> Alone | None:
    """What a hold's page offers beside the vote; None where break-glass is not for this reader."""
    hold = view.hold
    if not desk.holds.glass.may_help(hold, who.person):
        return None
    found = desk.holds.glass.usable(hold, who.person)
    if found is None:
        return Alone()
    signed = desk.holds.glass.challenge(found.id, hold.id, who.person)
    return Alone(glass=found, options=_options(desk, who, signed))


def _visible(desk: Desk, who: SignedIn, glass_id: str) -> Glass:
    """A break-glass of the reader's own tenant; others do not exist for them.

    Raises:
        Refused: ``breakglass.missing``.
    """
    found = desk.holds.glass.get(glass_id)
    return found if found.tenant == who.tenant else desk.holds.glass.get("")


def _scope(asked: QueryParams) -> Scope:
    """What an address asks for; ``tools`` is a person's list with commas, ``tool`` one name."""
    listed = (name.strip() for name in asked.get("tools", "").split(","))
    tools = (*asked.getlist("tool"), *(name for name in listed if name))
    return Scope(
        rules=tuple(dict.fromkeys(asked.getlist("rule"))), tools=tuple(dict.fromkeys(tools))
    )


def _options(desk: Desk, who: SignedIn, challenge: bytes) -> str:
    passkeys = desk.accounts.credentials(who.tenant, who.person)
    return msgspec.json.encode(desk.passkeys.to_sign(challenge, passkeys)).decode()
