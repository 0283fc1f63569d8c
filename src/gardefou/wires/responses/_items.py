"""OpenAI Responses: items, as they stand in requests and in answers."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gardefou.errors import InputError
from gardefou.wires._json import NULL, convert, dump, text_of
from gardefou.wires._model import (
    Call,
    Executor,
    Item,
    Media,
    Opaque,
    Reasoning,
    Result,
    Speaker,
    Words,
    media,
)

_SPEAKERS: dict[str, Speaker] = {
    "system": "operator",
    "developer": "operator",
    "user": "user",
    "assistant": "model",
}
# Items that are neither a call nor a result.
_PLAIN = frozenset({"message", "reasoning", "compaction", "mcp_list_tools", "additional_tools"})
# Calls without a name of their own: the tool, and the fields that are its arguments.
_NAMELESS: dict[str, tuple[str, tuple[str, ...]]] = {
    "computer_call": ("computer", ("action", "actions")),
    "local_shell_call": ("local_shell", ("action",)),
    "shell_call": ("shell", ("action",)),
    "apply_patch_call": ("apply_patch", ("operation",)),
    "web_search_call": ("web_search", ("action",)),
    "file_search_call": ("file_search", ("queries",)),
    "code_interpreter_call": ("code_interpreter", ("code",)),
    "image_generation_call": ("image_generation", ("revised_prompt",)),
    "program": ("program", ("code",)),
}
_NAMED = frozenset({"function_call", "custom_tool_call", "mcp_call", "mcp_approval_request"})
_CLIENT_CALLS = frozenset(
    {
        "function_call",
        "custom_tool_call",
        "computer_call",
        "local_shell_call",
        "apply_patch_call",
        "mcp_approval_request",
    }
)
# Where a call that the vendor ran keeps what came back.
_OUTCOMES = ("output", "outputs", "results", "result", "error")


class _Environment(msgspec.Struct):
    type: str = ""


class RawItem(msgspec.Struct):
    """An item; the fields of all kinds together. A message may leave out its type."""

    type: str = "message"
    id: str | None = None
    role: str | None = None
    content: msgspec.Raw = NULL
    summary: msgspec.Raw = NULL
    encrypted_content: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    server_label: str | None = None
    arguments: msgspec.Raw = NULL
    input: str | None = None
    action: msgspec.Raw = NULL
    actions: msgspec.Raw = NULL
    operation: msgspec.Raw = NULL
    queries: msgspec.Raw = NULL
    code: msgspec.Raw = NULL
    revised_prompt: msgspec.Raw = NULL
    execution: str | None = None
    environment: _Environment | None = None
    output: msgspec.Raw = NULL
    outputs: msgspec.Raw = NULL
    results: msgspec.Raw = NULL
    result: msgspec.Raw = NULL
    error: msgspec.Raw = NULL
    tools: msgspec.Raw = NULL
    approval_request_id: str | None = None
    approve: bool | None = None
    reason: str | None = None


class _Audio(msgspec.Struct):
    data: str = ""
    format: str = ""


class _Part(msgspec.Struct):
    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | None = None
    file_id: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    filename: str | None = None
    input_audio: _Audio | None = None


class _Text(msgspec.Struct):
    text: str | None = None


def is_call(kind: str) -> bool:
    """Whether an item has to be ruled on: calls, and every item of a kind that is not known."""
    return kind not in _PLAIN and not is_result(kind)


def is_result(kind: str) -> bool:
    """Whether an item is what a tool gave back."""
    return kind.endswith("_output")


def _executor(item: RawItem) -> Executor:
    if item.type == "shell_call":
        kind = item.environment.type if item.environment else "local"
        return "client" if kind == "local" else "vendor"
    if item.type == "tool_search_call":
        return "client" if item.execution == "client" else "vendor"
    return "client" if item.type in _CLIENT_CALLS else "vendor"


def call_of(key: str, item: RawItem, whole: bytes) -> Call:
    """A call; an item of an unknown kind is named by its kind and taken to be the vendor's."""
    name, arguments = item.name or "", text_of(item.arguments)
    if item.type == "custom_tool_call":
        arguments = item.input or ""
    elif item.type in _NAMELESS:
        name, fields = _NAMELESS[item.type]
        found = {field: getattr(item, field) for field in fields}
        arguments = dump({field: raw for field, raw in found.items() if raw != NULL}).decode()
    elif item.type == "tool_search_call":
        name = "tool_search"
    elif item.type not in _NAMED:
        name, arguments = item.type, whole.decode()
    return Call(
        key=key,
        id=item.call_id or item.id or "",
        name=name,
        arguments=arguments,
        type="function" if item.type == "function_call" else item.type,
        executor=_executor(item),
        server=item.server_label or item.namespace or "",
    )


def result_of(item: RawItem, names: dict[str, str]) -> Result:
    """What a tool gave back, in an item of its own."""
    call = item.call_id or item.id or ""
    raw = item.output if item.output != NULL else item.result
    if raw == NULL:
        raw = item.tools
    text, is_opaque = _result_text(raw)
    executor: Executor = "vendor" if item.type == "program_output" else "client"
    name = names.get(call, "")
    return Result(id=call, name=name, text=text, is_opaque=is_opaque, executor=executor)


