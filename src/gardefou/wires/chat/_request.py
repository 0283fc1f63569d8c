"""Chat Completions: a request's conversation and tools."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.errors import InputError
from gardefou.wires._json import NULL, Reader, convert, remembered, text_of
from gardefou.wires._model import (
    Call,
    Item,
    Media,
    Opaque,
    Reasoning,
    Request,
    Result,
    Speaker,
    Tool,
    Words,
    media,
)

NAME = "openai.chat"

_SPEAKERS: dict[str, Speaker] = {
    "system": "operator",
    "developer": "operator",
    "user": "user",
    "assistant": "model",
    "tool": "tool",
    "function": "tool",
}


class _Url(msgspec.Struct):
    url: str = ""


class _Audio(msgspec.Struct):
    data: str = ""
    format: str = ""


class _File(msgspec.Struct):
    file_id: str = ""
    file_data: str = ""
    filename: str = ""


class _Part(msgspec.Struct):
    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: _Url | None = None
    input_audio: _Audio | None = None
    file: _File | None = None


class Function(msgspec.Struct):
    """A call of a function; some servers send the arguments as an object."""

    name: str | None = None
    arguments: msgspec.Raw = msgspec.Raw(b'""')


class Custom(msgspec.Struct):
    """A call of a tool that takes free text."""

    name: str | None = None
    input: str = ""


class ToolCall(msgspec.Struct):
    """An element of ``tool_calls``, whole or as a delta."""

    id: str | None = None
    type: str | None = None
    index: int | None = None
    function: Function | None = None
    custom: Custom | None = None


class _Id(msgspec.Struct):
    id: str = ""


class _Message(msgspec.Struct):
    role: str
    content: str | list[_Part] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None
    tool_call_id: str | None = None
    name: str | None = None
    audio: _Id | None = None


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class _Request(msgspec.Struct):
    model: str
    messages: list[_Message]
    tools: list[msgspec.Raw] | None = None
    functions: list[msgspec.Raw] | None = None
    web_search_options: msgspec.Raw = NULL
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_completion_tokens: int | None = None
    max_tokens: int | None = None
    # OpenRouter's list of models to fall back on.
    models: list[str] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    metadata: dict[str, Any] | None = None


class _FunctionTool(msgspec.Struct):
    name: str
    description: str | None = None
    parameters: msgspec.Raw = msgspec.Raw(b"")


class _Tool(msgspec.Struct):
    type: str
    function: _FunctionTool | None = None
    custom: _FunctionTool | None = None
    name: str | None = None


_read = Reader(_Request)


def read_request(body: bytes) -> Request:
    """Read a request; about 10 µs for one of half a kilobyte.

    Raises:
        InputError: codes ``wire.*``.
    """
    raw: _Request = _read(body)
    tools = [tool_of(bytes(tool)) for tool in raw.tools or ()]
    tools += [_function(bytes(tool)) for tool in raw.functions or ()]
    if raw.web_search_options != NULL:
        tools.append(_hosted("web_search", bytes(raw.web_search_options)))
    options = raw.stream_options
    limit = raw.max_completion_tokens
    return Request(
        wire=NAME,
        model=raw.model,
        fallbacks=tuple(raw.models or ()),
        items=_items(raw.messages),
        tools=tuple(tools),
        stream=bool(raw.stream),
        wants_usage=options is not None and bool(options.include_usage),
        max_output_tokens=raw.max_tokens if limit is None else limit,
        user=raw.safety_identifier or raw.user or "",
        metadata={k: v for k, v in (raw.metadata or {}).items() if type(v) is str},
    )


def _items(messages: list[_Message]) -> tuple[Item, ...]:
    items: list[Item] = []
    names: dict[str, str] = {}
    for message in messages:
        speaker = _SPEAKERS.get(message.role)
        if speaker is None:
            raise InputError(
                f"the role `{message.role[:80]}` is unknown",
                code="wire.role",
                expected=", ".join(_SPEAKERS),
                help="use a role of the wire",
            )
        if speaker == "tool":
            _result(message, items, names)
            continue
        if message.reasoning_content:
            items.append(Reasoning(text=message.reasoning_content))
        content = message.content
        if isinstance(content, str):
            items.append(Words(by=speaker, text=content))
        elif content:
            items += [_part(part, speaker) for part in content]
        if message.refusal:
            items.append(Words(by=speaker, text=message.refusal))
        if message.audio is not None:
            items.append(Media(by=speaker, kind="audio", file=message.audio.id))
        calls = calls_of(message.tool_calls, message.function_call)
        names |= {call.id: call.name for call in calls}
        items += calls
    return tuple(items)


def calls_of(
    tool_calls: list[ToolCall] | None, function_call: Function | None, prefix: str = ""
) -> list[Call]:
    """The calls of one message; keys count from 0, a legacy function call has the key ``f``."""
    calls = []
    for index, call in enumerate(tool_calls or ()):
        calls.append(call_of(f"{prefix}{index}", call))
    if function_call is not None:
        name = function_call.name or ""
        arguments = text_of(function_call.arguments)
        calls.append(Call(key=f"{prefix}f", id=name, name=name, arguments=arguments))
    return calls


def call_of(key: str, call: ToolCall) -> Call:
    """One call; what is neither a function nor a custom tool keeps the name of its type."""
    kind = call.type or "function"
    if call.custom is not None:
        name, arguments = call.custom.name or "", call.custom.input
        return Call(key=key, id=call.id or "", name=name, arguments=arguments, type="custom")
    if call.function is None:
        return Call(key=key, id=call.id or "", name=kind, type=kind)
    arguments = text_of(call.function.arguments)
    return Call(key=key, id=call.id or "", name=call.function.name or "", arguments=arguments)


def _result(message: _Message, items: list[Item], names: dict[str, str]) -> None:
    """A result, and after it the parts of it that are not text."""
    # A legacy result names the function; its call has the name as its id.
    call = message.tool_call_id or message.name or ""
    content = message.content
    parts = content if isinstance(content, list) else []
    text = content if isinstance(content, str) else "\n".join(p.text for p in parts if p.text)
    others = [_part(part, "tool", call) for part in parts if part.text is None]
    name = names.get(call, "")
    items.append(Result(id=call, name=name, text=text, is_opaque=bool(others)))
    items += others


def _part(part: _Part, by: Speaker, call: str = "") -> Item:
    if part.type == "text" and part.text is not None:
        return Words(by=by, text=part.text)
    if part.type == "refusal" and part.refusal is not None:
        return Words(by=by, text=part.refusal)
    if part.type == "image_url" and part.image_url is not None:
        return media(by, "image", part.image_url.url, call)
    if part.type == "input_audio" and part.input_audio is not None:
        media_type = f"audio/{part.input_audio.format}"
        data = part.input_audio.data
        return Media(by=by, kind="audio", media_type=media_type, data=data, call=call)
    if part.type == "file" and part.file is not None:
        found = media(by, "file", part.file.file_data, call)
        return msgspec.structs.replace(found, file=part.file.file_id or part.file.filename)
    return Opaque(by=by, type=part.type)


def _tool(definition: bytes) -> Tool:
    tool = convert(definition, _Tool)
    function = tool.function or tool.custom
    if function is None:
        return _hosted(tool.type, definition, tool.name)
    return Tool(
        name=function.name,
        type=tool.type,
        description=function.description or "",
        schema=_schema(function.parameters),
        definition=definition,
    )


tool_of = remembered(_tool)


def _function(definition: bytes) -> Tool:
    """A tool of the legacy ``functions``."""
    tool = convert(definition, _FunctionTool)
    return Tool(
        name=tool.name,
        description=tool.description or "",
        schema=_schema(tool.parameters),
        definition=definition,
    )


def _schema(raw: msgspec.Raw) -> bytes:
    data = bytes(raw)
    return b"" if raw == NULL else data


def _hosted(kind: str, definition: bytes, name: str | None = None) -> Tool:
    return Tool(name=name or kind, type=kind, executor="vendor", definition=definition)
