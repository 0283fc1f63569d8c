"""Several servers on standard input and output, from the file that clients keep them in.

The file is what MCP clients write: ``{"mcpServers": {NAME: {"command", "args", "env"}}}``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from gardefou.action import parse
from gardefou.doors.mcp import _messages as wire
from gardefou.doors.mcp._fanout import Fanout, Side
from gardefou.doors.mcp._pipes import (
    Pipes,
    ended,
    is_own,
    lines,
    standard,
    started,
    write_line,
)
from gardefou.doors.mcp._relay import Relay
from gardefou.errors import InputError


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One server of the file; what else stands there is the client's matter."""

    command: str
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}


class File(msgspec.Struct, frozen=True, kw_only=True, rename={"servers": "mcpServers"}):
    """The file."""

    servers: dict[str, Listed]


def read_servers(data: bytes) -> dict[str, Listed]:
    """The servers in a file.

    Raises:
        InputError: codes ``json.*``; ``mcp.servers`` when it is not such a file.
    """
    try:
        found = msgspec.convert(parse(data), File).servers
    except msgspec.ValidationError as error:
        raise InputError(
            f"this is no list of servers: {str(error).lower()}",
            code="mcp.servers",
            expected='`{"mcpServers": {"name": {"command": "…"}}}`',
            help="servers on streamable HTTP have a proxy of their own: see --upstream",
        ) from None
    if not found:
        raise InputError(
            "the list of servers is empty",
            code="mcp.servers",
            expected="at least one server",
            help="name one under `mcpServers`",
        )
    return found


async def run_several(
    servers: Mapping[str, Listed],
    make: Callable[[str], Relay],
    *,
    note: Callable[[str], None],
    client: tuple[int, int] = (0, 1),
) -> None:
    """Run the servers until the client leaves; one that ends is noted, the others go on.

    Raises:
        FileError: ``mcp.start`` when one cannot be started; then none runs.
    """
    reader, writer = await standard(*client)
    fanout = Fanout(partial(write_line, writer), note)
    processes: list[asyncio.subprocess.Process] = []
    entries: list[asyncio.StreamWriter] = []
    tasks: set[asyncio.Task[Any]] = set()
    try:
        for name, listed in servers.items():
            process, output, entry = await started([listed.command, *listed.args], listed.env)
            processes.append(process)
            entries.append(entry)
            relay = make(name)
            pipes = Pipes(partial(fanout.server_says, name), entry)
            fanout.add(name, Side(relay=relay, link=pipes))
            tasks.add(asyncio.create_task(_server(name, output, relay, pipes, note)))
        async for line in lines(reader):
            if line is None:
                text = "the message is too large to be read"
                await write_line(writer, wire.encode(wire.error_answer(None, -32600, text)))
                continue
            task = asyncio.create_task(fanout.client_says(line))
            if b'"id"' in line:
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            else:
                await task
    finally:
        for entry in entries:
            entry.close()
        await asyncio.gather(*(ended(process) for process in processes))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(ConnectionError):
            writer.close()


async def _server(
    name: str,
    output: asyncio.StreamReader,
    relay: Relay,
    pipes: Pipes,
    note: Callable[[str], None],
) -> None:
    async for line in lines(output):
        if line is None:
            await relay.fail("the server's answer is too large to be read", pipes)
        elif not is_own(line, pipes):
            await relay.server_says(line, pipes)
    note(f"the server `{name}` has ended")
    await relay.fail("the server has ended", pipes)
