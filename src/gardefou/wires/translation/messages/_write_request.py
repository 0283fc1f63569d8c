"""Messages: from the shape between the wires to a request's body."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.wires.translation._core import (
    Call,
    Choice,
    Document,
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
from gardefou.wires.translation._ends import check_end
from gardefou.wires.translation._reading import Notes, unsupported

_TIERS = {"auto": "auto", "standard": "standard_only"}


def write_request(request: Request, model: str, notes: Notes, max_tokens_default: int) -> bytes:
    """The body of a Messages request, which must say how many tokens the answer may have.

    Raises:
        InputError: ``translate.unsupported``.
    """
    check_end(request)
    if request.temperature is not None and not 0 <= request.temperature <= 1:
        raise unsupported(
            request.paths["temperature"],
            f"it is {request.temperature:g}, and the other vendor's range is 0 to 1",
            "take a temperature from 0 to 1",
        )
    max_tokens = request.max_tokens
    if max_tokens is None:
        max_tokens = max_tokens_default
        why = f"not given; the other vendor asks for it, {max_tokens} is taken from the settings"
        notes.append(Note(request.paths["max_tokens"], why))
    system, rest = _system(request.turns)
    fields: dict[str, Any] = {
        "model": model,
        "max_tokens": max_tokens,
        "system": system,
        "messages": _messages(rest, notes),
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop_sequences": list(request.stop) or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _choice(request),
        "output_config": _output_config(request, notes),
        "thinking": _thinking(request),
        "metadata": {"user_id": request.user} if request.user else None,
        "service_tier": _TIERS.get(request.tier),
        "stream": True if request.stream else None,
    }
    return msgspec.json.encode({key: value for key, value in fields.items() if value is not None})


def _system(turns: tuple[Turn, ...]) -> tuple[str | list[dict[str, Any]] | None, list[Turn]]:
    first = next((i for i, turn in enumerate(turns) if turn.role != "system"), len(turns))
    texts = [part for turn in turns[:first] for part in turn.parts]
    if not texts:
        return None, list(turns[first:])
    return _content(texts, []), list(turns[first:])


def _messages(turns: list[Turn], notes: Notes) -> list[dict[str, Any]]:
    """Messages of which no two neighbours have the same role."""
    merged: list[tuple[str, list[Part]]] = []
    for turn in turns:
        if not turn.parts:
            continue
        if turn.role == "system":
            notes.append(
                Note(
                    turn.path,
                    "the operator's words within a conversation need a model that reads them there",
                )
            )
        if merged and merged[-1][0] == turn.role:
            merged[-1][1].extend(turn.parts)
        else:
            merged.append((turn.role, list(turn.parts)))
    return [{"role": role, "content": _content(parts, notes)} for role, parts in merged]


def _content(parts: list[Part], notes: Notes) -> str | list[dict[str, Any]]:
    if len(parts) == 1 and isinstance(only := parts[0], Text):
        return only.text
    return [_block(part, notes) for part in parts]


def _block(part: Part, notes: Notes) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Refusal):
        notes.append(Note(part.path, "a refusal is carried as words"))
        return {"type": "text", "text": part.text}
    if isinstance(part, Image):
        return {"type": "image", "source": _source(part)}
    if isinstance(part, Document):
        title = {"title": part.name} if part.name else {}
        return {"type": "document", "source": _source(part), **title}
    if isinstance(part, Call):
        arguments = msgspec.Raw(part.arguments)
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}
    return _result(part, notes)


def _result(result: Result, notes: Notes) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": result.call}
    if result.parts:
        block["content"] = _content(list(result.parts), notes)
    if result.is_error:
        block["is_error"] = True
    return block


def _source(part: Image | Document) -> dict[str, Any]:
    if part.url:
        return {"type": "url", "url": part.url}
    if isinstance(part, Document) and part.text is not None:
        return {"type": "text", "media_type": "text/plain", "data": part.text}
    return {"type": "base64", "media_type": part.media_type, "data": part.data}


def _tool(tool: Tool) -> dict[str, Any]:
    declaration: dict[str, Any] = {"name": tool.name}
    if tool.description:
        declaration["description"] = tool.description
    declaration["input_schema"] = msgspec.Raw(tool.schema)
    if tool.strict is not None:
        declaration["strict"] = tool.strict
    return declaration


def _choice(request: Request) -> dict[str, Any] | None:
    """The choice of tools, which also says whether several are called at once."""
    choice = request.choice
    if choice is None and (request.parallel is not False or not request.tools):
        return None
    mode = choice or Choice("auto")
    found: dict[str, Any] = {"type": mode.mode}
    if mode.mode == "tool":
        found["name"] = mode.name
    if request.parallel is not None and mode.mode != "none":
        found["disable_parallel_tool_use"] = not request.parallel
    return found


def _output_config(request: Request, notes: Notes) -> dict[str, Any] | None:
    config: dict[str, Any] = {}
    if request.effort:
        config["effort"] = request.effort
    if request.format is not None:
        config["format"] = {"type": "json_schema", "schema": msgspec.Raw(request.format.schema)}
        why = "the schema is kept to strictly, and its name is not carried"
        notes.append(Note(request.paths["format"], why))
    return config or None


def _thinking(request: Request) -> dict[str, Any] | None:
    if request.thinking == "off":
        return {"type": "disabled"}
    if request.thinking == "adaptive":
        display = {"display": "summarized"} if request.shows_thinking else {}
        return {"type": "adaptive", **display}
    return None
