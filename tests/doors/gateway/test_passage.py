"""Everything that is no conversation: decided, passed through, and no free pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_running import Running, Upstream, ask, chat_answer

EMBEDDINGS = {"object": "list", "data": [], "model": "text-embedding-3-small"}


@pytest.fixture
def storing(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, "[tenants.acme]\nstored = true\n")
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/files"),
        ("GET", "/v1/files/file-1/content"),
        ("POST", "/v1/batches"),
        ("GET", "/v1/responses/resp_1"),
        ("POST", "/v1/responses/resp_1/cancel"),
        ("GET", "/v1/chat/completions"),
        ("GET", "/v1/messages/batches/b1/results"),
    ],
)
def test_what_a_vendor_keeps_for_all_tenants_is_given_to_none(
    running: Running, method: str, path: str
) -> None:
    """Nothing leaks between tenants that share a vendor's account."""
    answer = running.request(b"", path, method)
    assert answer.status == 403
    assert b"stored" in answer.body
    assert running.upstream.heard == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/embeddings", b'{"model":"text-embedding-3-small","input":"x"}'),
        ("GET", "/v1/models", b""),
        ("GET", "/v1/models?limit=2", b""),
        ("POST", "/v1/files", b"--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--"),
        ("POST", "/v1/batches", b'{"input_file_id":"f"}'),
        ("DELETE", "/v1/files/file-1", b""),
        ("POST", "/openai/v1/embeddings", b'{"model":"m","input":"x"}'),
    ],
)
def test_a_known_endpoint_is_decided_and_passes(
    storing: Running, method: str, path: str, body: bytes
) -> None:
    storing.upstream.script = Upstream.answer(EMBEDDINGS)
    answer = storing.request(body, path, method)
    assert (answer.status, answer.json) == (200, EMBEDDINGS)
    assert storing.upstream.heard[0].body == body
    assert storing.upstream.heard[0].line == f"{method} {path.removeprefix('/openai')} HTTP/1.1"
    assert [entry["action_kind"] for entry in storing.recorded()] == ["model.request"]


@pytest.mark.parametrize("path", ["/v1/agents/run", "/v2/chat/completions", "/", "/v1"])
def test_an_unknown_endpoint_is_unlisted(running: Running, path: str) -> None:
    """Law 2."""
    answer = running.request(b"{}", path)
    assert (answer.status, answer.json["error"]["code"]) == (403, "guardrail_held")
    assert running.upstream.heard == []
    entry = running.recorded()[-1]
    assert (entry["tool"], entry["grounds"]) == (f"POST {path}", ["hold unlisted"])


def test_the_user_that_a_caller_names_counts_at_every_endpoint(running: Running) -> None:
    embed = {"model": "text-embedding-3-small", "input": "x"}
    running.upstream.script = Upstream.answer(EMBEDDINGS)
    for user in ("uma", "otto"):
        assert running.request(embed, "/v1/embeddings", gardefou_user=user).status == 200
    running.upstream.script = Upstream.answer(chat_answer("Hello."))
    assert running.request(ask(), gardefou_user="uma").status == 200
    uma, otto, again = [
        entry["subject"] for entry in running.recorded() if entry["action_kind"] == "model.request"
    ]
    assert uma == again != otto


def test_an_answer_that_is_fetched_later_has_its_calls_decided(storing: Running) -> None:
    stored = chat_answer(None, ("c1", "delete_file", {"path": "a"}))
    storing.upstream.script = Upstream.answer(stored)
    answer = storing.request(b"", "/v1/chat/completions/chatcmpl-1", "GET")
    assert not answer.json["choices"][0]["message"].get("tool_calls")
    assert storing.recorded()[-1]["verdict"] == "deny"


def test_an_answer_that_is_fetched_as_a_stream_is_refused(storing: Running) -> None:
    storing.upstream.script = Upstream.answer(b"data: {}\n\n")
    assert storing.request(b"", "/v1/chat/completions/c-1?stream=true", "GET").status == 403


@pytest.mark.parametrize("key", ["", "x", "gfk_aaaaaaaaaaaa_" + "a" * 43, "sk-1"])
def test_without_a_key_nothing_happens(running: Running, key: str) -> None:
    for path in ("/v1/chat/completions", "/v1/embeddings", "/v1/unknown"):
        answer = running.request(b"{}", path, key=key)
        assert (answer.status, answer.json["error"]["code"]) == (401, "key_unknown")
    assert running.upstream.heard == []
    assert running.recorded() == []


def test_two_keys_are_no_key(running: Running) -> None:
    answer = running.request(b"{}", x_api_key=running.make_key())
    assert answer.status == 401


def test_a_key_reaches_no_further_than_its_scopes(running: Running) -> None:
    key = running.make_key(models=("gpt-4o-mini*",), wires=("openai.chat",))
    running.refresh()
    narrow = {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}
    assert running.request(narrow, key=key).json["error"]["code"] == "key_scope"
    assert running.request({**narrow, "model": "gpt-4o-mini"}, key=key).status == 200
    assert running.request(json.dumps(EMBEDDINGS).encode(), "/v1/embeddings", key=key).status == 403


FORM = b'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n%b\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b' {"model":"gpt-4o"}', "application/json", "key_scope"),
        (b'{"model":"gpt-4o"}', "text/plain", "key_scope"),
        (FORM % b"gpt-4o", "multipart/form-data; boundary=b", "key_scope"),
        (FORM % b"gpt-4o-mini", "multipart/form-data; boundary=c", "wire_form"),
        (b'{"model":"gpt-4o-mini","model":"gpt-4o"}', "application/json", "wire_duplicate_key"),
        (b'{"model":"gpt-4o-mini","Model":"gpt-4o"}', "application/json", "wire_key_case"),
    ],
)
def test_a_model_cannot_hide_in_a_body_that_passes_unread(
    running: Running, body: bytes, content_type: str, code: str
) -> None:
    key = running.make_key(models=("gpt-4o-mini*",))
    running.refresh()
    answer = running.request(body, "/v1/audio/speech", key=key, content_type=content_type)
    assert answer.json["error"]["code"] == code
    assert running.upstream.heard == []


def test_a_revoked_key_counts_no_more_and_a_rotated_one_goes_on(running: Running) -> None:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}
    identity = next(key.id for key in running.book.list())
    made = running.book.rotate(identity, grace_us=0)
    running.refresh()
    assert running.request(body).status == 401
    assert running.request(body, key=made.text).status == 200


def test_a_stored_response_is_given_to_whom_it_was_made(running: Running) -> None:
    stored = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": "gpt-4o",
        "output": [],
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
    }
    running.upstream.script = Upstream.answer(stored)
    assert running.request({"model": "gpt-4o", "input": "x"}, "/v1/responses").status == 200
    assert running.request(b"", "/v1/responses/resp_1", "GET").status == 200
    other = running.make_key(tenant="zeta")
    running.refresh()
    assert running.request(b"", "/v1/responses/resp_1", "GET", other).status == 403
