"""``gardefou mcp``: a proxy in front of an MCP server."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from gardefou.cli._output import Exit, command, note, read
from gardefou.errors import UsageError

DEFAULT_FOLDER = "~/.config/gardefou/mcp"

Folder = Annotated[
    Path,
    typer.Option(help="The folder of what is known of servers' tools.", metavar="FOLDER"),
]


def folder_of(path: Path) -> Path:
    """The folder with the user's own in place of ``~``; where `XDG_CONFIG_HOME` is set, there."""
    base = os.environ.get("XDG_CONFIG_HOME")
    if str(path) == DEFAULT_FOLDER and base:
        return Path(base) / "gardefou" / "mcp"
    return path.expanduser()


@command
def mcp(
    server: Annotated[
        list[str] | None,
        typer.Argument(
            help="The command that starts the server, after --.",
            metavar="COMMAND",
            show_default=False,
        ),
    ] = None,
    *,
    name: Annotated[
        str, typer.Option(help="What the server is called in rules and records.", metavar="NAME")
    ] = "server",
    constitution: Annotated[
        list[Path] | None,
        typer.Option(
            help="The constitution; again for each further layer.  [default: the standard one]",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    catalogue: Annotated[
        Path | None,
        typer.Option(help="Labels from beforehand, as NAME.tool or tool.", metavar="FILE"),
    ] = None,
    tools: Folder = Path(DEFAULT_FOLDER),
    ledger: Annotated[
        str, typer.Option(help="A ledger that records every decision.", metavar="LEDGER")
    ] = "",
    key: Annotated[
        Path | None,
        typer.Option(
            help="The file of that ledger's signing key.  [default: LEDGER.key]",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    tenant: Annotated[str, typer.Option(help="The tenant.", metavar="NAME")] = "default",
    user: Annotated[str, typer.Option(help="On whose behalf.", metavar="NAME")] = "",
    wait: Annotated[
        float, typer.Option(help="How many seconds a held call waits before it is answered.")
    ] = 25.0,
    servers: Annotated[
        Path | None,
        typer.Option(
            help="A file of several servers, as MCP clients write it; their tools are NAME__tool.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    upstream: Annotated[
        str,
        typer.Option(help="The endpoint of a server on streamable HTTP.", metavar="URL"),
    ] = "",
    listen: Annotated[
        str, typer.Option(help="Where clients of --upstream connect.", metavar="HOST:PORT")
    ] = "127.0.0.1:8765",
) -> Exit:
    """Stand between an MCP client and a server; every call is decided before the server sees it."""
    from gardefou.action import Principal  # noqa: PLC0415 - the other commands never load a door
    from gardefou.constitution.catalogue import load_catalogue  # noqa: PLC0415 - as above
    from gardefou.doors import mcp as door  # noqa: PLC0415 - as above
    from gardefou.doors._opened import open_service, policy_of  # noqa: PLC0415 - as above
    from gardefou.doors._rulings import Rulings  # noqa: PLC0415 - as above

    if bool(server) + bool(upstream) + bool(servers) != 1:
        raise UsageError(
            "there is no server to stand before, or more than one is named",
            code="mcp.no_server",
            help="write the command that starts it after --, its address with --upstream, or a file with --servers",
        )
    given = None
    if catalogue is not None:
        given = load_catalogue(catalogue.read_text(encoding="utf-8"), file=str(catalogue))
    with open_service(policy_of(constitution or ()), ledger, key or "") as service:
        who = Principal(tenant=tenant, user=user)
        desk = door.Desk(Rulings(service), who, wait_s=wait, alone=not upstream)
        if servers is not None:
            listed = door.read_servers(read(servers))
            known = {one: door.Register(folder_of(tools), one, given) for one in listed}
            for one in known.values():
                desk.add(one)
            sealed = door.Seal(secrets.token_bytes(32))

            def made(one: str) -> door.Relay:
                return door.Relay(desk, known[one], sealed, note=note)

            asyncio.run(door.run_several(listed, made, note=note))
            return Exit.YES
        register = door.Register(folder_of(tools), name, given)
        desk.add(register)
        seal = door.Seal(secrets.token_bytes(32))
        if upstream:
            from gardefou.doors.mcp.serving import serve_http  # noqa: PLC0415 - needs the extra `gateway`

            note(f"listening on http://{listen}/ in front of {upstream}")
            asyncio.run(serve_http(desk, register, seal, upstream, listen=listen, note=note))
            return Exit.YES
        relay = door.Relay(desk, register, seal, note=note)
        code = asyncio.run(door.run_stdio(relay, server or ()))
    return Exit.YES if code == 0 else Exit.UNKNOWN
