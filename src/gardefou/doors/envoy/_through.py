"""Envoy in the place of the gateway's client: it sends a request on, and holds the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from gardefou.doors.envoy._transit import Transit
from gardefou.doors.gateway.core import Endpoint, Headers, Limits, Sender, broken, parse_target


class Through:
    """Every upstream by way of Envoy, for one request."""

    asks_again = False  # Envoy sends a request on once

    def __init__(self, transit: Transit) -> None:
        """Send this request."""
        self._transit = transit

    def sender(self, endpoint: Endpoint) -> Sender:
        """What sends to an upstream."""
        return _Sending(self._transit, endpoint.name)


class _Sending:
    """Sends to one upstream; an address's host is for Envoy's routes to know."""

    def __init__(self, transit: Transit, upstream: str) -> None:
        self._transit = transit
        self._upstream = upstream

    async def send(
        self,
        method: str,
        url: str,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        limits: Limits,
    ) -> Answered:
        """Send the request on and wait for the head of its answer; raises as a `Sender` does."""
        del method  # an exchange never changes it
        await self._transit.forward(self._upstream, parse_target(url).path, headers, body)
        status, answered, has_body = await self._transit.head(limits.read_s)
        return Answered(self._transit, status, answered, limits.read_s, has_body=has_body)


class Answered:
    """An upstream's answer that Envoy holds."""

    def __init__(
        self, transit: Transit, status: int, headers: Headers, read_s: float, *, has_body: bool
    ) -> None:
        """Take over a head."""
        self.status = status
        self.headers = headers
        self._transit = transit
        self._read_s = read_s
        self._has_body = has_body

    def __enter__(self) -> Self:
        """Use the answer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave it; Envoy gives up what is left of it when ours has ended."""

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            UpstreamError: when it breaks off.
        """
        while self._has_body:
            data, is_last = await self._transit.chunk(self._read_s)
            self._has_body = not is_last
            if data:
                yield data

    async def read(self, limit: int) -> bytes:
        """The whole body.

        Raises:
            UpstreamError: as `chunks`, and ``upstream.too_large`` when it is larger than this.
        """
        parts, size = [], 0
        async for data in self.chunks():
            size += len(data)
            if size > limit:
                raise broken("too_large", f"the upstream's answer has more than {limit} bytes")
            parts.append(data)
        return b"".join(parts)
