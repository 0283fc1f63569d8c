"""Streams: text at once, calls when they were decided, an end that is one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from gateway_running import Running, Upstream, ask, chat_call, chat_chunk, read_all

DONE = "[DONE]"


def call_chunks(identity: str, name: str, *pieces: str) -> list[dict[str, Any]]:
    first = {"index": 0, **chat_call(identity, name, pieces[0])}
    rest = [{"index": 0, "function": {"arguments": piece}} for piece in pieces[1:]]
    return [chat_chunk({"tool_calls": [call]}) for call in (first, *rest)]


def test_a_stream_without_calls_passes_byte_for_byte(running: Running) -> None:
    chunks = [chat_chunk({"content": word}) for word in ("Good ", "morning")]
    running.upstream.script = Upstream.events(*chunks, chat_chunk({}, "stop"), DONE)
    answer = running.request(ask(stream=True))
    assert answer.is_whole
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["gardefou-decision"] == "allow"
    assert answer.body.count(b"data: ") == 4
    assert answer.body.endswith(b"data: [DONE]\n\n")


def test_text_does_not_wait_for_what_follows(running: Running) -> None:
    chunks = [chat_chunk({"content": str(number)}) for number in range(4)]
    running.upstream.script = Upstream.events(*chunks, chat_chunk({}, "stop"), DONE, pause_s=0.2)
    began = time.monotonic()
    with running.connect() as client:
        client.sendall(running.message(ask(stream=True)))
        data = b""
        while b'"content"' not in data:
            data += client.recv(4096)
        first = time.monotonic() - began
        read_all(client)
    assert first < (time.monotonic() - began) / 2


@pytest.mark.parametrize(
    ("tool", "leaves"), [("read_file", True), ("delete_file", False), ("pay", False)]
)
def test_a_call_leaves_only_when_it_may(running: Running, tool: str, leaves: bool) -> None:
    """Law 7, over the wire."""
    chunks = [
        chat_chunk({"content": "Well. "}),
        *call_chunks("c1", tool, '{"pa', 'th": "a', '.txt"}'),
        chat_chunk({}, "tool_calls"),
        DONE,
    ]
    running.upstream.script = Upstream.events(*chunks)
    answer = running.request(ask(stream=True))
    assert answer.is_whole
    assert (b'"c1"' in answer.body) is (b".txt" in answer.body) is leaves
    assert b"Well. " in answer.body
    assert running.recorded()[-1]["tool"] == tool


def test_a_stream_that_breaks_off_does_not_look_complete(running: Running) -> None:
    running.upstream.script = Upstream.events(chat_chunk({"content": "Half"}), close=True)
    answer = running.request(ask(stream=True))
    assert b"Half" in answer.body
    assert b'"error"' in answer.body
    assert b"[DONE]" not in answer.body


def test_half_a_call_never_leaves(running: Running) -> None:
    running.upstream.script = Upstream.events(
        *call_chunks("c1", "read_file", '{"path": "a'), close=True
    )
    answer = running.request(ask(stream=True))
    assert b"tool_calls" not in answer.body
    assert b'"error"' in answer.body


def test_a_silent_upstream_ends_in_an_error(tmp_path: Path) -> None:
    running = Running(tmp_path)
    try:
        running.upstream.script = Upstream.events(
            chat_chunk({"content": "a"}), chat_chunk({"content": "b"}), pause_s=6
        )
        answer = running.request(ask(stream=True))
        assert b'"error"' in answer.body
        assert b'"b"' not in answer.body
    finally:
        running.stop()


@pytest.mark.parametrize(
    "broken",
    [
        b"data: {no json}\n\n",
        b"data: \xff\xfe\n\n",
        b'data: {"choices": 7}\n\n',
        b'data: {"a":1,"a":2}\n\n',
        b'data: {"choices":[{"index":0,"delta":{"tool_calls":"x"}}]}\n\n',
    ],
)
def test_bad_events_end_in_an_error(running: Running, broken: bytes) -> None:
    running.upstream.script = Upstream.events(chat_chunk({"content": "a"}), broken, DONE)
    answer = running.request(ask(stream=True))
    assert answer.is_whole
    assert b'"error"' in answer.body


def test_the_caller_of_a_quiet_stream_gets_keep_alives(tmp_path: Path) -> None:
    running = Running(tmp_path, server="keep_alive_s = 0.2")
    try:
        running.upstream.script = Upstream.events(
            chat_chunk({"content": "a"}), chat_chunk({}, "stop"), DONE, pause_s=0.7
        )
        answer = running.request(ask(stream=True))
        assert answer.body.count(b": keep-alive\n\n") >= 2
        assert answer.body.rstrip().endswith(b"[DONE]") or b"[DONE]" in answer.body
    finally:
        running.stop()


def test_an_upstream_whose_stream_is_an_error_is_relayed(running: Running) -> None:
    body = b'{"error":{"message":"overloaded","type":"server_error"}}'
    running.upstream.script = Upstream.answer(body, "529 Overloaded", "retry-after: 7")
    answer = running.request(ask(stream=True))
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (529, body, "7")
