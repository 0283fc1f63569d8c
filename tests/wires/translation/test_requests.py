"""Field by field: what is carried, what is a note and what is an error that names the field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conversations import CHAT, MESSAGES, PAIRS, PDF, PNG, RESPONSES
from hypothesis import given, settings
from hypothesis import strategies as st

from gardefou.errors import InputError, UsageError
from gardefou.wires.translation import TRANSLATED, translation

HELLO: dict[str, dict[str, Any]] = {
    CHAT: {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    RESPONSES: {"model": "m", "input": "hi"},
    MESSAGES: {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]},
}


def translate(caller: str, served: str, body: Any) -> tuple[Any, list[str]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    there = translation(caller, served).request(data, model="served", max_tokens_default=77)
    return json.loads(there.body), [note.path for note in there.notes]


def user(wire: str, *parts: dict[str, Any]) -> dict[str, Any]:
    """A request with these parts in the user's message."""
    if wire == RESPONSES:
        return {"model": "m", "input": [{"role": "user", "content": list(parts)}]}
    return {**HELLO[wire], "messages": [{"role": "user", "content": list(parts)}]}


def before(wire: str, *messages: dict[str, Any]) -> dict[str, Any]:
    """A request with these messages or items before the user's last words."""
    if wire == RESPONSES:
        return {"model": "m", "input": [*messages, {"role": "user", "content": "hi"}]}
    return {**HELLO[wire], "messages": [*messages, {"role": "user", "content": "hi"}]}


