"""Chat Completions: from the shape between the wires to a request's body."""

from __future__ import annotations

import base64
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

_MAX_STOPS = 4
CHOICES = {"auto": "auto", "none": "none", "any": "required"}


def write_request(request: Request, model: str, notes: Notes) -> bytes:
    """The body of a Chat Completions request.

    Raises:
        InputError: ``translate.unsupported``.
    """
    paths = request.paths
    check_end(request)
    messages: list[dict[str, Any]] = []
    for turn in request.turns:
        messages += _messages(turn, notes)
    if len(request.stop) > _MAX_STOPS:
        raise unsupported(paths["stop"], f"the other vendor takes at most {_MAX_STOPS}")
    if request.shows_thinking:
        notes.append(Note(paths["thinking"], "the reasoning is not shown"))
    fields: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "max_completion_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _choice(request.choice),
        "parallel_tool_calls": request.parallel if request.tools else None,
        "response_format": _format(request.format),
        "reasoning_effort": reasoning_effort(request),
        "user": request.user or None,
        "service_tier": TIERS.get(request.tier),
        "stream": True if request.stream else None,
        "stream_options": {"include_usage": True} if request.stream else None,
    }
    return msgspec.json.encode({key: value for key, value in fields.items() if value is not None})


def _messages(turn: Turn, notes: Notes) -> list[dict[str, Any]]:
    if not turn.parts:
        return []
    if turn.role == "system":
        return [{"role": "system", "content": _content(turn.parts)}]
    if turn.role == "assistant":
        return [_assistant(turn, notes)]
    messages: list[dict[str, Any]] = []
    words: list[Part] = []
    for part in turn.parts:
        if isinstance(part, Result):
            if words:
                messages.append({"role": "user", "content": _content(words)})
                words = []
            messages.append(_result(part))
        else:
            words.append(part)
    if words:
        messages.append({"role": "user", "content": _content(words)})
    return messages


def _assistant(turn: Turn, notes: Notes) -> dict[str, Any]:
    texts = [part for part in turn.parts if isinstance(part, Text)]
    calls = [part for part in turn.parts if isinstance(part, Call)]
    refusals = [part for part in turn.parts if isinstance(part, Refusal)]
    if texts and calls and turn.parts.index(calls[0]) < turn.parts.index(texts[-1]):
        notes.append(Note(turn.path, "words after a tool call stand before it"))
    message: dict[str, Any] = {"role": "assistant", "content": _content(texts) if texts else None}
    if refusals:
        message["refusal"] = "\n".join(part.text for part in refusals)
    if calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments.decode()},
            }
            for call in calls
        ]
    return message


def _result(result: Result) -> dict[str, Any]:
    texts: list[Text] = []
    for part in result.parts:
        if not isinstance(part, Text):
            raise unsupported(part.path, "a tool's result is text alone at the other vendor")
        texts.append(part)
    if result.is_error:
        texts.insert(0, Text(ERROR_MARK))
    is_short = len(texts) == 1 and not result.is_error
    content = texts[0].text if is_short else [_part(part) for part in texts] or ""
    return {"role": "tool", "tool_call_id": result.call, "content": content}


def _content(parts: list[Part] | list[Text] | tuple[Part, ...]) -> str | list[dict[str, Any]]:
    if len(parts) == 1 and isinstance(only := parts[0], Text):
        return only.text
    return [_part(part) for part in parts]


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Image):
        return {"type": "image_url", "image_url": {"url": image_address(part)}}
    if isinstance(part, Document):
        if part.url:
            raise unsupported(part.path, "the other vendor reads no documents at an address")
        name = {"filename": document_name(part)}
        return {"type": "file", "file": {"file_data": document_data(part), **name}}
    raise unsupported(part.path, "a message holds no such part")


def image_address(image: Image) -> str:
    """A picture's address, or its content as one."""
    return image.url or f"data:{image.media_type};base64,{image.data}"


def document_data(document: Document) -> str:
    """A document's content as an address."""
    if document.text is not None:
        return "data:text/plain;base64," + base64.b64encode(document.text.encode()).decode()
    return f"data:{document.media_type};base64,{document.data}"


def document_name(document: Document) -> str:
    """The name of a file, which OpenAI asks for."""
    return document.name or ("document.txt" if document.text is not None else "document.pdf")


def _tool(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = msgspec.Raw(tool.schema)
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def _choice(choice: Choice | None) -> str | dict[str, Any] | None:
    if choice is None:
        return None
    if choice.mode == "tool":
        return {"type": "function", "function": {"name": choice.name}}
    return CHOICES[choice.mode]


def _format(answer: Format | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    schema: dict[str, Any] = {"name": answer.name, "schema": msgspec.Raw(answer.schema)}
    if answer.strict is not None:
        schema["strict"] = answer.strict
    return {"type": "json_schema", "json_schema": schema}
