"""Responses: from the shape between the wires to a request's body."""

from __future__ import annotations

from typing import Any

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
from gardefou.wires.translation._ends import check_end
from gardefou.wires.translation._marks import ERROR_MARK
from gardefou.wires.translation._reading import Notes, unsupported
from gardefou.wires.translation._settings import TIERS, reasoning_effort
from gardefou.wires.translation.chat import (
    CHOICES,
    document_data,
    document_name,
    image_address,
)

_ITEMS = (Call, Result)


def write_request(request: Request, model: str, notes: Notes) -> bytes:
    """The body of a Responses request that stores nothing at the vendor.

    Raises:
        InputError: ``translate.unsupported``.
    """
    check_end(request)
    if request.stop:
        raise unsupported(request.paths["stop"], "the other vendor stops at no words")
    instructions, turns = _instructions(request.turns)
    items = [item for turn in turns for item in _items(turn, notes)]
    effort = reasoning_effort(request)
    if request.shows_thinking:
        notes.append(Note(request.paths["thinking"], "the reasoning is not shown"))
    fields: dict[str, Any] = {
        "model": model,
        "instructions": instructions,
        "input": items,
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _choice(request.choice),
        "parallel_tool_calls": request.parallel if request.tools else None,
        "text": _format(request.format),
        "reasoning": {"effort": effort} if effort else None,
        "user": request.user or None,
        "service_tier": TIERS.get(request.tier),
        "store": False,
        "stream": True if request.stream else None,
    }
    return msgspec.json.encode({key: value for key, value in fields.items() if value is not None})


def _instructions(turns: tuple[Turn, ...]) -> tuple[str | None, tuple[Turn, ...]]:
    """The first words of the operator, if they are one text, and what follows."""
    if turns and turns[0].role == "system" and len(turns[0].parts) == 1:
        first = turns[0].parts[0]
        if isinstance(first, Text):
            return first.text, turns[1:]
    return None, turns


def _items(turn: Turn, notes: Notes) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    words: list[Part] = []
    for part in turn.parts:
        if isinstance(part, _ITEMS):
            items += _message(turn, words, notes)
            words = []
            items.append(_call(part) if isinstance(part, Call) else _result(part))
        else:
            words.append(part)
    return items + _message(turn, words, notes)


def _message(turn: Turn, parts: list[Part], notes: Notes) -> list[dict[str, Any]]:
    if not parts:
        return []
    if turn.role == "assistant":
        return [_assistant(part, notes) for part in parts]
    content: Any = [_part(part) for part in parts]
    if len(parts) == 1 and isinstance(only := parts[0], Text):
        content = only.text
    return [{"type": "message", "role": turn.role, "content": content}]


def _assistant(part: Part, notes: Notes) -> dict[str, Any]:
    if isinstance(part, Refusal):
        notes.append(Note(part.path, "a refusal is carried as words"))
    elif not isinstance(part, Text):
        raise unsupported(part.path, "an assistant's message holds no such part")
    return {"type": "message", "role": "assistant", "content": part.text}


def _call(call: Call) -> dict[str, Any]:
    arguments = call.arguments.decode()
    return {
        "type": "function_call",
        "call_id": call.id,
        "name": call.name,
        "arguments": arguments,
    }


def _result(result: Result) -> dict[str, Any]:
    parts = [_part(part) for part in result.parts]
    output: Any = parts
    if result.is_error:
        output = [_part(Text(ERROR_MARK)), *parts]
    elif len(parts) == 1 and isinstance(only := result.parts[0], Text):
        output = only.text
    return {"type": "function_call_output", "call_id": result.call, "output": output or ""}


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "input_text", "text": part.text}
    if isinstance(part, Image):
        return {"type": "input_image", "image_url": image_address(part), "detail": "auto"}
    if isinstance(part, Document):
        if part.url:
            named = {"filename": part.name} if part.name else {}
            return {"type": "input_file", "file_url": part.url, **named}
        name = {"filename": document_name(part)}
        return {"type": "input_file", "file_data": document_data(part), **name}
    raise unsupported(part.path, "a message holds no such part")


def _tool(tool: Tool) -> dict[str, Any]:
    # Here `strict` is true unless it is said not to be; on the other wires it is false.
    declaration: dict[str, Any] = {"type": "function", "name": tool.name}
    if tool.description:
        declaration["description"] = tool.description
    declaration["parameters"] = msgspec.Raw(tool.schema)
    declaration["strict"] = tool.strict is True
    return declaration


def _choice(choice: Choice | None) -> str | dict[str, Any] | None:
    if choice is None:
        return None
    if choice.mode == "tool":
        return {"type": "function", "name": choice.name}
    return CHOICES[choice.mode]


def _format(answer: Format | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    schema: dict[str, Any] = {"name": answer.name, "schema": msgspec.Raw(answer.schema)}
    if answer.strict is not None:
        schema["strict"] = answer.strict
    return {"format": {"type": "json_schema", **schema}}
