"""Anthropic Messages: streams, and law 7."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from streams import cut, data_of, run, sse

from gardefou.wires import RELEASE, Call, Interceptor, Request, Result, Ruling, Usage, wire_for

WIRE = wire_for("POST", "/v1/messages")
REFUSE = Ruling(action="refuse", text="Refused – article 7.")
NOTICE = Ruling(action="notice", text="Held: article 8.")

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m-1", "content": [],
        "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": 2, "cache_read_input_tokens": 5, "output_tokens": 1},
    },
}  # fmt: skip
PING = {"type": "ping"}


def block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def words(index: int, *texts: str) -> list[dict[str, Any]]:
    deltas = [{"type": "text_delta", "text": text} for text in texts]
    return block(index, {"type": "text", "text": ""}, *deltas)


def use(
    index: int, ident: str, name: str, *parts: str, kind: str = "tool_use"
) -> list[dict[str, Any]]:
    deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
    return block(index, {"type": kind, "id": ident, "name": name, "input": {}}, *deltas)


def end(stop: str = "tool_use") -> list[dict[str, Any]]:
    delta = {"stop_reason": stop, "stop_sequence": None}
    return [
        {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ]


THINK = block(
    0,
    {"type": "thinking", "thinking": "", "signature": ""},
    {"type": "thinking_delta", "thinking": "Hm – é"},
    {"type": "signature_delta", "signature": "sig"},
)
EVENTS = [
    START,
    *THINK,
    *words(1, "Zahlung ", "支払い 🙂"),
    *use(2, "t1", "pay", "", '{"to":"é支', '払い"}'),
    *use(3, "t2", "web_search", '{"query":"q"}', kind="server_tool_use"),
    *block(4, {"type": "web_search_tool_result", "tool_use_id": "t2", "content": []}),
    *words(5, "and"),
    *use(6, "t3", "look"),
    *end(),
]
STREAM = sse(EVENTS, named=True)
PROPOSED = [
    Call(key="2", id="t1", name="pay", arguments='{"to":"é支払い"}'),
    Call(key="3", id="t2", name="web_search", arguments='{"query":"q"}',
         type="server_tool_use", executor="vendor"),
    Call(key="6", id="t3", name="look"),
]  # fmt: skip


def interceptor() -> Interceptor:
    return WIRE.interceptor(Request(wire="anthropic.messages", model="m-1", stream=True))


def by_name(pay: Ruling, look: Ruling, web_search: Ruling = RELEASE) -> Any:
    return lambda call: {"pay": pay, "look": look, "web_search": web_search}[call.name]


def assembled(out: bytes) -> dict[str, Any]:
    """The message that a client makes of a stream, as the vendor's SDK does."""
    message: dict[str, Any] = {}
    inputs: dict[int, str] = {}
    for event in data_of(out):
        kind = event["type"]
        if kind == "message_start":
            message = dict(event["message"], content=[])
        elif kind == "content_block_start":
            assert event["index"] == len(message["content"])
            message["content"].append(dict(event["content_block"]))
        elif kind == "content_block_delta":
            current, delta = message["content"][event["index"]], event["delta"]
            if delta["type"] == "text_delta":
                current["text"] += delta["text"]
            elif delta["type"] == "thinking_delta":
                current["thinking"] += delta["thinking"]
            elif delta["type"] == "signature_delta":
                current["signature"] = delta["signature"]
            else:
                inputs[event["index"]] = inputs.get(event["index"], "") + delta["partial_json"]
        elif kind == "message_delta":
            message |= event["delta"]
            message["usage"] = message["usage"] | event["usage"]
    for index, text in inputs.items():
        message["content"][index]["input"] = json.loads(text)
    return message


WHOLE = assembled(STREAM)


def test_all_released_is_the_very_same_bytes() -> None:
    result = run(interceptor(), [STREAM])
    assert result.out == STREAM
    assert result.calls == PROPOSED
    answer = result.answer
    assert answer is not None
    assert (answer.id, answer.text, answer.reasoning) == ("msg_1", "Zahlung 支払い 🙂and", "Hm – é")
    assert answer.usage == Usage(input_tokens=7, output_tokens=9, cached_tokens=5)
    assert answer.calls == tuple(PROPOSED)
    assert answer.results == (Result(id="t2", name="web_search", executor="vendor"),)
    assert json.loads(answer.message) == WHOLE["content"]


def test_no_byte_of_a_call_leaves_before_its_verdict() -> None:
    """Law 7."""
    reader = interceptor()
    out = b"".join(
        getattr(step, "data", b"") for byte in STREAM for step in reader.feed(bytes([byte]))
    )
    reader.close()
    assert out == sse([START, *THINK, *words(1, "Zahlung ", "支払い 🙂")], named=True)


def test_text_flows_on_and_pings_pass_a_held_call() -> None:
    reader = interceptor()
    reader.feed(sse([START], named=True))
    for event in words(0, "one"):
        (step,) = reader.feed(sse([event], named=True))
        assert step.data == sse([event], named=True)
    steps = reader.feed(sse(use(1, "t1", "pay"), named=True))
    assert [type(step).__name__ for step in steps] == ["Proposed"]
    assert reader.feed(sse(words(2, "later"), named=True)) == []
    (step,) = reader.feed(sse([PING], named=True))
    assert step.data == sse([PING], named=True)
    (step,) = reader.rule("1", RELEASE)
    assert step.data == sse([*use(1, "t1", "pay"), *words(2, "later")], named=True)


