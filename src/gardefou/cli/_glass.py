"""``gardefou hold break-glass``: what one person may approve alone, and who looks at it afterwards.

Opening one takes a passkey, which no terminal has: ``open`` writes the address of the page on which
the person signs, with everything filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer

from gardefou.cli._ledger_read import Location, Origin
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json
from gardefou.cli._people import (
    By,
    HoldId,
    KeyFile,
    Labels,
    Layers,
    Reason,
    Seen,
    Tenant,
    plain_hold,
    reading,
    seen_by,
    span,
    submit,
    visible,
)
from gardefou.decide import quoted
from gardefou.doors.gateway import load_settings
from gardefou.errors import UsageError
from gardefou.supervision import Glass, GlassCloseRequest, GlassUseRequest, GlassView

app = typer.Typer(
    name="break-glass",
    help="One person approves alone, in the open, until somebody else has looked at it.",
    no_args_is_help=True,
)
GlassId = Annotated[
    str, typer.Argument(metavar="GLASS", help="The break-glass's id.", show_default=False)
]


@app.command("list")
@command
def list_(
    location: Location,
    *,
    tenant: Tenant = "",
    unreviewed: Annotated[
        bool, typer.Option("--unreviewed", help="Only those that nobody else has looked at.")
    ] = False,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """List every break-glass, the newest first; 0 when there are some, 1 when there is none."""
    with reading(location, origin) as holds:
        found = holds.glass.list(tenant, unreviewed=unreviewed)
        now_us = holds.core.now()
    if as_json:
        put_json(list(found))
    else:
        for glass in found:
            put(_line(glass, now_us))
    if not found:
        note("there is none")
    return Exit.YES if found else Exit.NO


@app.command("show")
@command
def show(
    location: Location,
    glass_id: GlassId,
    *,
    constitution: Layers = None,
    catalogue: Labels = None,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """Show who opened it, why, what was approved with it, and who has looked at it."""
    with reading(location, origin, layers=constitution, labels=catalogue) as holds:
        found = holds.glass.view(holds.glass.get(glass_id))
        now_us = holds.core.now()
    if as_json:
        put_json(found)
    else:
        for text in _card(found, now_us):
            put(text)
    return Exit.YES


@app.command("open")
@command
def open_(
    *,
    rule: Annotated[
        list[str], typer.Option(help="An article, or unlisted, refused, grant; again for more.")
    ],
    tool: Annotated[list[str], typer.Option(help="A tool; again for more.")],
    minutes: Annotated[int, typer.Option(help="For so long.", min=1, max=60)] = 15,
    config: Annotated[
        Path, typer.Option("--config", help="The settings file.", metavar="FILE", readable=False)
    ] = Path("gardefou.toml"),
    as_json: AsJson = False,
) -> Exit:
    """Write the address of the page on which a person signs; nothing is open before that."""
    settings = load_settings(config)
    if settings.console is None:
        raise UsageError(
            "the settings have no console",
            code="console.none",
            help="add a table [console] with the origin that browsers show: a passkey signs there",
        )
    from gardefou.console import PATH  # noqa: PLC0415 - needs an extra

    asked = [*(("rule", name) for name in rule), *(("tool", name) for name in tool)]
    query = urlencode([*asked, ("minutes", str(minutes))])
    url = f"{settings.console.origin}{PATH}/glass/new?{query}"
    if as_json:
        put_json({"url": url})
    else:
        put(url)
    note("nothing is open yet: somebody whom `break_glass_roles` names signs there with a passkey")
    return Exit.YES


@app.command("use")
@command
def use(
    location: Location,
    glass_id: GlassId,
    hold_id: HoldId,
    *,
    by: By,
    reason: Reason,
    seen: Seen = "",
    constitution: Layers = None,
    catalogue: Labels = None,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Approve a hold alone, where the constitution lets your role do so in a terminal."""
    digest = seen_by(location, hold_id, seen, "approve")
    request = GlassUseRequest(glass=glass_id, hold=hold_id, person=by, seen=digest, reason=reason)
    answer = submit(location, request, key=key, layers=constitution, labels=catalogue)
    hold = answer.hold
    if hold is None:  # an owner that answers otherwise is another program
        return Exit.UNKNOWN
    if as_json:
        put_json(plain_hold(hold))
    else:
        put(f"{hold.id}  {hold.state}")
    note("somebody else has to look at it: `gardefou hold break-glass close`")
    return Exit.YES


@app.command("close")
@command
def close(
    location: Location,
    glass_id: GlassId,
    *,
    by: By,
    reason: Annotated[
        str, typer.Option(help="What you found, in a sentence; it is kept.", show_default=False)
    ],
    constitution: Layers = None,
    catalogue: Labels = None,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Say that you have looked at somebody else's break-glass; it can be used no more."""
    request = GlassCloseRequest(glass=glass_id, reason=reason, person=by)
    answer = submit(location, request, key=key, layers=constitution, labels=catalogue)
    glass = answer.glass
    if glass is None:  # as above
        return Exit.UNKNOWN
    if as_json:
        put_json(glass)
    else:
        put(f"{glass.id}  reviewed, used {glass.uses} times")
    return Exit.YES


def _line(glass: Glass, now_us: int) -> str:
    """A break-glass on one line."""
    ends = f"open, {span(glass.until_us - now_us)} left" if glass.is_open(now_us) else "over"
    return (
        f"{glass.id}  {ends:<19}  {'unreviewed' if glass.is_unreviewed else 'reviewed':<10}"
        f"  used {glass.uses} times  {', '.join(glass.scope.rules)}"
        f"  {', '.join(map(quoted, glass.scope.tools))}"
    )


def _card(found: GlassView, now_us: int) -> Iterator[str]:
    yield _line(found.glass, now_us)
    yield f"opened by    {quoted(found.person or found.glass.person)}: {visible(found.reason)}"
    for one in found.uses:
        yield f"used         {one.hold} {quoted(one.tool)}: {visible(one.reason)}"
    if not found.glass.is_unreviewed:
        yield f"reviewed by  {quoted(found.closed_by)}: {visible(found.closed_reason)}"
