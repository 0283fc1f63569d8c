"""The commands, each with where it stands, and an application of one or of all of them.

A command loads only its own rooms: the whole program takes three times as long to load as one part.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, NamedTuple

import typer

from gardefou import __version__
from gardefou.cli._help import dress
from gardefou.cli._output import put


class Part(NamedTuple):
    """Where a command or a group of commands stands."""

    name: str
    module: str
    attribute: str
    is_group: bool = False


PARTS = (
    Part("check", "_check", "check"),
    Part("decide", "_decide", "decide"),
    Part("diff", "_diff", "diff"),
    Part("prove", "_prove", "prove_"),
    Part("lint", "_lint", "lint"),
    Part("mcp", "_mcp", "mcp"),
    Part("replay", "_replay", "replay"),
    Part("serve", "_serve", "serve"),
    Part("report", "_serve", "report"),
    Part("reload", "_serve", "reload"),
    Part("simulate", "_simulate", "simulate"),
    Part("backtest", "_backtest", "backtest"),
    Part("stop", "_stops", "stop"),
    Part("resume", "_stops", "resume"),
    Part("stops", "_stops", "stops"),
    Part("amend", "_amend", "app", is_group=True),
    Part("catalogue", "_catalogue", "app", is_group=True),
    Part("console", "_console", "app", is_group=True),
    Part("hook", "_hook", "app", is_group=True),
    Part("hold", "_holds", "app", is_group=True),
    Part("ledger", "_ledger", "app", is_group=True),
    Part("order", "_order", "app", is_group=True),
    Part("key", "_serve", "keys", is_group=True),
    Part("supplier", "_supplier", "app", is_group=True),
    Part("waiver", "_waiver", "app", is_group=True),
)


def named(arguments: Sequence[str]) -> tuple[Part, ...]:
    """The part that a command line names; all of them where it names none."""
    found = tuple(part for part in PARTS if arguments and part.name == arguments[0])
    return found or PARTS


def application(parts: Sequence[Part]) -> typer.Typer:
    """The program with some of its parts."""
    app = typer.Typer(
        name="gardefou",
        help="Decides what AI models and agents may do, before they do it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for part in parts:
        found = getattr(import_module(f"gardefou.cli.{part.module}"), part.attribute)
        if part.is_group:
            app.add_typer(found, name=part.name)
        else:
            app.command(name=part.name)(found)
    app.callback(invoke_without_command=True)(_version)
    dress(app)
    return app


def _version(
    *,
    show: Annotated[
        bool, typer.Option("--version", help="Show the version.", show_default=False)
    ] = False,
) -> None:
    """Decides what AI models and agents may do, before they do it."""
    if show:
        put(f"gardefou {__version__}")
        raise typer.Exit
