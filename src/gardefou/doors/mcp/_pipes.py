"""Processes and lines: what carries messages on standard input and output (rules in `_stdio`)."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from gardefou.doors.mcp._link import ASK_S
from gardefou.doors.mcp._messages import Id, Message, read_message
from gardefou.errors import FileError, InputError

MOST_BYTES = 16 * 1024 * 1024
GRACE_S = 5.0


class Pipes:
    """Both sides of the proxy, for the relay."""

    def __init__(
        self, client: Callable[[bytes], Awaitable[None]], server: asyncio.StreamWriter
    ) -> None:
        """``client`` takes what goes to the client, ``server`` is the server's input."""
        self._client = client
        self._server = server
        self.asked: dict[Id, asyncio.Future[Message]] = {}

    async def to_client(self, data: bytes) -> None:
        """Send a message to the client."""
        await self._client(data)

    async def to_server(self, data: bytes) -> None:
        """Send a message to the server."""
        self._server.write(data.strip() + b"\n")
        with contextlib.suppress(ConnectionError):  # the reader of its output sees the end
            await self._server.drain()

    async def ask(self, data: bytes, id_: Id, *, wait_s: float = ASK_S) -> Message:
        """Send a request of the relay's own and wait for its answer.

        Raises:
            InputError: ``mcp.server`` when the server gives none.
        """
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self.asked[id_] = future
        await self.to_server(data)
        try:
            async with asyncio.timeout(wait_s):
                return await future
        except TimeoutError:
            raise InputError(
                "the server gives no answer",
                code="mcp.server",
                help="nothing was called; look at the server's own messages",
            ) from None
        finally:
            self.asked.pop(id_, None)


async def started(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> tuple[asyncio.subprocess.Process, asyncio.StreamReader, asyncio.StreamWriter]:
    """A server's process, its output and its input.

    Raises:
        FileError: ``mcp.start`` when it cannot be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MOST_BYTES,
            env=None if environment is None else {**os.environ, **environment},
        )
    except OSError as error:
        raise FileError(
            f"`{command[0]}` cannot be started: {(error.strerror or 'unknown reason').lower()}",
            code="mcp.start",
            help="check the command after --",
        ) from None
    if process.stdin is None or process.stdout is None:
        raise FileError("the server has no pipes", code="mcp.start", help="start it by hand")
    return process, process.stdout, process.stdin


def is_own(line: bytes, pipes: Pipes) -> bool:
    """Whether the line answers the relay's own request."""
    try:
        message = read_message(line)
    except InputError:
        return False
    future = pipes.asked.get(message.id) if message.id is not None else None
    if message.sort != "answer" or future is None or future.done():
        return False
    future.set_result(message)
    return True


def may_wait(line: bytes) -> bool:
    """Whether a message is decided, and so may wait: a guess that is wrong costs a task."""
    return (
        b"tools/call" in line
        or b"tasks/" in line
        or b"resources/" in line
        or b"prompts/get" in line
    )


async def lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes | None]:
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


async def standard(source: int, sink: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The client's two ends; copies, so that closing them leaves the process's own open."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MOST_BYTES)
    incoming = os.fdopen(os.dup(source), "rb", buffering=0)
    outgoing = os.fdopen(os.dup(sink), "wb", buffering=0)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), incoming)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, outgoing)
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


async def ended(process: asyncio.subprocess.Process) -> int:
    """The exit code of a process that is told to end where it does not by itself."""
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


async def write_line(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Write one message as a line."""
    writer.write(data.strip() + b"\n")
    await writer.drain()
