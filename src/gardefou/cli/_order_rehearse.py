"""``gardefou order rehearse``: recorded requests on the fallback, before the day it is needed."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from gardefou.action import Action, Principal, parse
from gardefou.cli._ledger_read import Location, Origin
from gardefou.cli._output import AsJson, ContentError, Exit, command, note, put, put_json, read_text
from gardefou.cli._registers import At, Officers, OrderId, at_us_of, put_rows, register_in
from gardefou.errors import InputError, UsageError
from gardefou.orders import Answered, Rehearsed, differences, fallback_for, reply_of
from gardefou.vendors import resolve

_TIMEOUT_S = 120
_MAX_ANSWER = 64 * 1024 * 1024


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file: a request and, where it is known, what was answered."""

    request: dict[str, Any]
    answer: dict[str, Any] | None = None


@command
def rehearse(
    location: Location,
    order: OrderId,
    requests: Annotated[
        Path,
        typer.Argument(
            help="Recorded Chat Completions requests, one JSON object a line.",
            metavar="REQUESTS",
            show_default=False,
        ),
    ],
    *,
    url: Annotated[
        str,
        typer.Option(
            help="Where the fallback answers: the part before /chat/completions.",
            metavar="URL",
            show_default=False,
        ),
    ],
    secret: Annotated[
        str,
        typer.Option(
            help="The environment variable with the key for it.", metavar="NAME", show_default=False
        ),
    ] = "",
    sample: Annotated[int, typer.Option(help="How many requests at most.", min=1)] = 20,
    tenant: Annotated[str, typer.Option(help="On whose behalf.")] = "default",
    application: Annotated[
        str, typer.Option(help="For which application.", show_default=False)
    ] = "",
    at: At = "",
    officer: Officers = None,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """Send a sample of recorded requests to the fallback of an order: 1 when something differs."""
    if not url.startswith(("http://", "https://")):
        raise UsageError(
            f"`{url[:60]}` is no address",
            code="rehearse.url",
            help="give the address with its scheme, such as https://host.example/v1",
        )
    key = os.environ.get(secret, "") if secret else ""
    if secret and not key:
        raise UsageError(
            f"the variable `{secret}` is empty",
            code="rehearse.secret",
            help="set it, or leave --secret out",
        )
    register = register_in(location, origin, officer)
    if order not in register.orders:
        raise UsageError(
            f"there is no order `{order}`",
            code="order.unknown",
            help="`gardefou order status` lists the orders",
        )
    at_us = at_us_of(at)
    found = []
    for number, recorded in _sample(list(_read(requests)), sample):
        model = str(recorded.request.get("model") or "")
        known = resolve(model)
        action = Action(
            kind="model.request",
            principal=Principal(tenant=tenant, application=application),
            vendor=known.developer or _vendor_of(model, register.parties.declared),
            channel=known.channel,
            model=model,
        )
        if not any(bite.order == order for bite in register.judge(action, at_us).bites):
            note(f"request {number}: the order does not refuse `{model}`")
            continue
        instead = fallback_for(action, at_us, register)
        if instead is None:
            found.append(_without(number, model))
            continue
        body = {**recorded.request, "model": instead.target.model, "stream": False}
        after = _ask(url.rstrip("/") + "/chat/completions", body, key)
        before = None if recorded.answer is None else reply_of(recorded.answer)
        found.append(
            Rehearsed(
                number=number,
                model=model,
                instead=instead.target.model,
                plan=instead.plan,
                differences=differences(before, after),
                degradations=tuple(d.what for d in instead.degradations),
                tokens_before=0 if before is None else before.tokens,
                tokens_after=after.tokens,
            )
        )
    changed = [one for one in found if one.differences]
    if as_json:
        put_json(found)
    else:
        put(f"{len(found)} requests, {len(changed)} differ")
        put_rows(
            [
                [one.number, one.model, one.instead or "none", "; ".join(one.differences) or "same"]
                for one in found
            ],
            ("REQUEST", "MODEL", "INSTEAD", "DIFFERENCES"),
        )
    return Exit.NO if changed else Exit.YES


def _read(path: Path) -> Iterator[Recorded]:
    """The requests in a file, alone or beside their answers.

    Raises:
        ContentError: ``rehearse.form`` naming the line.
    """
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = parse(line)
            if isinstance(value, dict) and "request" not in value:
                value = {"request": value}
            yield msgspec.convert(value, Recorded)
        except (InputError, msgspec.ValidationError) as error:
            raise ContentError(
                f"line {number} is no request: {str(error)[:100].lower()}",
                code="rehearse.form",
                path=str(path),
                expected='{"request": {"model": …, "messages": […]}, "answer": {…}}',
                help="write one recorded request a line",
            ) from None


def _sample(recorded: list[Recorded], count: int) -> list[tuple[int, Recorded]]:
    """As many as asked for, evenly over the file; the same ones each time."""
    step = max(1, -(-len(recorded) // count))
    return [(n + 1, recorded[n]) for n in range(0, len(recorded), step)]


def _vendor_of(model: str, declared: frozenset[str]) -> str:
    """The declared vendor whose id a model's name begins with; none when several could be meant."""
    found = [name for name in declared if model.lower().startswith(f"{name}-")]
    return found[0] if len(found) == 1 else ""


def _without(number: int, model: str) -> Rehearsed:
    return Rehearsed(
        number=number,
        model=model,
        instead="",
        plan="",
        differences=("there is no fallback: no plan fits, or its targets are under an order",),
    )


def _ask(url: str, body: dict[str, Any], key: str) -> Answered:
    """Ask once; whatever goes wrong is part of the result."""
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        url, data=json.dumps(body).encode(), headers=headers, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - as above
            return reply_of(parse(answer.read(_MAX_ANSWER)))
    except urllib.error.HTTPError as error:
        error.close()
        return Answered(failure=f"status {error.code}")
    except (OSError, ValueError, InputError) as error:
        return Answered(failure=type(error).__name__)
