"""OpenAI Responses: streams, and law 7."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from streams import cut, data_of, run, sse

from gardefou.wires import RELEASE, Call, Interceptor, Request, Ruling, Usage, wire_for

WIRE = wire_for("POST", "/v1/responses")
REFUSE = Ruling(action="refuse", text="Refused – article 7.")
NOTICE = Ruling(action="notice", text="Held: article 8.")
HEAD = {"id": "resp_1", "object": "response", "model": "m-1", "output": [], "error": None}

SAID = {"type": "message", "id": "msg_0", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": "Zahlung 支払い 🙂", "annotations": []}]}  # fmt: skip
PAY = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "pay",
       "arguments": '{"to":"é支払い"}', "status": "completed"}  # fmt: skip
SEARCH = {"type": "web_search_call", "id": "ws_1", "action": {"query": "q"},
          "status": "completed"}  # fmt: skip
LOOK = {"type": "custom_tool_call", "id": "ct_1", "call_id": "c2", "name": "look",
        "input": "free text"}  # fmt: skip
OUTPUT = [SAID, PAY, SEARCH, LOOK]


def text(index: int, item: dict[str, Any], *parts: str) -> list[dict[str, Any]]:
    place = {"item_id": item["id"], "output_index": index, "content_index": 0}
    return [
        {"type": "response.output_item.added", "output_index": index,
         "item": {**item, "content": []}},
        {"type": "response.content_part.added", **place,
         "part": {"type": "output_text", "text": "", "annotations": []}},
        *({"type": "response.output_text.delta", **place, "delta": p} for p in parts),
        {"type": "response.output_text.done", **place, "text": "".join(parts)},
        {"type": "response.content_part.done", **place, "part": item["content"][0]},
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]  # fmt: skip


def call(
    index: int, item: dict[str, Any], *parts: str, stem: str = "function_call_arguments"
) -> list[dict[str, Any]]:
    field = "input" if stem.endswith("input") else "arguments"
    place = {"item_id": item["id"], "output_index": index}
    begun = {**item, field: "", "status": "in_progress"}
    return [
        {"type": "response.output_item.added", "output_index": index, "item": begun},
        *({"type": f"response.{stem}.delta", **place, "delta": part} for part in parts),
        {"type": f"response.{stem}.done", **place, field: "".join(parts)},
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]


def search(index: int) -> list[dict[str, Any]]:
    place = {"item_id": "ws_1", "output_index": index}
    return [
        {"type": "response.output_item.added", "output_index": index,
         "item": {"type": "web_search_call", "id": "ws_1", "status": "in_progress"}},
        {"type": "response.web_search_call.in_progress", **place},
        {"type": "response.web_search_call.completed", **place},
        {"type": "response.output_item.done", "output_index": index, "item": SEARCH},
    ]  # fmt: skip


def completed(output: list[Any]) -> dict[str, Any]:
    usage = {"input_tokens": 9, "output_tokens": 4}
    response = {**HEAD, "status": "completed", "output": output, "usage": usage}
    return {"type": "response.completed", "response": response}


def numbered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


BEGIN = [
    {"type": "response.created", "response": {**HEAD, "status": "in_progress"}},
    {"type": "response.in_progress", "response": {**HEAD, "status": "in_progress"}},
]
TEXT = text(0, SAID, "Zahlung ", "支払い 🙂")
PAYING = call(1, PAY, '{"to":"é支', '払い"}')
LOOKING = call(3, LOOK, "free ", "text", stem="custom_tool_call_input")
EVENTS = numbered([*BEGIN, *TEXT, *PAYING, *search(2), *LOOKING, completed(OUTPUT)])
STREAM = sse(EVENTS, named=True)
PROPOSED = [
    Call(key="1", id="c1", name="pay", arguments='{"to":"é支払い"}'),
    Call(key="2", id="ws_1", name="web_search", arguments='{"action":{"query": "q"}}',
         type="web_search_call", executor="vendor"),
    Call(key="3", id="c2", name="look", arguments="free text", type="custom_tool_call"),
]  # fmt: skip


def interceptor() -> Interceptor:
    return WIRE.interceptor(Request(wire="openai.responses", model="m-1", stream=True))


def by_name(pay: Ruling, look: Ruling, web_search: Ruling = RELEASE) -> Any:
    return lambda call: {"pay": pay, "look": look, "web_search": web_search}[call.name]


def test_all_released_is_the_very_same_bytes() -> None:
    result = run(interceptor(), [STREAM])
    assert result.out == STREAM
    assert result.calls == PROPOSED
    answer = result.answer
    assert answer is not None
    assert (answer.id, answer.text, answer.stop) == ("resp_1", "Zahlung 支払い 🙂", "completed")
    assert answer.usage == Usage(input_tokens=9, output_tokens=4)
    assert answer.calls == tuple(PROPOSED)
    assert json.loads(answer.message) == OUTPUT


def test_no_byte_of_a_call_leaves_before_its_verdict() -> None:
    """Law 7."""
    reader = interceptor()
    out = b"".join(
        getattr(step, "data", b"") for byte in STREAM for step in reader.feed(bytes([byte]))
    )
    reader.close()
    assert out == sse(EVENTS[: len(BEGIN) + len(TEXT)], named=True)


def test_text_flows_on_and_keep_alives_pass_a_held_call() -> None:
    reader = interceptor()
    for event in [*BEGIN, *TEXT]:
        (step,) = reader.feed(sse([event], named=True))
        assert step.data == sse([event], named=True)
    reader.feed(sse(PAYING, named=True))
    assert reader.feed(sse(text(2, SAID, "later"), named=True)) == []
    (step,) = reader.feed(b": wait\n\n")
    assert step.data == b": wait\n\n"
    alive = sse([{"type": "keepalive", "sequence_number": 1}], named=True)
    (step,) = reader.feed(alive)
    assert step.data == alive


TABLE = [
    (REFUSE, RELEASE, RELEASE),
    (NOTICE, RELEASE, REFUSE),
    (RELEASE, REFUSE, NOTICE),
    (REFUSE, NOTICE, REFUSE),
]


@pytest.mark.parametrize("rulings", TABLE)
def test_refused_calls_become_messages_everywhere_and_numbers_go_on(
    rulings: tuple[Ruling, Ruling, Ruling],
) -> None:
    """Law 7: the final event, the items before it and the answer in one piece say the same."""
    rule = by_name(*rulings)
    result = run(interceptor(), [STREAM], rule)
    body = json.dumps(EVENTS[-1]["response"]).encode()
    read = WIRE.read_answer(body)
    expected = json.loads(
        WIRE.render_answer(body, read, {call.key: rule(call) for call in read.calls})
    )
    events = data_of(result.out)
    assert events[-1]["response"] == expected
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    done = [e["item"] for e in events if e["type"] == "response.output_item.done"]
    assert done == expected["output"]
    added = [e for e in events if e["type"] == "response.output_item.added"]
    assert [e["output_index"] for e in added] == [0, 1, 2, 3]
    assert [e["item"]["type"] for e in added] == [item["type"] for item in done]
    assert result.answer is not None
    assert result.answer.calls == tuple(PROPOSED)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("rulings", [(RELEASE, RELEASE, RELEASE), TABLE[0], TABLE[3]])
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


def test_a_vendors_call_takes_its_result_with_it() -> None:
    shell = {"type": "shell_call", "id": "sh_1", "call_id": "c9", "action": {"commands": ["ls"]},
             "environment": {"type": "container_reference"}}  # fmt: skip
    output = {"type": "shell_call_output", "id": "so_1", "call_id": "c9",
              "output": [{"stdout": "secret", "stderr": ""}]}  # fmt: skip
    place = {"output_index": 1, "item_id": "so_1"}
    events = [
        *BEGIN,
        {"type": "response.output_item.added", "output_index": 0, "item": shell},
        {"type": "response.output_item.done", "output_index": 0, "item": shell},
        {"type": "response.output_item.added", "output_index": 1, "item": output},
        {"type": "response.shell_call_output_content.delta", **place, "delta": "secret"},
        {"type": "response.output_item.done", "output_index": 1, "item": output},
        *text(2, SAID, "x"),
        completed([shell, output, SAID]),
    ]
    data = sse(numbered(events), named=True)
    assert run(interceptor(), [data]).out == data
    result = run(interceptor(), [data], lambda _: REFUSE)
    assert [c.name for c in result.calls] == ["shell"]
    assert b"secret" not in result.out
    found = data_of(result.out)
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    done = [e["item"] for e in found if e["type"] == "response.output_item.done"]
    assert done == found[-1]["response"]["output"]
    body = json.dumps(events[-1]["response"]).encode()
    whole = json.loads(WIRE.render_answer(body, WIRE.read_answer(body), {"0": REFUSE}))
    assert found[-1]["response"] == whole


def test_items_may_interleave() -> None:
    mixed = [x for pair in zip(call(0, PAY, '{"to":"é支払い"}'),
                               call(1, LOOK, "free text", stem="custom_tool_call_input"),
                               strict=True) for x in pair]  # fmt: skip
    data = sse(numbered([*BEGIN, *mixed, completed([PAY, LOOK])]), named=True)
    assert run(interceptor(), [data]).out == data
    result = run(interceptor(), [data], by_name(REFUSE, RELEASE))
    assert [c.name for c in result.calls] == ["pay", "look"]
    assert b'"pay"' not in result.out
    assert b"function_call" not in result.out


def test_a_call_that_the_final_response_alone_names_is_proposed() -> None:
    data = sse(numbered([*BEGIN, completed([SAID, PAY])]), named=True)
    result = run(interceptor(), [data], lambda _: REFUSE)
    assert [(c.key, c.name) for c in result.calls] == [("f1", "pay")]
    assert data_of(result.out)[-1]["response"]["output"][1]["type"] == "message"
    assert run(interceptor(), [data]).out == data


def test_a_call_that_was_cut_short_is_proposed_from_the_final_response() -> None:
    short = {**PAY, "arguments": '{"to":', "status": "incomplete"}
    begun = call(0, short, '{"to":')[:2]
    final = {"type": "response.incomplete", "response": {
        **HEAD, "status": "incomplete", "output": [short],
        "incomplete_details": {"reason": "max_output_tokens"}}}  # fmt: skip
    data = sse(numbered([*BEGIN, *begun, final]), named=True)
    result = run(interceptor(), [data], lambda _: REFUSE)
    assert [(c.key, c.arguments) for c in result.calls] == [("0", '{"to":')]
    assert b"function_call" not in result.out
    assert run(interceptor(), [data]).out == data


def test_a_final_response_without_output_still_gives_the_answer() -> None:
    final = {"type": "response.completed", "response": {**HEAD, "status": "completed"}}
    data = sse([*BEGIN, *TEXT, *PAYING, final], named=True)
    answer = run(interceptor(), [data]).answer
    assert answer is not None
    assert (answer.text, [c.name for c in answer.calls]) == ("Zahlung 支払い 🙂", ["pay"])


def test_a_stream_that_is_taken_up_again_is_withheld_until_its_item_is_done() -> None:
    data = sse([*PAYING[1:], *text(2, SAID, "x")[2:], completed([PAY, SAID])], named=True)
    result = run(interceptor(), [data], lambda _: REFUSE)
    assert [c.name for c in result.calls] == ["pay"]
    assert b"function_call" not in result.out
    assert b"output_text.delta" in result.out
    assert run(interceptor(), [data]).out == data


def test_what_is_not_known_is_proposed_and_gets_no_free_pass() -> None:
    strange = {"type": "response.teleport.started", "where": "x"}
    item = {"type": "teleport", "id": "t_1"}
    events = [
        *BEGIN,
        strange,
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        completed([item]),
    ]
    data = sse(numbered(events), named=True)
    assert run(interceptor(), [data]).out == data
    result = run(interceptor(), [data], lambda _: REFUSE)
    assert [(c.key, c.name) for c in result.calls] == [
        ("e0", "response.teleport.started"),
        ("0", "teleport"),
    ]
    assert b'"teleport"' not in result.out


FAILED = {"type": "response.failed", "response": {**HEAD, "status": "failed"}}


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([*BEGIN, *TEXT], "wire.truncated"),
        ([*BEGIN, *PAYING[:2]], "wire.truncated"),
        ([*BEGIN, *PAYING[:2], completed([])], "wire.truncated"),
        ([*BEGIN, "{not json"], "wire.syntax"),
        ([*BEGIN, PAYING[0], PAYING[0]], "wire.event_order"),
        ([*BEGIN, *PAYING, PAYING[1]], "wire.event_order"),
        ([*BEGIN, PAYING[0], TEXT[-1] | {"output_index": 1}], "wire.event_order"),
        ([*BEGIN, *TEXT[:2], PAYING[1] | {"output_index": 0}], "wire.event_order"),
        ([*BEGIN, {**PAYING[0], "output_index": -1}], "wire.event_order"),
        ([{"type": "response.created", "response": {**HEAD, "output": [PAY]}}],
         "wire.event_order"),
        ([*BEGIN, *PAYING[:2], PAYING[-1]], "wire.call_ambiguous"),
        ([*BEGIN, *PAYING[:3], {**PAYING[3], "arguments": "{}"}, PAYING[4]],
         "wire.call_ambiguous"),
        ([*BEGIN, *PAYING[:2], FAILED], "wire.upstream_error"),
        ([*BEGIN, *PAYING[:2], {"type": "response.failed", "response": {
            **HEAD, "output": [{"type": "message", "id": "smuggled"}]}}],
         "wire.upstream_error"),
        ([*BEGIN, *PAYING, completed([{**PAY, "arguments": '{"to":"x"}'}])],
         "wire.call_ambiguous"),
        ([*BEGIN, {"type": "error", "message": "overloaded"}], "wire.upstream_error"),
    ],
)  # fmt: skip
def test_a_broken_stream_ends_with_an_error_and_never_as_if_complete(
    events: list[Any], code: str
) -> None:
    result = run(interceptor(), [sse(events, named=True)])
    assert result.broken is not None
    assert result.broken.code == code
    assert result.answer is None
    kinds = [event["type"] for event in data_of(result.out)]
    assert {"error", "response.failed"} & set(kinds)
    assert "response.completed" not in kinds
    assert b"smuggled" not in result.out


def test_an_event_whose_name_is_not_its_type_breaks_the_stream() -> None:
    data = b'event: response.created\ndata: {"type":"response.output_item.added"}\n\n'
    result = run(interceptor(), [data])
    assert result.broken is not None
    assert result.broken.code == "wire.event_name"


def test_a_failed_response_is_passed_on_and_ends_the_stream() -> None:
    data = sse([*BEGIN, FAILED], named=True)
    result = run(interceptor(), [data])
    assert result.out == data
    assert result.answer is not None
    assert result.answer.stop == "failed"
