"""Conversations for the tests: bodies of requests in each wire's own form, and vendors to answer."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
from hypothesis import strategies as st

from gardefou.wires.translation._core import Request, Turn
from gardefou.wires.translation._translation import _FORMS

CHAT, RESPONSES, MESSAGES = "openai.chat", "openai.responses", "anthropic.messages"
PAIRS = [(a, b) for a in (CHAT, RESPONSES, MESSAGES) for b in (CHAT, RESPONSES, MESSAGES) if a != b]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(16)).decode()
PDF = base64.b64encode(b"%PDF-1.7\n" + bytes(16)).decode()

texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30).filter(
    str.strip
)
names = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)
ids = names | st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
arguments = st.dictionaries(
    texts,
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=4),
    max_size=4,
)


def optional(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


# --- Chat Completions


def chat_text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


chat_parts = st.lists(
    texts.map(chat_text)
    | st.just({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}})
    | st.just(
        {"type": "image_url", "image_url": {"url": "https://a.example/x.png", "detail": "auto"}}
    )
    | st.just(
        {
            "type": "file",
            "file": {"file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"},
        }
    ),
    min_size=1,
    max_size=4,
)
chat_system = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "developer"]),
        "content": texts | st.lists(texts.map(chat_text), min_size=1, max_size=2),
    }
)
chat_user = st.fixed_dictionaries({"role": st.just("user"), "content": texts | chat_parts})


@st.composite
def chat_exchange(draw: st.DrawFn) -> list[dict[str, Any]]:
    """An assistant's message, with calls and their results or without."""
    message: dict[str, Any] = {"role": "assistant", "content": draw(texts | st.none())}
    calls = draw(st.lists(ids, max_size=3, unique=True))
    if not calls and message["content"] is None:
        message["content"] = "yes"
    if not calls:
        return [message]
    message["tool_calls"] = [
        {
            "id": call,
            "type": "function",
            "function": {"name": draw(names), "arguments": json.dumps(draw(arguments))},
        }
        for call in calls
    ]
    results = [
        {
            "role": "tool",
            "tool_call_id": call,
            "content": draw(texts | st.just("") | st.lists(texts.map(chat_text), max_size=2)),
        }
        for call in calls
    ]
    return [message, *results]


chat_tools = st.lists(
    st.fixed_dictionaries(
        {"name": names},
        optional={
            "description": texts,
            "parameters": st.just({"type": "object", "properties": {"a": {"type": "number"}}})
            | st.just({}),
            "strict": st.booleans(),
        },
    ).map(lambda function: {"type": "function", "function": function}),
    min_size=1,
    max_size=3,
)


@st.composite
def chat_bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A whole request of an application that speaks Chat Completions."""
    messages = draw(st.lists(chat_system, max_size=2))
    for _ in range(draw(st.integers(0, 3))):
        messages.append(draw(chat_user))
        messages += draw(chat_exchange())
    messages.append(draw(chat_user))
    body = draw(
        optional(
            {
                "max_completion_tokens": st.integers(1, 9_999),
                "temperature": st.floats(0, 1),
                "top_p": st.floats(0, 1),
                "reasoning_effort": st.sampled_from(["none", "low", "high", "max"]),
                "user": names,
                "service_tier": st.sampled_from(["auto", "default"]),
                "n": st.just(1),
                "logprobs": st.none() | st.just(False),
                "stream": st.booleans(),
            }
        )
    )
    if draw(st.booleans()):
        body["tools"] = draw(chat_tools)
        body |= draw(
            optional(
                {
                    "tool_choice": st.sampled_from(["auto", "none", "required"])
                    | st.just({"type": "function", "function": {"name": "f"}}),
                    "parallel_tool_calls": st.booleans(),
                }
            )
        )
    return {"model": "m", "messages": messages, **body}


# --- Messages


def block(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


message_parts = st.lists(
    texts.map(block)
    | st.just({"type": "image", "source": {"type": "url", "url": "https://a.example/x.png"}})
    | st.just(
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    )
    | st.just(
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
            "title": "a.pdf",
        }
    ),
    min_size=1,
    max_size=3,
)


@st.composite
def message_exchange(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A user's message that answers the calls of the assistant's message before it."""
    calls = draw(st.lists(names, max_size=3, unique=True))
    content: list[dict[str, Any]] = [block(text) for text in draw(st.lists(texts, max_size=1))]
    content += [
        {"type": "tool_use", "id": call, "name": draw(names), "input": draw(arguments)}
        for call in calls
    ]
    results = [
        {
            "type": "tool_result",
            "tool_use_id": call,
            "content": draw(texts | st.just("") | st.lists(texts.map(block), max_size=2)),
            **draw(optional({"is_error": st.booleans()})),
        }
        for call in calls
    ]
    words = draw(message_parts)
    return [
        {"role": "assistant", "content": content or "yes"},
        {"role": "user", "content": [*results, *words]},
    ]


@st.composite
def message_bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A whole request of an application that speaks Messages."""
    messages = [{"role": "user", "content": draw(texts | message_parts)}]
    for _ in range(draw(st.integers(0, 3))):
        messages += draw(message_exchange())
    body = draw(
        optional(
            {
                "system": texts | st.lists(texts.map(block), min_size=1, max_size=2),
                "temperature": st.floats(0, 1),
                "top_p": st.floats(0, 1),
                "metadata": st.fixed_dictionaries({"user_id": names}),
                "service_tier": st.sampled_from(["auto", "standard_only"]),
                "thinking": st.sampled_from([{"type": "disabled"}, {"type": "adaptive"}]),
                "stream": st.booleans(),
                "top_k": st.none(),
            }
        )
    )
    if draw(st.booleans()) and body.get("thinking") != {"type": "disabled"}:
        body["thinking"] = {"type": "adaptive"}
        body["output_config"] = {"effort": draw(st.sampled_from(["low", "medium", "max"]))}
    elif body.get("thinking") == {"type": "adaptive"}:
        del body["thinking"]
    if draw(st.booleans()):
        body["tools"] = draw(
            st.lists(
                st.fixed_dictionaries(
                    {"name": names, "input_schema": st.just({"type": "object"})},
                    optional={
                        "description": texts,
                        "strict": st.booleans(),
                        "type": st.just("custom"),
                    },
                ),
                min_size=1,
                max_size=3,
            )
        )
        body |= draw(
            optional(
                {
                    "tool_choice": st.sampled_from(
                        [
                            {"type": "auto"},
                            {"type": "any", "disable_parallel_tool_use": True},
                            {"type": "tool", "name": "f"},
                            {"type": "none"},
                        ]
                    )
                }
            )
        )
    return {"model": "m", "max_tokens": draw(st.integers(1, 9_999)), "messages": messages, **body}


def meaning(wire: str, body: bytes) -> Request:
    """What a request says, without places, and with what one side says at once in one turn."""
    request = _FORMS[wire].read_request(body, [])
    turns: list[Turn] = []
    for turn in request.turns:
        parts = tuple(_placeless(part) for part in turn.parts)
        if turns and turns[-1].role == turn.role:
            turns[-1] = Turn(turn.role, turns[-1].parts + parts)
        elif parts:
            turns.append(Turn(turn.role, parts))
    tools = tuple(msgspec.structs.replace(tool, path="") for tool in request.tools)
    return msgspec.structs.replace(
        request, turns=tuple(turns), tools=tools, paths={}, wants_usage=True
    )


def _placeless(part: Any) -> Any:
    if hasattr(part, "parts"):
        part = msgspec.structs.replace(part, parts=tuple(_placeless(p) for p in part.parts))
    return msgspec.structs.replace(part, path="")
