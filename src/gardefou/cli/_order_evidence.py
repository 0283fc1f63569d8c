"""``gardefou order report`` and ``attest``: what is left of a use, and what is asserted about it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from gardefou.cli._ledger_read import Location, Origin, keys_of
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json, read
from gardefou.cli._registers import (
    LedgerKey,
    Officers,
    OrderId,
    at_us_of,
    desk,
    instrument_of,
    now_us,
    put_rows,
    reading,
    register_in,
)
from gardefou.errors import UsageError
from gardefou.orders import (
    Attestation,
    Bundle,
    BurnDown,
    Deadline,
    Register,
    attest,
    burn_down,
    check_bundle,
    day_of,
    decisions,
    declarations,
    drafts,
    moment,
    page,
    restore_plan,
    svg,
)

ReportForm = Literal["table", "csv", "svg", "html", "3bd", "10bd", "restore"]

Since = Annotated[
    str,
    typer.Option(
        help="The first moment.  [default: 30 days ago]", metavar="TIME", show_default=False
    ),
]
Until = Annotated[
    str, typer.Option(help="The end.  [default: now]", metavar="TIME", show_default=False)
]


@command
def report(
    location: Location,
    order: OrderId,
    *,
    form: Annotated[
        str,
        typer.Option(help="table, csv, svg, html, 3bd, 10bd or restore.", metavar="FORM"),
    ] = "table",
    since: Since = "",
    until: Until = "",
    field: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE for a field of a draft; again for more.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write it to this file.", metavar="FILE", show_default=False)
    ] = None,
    officer: Officers = None,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """The burn-down of an order, drafts of its reports, or the plan to restore: 1 when use is left."""
    until_us = at_us_of(until)
    since_us = moment(since) if since else until_us - 30 * 86_400_000_000
    register = register_in(location, origin, officer)
    with reading(location, origin) as session:
        found = burn_down(
            decisions(session, since_us, until_us),
            register,
            order,
            since_us=since_us,
            until_us=until_us,
        )
    if form in ("3bd", "10bd"):
        made = drafts(register, order, found, "3bd" if form == "3bd" else "10bd", _fields(field))
        for draft in made:
            if draft.missing:
                note(f"{draft.use}: nobody knows {', '.join(draft.missing)}; nothing was invented")
        value: object = made
        text = "\n\n".join(_draft_text(draft.use, draft.due, draft.fields) for draft in made)
    elif form == "restore":
        steps = restore_plan(register, order, found, now_us())
        value = steps
        text = "\n".join(f"[ ] {step.what}: {step.subject} ({step.detail})" for step in steps)
    else:
        value = {**msgspec.to_builtins(found), "calls": found.calls, "by_day": found.by_day()}
        text = _picture(form, found, register, order)
    if as_json:
        text = msgspec.json.format(msgspec.json.encode(value)).decode()
    if out is not None:
        out.write_text(text, encoding="utf-8", newline="")
        note(f"written to {out}")
    elif form == "table" and not as_json:
        _table(found)
    else:
        put(text)
    return Exit.NO if found.residual else Exit.YES


@command
def attest_(
    location: Annotated[
        str,
        typer.Argument(
            metavar="LEDGER",
            help="A ledger; with --check, an attestation's file.",
            show_default=False,
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(help="The attestation to sign.", metavar="FILE", show_default=False),
    ] = None,
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Check a signed attestation, offline.", show_default=False),
    ] = False,
    key: Annotated[
        Path | None,
        typer.Option(help="The signing key of who attests.", metavar="FILE", show_default=False),
    ] = None,
    us: Annotated[
        str, typer.Option(help="The party whose suppliers count.", metavar="ID", show_default=False)
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="Write the signed attestation here.", metavar="FILE", show_default=False),
    ] = None,
    cyclonedx: Annotated[
        Path | None,
        typer.Option(help="Write CycloneDX declarations here.", metavar="FILE", show_default=False),
    ] = None,
    officer: Officers = None,
    vkey: Annotated[
        list[str] | None,
        typer.Option(
            help="With --check: a public key of the log, or a file of them.", show_default=False
        ),
    ] = None,
    ledger_key: LedgerKey = None,
    as_json: AsJson = False,
) -> Exit:
    """Sign what the evidence supports, or check a signed attestation with public keys alone."""
    if check:
        return _check(Path(location), officer, vkey, as_json=as_json)
    if file is None or key is None:
        raise UsageError(
            "an attestation needs its file and a key",
            code="attest.call",
            help="gardefou order attest LEDGER FILE --key FILE --out FILE",
        )
    wanted = instrument_of(file)
    if not isinstance(wanted, Attestation):
        raise UsageError(
            f"`{file}` is no attestation",
            code="attest.call",
            help="write a file with `instrument: attestation`",
        )
    with desk(location, key, ledger_key, officer) as at:
        bundle = attest(at.office, wanted, at.key, us=us, officers=at.officers)
        order = at.register.orders[wanted.order]
    body = msgspec.json.format(msgspec.json.encode(bundle)) + b"\n"
    if cyclonedx is not None:
        exported = msgspec.json.encode(declarations(bundle, order))
        cyclonedx.write_bytes(msgspec.json.format(exported) + b"\n")
    if out is not None:
        out.write_bytes(body)
    if as_json or out is None:
        put_json(bundle)
    else:
        put(f"attested: {wanted.statement}, {_summary(bundle)}")
    return Exit.YES


def _check(path: Path, officer: list[str] | None, vkey: list[str] | None, *, as_json: bool) -> Exit:
    officers, log = keys_of(officer), keys_of(vkey)
    if not officers or not log:
        raise UsageError(
            "an attestation is checked against public keys",
            code="attest.call",
            help="give --officer and --vkey",
        )
    found = check_bundle(read(path), officers, log)
    if as_json:
        put_json(found)
    else:
        put(f"verifies: {found.attestation.statement}, signed by {found.signer}")
        put(f"entry     {found.entry} of {found.log}")
        put(f"period    {found.evidence.since} to {found.evidence.until}")
        put(f"evidence  {found.evidence.calls} calls, {found.evidence.stopped} stopped")
        for text in found.evidence.not_covered:
            put(f"not covered  {text}")
    return Exit.YES


def _summary(bundle: Bundle) -> str:
    evidence = bundle.evidence
    return f"{evidence['calls']} calls in {evidence['decisions']} decisions"


def _picture(form: str, found: BurnDown, register: Register, order: str) -> str:
    marks = [
        Deadline(day_of(moment(phase.until)), phase.tier)
        for phase in register.orders[order].phase_out
    ]
    if form == "csv":
        return found.csv()
    if form == "svg":
        return svg(found, marks)
    if form == "html":
        return page(found, marks)
    if form == "table":
        return "\n".join(
            f"{line.day} {line.vendor} {line.model} {line.calls} {line.stopped}"
            for line in found.lines
        )
    raise UsageError(
        f"`{form[:20]}` is no form of a report",
        code="order.form",
        help="table, csv, svg, html, 3bd, 10bd or restore",
    )


def _table(found: BurnDown) -> None:
    put_rows(
        [
            [
                line.day,
                line.vendor or "not stated",
                line.channel,
                line.model,
                line.calls,
                line.stopped,
                line.tokens,
                line.tenants,
                line.systems,
            ]
            for line in found.lines
        ],
        ("DAY", "VENDOR", "CHANNEL", "MODEL", "CALLS", "STOPPED", "TOKENS", "TENANTS", "SYSTEMS"),
    )
    put(f"{found.calls} calls went ahead; {found.decisions} decisions were read")


def _draft_text(use: str, due: str, fields: Mapping[str, str]) -> str:
    lines = [f"{name}: {value}" for name, value in fields.items()]
    return "\n".join([f"# {use}", f"due: {due or 'when its clock starts'}", *lines])


def _fields(stated: list[str] | None) -> dict[str, str]:
    found = {}
    for text in stated or []:
        name, sign, value = text.partition("=")
        if not sign or not value:
            raise UsageError(
                f"`{text[:40]}` states no field",
                code="order.field",
                help="write NAME=VALUE",
            )
        found[name] = value
    return found
