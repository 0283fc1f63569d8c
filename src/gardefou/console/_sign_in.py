"""Coming in and going out: passkey, password, single sign-on, enrolment."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gardefou.console import _words
from gardefou.console._desk import COOKIE, Desk, desk_of, who_asks
from gardefou.console._identity import open_enrolment
from gardefou.console._identity._accounts import LONGEST_US, Method
from gardefou.console._identity._oidc import Begun
from gardefou.console._pages import page
from gardefou.console._settings import PATH
from gardefou.errors import InputError

PROVIDER_COOKIE = "__Host-gardefou-provider"


def routes() -> list[BaseRoute]:
    """The pages before sign-in, and the way out."""
    return [
        Route("/sign-in", ask, methods=["GET"]),
        Route("/sign-in/passkey", by_passkey, methods=["POST"]),
        Route("/sign-in/password", by_password, methods=["POST"]),
        Route("/sign-in/provider", to_provider, methods=["POST"]),
        Route("/sign-in/provider/back", from_provider, methods=["GET"]),
        Route("/sign-out", leave, methods=["POST"]),
        Route("/enrol/{token}", enrolment, methods=["GET"]),
        Route("/enrol", enrol, methods=["POST"]),
        Route("/language", language, methods=["POST"]),
    ]


def ask(request: Request) -> Response:
    """The sign-in page."""
    desk = desk_of(request)
    ticket = desk.tickets.issue("sign-in")
    options = desk.passkeys.to_sign(desk.tickets.challenge(ticket))
    return page(
        request,
        "sign_in.html",
        then=_own(request.query_params.get("then", "")),
        ticket=ticket,
        options=msgspec.json.encode(options).decode(),
        passwords=desk.settings.passwords,
        provider=desk.settings.provider is not None,
    )


async def by_passkey(request: Request) -> Response:
    """Sign in with the assertion of any passkey that is known."""
    desk = desk_of(request)
    form = await request.form()
    ticket = field(form, "ticket")
    desk.tickets.take("sign-in", ticket)
    evidence = field(form, "evidence").encode()
    credential = desk.passkeys.signed(evidence, desk.tickets.challenge(ticket))
    return _come_in(desk, form, credential.tenant, credential.person, "passkey")


async def by_password(request: Request) -> Response:
    """Sign in with a password, where the settings let people."""
    desk = desk_of(request)
    form = await request.form()
    name = field(form, "name")
    tenant = desk.settings.tenant
    password = field(form, "password")
    good = desk.settings.passwords and await run_in_threadpool(
        desk.accounts.check, tenant, name, password
    )
    if not good:
        raise InputError(
            "name and password do not belong together",
            code="account.wrong",
            expected="an account of this console",
            help="try again, or use your passkey",
        )
    return _come_in(desk, form, tenant, name, "password")


async def to_provider(request: Request) -> Response:
    """Send the browser to the identity provider."""
    desk = desk_of(request)
    form = await request.form()
    if desk.sign_on is None:
        raise _no_provider()
    begun = await desk.sign_on.begin()
    kept = {**msgspec.to_builtins(begun), "then": _own(field(form, "then"))}
    answer = RedirectResponse(begun.url, 303)
    _keep(answer, PROVIDER_COOKIE, desk.tickets.issue("provider", **kept), 600)
    return answer


async def from_provider(request: Request) -> Response:
    """The browser comes back from the identity provider."""
    desk = desk_of(request)
    if desk.sign_on is None:
        raise _no_provider()
    kept = desk.tickets.take("provider", request.cookies.get(PROVIDER_COOKIE, ""))
    then = kept.pop("then", "")
    query = request.query_params
    person = await desk.sign_on.finish(
        msgspec.convert(kept, Begun), state=query.get("state", ""), code=query.get("code", "")
    )
    tenant = desk.sign_on.provider.tenant
    desk.accounts.make(tenant, person)
    answer = _signed_in(desk, tenant, person, "oidc", then)
    answer.delete_cookie(PROVIDER_COOKIE, path="/", secure=True, httponly=True)
    return answer


async def leave(request: Request) -> Response:
    """Sign out."""
    desk_of(request).accounts.sign_out(who_asks(request).key)
    answer = RedirectResponse(f"{PATH}/sign-in", 303)
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True)
    return answer


def enrolment(request: Request) -> Response:
    """The page of an enrolment link; opening it uses nothing up."""
    desk = desk_of(request)
    token = request.path_params["token"]
    found = open_enrolment(token, desk.ledger.verifiers, now_s=desk.clock() // 1_000_000)
    ticket = desk.tickets.issue("enrol", token=token)
    options = desk.passkeys.to_add(found.tenant, found.person, desk.tickets.challenge(ticket))
    return page(
        request,
        "enrol.html",
        person=found.person,
        ticket=ticket,
        options=msgspec.json.encode(options).decode(),
        passwords=desk.settings.passwords,
    )


async def enrol(request: Request) -> Response:
    """Make the account: a passkey, or a password where the settings let people."""
    desk = desk_of(request)
    form = await request.form()
    ticket = field(form, "ticket")
    token = desk.tickets.take("enrol", ticket)["token"]
    now_us = desk.clock()
    found = open_enrolment(token, desk.ledger.verifiers, now_s=now_us // 1_000_000)
    if not desk.accounts.use_once(found.nonce, found.until_s * 1_000_000):
        raise InputError(
            "the enrolment link was used already",
            code="account.enrolment",
            expected="a link that nobody has used",
            help="ask for a new one; if it was not you who used it, say so at once",
        )
    desk.accounts.make(found.tenant, found.person)
    if evidence := field(form, "evidence"):
        desk.passkeys.add(
            found.tenant,
            found.person,
            evidence.encode(),
            desk.tickets.challenge(ticket),
            now_us=now_us,
            label=field(form, "label") or "passkey",
        )
        return _signed_in(desk, found.tenant, found.person, "passkey", "")
    if not desk.settings.passwords:
        raise InputError(
            "no passkey came with this form",
            code="account.assertion",
            expected="a passkey; this console takes no passwords",
            help="use a browser with JavaScript and a device that makes passkeys",
        )
    password = field(form, "password")
    await run_in_threadpool(desk.accounts.set_password, found.tenant, found.person, password)
    return _signed_in(desk, found.tenant, found.person, "password", "")


async def language(request: Request) -> Response:
    """Choose the language of the pages."""
    form = await request.form()
    answer = RedirectResponse(_own(field(form, "then")), 303)
    wanted = field(form, "language")
    if wanted in _words.languages():
        answer.set_cookie(_words.COOKIE, wanted, max_age=31_536_000, path="/", samesite="lax")
    return answer


def field(form: FormData, name: str) -> str:
    """A text field of a form; empty where it is missing or is a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _come_in(desk: Desk, form: FormData, tenant: str, person: str, method: Method) -> Response:
    return _signed_in(desk, tenant, person, method, field(form, "then"))


def _signed_in(desk: Desk, tenant: str, person: str, method: Method, then: str) -> Response:
    answer = RedirectResponse(_own(then), 303)
    _keep(answer, COOKIE, desk.accounts.sign_in(tenant, person, method), LONGEST_US // 1_000_000)
    return answer


def _keep(answer: Response, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"
    )


def _own(address: str) -> str:
    """An address of the console itself, never one elsewhere."""
    is_ours = address.startswith(f"{PATH}/") and "//" not in address and "\\" not in address
    return address if is_ours and address.isprintable() else f"{PATH}/"


def _no_provider() -> InputError:
    detail: dict[str, Any] = {"help": "sign in another way"}
    return InputError("there is no single sign-on here", code="oidc.provider", **detail)
