"""The vendors' own SDKs take what the wires say: refusals, notices, errors, streams."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from streams import run

from gardefou.wires import RELEASE, WIRES, Call, Reply, Request, Ruling

CHAT, RESPONSES, MESSAGES = (
    WIRES[name] for name in ("openai.chat", "openai.responses", "anthropic.messages")
)
TEXT = "Held for review – hold h-1; nothing was executed."
NOTICE = Ruling(action="notice", text=TEXT)
REFUSE = Ruling(action="refuse", text=TEXT)
USER: Any = [{"role": "user", "content": "Pay."}]


def reply_client(reply: Reply, kind: Callable[..., Any], seen: list[bytes]) -> Any:
    """An SDK client whose every request is answered with the reply."""

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.content)
        return httpx2.Response(reply.status, headers=reply.headers, content=reply.body)

    transport = httpx2.Client(transport=httpx2.MockTransport(handle))
    return kind(api_key="k", base_url="http://gateway.example/v1", http_client=transport)


def openai_client(reply: Reply, seen: list[bytes] | None = None) -> openai.OpenAI:
    return reply_client(reply, openai.OpenAI, [] if seen is None else seen)


def anthropic_client(reply: Reply, seen: list[bytes] | None = None) -> anthropic.Anthropic:
    return reply_client(reply, anthropic.Anthropic, [] if seen is None else seen)


def streamed(body: bytes) -> Reply:
    return Reply(status=200, headers={"content-type": "text/event-stream"}, body=body)


def asked(wire: str, *, stream: bool) -> Request:
    return Request(wire=wire, model="m-1", stream=stream)


# Chat Completions


@pytest.mark.parametrize(("say", "field"), [(CHAT.notice, "content"), (CHAT.refusal, "refusal")])
def test_chat_takes_an_answer_of_ours(say: Any, field: str) -> None:
    reply = say(asked("openai.chat", stream=False), TEXT, id="c-1", at_s=1)
    answer = openai_client(reply).chat.completions.create(model="m-1", messages=USER)
    assert getattr(answer.choices[0].message, field) == TEXT
    assert answer.choices[0].finish_reason == "stop"
    assert not answer.choices[0].message.tool_calls
    assert answer.usage is not None


@pytest.mark.parametrize(("say", "field"), [(CHAT.notice, "content"), (CHAT.refusal, "refusal")])
def test_chat_takes_a_stream_of_ours(say: Any, field: str) -> None:
    reply = say(asked("openai.chat", stream=True), TEXT, id="c-1", at_s=1)
    with openai_client(reply).chat.completions.stream(model="m-1", messages=USER) as stream:
        message = stream.get_final_completion().choices[0].message
    assert getattr(message, field) == TEXT


def chat_events() -> bytes:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m-1"}
    deltas: list[tuple[dict[str, Any], str | None]] = [
        ({"role": "assistant", "content": "Well."}, None),
        ({"tool_calls": [{"index": 0, "id": "c0", "type": "function",
                          "function": {"name": "pay", "arguments": ""}}]}, None),
        ({"tool_calls": [{"index": 1, "id": "c1", "type": "function",
                          "function": {"name": "look", "arguments": ""}}]}, None),
        ({"tool_calls": [{"index": 0, "function": {"arguments": '{"n":'}}]}, None),
        ({"tool_calls": [{"index": 1, "function": {"arguments": '{"q":1}'}}]}, None),
        ({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}, None),
        ({}, "tool_calls"),
    ]  # fmt: skip
    events = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": stop}]}
        for delta, stop in deltas
    ]
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()


def only(name: str, ruling: Ruling) -> Callable[[Call], Ruling]:
    """Release every call but those of one tool; ``*`` is every tool."""
    return lambda call: ruling if name in {call.name, "*"} else RELEASE


@pytest.mark.parametrize(
    ("name", "ruling", "names", "expected"),
    [
        ("none", REFUSE, ["pay", "look"], ("Well.", None, "tool_calls")),
        ("pay", REFUSE, ["look"], (f"Well.\n\n{TEXT}", None, "tool_calls")),
        ("look", NOTICE, ["pay"], (f"Well.\n\n{TEXT}", None, "tool_calls")),
        ("*", NOTICE, [], (f"Well.\n\n{TEXT}\n\n{TEXT}", None, "stop")),
        ("*", REFUSE, [], ("Well.", f"{TEXT}\n\n{TEXT}", "stop")),
    ],
)
def test_chat_takes_a_stream_with_refused_calls(
    name: str, ruling: Ruling, names: list[str], expected: tuple[str, str | None, str]
) -> None:
    request = asked("openai.chat", stream=True)
    out = run(CHAT.interceptor(request), [chat_events()], only(name, ruling)).out
    out = CHAT.keep_alive() + out
    with openai_client(streamed(out)).chat.completions.stream(model="m-1", messages=USER) as got:
        choice = got.get_final_completion().choices[0]
    assert [c.function.name for c in choice.message.tool_calls or ()] == names
    for call in choice.message.tool_calls or ():
        assert json.loads(call.function.arguments) in ({"n": 1}, {"q": 1})
    found = (choice.message.content, choice.message.refusal, choice.finish_reason)
    assert found == expected


def test_chat_reports_a_broken_stream() -> None:
    request = asked("openai.chat", stream=True)
    out = run(CHAT.interceptor(request), [chat_events()[:-60]]).out
    with pytest.raises(openai.APIError, match="middle of"):
        list(
            openai_client(streamed(out)).chat.completions.create(
                model="m-1", messages=USER, stream=True
            )
        )


# Errors


@pytest.mark.parametrize("wire", [CHAT, RESPONSES])
def test_openai_sends_a_refused_request_once(wire: Any) -> None:
    reply = wire.error(403, "guardrail_denied", "article 7 forbids it")
    seen: list[bytes] = []
    with pytest.raises(openai.PermissionDeniedError) as caught:
        openai_client(reply, seen).chat.completions.create(model="m-1", messages=USER)
    assert len(seen) == 1
    assert (caught.value.code, caught.value.type) == ("guardrail_denied", "permission_error")
    assert "article 7" in caught.value.message


def test_anthropic_sends_a_refused_request_once() -> None:
    reply = MESSAGES.error(403, "guardrail_denied", "article 7 forbids it")
    seen: list[bytes] = []
    with pytest.raises(anthropic.PermissionDeniedError, match="article 7"):
        anthropic_client(reply, seen).messages.create(model="m-1", max_tokens=9, messages=USER)
    assert len(seen) == 1


@pytest.mark.parametrize("status", [400, 409, 429, 500, 503, 529])
def test_no_status_of_ours_is_sent_again(status: int) -> None:
    for wire in (CHAT, RESPONSES):
        seen: list[bytes] = []
        with pytest.raises(openai.APIStatusError):
            openai_client(wire.error(status, "x", "x"), seen).responses.create(
                model="m-1", input="x"
            )
        assert len(seen) == 1
    seen = []
    with pytest.raises(anthropic.APIStatusError):
        anthropic_client(MESSAGES.error(status, "x", "x"), seen).messages.create(
            model="m-1", max_tokens=9, messages=USER
        )
    assert len(seen) == 1


# Messages


@pytest.mark.parametrize(
    ("say", "stop"), [(MESSAGES.notice, "end_turn"), (MESSAGES.refusal, "refusal")]
)
def test_messages_takes_answers_of_ours(say: Any, stop: str) -> None:
    reply = say(asked("anthropic.messages", stream=False), TEXT, id="msg_1", at_s=1)
    whole = anthropic_client(reply).messages.create(model="m-1", max_tokens=9, messages=USER)
    reply = say(asked("anthropic.messages", stream=True), TEXT, id="msg_1", at_s=1)
    with anthropic_client(reply).messages.stream(
        model="m-1", max_tokens=9, messages=USER
    ) as stream:
        final = stream.get_final_message()
    for message in (whole, final):
        assert message.stop_reason == stop
        assert message.content[0].text == TEXT
        details = message.stop_details
        assert (details.explanation if details else None) == (TEXT if stop == "refusal" else None)


def messages_events() -> bytes:
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m-1", "content": [],
             "stop_reason": None, "stop_sequence": None,
             "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip

    def block(index: int, content: dict[str, Any], delta: dict[str, Any]) -> Iterator[Any]:
        yield {"type": "content_block_start", "index": index, "content_block": content}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}

    events = [
        {"type": "message_start", "message": start},
        *block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Well."}),
        *block(1, {"type": "tool_use", "id": "t1", "name": "pay", "input": {}},
               {"type": "input_json_delta", "partial_json": '{"n":1}'}),
        *block(2, {"type": "tool_use", "id": "t2", "name": "look", "input": {}},
               {"type": "input_json_delta", "partial_json": '{"q":1}'}),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None},
         "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ]  # fmt: skip
    return "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()


@pytest.mark.parametrize(
    ("name", "ruling", "kinds", "stop"),
    [
        ("none", REFUSE, ["text", "pay", "look"], "tool_use"),
        ("pay", REFUSE, ["text", "text", "look"], "tool_use"),
        ("look", NOTICE, ["text", "pay", "text"], "tool_use"),
        ("*", NOTICE, ["text", "text", "text"], "end_turn"),
        ("*", REFUSE, ["text", "text", "text"], "refusal"),
    ],
)
def test_messages_takes_a_stream_with_refused_calls(
    name: str, ruling: Ruling, kinds: list[str], stop: str
) -> None:
    request = asked("anthropic.messages", stream=True)
    out = run(MESSAGES.interceptor(request), [messages_events()], only(name, ruling)).out
    out = MESSAGES.keep_alive() + out
    client = anthropic_client(streamed(out))
    with client.messages.stream(model="m-1", max_tokens=9, messages=USER) as stream:
        message = stream.get_final_message()
    assert [getattr(block, "name", block.type) for block in message.content] == kinds
    assert message.stop_reason == stop
    for block in message.content:
        if block.type == "tool_use":
            assert block.input in ({"n": 1}, {"q": 1})
    assert message.usage.output_tokens == 9


def test_messages_reports_a_broken_stream() -> None:
    request = asked("anthropic.messages", stream=True)
    out = run(MESSAGES.interceptor(request), [messages_events()[:-90]]).out
    client = anthropic_client(streamed(out))
    with pytest.raises(anthropic.APIStatusError, match="middle of"):
        list(client.messages.create(model="m-1", max_tokens=9, messages=USER, stream=True))


# Responses


@pytest.mark.parametrize(("say", "kind"), [(RESPONSES.notice, "output_text"),
                                           (RESPONSES.refusal, "refusal")])  # fmt: skip
def test_responses_takes_answers_of_ours(say: Any, kind: str) -> None:
    reply = say(asked("openai.responses", stream=False), TEXT, id="resp_1", at_s=1)
    whole = openai_client(reply).responses.create(model="m-1", input="x")
    reply = say(asked("openai.responses", stream=True), TEXT, id="resp_1", at_s=1)
    with openai_client(reply).responses.stream(model="m-1", input="x") as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert events[-1].type == "response.completed"
    for response in (whole, final):
        (message,) = response.output
        (part,) = message.content
        assert part.type == kind
        assert (part.text if kind == "output_text" else part.refusal) == TEXT
        assert response.status == "completed"
        assert response.usage is not None


def responses_events() -> bytes:
    head = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m-1", "output": [],
            "status": "in_progress", "tools": [], "tool_choice": "auto",
            "parallel_tool_calls": True}  # fmt: skip

    def item(name: str, arguments: str) -> dict[str, Any]:
        return {"type": "function_call", "id": f"fc_{name}", "call_id": name, "name": name,
                "arguments": arguments, "status": "completed"}  # fmt: skip

    def call(index: int, whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
        place = {"item_id": whole["id"], "output_index": index}
        stem = "response.function_call_arguments"
        begun = {**whole, "arguments": "", "status": "in_progress"}
        yield {"type": "response.output_item.added", "output_index": index, "item": begun}
        yield {"type": f"{stem}.delta", **place, "delta": whole["arguments"]}
        yield {"type": f"{stem}.done", **place, "arguments": whole["arguments"]}
        yield {"type": "response.output_item.done", "output_index": index, "item": whole}

    pay, look = item("pay", '{"n":1}'), item("look", '{"q":1}')
    final = {**head, "status": "completed", "output": [pay, look]}
    events = [
        {"type": "response.created", "response": head},
        *call(0, pay),
        *call(1, look),
        {"type": "response.completed", "response": final},
    ]
    lines = []
    for number, event in enumerate(events):
        data = json.dumps({**event, "sequence_number": number})
        lines.append(f"event: {event['type']}\ndata: {data}\n\n")
    return "".join(lines).encode()


@pytest.mark.parametrize(
    ("name", "ruling", "kinds"),
    [
        ("none", REFUSE, ["pay", "look"]),
        ("pay", REFUSE, ["refusal", "look"]),
        ("look", NOTICE, ["pay", "output_text"]),
        ("*", NOTICE, ["output_text", "output_text"]),
    ],
)
def test_responses_takes_a_stream_with_refused_calls(
    name: str, ruling: Ruling, kinds: list[str]
) -> None:
    request = asked("openai.responses", stream=True)
    out = run(RESPONSES.interceptor(request), [responses_events()], only(name, ruling)).out
    out = RESPONSES.keep_alive() + out
    with openai_client(streamed(out)).responses.stream(model="m-1", input="x") as stream:
        events = list(stream)
        response = stream.get_final_response()
    found = [
        item.name if item.type == "function_call" else item.content[0].type
        for item in response.output
    ]
    assert found == kinds
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_responses_reports_a_broken_stream() -> None:
    request = asked("openai.responses", stream=True)
    out = run(RESPONSES.interceptor(request), [responses_events()[:-60]]).out
    stream = openai_client(streamed(out)).responses.create(model="m-1", input="x", stream=True)
    events = list(stream)
    assert [event.type for event in events[-2:]] == ["error", "response.failed"]
    assert events[-1].response.error.code == "wire.truncated"
