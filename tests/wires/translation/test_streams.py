"""Streams: the same for every cutting, the same as the whole answer, and never silently cut short."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

import pytest
from conversations import CHAT, MESSAGES, PAIRS, RESPONSES, arguments, names, texts
from hypothesis import given, settings
from hypothesis import strategies as st

import vendors
from gardefou.wires.translation import Exchange, translation

CALLS = (vendors.CALL, vendors.OTHER)
WITH_USAGE = Exchange(wants_usage=True)


def run(caller: str, served: str, chunks: list[bytes]) -> tuple[list[bytes], bool]:
    """The outcome chunk by chunk, and whether it broke."""
    stream = translation(caller, served).stream(WITH_USAGE, now_s=7)
    out = [*map(stream.feed, chunks), stream.close()]
    return out, stream.is_broken


def events(data: bytes) -> list[dict[str, Any]]:
    lines = (line for part in data.split(b"\n\n") for line in part.split(b"\n"))
    return [
        json.loads(line[6:])
        for line in lines
        if line.startswith(b"data: ") and line != b"data: [DONE]"
    ]


def said(wire: str, data: bytes) -> dict[str, Any]:
    """What a stream adds up to: words, calls, stop and tokens, read without our own code."""
    return {CHAT: _chat, RESPONSES: _responses, MESSAGES: _messages}[wire](events(data))


def _chat(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    text, calls, stop, usage = "", {}, None, None
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            delta = choice["delta"]
            text += delta.get("content") or ""
            stop = choice["finish_reason"] or stop
            for call in delta.get("tool_calls", ()):
                known = calls.setdefault(call["index"], [call.get("id"), "", ""])
                known[1] += call["function"].get("name", "")
                known[2] += call["function"].get("arguments", "")
    assert usage is not None
    found = [calls[index] for index in sorted(calls)]
    return {"text": text, "calls": found, "stop": stop, "out": usage["completion_tokens"]}


def _messages(found: list[dict[str, Any]]) -> dict[str, Any]:
    text, calls, stop, tokens = "", [], None, 0
    opened = -1
    for event in found:
        if event["type"] == "content_block_start":
            assert event["index"] == opened + 1
            opened += 1
            if event["content_block"]["type"] == "tool_use":
                block = event["content_block"]
                calls.append([block["id"], block["name"], ""])
        elif event["type"] == "content_block_delta":
            assert event["index"] == opened
            text += event["delta"].get("text", "")
            if event["delta"]["type"] == "input_json_delta":
                calls[-1][2] += event["delta"]["partial_json"]
        elif event["type"] == "message_delta":
            stop, tokens = event["delta"]["stop_reason"], event["usage"]["output_tokens"]
    return {"text": text, "calls": calls, "stop": stop, "out": tokens}


def _responses(found: list[dict[str, Any]]) -> dict[str, Any]:
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    pieces: dict[int, str] = {}
    for event in found:
        if event["type"].endswith(".delta"):
            at = event["output_index"]
            pieces[at] = pieces.get(at, "") + event["delta"]
    last = found[-1]["response"]
    text, calls = "", []
    for index, item in enumerate(last["output"]):
        if item["type"] == "message":
            text += item["content"][0]["text"]
            assert pieces[index] == item["content"][0]["text"]
        else:
            calls.append([item["call_id"], item["name"], item["arguments"]])
            assert pieces.get(index, "{}") == item["arguments"]
    reason = last["incomplete_details"]["reason"] if last["incomplete_details"] else last["status"]
    return {"text": text, "calls": calls, "stop": reason, "out": last["usage"]["output_tokens"]}


STOPS = {
    CHAT: {"end": "stop", "calls": "tool_calls", "length": "length"},
    MESSAGES: {"end": "end_turn", "calls": "tool_use", "length": "max_tokens"},
    RESPONSES: {"end": "completed", "calls": "completed", "length": "max_output_tokens"},
}
calls_made = st.lists(
    st.tuples(names.map(lambda n: n[:40]), names, arguments.map(json.dumps)),
    max_size=3,
    unique_by=lambda c: c[0],
).map(tuple)


@pytest.mark.parametrize(("caller", "served"), PAIRS)
def test_a_stream_says_what_the_vendor_said_however_it_is_cut(caller: str, served: str) -> None:
    """Law 7: the same bytes for every cutting, and the vendor's words, calls, stop and tokens."""

    @settings(max_examples=150, deadline=None)
    @given(
        texts.filter(lambda t: "\n\n" not in t) | st.none(),
        calls_made,
        st.sampled_from(["end", "length"]),
        st.lists(st.integers(0, 9_999), max_size=12),
    )
    def check(text: str | None, calls: Any, stop: str, cuts: list[int]) -> None:
        whole = b"".join(vendors.stream(served, text, calls, stop))
        at = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
        chunks = [whole[a:b] for a, b in itertools.pairwise(at)]
        out, is_broken = run(caller, served, chunks)
        assert not is_broken
        assert b"".join(out) == b"".join(run(caller, served, [whole])[0])
        expected = STOPS[caller]["calls" if calls and stop == "end" else stop]
        assert said(caller, b"".join(out)) == {
            "text": text or "",
            "calls": [list(call) for call in calls],
            "stop": expected,
            "out": 9,
        }

    check()


