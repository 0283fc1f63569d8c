"""``gardefou backtest``: everything that was decided, decided again under a draft."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gardefou.cli._ledger import KeyFile
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json, read_text
from gardefou.errors import UsageError
from gardefou.ledger import load_key, open_keyring, open_store
from gardefou.recording import Layer
from gardefou.replay import (
    Backtest,
    CaseFile,
    Draft,
    Group,
    PastCase,
    Sharing,
    read_ledger,
    write_cases,
)
from gardefou.replay import backtest as run_backtest


@command
def backtest(
    draft: Annotated[
        list[Path],
        typer.Argument(
            help="The draft constitution; further layers after it.",
            metavar="DRAFT",
            readable=False,
            show_default=False,
        ),
    ],
    *,
    ledger: Annotated[
        str, typer.Option(help="Decide the decisions of this ledger again.", show_default=False)
    ] = "",
    cases: Annotated[
        Path | None,
        typer.Option(help="Decide the cases of this .jsonl or .parquet file again."),
    ] = None,
    catalogue: Annotated[
        Path | None, typer.Option(help="The catalogue of tools under the draft.", metavar="FILE")
    ] = None,
    keep_cases: Annotated[
        Path | None,
        typer.Option(
            help="Write the ledger's cases here, in clear, and keep them.", metavar="FILE"
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(help="Processes.  [default: one for each core]", min=0, show_default=False),
    ] = 0,
    engine: Annotated[str, typer.Option(help="cores, or dask for a cluster.")] = "cores",
    sign: Annotated[
        bool, typer.Option("--sign", help="Sign the result with --key.", show_default=False)
    ] = False,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Decide again what was decided before, and list what the draft changes: 0 nothing, 1 something."""
    if bool(ledger) == (cases is not None):
        raise UsageError(
            "name either a ledger or a file of cases",
            code="backtest.source",
            help="use --ledger LEDGER, or --cases FILE",
        )
    if engine not in {"cores", "dask"}:
        raise UsageError(
            f"`{engine}` is no engine", code="backtest.engine", help="use cores or dask"
        )
    if sign and key is None:
        raise UsageError("nothing to sign with", code="backtest.key", help="name a key with --key")
    document = Draft(
        layers=tuple(Layer(str(path), read_text(path)) for path in draft),
        catalogue="" if catalogue is None else read_text(catalogue),
        catalogue_file="" if catalogue is None else str(catalogue),
    )
    with tempfile.TemporaryDirectory(prefix="gardefou-") as folder:
        path, gone = cases, 0
        if path is None:
            path = keep_cases or Path(folder) / "cases.jsonl"
            gone = _extract(ledger, path)
        start = time.perf_counter()
        result = run_backtest(
            document,
            CaseFile(str(path)),
            workers=workers,
            engine="dask" if engine == "dask" else "cores",
            gone=gone,
            told=_tell,
        )
        taken = time.perf_counter() - start
    note(f"{result.decisions} decisions in {taken:.1f} s")
    signed = ""
    if sign and key is not None:
        text = f"gardefou/backtest\n{result.digest()}\n{result.constitution}\n"
        signed = str(load_key(key).note(text, at_s=int(time.time())))
    if as_json:
        put_json({**msgspec.to_builtins(result), "digest": result.digest(), "signature": signed})
    else:
        _show(result)
        if signed:
            put("")
            put(signed.rstrip("\n"))
    return Exit.NO if result.looser or result.stricter else Exit.YES


def _tell(sharing: Sharing) -> None:
    if sharing.kept_by_all:
        note(
            f"{sharing.kept_by_all} decisions share facts that reach too far to be parted:"
            f" each of {sharing.workers} workers keeps their facts"
        )


def _extract(location: str, path: Path) -> int:
    """Write the cases of a ledger to a file; the number of those that cannot be decided again."""
    gone = 0

    def present(found: Iterator[PastCase | None]) -> Iterator[PastCase]:
        nonlocal gone
        for case in found:
            if case is None:
                gone += 1
            else:
                yield case

    store = open_store(location)
    with closing(store):
        with store.reading() as session:
            _, origin = session.origin()
        with closing(open_keyring(location, origin)) as keyring:
            write_cases(present(read_ledger(store, keyring)), path)
    return gone


def _show(result: Backtest) -> None:
    put(f"decisions {result.decisions}, the same {result.same}, cannot be made again {result.gone}")
    put(f"looser {result.looser}, stricter {result.stricter}")
    for group in result.groups:
        put("")
        put(_sentence(group))
        for title, grounds in (("was", group.grounds_before), ("would be", group.grounds_after)):
            put(f"    {title}: {'; '.join(grounds) or 'no rule tightened it'}")
        put(f"    such as case {', '.join(map(str, group.examples))}")


def _sentence(group: Group) -> str:
    what = group.tool or group.kind
    noun = "decision" if group.count == 1 else "decisions"
    return f"{group.count} {noun} on `{what}`: {group.before} would become {group.after}"
