"""One HTTP request of a client, and what it becomes at the server (rules in `_http`)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from gardefou.doors.mcp._link import ASK_S
from gardefou.doors.mcp._messages import Id, Message, read_message
from gardefou.doors.mcp._relay import Relay
from gardefou.doors.mcp._sse import MOST_BYTES, Event, Reader
from gardefou.errors import InputError

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

# Not passed on: they belong to one connection, or the door's own is another.
_DROPPED = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding "
    b"upgrade host content-length accept-encoding content-encoding expect".split()
)


class Exchange:
    """The link of a relay for one request."""

    def __init__(
        self,
        client: aiohttp.ClientSession,
        upstream: str,
        method: str,
        *,
        headers: list[tuple[str, str]],
        send: Send,
        relay: Relay,
    ) -> None:
        """Nothing is sent yet."""
        self._client = client
        self._upstream = upstream
        self._method = method
        self._headers = headers
        self._send = send
        self._relay = relay
        self._event = Event(b"", (b"event: message",))
        self._answers: list[bytes] = []
        self._status = 0
        self._sent: list[tuple[bytes, bytes]] = []
        self._is_stream = False
        self._has_asked = False
        self._id: Id | None = None
        self.session: str | None = None

    async def run(self, body: bytes) -> None:
        """A message of the client: through the relay, to the server and back."""
        with contextlib.suppress(InputError):  # the relay says what is wrong with it
            message = read_message(body)
            # An answer of the client carries an id of the server's.
            self._id = message.id if message.sort == "request" else None
        await self._relay.client_says(body, self)
        await self._end()

    async def listen(self) -> None:
        """A stream that the client opens for what the server has to say."""
        async with self._request("GET", None) as response:
            self._take(response)
            if self._is_stream:
                await self._start()
                await self._events(response)
                await self._finish()
            else:
                await self._whole(response)

    async def passed(self, path: str) -> None:
        """A request that is no message, passed on as it is."""
        async with self._request(self._method, None, path=path) as response:
            self._take(response)
            await self._whole(response)

    # For the relay

    async def to_client(self, data: bytes) -> None:
        """Write into the stream, or keep for the one answer."""
        if not self._status:
            # Nothing has come from the server: the answer is the relay's own. News before the
            # answer make a stream of it.
            if b'"method"' in data[:200] and b"notifications/" in data[:200]:
                self._status, self._is_stream = 200, True
                self._sent = [(b"content-type", b"text/event-stream")]
                await self._start()
            else:
                self._answers.append(data)
                return
        if self._is_stream:
            await self._write(self._event.encode(data))
        else:
            self._answers.append(data)

    async def to_server(self, data: bytes) -> None:
        """The message of the client, once; after it, answers to the server's own requests."""
        if self._has_asked or self._method == "GET":
            async with self._request("POST", data) as response:
                await response.read()
            return
        self._has_asked = True
        began = self._is_stream
        try:
            async with self._request("POST", data) as response:
                if not began:
                    self._take(response)
                await self._answer(response, began=began)
        except aiohttp.ClientError as error:
            reason = f"the server cannot be reached: {type(error).__name__}"
            if self._is_stream or not self._status:
                await self._relay.fail(reason, self, self._id)
            else:
                await self._unread(reason)

    async def ask(self, data: bytes, id_: Id, *, wait_s: float = ASK_S) -> Message:
        """A request of the relay's own.

        Raises:
            InputError: ``mcp.server`` when the server gives no answer.
        """
        headers = [(n, v) for n, v in self._headers if n.lower() not in {"mcp-method", "mcp-name"}]
        if len(headers) != len(self._headers):
            asked = read_message(data)
            headers.append(("mcp-method", asked.method))
            if isinstance(name := asked.params.get("name"), str):
                headers.append(("mcp-name", name))
        try:
            async with asyncio.timeout(wait_s), self._request("POST", data, headers) as response:
                async for message in _messages(response):
                    if message.sort == "answer" and message.id == id_:
                        return message
        except (aiohttp.ClientError, TimeoutError, InputError):
            pass
        raise InputError(
            "the server does not say what its tools are",
            code="mcp.server",
            help="a tool that is not listed is not called",
        )

    # Inside

    def _request(
        self,
        method: str,
        data: bytes | None,
        headers: list[tuple[str, str]] | None = None,
        *,
        path: str = "",
    ) -> Any:
        url = self._upstream
        if path:
            parts = urlsplit(url)
            url = f"{parts.scheme}://{parts.netloc}{path}"
        given = self._headers if headers is None else headers
        return self._client.request(
            method, url, data=data, headers=given, allow_redirects=False, skip_auto_headers=_AUTO
        )

    def _take(self, response: aiohttp.ClientResponse) -> None:
        self._status = response.status
        self._sent = [
            (name.lower(), value)
            for name, value in response.raw_headers
            if name.lower() not in _DROPPED
        ]
        kind = response.headers.get("content-type", "").lower()
        self._is_stream = response.status == 200 and kind.startswith("text/event-stream")
        self.session = response.headers.get("mcp-session-id") or self.session

    async def _answer(self, response: aiohttp.ClientResponse, *, began: bool) -> None:
        kind = response.headers.get("content-type", "").lower()
        if response.status == 200 and kind.startswith("text/event-stream"):
            if not began:
                await self._start()
            await self._events(response)
            return
        body = await _read(response)
        if body is None:
            await self._unread("the server's answer is too large to be read")
        elif body.strip() and kind.startswith("application/json"):
            try:
                read_message(body)
            except InputError:
                await self._no_answer(response.status, body)
                return
            await self._relay.server_says(body, self)
            if not self._answers:
                await self._unread("the server answers something that was not asked")
        else:
            await self._no_answer(response.status, body)

    async def _no_answer(self, status: int, body: bytes) -> None:
        """The server answered with something that is no message (rules 5 and 6)."""
        if self._is_stream:
            await self._relay.fail(f"the server answered with {status}", self, self._id)
        elif 200 <= status < 300 and self._id is not None:
            await self._unread("the server's answer cannot be read")
        else:
            self._relay.forget(self._id)
            self._answers = [body]

    async def _unread(self, reason: str) -> None:
        """The client gets an error in the place of what nobody read."""
        self._sent = [(n, v) for n, v in self._sent if n not in {b"content-type", b"content-range"}]
        self._sent.append((b"content-type", b"application/json"))
        await self._relay.fail(reason, self, self._id)

    async def _events(self, response: aiohttp.ClientResponse) -> None:
        reader = Reader()
        try:
            async for piece in response.content.iter_any():
                for event in reader.feed(piece):
                    self._event = event
                    if event.data.strip():
                        await self._relay.server_says(event.data, self)
                    else:
                        await self._write(event.encode())
        except (aiohttp.ClientError, InputError) as error:
            self._event = Event(b"", (b"event: message",))
            await self._relay.fail(
                f"the server's stream broke: {type(error).__name__}", self, self._id
            )

    async def _whole(self, response: aiohttp.ClientResponse) -> None:
        body = await _read(response)
        if body is None:
            self._status, self._sent = 502, []
        self._answers = [body or b""]
        await self._end()

    async def _end(self) -> None:
        if self._is_stream:
            await self._finish()
            return
        body = self._answers[-1] if self._answers else b""
        if not self._status:
            self._status = 200 if body else 202
            self._sent = [(b"content-type", b"application/json")] if body else []
        await self._start()
        await self._send({"type": "http.response.body", "body": body})

    async def _start(self) -> None:
        start = {"type": "http.response.start", "status": self._status, "headers": self._sent}
        await self._send(start)

    async def _write(self, data: bytes) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _finish(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self._send({"type": "http.response.body", "body": b""})


_AUTO = ("User-Agent", "Accept", "Accept-Encoding")


def passed_on(headers: Headers) -> list[tuple[str, str]]:
    """The headers that the server gets, as the client sent them."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if name.lower() not in _DROPPED
    ]


def header(headers: Headers, name: bytes) -> str:
    """A header's value, or nothing."""
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")


async def plain(
    send: Send, status: int, body: bytes, *, content_type: bytes = b"text/plain"
) -> None:
    """A whole answer of the door's own."""
    headers = [(b"content-type", content_type)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    """The body of an answer; None where it is too large to be read."""
    parts: list[bytes] = []
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > MOST_BYTES:
            return None
        parts.append(piece)
    return b"".join(parts)


async def _messages(response: aiohttp.ClientResponse) -> AsyncIterator[Message]:
    if response.headers.get("content-type", "").lower().startswith("text/event-stream"):
        reader = Reader()
        async for piece in response.content.iter_any():
            for event in reader.feed(piece):
                if event.data.strip():
                    yield read_message(event.data)
    elif (body := await _read(response)) is not None:
        yield read_message(body)
