"""The plain ASGI side: bodies within their limit, replies, and callers that hang up.

Rules:

1. A body over the limit is refused as soon as that is known; so is one that comes too slowly.
2. A caller that hangs up ends the work for it: the server cancels the task, which closes the
   connection to the upstream.
3. Sending waits while the caller does not read, so that nothing piles up here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from gardefou.errors import InputError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class Gone(Exception):  # noqa: N818 - a state of the world
    """Raised when the caller hung up; there is nobody to answer."""


class Caller:
    """One request of a caller, with the only two things that can be done: read it, answer it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap what the server gives."""
        self.method: str = scope["method"]
        # The raw path: what is spelled with `%` is another path, and nobody else may decode it.
        self.path: str = scope["raw_path"].decode("ascii", "replace")
        self.query: str = scope["query_string"].decode("ascii", "replace")
        self.headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._named: dict[bytes, bytes] | None = None
        self.has_begun = False
        self.status = 0
        self._receive = receive
        self._send = send

    def header(self, name: bytes) -> bytes:
        """A header's value, empty when it is missing.

        Raises:
            InputError: ``http.header`` when it stands there twice: nobody knows which one counts.
        """
        if self._named is None:
            self._named = dict(self.headers)
        value = self._named.get(name, b"")
        if len(self._named) != len(self.headers) and value:
            count = sum(key == name for key, _ in self.headers)
            if count > 1:
                raise InputError(
                    f"the header `{name.decode()}` stands there {count} times",
                    code="http.header",
                    expected="one value",
                    help="send it once",
                )
        return value

    def text(self, name: bytes) -> str:
        """A header's value as text; raises as `header`."""
        return self.header(name).decode("utf-8", "replace")

    async def body(self, limit: int, timeout_s: float) -> bytes:
        """The whole body (rule 1).

        Raises:
            InputError: ``http.body_too_large``, ``http.body_too_slow``, ``http.header``.
            Gone: when the caller hung up.
        """
        stated = self.header(b"content-length")
        if stated.isdigit() and int(stated[:20]) > limit:
            raise _too_large(limit)
        message = await self._next(timeout_s)
        if message["type"] == "http.disconnect":
            raise Gone
        first: bytes = message.get("body", b"")
        if not message.get("more_body", False):
            if len(first) > limit:
                raise _too_large(limit)
            return first
        parts, size = [first], len(first)
        while message.get("more_body", False):
            if size > limit:
                raise _too_large(limit)
            message = await self._next(timeout_s)
            if message["type"] == "http.disconnect":
                raise Gone
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        if size > limit:
            raise _too_large(limit)
        return b"".join(parts)

    async def _next(self, timeout_s: float) -> Message:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._receive()
        except TimeoutError:
            raise InputError(
                f"the body did not come within {timeout_s:g} seconds",
                code="http.body_too_slow",
                expected="the whole body",
                help="send the request again",
            ) from None

    async def reply(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        """Send a whole answer."""
        self.has_begun = True
        self.status = status
        await self._send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*headers, (b"content-length", b"%d" % len(body))],
            }
        )
        await self._send({"type": "http.response.body", "body": body})

    async def begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Begin an answer whose length is not known."""
        self.has_begun = True
        self.status = status
        await self._send(
            {"type": "http.response.start", "status": status, "headers": list(headers)}
        )

    async def write(self, data: bytes) -> None:
        """Send a part; waits while the caller does not read (rule 3)."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """End an answer that was begun."""
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def _too_large(limit: int) -> InputError:
    return InputError(
        f"the body has more than {limit} bytes",
        code="http.body_too_large",
        expected=f"at most {limit} bytes",
        help="send the large part by reference, or raise server.body_limit_bytes",
    )
