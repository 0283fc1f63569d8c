"""How an exchange reaches the upstreams, whoever sends the bytes.

The gateway's own client opens connections; behind an Envoy, Envoy does. An exchange knows neither.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from gardefou.doors.gateway._endpoints import Endpoint


class Limits(NamedTuple):
    """How long and how much."""

    connect_s: float = 10.0
    read_s: float = 600.0
    connections: int = 1_024


class Upstreamed(Protocol):
    """An upstream's answer whose body is still to come; use it in a with block."""

    status: int
    headers: list[tuple[bytes, bytes]]

    def __enter__(self) -> Self:
        """Use the answer."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave it."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes; raises `UpstreamError` when it breaks off."""

    async def read(self, limit: int) -> bytes:
        """The whole body; raises `UpstreamError` when it breaks off or is larger than this."""


class Sender(Protocol):
    """Sends requests to one upstream."""

    async def send(
        self,
        method: str,
        url: str,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        limits: Limits,
    ) -> Upstreamed:
        """Send one request and wait for the head of its answer.

        Raises:
            UpstreamError: when there is none.
            InputError: ``http.target`` when the address has characters that addresses cannot have.
        """


class Upstreams(Protocol):
    """The way to the upstreams; ``asks_again`` says whether a model can be asked twice for a caller."""

    asks_again: bool

    def sender(self, endpoint: Endpoint) -> Sender:
        """What sends to an upstream."""


class Direct:
    """The gateway's own client, for every upstream."""

    asks_again = True

    def __init__(self, client: Sender) -> None:
        """Send by this client."""
        self._client = client

    def sender(self, endpoint: Endpoint) -> Sender:
        """The client: an address is all that it needs."""
        del endpoint
        return self._client
