"""``gardefou stop``, ``resume``, ``stops``: work stops at once, and goes on when somebody says so."""

from __future__ import annotations

from typing import Annotated

import typer

from gardefou.cli._ledger_read import Location, Origin
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json
from gardefou.cli._people import By, KeyFile, Reason, reading, submit
from gardefou.errors import UsageError
from gardefou.supervision import ResumeRequest, Stop, StopRequest
from gardefou.supervision import stop_scope as known_scope


@command
def stop(
    location: Location,
    scope: Annotated[
        str,
        typer.Argument(help="agent, application, tenant or everything.", show_default=False),
    ],
    target: Annotated[
        str, typer.Argument(help="The agent's or application's name.", show_default=False)
    ] = "",
    *,
    by: By,
    reason: Reason,
    tenant: Annotated[str, typer.Option(help="Whose agent or application.")] = "default",
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Stop an agent, an application, a tenant or everything, at once."""
    request = StopRequest(
        scope=known_scope(scope), tenant=tenant, target=target, reason=reason, person=by
    )
    found = submit(location, request, key=key).stop
    return _shown(found, "work is stopped", as_json=as_json)


@command
def resume(
    location: Location,
    stop_id: Annotated[str, typer.Argument(metavar="STOP", help="The stop's id.")],
    *,
    by: By,
    reason: Reason,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """End a stop."""
    request = ResumeRequest(stop=stop_id, reason=reason, person=by)
    found = submit(location, request, key=key).stop
    return _shown(found, "work goes on", as_json=as_json)


@command
def stops(location: Location, *, origin: Origin = "", as_json: AsJson = False) -> Exit:
    """List the stops that stand: 0 when there are some, 1 when there is none."""
    with reading(location, origin) as holds:
        found = holds.stops()
    if as_json:
        put_json(list(found))
    else:
        for item in found:
            put(f"{item.id}  {item.sentence}")
    if not found:
        note("nothing is stopped")
    return Exit.YES if found else Exit.NO


def _shown(found: Stop | None, words: str, *, as_json: bool) -> Exit:
    if found is None:
        raise UsageError(
            "the process that owns the ledger gave another answer",
            code="ledger.counter",
            help="it may be another version; use its own command",
        )
    if as_json:
        put_json(found)
    else:
        put(f"{found.id}  {words}: {found.scope} {found.target}".rstrip())
    return Exit.YES
