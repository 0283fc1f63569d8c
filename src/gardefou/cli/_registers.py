"""What the commands on orders, waivers and suppliers share: keys, moments, the ledger's register."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from gardefou.cli._ledger_read import keys_of
from gardefou.cli._output import put, put_json, read
from gardefou.cli._owner import at_ledger
from gardefou.errors import UsageError
from gardefou.ledger import Ledger, Session, SigningKey, load_key, open_store
from gardefou.orders import (
    AskedOffice,
    Instrument,
    Office,
    Operation,
    OwnOffice,
    Register,
    load_instrument,
    moment,
    name_of,
    read_register,
    shown,
    signed,
)

T = TypeVar("T", bound=msgspec.Struct)

Officer = Annotated[
    Path,
    typer.Option(
        "--key", help="The signing key of who does this.", metavar="FILE", show_default=False
    ),
]
LedgerKey = Annotated[
    Path | None,
    typer.Option(
        "--ledger-key",
        help="The ledger's signing key.  [default: LEDGER.key]",
        metavar="FILE",
        show_default=False,
    ),
]
Officers = Annotated[
    list[str] | None,
    typer.Option(
        "--officer",
        help="The public key of an officer, or a file of them; only theirs count.",
        metavar="VKEY",
        show_default=False,
    ),
]
At = Annotated[
    str,
    typer.Option(
        help="A moment with its zone.  [default: now]", metavar="TIME", show_default=False
    ),
]
OrderId = Annotated[
    str, typer.Argument(help="The order's id.", metavar="ORDER", show_default=False)
]

Files = Annotated[
    list[Path],
    typer.Argument(
        help="Files of instruments, or folders of them.",
        metavar="FILE",
        readable=False,
        show_default=False,
    ),
]


def now_us() -> int:
    """The wall clock in microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


def at_us_of(text: str) -> int:
    """A moment from the command line; now when there is none.

    Raises:
        InputError: when it is no moment with a zone.
    """
    return moment(text) if text else now_us()


def instrument_of(path: Path) -> Instrument:
    """The instrument in a file.

    Raises:
        LoadError: with every mistake of the file.
        FileError: ``cli.file`` when it cannot be read.
    """
    return load_instrument(read(path), file=str(path))


@contextmanager
def reading(location: str, origin: str = "") -> Iterator[Session]:
    """A consistent snapshot of a ledger; runs beside its writer."""
    with closing(open_store(location, origin)) as store, store.reading() as session:
        yield session


def register_in(location: str, origin: str, officers: Sequence[str] | None) -> Register:
    """The register of a ledger, verified.

    Raises:
        VerificationError: when an instrument in it does not verify.
    """
    with reading(location, origin) as session:
        return read_register(session, officers=keys_of(list(officers or [])))


class Desk:
    """An officer at a ledger: reads the register, signs what changes."""

    def __init__(self, office: Office, key: SigningKey, officers: list[str] | None) -> None:
        """Hold the officer's key, and where what it signs is entered."""
        self.office = office
        self.key = key
        self.officers = keys_of(officers)

    @property
    def register(self) -> Register:
        """The register as it is now."""
        with self.office.store.reading() as session:
            return read_register(session, officers=self.officers)

    def find(self, kind: type[T], name: str) -> T:
        """The latest version of an instrument.

        Raises:
            UsageError: ``order.unknown`` when the ledger has none of this kind and id.
        """
        for instrument in self.register.instruments:
            if isinstance(instrument, kind) and instrument.id == name:
                return instrument
        word = str(kind.__struct_config__.tag)
        raise UsageError(
            f"the ledger has no {word} `{name}`",
            code="order.unknown",
            help="`gardefou order status` lists what there is",
        )

    def sign(
        self, instruments: Sequence[Instrument], op: Operation, *, as_json: bool, told: str
    ) -> None:
        """Sign, append, and say what counts now."""
        entered = self.office.enter(signed(instruments, self.key, op=op), self.officers)
        lines = [
            {
                "instrument": name_of(instrument),
                "version": instrument.version,
                "op": op,
                "entry": entry.seq,
                "at": shown(entry.at_us),
            }
            for instrument, entry in zip(instruments, entered, strict=True)
        ]
        if as_json:
            put_json(lines)
            return
        for line in lines:
            put(f"{line['instrument']}, version {line['version']}: {told}, entry {line['entry']}")


@contextmanager
def desk(
    location: str, key: Path, ledger_key: Path | None, officers: list[str] | None
) -> Iterator[Desk]:
    """Open a ledger for an officer; where another process owns it, that one enters what is signed.

    Raises:
        LedgerError: when the ledger or a key cannot be opened.
    """
    signing = load_key(key)
    with at_ledger(location, ledger_key) as at:
        office = (
            OwnOffice(at)
            if isinstance(at, Ledger)
            else AskedOffice(at.store, lambda body: at.ask("orders", body), now_us)
        )
        yield Desk(office, signing, officers)


def put_rows(rows: Iterable[Sequence[object]], heads: Sequence[str]) -> None:
    """Lines of equal columns, with a heading."""
    cells = [list(heads), *([_shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(heads))]
    for row in cells:
        put("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())


def _shown(cell: object) -> str:
    """Text from instruments on one line, without what a terminal would act on."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(cell))
