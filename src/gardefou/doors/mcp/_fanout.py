"""Several servers as one: one client, a relay for each server, names with the server before them.

1. Tools and prompts are shown as ``server__name``; a call goes to that server alone, under its own
   name. Resources keep their address and belong to the server that listed them, or whose template
   they fit; an address that none of them listed goes to none.
2. Lists are those of all servers; a server that gives no list within `ASK_S` is left out, and said so.
3. ``initialize`` and ``server/discover`` answer with what all servers speak and any of them can; one
   server that does not know ``server/discover`` makes all of them servers with sessions.
4. Requests of the servers get ids of their own, so that two servers never share one.
5. Every message to a server goes through its relay: there is no other way.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from gardefou import __version__
from gardefou.doors.mcp import _messages as wire
from gardefou.doors.mcp import _methods as methods
from gardefou.doors.mcp._answers import unread
from gardefou.doors.mcp._link import Link
from gardefou.doors.mcp._messages import Id, Message
from gardefou.doors.mcp._relay import Relay
from gardefou.doors.mcp._tasks import server_of
from gardefou.errors import InputError

BETWEEN = "__"
ASK_S = 30.0
MOST_PAGES = 100
_LISTS = {
    "tools/list": "tools",
    "prompts/list": "prompts",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
}
_BY_NAME = frozenset({"tools/call", "prompts/get"})
_BY_ADDRESS = frozenset({"resources/read", "resources/subscribe", "resources/unsubscribe"})
_INSTRUCTIONS = "instructions"


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One server: its relay, and the link that carries its messages."""

    relay: Relay
    link: Link


