"""``gardefou amend``: begin a chain, draft, sign and activate amendments, show what is in force."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gardefou.amendments import (
    ActivateRequest,
    BeginRequest,
    Chain,
    DraftRequest,
    Proved,
    Request,
    SignRequest,
    carry_out,
    load_charter,
    make_draft,
    read_chain,
    signature,
    version_of,
)
from gardefou.analysis import difference, prove
from gardefou.cli._ledger import KeyFile
from gardefou.cli._ledger_read import Location
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json, read, read_text
from gardefou.cli._owner import at_ledger
from gardefou.cli._versions import NewCatalogue, OldCatalogue, Version, guard_from
from gardefou.errors import UsageError
from gardefou.ledger import Ledger, load_key, open_store

app = typer.Typer(
    name="amend", help="Who may change a constitution, and how it is changed.", no_args_is_help=True
)

Tenant = Annotated[
    str,
    typer.Option(
        help="The tenant whose layer it is.  [default: the common one]", show_default=False
    ),
]
DraftId = Annotated[
    str, typer.Argument(help="The draft's digest.", metavar="DRAFT", show_default=False)
]


@app.command("begin")
@command
def begin_(
    location: Location,
    charter: Annotated[
        Path, typer.Argument(help="The charter: who may change what.", show_default=False)
    ],
    version: Version,
    *,
    catalogue: OldCatalogue = "auto",
    tenant: Tenant = "",
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Begin the chain with the version that is in force now; from then on nothing else is loaded."""
    found = load_charter(read(charter))
    guard = guard_from(version, catalogue)
    request = BeginRequest(charter=found, version=version_of(guard), tenant=tenant)
    seq = int(_carried_out(location, key, request))
    value = {"charter": found.digest(), "seq": seq}
    if as_json:
        put_json(value)
    else:
        put(f"the chain begins at entry {seq} with the charter {found.digest()}")
    return Exit.YES


@app.command("draft")
@command
def draft_(
    location: Location,
    old: Version,
    new: Version,
    *,
    catalogue: OldCatalogue = "auto",
    new_catalogue: NewCatalogue = "",
    backtest: Annotated[
        str, typer.Option(help="The digest of a backtest's result.", show_default=False)
    ] = "",
    tenant: Tenant = "",
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Prove a draft and record it; one that is not proved is recorded as refused, with the reason."""
    before = guard_from(old, catalogue)
    after = guard_from(new, new_catalogue or catalogue)
    proved = Proved.of(prove(before, after).to_json(), difference(before, after).to_json())
    made = make_draft(before, after, proved=proved, backtest=backtest, tenant=tenant)
    _carried_out(location, key, DraftRequest(amendment=made, proved=proved))
    if as_json:
        put_json({**msgspec.to_builtins(made), "digest": made.digest()})
    else:
        put(made.digest())
        note(f"proved; it touches {', '.join(made.kinds)}; it waits for signatures")
    return Exit.YES


@app.command("sign")
@command
def sign_(
    location: Location,
    name: DraftId,
    signer: Annotated[
        Path | None,
        typer.Argument(help="The signer's key file; - or nothing with --note.", metavar="SIGNER"),
    ] = None,
    *,
    signed: Annotated[
        Path | None,
        typer.Option("--note", help="A signature that was made elsewhere.", metavar="FILE"),
    ] = None,
    only: Annotated[
        bool,
        typer.Option("--only", help="Print the signature and record nothing.", show_default=False),
    ] = False,
    tenant: Tenant = "",
    key: KeyFile = None,
) -> Exit:
    """Sign a draft; the key can be on another machine: --only there, --note here."""
    if (signer is None) == (signed is None):
        raise UsageError(
            "name either a signer's key or a signature",
            code="amend.signer",
            help="give SIGNER, or --note FILE with what `--only` printed",
        )
    if signer is not None:
        text = signature(load_key(signer), name, now_s=int(time.time()))
    else:
        text = read_text(signed or Path("-"))
    if only:
        put(text.rstrip("\n"))
        return Exit.YES
    request = SignRequest(draft=name, signature=text, tenant=tenant)
    put(f"signed by {_carried_out(location, key, request)}")
    return Exit.YES


@app.command("activate")
@command
def activate_(
    location: Location, name: DraftId, *, tenant: Tenant = "", key: KeyFile = None
) -> Exit:
    """Put a draft in force: enough signatures, and the cooling-off is over."""
    constitution = _carried_out(location, key, ActivateRequest(draft=name, tenant=tenant))
    put(f"in force: {constitution}")
    note("put the documents where the gateway reads them, and reload it")
    return Exit.YES


@app.command("show")
@command
def show(location: Location, *, tenant: Tenant = "", as_json: AsJson = False) -> Exit:
    """Check the whole chain again, and show what is in force and what is open."""
    with closing(open_store(location)) as store, store.reading() as session:
        chain = read_chain(session, tenant)
    if chain is None:
        note("no charter: whoever changes the files changes the constitution")
        return Exit.NO
    now_us = time.time_ns() // 1_000
    if as_json:
        put_json(_value(chain, now_us))
        return Exit.YES
    version = chain.in_force(now_us)
    put(f"in force  {version.constitution}")
    put(f"catalogue {version.catalogue}")
    put(f"versions  {len(chain.links)}")
    for name, step in chain.drafts.items():
        lacking = chain.lacks(step, now_us) or "it can be activated"
        put(f"draft {name}: {', '.join(step.amendment.kinds)}; {lacking}")
    return Exit.YES


def _carried_out(location: str, key: Path | None, request: Request) -> str:
    """Take a step here, or have the process take it that owns the ledger's file."""
    with at_ledger(location, key) as at:
        if isinstance(at, Ledger):
            return carry_out(at, request)
        answer = at.ask("amendments", msgspec.json.encode(request))
        return msgspec.json.decode(answer, type=str)


def _value(chain: Chain, now_us: int) -> dict[str, object]:
    return {
        "in_force": msgspec.to_builtins(chain.in_force(now_us)),
        "links": msgspec.to_builtins(chain.links),
        "drafts": [
            {
                "draft": name,
                "kinds": step.amendment.kinds,
                "signed": sorted(step.signed),
                "lacks": chain.lacks(step, now_us),
            }
            for name, step in chain.drafts.items()
        ],
    }
