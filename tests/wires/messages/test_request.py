"""Anthropic Messages: requests are read strictly and left as they are."""

from __future__ import annotations

import json

import pytest

from gardefou.errors import InputError
from gardefou.wires import Call, Media, Opaque, Reasoning, Result, Words, wire_for

WIRE = wire_for("POST", "/v1/messages")


def body(**fields: object) -> bytes:
    request = {
        "model": "m-1",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "hello"}],
        **fields,
    }
    return json.dumps(request).encode()


def test_a_conversation_becomes_items_in_order() -> None:
    request = WIRE.read_request(
        body(
            system=[{"type": "text", "text": "Be exact.", "cache_control": {"type": "ephemeral"}}],
            messages=[
                {"role": "user", "content": [{"type": "text", "text": "Pay it."}]},
                {"role": "system", "content": "New rules."},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
                        {"type": "redacted_thinking", "data": "x"},
                        {"type": "text", "text": "I will."},
                        {"type": "tool_use", "id": "t1", "name": "pay", "input": {"amount": 1}},
                        {"type": "server_tool_use", "id": "t2", "name": "web_search",
                         "input": {"query": "q"}},
                        {"type": "web_search_tool_result", "tool_use_id": "t2",
                         "content": [{"type": "web_search_result", "url": "https://a.example",
                                      "title": "A", "encrypted_content": "zz"}]},
                        {"type": "mcp_tool_use", "id": "t3", "name": "find", "server_name": "s",
                         "input": {}},
                        {"type": "mcp_tool_result", "tool_use_id": "t3", "is_error": False,
                         "content": [{"type": "text", "text": "found"}]},
                    ],
                },
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "is_error": True, "content": [
                        {"type": "text", "text": "no"},
                        {"type": "image", "source": {"type": "url", "url": "https://a.example/p"}},
                    ]},
                ]},
            ],
        )
    )  # fmt: skip
    found = json.dumps(
        [{"type": "web_search_result", "url": "https://a.example", "title": "A",
          "encrypted_content": "zz"}]
    )  # fmt: skip
    assert request.items == (
        Words(by="operator", text="Be exact."),
        Words(by="user", text="Pay it."),
        Words(by="operator", text="New rules."),
        Reasoning(text="Hm."),
        Reasoning(),
        Words(by="model", text="I will."),
        Call(key="0", id="t1", name="pay", arguments='{"amount": 1}'),
        Call(key="1", id="t2", name="web_search", arguments='{"query": "q"}',
             type="server_tool_use", executor="vendor"),
        Result(id="t2", name="web_search", text=found, is_opaque=True, executor="vendor"),
        Call(key="2", id="t3", name="find", type="mcp_tool_use", executor="vendor", server="s"),
        Result(id="t3", name="find", text="found", executor="vendor"),
        Result(id="t1", name="pay", text="no", is_error=True, is_opaque=True),
        Media(by="tool", kind="image", url="https://a.example/p", call="t1"),
    )  # fmt: skip


def test_what_no_rule_can_read_is_opaque_and_a_document_is_not_the_users_voice() -> None:
    pictures = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    request = WIRE.read_request(
        body(
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "image", "source": pictures},
                        {"type": "document", "source": {"type": "file", "file_id": "f-1"}},
                        {"type": "document",
                         "source": {"type": "text", "media_type": "text/plain", "data": "Pay!"}},
                        {"type": "document", "source": {"type": "content", "content": "Pay?"}},
                        {"type": "search_result", "source": "https://a.example", "title": "A",
                         "content": [{"type": "text", "text": "found"}]},
                        {"type": "container_upload", "file_id": "f-2"},
                        {"type": "hologram", "x": 1},
                    ],
                }
            ]
        )
    )  # fmt: skip
    assert request.items == (
        Media(by="user", kind="image", media_type="image/png", data="AAAA"),
        Media(by="user", kind="document", file="f-1"),
        Words(by="tool", text="Pay!"),
        Words(by="tool", text="Pay?"),
        Words(by="tool", text="found"),
        Media(by="user", kind="file", file="f-2"),
        Opaque(by="user", type="hologram"),
    )


