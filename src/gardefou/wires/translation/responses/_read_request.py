"""Responses: from a request's body to the shape between the wires.

Only requests that carry their whole conversation are read: what is stored at the vendor
(`previous_response_id`, `conversation`, `item_reference`, file ids) is an error that names it.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gardefou.wires.translation._core import (
    Call,
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
    Kind,
    Notes,
    body,
    decode,
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
from gardefou.wires.translation._settings import effort, end_user, tier
from gardefou.wires.translation.chat import choice_of, document, image, json_object
from gardefou.wires.translation.responses import _shapes as shapes

_PATHS = {
    "effort": "reasoning.effort",
    "format": "text.format",
    "max_tokens": "max_output_tokens",
    "parallel": "parallel_tool_calls",
    "stop": "stop",
    "temperature": "temperature",
    "thinking": "reasoning.summary",
    "tier": "service_tier",
    "top_p": "top_p",
    "turns": "input",
    "user": "user",
}
_RESULT_PARTS = (Text, Image, Document)
_TYPES = frozenset({"message", "function_call", "function_call_output", "reasoning"})
_ENCRYPTED = "reasoning.encrypted_content"


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
    for index, name in enumerate(given.include or ()):
        if name != _ENCRYPTED:
            raise unsupported(f"include[{index}]", "the other vendor's answers have no such part")
        notes.append(Note(f"include[{index}]", "reasoning is not handed out in encrypted form"))
    reasoning = given.reasoning or shapes.Reasoning()
    level, thinking = effort(reasoning.effort, "reasoning.effort")
    _check_reasoning(reasoning, notes)
    text = given.text or shapes.TextConfig()
    if text.verbosity not in {None, "medium"}:
        raise unsupported("text.verbosity", "the other vendor has nothing like it")
    leading = words(given.instructions or "", "instructions", notes if given.instructions else [])
    return Request(
        turns=(Turn("system", leading, "instructions"), *_turns(given.input, notes)),
        tools=tuple(_tool(raw, f"tools[{i}]") for i, raw in enumerate(given.tools or ())),
        choice=choice_of(given.tool_choice, _named),
        parallel=given.parallel_tool_calls,
        max_tokens=given.max_output_tokens,
        temperature=given.temperature,
        top_p=given.top_p,
        stream=given.stream is True,
        format=_format(text.format),
        effort=level,
        thinking=thinking,
        user=end_user(given.user, given.safety_identifier),
        tier=tier(given.service_tier),
        paths=_PATHS,
    )


def _check_reasoning(reasoning: shapes.Reasoning, notes: Notes) -> None:
    neutral = {"context": "auto", "mode": "standard", "generate_summary": None}
    for name, value in neutral.items():
        found = getattr(reasoning, name)
        if found is not None and found != value:
            raise unsupported(f"reasoning.{name}", "the other vendor has nothing like it")
    if reasoning.summary is not None:
        notes.append(Note("reasoning.summary", "the reasoning is not shown"))


def _turns(given: str | list[msgspec.Raw], notes: Notes) -> list[Turn]:
    if isinstance(given, str):
        return [Turn("user", words(given, "input", notes), "input")]
    found = (_turn(raw, f"input[{index}]", notes) for index, raw in enumerate(given))
    return [turn for turn in found if turn is not None]


def _turn(raw: msgspec.Raw, path: str, notes: Notes) -> Turn | None:
    item: shapes.Item = pick(shapes.Item, _typed(raw, path), path)
    if isinstance(item, shapes.ReasoningItem):
        notes.append(Note(path, "reasoning that is meant for its own vendor is left out"))
        return None
    if isinstance(item, shapes.FunctionCall):
        _refuse_callers(item.caller, item.namespace, path)
        text = item.arguments.strip() or "{}"
        arguments = object_text(text.encode(), join(path, "arguments"))
        name = tool_name(item.name, join(path, "name"))
        return Turn("assistant", (Call(call_id(item.call_id), name, arguments, path),), path)
    if isinstance(item, shapes.FunctionCallOutput):
        _refuse_callers(item.caller, item.namespace, path)
        return Turn("user", (_result(item, path, notes),), path)
    return _message(item, path, notes)


def _typed(raw: msgspec.Raw, path: str) -> bytes:
    """The item with its type: a message may leave it out."""
    kind = decode(Kind, raw, path)
    if kind.type is None and kind.role is not None:
        fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        return msgspec.json.encode({**fields, "type": "message"})
    if kind.type not in _TYPES:
        name = (kind.type or "item_reference")[:40]
        raise unsupported(path, f"an item of type `{name}` belongs to the caller's vendor")
    return bytes(raw)


def _refuse_callers(caller: Any, namespace: str | None, path: str) -> None:
    if caller is not None and caller != {"type": "direct"}:
        raise unsupported(join(path, "caller"), "a program at the caller's vendor made the call")
    if namespace:
        raise unsupported(join(path, "namespace"), "the other vendor's tools have no namespaces")


def _message(item: shapes.Message, path: str, notes: Notes) -> Turn:
    roles: dict[str, Literal["system", "user", "assistant"]] = {
        "system": "system",
        "developer": "system",
        "user": "user",
        "assistant": "assistant",
    }
    if item.role not in roles:
        raise unsupported(join(path, "role"), f"`{item.role[:40]}` is not known")
    role = roles[item.role]
    parts = _content(item.content, join(path, "content"), notes)
    allowed = {"system": (Text,), "user": (Text, Image, Document), "assistant": (Text, Refusal)}
    for part in parts:
        if not isinstance(part, allowed[role]):
            raise unsupported(part.path, f"a message of the role `{item.role}` holds no such part")
    return Turn(role, parts, path)


def _result(item: shapes.FunctionCallOutput, path: str, notes: Notes) -> Result:
    parts = _content(item.output, join(path, "output"), notes if item.output else [])
    kept: list[Text | Image | Document] = []
    for part in parts:
        if not isinstance(part, _RESULT_PARTS):
            raise unsupported(part.path, "a tool's result holds no such part")
        kept.append(part)
    is_error = isinstance(item.output, list) and is_marked(kept)
    return Result(call_id(item.call_id), tuple(kept[is_error:]), is_error, path)


def _content(content: str | list[msgspec.Raw], path: str, notes: Notes) -> tuple[Part, ...]:
    if isinstance(content, str):
        return words(content, path, notes)
    parts: list[Part] = []
    for index, raw in enumerate(content):
        parts += _part(raw, f"{path}[{index}]", notes)
    return tuple(parts)


def _part(raw: msgspec.Raw, path: str, notes: Notes) -> tuple[Part, ...]:
    part: shapes.ContentPart = pick(shapes.ContentPart, raw, path)
    if isinstance(part, shapes.OutputRefusal):
        return (Refusal(part.refusal, path),)
    if isinstance(part, shapes.OutputText):
        if part.annotations:
            notes.append(Note(join(path, "annotations"), "sources of words are not carried"))
        return words(part.text, path, notes)
    if part.prompt_cache_breakpoint is not None:
        notes.append(Note(join(path, "prompt_cache_breakpoint"), "caching is advice"))
    if isinstance(part, shapes.InputText):
        return words(part.text, path, notes)
    if part.file_id is not None:
        raise unsupported(join(path, "file_id"), "the file is stored at the caller's vendor")
    if isinstance(part, shapes.InputImage):
        return (image(part.image_url or "", part.detail, path, "", notes),)
    if part.detail not in {None, "auto"}:
        notes.append(Note(join(path, "detail"), "how finely it is looked at is advice"))
    if part.file_url is not None:
        address = web_url(part.file_url, join(path, "file_url"))
        return (Document(url=address, name=part.filename or "", path=path),)
    return (document(part.file_data, None, part.filename, path, ""),)


def _tool(raw: msgspec.Raw, path: str) -> Tool:
    if decode(Kind, raw, path).type != "function":
        raise unsupported(
            join(path, "type"), "the tool runs at the caller's vendor or is of its making"
        )
    tool = decode(shapes.FunctionTool, raw, path)
    for name, neutral in shapes.TOOL_NEUTRAL.items():
        value = getattr(tool, name)
        if value is not None and value != neutral:
            raise unsupported(join(path, name), "the other vendor has nothing like it")
    return Tool(
        name=tool_name(tool.name, join(path, "name")),
        description=tool.description or "",
        schema=tool_schema(bytes(tool.parameters), join(path, "parameters")),
        strict=tool.strict,
        path=path,
    )


def _named(raw: msgspec.Raw) -> str:
    return decode(shapes.NamedChoice, raw, "tool_choice").name


def _format(raw: msgspec.Raw) -> Format | None:
    value = bytes(raw)
    if value == b"null":
        return None
    if json_object(value):
        raise unsupported("text.format", "the other vendor writes JSON by a schema alone")
    found: shapes.Format = pick(shapes.Format, raw, "text.format")
    if isinstance(found, shapes.TextFormat):
        return None
    if found.description:
        raise unsupported("text.format.description", "a schema alone is carried")
    return Format(inner_object(found.schema, "text.format.schema"), found.name, found.strict)
