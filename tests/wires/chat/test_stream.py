"""Chat Completions: streams, and law 7."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from streams import cut, data_of, run, sse

from gardefou.wires import RELEASE, Call, Interceptor, Request, Ruling, Usage, wire_for

WIRE = wire_for("POST", "/v1/chat/completions")
REQUEST = Request(wire="openai.chat", model="m-1", stream=True)
REFUSE = Ruling(action="refuse", text="Refused – `pay`.")
NOTICE = Ruling(action="notice", text="Held: `pay`.")


def interceptor(*, wants_usage: bool = False) -> Interceptor:
    return WIRE.interceptor(
        Request(wire="openai.chat", model="m-1", stream=True, wants_usage=wants_usage)
    )


def chunk(delta: dict[str, Any] | None, stop: str | None = None, index: int = 0) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": index, "delta": delta, "finish_reason": stop}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": "m-1", "choices": choices}  # fmt: skip


def call(index: int, arguments: str, name: str = "", ident: str = "") -> dict[str, Any]:
    element: dict[str, Any] = {"index": index, "function": {"arguments": arguments}}
    if name:
        element |= {"id": ident, "type": "function"}
        element["function"]["name"] = name
    return {"tool_calls": [element]}


TEXT = [chunk({"role": "assistant", "content": ""}), chunk({"content": "Zahlung – é 支払い 🙂"})]
CALLS = [
    chunk(call(0, "", "pay", "c0")),
    chunk(call(0, '{"to":"é支')),
    chunk(call(1, "", "look", "c1")),
    chunk(call(0, '払い"}')),
    chunk(call(1, '{"q":1}')),
    chunk({}, "tool_calls"),
]
USAGE = {**chunk(None), "usage": {"prompt_tokens": 9, "completion_tokens": 4}}
STREAM = sse([*TEXT, *CALLS, USAGE, "[DONE]"])
PROPOSED = [
    Call(key="0.0", id="c0", name="pay", arguments='{"to":"é支払い"}'),
    Call(key="0.1", id="c1", name="look", arguments='{"q":1}'),
]


def by_name(pay: Ruling, look: Ruling) -> Any:
    return lambda call: {"pay": pay, "look": look}[call.name]


def assembled(out: bytes) -> tuple[str, str, list[dict[str, Any]], str]:
    """What a client makes of a stream: text, refusal, calls by index, finish reason."""
    text, refusal, stop = "", "", ""
    calls: list[dict[str, Any]] = []
    for event in data_of(out):
        if event == "[DONE]":
            continue
        for choice in event["choices"]:
            delta = choice["delta"]
            text += delta.get("content") or ""
            refusal += delta.get("refusal") or ""
            stop = choice["finish_reason"] or stop
            for element in delta.get("tool_calls", ()):
                assert element["index"] in {len(calls), len(calls) - 1, 0}
                if element["index"] == len(calls):
                    calls.append({"name": "", "arguments": ""})
                found = calls[element["index"]]
                found["name"] += element["function"].get("name", "")
                found["arguments"] += element["function"].get("arguments", "")
    return text, refusal, calls, stop


def test_all_released_is_the_very_same_bytes_but_for_the_usage_nobody_asked_for() -> None:
    assert run(interceptor(wants_usage=True), [STREAM]).out == STREAM
    result = run(interceptor(), [STREAM])
    assert result.out == sse([*TEXT, *CALLS, "[DONE]"])
    assert result.calls == PROPOSED
    answer = result.answer
    assert answer is not None
    assert (answer.text, answer.stop) == ("Zahlung – é 支払い 🙂", "tool_calls")
    assert answer.usage == Usage(input_tokens=9, output_tokens=4)
    assert answer.calls == tuple(PROPOSED)


def test_no_byte_of_a_call_leaves_before_its_verdict() -> None:
    """Law 7: nothing is ruled on, so nothing behind the text may come out."""
    reader = interceptor()
    out = b""
    for byte in STREAM:
        for step in reader.feed(bytes([byte])):
            out += getattr(step, "data", b"")
    reader.close()
    assert out == sse(TEXT)


def test_text_flows_on_with_the_chunk_that_completes_it() -> None:
    reader = interceptor()
    for event in TEXT:
        (step,) = reader.feed(sse([event]))
        assert step.data == sse([event])


def test_comments_pass_a_held_call_and_nothing_else_does() -> None:
    reader = interceptor()
    for event in CALLS:
        reader.feed(sse([event]))
    assert [s.data for s in reader.feed(b": keep-alive\n\n")] == [b": keep-alive\n\n"]
    assert reader.feed(sse([chunk({"content": "later"})])) == []


TABLE = [
    (REFUSE, RELEASE, ("\n\nRefused – `pay`.", "", ["look"], "tool_calls")),
    (NOTICE, RELEASE, ("\n\nHeld: `pay`.", "", ["look"], "tool_calls")),
    (RELEASE, REFUSE, ("\n\nRefused – `pay`.", "", ["pay"], "tool_calls")),
    (REFUSE, REFUSE, ("", "Refused – `pay`.\n\nRefused – `pay`.", [], "stop")),
    (NOTICE, REFUSE, ("\n\nHeld: `pay`.", "Refused – `pay`.", [], "stop")),
    (NOTICE, NOTICE, ("\n\nHeld: `pay`.\n\nHeld: `pay`.", "", [], "stop")),
]


@pytest.mark.parametrize(("pay", "look", "expected"), TABLE)
def test_refused_calls_are_replaced(pay: Ruling, look: Ruling, expected: Any) -> None:
    result = run(interceptor(), [STREAM], by_name(pay, look))
    text, refusal, calls, stop = assembled(result.out)
    words = text.removeprefix("Zahlung – é 支払い 🙂")
    assert (words, refusal, [c["name"] for c in calls], stop) == expected
    assert result.out.endswith(b"data: [DONE]\n\n")
    assert result.answer is not None
    assert result.answer.calls == tuple(PROPOSED)


def test_streamed_or_whole_the_outcome_is_the_same() -> None:
    """Law 7."""
    message = {"role": "assistant", "content": "Zahlung – é 支払い 🙂", "tool_calls": [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
        for c in PROPOSED]}  # fmt: skip
    body = json.dumps(
        {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    ).encode()
    whole = WIRE.read_answer(body)
    assert whole.calls == tuple(PROPOSED)
    for pay, look, _ in TABLE:
        rendered = json.loads(WIRE.render_answer(body, whole, {"0.0": pay, "0.1": look}))
        choice = rendered["choices"][0]
        out = run(interceptor(), [STREAM], by_name(pay, look)).out
        text, refusal, calls, stop = assembled(out)
        assert text == choice["message"]["content"]
        assert refusal == (choice["message"].get("refusal") or "")
        assert [c["name"] for c in calls] == [
            c["function"]["name"] for c in choice["message"].get("tool_calls", ())
        ]
        assert stop == choice["finish_reason"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("pay", "look"), [(RELEASE, RELEASE), (REFUSE, RELEASE), (NOTICE, REFUSE)])
def test_however_it_is_cut(end: str, pay: Ruling, look: Ruling) -> None:
    """Law 7: 10,800 random cuttings, bytes released and calls proposed are the same."""
    data = "\ufeff".encode() + sse([*TEXT, *CALLS, USAGE, "[DONE]"], end=end)
    rule = by_name(pay, look)
    whole = run(interceptor(), [data], rule)
    assert whole.calls == PROPOSED
    rng = random.Random(7)
    for number in range(1200):
        pieces = cut(data, rng, rng.choice((1, 3, 12, 60)))
        result = run(interceptor(), pieces, rule)
        assert (result.out, result.calls) == (whole.out, whole.calls), number
        assert result.answer == whole.answer


def test_one_byte_at_a_time() -> None:
    """Law 7."""
    for rule in (by_name(RELEASE, RELEASE), by_name(REFUSE, RELEASE)):
        whole = run(interceptor(), [STREAM], rule)
        result = run(interceptor(), [bytes([b]) for b in STREAM], rule)
        assert (result.out, result.calls) == (whole.out, whole.calls)


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([*TEXT, *CALLS[:3]], "wire.truncated"),
        ([*TEXT, *CALLS[:3], "[DONE]"], "wire.truncated"),
        (TEXT, "wire.truncated"),
        ([*TEXT, "{not json"], "wire.syntax"),
        ([*TEXT, '{"choices":[],"choices":[]}'], "wire.duplicate_key"),
        ([chunk(call(0, "", "pay", "c0")), chunk(call(0, "", "look", "c0"))],
         "wire.call_ambiguous"),
        ([*CALLS, chunk(call(2, "{}", "more", "c2"))], "wire.call_late"),
        ([{"error": {"message": "overloaded"}}], "wire.upstream_error"),
        ([{"error": {}, **chunk(call(0, "{}", "smuggled", "c0"))}], "wire.upstream_error"),
        ([chunk({}, index=-1)], "wire.choice"),
        ([chunk({"tool_calls": [{"index": 0, "type": "teleport"}]}), chunk({}, "stop")],
         "wire.call_kind"),
    ],
)  # fmt: skip
def test_a_broken_stream_ends_with_an_error_and_never_as_if_complete(
    events: list[Any], code: str
) -> None:
    result = run(interceptor(), [sse(events)])
    assert result.broken is not None
    assert result.broken.code == code
    assert result.answer is None
    last = data_of(result.out)[-1]
    assert "error" in last
    assert b"[DONE]" not in result.out
    assert b"smuggled" not in result.out


def test_a_break_behind_a_call_waits_for_its_ruling() -> None:
    """Law 7: whether a ruling comes before or after the broken event changes no byte."""
    data = sse([*TEXT, *CALLS, "{not json"])
    whole = run(interceptor(), [data])
    single = run(interceptor(), [bytes([b]) for b in data])
    assert whole.out == single.out
    assert whole.out.startswith(sse([*TEXT, *CALLS]))


def test_a_server_that_leaves_out_done_is_complete_after_the_finish() -> None:
    result = run(interceptor(), [sse([*TEXT, chunk({}, "stop")])])
    assert result.broken is None
    assert result.answer is not None


def test_a_legacy_call_and_a_whole_message_in_a_chunk_are_withheld() -> None:
    legacy = [
        chunk({"function_call": {"name": "pay", "arguments": ""}}),
        chunk({"function_call": {"arguments": "{}"}}),
        chunk({}, "function_call"),
        "[DONE]",
    ]
    result = run(interceptor(), [sse(legacy)], lambda _: REFUSE)
    assert [(c.key, c.name, c.arguments) for c in result.calls] == [("0.f", "pay", "{}")]
    assert b"function_call" not in result.out
    message = {"role": "assistant", **call(0, "{}", "pay", "c0")}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    result = run(interceptor(), [sse([whole, "[DONE]"])], lambda _: REFUSE)
    assert [c.name for c in result.calls] == ["pay"]
    assert b"tool_calls" not in result.out
    assert b'"name"' not in result.out


def test_a_server_may_repeat_a_name_and_make_up_ids() -> None:
    deltas = [call(0, part, "pay", f"c{number}") for number, part in enumerate(('{"n":', "1}"))]
    data = sse([*map(chunk, deltas), chunk({}, "tool_calls"), "[DONE]"])
    result = run(interceptor(), [data])
    assert result.calls == [Call(key="0.0", id="c0", name="pay", arguments='{"n":1}')]
    assert result.out == data


def test_choices_do_not_mix() -> None:
    events = [
        chunk({"content": "one"}, index=0),
        chunk(call(0, "{}", "pay", "a"), index=1),
        chunk(call(0, "{}", "look", "b"), index=0),
        chunk({}, "tool_calls", index=1),
        chunk({}, "tool_calls", index=0),
        "[DONE]",
    ]
    result = run(interceptor(), [sse(events)], by_name(REFUSE, RELEASE))
    assert [(c.key, c.name) for c in result.calls] == [("1.0", "pay"), ("0.0", "look")]
    stops = [
        (choice["index"], choice["finish_reason"])
        for event in data_of(result.out)[:-1]
        for choice in event["choices"]
        if choice["finish_reason"]
    ]
    assert stops == [(1, "stop"), (0, "tool_calls")]
    assert b"pay" not in result.out.replace(REFUSE.text.encode(), b"")
