"""What people decide on tools that wait: confirmed with labels, or rejected.

A decision names the definition that was seen. One that was listed with other words in between is
still pending, and nothing of it is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from gardefou.constitution.catalogue import Catalogue, Tool
from gardefou.contact._files import (
    CONFIRMED,
    FLAG,
    PENDING,
    REJECTED,
    check_server,
    load_tools,
    locked,
    place,
    save_tools,
)
from gardefou.errors import UsageError

NONE: Mapping[str, Tool] = MappingProxyType({})


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that waits: its proposed labels, what is odd about it, and what was confirmed before."""

    tool: Tool
    flags: tuple[str, ...] = ()
    before: Tool | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Which words led to the proposed labels."""
        return tuple(text for text in self.tool.reasons if not text.startswith(FLAG))


def pending_in(folder: Path) -> dict[str, Catalogue]:
    """What waits for a person, by server.

    Raises:
        LoadError: when a kept file has mistakes.
        FileError: ``mcp.register`` when it cannot be read.
    """
    if not folder.is_dir():
        return {}
    return {
        path.name.removesuffix(".pending.yaml"): Catalogue(tools=load_tools(path))
        for path in sorted(folder.glob("*.pending.yaml"))
    }


def waiting_in(folder: Path) -> dict[str, tuple[Waiting, ...]]:
    """What waits for a person, by server, each tool with what was confirmed before.

    Raises:
        LoadError: when a kept file has mistakes.
        FileError: ``mcp.register`` when it cannot be read.
    """
    found = {}
    for server, catalogue in pending_in(folder).items():
        before = load_tools(place(folder, server, CONFIRMED))
        found[server] = tuple(
            Waiting(
                tool=tool,
                flags=tuple(t.removeprefix(FLAG) for t in tool.reasons if t.startswith(FLAG)),
                before=before.get(name),
            )
            for name, tool in catalogue.tools.items()
        )
    return found


def settle(
    folder: Path,
    server: str,
    *,
    confirmed: Mapping[str, Tool] = NONE,
    rejected: Mapping[str, Tool] = NONE,
) -> None:
    """Put decisions of a person in force, all or none; doors that run see them at the next call.

    Raises:
        UsageError: ``mcp.server``; ``mcp.nothing_pending`` when a tool does not wait, or not with
            this definition.
        LoadError: when a kept file has mistakes.
        FileError: ``mcp.register`` when a file cannot be read or written.
    """
    with locked(folder):
        waiting = check_waiting(folder, server, {**confirmed, **rejected})
        done = {
            name: msgspec.structs.replace(tool, labelled_by="person", confidence=1.0)
            for name, tool in confirmed.items()
        }
        refused = {
            name: msgspec.structs.replace(tool, effects=(), parameters={}, results=())
            for name, tool in rejected.items()
        }
        earlier = load_tools(place(folder, server, CONFIRMED))
        kept = {name: tool for name, tool in earlier.items() if name not in refused}
        # CRASH: between the files a tool stands in two of them; the confirmed one counts, and the next
        # list of the server puts the pending one right.
        if done or len(kept) < len(earlier):
            save_tools(place(folder, server, CONFIRMED), {**kept, **done})
        before = load_tools(place(folder, server, REJECTED))
        left = {name: tool for name, tool in before.items() if name not in done}
        if refused or len(left) < len(before):
            save_tools(place(folder, server, REJECTED), {**left, **refused})
        rest = {n: t for n, t in waiting.items() if n not in done and n not in refused}
        save_tools(place(folder, server, PENDING), rest)


def check_waiting(folder: Path, server: str, wanted: Mapping[str, Tool]) -> dict[str, Tool]:
    """What waits at a server, when each wanted tool is among it with just this definition.

    Raises:
        UsageError: ``mcp.server``, ``mcp.nothing_pending``.
        LoadError: when a kept file has mistakes.
        FileError: ``mcp.register`` when a file cannot be read.
    """
    check_server(server)
    waiting = load_tools(place(folder, server, PENDING))
    missing = [
        name
        for name, tool in wanted.items()
        if name not in waiting or waiting[name].digest() != tool.digest()
    ]
    if missing or not wanted:
        raise nothing_pending((missing or [server])[0])
    return waiting


def confirm(folder: Path, server: str, names: Iterable[str] = ()) -> Catalogue:
    """Confirm a server's pending tools with their labels, all or those named.

    Raises:
        UsageError: ``mcp.nothing_pending`` when there is nothing of that name.
        LoadError: when a kept file has mistakes.
        FileError: ``mcp.register`` when a file cannot be read or written.
    """
    check_server(server)
    waiting = load_tools(place(folder, server, PENDING))
    wanted = [f"{server}.{name.removeprefix(f'{server}.')}" for name in names] or list(waiting)
    missing = [name for name in wanted if name not in waiting]
    if missing or not wanted:
        raise nothing_pending((missing or [server])[0])
    settle(folder, server, confirmed={name: waiting[name] for name in wanted})
    kept = load_tools(place(folder, server, CONFIRMED))
    return Catalogue(tools={name: kept[name] for name in wanted})


def nothing_pending(name: str) -> UsageError:
    """The error for a tool that does not wait."""
    return UsageError(
        f"nothing pending is called `{name}`, with this definition",
        code="mcp.nothing_pending",
        help="`gardefou catalogue pending` shows what waits",
    )
