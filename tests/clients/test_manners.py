"""What is refused or fails is asked once or as often as the SDK wants, and streams flow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import openai
import pytest
from clients_fronts import SLOW, STORM, Front, Gateway

Ask = Callable[[Front, str, str, str], None]


def chat(front: Front, key: str, model: str, text: str) -> None:
    with openai.OpenAI(base_url=f"{front.base_url}/v1", api_key=key) as client:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])


def responses(front: Front, key: str, model: str, text: str) -> None:
    with openai.OpenAI(base_url=f"{front.base_url}/v1", api_key=key) as client:
        client.responses.create(model=model, input=text)


def messages(front: Front, key: str, model: str, text: str) -> None:
    with anthropic.Anthropic(base_url=front.base_url, api_key=key) as client:
        client.messages.create(
            model=model, max_tokens=9, messages=[{"role": "user", "content": text}]
        )


CLIENTS: dict[str, tuple[Ask, str, Any]] = {
    "openai chat": (chat, "gpt-5", openai),
    "openai responses": (responses, "gpt-5", openai),
    "anthropic messages": (messages, "claude-sonnet-5", anthropic),
}
each_client = pytest.mark.parametrize(("ask", "model", "sdk"), CLIENTS.values(), ids=CLIENTS)


def refused(process: Gateway, code: str) -> int:
    return sum(event.get("code") == code for event in process.events())


@each_client
@pytest.mark.parametrize("through", ["direct", "gateway"])
def test_a_storm_is_asked_as_often_as_the_sdk_wants(
    request: pytest.FixtureRequest, through: str, ask: Ask, model: str, sdk: Any
) -> None:
    """The vendor's 429 crosses as it is, and nobody between adds tries of its own."""
    front = request.getfixturevalue(through)
    text = f"{STORM} ({ask.__name__}, {through})"
    with pytest.raises(sdk.RateLimitError) as caught:
        ask(front, front.key, model, text)
    assert "simulation" in str(caught.value)
    tries = [visit.incoming.headers["x-stainless-retry-count"] for visit in front.seen(text)]
    assert tries == ["0", "1", "2"]


@each_client
def test_a_key_that_nobody_knows_is_told_once(
    gateway: Front, process: Gateway, ask: Ask, model: str, sdk: Any
) -> None:
    before = refused(process, "key_unknown")
    with pytest.raises(sdk.AuthenticationError) as caught:
        ask(gateway, "nobody", model, "unknown key")
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert refused(process, "key_unknown") == before + 1
    assert gateway.seen("unknown key") == []


@each_client
def test_a_model_that_nobody_serves_is_told_once(
    gateway: Front, process: Gateway, ask: Ask, model: str, sdk: Any
) -> None:
    before = refused(process, "model_not_found")
    with pytest.raises(sdk.NotFoundError):
        ask(gateway, gateway.key, "nobodys-model", "unknown model")
    assert refused(process, "model_not_found") == before + 1
    assert gateway.seen("unknown model") == []


def spoken(front: Front, wire: str, text: str) -> Iterator[str]:
    """The words of a streamed answer, as they come; closing it leaves the stream."""
    said = [{"role": "user", "content": text}]
    if wire == "messages":
        with (
            anthropic.Anthropic(base_url=front.base_url, api_key=front.key) as client,
            client.messages.stream(model="claude-sonnet-5", max_tokens=9, messages=said) as stream,
        ):
            yield from stream.text_stream
        return
    with openai.OpenAI(base_url=f"{front.base_url}/v1", api_key=front.key) as client:
        if wire == "chat":
            chunks = client.chat.completions.create(model="gpt-5", messages=said, stream=True)
            with chunks:
                for chunk in chunks:
                    yield from (c.delta.content for c in chunk.choices if c.delta.content)
        else:
            with client.responses.create(model="gpt-5", input=said, stream=True) as events:
                for event in events:
                    if event.type == "response.output_text.delta":
                        yield event.delta


@pytest.mark.parametrize("wire", ["chat", "responses", "messages"])
def test_the_first_words_arrive_before_the_last(gateway: Front, wire: str) -> None:
    text = f"{SLOW} ({wire})"
    words = spoken(gateway, wire, text)
    first = next(words)
    assert not gateway.seen(text)[0].over
    assert (first + "".join(words)).endswith("one two three four five")


@pytest.mark.parametrize("wire", ["chat", "responses", "messages"])
def test_when_the_caller_leaves_the_vendor_is_told(gateway: Front, wire: str) -> None:
    text = f"{SLOW} ({wire}, left)"
    words = spoken(gateway, wire, text)
    next(words)
    words.close()
    visit = gateway.seen(text)[0]
    for _ in range(200):
        if visit.gone or visit.over:
            break
        time.sleep(0.02)
    assert visit.gone
