"""Anthropic Messages: a request's conversation and tools."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.errors import InputError
from gardefou.wires._json import NULL, Reader, convert, remembered
from gardefou.wires._model import Executor, Item, Request, Speaker, Tool, Words
from gardefou.wires.messages._blocks import Block, items_of

NAME = "anthropic.messages"

_SPEAKERS: dict[str, Speaker] = {"user": "user", "assistant": "model", "system": "operator"}
# Tools that the vendor defines and the client runs; the vendor runs all its others.
_CLIENT_TOOLS = ("bash_", "text_editor_", "computer_", "browser_", "memory_")

Content = str | list[Block]


class _Message(msgspec.Struct):
    role: str
    content: Content


class _Metadata(msgspec.Struct):
    user_id: str | None = None


class _Thread(msgspec.Struct):
    type: str
    previous_message_id: str | None = None


class _Model(msgspec.Struct):
    model: str


class _Server(msgspec.Struct):
    name: str = "mcp"
    url: str = ""


class _Request(msgspec.Struct):
    messages: list[_Message]
    # The forms of Bedrock and Vertex name the model in the path.
    model: str = ""
    system: Content | None = None
    tools: list[msgspec.Raw] | None = None
    mcp_servers: list[msgspec.Raw] | None = None
    fallbacks: str | list[_Model] | None = None
    stream: bool | None = None
    max_tokens: int | None = None
    metadata: _Metadata | None = None
    thread: _Thread | None = None


class _Tool(msgspec.Struct):
    name: str | None = None
    type: str | None = None
    description: str | None = None
    input_schema: msgspec.Raw = NULL
    mcp_server_name: str | None = None


_read = Reader(_Request)


def read_request(body: bytes) -> Request:
    """Read a request.

    Raises:
        InputError: codes ``wire.*``.
    """
    raw: _Request = _read(body)
    items: list[Item] = []
    names: dict[str, str] = {}
    if raw.system is not None:
        items += _said(raw.system, "operator", names)
    for message in raw.messages:
        items += _said(message.content, _speaker(message.role), names)
    tools = [tool_of(bytes(tool)) for tool in raw.tools or ()]
    tools += [_server(bytes(server)) for server in raw.mcp_servers or ()]
    user = raw.metadata.user_id or "" if raw.metadata else ""
    return Request(
        wire=NAME,
        model=raw.model,
        fallbacks=_fallbacks(raw.fallbacks),
        items=tuple(items),
        tools=tuple(tools),
        stream=bool(raw.stream),
        wants_usage=True,
        previous=raw.thread.previous_message_id or "" if raw.thread else "",
        max_output_tokens=raw.max_tokens,
        user=user,
        metadata={"user_id": user} if user else {},
    )


def _said(content: Content, by: Speaker, names: dict[str, str]) -> list[Item]:
    if isinstance(content, str):
        return [Words(by=by, text=content)]
    return items_of(content, by, names)


def _speaker(role: str) -> Speaker:
    speaker = _SPEAKERS.get(role)
    if speaker is None:
        raise InputError(
            f"the role `{role[:80]}` is unknown",
            code="wire.role",
            expected=", ".join(_SPEAKERS),
            help="use a role of the wire",
        )
    return speaker


def _fallbacks(raw: Any) -> tuple[str, ...]:
    """The vendor's own choice is named by its word, ``default``."""
    if isinstance(raw, list):
        return tuple(entry.model for entry in raw)
    return (raw,) if raw else ()


def _tool(definition: bytes) -> Tool:
    tool = convert(definition, _Tool)
    kind = tool.type or "custom"
    if kind == "custom" and tool.name:
        return Tool(
            name=tool.name,
            description=tool.description or "",
            schema=b"" if tool.input_schema == NULL else bytes(tool.input_schema),
            definition=definition,
        )
    executor: Executor = "client" if kind.startswith(_CLIENT_TOOLS) else "vendor"
    name = tool.name or tool.mcp_server_name or kind
    return Tool(name=name, type=kind, executor=executor, definition=definition)


tool_of = remembered(_tool)


def _server(definition: bytes) -> Tool:
    server = convert(definition, _Server)
    return Tool(
        name=server.name,
        type="mcp",
        description=server.url,
        executor="vendor",
        definition=definition,
    )