class Fanout:
    """The client's side of several servers."""

    def __init__(
        self, to_client: Callable[[bytes], Awaitable[None]], note: Callable[[str], None]
    ) -> None:
        """Servers are added before the client speaks."""
        self._to_client = to_client
        self._note = note
        self._sides: dict[str, Side] = {}
        self._collected: dict[tuple[str, Id], asyncio.Future[dict[str, Any]]] = {}
        self._asked: dict[Id, tuple[str, Id]] = {}
        self._numbers = itertools.count(1)
        self._homes: dict[str, str] = {}
        self._templates: list[tuple[str, str]] = []

    def add(self, server: str, side: Side) -> None:
        """A server and its relay."""
        self._sides[server] = side

    async def client_says(self, data: bytes) -> None:
        """Take one message of the client."""
        try:
            message = wire.read_message(data)
        except InputError as error:
            await self._to_client(wire.encode(unread(error)))
            return
        if message.sort == "answer":
            await self._answered(message)
        elif message.sort == "notification":
            for side in self._sides.values():
                await side.relay.client_says(data, side.link)
        else:
            await self._request(message, data)

    async def server_says(self, server: str, data: bytes) -> None:
        """Take one message that a server's relay lets through to the client."""
        message = wire.read_message(data)
        if message.sort == "answer" and message.id is not None:
            waiting = self._collected.get((server, message.id))
            if waiting is not None and not waiting.done():
                waiting.set_result(message.value)
                return
        elif message.sort == "request" and message.id is not None:
            own = f"{server}-{next(self._numbers)}"
            self._asked[own] = (server, message.id)
            await self._to_client(wire.encode({**message.value, "id": own}))
            return
        await self._to_client(data)

    async def _answered(self, message: Message) -> None:
        found = self._asked.pop(message.id, None) if message.id is not None else None
        if found is None:
            self._note("an answer of the client that nobody waits for was left out")
            return
        server, id_ = found
        side = self._sides[server]
        await side.relay.client_says(wire.encode({**message.value, "id": id_}), side.link)

    async def _request(self, message: Message, data: bytes) -> None:
        method = message.method
        if method in _LISTS:
            await self._reply(message, await self._listed(message))
        elif method in {"initialize", "server/discover"}:
            await self._reply(message, await self._met(message))
        elif method == "ping":
            await self._reply(message, {})
        elif method == "logging/setLevel":
            await self._all(message)
            await self._reply(message, {})
        elif (found := self._home(message)) is not None:
            server, value = found
            side = self._sides[server]
            await side.relay.client_says(wire.encode(value), side.link)
        else:
            text = f"no server has what `{method[:80]}` asks for"
            answer = wire.error_answer(message.id, wire.INVALID_PARAMS, text, reason="mcp.params")
            await self._to_client(wire.encode(answer))
        del data

    def _home(self, message: Message) -> tuple[str, dict[str, Any]] | None:
        """The server that a request is for, and the request in its words (rule 1)."""
        params = message.params
        if message.method in _BY_NAME:
            return self._named(message, params, "name", lambda p: p)
        if message.method == "completion/complete":
            reference = params.get("ref")
            if not isinstance(reference, dict):
                return None
            if "name" in reference:
                return self._named(message, reference, "name", lambda r: {**params, "ref": r})
            address = reference.get("uri")
            server = dict((t, s) for s, t in self._templates).get(str(address))  # noqa: C402 - pairs turned round
            return None if server is None else (server, message.value)
        if message.method in methods.TASKS:
            server = server_of(message)
            return (server, message.value) if server in self._sides else None
        if message.method in _BY_ADDRESS:
            address = params.get("uri")
            if isinstance(address, str) and (server := self._address(address)) is not None:
                return server, message.value
        return None

    def _named(
        self,
        message: Message,
        holder: Mapping[str, Any],
        key: str,
        put: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> tuple[str, dict[str, Any]] | None:
        name = holder.get(key)
        server, mark, own = name.partition(BETWEEN) if isinstance(name, str) else ("", "", "")
        if not mark or server not in self._sides:
            return None
        return server, {**message.value, "params": put({**holder, key: own})}

    def _address(self, address: str) -> str | None:
        if (known := self._homes.get(address)) is not None:
            return known
        fitting = [
            (len(fixed), server)
            for server, template in self._templates
            if (fixed := template.partition("{")[0]) and address.startswith(fixed)
        ]
        return max(fitting)[1] if fitting else None

    async def _listed(self, message: Message) -> dict[str, Any]:
        """The lists of all servers as one, whole (rule 2)."""
        field = _LISTS[message.method]
        items: list[Any] = []
        result: dict[str, Any] = {}
        pages = await asyncio.gather(*(self._pages(server, message) for server in self._sides))
        for server, found in zip(self._sides, pages, strict=True):
            for page in found:
                result = {**result, **{k: v for k, v in page.items() if k != "nextCursor"}}
                listed = page.get(field)
                items += [self._shown(server, field, item) for item in listed or () if item]
        return {**result, field: items}

    async def _pages(self, server: str, message: Message) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        params = {k: v for k, v in message.params.items() if k != "cursor"}
        for _ in range(MOST_PAGES):
            page = await self._one(server, {**message.value, "params": params})
            if page is None:
                break
            found.append(page)
            if page.get("nextCursor") is None:
                break
            params = {**params, "cursor": page["nextCursor"]}
        return found

    def _shown(self, server: str, field: str, item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        if field in {"tools", "prompts"}:
            return {**item, "name": f"{server}{BETWEEN}{item.get('name')}"}
        if field == "resources":
            self._homes.setdefault(str(item.get("uri")), server)
        else:
            self._templates.append((server, str(item.get("uriTemplate"))))
        return item

    async def _met(self, message: Message) -> dict[str, Any]:
        """What all servers speak and any of them can (rule 3)."""
        found = await self._all(message)
        if message.method == "server/discover" and len(found) < len(self._sides):
            return {}  # one of them has sessions: the client begins with `initialize`
        result: dict[str, Any] = {}
        abilities: dict[str, Any] = {}
        told = []
        for server, answer in found.items():
            result = {**answer, **result}
            abilities |= answer.get("capabilities") or {}
            if words := answer.get(_INSTRUCTIONS):
                told.append(f"{server}: {words}")
        versions = [a["protocolVersion"] for a in found.values() if "protocolVersion" in a]
        if versions:
            result["protocolVersion"] = min(versions)
        spoken = [set(a["supportedVersions"]) for a in found.values() if "supportedVersions" in a]
        if spoken:
            result["supportedVersions"] = sorted(set.intersection(*spoken))
        result["capabilities"] = abilities
        if "serverInfo" in result or versions:
            result["serverInfo"] = {"name": "gardefou", "version": __version__}
        if told:
            result[_INSTRUCTIONS] = "\n".join(told)
        return result

    async def _all(self, message: Message) -> dict[str, dict[str, Any]]:
        answers = await asyncio.gather(*(self._one(s, message.value) for s in self._sides))
        return {
            server: answer
            for server, answer in zip(self._sides, answers, strict=True)
            if answer is not None
        }

    async def _one(self, server: str, value: Mapping[str, Any]) -> dict[str, Any] | None:
        """One server's result, or nothing; its relay sees the request as the client's."""
        side, id_ = self._sides[server], value["id"]
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._collected[server, id_] = waiting
        try:
            await side.relay.client_says(wire.encode(value), side.link)
            async with asyncio.timeout(ASK_S):
                answer = await waiting
        except TimeoutError:
            self._note(f"`{server}` does not answer `{value.get('method')}`")
            return None
        finally:
            del self._collected[server, id_]
        result = answer.get("result")
        return result if isinstance(result, dict) else None

    async def _reply(self, message: Message, result: Mapping[str, Any]) -> None:
        if not result and message.method not in {"ping", "logging/setLevel"}:
            answer = wire.error_answer(message.id, wire.METHOD_NOT_FOUND, "no server answers this")
            await self._to_client(wire.encode(answer))
            return
        await self._to_client(wire.encode(wire.result_answer(message.id, result)))
