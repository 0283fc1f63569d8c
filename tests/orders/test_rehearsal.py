"""A rehearsal says what a program would notice, and fails nowhere silently."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_commands import Run, council, signed

from gardefou.orders import differences, reply_of

__all__ = ["council", "signed"]


def body(text: str = "", *calls: tuple[str, str], ended: str = "stop") -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = [
            {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}
            for name, arguments in calls
        ]
    return {
        "choices": [{"index": 0, "message": message, "finish_reason": ended}],
        "usage": {"total_tokens": 7},
    }


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (body("Good morning."), body("Hello there."), ()),
        (body("", ("pay", '{"a": 1, "b": 2}')), body("", ("pay", '{"b":2,"a":1}')), ()),
        (body("", ("pay", '{"a": 1}')), body("", ("pay", '{"a": 2}')), ("it calls `pay` with other arguments",)),
        (body("", ("pay", "{}")), body("", ("delete", "{}")), ("it calls `delete` instead of `pay`",)),
        (body("", ("pay", "{}")), body("No."), ("it calls nothing instead of `pay`",)),
        (body("x" * 100), body("x" * 20), ("it says 20 characters instead of 100",)),
        (body("x"), body(""), ("it says nothing",)),
        (body("x"), body("x", ended="length"), ("it ended with `length` instead of `stop`",)),
        (body("x"), {}, ("it failed: it is no Chat Completions answer",)),
        ({}, body("x"), ()),
    ],
)  # fmt: skip
def test_what_a_program_would_notice_is_told(
    before: Any, after: Any, told: tuple[str, ...]
) -> None:
    assert differences(reply_of(before), reply_of(after)) == told


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["choices", "message", "usage", "tool_calls"]), inner)
    ),
    max_leaves=6,
)


@given(JSON)
def test_any_answer_is_read_or_counts_as_a_failure(value: Any) -> None:
    assert isinstance(reply_of(value).failure, str)
    assert reply_of({"choices": [{"message": value}]}) is not None


@pytest.fixture
def vendor() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A vendor that answers each request with how many it has had."""
    heard: list[dict[str, Any]] = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            value = json.loads(self.rfile.read(length))
            heard.append({**value, "key": self.headers.get("authorization", "")})
            is_bad = "break" in str(value["messages"])
            data = json.dumps(body("Good morning.")).encode()
            self.send_response(500 if is_bad else 200)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1", heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_sample_goes_to_the_fallback_and_what_differs_is_told(
    council: Run,
    vendor: tuple[str, list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, heard = vendor
    monkeypatch.setenv("FALLBACK_KEY", "k-1")
    lines = [
        {"request": ask("Hello."), "answer": body("Good evening.")},
        {"request": ask("Pay."), "answer": body("", ("pay", "{}"))},
        ask("break"),
        {"request": {**ask("Hello."), "model": "contoso-large"}},
    ]
    with open("out/requests.jsonl", "w", encoding="utf-8") as file:  # noqa: PTH123 - one line
        file.writelines(json.dumps(line) + "\n" for line in lines)
    line = f"order rehearse out/l.db cease-northwind out/requests.jsonl --url {url} --secret FALLBACK_KEY"
    told = council(f"{line} --at 2025-03-02T00:00:00Z", 1)
    assert "3 requests, 2 differ" in told
    assert "it calls nothing instead of `pay`" in told
    assert "it failed: status 500" in told
    assert "the order does not refuse `contoso-large`" in told
    assert {request["model"] for request in heard} == {"contoso-large"}
    assert {request["key"] for request in heard} == {"Bearer k-1"}
    read = json.loads(council(f"{line} --at 2025-03-02T00:00:00Z --sample 1 --json"))
    assert [(one["number"], one["instead"], one["plan"]) for one in read] == [
        (1, "contoso-large", "to-contoso")
    ]
    assert read[0]["degradations"] == ["knowledge", "context"]


def ask(text: str) -> dict[str, Any]:
    return {"model": "northwind-large", "messages": [{"role": "user", "content": text}]}


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("cease-northwind examples/traces.jsonl --url ftp://x", 2, "rehearse.url"),
        ("cease-northwind examples/traces.jsonl --url http://x --secret NOBODY_SET_THIS", 2, "rehearse.secret"),
        ("nothing examples/traces.jsonl --url http://x", 2, "order.unknown"),
        ("cease-northwind examples/ministry.md --url http://x", 3, "rehearse.form"),
    ],
)  # fmt: skip
def test_a_wrong_rehearsal_has_one_message(
    council: Run,
    line: str,
    code: int,
    told: str,
) -> None:
    assert told in council(f"order rehearse out/l.db {line}", code)
