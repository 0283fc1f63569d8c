"""Chat Completions: from a request's body to the shape between the wires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from gardefou.wires.translation._core import (
    Call,
    Choice,
    Document,
    Format,
    Image,
    Note,
    Part,
    Refusal,
    Request,
    Result,
    Text,
    Tool,
    Turn,
)
from gardefou.wires.translation._ids import call_id
from gardefou.wires.translation._marks import is_marked
from gardefou.wires.translation._reading import (
    Notes,
    body,
    data_url,
    decode,
    image_type,
    inner_object,
    join,
    note_given,
    object_text,
    pick,
    refuse_unless,
    tool_name,
    tool_schema,
    unsupported,
    web_url,
    words,
)
from gardefou.wires.translation._settings import effort, end_user, output_limit, tier
from gardefou.wires.translation.chat import _shapes as shapes

_WORDS = (Text, Refusal)
_PATHS = {
    "effort": "reasoning_effort",
    "format": "response_format",
    "max_tokens": "max_completion_tokens",
    "parallel": "parallel_tool_calls",
    "stop": "stop",
    "temperature": "temperature",
    "thinking": "reasoning_effort",
    "tier": "service_tier",
    "top_p": "top_p",
    "turns": "messages",
    "user": "user",
}


def read_request(data: bytes, notes: Notes) -> Request:
    """Read a request; what changes no meaning and is left out is added to ``notes``.

    Raises:
        InputError: codes ``translate.*`` and ``wire.*``.
    """
    given = body(shapes.Body, data)
    refuse_unless({name: getattr(given, name) for name in shapes.NEUTRAL}, shapes.NEUTRAL)
    caching = ("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention")
    note_given(notes, {n: getattr(given, n) for n in caching}, "caching is advice")
    note_given(notes, {"metadata": given.metadata}, "labels of stored answers, and none is stored")
    level, thinking = effort(given.reasoning_effort, "reasoning_effort")
    stop = (given.stop,) if isinstance(given.stop, str) else tuple(given.stop or ())
    options = given.stream_options
    return Request(
        turns=tuple(_turn(raw, f"messages[{i}]", notes) for i, raw in enumerate(given.messages)),
        tools=tuple(_tool(raw, f"tools[{i}]") for i, raw in enumerate(given.tools or ())),
        choice=choice_of(given.tool_choice, _named),
        parallel=given.parallel_tool_calls,
        max_tokens=output_limit(given.max_tokens, given.max_completion_tokens),
        temperature=given.temperature,
        top_p=given.top_p,
        stop=stop,
        stream=given.stream is True,
        wants_usage=options is not None and options.include_usage is True,
        format=_format(given.response_format),
        effort=level,
        thinking=thinking,
        user=end_user(given.user, given.safety_identifier),
        tier=tier(given.service_tier),
        paths=_PATHS,
    )


def _turn(raw: msgspec.Raw, path: str, notes: Notes) -> Turn:
    message: shapes.Message = pick(shapes.Message, raw, path)
    if isinstance(message, shapes.ToolMessage):
        return Turn("user", (_result(message, path, notes),), path)
    if message.name is not None:
        raise unsupported(join(path, "name"), "the other vendor's messages have no names")
    if isinstance(message, shapes.Assistant):
        return Turn("assistant", _assistant(message, path, notes), path)
    role: Literal["user", "system"] = "user" if isinstance(message, shapes.User) else "system"
    parts = _content(message.content, join(path, "content"), notes)
    for part in parts:
        if isinstance(part, Refusal) or (role == "system" and not isinstance(part, Text)):
            raise unsupported(part.path, f"a {role} message holds no such part")
    return Turn(role, parts, path)


def _assistant(message: shapes.Assistant, path: str, notes: Notes) -> tuple[Part, ...]:
    if message.audio is not None or message.function_call is not None:
        name = "function_call" if message.audio is None else "audio"
        raise unsupported(join(path, name), "the other vendor has nothing like it")
    if message.annotations:
        notes.append(Note(join(path, "annotations"), "sources of earlier words are not carried"))
    if message.reasoning_content:
        notes.append(Note(join(path, "reasoning_content"), "reasoning is left out"))
    parts: list[Part] = []
    if message.content is not None:
        parts += _content(message.content, join(path, "content"), notes)
    for part in parts:
        if not isinstance(part, _WORDS):
            raise unsupported(part.path, "an assistant's message holds no such part")
    if message.refusal:
        parts.append(Refusal(message.refusal, join(path, "refusal")))
    for index, raw in enumerate(message.tool_calls or ()):
        where = f"{path}.tool_calls[{index}]"
        call = decode(shapes.ToolCall, raw, where)
        text = call.function.arguments.strip() or "{}"
        arguments = object_text(text.encode(), join(where, "function.arguments"))
        name = tool_name(call.function.name, join(where, "function.name"))
        parts.append(Call(call_id(call.id), name, arguments, where))
    return tuple(parts)


def _result(message: shapes.ToolMessage, path: str, notes: Notes) -> Result:
    given = message.content
    parts = _content(given, join(path, "content"), notes if given else [])
    kept: list[Text] = []
    for part in parts:
        if not isinstance(part, Text):
            raise unsupported(part.path, "a tool's message holds text alone")
        kept.append(part)
    is_error = isinstance(given, list) and is_marked(kept)
    return Result(call_id(message.tool_call_id), tuple(kept[is_error:]), is_error, path)


def _content(content: str | list[msgspec.Raw], path: str, notes: Notes) -> tuple[Part, ...]:
    if isinstance(content, str):
        return words(content, path, notes)
    parts: list[Part] = []
    for index, raw in enumerate(content):
        parts += _part(raw, f"{path}[{index}]", notes)
    return tuple(parts)


def _part(raw: msgspec.Raw, path: str, notes: Notes) -> tuple[Part, ...]:
    part: shapes.ContentPart = pick(shapes.ContentPart, raw, path)
    if isinstance(part, shapes.RefusalPart):
        return (Refusal(part.refusal, path),)
    if part.prompt_cache_breakpoint is not None:
        notes.append(Note(join(path, "prompt_cache_breakpoint"), "caching is advice"))
    if isinstance(part, shapes.TextPart):
        return words(part.text, path, notes)
    if isinstance(part, shapes.ImagePart):
        return (image(part.image_url.url, part.image_url.detail, path, "image_url.", notes),)
    return (document(part.file.file_data, part.file.file_id, part.file.filename, path, "file."),)


def image(url: str, detail: str | None, path: str, prefix: str, notes: Notes) -> Image:
    """A picture at an address or in base64."""
    if detail not in {None, "auto"}:
        notes.append(Note(f"{path}.{prefix}detail", "how finely it is looked at is advice"))
    where = f"{path}.{prefix}url" if prefix else f"{path}.image_url"
    if (found := data_url(url)) is not None:
        return Image(media_type=image_type(found[0], where), data=found[1], path=path)
    return Image(url=web_url(url, where), path=path)


def document(
    data: str | None, file_id: str | None, name: str | None, path: str, prefix: str
) -> Document:
    """A file in base64: a PDF or plain text."""
    if file_id is not None:
        raise unsupported(f"{path}.{prefix}file_id", "the file is stored at the caller's vendor")
    where = f"{path}.{prefix}file_data"
    found = data_url(data or "")
    if found is None:
        raise unsupported(where, "the file is not a `data:` address in base64")
    media_type, content = found
    if media_type == "text/plain":
        return Document(text=_plain_text(content, where), name=name or "", path=path)
    if media_type != "application/pdf":
        raise unsupported(where, "the other vendor reads PDF and plain text alone")
    return Document(media_type=media_type, data=content, name=name or "", path=path)


def _plain_text(content: str, path: str) -> str:
    import base64  # noqa: PLC0415 - few requests hold a text file
    import binascii  # noqa: PLC0415 - as above

    try:
        return base64.b64decode(content, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise unsupported(path, "the file is not UTF-8 text in base64") from None


def _tool(raw: msgspec.Raw, path: str) -> Tool:
    tool = decode(shapes.ToolDeclaration, raw, path).function
    return Tool(
        name=tool_name(tool.name, join(path, "function.name")),
        description=tool.description or "",
        schema=tool_schema(bytes(tool.parameters), join(path, "function.parameters")),
        strict=tool.strict,
        path=path,
    )


def choice_of(raw: msgspec.Raw, named: Callable[[msgspec.Raw], str]) -> Choice | None:
    """A choice in OpenAI's forms; ``named`` reads the one that names a function."""
    value = bytes(raw)
    if value == b"null":
        return None
    if value[:1] == b'"':
        return _worded(decode(str, raw, "tool_choice"))
    given = msgspec.json.decode(value)
    if isinstance(given, dict) and given.get("type") != "function":
        raise unsupported("tool_choice", "the other vendor cannot choose so")
    return Choice("tool", named(raw))


def _named(raw: msgspec.Raw) -> str:
    return decode(shapes.NamedChoice, raw, "tool_choice").function.name


def _worded(word: str) -> Choice:
    if word == "auto":
        return Choice("auto")
    if word == "none":
        return Choice("none")
    if word == "required":
        return Choice("any")
    raise unsupported("tool_choice", f"`{word[:40]}` is not known")


def _format(raw: msgspec.Raw) -> Format | None:
    value = bytes(raw)
    if value == b"null":
        return None
    if b"json_object" in value and json_object(value):
        raise unsupported("response_format", "the other vendor writes JSON by a schema alone")
    found: shapes.ResponseFormat = pick(shapes.ResponseFormat, raw, "response_format")
    if isinstance(found, shapes.TextFormat):
        return None
    given = found.json_schema
    if given.description:
        raise unsupported("response_format.json_schema.description", "a schema alone is carried")
    where = "response_format.json_schema.schema"
    return Format(inner_object(given.schema, where), given.name, given.strict)


def json_object(value: bytes) -> bool:
    """Whether a format is any JSON object, without a schema."""
    tree = msgspec.json.decode(value)
    return isinstance(tree, dict) and tree.get("type") == "json_object"
