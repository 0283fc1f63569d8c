"""The client side: connections to upstreams, kept and used again.

Rules:

1. A request is sent again only when a connection that had been used before died without one byte of
   an answer: then the upstream had closed it before it read anything. Everything else is the
   caller's to repeat.
2. Redirects are not followed, cookies are not kept, codings are not undone, no proxy is asked.
3. Cancelling a call closes its connection, so that the upstream stops working for nobody.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from gardefou.doors.gateway._connection import Connection, broken
from gardefou.doors.gateway._upstream import Limits
from gardefou.errors import InputError

IDLE_S = 30.0
_METHODS = {"GET", "POST", "DELETE", "PATCH", "PUT"}


class Origin(NamedTuple):
    """Where connections lead."""

    host: str
    port: int
    is_tls: bool


class Target(NamedTuple):
    """An address, taken apart."""

    origin: Origin
    path: bytes
    host: bytes


class Answer:
    """An upstream's answer whose body is still to come; use it in a with block."""

    def __init__(self, connection: Connection, pool: _Pool, read_s: float) -> None:
        """Take over a connection that has received a head."""
        self.status = connection.status
        self.headers = connection.headers
        self._connection = connection
        self._pool = pool
        self._read_s = read_s

    def __enter__(self) -> Self:
        """Use the answer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Keep the connection when the answer was read to its end, otherwise close it."""
        self._pool.give_back(self._connection)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            UpstreamError: when it breaks off.
        """
        while data := await self._connection.chunk(self._read_s):
            yield data

    async def read(self, limit: int) -> bytes:
        """The whole body.

        Raises:
            UpstreamError: when it breaks off, ``upstream.too_large`` when it is larger than this.
        """
        data = await self._connection.chunk(self._read_s)
        if self._connection.is_complete and len(data) <= limit:
            return data + await self._connection.chunk(self._read_s)
        parts, size = [data], len(data)
        while data := await self._connection.chunk(self._read_s):
            size += len(data)
            if size > limit:
                raise broken("too_large", f"the upstream's answer has more than {limit} bytes")
            parts.append(data)
        return b"".join(parts)


class Client:
    """Sends requests to upstreams from one event loop."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """Trust what the system trusts, unless told otherwise."""
        self._context = context
        self._pools: dict[Origin, _Pool] = {}
        self._targets: dict[str, Target] = {}

    async def send(
        self,
        method: str,
        url: str,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        limits: Limits,
    ) -> Answer:
        """Send one request and wait for the head of its answer.

        Raises:
            UpstreamError: when there is none.
            InputError: ``http.target`` when the address has characters that addresses cannot have.
        """
        target = self._target(url)
        data = request_bytes(method, target, headers, body)
        pool = self._pool(target.origin, limits)
        while True:
            connection, is_used = await pool.take(limits)
            try:
                connection.send(data)
                await connection.head(limits.read_s)
            except BaseException as error:
                pool.give_back(connection)
                died = getattr(error, "code", "") == "upstream.reset"
                if is_used and died and not connection.got_bytes:
                    continue
                raise
            return Answer(connection, pool, limits.read_s)

    def close(self) -> None:
        """Close every connection, those in use when their answer has ended; new ones may follow."""
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()

    def _pool(self, origin: Origin, limits: Limits) -> _Pool:
        pool = self._pools.get(origin)
        if pool is None:
            context = (self._context or ssl.create_default_context()) if origin.is_tls else None
            pool = self._pools[origin] = _Pool(origin, context, limits.connections)
        return pool

    def _target(self, url: str) -> Target:
        known = self._targets.get(url)
        if known is None:
            if len(self._targets) >= 1_024:
                self._targets.clear()
            known = self._targets[url] = parse_target(url)
        return known


class _Pool:
    """The connections to one origin."""

    def __init__(self, origin: Origin, context: ssl.SSLContext | None, most: int) -> None:
        self._origin = origin
        self._context = context
        self._free = most
        self._idle: deque[Connection] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._loop = asyncio.get_running_loop()
        self._is_closed = False

    async def take(self, limits: Limits) -> tuple[Connection, bool]:
        """A connection, and whether it was used before."""
        while True:
            now = self._loop.time()
            while self._idle:
                connection = self._idle.pop()
                if connection.is_reusable and now - connection.idle_since < IDLE_S:
                    return connection, True
                connection.close()
                self._free += 1
            if self._free > 0:
                break
            await self._turn(limits.connect_s)
        self._free -= 1
        try:
            return await self._connect(limits.connect_s), False
        except BaseException:
            self._let_next()
            raise

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next request, or close it."""
        if connection.is_reusable and not self._is_closed:
            connection.idle_since = self._loop.time()
            self._idle.append(connection)
            self._wake()
        else:
            connection.close()
            self._let_next()

    def close(self) -> None:
        self._is_closed = True
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _connect(self, timeout_s: float) -> Connection:
        origin = self._origin
        try:
            async with asyncio.timeout(timeout_s):
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self._loop),
                    origin.host,
                    origin.port,
                    ssl=self._context,
                    server_hostname=origin.host if self._context is not None else None,
                )
        except TimeoutError:
            raise broken("connect", f"no connection in {timeout_s:g} seconds") from None
        except ssl.SSLError as error:
            raise broken("connect", f"no trusted connection: {error.reason or 'tls'}") from None
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise broken("connect", f"no connection to the upstream: {reason}") from None
        return connection

    async def _turn(self, timeout_s: float) -> None:
        turn = self._loop.create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(timeout_s):
                await turn
        except TimeoutError:
            raise broken("busy", "every connection to the upstream is in use") from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._wake()  # this turn is another one's now
            raise

    def _let_next(self) -> None:
        self._free += 1
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


def parse_target(url: str) -> Target:
    """Take an address apart.

    Raises:
        InputError: ``http.target`` when it has characters that addresses cannot have.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _no_target() from None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not parts.hostname or not path.isascii() or any(ord(char) < 33 for char in path):
        raise _no_target()
    is_tls = parts.scheme == "https"
    host = parts.netloc.rpartition("@")[2]
    return Target(
        Origin(parts.hostname, port or (443 if is_tls else 80), is_tls),
        path.encode(),
        host.encode("idna") if not host.isascii() else host.encode(),
    )


def request_bytes(
    method: str, target: Target, headers: Sequence[tuple[bytes, bytes]], body: bytes
) -> bytes:
    """A whole request; its length is stated by us alone.

    Raises:
        InputError: ``http.target`` for a method that is not forwarded.
    """
    if method not in _METHODS:
        raise _no_target()
    lines = [
        b"%b %b HTTP/1.1\r\nhost: %b\r\naccept-encoding: identity\r\n"
        % (method.encode(), target.path, target.host)
    ]
    lines += [b"%b: %b\r\n" % header for header in headers]
    lines.append(b"content-length: %d\r\n\r\n" % len(body) if body or method != "GET" else b"\r\n")
    lines.append(body)
    return b"".join(lines)


def _no_target() -> InputError:
    return InputError(
        "the request's target cannot be forwarded",
        code="http.target",
        expected="a path in printable ASCII and a known method",
        help="mend the address",
    )