PICTURE = f"data:image/png;base64,{PNG}"
FILE = f"data:application/pdf;base64,{PDF}"
CARRIED = [
    # Chat Completions to Messages
    (CHAT, MESSAGES, {"max_tokens": 5}, {"max_tokens": 5}),
    (CHAT, MESSAGES, {}, {"max_tokens": 77}),
    (CHAT, MESSAGES, {"stop": "a"}, {"stop_sequences": ["a"]}),
    (CHAT, MESSAGES, {"stop": ["a", "b"]}, {"stop_sequences": ["a", "b"]}),
    (CHAT, MESSAGES, {"temperature": 1}, {"temperature": 1.0}),
    (CHAT, MESSAGES, {"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
    (
        CHAT,
        MESSAGES,
        {"reasoning_effort": "xhigh"},
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "xhigh"}},
    ),
    (CHAT, MESSAGES, {"user": "u"}, {"metadata": {"user_id": "u"}}),
    (CHAT, MESSAGES, {"safety_identifier": "u"}, {"metadata": {"user_id": "u"}}),
    (CHAT, MESSAGES, {"service_tier": "default"}, {"service_tier": "standard_only"}),
    (CHAT, MESSAGES, {"stream": True}, {"stream": True}),
    (
        CHAT,
        MESSAGES,
        {
            "tools": [{"type": "function", "function": {"name": "f"}}],
            "parallel_tool_calls": False,
        },
        {
            "tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}}],
            "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
        },
    ),
    (
        CHAT,
        MESSAGES,
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"properties": {}}}}]},
        {"tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}}]},
    ),
    (
        CHAT,
        MESSAGES,
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True},
            }
        },
        {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
    ),
    (CHAT, MESSAGES, {"n": 1, "logit_bias": {}, "store": False, "seed": None}, {}),
    (
        CHAT,
        MESSAGES,
        user(CHAT, {"type": "image_url", "image_url": {"url": PICTURE}}),
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": PNG},
                        }
                    ],
                }
            ]
        },
    ),
    (
        CHAT,
        MESSAGES,
        {
            "messages": [
                {"role": "system", "content": "a"},
                {"role": "developer", "content": "b"},
                {"role": "user", "content": "c"},
                {"role": "user", "content": "d"},
            ]
        },
        {
            "system": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "c"}, {"type": "text", "text": "d"}],
                }
            ],
        },
    ),
    # Messages to Chat Completions
    (MESSAGES, CHAT, {"system": "s"}, {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}]}),
    (MESSAGES, CHAT, {}, {"max_completion_tokens": 9}),
    (MESSAGES, CHAT, {"stop_sequences": ["x"]}, {"stop": ["x"]}),
    (MESSAGES, CHAT, {"stream": True}, {"stream": True, "stream_options": {"include_usage": True}}),
    (MESSAGES, CHAT, {"thinking": {"type": "disabled"}}, {"reasoning_effort": "none"}),
    (MESSAGES, CHAT, {"output_config": {"effort": "max"}}, {"reasoning_effort": "max"}),
    (MESSAGES, CHAT, {"metadata": {"user_id": "u"}}, {"user": "u"}),
    (MESSAGES, CHAT, {"service_tier": "standard_only"}, {"service_tier": "default"}),
    (MESSAGES, CHAT, {"top_k": None, "speed": "standard"}, {}),
    (
        MESSAGES,
        CHAT,
        user(MESSAGES, {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "é"}}),
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "file",
                            "file": {"file_data": "data:text/plain;base64,w6k=", "filename": "document.txt"},
                        }
                    ],
                }
            ]
        },
    ),
    # Responses
    (RESPONSES, MESSAGES, {"instructions": "s"}, {"system": "s", "messages": [{"role": "user", "content": "hi"}]}),
    (RESPONSES, MESSAGES, {"max_output_tokens": 8}, {"max_tokens": 8}),
    (RESPONSES, CHAT, {"reasoning": {"effort": "low"}}, {"reasoning_effort": "low"}),
    (RESPONSES, CHAT, {"text": {"format": {"type": "text"}}}, {}),
    (MESSAGES, RESPONSES, {}, {"input": [{"type": "message", "role": "user", "content": "hi"}], "store": False}),
    (
        MESSAGES,
        RESPONSES,
        {"tools": [{"name": "f", "input_schema": {"type": "object"}}], "tool_choice": {"type": "tool", "name": "f"}},
        {
            "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": False}],
            "tool_choice": {"type": "function", "name": "f"},
        },
    ),
    (
        MESSAGES,
        RESPONSES,
        user(MESSAGES, {"type": "document", "source": {"type": "url", "url": "https://a.example/x.pdf"}}),
        {"input": [{"type": "message", "role": "user", "content": [{"type": "input_file", "file_url": "https://a.example/x.pdf"}]}]},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("caller", "served", "more", "expected"), CARRIED)
def test_a_field_is_carried(
    caller: str, served: str, more: dict[str, Any], expected: dict[str, Any]
) -> None:
    actual, _ = translate(caller, served, {**HELLO[caller], **more})
    plain, _ = translate(caller, served, HELLO[caller])
    assert actual == {**plain, **expected}