@pytest.mark.parametrize(("caller", "served"), PAIRS)
def test_words_and_arguments_flow_on_as_they_come(caller: str, served: str) -> None:
    """No event with words or arguments waits for the next one."""
    chunks = vendors.stream(served, calls=CALLS)
    out, _ = run(caller, served, chunks)
    assert [_pieces(chunk) for chunk in chunks] == [_pieces(part) for part in out[:-1]]


def _pieces(data: bytes) -> str:
    """The words and arguments in the bytes of any wire."""
    return "".join(_piece(event) for event in events(data))


def _piece(event: dict[str, Any]) -> str:
    if event.get("choices"):
        delta = event["choices"][0]["delta"]
        function = delta.get("tool_calls", [{}])[0].get("function", {})
        return str(delta.get("content") or function.get("arguments", ""))
    delta = event.get("delta", "")
    if isinstance(delta, dict):
        return str(delta.get("text") or delta.get("partial_json", ""))
    return str(delta)


@pytest.mark.parametrize(("caller", "served"), PAIRS)
def test_a_stream_that_ends_early_ends_with_an_error(caller: str, served: str) -> None:
    """At every event, and within one: an error event in the caller's form, and nothing after it."""
    chunks = vendors.stream(served, calls=CALLS)
    whole = b"".join(chunks)
    last = len(whole) - len(chunks[-1])
    for end in [0, 5, *range(1, last + 1, 97), last, last + 4]:
        out, is_broken = run(caller, served, [whole[:end]])
        assert is_broken
        final = events(b"".join(out))[-1]
        assert "error" in final
        assert b"[DONE]" not in b"".join(out)
        assert b"message_stop" not in b"".join(out)
        assert b"response.completed" not in b"".join(out)


@pytest.mark.parametrize("caller", [MESSAGES, RESPONSES])
def test_calls_that_come_in_turns_are_put_in_order(caller: str) -> None:
    def chunk(*calls: dict[str, Any], reason: str | None = None, content: str = "") -> bytes:
        delta = {"tool_calls": list(calls), "content": content}
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        body = json.dumps(
            {"id": "answer_1", "model": "served", "choices": [choice], "usage": vendors.USAGE[CHAT]}
        )
        return f"data: {body}\n\n".encode()

    def more(index: int, text: str) -> dict[str, Any]:
        return {"index": index, "function": {"arguments": text}}

    def first(index: int) -> dict[str, Any]:
        return {"index": index, "id": f"c{index}", "function": {"name": f"f{index}"}}

    chunks = [
        chunk(first(0), first(1)),
        chunk(more(0, '{"a"')),
        chunk(more(1, '{"b":')),
        chunk(more(0, ":1")),
        chunk(content="and"),
        chunk(more(1, "2}")),
        chunk(more(0, "}"), first(2)),
        chunk(more(2, "{}"), more(0, " \n"), reason="tool_calls"),
        b"data: [DONE]\n\n",
    ]
    out, is_broken = run(caller, CHAT, chunks)
    assert not is_broken
    found = said(caller, b"".join(out))
    assert found["text"] == "and"
    assert [(name, json.loads(text)) for _, name, text in found["calls"]] == [
        ("f0", {"a": 1}),
        ("f1", {"b": 2}),
        ("f2", {}),
    ]


START = b'event: message_start\ndata: {"type":"message_start","message":{"id":"x","model":"m"}}\n\n'
TOOL = b'{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}'


