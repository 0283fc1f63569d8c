"""One connection to an upstream: HTTP/1.1, one request at a time, parsed by llhttp.

Rules:

1. What is no HTTP answer ends the connection and the call; nothing is repaired. An answer that has
   both a length and a chunked coding is none (RFC 9112, section 6.3).
2. An answer that ends before its stated end is truncated, never complete.
3. Whoever reads slowly slows the upstream down: above `HIGH_BYTES` unread the socket is not read.
4. A connection is used again only after an answer that ended where it said it would, and when
   nothing came behind it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import httptools

from gardefou.errors import UpstreamError

HIGH_BYTES = 262_144
MAX_HEAD_BYTES = 65_536
MAX_HEADERS = 256


class Connection(asyncio.Protocol):
    """A connection that carries one exchange after another."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for a transport."""
        self._loop = loop
        self.transport: asyncio.Transport | None = None
        self.is_closed = False
        self.idle_since = 0.0
        self._begin()

    def _begin(self) -> None:
        self._parser: Any = httptools.HttpResponseParser(self)
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_complete = False
        self.got_bytes = False
        self._head_bytes = 0
        self._is_head_done = False
        self._chunks: deque[bytes] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._buffered = 0
        self._is_paused = False
        self._error: UpstreamError | None = None
        self._is_busy = False
        self.last_byte = self._loop.time()

    # What the gateway does

    def send(self, data: bytes) -> None:
        """Send a whole request and expect its answer."""
        self._begin()
        self._is_busy = True
        if self.transport is None or self.is_closed:
            self._error = broken("reset", "the upstream closed the connection")
            return
        self.transport.write(data)

    async def head(self, timeout_s: float) -> None:
        """Wait for status and headers.

        Raises:
            UpstreamError: when none come.
        """
        while not self._is_head_done:
            if self._error is not None:
                raise self._error
            await self._wait(timeout_s)

    async def chunk(self, timeout_s: float) -> bytes:
        """The next bytes of the body; empty at its end.

        Raises:
            UpstreamError: when the body breaks off, after everything that came before.
        """
        while not self._chunks:
            if self.is_complete:
                return b""
            if self._error is not None:
                raise self._error
            await self._wait(timeout_s)
        data = self._chunks.popleft() if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._buffered = 0
        if self._is_paused and self.transport is not None and not self.is_closed:
            self._is_paused = False
            self.transport.resume_reading()
        return data

    @property
    def is_reusable(self) -> bool:
        """Rule 4."""
        return (
            self.is_complete
            and not self.is_closed
            and self._error is None
            and not self._is_busy
            and not self._is_paused
        )

    def close(self) -> None:
        """End the connection at once; what the upstream is still doing is cancelled by it."""
        self.is_closed = True
        if self.transport is not None:
            self.transport.abort()

    async def _wait(self, timeout_s: float) -> None:
        """Wait until something comes; the time counts from the last byte."""
        self._waiting = self._loop.create_future()
        timer = self._loop.call_later(timeout_s, self._late, timeout_s)
        try:
            await self._waiting
        finally:
            timer.cancel()
            self._waiting = None

    def _late(self, timeout_s: float) -> None:
        self._fail(broken("timeout", f"the upstream was silent for {timeout_s:g} seconds"))

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _fail(self, error: UpstreamError) -> None:
        if self._error is None and not self.is_complete:
            self._error = error
        self.close()
        self._wake()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if isinstance(transport, asyncio.Transport) or hasattr(transport, "write"):
            self.transport = transport  # type: ignore[assignment]  # - uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """Feed the parser (rule 1)."""
        if not self._is_busy:
            self.close()  # bytes that nobody asked for (rule 4)
            return
        self.got_bytes = True
        if not self._is_head_done:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, UpstreamError):
            self._fail(broken("malformed", "the upstream's answer is no HTTP"))

    def eof_received(self) -> bool:
        """Close the connection too."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell a body that ends with the connection from one that breaks off (rule 2)."""
        del exc
        self.is_closed = True
        if self._is_busy and not self.is_complete:
            if self._is_head_done and self._ends_with_connection() and self._error is None:
                self.is_complete = True
                self._is_busy = False
            elif self._is_head_done:
                self._fail(broken("truncated", "the upstream's answer broke off"))
            else:
                self._fail(broken("reset", "the upstream closed the connection"))
        self._wake()

    # What the parser calls

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, within bounds."""
        self.headers.append((name.lower(), value))
        if len(self.headers) > MAX_HEADERS:
            raise broken("malformed", "the upstream sent too many headers")

    def on_headers_complete(self) -> None:
        """Look at what was stated about the body."""
        status = self._parser.get_status_code()
        if self._head_bytes > MAX_HEAD_BYTES + HIGH_BYTES:
            raise broken("malformed", "the upstream sent too long a head")
        if 100 <= status < 200:
            return
        names = [name for name, _ in self.headers]
        if b"transfer-encoding" in names and b"content-length" in names:
            raise broken("malformed", "the upstream stated two lengths")
        self.status = status
        self._is_head_done = True
        self._wake()

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body, and stop reading when too much is kept (rule 3)."""
        self._chunks.append(body)
        self._buffered += len(body)
        self.last_byte = self._loop.time()
        if self._buffered > HIGH_BYTES and not self._is_paused and self.transport is not None:
            self._is_paused = True
            self.transport.pause_reading()
        self._wake()

    def on_message_complete(self) -> None:
        """End the exchange; an interim answer only makes room for the real one."""
        if not self._is_head_done:
            self.headers = []
            return
        self.is_complete = True
        self._is_busy = False
        if not self._parser.should_keep_alive():
            self.close()
        self._wake()

    def _ends_with_connection(self) -> bool:
        names = {name for name, _ in self.headers}
        return not names & {b"content-length", b"transfer-encoding"}


def broken(code: str, message: str) -> UpstreamError:
    """An error about an upstream."""
    return UpstreamError(
        message,
        code=f"upstream.{code}",
        help="look at the upstream; the request may be sent again if it may happen twice",
    )
