"""Anthropic Messages: content blocks, as they stand in requests and in answers."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gardefou.wires._json import NULL, convert, text_of
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

# Blocks that are neither a call nor a result, and may stand in an answer.
PLAIN_BLOCKS = frozenset(
    {"text", "thinking", "redacted_thinking", "container_upload", "compaction", "fallback"}
)
CLIENT_CALL = "tool_use"
VENDOR_CALLS = frozenset({"server_tool_use", "mcp_tool_use"})
KNOWN_CALLS = VENDOR_CALLS | {CLIENT_CALL}


class _Source(msgspec.Struct):
    type: str = ""
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None
    content: msgspec.Raw = NULL


class Block(msgspec.Struct):
    """A content block; the fields of all kinds together."""

    type: str
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = NULL
    server_name: str | None = None
    toolset_name: str | None = None
    tool_use_id: str | None = None
    is_error: bool | None = None
    content: msgspec.Raw = NULL
    source: msgspec.Raw = NULL
    title: str | None = None
    file_id: str | None = None


class _Part(msgspec.Struct):
    type: str = ""
    text: str | None = None


def is_call(kind: str) -> bool:
    """Whether a block has to be ruled on: calls, and every block of a kind that is not known."""
    return kind not in PLAIN_BLOCKS and not is_result(kind)


def is_result(kind: str) -> bool:
    """Whether a block is what a tool gave back."""
    return kind.endswith("tool_result")


def call_of(key: str, block: Block, whole: bytes) -> Call:
    """A call; a block of an unknown kind is named by its kind and taken to be the vendor's."""
    executor: Executor = "client" if block.type == CLIENT_CALL else "vendor"
    if executor == "vendor" and block.type not in VENDOR_CALLS:
        arguments = whole.decode()
    else:
        arguments = text_of(block.input) if block.input != NULL else "{}"
    return Call(
        key=key,
        id=block.id or "",
        name=block.name or ("" if block.type in KNOWN_CALLS else block.type),
        arguments=arguments,
        type="function" if block.type == CLIENT_CALL else block.type,
        executor=executor,
        server=block.server_name or block.toolset_name or "",
    )


def result_of(block: Block, name: str) -> Result:
    """What a tool gave back: text where there is text, else the JSON of its content."""
    executor: Executor = "client" if block.type == "tool_result" else "vendor"
    text, is_opaque = _result_text(block)
    return Result(
        id=block.tool_use_id or "",
        name=name,
        text=text,
        is_error=bool(block.is_error),
        is_opaque=is_opaque,
        executor=executor,
    )


def _result_text(block: Block) -> tuple[str, bool]:
    content = bytes(block.content)
    if content == b"null":
        return "", False
    if content[:1] == b"[":
        parts = convert(content, list[_Part])
        if all(part.type == "text" for part in parts):
            return "\n".join(part.text or "" for part in parts), False
        if block.type == "tool_result":
            texts = [part.text or "" for part in parts if part.type == "text"]
            return "\n".join(texts), True
    # What the vendor's own tools find is JSON, some of it encrypted.
    return text_of(content), b'"encrypted_' in content


def items_of(blocks: Iterable[Block], by: Speaker, names: dict[str, str]) -> list[Item]:
    """The items of one message's blocks; ``names`` of calls by id are read and added to."""
    items: list[Item] = []
    position = 0
    for block in blocks:
        kind = block.type
        if kind == "text":
            items.append(Words(by=by, text=block.text or ""))
        elif is_result(kind):
            items.append(result_of(block, names.get(block.tool_use_id or "", "")))
            if kind == "tool_result" and bytes(block.content)[:1] == b"[":
                items += _inner(block)
        elif kind in KNOWN_CALLS:
            call = call_of(str(position), block, b"")
            names[call.id] = call.name
            items.append(call)
            position += 1
        elif kind == "thinking":
            items.append(Reasoning(text=block.thinking or ""))
        elif kind == "redacted_thinking":
            items.append(Reasoning())
        else:
            items.append(_other(block, by))
    return items


def _inner(block: Block) -> list[Item]:
    """The parts of a result that are not text."""
    call = block.tool_use_id or ""
    parts = convert(block.content, list[Block])
    return [_other(part, "tool", call) for part in parts if part.type != "text"]


def _other(block: Block, by: Speaker, call: str = "") -> Item:
    if block.type == "search_result":
        parts = convert(block.content, list[_Part] | None) or []
        # A search result speaks with the voice of whoever wrote it, not of whoever sent it.
        return Words(by="tool", text="\n".join(part.text or "" for part in parts))
    if block.type == "container_upload":
        return Media(by=by, kind="file", file=block.file_id or "", call=call)
    if block.type not in {"image", "document", "video", "audio"} or block.source == NULL:
        return Opaque(by=by, type=block.type, id=block.id or "")
    return _source(block.type, convert(block.source, _Source), by, call)


def _source(kind: str, source: _Source, by: Speaker, call: str) -> Item:
    if source.type == "text":
        return Words(by="tool", text=source.data or "")
    if source.type == "content":
        if bytes(source.content)[:1] == b'"':
            return Words(by="tool", text=text_of(source.content))
        parts = convert(source.content, list[_Part] | None) or []
        if all(part.type == "text" for part in parts):
            return Words(by="tool", text="\n".join(part.text or "" for part in parts))
        return Opaque(by=by, type=f"{kind}.content")
    if source.url is not None:
        return media(by, kind, source.url, call)
    return Media(
        by=by,
        kind=kind,
        media_type=source.media_type or "",
        data=source.data or "",
        file=source.file_id or "",
        call=call,
    )