@pytest.mark.parametrize(
    ("served", "data"),
    [
        (CHAT, b"data: {\n\n"),
        (CHAT, b"data: [1]\n\n"),
        (CHAT, b'data: {"choices":[{"index":1,"delta":{}}]}\n\n'),
        (CHAT, b'data: {"choices":[{"delta":{"function_call":{"name":"f"}}}]}\n\n'),
        (CHAT, b'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c"}]}}]}\n\n'),
        (CHAT, b'data: {"choices":[{"delta":{},"finish_reason":"odd"}]}\n\n'),
        (CHAT, b'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: [DONE]\n\n'),
        (CHAT, b'data: {"a":1,"a":2}\n\n'),
        (
            MESSAGES,
            b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta"}}\n\n',
        ),
        (MESSAGES, START + b'data: {"type":"message_stop"}\n\n'),
        (MESSAGES, START + b"data: " + TOOL + b"\n\ndata: " + TOOL + b"\n\n"),
        (
            MESSAGES,
            START
            + b'data: {"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use"}}\n\n',
        ),
        (
            MESSAGES,
            START + b'data: {"type":"message_delta","delta":{"stop_reason":"pause_turn"}}\n\n',
        ),
        (MESSAGES, b"data: " + TOOL + b"\n\n"),
        (RESPONSES, b'data: {"type":"response.output_text.delta","delta":"a"}\n\n'),
        (RESPONSES, b'data: {"type":"response.function_call_arguments.delta","delta":"a"}\n\n'),
        (
            RESPONSES,
            b'data: {"type":"response.output_item.added","item":{"type":"web_search_call"}}\n\n',
        ),
        (RESPONSES, b'data: {"type":"response.completed","response":{"id":"a"}}\n\n'),
    ],
)
def test_what_is_not_in_the_vendors_form_ends_the_stream(served: str, data: bytes) -> None:
    for caller in (CHAT, RESPONSES, MESSAGES):
        if caller != served:
            out, is_broken = run(caller, served, [data, b"data: {}\n\n"])
            assert is_broken
            assert "error" in events(b"".join(out))[-1]
            assert out[-2:] == [b"", b""]


@pytest.mark.parametrize("caller", [CHAT, MESSAGES])
def test_a_responses_stream_without_pieces_says_the_whole(caller: str) -> None:
    """Some servers send only what is done."""
    chunks = [
        chunk
        for chunk in vendors.stream(RESPONSES, calls=CALLS)
        if b"arguments.delta" not in chunk and b"text.delta" not in chunk
    ]
    out, is_broken = run(caller, RESPONSES, chunks)
    assert not is_broken
    found = said(caller, b"".join(out))
    assert found["text"] == "Let me see."
    assert found["calls"] == [list(call) for call in CALLS]


@pytest.mark.parametrize(("caller", "served"), PAIRS)
def test_a_long_stream_takes_time_in_proportion(caller: str, served: str) -> None:
    """Ten times the events take about ten times the time, not a hundred."""

    def spent(length: int) -> float:
        chunks = vendors.stream(
            served, "word " * length, (("c", "f", json.dumps({"a": "b" * length})),)
        )
        best = []
        for _ in range(3):
            start = time.process_time()
            run(caller, served, chunks)
            best.append(time.process_time() - start)
        return min(best)

    assert spent(8_000) < 30 * spent(800)


@pytest.mark.parametrize("caller", [MESSAGES, RESPONSES])
def test_the_manners_of_other_servers_are_known(caller: str) -> None:
    """A first chunk without choices, empty reasons and types, and arguments all at once."""
    call = {"index": 0, "id": "c", "type": "", "function": {"name": "f", "arguments": "{}"}}
    bodies = [
        {"id": "", "model": None, "choices": [], "prompt_filter_results": []},
        {
            "id": "a",
            "model": "m",
            "choices": [{"delta": {"role": "assistant"}, "finish_reason": ""}],
        },
        {"id": "a", "model": "m", "choices": [{"delta": {"tool_calls": [call]}}]},
        {
            "id": "a",
            "model": "m",
            "choices": [{"delta": {}, "finish_reason": "stop"}],
            "usage": vendors.USAGE[CHAT],
        },
    ]
    chunks = [*(f"data: {json.dumps(body)}\n\n".encode() for body in bodies), b"data: [DONE]\n\n"]
    out, is_broken = run(caller, CHAT, chunks)
    assert not is_broken
    found = said(caller, b"".join(out))
    assert (found["calls"], found["stop"]) == ([["c", "f", "{}"]], STOPS[caller]["calls"])


def test_usage_is_sent_only_to_those_who_asked() -> None:
    stream = translation(CHAT, MESSAGES).stream(now_s=7)
    out = b"".join([*map(stream.feed, vendors.stream(MESSAGES)), stream.close()])
    assert b'"usage"' not in out
    assert out.endswith(b"data: [DONE]\n\n")


def test_reasoning_is_left_out_with_a_note() -> None:
    thought = [
        b'data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}\n\n',
        b'data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"secret"}}\n\n',
        b'data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}\n\n',
        b'data: {"type":"content_block_stop","index":0}\n\n',
        b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}\n\n',
        b'data: {"type":"message_stop"}\n\n',
    ]
    stream = translation(CHAT, MESSAGES).stream(now_s=7)
    out = b"".join(map(stream.feed, [START, *thought]))
    assert b"secret" not in out
    assert not stream.is_broken
    assert [note.path for note in stream.notes] == ["content[0]"]
