"""A relay between two lists: what a client and a server said, and what reached them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from gardefou import Principal
from gardefou.doors._rulings import Rulings
from gardefou.doors.mcp import Desk, Message, Register, Relay, Seal, read_message
from gardefou.errors import InputError

ADD = {
    "name": "add",
    "description": "Add two numbers.",
    "inputSchema": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    },
}
PAY = {
    "name": "pay",
    "description": "Pay an amount.",
    "inputSchema": {"type": "object", "properties": {"amount": {"type": "string"}}},
}
WHO = Principal(tenant="acme", application="desk", user="ulla")


class Wire:
    """Both sides of a relay; a server that answers by a table, or not at all."""

    def __init__(
        self, rulings: Rulings, folder: Path, tools: list[Any], *, wait_s: float = 0.05, **more: Any
    ) -> None:
        self.tools = tools
        self.notes: list[str] = []
        self.at_client: list[dict[str, Any]] = []
        self.at_server: list[dict[str, Any]] = []
        self.results: dict[str, Any] = {}
        desk = Desk(rulings, WHO, wait_s=wait_s)
        self.register = Register(folder, "demo", more.get("given"))
        desk.add(self.register)
        self.relay = Relay(desk, self.register, Seal(b"k" * 32), note=self.notes.append)

    async def to_client(self, data: bytes) -> None:
        self.at_client.append(json.loads(data))

    async def to_server(self, data: bytes) -> None:
        message = json.loads(data)
        self.at_server.append(message)
        method = message.get("method", "")
        if "id" not in message or method not in {"tools/list", *self.results}:
            return
        result = {"tools": self.tools} if method == "tools/list" else self.results[method]
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        await self.relay.server_says(json.dumps(answer).encode(), self)

    async def ask(self, data: bytes, id_: str | int, **_: float) -> Message:
        self.at_server.append(json.loads(data))
        if self.tools is None:
            raise InputError("the server gives no answer", code="mcp.server")
        answer = {"jsonrpc": "2.0", "id": id_, "result": {"tools": self.tools}}
        return read_message(json.dumps(answer).encode())

    async def client(self, message: Any) -> list[dict[str, Any]]:
        """What the client hears after it said something."""
        before = len(self.at_client)
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        await self.relay.client_says(data, self)
        return self.at_client[before:]

    async def server(self, message: Any) -> list[dict[str, Any]]:
        """What the client hears after the server said something."""
        before = len(self.at_client)
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        await self.relay.server_says(data, self)
        return self.at_client[before:]

    def reached(self, method: str) -> list[dict[str, Any]]:
        """What of a method has reached the server."""
        return [message for message in self.at_server if message.get("method") == method]


def request(method: str, id_: Any = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "method": method, "params": params}


def call(name: str, id_: Any = 1, **arguments: Any) -> dict[str, Any]:
    return request("tools/call", id_, name=name, arguments=arguments)


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)