NOTED = [
    (CHAT, MESSAGES, {}, ["max_completion_tokens"]),
    (CHAT, RESPONSES, {"metadata": {"a": "b"}, "prompt_cache_key": "k"}, ["prompt_cache_key", "metadata"]),
    (CHAT, RESPONSES, user(CHAT, {"type": "text", "text": " "}, {"type": "text", "text": "a"}), ["messages[0].content[0]"]),
    (
        CHAT,
        RESPONSES,
        user(CHAT, {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}}),
        ["messages[0].content[0].image_url.detail"],
    ),
    (CHAT, RESPONSES, before(CHAT, {"role": "assistant", "content": "a", "annotations": [{"type": "url_citation"}]}), ["messages[0].annotations"]),
    (CHAT, RESPONSES, before(CHAT, {"role": "assistant", "refusal": "no"}), ["messages[0].refusal"]),
    (RESPONSES, CHAT, {"include": ["reasoning.encrypted_content"]}, ["include[0]"]),
    (RESPONSES, CHAT, {"reasoning": {"summary": "auto"}}, ["reasoning.summary"]),
    (RESPONSES, CHAT, before(RESPONSES, {"type": "reasoning", "summary": [], "encrypted_content": "x"}), ["input[0]"]),
    (MESSAGES, CHAT, {"cache_control": {"type": "ephemeral"}}, ["cache_control"]),
    (MESSAGES, CHAT, user(MESSAGES, {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}), ["messages[0].content[0].cache_control"]),
    (MESSAGES, CHAT, {"thinking": {"type": "adaptive", "display": "summarized"}}, ["thinking"]),
    (
        MESSAGES,
        CHAT,
        before(MESSAGES, {"role": "user", "content": "a"}, {"role": "assistant", "content": [{"type": "thinking", "thinking": "t", "signature": "s"}, {"type": "text", "text": "b"}]}),
        ["messages[1].content[0]"],
    ),
    (
        MESSAGES,
        CHAT,
        before(
            MESSAGES,
            {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}, {"type": "text", "text": "b"}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}]},
        ),
        ["messages[0]"],
    ),
    (MESSAGES, CHAT, {"tools": [{"name": "f", "input_schema": {}, "eager_input_streaming": True}]}, ["tools[0].eager_input_streaming"]),
]  # fmt: skip


@pytest.mark.parametrize(("caller", "served", "more", "expected"), NOTED)
def test_what_changes_no_meaning_is_a_note(
    caller: str, served: str, more: dict[str, Any], expected: list[str]
) -> None:
    _, notes = translate(caller, served, {**HELLO[caller], **more})
    assert notes == expected


def call(arguments: Any = "{}", name: str = "f") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c", "type": "function", "function": function}],
    }


def use(**more: Any) -> dict[str, Any]:
    block = {"type": "tool_use", "id": "c", "name": "f", "input": {}, **more}
    return {"role": "assistant", "content": [block]}


def source(**fields: Any) -> dict[str, Any]:
    return {"type": "image", "source": fields}


def document(**fields: Any) -> dict[str, Any]:
    text = {"type": "text", "media_type": "text/plain", "data": "a"}
    return {"type": "document", "source": text, **fields}


