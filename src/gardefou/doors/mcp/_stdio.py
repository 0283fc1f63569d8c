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
import os
from collections.abc import AsyncIterator, Sequence

from gardefou.doors.mcp import _messages as wire
from gardefou.doors.mcp._messages import Id, Message
from gardefou.doors.mcp._relay import Relay
from gardefou.doors.mcp._shelf import OWN_ID
from gardefou.errors import FileError, InputError

MOST_BYTES = 16 * 1024 * 1024
GRACE_S = 5.0
ASK_S = 30.0


class _Pipes:
    """Both sides of the proxy, for the relay."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._client = client
        self._server = server
        self.asked: dict[Id, asyncio.Future[Message]] = {}

    async def to_client(self, data: bytes) -> None:
        self._client.write(data.strip() + b"\n")
        await self._client.drain()

    async def to_server(self, data: bytes) -> None:
        self._server.write(data.strip() + b"\n")
        with contextlib.suppress(ConnectionError):  # the reader of its output sees the end
            await self._server.drain()

    async def ask(self, data: bytes, id_: Id) -> Message:
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self.asked[id_] = future
        await self.to_server(data)
        try:
            async with asyncio.timeout(ASK_S):
                return await future
        except TimeoutError:
            raise InputError(
                "the server gives no answer",
                code="mcp.server",
                help="nothing was called; look at the server's own messages",
            ) from None
        finally:
            self.asked.pop(id_, None)


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
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MOST_BYTES,
        )
    except OSError as error:
        raise FileError(
            f"`{command[0]}` cannot be started: {(error.strerror or 'unknown reason').lower()}",
            code="mcp.start",
            help="check the command after --",
        ) from None
    if process.stdin is None or process.stdout is None:
        raise FileError("the server has no pipes", code="mcp.start", help="start it by hand")
    reader, writer = await _standard(*client)
    pipes = _Pipes(writer, process.stdin)
    from_client = asyncio.create_task(_client(reader, relay, pipes))
    from_server = asyncio.create_task(_server(process.stdout, relay, pipes))
    await asyncio.wait({from_client, from_server}, return_when=asyncio.FIRST_COMPLETED)
    client_left = from_client.done()
    if client_left:
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await asyncio.shield(from_server)
    else:
        await relay.fail("the server has ended", pipes)
        from_client.cancel()
    code = await _ended(process)
    await asyncio.gather(from_client, from_server, return_exceptions=True)
    writer.close()
    return 0 if client_left else code or 1


async def _client(reader: asyncio.StreamReader, relay: Relay, pipes: _Pipes) -> None:
    tasks: set[asyncio.Task[None]] = set()
    async for line in _lines(reader):
        if line is None:
            text = "the message is too large to be read"
            answer = wire.error_answer(None, wire.INVALID_REQUEST, text, reason="json.size")
            await pipes.to_client(wire.encode(answer))
        elif _may_wait(line):
            task = asyncio.create_task(relay.client_says(line, pipes))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        else:
            await relay.client_says(line, pipes)
    for task in tasks:
        task.cancel()


async def _server(reader: asyncio.StreamReader, relay: Relay, pipes: _Pipes) -> None:
    async for line in _lines(reader):
        if line is None:
            await relay.fail("the server's answer is too large to be read", pipes)
        elif OWN_ID.encode() in line and _own(line, pipes):
            continue
        else:
            await relay.server_says(line, pipes)


def _own(line: bytes, pipes: _Pipes) -> bool:
    """Whether the line answers the relay's own request."""
    try:
        message = wire.read_message(line)
    except InputError:
        return False
    future = pipes.asked.get(message.id) if message.id is not None else None
    if message.sort != "answer" or future is None or future.done():
        return False
    future.set_result(message)
    return True


def _may_wait(line: bytes) -> bool:
    """Whether a message is decided, and so may wait: a guess that is wrong costs a task."""
    return b"tools/call" in line or b"resources/" in line or b"prompts/get" in line


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes | None]:
    """The lines that are not empty; None for one that is too long, whose rest is passed over."""
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            if error.partial.strip():
                yield error.partial
            return
        except asyncio.LimitOverrunError as error:
            await _pass_over(reader, error.consumed)
            yield None
            continue
        if line.strip():
            yield line


async def _pass_over(reader: asyncio.StreamReader, size: int) -> None:
    while True:
        await reader.readexactly(size)
        try:
            await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            size = error.consumed
        except asyncio.IncompleteReadError:
            return
        else:
            return


async def _standard(source: int, sink: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The client's two ends; copies, so that closing them leaves the process's own open."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MOST_BYTES)
    incoming = os.fdopen(os.dup(source), "rb", buffering=0)
    outgoing = os.fdopen(os.dup(sink), "wb", buffering=0)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), incoming)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, outgoing)
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


async def _ended(process: asyncio.subprocess.Process) -> int:
    try:
        async with asyncio.timeout(GRACE_S):
            return await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    try:
        async with asyncio.timeout(GRACE_S):
            return await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        return await process.wait()
