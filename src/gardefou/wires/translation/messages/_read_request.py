"""Messages: from a request's body to the shape between the wires."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gardefou.wires.translation._core import (
    Call,
    Choice,
    Document,
    Format,
    Image,
    Note,
    Part,
    Request,
    Result,
    Text,
    Tool,
    Turn,
)
from gardefou.wires.translation._ids import call_id
from gardefou.wires.translation._reading import (
    Kind,
    Notes,
    body,
    decode,
    image_type,
    inner_object,
    join,
    note_given,
    pick,
    refuse_unless,
    tool_name,
    tool_schema,
    unsupported,
    web_url,
    words,
)
from gardefou.wires.translation._settings import EFFORTS
from gardefou.wires.translation.messages import _shapes as shapes

_PATHS = {
    "effort": "output_config.effort",
    "format": "output_config.format",
    "max_tokens": "max_tokens",
    "parallel": "tool_choice.disable_parallel_tool_use",
    "stop": "stop_sequences",
    "temperature": "temperature",
    "thinking": "thinking",
    "tier": "service_tier",
    "top_p": "top_p",
    "turns": "messages",
    "user": "metadata.user_id",
}
_MODES: dict[str, Literal["auto", "none", "any"]] = {"auto": "auto", "none": "none", "any": "any"}
_TIERS: dict[str, Literal["auto", "standard"]] = {"auto": "auto", "standard_only": "standard"}
_THOUGHTS = (shapes.Thought, shapes.HiddenThought)
_RESULT_PARTS = (Text, Image, Document)


def read_request(data: bytes, notes: Notes) -> Request:
    """Read a request; what changes no meaning and is left out is added to ``notes``.

    Raises:
        InputError: codes ``translate.*`` and ``wire.*``.
    """
    given = body(shapes.Body, data)
    refuse_unless({name: getattr(given, name) for name in shapes.NEUTRAL}, shapes.NEUTRAL)
    note_given(notes, {"cache_control": given.cache_control}, "caching is advice")
    if given.service_tier is not None and given.service_tier not in _TIERS:
        raise unsupported("service_tier", f"`{given.service_tier[:40]}` is not known")
    system = _content(given.system, "system", notes) if given.system is not None else ()
    turns = [Turn("system", _texts(system), "system")] if system else []
    turns += [_turn(raw, f"messages[{i}]", notes) for i, raw in enumerate(given.messages)]
    config = given.output_config or shapes.OutputConfig()
    if config.effort is not None and config.effort not in EFFORTS:
        raise unsupported("output_config.effort", f"the level `{config.effort[:40]}` is not known")
    thinking, shows = _thinking(given.thinking)
    choice, parallel = _choice(given.tool_choice)
    where = "output_config.format.schema"
    return Request(
        turns=tuple(turns),
        tools=tuple(_tool(raw, f"tools[{i}]", notes) for i, raw in enumerate(given.tools or ())),
        choice=choice,
        parallel=parallel,
        max_tokens=given.max_tokens,
        temperature=given.temperature,
        top_p=given.top_p,
        stop=tuple(given.stop_sequences or ()),
        stream=given.stream is True,
        format=Format(inner_object(config.format.schema, where), strict=True)
        if config.format
        else None,
        effort=config.effort or "",
        thinking=thinking,
        shows_thinking=shows,
        user=(given.metadata.user_id or "") if given.metadata else "",
        tier=_TIERS[given.service_tier] if given.service_tier else "",
        paths=_PATHS,
    )


def _thinking(raw: msgspec.Raw) -> tuple[Literal["", "off", "adaptive"], bool]:
    if bytes(raw) == b"null":
        return "", False
    found: shapes.Thinking = pick(shapes.Thinking, raw, "thinking")
    if isinstance(found, shapes.ThinkingOff):
        return "off", False
    if isinstance(found, shapes.ThinkingEnabled):
        raise unsupported(
            "thinking.budget_tokens",
            "the other vendor has levels of effort and no number of tokens",
            "take `adaptive` and an effort",
        )
    return "adaptive", found.display == "summarized"


def _turn(raw: msgspec.Raw, path: str, notes: Notes) -> Turn:
    message: shapes.Message = pick(shapes.Message, raw, path)
    parts = _content(message.content, join(path, "content"), notes)
    if isinstance(message, shapes.System):
        return Turn("system", _texts(parts), path)
    is_user = isinstance(message, shapes.User)
    for part in parts:
        if isinstance(part, Call if is_user else (Result, Image, Document)):
            raise unsupported(part.path, "the message's role holds no such part")
    return Turn("user" if is_user else "assistant", parts, path)


def _texts(parts: tuple[Part, ...]) -> tuple[Text, ...]:
    kept: list[Text] = []
    for part in parts:
        if not isinstance(part, Text):
            raise unsupported(part.path, "the operator's words are text alone")
        kept.append(part)
    return tuple(kept)


def _content(content: str | list[msgspec.Raw], path: str, notes: Notes) -> tuple[Part, ...]:
    if isinstance(content, str):
        return words(content, path, notes)
    parts: list[Part] = []
    for index, raw in enumerate(content):
        parts += _block(raw, f"{path}[{index}]", notes)
    return tuple(parts)


def _block(raw: msgspec.Raw, path: str, notes: Notes) -> tuple[Part, ...]:
    block: shapes.Block = pick(shapes.Block, raw, path)
    if isinstance(block, _THOUGHTS):
        notes.append(Note(path, "reasoning that is signed for its own vendor is left out"))
        return ()
    if block.cache_control is not None:
        notes.append(Note(join(path, "cache_control"), "caching is advice"))
    if isinstance(block, shapes.TextBlock):
        if block.citations:
            notes.append(Note(join(path, "citations"), "sources of words are not carried"))
        return words(block.text, path, notes)
    if isinstance(block, shapes.ImageBlock):
        return (_image(block, path),)
    if isinstance(block, shapes.DocumentBlock):
        return (_document(block, path),)
    if isinstance(block, shapes.ToolUse):
        if block.caller is not None and block.caller.type != "direct":
            raise unsupported(join(path, "caller"), "code at the caller's vendor made the call")
        name = tool_name(block.name, join(path, "name"))
        arguments = inner_object(block.input, join(path, "input"))
        return (Call(call_id(block.id), name, arguments, path),)
    return (_result(block, path, notes),)


def _result(block: shapes.ToolResult, path: str, notes: Notes) -> Result:
    given = block.content or ""
    parts = _content(given, join(path, "content"), notes if given else [])
    kept: list[Text | Image | Document] = []
    for part in parts:
        if not isinstance(part, _RESULT_PARTS):
            raise unsupported(part.path, "a tool's result holds no such part")
        kept.append(part)
    return Result(call_id(block.tool_use_id), tuple(kept), block.is_error is True, path)


def _image(block: shapes.ImageBlock, path: str) -> Image:
    source = block.source
    if isinstance(source, shapes.UrlSource):
        return Image(url=web_url(source.url, join(path, "source.url")), path=path)
    media_type = image_type(source.media_type, join(path, "source.media_type"))
    return Image(media_type=media_type, data=source.data, path=path)


def _document(block: shapes.DocumentBlock, path: str) -> Document:
    if block.context:
        raise unsupported(join(path, "context"), "the other vendor's files have no such text")
    if block.citations is not None and block.citations.enabled:
        raise unsupported(
            join(path, "citations.enabled"), "the other vendor does not cite documents"
        )
    name = block.title or ""
    source = block.source
    if isinstance(source, shapes.UrlSource):
        return Document(url=web_url(source.url, join(path, "source.url")), name=name, path=path)
    if isinstance(source, shapes.TextSource):
        return Document(text=source.data, name=name, path=path)
    if source.media_type != "application/pdf":
        raise unsupported(join(path, "source.media_type"), "the other vendor reads PDF alone")
    return Document(media_type=source.media_type, data=source.data, name=name, path=path)


def _tool(raw: msgspec.Raw, path: str, notes: Notes) -> Tool:
    if decode(Kind, raw, path).type not in {None, "custom"}:
        raise unsupported(
            join(path, "type"), "the tool runs at the caller's vendor or is of its making"
        )
    tool = decode(shapes.ToolDeclaration, raw, path)
    for name, neutral in shapes.TOOL_NEUTRAL.items():
        value: Any = getattr(tool, name)
        if value is not None and value != neutral:
            raise unsupported(join(path, name), "the other vendor has nothing like it")
    for name, why in (("cache_control", "caching is advice"), ("eager_input_streaming", "advice")):
        if getattr(tool, name) is not None:
            notes.append(Note(join(path, name), why))
    return Tool(
        name=tool_name(tool.name, join(path, "name")),
        description=tool.description or "",
        schema=tool_schema(bytes(tool.input_schema), join(path, "input_schema")),
        strict=tool.strict,
        path=path,
    )


def _choice(raw: msgspec.Raw) -> tuple[Choice | None, bool | None]:
    if bytes(raw) == b"null":
        return None, None
    given = decode(shapes.ToolChoice, raw, "tool_choice")
    disabled = given.disable_parallel_tool_use
    parallel = None if disabled is None else not disabled
    if given.type == "tool":
        return Choice("tool", tool_name(given.name or "", "tool_choice.name")), parallel
    if given.type not in _MODES or given.name is not None:
        raise unsupported("tool_choice", f"`{given.type[:40]}` with this name is not known")
    return Choice(_MODES[given.type]), parallel
