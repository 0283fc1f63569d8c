"""``gardefou waiver``: bounded exceptions from orders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gardefou.cli._ledger_read import Location, Origin
from gardefou.cli._output import AsJson, Exit, command, put_json
from gardefou.cli._registers import (
    At,
    LedgerKey,
    Officer,
    Officers,
    at_us_of,
    desk,
    instrument_of,
    put_rows,
    register_in,
)
from gardefou.errors import UsageError
from gardefou.orders import Waiver, moment

app = typer.Typer(name="waiver", help="Bounded exceptions from orders.", no_args_is_help=True)


@app.command("grant")
@command
def grant(
    location: Location,
    file: Annotated[
        Path, typer.Argument(help="The waiver's file.", metavar="FILE", show_default=False)
    ],
    *,
    key: Officer,
    ledger_key: LedgerKey = None,
    officer: Officers = None,
    as_json: AsJson = False,
) -> Exit:
    """Sign a waiver into the ledger with the key of who approves it."""
    found = instrument_of(file)
    if not isinstance(found, Waiver):
        raise UsageError(
            f"`{file}` is no waiver",
            code="waiver.call",
            help="write a file with `instrument: waiver`",
        )
    with desk(location, key, ledger_key, officer) as at:
        at.sign([found], "issue", as_json=as_json, told=found.state)
    return Exit.YES


@app.command("revoke")
@command
def revoke(
    location: Location,
    waiver: Annotated[
        str, typer.Argument(help="The waiver's id.", metavar="WAIVER", show_default=False)
    ],
    *,
    key: Officer,
    ledger_key: LedgerKey = None,
    officer: Officers = None,
    as_json: AsJson = False,
) -> Exit:
    """End a waiver now; its order binds again on every replica within seconds."""
    with desk(location, key, ledger_key, officer) as at:
        found = at.find(Waiver, waiver)
        ended = msgspec.structs.replace(found, version=found.version + 1, state="revoked")
        at.sign([ended], "revoke", as_json=as_json, told="revoked")
    return Exit.YES


@app.command("list")
@command
def list_(
    location: Location,
    *,
    at: At = "",
    officer: Officers = None,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """Every waiver with what it covers and when it ends."""
    at_us = at_us_of(at)
    register = register_in(location, origin, officer)
    lines = [
        {
            "waiver": waiver.id,
            "order": waiver.order,
            "state": _state(waiver, at_us),
            "expires_at": waiver.expires_at,
            "calls_per_day": waiver.calls_per_day,
            "covers": msgspec.to_builtins(waiver.covers),
            "mitigation": waiver.mitigation,
        }
        for waiver in register.waivers.values()
    ]
    if as_json:
        put_json(lines)
    else:
        put_rows(
            [
                [x["waiver"], x["order"], x["state"], x["expires_at"], x["calls_per_day"]]
                for x in lines
            ],
            ("WAIVER", "ORDER", "STATE", "EXPIRES", "CALLS PER DAY"),
        )
    return Exit.YES


def _state(waiver: Waiver, at_us: int) -> str:
    if waiver.state != "granted":
        return waiver.state
    if at_us >= moment(waiver.expires_at):
        return "expired"
    return "granted" if at_us >= moment(waiver.granted_at) else "not yet"
