"""What the commands on orders, waivers and suppliers share: keys, moments, the ledger's register."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gardefou.cli._ledger import KeyFile, writing
from gardefou.cli._ledger_read import Location, Origin, Vkeys, keys_of
from gardefou.cli._output import named_load, read
from gardefou.errors import UsageError
from gardefou.ledger import Ledger, Receipt, Session, SigningKey, Verifier, load_key, open_store
from gardefou.orders import (
    Instrument,
    Register,
    issue,
    load_instrument,
    moment,
    name_of,
    read_register,
    shown,
)
from gardefou.orders import Operation as Operation

__all__ = [
    "Id",
    "KeyFile",
    "Location",
    "Moment",
    "Officer",
    "Operation",
    "Origin",
    "Vkeys",
    "at_us_of",
    "instrument_of",
    "keys_of",
    "now_text",
    "now_us",
    "put_receipts",
    "reading",
    "record",
    "register_in",
]

Officer = Annotated[
    Path,
    typer.Option(
        "--key", help="The signing key of who does this.", metavar="FILE", show_default=False
    ),
]
LedgerKey = Annotated[
    Path | None,
    typer.Option(help="The ledger's signing key. [default: LEDGER.key]", show_default=False),
]
Moment = Annotated[
    str,
    typer.Option(help="A moment with its zone.  [default: now]", metavar="TIME", show_default=False),
]
Id = Annotated[str, typer.Argument(help="The order's id.", metavar="ORDER", show_default=False)]
