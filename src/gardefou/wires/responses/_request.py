"""OpenAI Responses: a request's conversation and tools."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.wires._json import NULL, Reader, convert, remembered
from gardefou.wires._model import Executor, Item, Opaque, Request, Tool, Words
from gardefou.wires.responses._items import RawItem, items_of

NAME = "openai.responses"

_CLIENT_TOOLS = frozenset(
    {"function", "custom", "local_shell", "apply_patch", "computer", "computer_use_preview"}
)


class _Id(msgspec.Struct):
    id: str


class _Request(msgspec.Struct):
    # A stored prompt may name the model.
    model: str = ""
    models: list[str] | None = None
    input: str | list[msgspec.Raw] | None = None
    instructions: str | None = None
    tools: list[msgspec.Raw] | None = None
    stream: bool | None = None
    background: bool | None = None
    previous_response_id: str | None = None
    conversation: str | _Id | None = None
    prompt: _Id | None = None
    max_output_tokens: int | None = None
    user: str | None = None
    safety_identifier: str | None = None
    metadata: dict[str, Any] | None = None


class _Environment(msgspec.Struct):
    type: str = ""


class _Tool(msgspec.Struct):
    type: str
    name: str | None = None
    description: str | None = None
    parameters: msgspec.Raw = NULL
    server_label: str | None = None
    server_url: str | None = None
    execution: str | None = None
    environment: _Environment | None = None
    tools: list[msgspec.Raw] | None = None


_read = Reader(_Request)


def read_request(body: bytes) -> Request:
    """Read a request.

    Raises:
        InputError: codes ``wire.*``.
    """
    raw: _Request = _read(body)
    items: list[Item] = []
    if raw.prompt is not None:
        items.append(Opaque(by="operator", type="prompt", id=raw.prompt.id))
    if raw.instructions is not None:
        items.append(Words(by="operator", text=raw.instructions))
    definitions = [bytes(tool) for tool in raw.tools or ()]
    if isinstance(raw.input, str):
        items.append(Words(by="user", text=raw.input))
    elif raw.input:
        given = [(convert(item, RawItem), bytes(item)) for item in raw.input]
        items += items_of(given)
        for item, _ in given:
            if item.type in {"additional_tools", "tool_search_output"}:
                definitions += [bytes(tool) for tool in convert(item.tools, list[msgspec.Raw])]
    conversation = raw.conversation
    held = conversation.id if isinstance(conversation, _Id) else conversation
    return Request(
        wire=NAME,
        model=raw.model,
        fallbacks=tuple(raw.models or ()),
        items=tuple(items),
        tools=tuple(tool for definition in definitions for tool in tools_of(definition)),
        stream=bool(raw.stream),
        wants_usage=True,
        background=bool(raw.background),
        previous=raw.previous_response_id or held or "",
        max_output_tokens=raw.max_output_tokens,
        user=raw.safety_identifier or raw.user or "",
        metadata={k: v for k, v in (raw.metadata or {}).items() if type(v) is str},
    )


def _tools(definition: bytes) -> tuple[Tool, ...]:
    """The tools of one declaration: a namespace holds several."""
    tool = convert(definition, _Tool)
    if tool.type == "namespace":
        inner = [tools_of(bytes(raw)) for raw in tool.tools or ()]
        return tuple(each for found in inner for each in found)
    return (
        Tool(
            name=tool.name or tool.server_label or tool.type,
            type=tool.type,
            description=tool.description or tool.server_url or "",
            schema=b"" if tool.parameters == NULL else bytes(tool.parameters),
            executor=_executor(tool),
            definition=definition,
        ),
    )


def _executor(tool: _Tool) -> Executor:
    if tool.type == "shell":
        kind = tool.environment.type if tool.environment else "local"
        return "client" if kind == "local" else "vendor"
    if tool.type == "tool_search":
        return "client" if tool.execution == "client" else "vendor"
    return "client" if tool.type in _CLIENT_TOOLS else "vendor"


tools_of = remembered(_tools)
