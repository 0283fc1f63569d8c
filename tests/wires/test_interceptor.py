"""What every wire's interceptor promises: bounds, rulings, and an end that the gateway asks for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streams import Run, data_of, run, sse
from wire_seeds import EVENTS

from gardefou.errors import UsageError
from gardefou.wires import RELEASE, WIRES, Interceptor, Proposed, Request, Ruling
from gardefou.wires._interceptor import MAX_CALLS, MAX_HELD_BYTES
from gardefou.wires._sse import MAX_EVENT_BYTES

NAMES = sorted(WIRES)
# Up to and with the event that completes the first call, of each wire's stream.
FIRST = {"openai.chat": 7, "openai.responses": 7, "anthropic.messages": 7}


def interceptor(name: str) -> Interceptor:
    return WIRES[name].interceptor(Request(wire=name, model="m", stream=True))


def opened(name: str) -> tuple[Interceptor, str]:
    """An interceptor with a call that waits, and its key."""
    reader = interceptor(name)
    steps = reader.feed(sse(EVENTS[name][: FIRST[name]]))
    (call, *_) = [step.call for step in steps if isinstance(step, Proposed)]
    return reader, call.key


@pytest.mark.parametrize("name", NAMES)
def test_a_call_is_ruled_on_once(name: str) -> None:
    reader, key = opened(name)
    for wrong in ("", "no such key", key + "0"):
        with pytest.raises(UsageError) as caught:
            reader.rule(wrong, RELEASE)
        assert caught.value.code == "wire.ruling"
    reader.rule(key, RELEASE)
    with pytest.raises(UsageError):
        reader.rule(key, RELEASE)


@pytest.mark.parametrize("name", NAMES)
def test_the_gateway_can_end_a_stream_and_what_was_withheld_is_dropped(name: str) -> None:
    reader, key = opened(name)
    result = Run(reader, lambda _: RELEASE)
    result.take(reader.fail("upstream_silent", "the upstream went silent"))
    assert result.broken is not None
    assert (result.broken.code, result.calls) == ("upstream_silent", [])
    assert b"upstream_silent" in result.out
    assert b"pay" not in result.out
    assert reader.fail("again", "again") == []
    assert reader.feed(sse(EVENTS[name])) == []
    assert reader.close() == []
    with pytest.raises(UsageError):
        reader.rule(key, RELEASE)


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_after_the_end_is_not_passed_on(name: str) -> None:
    data = sse(EVENTS[name])
    whole = run(interceptor(name), [data])
    assert whole.answer is not None
    assert run(interceptor(name), [data + data]).out == whole.out


@pytest.mark.parametrize("name", NAMES)
def test_an_event_that_is_too_large_breaks_the_stream(name: str) -> None:
    first = sse(EVENTS[name][:1])
    result = run(interceptor(name), [first, b"data: " + b"x" * (MAX_EVENT_BYTES + 1)])
    assert result.broken is not None
    assert result.broken.code == "wire.event_size"
    assert result.out.startswith(first)


@pytest.mark.parametrize("name", NAMES)
def test_what_waits_is_bounded(name: str) -> None:
    """What came before the break leaves once the call is ruled on; then the error ends the stream."""
    reader, key = opened(name)
    large = {"type": "response.audio.delta", "delta": "x" * (MAX_HELD_BYTES // 16)}
    if name == "openai.chat":
        large = {"choices": [], "x": large["delta"]}
    elif name == "anthropic.messages":
        large = {"type": "message_delta", "x": large["delta"]}
    data = sse([large])
    for _ in range(17):
        assert reader.feed(data) == []
    result = Run(reader, lambda _: RELEASE)
    result.take(reader.rule(key, RELEASE))
    for other in ("0.1", "0.f"):
        if name == "openai.chat":
            result.take(reader.rule(other, RELEASE))
    assert result.broken is not None
    assert result.broken.code == "wire.held_size"
    assert result.out.count(large["delta" if "delta" in large else "x"].encode()) in {15, 16}


def many(name: str) -> list[dict[str, Any]]:
    """A stream with one call too many."""
    if name == "openai.chat":
        calls = [{"index": n, "id": f"c{n}", "function": {"name": "pay", "arguments": "{}"}}
                 for n in range(MAX_CALLS + 1)]  # fmt: skip
        delta = {"index": 0, "delta": {"tool_calls": calls}, "finish_reason": "tool_calls"}
        return [{"choices": [delta]}]
    events = [EVENTS[name][0]]
    for index in range(MAX_CALLS + 1):
        if name == "openai.responses":
            item = {"type": "function_call", "call_id": f"c{index}", "name": "pay",
                    "arguments": "{}"}  # fmt: skip
            kinds = ("response.output_item.added", "response.output_item.done")
            events += [{"type": kind, "output_index": index, "item": item} for kind in kinds]
        else:
            block = {"type": "tool_use", "id": f"c{index}", "name": "pay", "input": {}}
            events += [
                {"type": "content_block_start", "index": index, "content_block": block},
                {"type": "content_block_stop", "index": index},
            ]
    return events


@pytest.mark.parametrize("name", NAMES)
def test_calls_are_bounded(name: str) -> None:
    result = run(interceptor(name), [sse(many(name))])
    assert result.broken is not None
    assert result.broken.code == "wire.call_count"
    assert len(result.calls) == MAX_CALLS


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("action", ["notice", "refuse"])
def test_a_ruling_without_a_text_still_names_the_tool(name: str, action: Any) -> None:
    result = run(interceptor(name), [sse(EVENTS[name])], lambda _: Ruling(action=action))
    for call in result.calls:
        assert f"`{call.name}`" in result.out.decode()
    assert "nothing was executed" in result.out.decode()


@pytest.mark.parametrize("name", NAMES)
def test_keep_alives_say_nothing(name: str) -> None:
    """A keep-alive of ours, read as upstream's, goes through and changes no answer."""
    alive = WIRES[name].keep_alive()
    events = EVENTS[name]
    data = b"".join(alive + sse([event]) for event in events)
    result = run(interceptor(name), [data])
    assert result.answer == run(interceptor(name), [sse(events)]).answer
    assert result.out.count(alive) == len(events)


def test_a_custom_call_in_a_chat_stream_is_free_text() -> None:
    def chunk(delta: dict[str, Any], stop: str | None = None) -> dict[str, Any]:
        return {"choices": [{"index": 0, "delta": delta, "finish_reason": stop}]}

    first = {"index": 0, "id": "c0", "type": "custom", "custom": {"name": "note", "input": "fr"}}
    events = [
        chunk({"tool_calls": [first]}),
        chunk({"tool_calls": [{"index": 0, "custom": {"input": "ee"}}]}),
        chunk({"refusal": "No.", "reasoning_content": "Hm."}),
        chunk({}, "tool_calls"),
        "[DONE]",
    ]
    result = run(interceptor("openai.chat"), [sse(events)])
    (call,) = result.calls
    assert (call.name, call.arguments, call.type) == ("note", "free", "custom")
    assert result.answer is not None
    assert (result.answer.refusal, result.answer.reasoning) == ("No.", "Hm.")
    assert json.loads(result.answer.message)["tool_calls"] == [
        {"id": "c0", "type": "custom", "custom": {"name": "note", "input": "free"}}
    ]
    refused = run(interceptor("openai.chat"), [sse(events)], lambda _: Ruling(action="refuse"))
    assert not any("tool_calls" in json.dumps(event) for event in data_of(refused.out))
