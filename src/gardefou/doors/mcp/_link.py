"""How the relay reaches both sides, whatever carries the messages."""

from __future__ import annotations

from typing import Protocol

from gardefou.doors.mcp._messages import Id, Message

ASK_S = 30.0


class Link(Protocol):
    """How the relay reaches both sides for one message."""

    async def to_client(self, data: bytes) -> None:
        """Send a message to the client."""

    async def to_server(self, data: bytes) -> None:
        """Send a message to the server."""

    async def ask(self, data: bytes, id_: Id, *, wait_s: float = ASK_S) -> Message:
        """Send a request of the relay's own to the server and wait for its answer.

        Raises:
            InputError: when the server gives none.
        """
        ...
