"""Whatever a vendor does, a client gets a clear error, and never half a call."""

from __future__ import annotations

import re
import urllib.request
from typing import Any, get_args

import anthropic
import openai
import pytest
from clients_fronts import SEARCH, Front, Gateway

from gardefou.doors.simulate import FaultKind


class Told(Exception):  # noqa: N818 - what an event says, which the SDK hands out as any other
    """The stream says that it failed."""


ERRORS = (openai.OpenAIError, anthropic.AnthropicError, Told)


def calls_of(front: Front, wire: str, text: str, *, stream: bool) -> list[Any]:
    """Ask once, and give the calls that the SDK hands out."""
    said: Any = [{"role": "user", "content": text}]
    if wire == "messages":
        with anthropic.Anthropic(
            base_url=front.base_url, api_key=front.key, max_retries=0
        ) as client:
            asked: Any = {"model": "claude-sonnet-5", "max_tokens": 9, "messages": said}
            if stream:
                with client.messages.stream(**asked) as events:
                    message = events.get_final_message()
            else:
                message = client.messages.create(**asked)
            return [block for block in message.content if block.type == "tool_use"]
    with openai.OpenAI(base_url=f"{front.base_url}/v1", api_key=front.key, max_retries=0) as client:
        if wire == "chat":
            asked = {"model": "gpt-5", "messages": said}
            if stream:
                with client.chat.completions.stream(**asked) as events:
                    completion = events.get_final_completion()
            else:
                completion = client.chat.completions.create(**asked)
            return completion.choices[0].message.tool_calls or []
        asked = {"model": "gpt-5", "input": said}
        if not stream:
            response = client.responses.create(**asked)
            return [item for item in response.output if item.type == "function_call"]
        items = []
        with client.responses.create(**asked, stream=True) as events:
            for event in events:
                if event.type == "error":
                    raise Told(event.message)
                if event.type == "response.output_item.done":
                    items.append(event.item)
        return [item for item in items if item.type == "function_call"]


@pytest.mark.parametrize("wire", ["chat", "responses", "messages"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_a_broken_answer_is_a_clear_error_and_never_a_call(
    gateway: Front, process: Gateway, wire: str, stream: bool, kind: str
) -> None:
    text = f"break {kind} ({wire}, {stream})"
    with pytest.raises(ERRORS) as caught:
        calls_of(gateway, wire, text, stream=stream)
    assert re.search("upstream|UTF-8|JSON|simulation", str(caught.value))
    assert len(gateway.seen(text)) == 1
    assert not [event for event in process.events() if event["event"] == "defect"]
    with urllib.request.urlopen(f"{gateway.base_url}/readyz", timeout=60) as ready:
        assert ready.status == 200


@pytest.mark.parametrize("wire", ["chat", "responses", "messages"])
def test_a_refusal_that_is_explained_goes_to_the_model(explained: Front, wire: str) -> None:
    """The model is asked again, with the refusal as the tool's result; the client sees no call."""
    text = f"{SEARCH} ({wire}, explained)"
    assert calls_of(explained, wire, text, stream=False) == []
    first, second = explained.seen(text)
    assert b"No mass surveillance" not in first.incoming.body
    assert b"No mass surveillance" in second.incoming.body
