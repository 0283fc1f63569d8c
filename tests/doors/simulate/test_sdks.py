"""The vendors' own SDKs read what the simulated vendor writes, in one piece, streamed and cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import get_args

import anthropic
import openai
import pytest

from gardefou.doors.simulate import MARK, Answer, Called, Script, Simulated, Tokens, When

PAY = Called(tool="pay", arguments={"iban": "DE89370400440532013000", "amount": 12.5})
MAIL = Called(tool="send_mail", arguments={"to": ["zoë@ministry.example"], "body": 'Größe "x"'})
SAY = f"{MARK}The bill is due, say the clerks."
SCRIPT = Script(
    simulation=1,
    answers=(
        Answer(
            when=When(user="bills"),
            say="Two payments.",
            think="First, the bills.",
            call=(PAY, MAIL),
        ),
        Answer(when=When(user="pay", turn=1), call=(PAY,)),
        Answer(when=When(user="pay", turn=2, result="paid"), say="It is paid."),
        Answer(when=When(user="refuse"), refuse="I may not."),
        Answer(when=When(user="long"), say="Once upon a", finish="length"),
        Answer(say="The bill is due, say the clerks.", usage=Tokens(input=11, output=7)),
    ),
)
TOOL = {"type": "object", "properties": {"iban": {"type": "string"}, "amount": {"type": "number"}}}
CHAT_TOOLS = [{"type": "function", "function": {"name": "pay", "parameters": TOOL}}]
RESPONSES_TOOLS = [{"type": "function", "name": "pay", "parameters": TOOL, "strict": False}]
MESSAGES_TOOLS = [{"name": "pay", "input_schema": TOOL}]


@pytest.fixture(scope="module", params=[None, 7], ids=["whole events", "cut bytes"])
def vendor(request: pytest.FixtureRequest) -> Iterator[Simulated]:
    with Simulated(SCRIPT, cut_seed=request.param) as found:
        yield found


@pytest.fixture(scope="module")
def openai_client(vendor: Simulated) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{vendor.base_url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def anthropic_client(vendor: Simulated) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=vendor.base_url, api_key="none", max_retries=0) as client:
        yield client


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_chat_says_a_text(openai_client: openai.OpenAI) -> None:
    found = openai_client.chat.completions.create(model="m", messages=user("hello"))
    assert found.choices[0].message.content == SAY
    assert found.choices[0].finish_reason == "stop"
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (11, 7)
    assert found.to_dict()["simulation"] is True


def test_chat_streams_a_text(openai_client: openai.OpenAI) -> None:
    chunks = list(
        openai_client.chat.completions.create(
            model="m", messages=user("hello"), stream=True, stream_options={"include_usage": True}
        )
    )
    texts = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert "".join(texts) == SAY
    assert len(texts) == len(SAY.split())
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 18
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_chat_calls_tools_in_parallel_the_same_in_one_piece_and_streamed(
    openai_client: openai.OpenAI,
) -> None:
    asked = {"model": "m", "messages": user("the bills"), "tools": CHAT_TOOLS}
    whole = openai_client.chat.completions.create(**asked).choices[0]
    with openai_client.chat.completions.stream(**asked) as stream:
        streamed = stream.get_final_completion().choices[0]
    for choice in (whole, streamed):
        assert choice.finish_reason == "tool_calls"
        assert choice.message.content == f"{MARK}Two payments."
        calls = [
            (c.function.name, json.loads(c.function.arguments)) for c in choice.message.tool_calls
        ]
        assert calls == [("pay", PAY.arguments), ("send_mail", MAIL.arguments)]
        assert len({call.id for call in choice.message.tool_calls}) == 2


def test_chat_finishes_a_tool_loop(openai_client: openai.OpenAI) -> None:
    messages: list[object] = [*user("pay it")]
    first = openai_client.chat.completions.create(model="m", messages=messages, tools=CHAT_TOOLS)
    call = first.choices[0].message.tool_calls[0]
    assert first.choices[0].message.content is None
    messages += [
        first.choices[0].message,
        {"role": "tool", "tool_call_id": call.id, "content": "paid"},
    ]
    second = openai_client.chat.completions.create(model="m", messages=messages, tools=CHAT_TOOLS)
    assert second.choices[0].message.content == f"{MARK}It is paid."


def test_chat_refuses(openai_client: openai.OpenAI) -> None:
    asked = {"model": "m", "messages": user("please refuse")}
    whole = openai_client.chat.completions.create(**asked).choices[0].message
    assert (whole.refusal, whole.content) == (f"{MARK}I may not.", None)
    with openai_client.chat.completions.stream(**asked) as stream:
        assert stream.get_final_completion().choices[0].message.refusal == whole.refusal


def test_responses_says_a_text(openai_client: openai.OpenAI) -> None:
    found = openai_client.responses.create(model="m", input="hello")
    assert (found.status, found.output_text) == ("completed", SAY)
    assert found.usage.total_tokens == 18


def test_responses_streams_every_event_of_the_protocol(openai_client: openai.OpenAI) -> None:
    events = list(openai_client.responses.create(model="m", input="the bills", stream=True))
    kinds = [event.type for event in events]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert kinds[:3] == ["response.created", "response.in_progress", "response.output_item.added"]
    assert kinds[-1] == "response.completed"
    for needed in (
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
    ):
        assert needed in kinds
    # The SDK knows every event: an unknown one would be put in a class of another type.
    assert all(e.type in get_args(type(e).model_fields["type"].annotation) for e in events)
    done = [e.item for e in events if e.type == "response.output_item.done"]
    assert done == events[-1].response.output
    assert [item.type for item in done] == [
        "reasoning",
        "message",
        "function_call",
        "function_call",
    ]


def test_responses_accumulates_to_the_same_as_in_one_piece(openai_client: openai.OpenAI) -> None:
    whole = openai_client.responses.create(model="m", input="the bills", tools=RESPONSES_TOOLS)
    with openai_client.responses.stream(
        model="m", input="the bills", tools=RESPONSES_TOOLS
    ) as stream:
        streamed = stream.get_final_response()
    calls = [
        [(i.name, json.loads(i.arguments)) for i in r.output if i.type == "function_call"]
        for r in (whole, streamed)
    ]
    assert calls == [[("pay", PAY.arguments), ("send_mail", MAIL.arguments)]] * 2
    assert whole.output_text == streamed.output_text == f"{MARK}Two payments."


@pytest.mark.parametrize("stored", [True, False])
def test_responses_finishes_a_tool_loop(openai_client: openai.OpenAI, stored: bool) -> None:
    first = openai_client.responses.create(model="m", input="pay it", store=stored)
    call = first.output[0]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "paid"}
    if stored:
        more = {"input": [result], "previous_response_id": first.id}
    else:
        more = {"input": [*user("pay it"), *first.output, result]}
    second = openai_client.responses.create(model="m", **more)
    assert second.output_text == f"{MARK}It is paid."


def test_responses_refuses_and_stops_early(openai_client: openai.OpenAI) -> None:
    refused = openai_client.responses.create(model="m", input="please refuse")
    assert refused.output[0].content[0].refusal == f"{MARK}I may not."
    with openai_client.responses.stream(model="m", input="please refuse") as stream:
        assert stream.get_final_response().output[0].content[0].type == "refusal"
    short = openai_client.responses.create(model="m", input="a long story")
    assert (short.status, short.incomplete_details.reason) == ("incomplete", "max_output_tokens")


def test_responses_in_the_background_are_polled(openai_client: openai.OpenAI) -> None:
    first = openai_client.responses.create(model="m", input="hello", background=True)
    assert (first.status, first.output) == ("queued", [])
    assert openai_client.responses.retrieve(first.id).output_text == SAY
    assert openai_client.responses.cancel(first.id).status == "cancelled"
    openai_client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        openai_client.responses.retrieve(first.id)


def test_messages_says_a_text(anthropic_client: anthropic.Anthropic) -> None:
    found = anthropic_client.messages.create(model="m", max_tokens=9, messages=user("hello"))
    assert [block.text for block in found.content] == [SAY]
    assert found.stop_reason == "end_turn"
    assert (found.usage.input_tokens, found.usage.output_tokens) == (11, 7)


def test_messages_streams_every_event_of_the_protocol(
    anthropic_client: anthropic.Anthropic,
) -> None:
    events = list(
        anthropic_client.messages.create(
            model="m", max_tokens=9, messages=user("the bills"), stream=True
        )
    )
    kinds = [event.type for event in events]
    assert all(e.type in get_args(type(e).model_fields["type"].annotation) for e in events)
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 4
    deltas = {e.delta.type for e in events if e.type == "content_block_delta"}
    assert deltas == {"thinking_delta", "signature_delta", "text_delta", "input_json_delta"}


def test_messages_calls_tools_in_parallel_the_same_in_one_piece_and_streamed(
    anthropic_client: anthropic.Anthropic,
) -> None:
    asked = {"model": "m", "max_tokens": 9, "messages": user("the bills"), "tools": MESSAGES_TOOLS}
    whole = anthropic_client.messages.create(**asked)
    with anthropic_client.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()
    for found in (whole, streamed):
        assert found.stop_reason == "tool_use"
        assert [block.type for block in found.content] == [
            "thinking",
            "text",
            "tool_use",
            "tool_use",
        ]
        assert [(b.name, b.input) for b in found.content[2:]] == [
            ("pay", PAY.arguments),
            ("send_mail", MAIL.arguments),
        ]


def test_messages_finishes_a_tool_loop(anthropic_client: anthropic.Anthropic) -> None:
    messages: list[object] = [*user("pay it")]
    first = anthropic_client.messages.create(model="m", max_tokens=9, messages=messages)
    result = {"type": "tool_result", "tool_use_id": first.content[0].id, "content": "paid"}
    messages += [
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [result]},
    ]
    second = anthropic_client.messages.create(model="m", max_tokens=9, messages=messages)
    assert second.content[0].text == f"{MARK}It is paid."


def test_messages_refuses_and_stops_early(anthropic_client: anthropic.Anthropic) -> None:
    asked = {"model": "m", "max_tokens": 9, "messages": user("please refuse")}
    with anthropic_client.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()
    for found in (anthropic_client.messages.create(**asked), streamed):
        assert found.stop_reason == "refusal"
        assert found.stop_details.explanation == f"{MARK}I may not."
    asked["messages"] = user("a long story")
    assert anthropic_client.messages.create(**asked).stop_reason == "max_tokens"


def test_tokens_are_counted(anthropic_client: anthropic.Anthropic) -> None:
    assert (
        anthropic_client.messages.count_tokens(model="m", messages=user("12345")).input_tokens == 2
    )


def test_models_are_listed_in_each_vendors_form(
    openai_client: openai.OpenAI, anthropic_client: anthropic.Anthropic
) -> None:
    assert [model.id for model in openai_client.models.list()] == ["simulated"]
    assert openai_client.models.retrieve("simulated").owned_by == "simulation"
    assert [model.id for model in anthropic_client.models.list()] == ["simulated"]
    assert "simulation" in anthropic_client.models.retrieve("simulated").display_name


def test_embeddings_are_the_same_for_the_same_text(openai_client: openai.OpenAI) -> None:
    found = openai_client.embeddings.create(model="m", input=["a", "b", "a"], dimensions=8)
    a, b, again = (row.embedding for row in found.data)
    assert a == again != b
    assert sum(x * x for x in a) == pytest.approx(1.0)
    floats = openai_client.embeddings.create(
        model="m", input="a", dimensions=8, encoding_format="float"
    )
    assert floats.data[0].embedding == pytest.approx(a, abs=1e-6)
