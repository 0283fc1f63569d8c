"""The server's connection: uvicorn's, with bounds on the head and an ear for callers that hang up.

1. A head over its bounds ends the connection; uvicorn's parser has none of its own.
2. Two lengths, or a length beside a coding, end the connection (RFC 9112, section 6.3): whoever
   stands before us may have read the other one.
3. When a caller hangs up, the tasks that work for it are cancelled.
4. A head that does not come within `HEAD_S` ends the connection: nobody holds one for nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gardefou.errors import InputError

MAX_HEAD_BYTES = 65_536
MAX_HEADERS = 200
MAX_URL_BYTES = 8_192
HEAD_S = 20.0
WORKING = "gardefou.working"  # the scope's key for the set of a connection's tasks


class GuardedProtocol(HttpToolsProtocol):
    """One connection of a caller."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with no task."""
        super().__init__(*args, **kwargs)
        self._working: set[asyncio.Task[Any]] = set()
        self._head_bytes = 0
        self._lengths = 0
        self._waits_for_head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # - as uvicorn's
        """Begin to wait for a head (rule 4)."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel what works for a caller that is gone (rule 3)."""
        super().connection_lost(exc)
        self._stop_waiting()
        for task in list(self._working):
            task.cancel()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._wait_for_head()
        scope: Any = self.scope
        scope[WORKING] = self._working
        self._head_bytes = 0
        self._lengths = 0

    def on_url(self, url: bytes) -> None:
        """Keep a part of the address, within bounds."""
        super().on_url(url)
        if len(self.url) > MAX_URL_BYTES:
            raise _too_long()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, within bounds (rules 1 and 2)."""
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS:
            raise _too_long()
        if len(name) in (14, 17) and name.lower() in (b"content-length", b"transfer-encoding"):
            self._lengths += 1
            if self._lengths > 1:
                raise _too_long()

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._stop_waiting()
        super().on_headers_complete()

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._waits_for_head = self.loop.call_later(HEAD_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waits_for_head is not None:
            self._waits_for_head.cancel()
            self._waits_for_head = None


def _too_long() -> InputError:
    return InputError(
        "the head of a request is out of bounds",
        code="http.head",
        expected=f"at most {MAX_HEADERS} headers and {MAX_HEAD_BYTES} bytes, one length",
        help="send fewer and shorter headers",
    )
