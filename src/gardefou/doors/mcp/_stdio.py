"""The proxy on standard input and output: it starts the server and stands between.

1. Messages are lines. A line beyond `MOST_BYTES` is no message; from the server, everything that
   waits for an answer is answered with an error.
2. What is decided does not hold up what is not: each decided request has a task of its own.
3. When the server ends, what waits is answered with an error and the proxy ends; when the client
   ends, the server's input is closed, and it is ended after `GRACE_S`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from gardefou.doors.mcp import _messages as wire
from gardefou.doors.mcp._pipes import (
    GRACE_S,
    Pipes,
    ended,
    is_own,
    lines,
    may_wait,
    standard,
    started,
    write_line,
)
from gardefou.doors.mcp._relay import Relay
from gardefou.doors.mcp._shelf import OWN_ID


async def run_stdio(
    relay: Relay,
    command: Sequence[str],
    *,
    client: tuple[int, int] = (0, 1),
) -> int:
    """Run the server and the proxy until one side ends; the exit code is 0 or the server's.

    Raises:
        FileError: ``mcp.start`` when the server cannot be started.
    """
    process, output, entry = await started(command)
    reader, writer = await standard(*client)
    pipes = Pipes(lambda data: write_line(writer, data), entry)
    from_client = asyncio.create_task(_client(reader, relay, pipes))
    from_server = asyncio.create_task(_server(output, relay, pipes))
    await asyncio.wait({from_client, from_server}, return_when=asyncio.FIRST_COMPLETED)
    client_left = from_client.done()
    if client_left:
        entry.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await asyncio.shield(from_server)
    else:
        await relay.fail("the server has ended", pipes)
        from_client.cancel()
    code = await ended(process)
    await asyncio.gather(from_client, from_server, return_exceptions=True)
    writer.close()
    return 0 if client_left else code or 1


async def _client(reader: asyncio.StreamReader, relay: Relay, pipes: Pipes) -> None:
    tasks: set[asyncio.Task[None]] = set()
    async for line in lines(reader):
        if line is None:
            text = "the message is too large to be read"
            answer = wire.error_answer(None, wire.INVALID_REQUEST, text, reason="json.size")
            await pipes.to_client(wire.encode(answer))
        elif may_wait(line):
            task = asyncio.create_task(relay.client_says(line, pipes))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        else:
            await relay.client_says(line, pipes)
    for task in tasks:
        task.cancel()


async def _server(reader: asyncio.StreamReader, relay: Relay, pipes: Pipes) -> None:
    async for line in lines(reader):
        if line is None:
            await relay.fail("the server's answer is too large to be read", pipes)
        elif OWN_ID.encode() in line and is_own(line, pipes):
            continue
        else:
            await relay.server_says(line, pipes)
