"""``gardefou order``: check, issue, verify, stay and lift orders, and see what is in force."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from gardefou.cli import _order_evidence, _order_rehearse, _order_status
from gardefou.cli._ledger_read import Location
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json
from gardefou.cli._registers import (
    Files,
    LedgerKey,
    Officer,
    Officers,
    OrderId,
    desk,
    instrument_of,
    now_us,
)
from gardefou.errors import LoadError, UsageError
from gardefou.ledger import make_key, save_key
from gardefou.orders import (
    Interval,
    Milestone,
    Order,
    Population,
    Scope,
    by_kind,
    load_register,
    moment,
    warnings,
)

app = typer.Typer(
    name="order", help="Orders that restrict vendors, models and channels.", no_args_is_help=True
)
app.command("report")(_order_evidence.report)
app.command("attest")(_order_evidence.attest_)
app.command("rehearse")(_order_rehearse.rehearse)
app.command("status")(_order_status.status)
app.command("dry-run")(_order_status.dry_run_)

Basis = Annotated[
    str,
    typer.Option(help="The legal basis; every basis without it.", metavar="ID", show_default=False),
]
By = Annotated[
    str, typer.Option(help="The instrument that changes the status.", show_default=False)
]


@app.command("key")
@command
def key_(
    name: Annotated[str, typer.Argument(help="The person's name.", show_default=False)],
    path: Annotated[
        Path, typer.Argument(help="The new key file.", metavar="FILE", show_default=False)
    ],
    *,
    as_json: AsJson = False,
) -> Exit:
    """Make an officer's signing key; prints the public key that others list."""
    key = make_key(name, seeds=(secrets.token_bytes(32),))
    save_key(key, path)
    vkey = key.verifiers[0].vkey
    if as_json:
        put_json({"name": name, "vkey": vkey, "key": str(path)})
    else:
        put(vkey)
    return Exit.YES


@app.command("check")
@command
def check(files: Files, *, as_json: AsJson = False) -> Exit:
    """Load instruments, name every mistake, and say what they make together."""
    try:
        register = load_register(files)
    except LoadError as error:
        # This command asks whether they load: here, that they do not is the answer.
        note(error.diagnostics())
        if as_json:
            put_json({"problems": error.problems})
        return Exit.NO
    found = warnings(register, now_us())
    for warning in found:
        note(f"warning: {warning}")
    counts = by_kind(register)
    if as_json:
        put_json({"digest": register.digest, "instruments": counts, "warnings": found})
    else:
        put(f"loads: {', '.join(f'{count} {kind}' for kind, count in sorted(counts.items()))}")
        put(f"digest  {register.digest}")
    return Exit.YES


@app.command("issue")
@command
def issue_(
    location: Location,
    files: Files,
    *,
    key: Officer,
    ledger_key: LedgerKey = None,
    officer: Officers = None,
    as_json: AsJson = False,
) -> Exit:
    """Sign instruments into the ledger; they count on every replica within seconds."""
    instruments = [instrument_of(path) for path in files]
    with desk(location, key, ledger_key, officer) as at:
        at.sign(instruments, "issue", as_json=as_json, told="issued")
    return Exit.YES


@app.command("verify")
@command
def verify_(
    location: Location,
    order: OrderId,
    *,
    key: Officer,
    ledger_key: LedgerKey = None,
    officer: Officers = None,
    as_json: AsJson = False,
) -> Exit:
    """Say, as a second person, that an order is what its authority issued."""
    with desk(location, key, ledger_key, officer) as at:
        found = at.find(Order, order)
        authority = msgspec.structs.replace(
            found.authority, verified_by=at.key.name, verified_at=_now()
        )
        if found.authority.entered_by == at.key.name:
            raise UsageError(
                f"`{at.key.name}` entered `{order}` and cannot verify it",
                code="order.same_person",
                help="let a second person verify it with their own key",
            )
        at.sign([_next(found, authority=authority)], "verify", as_json=as_json, told="verified")
    return Exit.YES


@app.command("sign")
@command
def sign_(
    location: Location,
    milestone: Annotated[
        str, typer.Argument(help="The milestone's id.", metavar="MILESTONE", show_default=False)
    ],
    *,
    key: Officer,
    ledger_key: LedgerKey = None,
    officer: Officers = None,
    as_json: AsJson = False,
) -> Exit:
    """Sign a milestone; at a hold point the phase-out goes on."""
    with desk(location, key, ledger_key, officer) as at:
        found = at.find(Milestone, milestone)
        done = msgspec.structs.replace(
            found, version=found.version + 1, signed_by=at.key.name, signed_at=_now()
        )
        at.sign([done], "sign", as_json=as_json, told="signed")
    return Exit.YES


@app.command("stay")
@command
def stay(
    location: Location,
    order: OrderId,
    *,
    basis: Basis = "",
    tenant: Annotated[
        list[str] | None,
        typer.Option(help="Only for this tenant; again for more.", show_default=False),
    ] = None,
    since: Annotated[
        str, typer.Option("--from", help="From when.  [default: now]", show_default=False)
    ] = "",
    until: Annotated[
        str, typer.Option("--to", help="Until when; open without it.", show_default=False)
    ] = "",
    by: By,
    key: Officer,
    ledger_key: LedgerKey = None,
    officer: Officers = None,
    as_json: AsJson = False,
) -> Exit:
    """Record that a court or the authority has suspended an order, for some or for everyone."""
    population = Scope(include=(Population(tenants=tuple(tenant)),)) if tenant else Scope()
    with desk(location, key, ledger_key, officer) as at:
        found = at.find(Order, order)
        changed = _with_status(
            found,
            basis,
            Interval(
                status="stayed",
                basis="",
                since=since or _now(),
                until=until,
                population=population,
                by=by,
            ),
        )
        at.sign([changed], "stay", as_json=as_json, told="stayed")
    return Exit.YES


@app.command("lift")
@command
def lift(
    location: Location,
    order: OrderId,
    *,
    basis: Basis = "",
    since: Annotated[
        str, typer.Option("--from", help="From when.  [default: now]", show_default=False)
    ] = "",
    by: By,
    key: Officer,
    ledger_key: LedgerKey = None,
    officer: Officers = None,
    as_json: AsJson = False,
) -> Exit:
    """Record that an order was rescinded; `gardefou order report --form restore` says what to do."""
    with desk(location, key, ledger_key, officer) as at:
        found = at.find(Order, order)
        changed = _with_status(
            found, basis, Interval(status="rescinded", basis="", since=since or _now(), by=by)
        )
        at.sign([changed], "lift", as_json=as_json, told="rescinded")
    return Exit.YES


def _with_status(order: Order, basis: str, change: Interval) -> Order:
    """The next version of an order with a status added to one basis, or to all of them.

    Raises:
        UsageError: ``order.basis`` when the order has no such basis.
        InputError: when a moment is none.
    """
    known = [b.id for b in order.bases]
    if basis and basis not in known:
        raise UsageError(
            f"the order `{order.id}` has no basis `{basis}`",
            code="order.basis",
            help=f"its bases are {', '.join(known)}",
        )
    for text in filter(None, (change.since, change.until)):
        moment(text)
    added = [msgspec.structs.replace(change, basis=name) for name in ([basis] if basis else known)]
    return _next(order, status=(*order.status, *added))


def _next(order: Order, **changes: Any) -> Order:
    return msgspec.structs.replace(order, version=order.version + 1, **changes)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
