"""``gardefou catalogue``: from tool definitions to labelled tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gardefou.cli._documents import imported
from gardefou.cli._mcp import DEFAULT_FOLDER, Folder, folder_of
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json
from gardefou.constitution.catalogue import Catalogue, dump_catalogue

app = typer.Typer(
    help="Label tools: what they can do, and what their arguments mean.", no_args_is_help=True
)

Tools = Annotated[
    Path,
    typer.Argument(
        help="Tool definitions: an MCP tools/list result, OpenAI or Anthropic tools, or schemas.",
        metavar="TOOLS",
        readable=False,
        show_default=False,
    ),
]


@app.command("import")
@command
def import_(tools: Tools, *, as_json: AsJson = False) -> Exit:
    """Turn tool definitions into a catalogue that nobody has labelled yet."""
    found = imported(tools)
    _write(found, as_json=as_json)
    note(f"{len(found.tools)} tools, none labelled: under `unlisted` until somebody labels them")
    return Exit.YES


@app.command("suggest")
@command
def suggest(tools: Tools, *, as_json: AsJson = False) -> Exit:
    """Propose effects, roles and types for tools that nobody has labelled, with reasons."""
    # The lexicon is large: the other commands never load it.
    from gardefou.constitution.catalogue.suggest import THRESHOLD, suggest_all  # noqa: PLC0415 - see above

    found = suggest_all(imported(tools))
    _write(found, as_json=as_json)
    for tool in found.tools.values():
        effects = ", ".join(tool.effects) or "unlabelled"
        note(f"{tool.name}: {effects} ({tool.confidence:.2f})")
        for reason in tool.reasons:
            note(f"    {reason}")
    unlabelled = sum(not tool.effects for tool in found.tools.values())
    note(
        f"{len(found.tools)} tools, {unlabelled} below the confidence of {THRESHOLD}: `unlisted` decides"
    )
    return Exit.YES


def _write(catalogue: Catalogue, *, as_json: bool) -> None:
    if as_json:
        put_json(msgspec.to_builtins(catalogue))
    else:
        put(dump_catalogue(catalogue).rstrip("\n"))


@app.command("pending")
@command
def pending(*, tools: Folder = Path(DEFAULT_FOLDER), as_json: AsJson = False) -> Exit:
    """Show the tools of MCP servers that nobody has confirmed, with proposed labels."""
    from gardefou.doors.mcp import pending_in  # noqa: PLC0415 - the other commands never load a door

    waiting = pending_in(folder_of(tools))
    found = Catalogue(tools={n: t for c in waiting.values() for n, t in c.tools.items()})
    if as_json:
        put_json(msgspec.to_builtins(found))
    else:
        for tool in found.tools.values():
            put(f"{tool.name}: {', '.join(tool.effects) or 'unlabelled'} ({tool.confidence:.2f})")
            for reason in tool.reasons:
                put(f"    {reason}")
    note(f"{len(found.tools)} tools wait: under `unlisted` until somebody confirms them")
    return Exit.YES


@app.command("confirm")
@command
def confirm(
    server: Annotated[
        str, typer.Argument(help="The server's name.", metavar="SERVER", show_default=False)
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(help="The tools.  [default: all]", metavar="TOOL", show_default=False),
    ] = None,
    *,
    tools: Folder = Path(DEFAULT_FOLDER),
) -> Exit:
    """Confirm the labels of a server's tools, as they stand in the file of what is pending."""
    from gardefou.doors.mcp import confirm as confirmed  # noqa: PLC0415 - as above

    found = confirmed(folder_of(tools), server, names or ())
    for tool in found.tools.values():
        put(f"{tool.name}: {', '.join(tool.effects) or 'unlabelled'}")
    note("confirmed; a tool whose definition changes has to be confirmed again")
    return Exit.YES