def inner_results(call: Call, item: RawItem) -> list[Result]:
    """What the vendor's own call gave back; it stands in the call's item."""
    found = []
    for field in _OUTCOMES:
        raw = getattr(item, field)
        if raw != NULL and call.executor == "vendor":
            text, is_opaque = _result_text(raw)
            found.append(
                Result(
                    id=call.id,
                    name=call.name,
                    text=text,
                    is_error=field == "error",
                    is_opaque=is_opaque or item.type == "image_generation_call",
                    executor="vendor",
                )
            )
    return found


def _result_text(raw: msgspec.Raw) -> tuple[str, bool]:
    data = bytes(raw)
    if data == b"null":
        return "", False
    if data[:1] == b"[":
        parts = _parts(data)
        if parts is not None:
            texts = [part.text for part in parts if part.text is not None]
            return "\n".join(texts), len(texts) < len(parts)
    is_picture = data[:1] == b"{" and (b'"image_url"' in data or b'"file_id"' in data)
    return text_of(raw), is_picture


def _parts(data: bytes) -> list[_Part] | None:
    """The parts of a content, or None when the list holds something else."""
    try:
        parts: list[_Part] = convert(data, list[_Part])
    except InputError:
        return None
    return parts if all(part.type.startswith("input_") for part in parts) else None


def items_of(items: Iterable[tuple[RawItem, bytes]]) -> list[Item]:
    """The items of a conversation, in the shape that all wires share."""
    found: list[Item] = []
    names: dict[str, str] = {}
    for position, (item, whole) in enumerate(items):
        kind = item.type
        if kind == "message":
            found += _message(item)
        elif kind == "reasoning":
            found.append(Reasoning(text=reasoning_in(item)))
        elif is_result(kind):
            found.append(result_of(item, names))
            found += _inner_media(item)
        elif kind == "mcp_approval_response":
            found.append(_approval(item, names))
        elif kind == "mcp_list_tools":
            found.append(Result(id=item.id or "", name=kind, text=text_of(item.tools)))
        elif kind in _NAMED or kind in _NAMELESS or kind == "tool_search_call":
            call = call_of(str(position), item, whole)
            names[call.id] = call.name
            found.append(call)
            found += inner_results(call, item)
        elif kind != "additional_tools":
            found.append(Opaque(by="model", type=kind, id=item.id or ""))
    return found


def _message(item: RawItem) -> list[Item]:
    speaker = _SPEAKERS.get(item.role or "")
    if speaker is None:
        raise InputError(
            f"the role `{(item.role or '')[:80]}` is unknown",
            code="wire.role",
            expected=", ".join(_SPEAKERS),
            help="use a role of the wire",
        )
    if bytes(item.content)[:1] == b'"':
        return [Words(by=speaker, text=text_of(item.content))]
    return [_part(part, speaker) for part in convert(item.content, list[_Part])]


def _part(part: _Part, by: Speaker, call: str = "") -> Item:
    text = part.text if part.text is not None else part.refusal
    if text is not None:
        return Words(by=by, text=text)
    if part.type == "input_image":
        found = media(by, "image", part.image_url or "", call)
        return msgspec.structs.replace(found, file=part.file_id or "")
    if part.type == "input_file":
        found = media(by, "file", part.file_url or part.file_data or "", call)
        return msgspec.structs.replace(found, file=part.file_id or part.filename or "")
    if part.type == "input_audio" and part.input_audio is not None:
        kind = f"audio/{part.input_audio.format}"
        return Media(by=by, kind="audio", media_type=kind, data=part.input_audio.data, call=call)
    return Opaque(by=by, type=part.type)


def _inner_media(item: RawItem) -> list[Item]:
    """The parts of a result that are not text."""
    data = bytes(item.output)
    if data[:1] == b"{" and b'"type"' in data:
        data = b"[%b]" % data
    parts = _parts(data) if data[:1] == b"[" else None
    call = item.call_id or ""
    if parts is None and item.type == "computer_call_output":
        screenshot = convert(item.output, _Part)
        found = media("tool", "image", screenshot.image_url or "", call)
        return [msgspec.structs.replace(found, file=screenshot.file_id or "")]
    return [_part(part, "tool", call) for part in parts or () if part.text is None]


def _approval(item: RawItem, names: dict[str, str]) -> Result:
    """What the end user said to the vendor's question; it is never a supervisor's vote."""
    call = item.approval_request_id or ""
    text = "approved" if item.approve else f"refused: {item.reason or ''}".rstrip(": ")
    return Result(id=call, name=names.get(call, ""), text=text, is_error=not item.approve)


def texts_in(item: RawItem) -> tuple[list[str], list[str]]:
    """The words and the refusals of a message of the model."""
    if bytes(item.content)[:1] == b'"':
        return [text_of(item.content)], []
    parts = convert(item.content, list[_Part] | None) or []
    texts = [part.text for part in parts if part.text is not None]
    return texts, [part.refusal for part in parts if part.refusal is not None]


def reasoning_in(item: RawItem) -> str:
    """What the model shows of its reasoning."""
    found = []
    for raw in (item.summary, item.content):
        found += [part.text or "" for part in convert(raw, list[_Text] | None) or ()]
    return "\n".join(found)
