"""The command ``gardefou`` and its parts."""

from __future__ import annotations

from typing import Annotated

import typer

from gardefou import __version__
from gardefou.cli import (
    _amend,
    _catalogue,
    _console,
    _holds,
    _hook,
    _ledger,
    _order,
    _serve,
    _supplier,
    _waiver,
)
from gardefou.cli._backtest import backtest
from gardefou.cli._check import check
from gardefou.cli._decide import decide
from gardefou.cli._diff import diff
from gardefou.cli._help import dress
from gardefou.cli._lint import lint
from gardefou.cli._mcp import mcp
from gardefou.cli._output import put
from gardefou.cli._prove import prove_
from gardefou.cli._replay import replay
from gardefou.cli._simulate import simulate
from gardefou.cli._stops import resume, stop, stops

app = typer.Typer(
    name="gardefou",
    help="Decides what AI models and agents may do, before they do it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(check)
app.command()(decide)
app.command()(diff)
app.command(name="prove")(prove_)
app.command()(lint)
app.command()(mcp)
app.command()(replay)
app.command()(_serve.serve)
app.command()(_serve.report)
app.command()(_serve.reload)
app.command()(simulate)
app.command()(backtest)
app.command()(stop)
app.command()(resume)
app.command()(stops)
app.add_typer(_amend.app, name="amend")
app.add_typer(_catalogue.app, name="catalogue")
app.add_typer(_console.app, name="console")
app.add_typer(_hook.app, name="hook")
app.add_typer(_holds.app, name="hold")
app.add_typer(_ledger.app, name="ledger")
app.add_typer(_order.app, name="order")
app.add_typer(_serve.keys, name="key")
app.add_typer(_supplier.app, name="supplier")
app.add_typer(_waiver.app, name="waiver")
dress(app)


@app.callback(invoke_without_command=True)
def version(
    *,
    show: Annotated[
        bool, typer.Option("--version", help="Show the version.", show_default=False)
    ] = False,
) -> None:
    """Decides what AI models and agents may do, before they do it."""
    if show:
        put(f"gardefou {__version__}")
        raise typer.Exit
