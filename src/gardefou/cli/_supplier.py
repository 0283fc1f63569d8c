"""``gardefou supplier``: who supplies whom, notices to them, and what they answer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, get_args

import typer

from gardefou.cli._ledger_read import Location, Origin
from gardefou.cli._output import AsJson, Exit, command, put_json
from gardefou.cli._registers import (
    LedgerKey,
    Officer,
    Officers,
    OrderId,
    desk,
    instrument_of,
    put_rows,
    register_in,
)
from gardefou.errors import UsageError
from gardefou.orders import Party, Reply, answered, moment, noticed, notices, standing

app = typer.Typer(
    name="supplier", help="Suppliers: the register, notices and answers.", no_args_is_help=True
)

_Us = Annotated[
    str, typer.Option(help="The party that is supplied.", metavar="ID", show_default=False)
]


@app.command("add")
@command
def add(
    location: Location,
    files: Annotated[
        list[Path], typer.Argument(help="Files of parties.", metavar="FILE", show_default=False)
    ],
    *,
    key: Officer,
    ledger_key: LedgerKey = None,
    officer: Officers = None,
    as_json: AsJson = False,
) -> Exit:
    """Sign parties into the register: new ones, or their next version."""
    parties = [instrument_of(path) for path in files]
    for path, party in zip(files, parties, strict=True):
        if not isinstance(party, Party):
            raise UsageError(
                f"`{path}` is no party",
                code="supplier.call",
                help="write a file with `instrument: party`",
            )
    with desk(location, key, ledger_key, officer) as at:
        at.sign(parties, "issue", as_json=as_json, told="in the register")
    return Exit.YES


@app.command("notify")
@command
def notify(
    location: Location,
    order: OrderId,
    *,
    us: _Us,
    due: Annotated[
        str,
        typer.Option(help="Until when an answer is expected.", metavar="TIME", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write each notice into this folder.", metavar="FOLDER", show_default=False
        ),
    ] = None,
    key: Officer,
    ledger_key: LedgerKey = None,
    officer: Officers = None,
    as_json: AsJson = False,
) -> Exit:
    """Write the notice of an order for every supplier, and record that each is asked."""
    moment(due)
    with desk(location, key, ledger_key, officer) as at:
        made = notices(at.register, order, us, due)
        sent_at = _now()
        for notice in made:
            if out is not None:
                out.mkdir(parents=True, exist_ok=True)
                (out / f"{notice.party}.txt").write_text(notice.text, encoding="utf-8")
        parties = [
            noticed(at.find(Party, notice.party), notice, order, sent_at, due) for notice in made
        ]
        at.sign(parties, "answer", as_json=as_json, told="asked")
    return Exit.YES


@app.command("answer")
@command
def answer(
    location: Location,
    party: Annotated[
        str, typer.Argument(help="The supplier's id.", metavar="PARTY", show_default=False)
    ],
    *,
    order: Annotated[
        str, typer.Option(help="The order of the notice.", metavar="ID", show_default=False)
    ],
    reply: Annotated[
        str,
        typer.Option(help="in_use, not_in_use or unknown.", metavar="REPLY", show_default=False),
    ],
    sub_tier_notified: Annotated[
        bool,
        typer.Option(
            "--sub-tier-notified",
            help="It has told those who supply it.",
            show_default=False,
        ),
    ] = False,
    key: Officer,
    ledger_key: LedgerKey = None,
    officer: Officers = None,
    as_json: AsJson = False,
) -> Exit:
    """Record what a supplier answered: 1 when it uses what the order restricts."""
    if reply not in get_args(Reply) or reply == "none":
        raise UsageError(
            f"`{reply[:20]}` is no answer",
            code="supplier.reply",
            help="in_use, not_in_use or unknown",
        )
    with desk(location, key, ledger_key, officer) as at:
        known = at.find(Party, party)
        word: Reply = next(w for w in get_args(Reply) if w == reply)
        changed = answered(known, order, word, _now(), sub_tier_notified=sub_tier_notified)
        at.sign([changed], "answer", as_json=as_json, told=reply)
    return Exit.NO if reply == "in_use" else Exit.YES


@app.command("list")
@command
def list_(
    location: Location,
    *,
    us: _Us,
    order: Annotated[
        str, typer.Option(help="What is known under this order.", metavar="ID", show_default=False)
    ] = "",
    officer: Officers = None,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """Every supplier through every tier; silence is unknown: 1 when one is unknown or in use."""
    register = register_in(location, origin, officer)
    lines = [
        {
            "party": supplier.party.id,
            "tier": supplier.tier,
            "contract": supplier.relation.contract,
            "supplies": supplier.relation.to,
            "reply": standing(supplier.party, order) if order else "",
        }
        for supplier in register.parties.suppliers_of(us)
    ]
    if as_json:
        put_json(lines)
    else:
        put_rows(
            [list(line.values()) for line in lines],
            ("PARTY", "TIER", "CONTRACT", "SUPPLIES", "REPLY"),
        )
    is_clean = all(line["reply"] == "not_in_use" for line in lines)
    return Exit.YES if is_clean or not order else Exit.NO


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
