"""Whole answers and errors: what each wire's answer becomes in the others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conversations import CHAT, MESSAGES, PAIRS, RESPONSES, arguments, names, texts
from hypothesis import given, settings
from hypothesis import strategies as st

import vendors
from gardefou.errors import InputError
from gardefou.wires.translation import translation

CALLS = (vendors.CALL, vendors.OTHER)


def back(caller: str, served: str, body: bytes) -> tuple[dict[str, Any], list[str]]:
    answer = translation(caller, served).answer(body, now_s=7)
    return json.loads(answer.body), [note.path for note in answer.notes]


calls_made = st.lists(
    st.tuples(names.map(lambda n: n[:40]), names, arguments.map(json.dumps)),
    max_size=3,
    unique_by=lambda call: call[0],
).map(tuple)


@pytest.mark.parametrize(("caller", "served"), PAIRS)
def test_an_answer_there_and_back_is_the_same(caller: str, served: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(texts | st.none(), calls_made, st.sampled_from(["end", "length"]))
    def check(text: str | None, calls: Any, stop: str) -> None:
        there, notes = back(caller, served, vendors.answer(served, text, calls, stop))
        again, _ = back(served, caller, json.dumps(there).encode())
        expected = json.loads(vendors.answer(served, text, calls, stop))
        assert notes == []
        assert _essence(served, again) == _essence(served, expected)

    check()


def _essence(wire: str, answer: dict[str, Any]) -> Any:
    """What an answer says in its own wire."""
    if wire == CHAT:
        choice = answer["choices"][0]
        calls = [
            call["function"] | {"id": call["id"]}
            for call in choice["message"].get("tool_calls", ())
        ]
        usage = {key: answer["usage"][key] for key in ("prompt_tokens", "completion_tokens")}
        return [choice["message"]["content"], _parsed(calls), choice["finish_reason"], usage]
    if wire == MESSAGES:
        return [answer["content"], answer["stop_reason"], answer["usage"]]
    items = [
        [part["text"] for part in item["content"]]
        if item["type"] == "message"
        else _parsed([{key: item[key] for key in ("call_id", "name", "arguments")}])
        for item in answer["output"]
    ]
    return [items, answer["status"], answer["incomplete_details"], answer["usage"]["input_tokens"]]


def _parsed(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [call | {"arguments": json.loads(call["arguments"])} for call in calls]


def test_a_message_becomes_a_chat_completion() -> None:
    found, _ = back(CHAT, MESSAGES, vendors.answer(MESSAGES, calls=CALLS))
    assert found == {
        "id": "answer_1",
        "object": "chat.completion",
        "created": 7,
        "model": "served",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Let me see.",
                    "refusal": None,
                    "tool_calls": [
                        {
                            "id": "call_1",
                            "type": "function",
                            "function": {"name": "look_up", "arguments": '{"city":"Z\\u00fcrich","n":1.5}'},
                        },
                        {"id": "call_2", "type": "function", "function": {"name": "count", "arguments": "{}"}},
                    ],
                },
                "logprobs": None,
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {
            "prompt_tokens": 30,
            "completion_tokens": 9,
            "total_tokens": 39,
            "prompt_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 0},
        },
    }  # fmt: skip


def test_a_chat_completion_becomes_a_message() -> None:
    found, _ = back(MESSAGES, CHAT, vendors.answer(CHAT, calls=CALLS))
    assert found == {
        "id": "answer_1",
        "type": "message",
        "role": "assistant",
        "model": "served",
        "content": [
            {"type": "text", "text": "Let me see."},
            {"type": "tool_use", "id": "call_1", "name": "look_up", "input": {"city": "Zürich", "n": 1.5}},
            {"type": "tool_use", "id": "call_2", "name": "count", "input": {}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 20,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 10,
            "output_tokens": 9,
        },
    }  # fmt: skip


def message(**more: Any) -> bytes:
    return json.dumps({**json.loads(vendors.answer(MESSAGES)), **more}).encode()


def completion(reason: str | None = "stop", **more: Any) -> bytes:
    body = json.loads(vendors.answer(CHAT))
    body["choices"][0]["message"].update(more)
    body["choices"][0]["finish_reason"] = reason
    return json.dumps(body).encode()


def response(**more: Any) -> bytes:
    return json.dumps({**json.loads(vendors.answer(RESPONSES)), **more}).encode()


REFUSAL = [{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}]


@pytest.mark.parametrize(
    ("caller", "served", "body", "path", "expected"),
    [
        (CHAT, MESSAGES, message(stop_reason="stop_sequence", stop_sequence="x"), ("choices", 0, "finish_reason"), "stop"),
        (CHAT, MESSAGES, message(stop_reason="model_context_window_exceeded"), ("choices", 0, "finish_reason"), "length"),
        (CHAT, MESSAGES, message(stop_reason="refusal"), ("choices", 0, "finish_reason"), "content_filter"),
        (CHAT, MESSAGES, message(stop_reason="refusal", stop_details={"type": "refusal", "explanation": "why"}), ("choices", 0, "message", "refusal"), "why"),
        (RESPONSES, MESSAGES, message(stop_reason="refusal"), ("incomplete_details", "reason"), "content_filter"),
        (RESPONSES, MESSAGES, message(stop_reason="max_tokens"), ("status",), "incomplete"),
        (MESSAGES, CHAT, completion("content_filter"), ("stop_reason",), "refusal"),
        (MESSAGES, CHAT, completion(content=None, refusal="no"), ("stop_reason",), "refusal"),
        (MESSAGES, CHAT, completion(content=None, refusal="no"), ("content",), [{"type": "text", "text": "no"}]),
        (MESSAGES, CHAT, completion("stop", tool_calls=[{"id": "c", "function": {"name": "f", "arguments": ""}}]), ("stop_reason",), "tool_use"),
        (RESPONSES, CHAT, completion(content=None, refusal="no"), ("output", 0, "content"), [{"type": "refusal", "refusal": "no"}]),
        (RESPONSES, CHAT, completion(content=None, refusal="no"), ("status",), "completed"),
        (CHAT, RESPONSES, response(output=REFUSAL), ("choices", 0, "message", "refusal"), "no"),
        (MESSAGES, RESPONSES, response(status="incomplete", incomplete_details={"reason": "content_filter"}), ("stop_reason",), "refusal"),
        (MESSAGES, CHAT, completion(content=None), ("content",), []),
    ],
)  # fmt: skip
def test_an_answer_ends_for_the_same_reason(
    caller: str, served: str, body: bytes, path: tuple[Any, ...], expected: Any
) -> None:
    found: Any
    found, _ = back(caller, served, body)
    for step in path:
        found = found[step]
    assert found == expected


@pytest.mark.parametrize(
    ("caller", "served", "body", "note"),
    [
        (CHAT, MESSAGES, message(content=[{"type": "thinking", "thinking": "t", "signature": "s"}]), "content[0]"),
        (CHAT, MESSAGES, message(content=[{"type": "text", "text": "t", "citations": [{}]}]), "content[0].citations"),
        (MESSAGES, CHAT, completion(reasoning_content="t"), "choices[0].message.reasoning_content"),
        (MESSAGES, CHAT, completion(annotations=[{}]), "choices[0].message.annotations"),
        (MESSAGES, CHAT, completion("length", tool_calls=[{"id": "c", "function": {"name": "f", "arguments": '{"a'}}]), "choices[0].message.tool_calls[0]"),
        (MESSAGES, RESPONSES, response(output=[{"type": "reasoning", "id": "r", "summary": []}]), "output[0]"),
    ],
)  # fmt: skip
def test_what_an_answer_leaves_out_is_noted(
    caller: str, served: str, body: bytes, note: str
) -> None:
    assert back(caller, served, body)[1] == [note]


@pytest.mark.parametrize(
    ("served", "body"),
    [
        (CHAT, b""),
        (CHAT, b"<html>"),
        (CHAT, b"{}"),
        (CHAT, b'{"choices":[]}'),
        (CHAT, b'{"choices":[],"choices":[]}'),
        (CHAT, completion("function_call", function_call={"name": "f"})),
        (CHAT, completion("odd")),
        (CHAT, completion(audio={"id": "a"})),
        (CHAT, completion("tool_calls", tool_calls=[{"id": "c", "type": "custom", "custom": {}}])),
        (CHAT, completion("tool_calls", tool_calls=[{"id": "c", "function": {"name": "f", "arguments": "["}}])),
        (CHAT, completion("tool_calls", tool_calls=[{"id": "c", "function": {"name": "f", "arguments": '{"a":1,"a":2}'}}])),
        (MESSAGES, b"{}"),
        (MESSAGES, message(stop_reason="pause_turn")),
        (MESSAGES, message(stop_reason=None)),
        (MESSAGES, message(content=[{"type": "server_tool_use", "id": "a"}])),
        (MESSAGES, message(content=[{"type": "tool_use", "id": "a", "name": "f", "input": []}])),
        (RESPONSES, b"{}"),
        (RESPONSES, response(status="failed")),
        (RESPONSES, response(status="in_progress")),
        (RESPONSES, response(output=[{"type": "web_search_call"}])),
        (RESPONSES, response(output=[{"type": "message", "content": [{"type": "odd"}]}])),
    ],
)  # fmt: skip
def test_an_answer_in_no_form_is_an_error(served: str, body: bytes) -> None:
    for caller in (CHAT, RESPONSES, MESSAGES):
        if caller != served:
            with pytest.raises(InputError) as raised:
                translation(caller, served).answer(body)
            assert raised.value.code == "translate.answer"
            assert "\n" not in raised.value.message


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PAIRS), st.binary(max_size=60), st.integers(400, 599))
def test_any_bytes_become_an_error_of_the_callers_wire(
    pair: tuple[str, str], body: bytes, status: int
) -> None:
    caller, served = pair
    reply = translation(caller, served).error(status, body)
    assert isinstance(json.loads(reply.body)["error"]["message"], str)
    error = None
    try:
        translation(caller, served).answer(body)
    except InputError as found:
        error = found
    assert error is not None
    assert error.code == "translate.answer"


def tries_again(status: int, headers: dict[str, str]) -> bool:
    """What the SDKs of both vendors do (`_should_retry` in their base clients)."""
    if "x-should-retry" in headers:
        return headers["x-should-retry"] == "true"
    return status in {408, 409, 429} or status >= 500


@pytest.mark.parametrize(
    ("status", "kind", "expected", "expected_kind"),
    [
        (400, "invalid_request_error", 400, "invalid_request_error"),
        (401, "authentication_error", 401, "invalid_request_error"),
        (402, "billing_error", 429, "insufficient_quota"),
        (403, "permission_error", 403, "invalid_request_error"),
        (404, "not_found_error", 404, "invalid_request_error"),
        (409, "invalid_request_error", 409, "invalid_request_error"),
        (413, "request_too_large", 413, "invalid_request_error"),
        (422, "invalid_request_error", 400, "invalid_request_error"),
        (429, "rate_limit_error", 429, "rate_limit_error"),
        (500, "api_error", 500, "server_error"),
        (502, "api_error", 500, "server_error"),
        (504, "timeout_error", 504, "server_error"),
        (529, "overloaded_error", 503, "server_error"),
    ],
)
def test_anthropics_errors_become_openais(
    status: int, kind: str, expected: int, expected_kind: str
) -> None:
    body = json.dumps({"type": "error", "error": {"type": kind, "message": "why"}}).encode()
    reply = translation(CHAT, MESSAGES).error(status, body)
    error = json.loads(reply.body)["error"]
    assert (reply.status, error["type"], error["message"]) == (expected, expected_kind, "why")
    assert tries_again(reply.status, reply.headers) == tries_again(status, {})


@pytest.mark.parametrize(
    ("status", "code", "expected", "kind"),
    [
        (400, "invalid_value", 400, "invalid_request_error"),
        (401, "invalid_api_key", 401, "authentication_error"),
        (403, "unsupported_country", 403, "permission_error"),
        (404, "model_not_found", 404, "not_found_error"),
        (408, "timeout", 504, "timeout_error"),
        (413, "too_large", 413, "request_too_large"),
        (429, "rate_limit_exceeded", 429, "rate_limit_error"),
        (429, "insufficient_quota", 402, "billing_error"),
        (500, "server_error", 500, "api_error"),
        (503, "overloaded", 529, "overloaded_error"),
    ],
)
def test_openais_errors_become_anthropics(status: int, code: str, expected: int, kind: str) -> None:
    body = json.dumps({"error": {"type": "t", "code": code, "message": "why"}}).encode()
    for served in (CHAT, RESPONSES):
        reply = translation(MESSAGES, served).error(status, body)
        found = json.loads(reply.body)
        assert found == {"type": "error", "error": {"type": kind, "message": "why"}}
        assert reply.status == expected
        if code != "insufficient_quota":
            assert tries_again(reply.status, reply.headers) == tries_again(status, {})