REFUSED = [
    # Chat Completions: settings
    *[
        (CHAT, MESSAGES, {field: value}, field)
        for field, value in {
            "audio": {"voice": "a"}, "frequency_penalty": 0.5, "function_call": "auto",
            "functions": [], "logit_bias": {"1": 2}, "logprobs": True, "modalities": ["audio"],
            "moderation": {}, "n": 2, "prediction": {}, "presence_penalty": 1, "seed": 1,
            "store": True, "top_logprobs": 3, "verbosity": "low", "web_search_options": {},
            "reasoning_effort": "minimal", "service_tier": "flex", "tool_choice": "sometimes",
            "temperature": 1.5, "top_k": 4, "anything_else": None,
        }.items()
    ],
    (CHAT, MESSAGES, {"max_tokens": 1, "max_completion_tokens": 2}, "max_tokens"),
    (CHAT, MESSAGES, {"user": "a", "safety_identifier": "b"}, "safety_identifier"),
    (CHAT, MESSAGES, {"response_format": {"type": "json_object"}}, "response_format"),
    (CHAT, MESSAGES, {"response_format": {"type": "grammar"}}, "response_format.type"),
    (
        CHAT,
        MESSAGES,
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}, "description": "d"}}},
        "response_format.json_schema.description",
    ),
    (CHAT, MESSAGES, {"tool_choice": {"type": "allowed_tools", "allowed_tools": {}}}, "tool_choice"),
    (CHAT, MESSAGES, {"tool_choice": {"type": "custom", "custom": {"name": "a"}}}, "tool_choice"),
    (CHAT, MESSAGES, {"stream_options": {"odd": 1}}, "stream_options.odd"),
    (CHAT, MESSAGES, {"tools": [{"type": "custom", "custom": {"name": "a"}}]}, "tools[0].type"),
    (CHAT, MESSAGES, {"tools": [{"type": "function", "function": {"name": "a.b"}}]}, "tools[0].function.name"),
    (CHAT, MESSAGES, {"tools": [{"type": "function", "function": {"name": "a", "odd": 1}}]}, "tools[0].function.odd"),
    # Chat Completions: conversation
    (CHAT, MESSAGES, {"messages": []}, "messages"),
    (CHAT, MESSAGES, {"messages": [{"role": "user", "content": ""}]}, "messages"),
    (CHAT, MESSAGES, {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}, "messages[1]"),
    (CHAT, MESSAGES, {"messages": [{"role": "user", "content": "a", "name": "n"}]}, "messages[0].name"),
    (CHAT, MESSAGES, {"messages": [{"role": "function", "name": "f", "content": "a"}]}, "messages[0].role"),
    (CHAT, MESSAGES, before(CHAT, {"role": "assistant", "audio": {"id": "a"}}), "messages[0].audio"),
    (CHAT, MESSAGES, before(CHAT, {"role": "assistant", "function_call": {}}), "messages[0].function_call"),
    (CHAT, MESSAGES, before(CHAT, {"role": "system", "content": [{"type": "image_url", "image_url": {"url": PICTURE}}]}), "messages[0].content[0]"),
    (CHAT, MESSAGES, before(CHAT, {"role": "assistant", "content": [{"type": "image_url", "image_url": {"url": PICTURE}}]}), "messages[0].content[0]"),
    (CHAT, MESSAGES, before(CHAT, call(name="a b")), "messages[0].tool_calls[0].function.name"),
    (CHAT, MESSAGES, before(CHAT, call("[1]")), "messages[0].tool_calls[0].function.arguments"),
    (CHAT, MESSAGES, before(CHAT, call('{"a":' + "[" * 50_000)), "messages[0].tool_calls[0].function.arguments"),
    (CHAT, MESSAGES, before(CHAT, call('{"a":' * 200 + "1" + "}" * 200)), "messages[0].tool_calls[0].function.arguments"),
    (CHAT, MESSAGES, before(CHAT, call('{"a":')), "messages[0].tool_calls[0].function.arguments"),
    (CHAT, MESSAGES, user(CHAT, {"type": "text", "text": "a"}, {"type": "input_audio", "input_audio": {}}), "messages[0].content[1].type"),
    (CHAT, MESSAGES, user(CHAT, {"type": "image_url", "image_url": {"url": "file:///a"}}), "messages[0].content[0].image_url.url"),
    (CHAT, MESSAGES, user(CHAT, {"type": "image_url", "image_url": {"url": "data:image/bmp;base64,AAAA"}}), "messages[0].content[0].image_url.url"),
    (CHAT, MESSAGES, user(CHAT, {"type": "file", "file": {"file_id": "f"}}), "messages[0].content[0].file.file_id"),
    (CHAT, MESSAGES, user(CHAT, {"type": "file", "file": {"file_data": "data:a/b;base64,AAAA"}}), "messages[0].content[0].file.file_data"),
    (CHAT, MESSAGES, user(CHAT, {"type": "file", "file": {"file_data": "data:text/plain;base64,/w=="}}), "messages[0].content[0].file.file_data"),
    (CHAT, MESSAGES, user(CHAT, {"type": "refusal", "refusal": "a"}), "messages[0].content[0]"),
    (CHAT, MESSAGES, before(CHAT, {"role": "tool", "tool_call_id": "c", "content": [{"type": "image_url", "image_url": {"url": PICTURE}}]}), "messages[0].content[0]"),
    (CHAT, RESPONSES, {"stop": "a"}, "stop"),
    # Messages
    *[
        (MESSAGES, CHAT, {field: value}, field)
        for field, value in {
            "container": "c", "context_management": {"edits": []}, "diagnostics": {},
            "inference_geo": "us", "mcp_servers": [{}], "speed": "fast", "top_k": 4,
            "user_profile_id": "u", "workspace_id": "w", "service_tier": "odd", "anything_else": 1,
        }.items()
    ],
    (MESSAGES, CHAT, {"stop_sequences": list("abcde")}, "stop_sequences"),
    (MESSAGES, RESPONSES, {"stop_sequences": ["a"]}, "stop_sequences"),
    (MESSAGES, CHAT, {"thinking": {"type": "enabled", "budget_tokens": 2_000}}, "thinking.budget_tokens"),
    (MESSAGES, CHAT, {"thinking": {"type": "between_tools"}}, "thinking.type"),
    (MESSAGES, CHAT, {"thinking": {"type": "disabled"}, "output_config": {"effort": "low"}}, "output_config.effort"),
    (MESSAGES, CHAT, {"output_config": {"effort": "some"}}, "output_config.effort"),
    (MESSAGES, CHAT, {"output_config": {"odd": 1}}, "output_config.odd"),
    (MESSAGES, CHAT, {"metadata": {"odd": 1}}, "metadata.odd"),
    (MESSAGES, CHAT, {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools[0].type"),
    (MESSAGES, CHAT, {"tools": [{"name": "n" * 65, "input_schema": {}}]}, "tools[0].name"),
    (MESSAGES, CHAT, {"tools": [{"name": "n", "input_schema": {}, "defer_loading": True}]}, "tools[0].defer_loading"),
    (MESSAGES, CHAT, {"tools": [{"name": "n", "input_schema": {}, "input_examples": [{}]}]}, "tools[0].input_examples"),
    (MESSAGES, CHAT, {"tools": [{"name": "n", "input_schema": {}, "allowed_callers": ["code_execution_20250825"]}]}, "tools[0].allowed_callers"),
    (MESSAGES, CHAT, {"tool_choice": {"type": "odd"}}, "tool_choice"),
    (MESSAGES, CHAT, before(MESSAGES, {"role": "user", "content": [use()["content"][0]]}), "messages[0].content[0]"),
    (MESSAGES, CHAT, before(MESSAGES, use(caller={"type": "code_execution_20250825"})), "messages[0].content[0].caller"),
    (MESSAGES, CHAT, before(MESSAGES, use(toolset_name="t")), "messages[0].content[0].toolset_name"),
    (MESSAGES, CHAT, before(MESSAGES, use(), {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": [source(type="url", url="https://a.example")]}]}), "messages[1].content[0].content[0]"),
    (MESSAGES, CHAT, before(MESSAGES, {"role": "assistant", "content": [{"type": "server_tool_use", "id": "a"}]}), "messages[0].content[0].type"),
    (MESSAGES, CHAT, user(MESSAGES, {"type": "search_result"}), "messages[0].content[0].type"),
    (MESSAGES, CHAT, user(MESSAGES, source(type="file", file_id="f")), "messages[0].content[0].source.type"),
    (MESSAGES, CHAT, user(MESSAGES, source(type="base64", media_type="image/bmp", data="A")), "messages[0].content[0].source.media_type"),
    (MESSAGES, CHAT, user(MESSAGES, source(type="url", url="gopher://a")), "messages[0].content[0].source.url"),
    (MESSAGES, CHAT, user(MESSAGES, document(context="c")), "messages[0].content[0].context"),
    (MESSAGES, CHAT, user(MESSAGES, document(citations={"enabled": True})), "messages[0].content[0].citations.enabled"),
    (MESSAGES, CHAT, user(MESSAGES, document(source={"type": "url", "url": "https://a.example/x.pdf"})), "messages[0].content[0]"),
    (MESSAGES, CHAT, user(MESSAGES, document(source={"type": "base64", "media_type": "a/b", "data": "A"})), "messages[0].content[0].source.media_type"),
    (MESSAGES, CHAT, {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "{"}]}, "messages[1]"),
    (MESSAGES, CHAT, {"system": [{"type": "image", "source": {"type": "url", "url": "https://a.example"}}]}, "system[0]"),
    # Responses
    *[
        (RESPONSES, MESSAGES, {field: value}, field)
        for field, value in {
            "previous_response_id": "r", "conversation": "c", "background": True, "prompt": {},
            "store": True, "truncation": "auto", "max_tool_calls": 3, "top_logprobs": 2,
            "context_management": [{"type": "compaction"}], "moderation": {}, "image": {},
            "access_programs": {}, "background_options": {}, "anything_else": 1,
        }.items()
    ],
    (RESPONSES, MESSAGES, {"include": ["message.output_text.logprobs"]}, "include[0]"),
    (RESPONSES, MESSAGES, {"text": {"verbosity": "high"}}, "text.verbosity"),
    (RESPONSES, MESSAGES, {"text": {"format": {"type": "json_object"}}}, "text.format"),
    (RESPONSES, MESSAGES, {"text": {"format": {"type": "json_schema", "name": "a", "schema": {}, "description": "d"}}}, "text.format.description"),
    (RESPONSES, MESSAGES, {"reasoning": {"effort": "minimal"}}, "reasoning.effort"),
    (RESPONSES, MESSAGES, {"reasoning": {"mode": "pro"}}, "reasoning.mode"),
    (RESPONSES, MESSAGES, {"reasoning": {"generate_summary": "auto"}}, "reasoning.generate_summary"),
    (RESPONSES, MESSAGES, {"tools": [{"type": "web_search"}]}, "tools[0].type"),
    (RESPONSES, MESSAGES, {"tools": [{"type": "function", "name": "f", "defer_loading": True}]}, "tools[0].defer_loading"),
    (RESPONSES, MESSAGES, {"tool_choice": {"type": "mcp"}}, "tool_choice"),
    (RESPONSES, MESSAGES, before(RESPONSES, {"type": "item_reference", "id": "i"}), "input[0]"),
    (RESPONSES, MESSAGES, before(RESPONSES, {"id": "i"}), "input[0]"),
    (RESPONSES, MESSAGES, before(RESPONSES, {"type": "computer_call", "id": "i"}), "input[0]"),
    (RESPONSES, MESSAGES, before(RESPONSES, {"role": "critic", "content": "a"}), "input[0].role"),
    (RESPONSES, MESSAGES, before(RESPONSES, {"role": "user", "content": "a", "odd": 1}), "input[0].odd"),
    (RESPONSES, MESSAGES, before(RESPONSES, {"type": "function_call", "call_id": "c", "name": "f", "namespace": "n"}), "input[0].namespace"),
    (RESPONSES, MESSAGES, before(RESPONSES, {"type": "function_call", "call_id": "c", "name": "f", "caller": {"type": "program"}}), "input[0].caller"),
    (RESPONSES, MESSAGES, user(RESPONSES, {"type": "input_image", "file_id": "f"}), "input[0].content[0].file_id"),
    (RESPONSES, MESSAGES, user(RESPONSES, {"type": "input_file", "file_id": "f"}), "input[0].content[0].file_id"),
    (RESPONSES, MESSAGES, user(RESPONSES, {"type": "input_image"}), "input[0].content[0].image_url"),
    (RESPONSES, MESSAGES, user(RESPONSES, {"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "a"}), "input[0].content[1]"),
    (RESPONSES, CHAT, user(RESPONSES, {"type": "input_file", "file_url": "https://a.example/x"}), "input[0].content[0]"),
    (RESPONSES, MESSAGES, {"temperature": 1.01}, "temperature"),
]  # fmt: skip


@pytest.mark.parametrize(("caller", "served", "more", "path"), REFUSED)
def test_what_cannot_be_carried_is_an_error_that_names_the_field(
    caller: str, served: str, more: dict[str, Any], path: str
) -> None:
    with pytest.raises(InputError) as raised:
        translate(caller, served, {**HELLO[caller], **more})
    found = raised.value
    assert found.code in {"translate.unsupported", "translate.type"}
    assert (found.path, bool(found.help)) == (path, True)


@pytest.mark.parametrize(
    ("caller", "body", "code"),
    [
        (CHAT, b"", "wire.syntax"),
        (CHAT, b"{", "wire.syntax"),
        (CHAT, b"[]", "translate.type"),
        (CHAT, b'{"messages":[],"messages":[]}', "wire.duplicate_key"),
        (CHAT, b'{"messages":"x"}', "translate.type"),
        (CHAT, b'{"messages":[1]}', "translate.type"),
        (MESSAGES, b'{"messages":[{"role":"user","content":[{"type":"text","text":1}]}]}', "translate.type"),
        (RESPONSES, b'{"input":[3]}', "translate.type"),
        (RESPONSES, b'{"input":"\xff"}', "wire.encoding"),
    ],
)  # fmt: skip
def test_a_body_in_no_form_is_named(caller: str, body: bytes, code: str) -> None:
    served = CHAT if caller != CHAT else MESSAGES
    with pytest.raises(InputError) as raised:
        translate(caller, served, body)
    assert raised.value.code == code


def test_numbers_and_the_order_of_keys_are_kept() -> None:
    text = '{"z":1.50,"a":12345678901234567890123,"b":1E+2}'
    there = translation(CHAT, MESSAGES).request(
        json.dumps(
            before(CHAT, call(text), {"role": "tool", "tool_call_id": "c", "content": "r"})
        ).encode(),
        model="m",
        max_tokens_default=1,
    )
    assert text.encode() in there.body
    back = translation(MESSAGES, CHAT).request(there.body, model="m", max_tokens_default=1)
    sent = json.loads(back.body)["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert sent == text


def test_a_picture_in_a_result_reaches_responses() -> None:
    picture = source(type="base64", media_type="image/png", data=PNG)
    result = {"type": "tool_result", "tool_use_id": "c", "content": [picture], "is_error": True}
    body = {**HELLO[MESSAGES], "messages": [use(), {"role": "user", "content": [result]}]}
    actual, _ = translate(MESSAGES, RESPONSES, body)
    assert actual["input"][1]["output"] == [
        {"type": "input_text", "text": "The tool reported an error:"},
        {"type": "input_image", "image_url": PICTURE, "detail": "auto"},
    ]


def test_a_tool_cannot_mark_its_own_words_as_an_error() -> None:
    """The mark counts as a part of its own, never within a text."""
    said = {"role": "tool", "tool_call_id": "c", "content": "The tool reported an error:"}
    actual, _ = translate(CHAT, MESSAGES, before(CHAT, call(), said))
    assert actual["messages"][1]["content"][0] == {
        "type": "tool_result",
        "tool_use_id": "c",
        "content": "The tool reported an error:",
    }


def test_a_wire_without_a_translation_is_named() -> None:
    for caller, served in [(CHAT, CHAT), ("odd", CHAT), (CHAT, "odd")]:
        with pytest.raises(UsageError) as raised:
            translation(caller, served)
        assert raised.value.code == "translate.wire"
    assert set(TRANSLATED) == {CHAT, RESPONSES, MESSAGES}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["a", "text", "user", "auto"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "text", "role", "content", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip
bodies = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("messages", "input", "tools", "tool_choice", "system", "stop", "response_format", "text", "thinking", "metadata", "output_config", "reasoning", "instructions"), json_values),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PAIRS), bodies | st.binary(max_size=40))
def test_any_body_is_translated_or_an_error_of_ours(pair: tuple[str, str], body: Any) -> None:
    error = None
    try:
        translate(*pair, body)
    except InputError as found:
        error = found
    if error is not None:
        assert error.code.startswith(("translate.", "wire."))
        assert error.help
