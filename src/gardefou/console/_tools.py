"""First contact: the tools of servers that nobody has confirmed, and a person's word on them.

1. A page lists what waits with its proposed labels, the words that led to them, what is odd, and, for
   a tool that changed, what was confirmed before. What a server wrote is shown as text.
2. Deciding has two steps: choosing labels, and signing what the page then shows word for word, with
   what becomes possible. Nothing is chosen beforehand.
3. What is signed names the definitions that were shown. A server that lists other words in between
   is answered with 412, and nothing is confirmed.
4. The entry is in the ledger before anything is confirmed; the doors see it at their next call.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gardefou.action import digest
from gardefou.console._changes import Part, changes
from gardefou.console._desk import Desk, desk_of, who_asks
from gardefou.console._identity import SignedIn
from gardefou.console._pages import page
from gardefou.console._settings import PATH
from gardefou.console._sign_in import field
from gardefou.constitution.catalogue import EFFECTS, ROLES, Parameter, Tool
from gardefou.contact import Reach, Waiting, check_waiting, reach, settle, waiting_in
from gardefou.errors import UsageError
from gardefou.supervision import Refused, ToolsAct, ToolVerdict

PER_SERVER = 50
TICKET = "tools"
Verdict = Literal["confirmed", "rejected"]
_VERDICTS: dict[str, Verdict] = {"confirmed": "confirmed", "rejected": "rejected"}


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person chose for one tool; ``definition`` is the digest that was shown."""

    tool: str
    verdict: Verdict
    definition: str
    effects: tuple[str, ...] = ()
    roles: dict[str, str] = {}


class Choices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person chose for some tools of a server."""

    server: str
    tools: tuple[Choice, ...]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A tool on the list."""

    waiting: Waiting
    definition: str
    schema: str
    reach: Reach
    description: tuple[Part, ...] = ()
    other: tuple[Part, ...] = ()


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A tool on the page that is signed: its new labels, and what they let happen."""

    choice: Choice
    tool: Tool
    reach: Reach
    lacks: tuple[str, ...] = ()


def routes() -> list[BaseRoute]:
    """The pages of tools."""
    return [
        Route("/tools", tools, methods=["GET"]),
        Route("/tools/review", review, methods=["POST"]),
        Route("/tools/settle", settled, methods=["POST"]),
    ]


def tools(request: Request) -> Response:
    """Every tool that waits, by server."""
    desk, who = desk_of(request), who_asks(request)
    folder = _folder(desk, who)
    found = {} if folder is None else waiting_in(folder)
    servers = [
        (server, [_shown(desk, who, one) for one in waiting[:PER_SERVER]], len(waiting))
        for server, waiting in found.items()
    ]
    return page(
        request,
        "tools.html",
        servers=servers,
        has_folder=folder is not None,
        may=bool(desk.roles_of(who)),
        effects=EFFECTS,
        roles=tuple(ROLES),
        unlisted=desk.service.guard(who.tenant).constitution.unlisted.word,
    )


async def review(request: Request) -> Response:
    """What was chosen, word for word, to be signed; nothing is changed."""
    desk, who = desk_of(request), who_asks(request)
    choices = _chosen_in(await request.form())
    return await run_in_threadpool(_to_sign, request, desk, who, choices)


async def settled(request: Request) -> Response:
    """Record what was signed, and put it in force."""
    desk, who = desk_of(request), who_asks(request)
    form = await request.form()
    await run_in_threadpool(
        _put_in_force,
        desk,
        who,
        field(form, "ticket"),
        reason=field(form, "reason").strip(),
        evidence=field(form, "evidence").encode(),
    )
    return RedirectResponse(f"{PATH}/tools", 303)


def _to_sign(request: Request, desk: Desk, who: SignedIn, choices: Choices) -> Response:
    folder = _must_have(desk, who)
    chosen = _labelled(desk, who, folder, choices)
    body = msgspec.json.encode(choices).decode()
    ticket = desk.tickets.issue(TICKET, tenant=who.tenant, person=who.person, choices=body)
    challenge = _act(who, ticket, chosen, choices.server).challenge()
    passkeys = desk.accounts.credentials(who.tenant, who.person)
    options = desk.passkeys.to_sign(challenge, passkeys)
    return page(
        request,
        "tools_review.html",
        server=choices.server,
        chosen=chosen,
        ticket=ticket,
        options=msgspec.json.encode(options).decode(),
        has_passkey=bool(passkeys),
        unlisted=desk.service.guard(who.tenant).constitution.unlisted.word,
    )


def _put_in_force(desk: Desk, who: SignedIn, ticket: str, *, reason: str, evidence: bytes) -> None:
    folder = _must_have(desk, who)
    data = desk.tickets.take(TICKET, ticket)
    if (data.get("tenant"), data.get("person")) != (who.tenant, who.person):
        raise _stale("somebody else chose this")
    choices = msgspec.json.decode(data["choices"], type=Choices)
    chosen = _labelled(desk, who, folder, choices)
    act = _act(who, ticket, chosen, choices.server)
    desk.holds.settle_tools(act, reason=reason, evidence=evidence)
    by: dict[str, dict[str, Tool]] = {"confirmed": {}, "rejected": {}}
    for one in chosen:
        by[one.choice.verdict][one.tool.name] = one.tool
    settle(folder, choices.server, **by)


def _folder(desk: Desk, who: SignedIn) -> Path | None:
    """The folder of tools, for people of the console's own tenant."""
    if not desk.settings.tools or who.tenant != desk.settings.tenant:
        return None
    return Path(desk.settings.tools)


