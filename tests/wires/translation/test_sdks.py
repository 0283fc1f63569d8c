"""The vendors' own SDKs read every translated answer and stream, and run whole tool loops."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from conversations import CHAT, MESSAGES, PAIRS, RESPONSES

import vendors
from gardefou.wires.translation import translation

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "n": {"type": "number"}}}
CALLS = (vendors.CALL, vendors.OTHER)


class Vendor:
    """Answers with two calls, then with words about their results; keeps what it was asked."""

    def __init__(self, wire: str) -> None:
        self.wire = wire
        self.asked: list[dict[str, Any]] = []

    def answer(self, body: bytes) -> bytes | list[bytes]:
        asked = json.loads(body)
        self.asked.append(asked)
        what: dict[str, Any] = (
            {"calls": CALLS} if len(self.asked) == 1 else {"text": "Two of them."}
        )
        make = vendors.stream if asked.get("stream") else vendors.answer
        return make(self.wire, **what)


def transport(caller: str, vendor: Vendor) -> httpx2.MockTransport:
    """Between the SDK and the vendor: the translation, and nothing else."""

    def handle(request: httpx2.Request) -> httpx2.Response:
        between = translation(caller, vendor.wire)
        there = between.request(request.read(), model="served", max_tokens_default=1_000)
        answer = vendor.answer(there.body)
        if isinstance(answer, bytes):
            back = between.answer(answer, there.exchange, now_s=1_700_000_000)
            return httpx2.Response(
                200, content=back.body, headers={"content-type": "application/json"}
            )
        stream = between.stream(there.exchange, now_s=1_700_000_000)
        body = b"".join([*map(stream.feed, answer), stream.close()])
        assert not stream.is_broken
        return httpx2.Response(200, content=body, headers={"content-type": "text/event-stream"})

    return httpx2.MockTransport(handle)


def openai_client(caller: str, vendor: Vendor) -> openai.OpenAI:
    client = httpx2.Client(transport=transport(caller, vendor))
    return openai.OpenAI(
        api_key="k", base_url="https://gate.example/v1", http_client=client, max_retries=0
    )


def anthropic_client(caller: str, vendor: Vendor) -> anthropic.Anthropic:
    client = httpx2.Client(transport=transport(caller, vendor))
    return anthropic.Anthropic(
        api_key="k", base_url="https://gate.example", http_client=client, max_retries=0
    )


def run(name: str, arguments: dict[str, Any]) -> str:
    """The application's two tools."""
    return json.dumps([name, arguments], ensure_ascii=False)


