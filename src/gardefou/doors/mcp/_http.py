"""The proxy on streamable HTTP: in front of one server's endpoint.

1. Each message goes through a `Relay`. Where the server gives a session, the relay belongs to it and
   to the credential that it was begun with; where there is none, to the request alone.
2. Headers are passed on as they are, ``Authorization`` and ``WWW-Authenticate`` among them; the door
   neither reads nor keeps a credential beyond its digest. Metadata below ``/.well-known/`` is passed on.
3. A stream is passed on event by event, with its ids; a stream without events stays open.
4. On loopback, a request whose ``Host`` or ``Origin`` is another machine's is refused: a web page
   could have been made to send it.
5. An answer of the server that is no message (401, 404, 405, …) is passed on as it is.
6. A request that the server answers with success and no readable message gets an error instead:
   what nobody read is not handed on.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from gardefou.contact import Register
from gardefou.doors.mcp import _messages as wire
from gardefou.doors.mcp._desk import Desk
from gardefou.doors.mcp._exchange import Exchange, Send, header, passed_on, plain
from gardefou.doors.mcp._messages import read_message
from gardefou.doors.mcp._relay import Relay
from gardefou.doors.mcp._seal import Seal
from gardefou.errors import InputError

MOST_BYTES = 16 * 1024 * 1024
MOST_RELAYS = 4096
SESSION = b"mcp-session-id"
_LOCAL = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?")

Receive = Callable[[], Any]


class Endpoint:
    """An ASGI application before one server."""

    def __init__(
        self,
        desk: Desk,
        register: Register,
        seal: Seal,
        upstream: str,
        *,
        note: Callable[[str], None],
        is_local: bool = True,
    ) -> None:
        """``upstream`` is the server's endpoint; ``is_local`` says that the door is on loopback."""
        self._desk = desk
        self._register = register
        self._seal = seal
        self._upstream = upstream
        self._note = note
        self._is_local = is_local
        self._client: aiohttp.ClientSession | None = None
        self._relays: OrderedDict[str, Relay] = OrderedDict()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = scope["headers"]
        if self._is_local and not _is_from_here(headers):
            await plain(send, 403, b"the request comes from elsewhere")
            return
        path, method = scope["path"], scope["method"]
        if path.startswith("/.well-known/") and method == "GET":
            await self._exchange(scope, send, Relay(*self._parts(), note=self._note)).passed(path)
        elif method == "POST":
            await self._post(scope, receive, send)
        elif method in {"GET", "DELETE"}:
            await self._other(scope, send)
        else:
            await plain(send, 405, b"this method is none of the protocol's")

    async def close(self) -> None:
        """Close the connections to the server."""
        if self._client is not None:
            await self._client.close()

    async def _post(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            await plain(send, 413, b"the message is too large to be read")
            return
        headers = scope["headers"]
        if (reason := _differs(body, headers)) is not None:
            answer = wire.error_answer(None, wire.INVALID_REQUEST, reason, reason="mcp.message")
            await plain(send, 400, wire.encode(answer), content_type=b"application/json")
            return
        relay = self._relay(headers)
        exchange = self._exchange(scope, send, relay)
        await exchange.run(body)
        if (session := exchange.session) is not None:
            self._keep(_key(headers, session), relay)

    async def _other(self, scope: dict[str, Any], send: Send) -> None:
        headers = scope["headers"]
        exchange = self._exchange(scope, send, self._relay(headers))
        if scope["method"] == "GET":
            await exchange.listen()
        else:
            await exchange.passed("")
            session = header(headers, SESSION)
            if session:
                self._relays.pop(_key(headers, session), None)

    def _relay(self, headers: Any) -> Relay:
        """The relay of the session, or one for this request alone (rule 1)."""
        session = header(headers, SESSION)
        key = _key(headers, session)
        known = self._relays.get(key)
        if known is None:
            known = Relay(*self._parts(), note=self._note)
            self._keep(key, known)
        if session:
            self._relays.move_to_end(key)
            return known
        return Relay(*self._parts(), note=self._note, peer=known.peer)

    def _keep(self, key: str, relay: Relay) -> None:
        self._relays[key] = relay
        if len(self._relays) > MOST_RELAYS:
            self._relays.popitem(last=False)

    def _parts(self) -> tuple[Desk, Register, Seal]:
        return self._desk, self._register, self._seal

    def _exchange(self, scope: dict[str, Any], send: Send, relay: Relay) -> Exchange:
        if self._client is None:
            # No read timeout: a stream may be silent for as long as nothing happens.
            timeout = aiohttp.ClientTimeout(total=None, connect=30, sock_read=None)
            self._client = aiohttp.ClientSession(
                timeout=timeout, auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar()
            )
        headers = passed_on(scope["headers"])
        return Exchange(
            self._client, self._upstream, scope["method"], headers=headers, send=send, relay=relay
        )


def _key(headers: Any, session: str) -> str:
    """Sessions of different credentials never share a relay."""
    credential = header(headers, b"authorization").encode()
    return f"{session}/{hashlib.sha256(credential).hexdigest()}"


def _is_from_here(headers: Any) -> bool:
    origin = header(headers, b"origin")
    if origin and not _LOCAL.fullmatch(urlsplit(origin).netloc):
        return False
    return bool(_LOCAL.fullmatch(header(headers, b"host")))


def _differs(body: bytes, headers: Any) -> str | None:
    """Why the routing headers are not those of the body: whoever routes by them is not misled."""
    method, name = header(headers, b"mcp-method"), header(headers, b"mcp-name")
    if not method and not name:
        return None
    try:
        message = read_message(body)
    except InputError:
        return None  # the relay says what is wrong
    if method and message.method and method != message.method:
        return "the header `Mcp-Method` is not the method of the body"
    params = message.params
    found = params.get("name", params.get("uri", params.get("taskId")))
    if name and isinstance(found, str) and not name.startswith("=?") and name != found:
        return "the header `Mcp-Name` is not the name in the body"
    return None


async def _body(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(event.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            return None
        if not event.get("more_body"):
            return b"".join(parts)
