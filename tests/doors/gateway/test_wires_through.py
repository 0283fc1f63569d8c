"""Every wire, translation, explanations, context, and conversations continued by an id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway_running import Running, Upstream, ask, chat_answer, chat_call, chat_chunk

CLAUDE = """
[upstreams.claude]
kind = "anthropic"
url = "http://127.0.0.1:PORT/v1"
models = ["claude-*"]
"""


def message(*content: dict[str, Any]) -> dict[str, Any]:
    stop = "tool_use" if any(part["type"] == "tool_use" for part in content) else "end_turn"
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": list(content),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 9, "output_tokens": 4},
    }


def tool_use(identity: str, name: str, value: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": identity, "name": name, "input": value}


TEXT = {"type": "text", "text": "Good morning."}
CLAUDE_ASK = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": "Hello."}],
}


def response(identity: str, *output: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": identity,
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": "gpt-4o",
        "output": list(output),
        "usage": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7},
    }


def said(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {
        "type": "message",
        "id": "m1",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def function_call(identity: str, name: str, arguments: Any) -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": f"f-{identity}",
        "call_id": identity,
        "name": name,
        "arguments": json.dumps(arguments),
        "status": "completed",
    }


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, CLAUDE)
    yield running
    running.stop()


def test_messages_are_decided_and_forwarded(two: Running) -> None:
    two.upstream.script = Upstream.answer(
        message(TEXT, tool_use("t1", "read_file", {"path": "a"}), tool_use("t2", "delete_file", {}))
    )
    answer = two.request(CLAUDE_ASK, "/v1/messages", anthropic_beta="x-1")
    kinds = [(part["type"], part.get("id")) for part in answer.json["content"]]
    assert ("tool_use", "t1") in kinds
    assert ("tool_use", "t2") not in kinds
    heard = two.upstream.heard[0]
    assert heard.line == "POST /v1/messages HTTP/1.1"
    assert dict(heard.headers)["anthropic-version"] == "2023-06-01"
    assert dict(heard.headers)["anthropic-beta"] == "x-1"
    assert {entry["vendor"] for entry in two.recorded()} == {"anthropic"}


def test_errors_are_told_in_the_form_of_the_wire(two: Running) -> None:
    answer = two.request(b"{", "/v1/messages")
    assert (answer.status, answer.json["type"]) == (400, "error")
    answer = two.request(CLAUDE_ASK, "/v1/messages", key="wrong")
    assert (answer.status, answer.json["error"]["type"]) == (401, "authentication_error")


def test_a_responses_conversation_is_continued_by_its_id(two: Running) -> None:
    """The session is rebuilt from what is kept; nobody else can continue it."""
    two.upstream.script = Upstream.answer(
        response("resp_1", function_call("c1", "read_file", {"path": "a.txt"}))
    )
    two.request({"model": "gpt-4o", "input": "Read a.txt."}, "/v1/responses")
    two.upstream.script = Upstream.answer(response("resp_2", said("Done.")))
    result = {"type": "function_call_output", "call_id": "c1", "output": "Total 84.20 EUR"}
    body = {"model": "gpt-4o", "input": [result], "previous_response_id": "resp_1"}
    assert two.request(body, "/v1/responses").status == 200
    results = [entry for entry in two.recorded() if entry["action_kind"] == "tool.result"]
    assert [entry["tool"] for entry in results] == ["read_file"]
    other = two.make_key(tenant="zeta")
    two.refresh()
    for key, identity in ((other, "resp_1"), (two.key, "resp_9")):
        answer = two.request({**body, "previous_response_id": identity}, "/v1/responses", key=key)
        assert answer.json["error"]["code"] == "previous_response_not_found"
    assert two.request({**body, "previous_response_id": "resp_2"}, "/v1/responses").status == 200


def test_what_is_kept_of_a_conversation_is_sealed(two: Running) -> None:
    two.upstream.script = Upstream.answer(response("resp_1", said("The secret word is quince.")))
    two.request({"model": "gpt-4o", "input": "What is it?"}, "/v1/responses")
    rows = two.parts.state.now(lambda run: run("SELECT body FROM gateway_answer")[0])
    assert len(rows) == 1
    assert b"quince" not in bytes(rows[0][0])


def test_a_chat_request_is_served_by_a_model_of_another_vendor(two: Running) -> None:
    two.upstream.script = Upstream.answer(
        message(TEXT, tool_use("t1", "read_file", {"path": "a"}), tool_use("t2", "delete_file", {}))
    )
    answer = two.request({**ask(), "model": "claude-sonnet-4-5"})
    said_ = answer.json["choices"][0]["message"]
    assert [call["id"] for call in said_["tool_calls"]] == ["t1"]
    heard = two.upstream.heard[0]
    assert heard.line == "POST /v1/messages HTTP/1.1"
    assert [part["role"] for part in heard.json["messages"]] == ["user"]
    assert not {name for name in heard.names if name.startswith("openai")}


def test_a_stream_is_translated_and_its_calls_are_decided(two: Running) -> None:
    def event(kind: str, **fields: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()

    start = {**message(), "content": [], "stop_reason": None}
    two.upstream.script = Upstream.events(
        event("message_start", message=start),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hi "}),
        event("content_block_stop", index=0),
        event("content_block_start", index=1, content_block=tool_use("t1", "delete_file", {})),
        event(
            "content_block_delta",
            index=1,
            delta={"type": "input_json_delta", "partial_json": '{"path":"a"}'},
        ),
        event("content_block_stop", index=1),
        event("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 4}),
        event("message_stop"),
    )
    answer = two.request({**ask(stream=True), "model": "claude-sonnet-4-5"})
    assert b"chat.completion.chunk" in answer.body
    assert b"Hi " in answer.body
    assert b'"t1"' not in answer.body
    assert answer.body.endswith(b"data: [DONE]\n\n")


def test_what_a_translation_leaves_out_is_named_in_a_header(two: Running) -> None:
    two.upstream.script = Upstream.answer(message(TEXT))
    part = {"type": "text", "text": " "}
    words = [{"role": "user", "content": [part] * 30 + [{"type": "text", "text": "hi"}]}]
    body = {**ask(), "model": "claude-sonnet-4-5", "messages": words, "metadata": {"a": "b"}}
    named = two.request(body).headers["gardefou-translation-notes"].split(", ")
    assert named[:2] == ["metadata", "messages[0].content[0]"]
    assert named[-1] == "and 12 more"
    plain = {**ask(), "model": "claude-sonnet-4-5", "max_tokens": 5}
    assert "gardefou-translation-notes" not in two.request(plain).headers


ONLY_RESPONSES = """
[upstreams.modern]
kind = "compatible"
url = "http://127.0.0.1:PORT/v1"
models = ["modern-*"]
wires = ["openai.responses"]
"""


@pytest.fixture
def modern(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, ONLY_RESPONSES)
    yield running
    running.stop()


def test_a_chat_request_is_served_by_a_model_that_only_speaks_responses(modern: Running) -> None:
    reasoning = {"type": "reasoning", "id": "r1", "summary": []}
    calls = [
        function_call("c1", "read_file", {"path": "a"}),
        function_call("c2", "delete_file", {}),
    ]
    modern.upstream.script = Upstream.answer(response("resp_1", reasoning, *calls))
    answer = modern.request({**ask(), "model": "modern-1"})
    heard = modern.upstream.heard[0]
    assert heard.line == "POST /v1/responses HTTP/1.1"
    assert "messages" not in heard.json
    told = answer.json["choices"][0]["message"]
    assert [call["id"] for call in told["tool_calls"]] == ["c1"]
    assert answer.json["object"] == "chat.completion"
    modern.upstream.script = Upstream.answer(response("resp_2", said("Hello.")))
    own = modern.request({"model": "modern-1", "input": "Hello."}, "/v1/responses")
    assert own.json["id"] == "resp_2"  # its own wire passes as it is


def test_a_stream_of_responses_is_told_as_chat(modern: Running) -> None:
    def event(number: int, kind: str, **fields: Any) -> bytes:
        body = json.dumps({"type": kind, "sequence_number": number, **fields})
        return f"event: {kind}\ndata: {body}\n\n".encode()

    begun = {**response("resp_1"), "status": "in_progress"}
    item = {**said(""), "status": "in_progress", "content": []}
    part = {"type": "output_text", "text": "", "annotations": []}
    place = {"item_id": "m1", "output_index": 0, "content_index": 0}
    modern.upstream.script = Upstream.events(
        event(0, "response.created", response=begun),
        event(1, "response.output_item.added", output_index=0, item=item),
        event(2, "response.content_part.added", **place, part=part),
        event(3, "response.output_text.delta", **place, delta="Good day."),
        event(4, "response.output_text.done", **place, text="Good day."),
        event(5, "response.content_part.done", **place, part={**part, "text": "Good day."}),
        event(6, "response.output_item.done", output_index=0, item=said("Good day.")),
        event(7, "response.completed", response=response("resp_1", said("Good day."))),
    )
    answer = modern.request({**ask(stream=True), "model": "modern-1"})
    assert b"chat.completion.chunk" in answer.body
    assert b"Good day." in answer.body
    assert answer.body.endswith(b"data: [DONE]\n\n")


def test_what_an_answers_translation_leaves_out_is_named_in_a_header(two: Running) -> None:
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    two.upstream.script = Upstream.answer(message(thinking, TEXT))
    body = {**ask(), "model": "claude-sonnet-4-5", "max_tokens": 5}
    assert two.request(body).headers["gardefou-answer-notes"] == "content[0]"
    two.upstream.script = Upstream.answer(message(TEXT))
    assert "gardefou-answer-notes" not in two.request(body).headers


def test_what_cannot_be_translated_is_an_error_that_names_it(two: Running) -> None:
    body = {**ask(), "model": "claude-sonnet-4-5", "logit_bias": {"1": 2}}
    answer = two.request(body)
    assert answer.status == 400
    assert "logit_bias" in answer.json["error"]["message"]
    assert two.upstream.heard == []


def test_an_error_of_the_other_vendor_is_told_in_the_callers_form(two: Running) -> None:
    two.upstream.script = Upstream.answer(
        {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}},
        "529 Overloaded",
        "retry-after: 3",
    )
    answer = two.request({**ask(), "model": "claude-sonnet-4-5"})
    assert answer.status >= 429
    assert answer.json["error"]["message"]
    assert answer.headers["retry-after"] == "3"


def test_a_refusal_is_explained_to_the_model_within_bounds(tmp_path: Path) -> None:
    running = Running(tmp_path, '[tenants.acme]\non_deny = "explain"\nexplain_limit = 2\n')
    try:
        running.upstream.script = Upstream.answer(
            chat_answer(None, ("c1", "delete_file", {"path": "a"}))
        )
        answer = running.request(ask())
        assert len(running.upstream.heard) == 3
        told = running.upstream.heard[1].json["messages"]
        assert [part["role"] for part in told] == ["user", "assistant", "tool"]
        assert "no-deletion" in told[2]["content"] or "deletion" in told[2]["content"].lower()
        assert not answer.json["choices"][0]["message"].get("tool_calls")
        kinds = [entry["action_kind"] for entry in running.recorded()]
        assert kinds.count("model.request") == 3
    finally:
        running.stop()


def test_the_articles_are_told_to_the_model_once(tmp_path: Path) -> None:
    running = Running(tmp_path, '[tenants.acme]\ncontext = "articles"\ncontext_tokens = 200\n')
    try:
        tool = {"type": "function", "function": {"name": "delete_file", "parameters": {}}}
        running.request(ask(tools=[tool]))
        told = running.upstream.heard[0].json["messages"]
        assert [part["role"] for part in told] == ["system", "user"]
        assert "Nothing is deleted." in told[0]["content"]
        assert "Payments wait" not in told[0]["content"]
        running.request({**ask(tools=[tool]), "messages": told})
        assert running.upstream.heard[1].json["messages"] == told
    finally:
        running.stop()


def test_a_conversation_of_many_turns_keeps_its_session(two: Running) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Read a.txt and b.txt."}]
    for number, name in enumerate(("a.txt", "b.txt")):
        call = (f"c{number}", "read_file", {"path": name})
        two.upstream.script = Upstream.answer(chat_answer(None, call))
        answer = two.request({"model": "gpt-4o", "messages": messages})
        assert answer.json["choices"][0]["message"]["tool_calls"][0]["id"] == f"c{number}"
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [chat_call(*call)]},
            {"role": "tool", "tool_call_id": f"c{number}", "content": "text"},
        ]
    assert (two.gateway.conversations.hits, two.gateway.conversations.misses) == (1, 1)


@pytest.mark.parametrize(
    "case",
    [
        (
            'kind = "azure"\nurl = "http://127.0.0.1:PORT/openai"\napi_version = "2025-01-01"',
            ask(),
            "POST /openai/deployments/gpt-4o/chat/completions?api-version=2025-01-01 HTTP/1.1",
            "api-key",
        ),
        (
            'kind = "azure"\nurl = "http://127.0.0.1:PORT/openai/v1"',
            ask(),
            "POST /openai/v1/chat/completions HTTP/1.1",
            "api-key",
        ),
        (
            'kind = "vertex"\nurl = "http://127.0.0.1:PORT/v1/models"',
            CLAUDE_ASK,
            "POST /v1/models/claude-sonnet-4-5:rawPredict HTTP/1.1",
            "authorization",
        ),
        (
            'kind = "bedrock"\nurl = "http://127.0.0.1:PORT/anthropic/v1"',
            CLAUDE_ASK,
            "POST /anthropic/v1/messages HTTP/1.1",
            "x-api-key",
        ),
    ],
)
def test_a_form_of_a_vendor_has_its_address_and_its_key(
    tmp_path: Path, monkeypatch: Any, case: tuple[str, Any, str, str]
) -> None:
    table, body, line, header = case
    monkeypatch.setenv("VENDOR_KEY", "sk-vendor")
    settings = f'[upstreams.cloud]\n{table}\nsecret = {{env = "VENDOR_KEY"}}\n'
    running = Running(tmp_path, settings, first=True)
    try:
        is_claude = body is CLAUDE_ASK
        running.upstream.script = Upstream.answer(message(TEXT) if is_claude else chat_answer("x"))
        path = "/v1/messages" if is_claude else "/v1/chat/completions"
        assert running.request(body, path).status == 200
        heard = running.upstream.heard[0]
        assert heard.line == line
        assert dict(heard.headers)[header].endswith("sk-vendor")
        if "vertex" in table:
            assert "model" not in heard.json
            assert heard.json["anthropic_version"] == "vertex-2023-10-16"
            assert "anthropic-version" not in heard.names
        else:
            assert heard.json == body
    finally:
        running.stop()


def test_an_early_end_of_a_chat_stream_is_not_kept(two: Running) -> None:
    two.upstream.script = Upstream.events(chat_chunk({"content": "a"}), close=True)
    two.request(ask(stream=True))
    rows = two.parts.state.now(lambda run: run("SELECT body FROM gateway_answer")[0])
    assert rows == []