def _must_have(desk: Desk, who: SignedIn) -> Path:
    folder = _folder(desk, who)
    if folder is None:
        raise Refused(
            "the settings name no folder of tools for your tenant",
            code="tools.none",
            help="set `tools` in the table [console] to the folder of `gardefou mcp --tools`",
        )
    return folder


def _shown(desk: Desk, who: SignedIn, one: Waiting) -> Shown:
    before = one.before
    schema = _pretty(one.tool.schema)
    return Shown(
        waiting=one,
        definition=one.tool.digest(),
        schema=schema,
        reach=reach(desk.service.guard(who.tenant).constitution, one.tool),
        description=() if before is None else changes(before.description, one.tool.description),
        other=() if before is None else changes(_pretty(before.schema), schema, by_line=True),
    )


def _chosen_in(form: FormData) -> Choices:
    """What a form says; a tool without a verdict is left as it is.

    Raises:
        Refused: ``tools.none``, ``tools.label``.
    """
    found = []
    for number in range(PER_SERVER):
        verdict = _VERDICTS.get(field(form, f"verdict-{number}"))
        if verdict is None:
            continue
        is_confirmed = verdict == "confirmed"
        start = f"role-{number}-"
        found.append(
            Choice(
                tool=field(form, f"tool-{number}"),
                verdict=verdict,
                definition=field(form, f"definition-{number}"),
                effects=_texts(form, f"effect-{number}") if is_confirmed else (),
                roles={
                    key.removeprefix(start): field(form, key)
                    for key in form
                    if key.startswith(start) and is_confirmed
                },
            )
        )
    if not found:
        raise Refused(
            "nothing was chosen", code="tools.none", help="confirm or reject at least one tool"
        )
    for choice in found:
        if set(choice.effects) - set(EFFECTS) or set(choice.roles.values()) - set(ROLES):
            raise _label("the form names an effect or a role that there is not")
        if choice.verdict == "confirmed" and not choice.effects:
            raise _label(f"`{choice.tool[:80]}` has no effect, so it would stay unlabelled")
    return Choices(server=field(form, "server"), tools=tuple(found))


def _labelled(desk: Desk, who: SignedIn, folder: Path, choices: Choices) -> tuple[Chosen, ...]:
    """The tools as they would stand, if they still wait with the definitions that were shown.

    Raises:
        Refused: ``tools.stale``.
    """
    constitution = desk.service.guard(who.tenant).constitution
    waiting = {one.tool.name: one.tool for one in waiting_in(folder).get(choices.server, ())}
    chosen = []
    for choice in choices.tools:
        tool = waiting.get(choice.tool)
        if tool is None or tool.digest() != choice.definition:
            raise _stale(f"`{choice.tool[:80]}` does not wait with this definition any more")
        if choice.verdict == "confirmed":
            tool = msgspec.structs.replace(
                tool,
                effects=tuple(effect for effect in EFFECTS if effect in choice.effects),
                parameters={
                    path: _parameter(tool.parameters.get(path), role)
                    for path, role in choice.roles.items()
                },
            )
        else:
            tool = msgspec.structs.replace(tool, effects=(), parameters={}, results=())
        chosen.append(
            Chosen(choice=choice, tool=tool, reach=reach(constitution, tool), lacks=_lacks(tool))
        )
    try:
        check_waiting(folder, choices.server, {one.tool.name: one.tool for one in chosen})
    except UsageError as error:
        raise _stale(error.message) from None
    return tuple(chosen)


def _parameter(proposed: Parameter | None, role: str) -> Parameter:
    if proposed is not None and proposed.role == role:
        return proposed
    return Parameter(role=role, type=ROLES[role].type)


def _lacks(tool: Tool) -> tuple[str, ...]:
    """The roles that an effect needs and no argument has: such calls cannot be evaluated."""
    given = {parameter.role for parameter in tool.parameters.values()}
    needed = {role for effect in tool.effects for role in EFFECTS[effect].guarantees}
    return tuple(sorted(needed - given))


def _act(who: SignedIn, ticket: str, chosen: tuple[Chosen, ...], server: str) -> ToolsAct:
    return ToolsAct(
        id=digest(ticket, label="tools-act/v1"),
        tenant=who.tenant,
        person=who.person,
        server=server,
        verdicts=tuple(
            ToolVerdict(
                tool=one.tool.name,
                verdict=one.choice.verdict,
                definition=one.choice.definition,
                labels=digest(_labels(one.tool), label="tool-labels/v1"),
            )
            for one in chosen
        ),
    )


def _labels(tool: Tool) -> dict[str, Any]:
    found = {"effects": tool.effects, "parameters": tool.parameters, "results": tool.results}
    labels: dict[str, Any] = msgspec.to_builtins(found)
    return labels


def _texts(form: FormData, name: str) -> tuple[str, ...]:
    return tuple(value for value in form.getlist(name) if isinstance(value, str))


def _pretty(schema: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2).decode()


def _label(message: str) -> Refused:
    return Refused(message, code="tools.label", help="choose what the tool can do, or reject it")


def _stale(message: str) -> Refused:
    return Refused(
        message, code="tools.stale", help="open the page of tools again: nothing was confirmed"
    )
