"""One HTTP request on its way through Envoy: its messages, as a caller's and as an upstream's.

Rules:

1. Nothing of a request leaves Envoy before the exchange sends it on, nothing of an answer before the
   exchange gives it: Envoy holds both (``FULL_DUPLEX_STREAMED``). Other modes are refused.
2. Before the head of an answer has left, an answer of ours takes its place. After it only the end is
   left, and an end that was not reached is an error of the stream, so that Envoy breaks off.
3. The stream never ends well before the answer has: Envoy would go on without asking.
4. What was decided goes where it was decided to go: the header ``gardefou-upstream`` names the
   upstream for Envoy's routes, which are looked up anew.
5. An answer in a coding cannot be read, so it is refused.
6. Trailers are read by nobody, so none crosses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

from gardefou.doors.envoy._messages import FULL_DUPLEX_STREAMED, ProcessingResponse
from gardefou.doors.envoy._mutations import headers_of, mutate, set_header
from gardefou.doors.gateway.core import NO_RETRY, Gone, Headers, Refused, broken

PIECE_BYTES = 65_536  # Envoy recommends no larger pieces
UPSTREAM = b"gardefou-upstream"
_MODES = ("NONE", "STREAMED", "BUFFERED", "BUFFERED_PARTIAL", "FULL_DUPLEX_STREAMED", "GRPC")


class Misconfigured(Refused):
    """Raised when Envoy asks in a way that this door cannot answer; the text says what to change."""

    def __init__(self, text: str) -> None:
        """Say it to the caller, too: nothing passes until Envoy is set up again."""
        super().__init__(500, "envoy_misconfigured", text)


class Stream(Protocol):
    """The gRPC stream of one HTTP request."""

    def read(self) -> Awaitable[Any]:
        """The next message; something that is no message at the end."""

    def write(self, message: Any) -> Awaitable[None]:
        """Send a message."""


class Transit:
    """A request, with what ASGI and a client of upstreams would do for it."""

    def __init__(self, stream: Stream) -> None:
        """Begin with nothing read."""
        self._stream = stream
        self._turn = asyncio.Lock()
        self._asked: Headers = []
        self._answered: Headers = []
        self._asks_bodiless = False
        self._is_asked = False
        self._trailers: dict[str, list[str]] = {}
        self._is_answered = False
        self._answers_bodiless = False
        self._start: dict[str, Any] = {}
        self._held: list[bytes] = []
        self.is_ended = False

    async def open(self) -> dict[str, Any]:
        """The head of the request, as an ASGI scope.

        Raises:
            Misconfigured: when Envoy would let something past unread (rule 1).
            Gone: when there is none.
        """
        first = await self._next("request_headers")
        _check(first)
        head = first.request_headers
        headers = headers_of(head.headers)
        named = dict(headers)
        path, _, query = named.get(b":path", b"/").partition(b"?")
        self._asked = [header for header in headers if not header[0].startswith(b":")]
        self._asks_bodiless = self._is_asked = head.end_of_stream
        return {
            "type": "http",
            "method": named.get(b":method", b"").decode("ascii", "replace"),
            "raw_path": path,
            "query_string": query,
            "headers": self._asked,
        }

    async def refuse(self, refused: Refused) -> None:
        """Answer before anything is known of the request's wire."""
        self._start = {
            "status": refused.status,
            "headers": [(b"content-type", b"text/plain; charset=utf-8"), NO_RETRY],
        }
        await self._write_instead(refused.message.encode())

    # The caller's side, as an ASGI server

    async def receive(self) -> dict[str, Any]:
        """The next piece of the request's body."""
        if self._is_asked:
            return {"type": "http.request", "body": b"", "more_body": False}
        message = await self._next("request_body", "request_trailers")
        if message.WhichOneof("request") == "request_trailers":
            self._is_asked = True
            self._note_trailers(message)
            return {"type": "http.request", "body": b"", "more_body": False}
        self._is_asked = message.request_body.end_of_stream
        body = message.request_body.body
        return {"type": "http.request", "body": body, "more_body": not self._is_asked}

    async def send(self, message: Any) -> None:
        """Give a part of the answer; a keep-alive that comes meanwhile waits for its turn."""
        async with self._turn:
            if not self.is_ended:  # a keep-alive may come too late
                await self._send(message)

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            if self._has_answer:
                await self._write_head()
            return
        body, is_last = message.get("body", b""), not message.get("more_body", False)
        if self._has_answer:
            await self._write_body("response", body, is_last=is_last)
        else:
            self._held.append(body)
            if is_last:
                await self._write_instead(b"".join(self._held))
        self.is_ended = is_last

    @property
    def _has_answer(self) -> bool:
        """Whether Envoy holds an answer whose bytes ours can replace."""
        return self._is_answered and not self._answers_bodiless

    # The upstream's side, as a client

    async def forward(
        self, upstream: str, path: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> None:
        """Let the request go on, as it is wanted."""
        response = ProcessingResponse()
        common = response.request_headers.response
        common.clear_route_cache = True
        wanted = [*headers, (UPSTREAM, upstream.encode()), (b"accept-encoding", b"identity")]
        if not self._asks_bodiless and "request_trailers" not in self._trailers:
            wanted.append((b"content-length", b"%d" % len(body)))
        mutate(common.header_mutation, self._asked, wanted)
        set_header(common.header_mutation, b":path", path)
        await self._stream.write(response)
        if not self._asks_bodiless:
            await self._write_body("request", body, is_last=True)

    async def head(self, timeout_s: float) -> tuple[int, Headers, bool]:
        """Status and headers of the answer, and whether a body follows.

        Raises:
            UpstreamError: when none come, or when its body is in a coding (rule 5).
        """
        message = await self._within(timeout_s, "response_headers")
        headers = headers_of(message.response_headers.headers)
        named = dict(headers)
        self._answered = [header for header in headers if not header[0].startswith(b":")]
        self._is_answered = True
        self._answers_bodiless = message.response_headers.end_of_stream
        if named.get(b"content-encoding", b"identity").lower() not in (b"identity", b""):
            raise broken("coding", "the upstream's answer is in a coding that nobody asked for")
        status = named.get(b":status", b"")
        return int(status) if status.isdigit() else 0, self._answered, not self._answers_bodiless

    async def chunk(self, timeout_s: float) -> tuple[bytes, bool]:
        """The next piece of the answer's body, and whether it is the last.

        Raises:
            UpstreamError: when none comes in time.
        """
        message = await self._within(timeout_s, "response_body", "response_trailers")
        if message.WhichOneof("request") == "response_trailers":
            self._note_trailers(message)
            return b"", True
        return message.response_body.body, message.response_body.end_of_stream

    # Messages

    async def _within(self, timeout_s: float, *kinds: str) -> Any:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._next(*kinds)
        except TimeoutError:
            raise broken("timeout", f"the upstream was silent for {timeout_s:g} seconds") from None

    async def _next(self, *kinds: str) -> Any:
        message = await self._stream.read()
        which = getattr(message, "WhichOneof", None)
        if which is None:
            raise Gone
        kind = which("request")
        if kind not in kinds:
            raise Misconfigured(
                f"Envoy sent {kind or 'an unknown message'} where {' or '.join(kinds)} was due:"
                " set every processing mode as docs/how-to/put-it-behind-envoy.md does"
            )
        return message

    async def _write_head(self) -> None:
        response = ProcessingResponse()
        mutation = response.response_headers.response.header_mutation
        mutate(mutation, self._answered, list(self._start["headers"]))
        set_header(mutation, b":status", b"%d" % self._start["status"])
        await self._stream.write(response)

    async def _write_body(self, side: str, body: bytes, *, is_last: bool) -> None:
        """Give a part of a body; trailers end it where there were some (rule 6)."""
        trailers = self._trailers.get(f"{side}_trailers") if is_last else None
        is_end = is_last and trailers is None
        starts = range(0, max(len(body), int(is_end)), PIECE_BYTES)
        for start in starts:
            response = ProcessingResponse()
            common = getattr(response, f"{side}_body").response
            streamed = common.body_mutation.streamed_response
            streamed.body = body[start : start + PIECE_BYTES]
            streamed.end_of_stream = is_end and start == starts[-1]
            await self._stream.write(response)
        if trailers is not None:
            response = ProcessingResponse()
            mutation = getattr(response, f"{side}_trailers").header_mutation
            mutation.remove_headers.extend(trailers)
            await self._stream.write(response)

    def _note_trailers(self, message: Any) -> None:
        kind = message.WhichOneof("request")
        names = [each.key for each in getattr(message, kind).trailers.headers]
        self._trailers[kind] = sorted(set(names))

    async def _write_instead(self, body: bytes) -> None:
        """An answer that takes the place of the upstream's (rule 2)."""
        if self._is_answered and not body:
            await self._write_head()
            return
        response = ProcessingResponse()
        immediate = response.immediate_response
        immediate.status.code = self._start["status"]
        immediate.body = body
        immediate.details = "gardefou"
        headers = [each for each in self._start["headers"] if each[0] != b"content-length"]
        mutate(immediate.headers, (), headers)
        await self._stream.write(response)


def _check(first: Any) -> None:
    if first.observability_mode:
        raise Misconfigured("Envoy's observability_mode lets everything pass: remove it")
    for name in ("request_body_mode", "response_body_mode"):
        mode = getattr(first.protocol_config, name)
        if mode != FULL_DUPLEX_STREAMED:
            found = _MODES[mode] if 0 <= mode < len(_MODES) else str(mode)
            raise Misconfigured(
                f"Envoy's {name} is {found}, expected FULL_DUPLEX_STREAMED: copy processing_mode"
                " from packaging/envoy.yaml"
            )