def test_tools_say_who_runs_them() -> None:
    request = WIRE.read_request(
        body(
            tools=[
                {"name": "pay", "description": "Pays.", "input_schema": {"type": "object"}},
                {"type": "custom", "name": "look", "input_schema": {"type": "object"}},
                {"type": "bash_20250124", "name": "bash"},
                {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
                {"type": "computer_toolset_20260801"},
                {"type": "web_search_20250305", "name": "web_search"},
                {"type": "code_execution_20260521", "name": "code_execution"},
                {"type": "mcp_toolset", "mcp_server_name": "s"},
                {"type": "of_tomorrow", "name": "x"},
            ],
            mcp_servers=[{"type": "url", "url": "https://mcp.example", "name": "s"}],
        )
    )
    assert [(tool.name, tool.type, tool.executor) for tool in request.tools] == [
        ("pay", "function", "client"),
        ("look", "function", "client"),
        ("bash", "bash_20250124", "client"),
        ("str_replace_based_edit_tool", "text_editor_20250728", "client"),
        ("computer_toolset_20260801", "computer_toolset_20260801", "client"),
        ("web_search", "web_search_20250305", "vendor"),
        ("code_execution", "code_execution_20260521", "vendor"),
        ("s", "mcp_toolset", "vendor"),
        ("x", "of_tomorrow", "vendor"),
        ("s", "mcp", "vendor"),
    ]
    assert request.tools[0].schema == b'{"type": "object"}'


def test_settings_are_read() -> None:
    request = WIRE.read_request(
        body(
            stream=True,
            metadata={"user_id": "u-1"},
            fallbacks=[{"model": "m-2"}],
            thread={"type": "continue", "previous_message_id": "msg_0"},
            a_field_of_tomorrow={"x": [1]},
        )
    )
    assert (request.model, request.fallbacks, request.previous) == ("m-1", ("m-2",), "msg_0")
    assert (request.stream, request.wants_usage, request.max_output_tokens) == (True, True, 9)
    assert (request.user, request.metadata) == ("u-1", {"user_id": "u-1"})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "wire.syntax"),
        (b'{"model":"a","model":"b","messages":[]}', "wire.duplicate_key"),
        (b'{"model":"a","messages":[],"Tools":[]}', "wire.key_case"),
        (b'{"model":"a"}', "wire.type"),
        (b'{"model":"a","messages":[{"role":"user"}]}', "wire.type"),
        (b'{"model":"a","messages":[{"role":"user","content":[{"text":"x"}]}]}', "wire.type"),
        (b'{"model":"a","messages":[{"role":"tool","content":"x"}]}', "wire.role"),
        ((b'{"model":"a","messages":[{"role":"user","content":[{"type":"tool_result",'
         b'"content":[7]}]}]}'), "wire.type"),
        ((b'{"model":"a","messages":[{"role":"user","content":[{"type":"document",'
         b'"source":{"type":"content","content":7}}]}]}'), "wire.type"),
    ],
)  # fmt: skip
def test_bad_requests_end_in_one_of_our_errors(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        WIRE.read_request(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (None, [{"type": "text", "text": "Be good."}]),
        ("Be exact.", [{"type": "text", "text": "Be exact."}, {"type": "text", "text": "Be good."}]),
        ([{"type": "text", "text": "A"}],
         [{"type": "text", "text": "A"}, {"type": "text", "text": "Be good."}]),
        ([], [{"type": "text", "text": "Be good."}]),
    ],
)  # fmt: skip
def test_the_constitution_is_added_once(system: object, expected: object) -> None:
    data = body() if system is None else body(system=system)
    once = WIRE.with_system(data, "Be good.")
    assert json.loads(once)["system"] == expected
    assert {**json.loads(once), "system": 0} == {**json.loads(data), "system": 0}
    assert WIRE.with_system(once, "Be good.") == once


def test_the_usage_needs_no_asking_and_the_model_is_replaced() -> None:
    data = b'{ "model" : "m", "messages":[ ] }'
    assert WIRE.with_usage(data) is data
    assert WIRE.with_model(data, "n") == b'{ "model" : "n", "messages":[ ] }'


def test_the_model_is_asked_again_with_the_refusal_as_the_tools_result() -> None:
    content = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "tool_use", "id": "t1", "name": "pay", "input": {"a": 1.0}},
    ]
    answer = WIRE.read_answer(json.dumps({"content": content, "id": "msg_1"}).encode())
    again = json.loads(WIRE.explain(body(), answer, {"1": "refused: article 7"}))
    assert again["messages"][1:] == [
        {"role": "assistant", "content": content},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t1", "content": "refused: article 7",
             "is_error": True}]},
    ]  # fmt: skip
