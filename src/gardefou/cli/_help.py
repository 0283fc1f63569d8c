"""How the commands show their help: words for people instead of the names of types.

The library would print ``<list[Path]>`` beside an argument and cut a command's sentence at the
width of the terminal.
"""

from __future__ import annotations

import re
from typing import Any

from typer import Typer
from typer.core import TyperCommand, TyperGroup

_RANGE = re.compile(r"([0-9]+)<=x<=([0-9]+)")


class Command(TyperCommand):
    """A command whose help names arguments and values in capitals."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """``[OPTIONS] CONSTITUTION…``: what may be left out stands in brackets."""
        arguments = [p for p in self.get_params(ctx) if p.param_type_name == "argument"]
        return [
            "[OPTIONS]",
            *(_name(p) if p.required else f"[{_name(p)}]" for p in arguments),
        ]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, then options, each with its sentence."""
        _sections(self, ctx, formatter)


class Group(TyperGroup):
    """A group of commands whose help shows whole sentences."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        """Options, then one of the commands with what it takes."""
        return ["[OPTIONS]", "COMMAND", "[ARGUMENTS]…"]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Options, then commands."""
        _sections(self, ctx, formatter)
        rows = [(name, _sentence(self.commands[name])) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def dress(app: Typer) -> None:
    """Give every command of an application, and of those below it, this help."""
    app.info.cls = Group
    for command in app.registered_commands:
        command.cls = Command
    for group in app.registered_groups:
        group.cls = Group
        if group.typer_instance is not None:
            dress(group.typer_instance)


def _sections(command: TyperCommand | TyperGroup, ctx: Any, formatter: Any) -> None:
    arguments, options = [], []
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is None:
            continue
        text = _RANGE.sub(r"\1 to \2", record[1].replace("  [required]", ""))
        if parameter.param_type_name == "argument":
            arguments.append((_name(parameter), text))
        else:
            needed = "  [required]" if parameter.required else ""
            options.append((_option(parameter), text + needed))
    for title, rows in (("Arguments", arguments), ("Options", options)):
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


def _name(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper().rstrip("_")
    return name if parameter.nargs == 1 else f"{name}…"


def _option(parameter: Any) -> str:
    names = ", ".join(parameter.opts)
    if parameter.is_flag:
        return names
    return f"{names} {parameter.metavar or names.removeprefix('--').upper()}"


def _sentence(command: Any) -> str:
    return str(command.help or "").strip().splitlines()[0]