def chat_loop(vendor: Vendor, *, streams: bool) -> str:
    client = openai_client(CHAT, vendor)
    tools: Any = [
        {"type": "function", "function": {"name": name, "parameters": SCHEMA}}
        for name in ("look_up", "count")
    ]
    messages: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How many?"},
    ]
    while True:
        if streams:
            with client.chat.completions.stream(
                model="m", messages=messages, tools=tools, stream_options={"include_usage": True}
            ) as stream:
                completion: Any = stream.get_final_completion()
        else:
            completion = client.chat.completions.create(model="m", messages=messages, tools=tools)
        usage = completion.usage
        assert (usage.prompt_tokens, usage.completion_tokens) == (30, 9)
        assert usage.prompt_tokens_details.cached_tokens == 10
        assert (completion.id, completion.model) == ("answer_1", "served")
        choice = completion.choices[0]
        if choice.finish_reason == "stop":
            return str(choice.message.content)
        assert choice.finish_reason == "tool_calls"
        assert choice.message.content == "Let me see."
        messages.append(choice.message)
        for call in choice.message.tool_calls:
            result = run(call.function.name, json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def responses_loop(vendor: Vendor, *, streams: bool) -> str:
    client = openai_client(RESPONSES, vendor)
    tools: Any = [
        {"type": "function", "name": name, "parameters": SCHEMA, "strict": False}
        for name in ("look_up", "count")
    ]
    items: list[Any] = [{"role": "user", "content": "How many?"}]
    while True:
        asked: Any = {"model": "m", "input": items, "tools": tools, "instructions": "Be brief."}
        if streams:
            with client.responses.stream(**asked) as stream:
                for event in stream:
                    assert event.type.startswith("response.")
                response: Any = stream.get_final_response()
        else:
            response = client.responses.create(**asked)
        assert response.status == "completed"
        usage = response.usage
        assert (usage.input_tokens, usage.output_tokens) == (30, 9)
        assert usage.input_tokens_details.cached_tokens == 10
        assert (response.id, response.model) == ("answer_1", "served")
        assert [tool.name for tool in response.tools] == ["look_up", "count"]
        calls = [item for item in response.output if item.type == "function_call"]
        if not calls:
            return str(response.output_text)
        assert response.output_text == "Let me see."
        items += response.output
        for call in calls:
            result = run(call.name, json.loads(call.arguments))
            items.append(
                {"type": "function_call_output", "call_id": call.call_id, "output": result}
            )


def messages_loop(vendor: Vendor, *, streams: bool) -> str:
    client = anthropic_client(MESSAGES, vendor)
    tools: Any = [{"name": name, "input_schema": SCHEMA} for name in ("look_up", "count")]
    messages: list[Any] = [{"role": "user", "content": "How many?"}]
    while True:
        asked: Any = {
            "model": "m",
            "max_tokens": 500,
            "system": "Be brief.",
            "messages": messages,
            "tools": tools,
        }
        if streams:
            with client.messages.stream(**asked) as stream:
                message: Any = stream.get_final_message()
        else:
            message = client.messages.create(**asked)
        usage = message.usage
        assert (usage.input_tokens, usage.cache_read_input_tokens) == (20, 10)
        assert usage.output_tokens == 9
        assert (message.id, message.model) == ("answer_1", "served")
        if message.stop_reason == "end_turn":
            return str(message.content[0].text)
        assert message.stop_reason == "tool_use"
        assert message.content[0].text == "Let me see."
        messages.append({"role": "assistant", "content": message.content})
        results = [
            {
                "type": "tool_result",
                "tool_use_id": block.id,
                "content": run(block.name, block.input),
            }
            for block in message.content
            if block.type == "tool_use"
        ]
        messages.append({"role": "user", "content": results})


LOOPS: dict[str, Callable[..., str]] = {
    CHAT: chat_loop,
    RESPONSES: responses_loop,
    MESSAGES: messages_loop,
}


def results_seen(asked: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The results of tools in the vendor's second request, in any of the three wires."""
    for message in asked.get("messages", ()):
        if message["role"] == "tool":
            yield message["tool_call_id"], message["content"]
        elif isinstance(message["content"], list):
            for block in message["content"]:
                if block.get("type") == "tool_result":
                    yield block["tool_use_id"], block["content"]
    for item in asked.get("input", ()):
        if item["type"] == "function_call_output":
            yield item["call_id"], item["output"]


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("caller", "served"), PAIRS)
def test_an_sdk_runs_a_tool_loop_on_another_vendor(caller: str, served: str, streams: bool) -> None:
    vendor = Vendor(served)
    assert LOOPS[caller](vendor, streams=streams) == "Two of them."
    assert len(vendor.asked) == 2
    expected = [(i, run(name, json.loads(arguments))) for i, name, arguments in CALLS]
    assert list(results_seen(vendor.asked[1])) == expected
    assert vendor.asked[1]["model"] == "served"


@pytest.mark.parametrize(("caller", "served"), PAIRS)
@pytest.mark.parametrize("broken", [False, True], ids=["fault", "cut"])
def test_an_sdk_raises_its_own_error_for_a_broken_stream(
    caller: str, served: str, broken: bool
) -> None:
    events = vendors.stream(served, calls=CALLS)[:-4]
    faults = {
        CHAT: b'data: {"error":{"message":"too many","type":"server_error","code":"overloaded"}}\n\n',
        RESPONSES: b'event: error\ndata: {"type":"error","code":"overloaded","message":"too many"}\n\n',
        MESSAGES: b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"too many"}}\n\n',
    }
    if not broken:
        events.append(faults[served])
    vendor = Vendor(served)
    handler = _broken(caller, vendor, events)
    client = httpx2.Client(transport=httpx2.MockTransport(handler))
    said = "ended before" if broken else "too many"
    ask = {CHAT: _ask_chat, RESPONSES: _ask_responses, MESSAGES: _ask_messages}[caller]
    with pytest.raises((openai.APIError, anthropic.APIStatusError), match=said) as raised:
        ask(client)
    assert type(raised.value).__module__.split(".")[0] == caller.split(".", maxsplit=1)[0]


def _ask_chat(client: httpx2.Client) -> None:
    api = openai.OpenAI(api_key="k", http_client=client, max_retries=0)
    asked: Any = [{"role": "user", "content": "x"}]
    list(api.chat.completions.create(model="m", messages=asked, stream=True))


def _ask_responses(client: httpx2.Client) -> None:
    api = openai.OpenAI(api_key="k", http_client=client, max_retries=0)
    list(api.responses.create(model="m", input="x", stream=True))


def _ask_messages(client: httpx2.Client) -> None:
    api = anthropic.Anthropic(api_key="k", http_client=client, max_retries=0)
    asked: Any = [{"role": "user", "content": "x"}]
    with api.messages.stream(model="m", max_tokens=5, messages=asked) as answer:
        answer.get_final_message()


def _broken(
    caller: str, vendor: Vendor, events: list[bytes]
) -> Callable[[httpx2.Request], httpx2.Response]:
    def handle(request: httpx2.Request) -> httpx2.Response:
        between = translation(caller, vendor.wire)
        there = between.request(request.read(), model="served", max_tokens_default=1_000)
        stream = between.stream(there.exchange)
        body = b"".join([*map(stream.feed, events), stream.close()])
        assert stream.is_broken
        return httpx2.Response(200, content=body, headers={"content-type": "text/event-stream"})

    return handle