TABLE = [
    (REFUSE, RELEASE, RELEASE),
    (NOTICE, RELEASE, REFUSE),
    (RELEASE, REFUSE, NOTICE),
    (REFUSE, REFUSE, RELEASE),
    (NOTICE, REFUSE, REFUSE),
    (NOTICE, NOTICE, RELEASE),
    (RELEASE, RELEASE, REFUSE),
]


@pytest.mark.parametrize("rulings", TABLE)
def test_streamed_or_whole_the_outcome_is_the_same(rulings: tuple[Ruling, Ruling, Ruling]) -> None:
    """Law 7."""
    body = json.dumps(WHOLE).encode()
    rule = by_name(*rulings)
    read = WIRE.read_answer(body)
    expected = json.loads(
        WIRE.render_answer(body, read, {call.key: rule(call) for call in read.calls})
    )
    result = run(interceptor(), [STREAM], rule)
    assert assembled(result.out) == expected
    assert result.answer is not None
    assert result.answer.calls == tuple(PROPOSED)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("rulings", TABLE[:3])
def test_however_it_is_cut(end: str, rulings: tuple[Ruling, Ruling, Ruling]) -> None:
    """Law 7: 10,800 random cuttings, bytes released and calls proposed are the same."""
    data = sse(EVENTS, end=end, named=True)
    rule = by_name(*rulings)
    whole = run(interceptor(), [data], rule)
    assert whole.calls == PROPOSED
    rng = random.Random(7)
    for number in range(1200):
        result = run(interceptor(), cut(data, rng, rng.choice((1, 3, 12, 60))), rule)
        assert (result.out, result.calls) == (whole.out, whole.calls), number
        assert result.answer == whole.answer


def test_one_byte_at_a_time() -> None:
    """Law 7."""
    for rulings in TABLE:
        rule = by_name(*rulings)
        whole = run(interceptor(), [STREAM], rule)
        result = run(interceptor(), [bytes([b]) for b in STREAM], rule)
        assert (result.out, result.calls) == (whole.out, whole.calls)


def test_rulings_may_come_in_any_order_and_late() -> None:
    expected = run(interceptor(), [STREAM], by_name(REFUSE, RELEASE)).out
    for order in (["2", "3", "6"], ["6", "3", "2"], ["3", "6", "2"]):
        reader = interceptor()
        steps = [*reader.feed(STREAM), *reader.close()]
        for key in order:
            steps += reader.rule(key, REFUSE if key == "2" else RELEASE)
        assert b"".join(getattr(step, "data", b"") for step in steps) == expected


def test_what_is_not_known_is_proposed_and_gets_no_free_pass() -> None:
    strange = {"type": "teleport_started", "where": "x"}
    data = sse([START, strange, *block(0, {"type": "teleport"}), *end("end_turn")], named=True)
    assert run(interceptor(), [data]).out == data
    result = run(interceptor(), [data], lambda _: REFUSE)
    assert [(c.key, c.name, c.executor) for c in result.calls] == [
        ("e0", "teleport_started", "vendor"),
        ("0", "teleport", "vendor"),
    ]
    assert b"teleport" not in result.out


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([START, *words(0, "x")], "wire.truncated"),
        ([START, *use(0, "t1", "pay", '{"to":')[:2]], "wire.truncated"),
        ([START, *use(0, "t1", "pay", '{"to":')[:2], *end()], "wire.truncated"),
        ([START, "{not json"], "wire.syntax"),
        ([*words(0, "x")], "wire.event_order"),
        ([START, START], "wire.event_order"),
        ([START, *words(1, "x")], "wire.event_order"),
        ([{**START, "message": {"content": [{"type": "tool_use", "name": "smuggled"}]}}],
         "wire.event_order"),
        ([START, *words(0, "x"), *words(0, "x")], "wire.event_order"),
        ([START, *words(0, "x"), words(0, "y")[1]], "wire.event_order"),
        ([START, end()[0], *use(0, "t1", "pay")], "wire.event_order"),
        ([START, *block(0, {"type": "text", "text": ""},
                        {"type": "input_json_delta", "partial_json": "{}"})], "wire.event_order"),
        ([START, *block(0, {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}},
                        {"type": "input_json_delta", "partial_json": "{}"})],
         "wire.call_ambiguous"),
        ([START, *use(0, "t1", "pay"), *use(1, "t1", "pay")], "wire.call_ambiguous"),
        ([{"type": "error", "error": {"type": "overloaded_error"}}], "wire.upstream_error"),
    ],
)  # fmt: skip
def test_a_broken_stream_ends_with_an_error_and_never_as_if_complete(
    events: list[Any], code: str
) -> None:
    result = run(interceptor(), [sse(events, named=True)])
    assert result.broken is not None
    assert result.broken.code == code
    assert result.answer is None
    assert data_of(result.out)[-1]["type"] == "error"
    assert b"message_stop" not in result.out
    assert b"smuggled" not in result.out


def test_an_event_whose_name_is_not_its_type_breaks_the_stream() -> None:
    data = sse([START], named=True) + b'event: ping\ndata: {"type":"content_block_start"}\n\n'
    result = run(interceptor(), [data])
    assert result.broken is not None
    assert result.broken.code == "wire.event_name"


def test_usage_is_cumulative_and_never_added() -> None:
    events = [START, {**end()[0], "usage": {"output_tokens": 3}}, *end()]
    answer = run(interceptor(), [sse(events, named=True)]).answer
    assert answer is not None
    assert answer.usage == Usage(input_tokens=7, output_tokens=9, cached_tokens=5)
