"""Every client runs whole tool loops at its default settings, whatever is decided."""

from __future__ import annotations

from functools import partial

import openai
import pytest
from clients_agents import langgraph, litellm, openai_agents, pydantic_ai
from clients_fronts import (
    BUDGET,
    COMPARE,
    COPIERS,
    MINUTES,
    MIXED,
    PAY,
    READ,
    SEARCH,
    Front,
    Gateway,
    Ran,
)
from clients_runners import Runner, anthropic_messages, node, openai_chat, openai_responses

# LiteLLM's own classes use a qualifier that Pydantic warns about when it first sees them.
pytestmark = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")

CLIENTS: dict[str, Runner] = {
    **{
        f"openai chat {how}": partial(openai_chat, stream=how == "streamed")
        for how in ("whole", "streamed")
    },
    **{
        f"openai responses {how}": partial(openai_responses, stream=how == "streamed")
        for how in ("whole", "streamed")
    },
    "openai responses stored": partial(openai_responses, stream=False, stored=True),
    **{
        f"anthropic messages {how}": partial(anthropic_messages, stream=how == "streamed")
        for how in ("whole", "streamed")
    },
    **{
        f"node {client} {how}": partial(node, client=client, stream=how == "streamed")
        for client in ("chat", "responses", "messages")
        for how in ("whole", "streamed")
    },
    **{
        f"openai-agents {wire} {how}": partial(openai_agents, wire=wire, stream=how == "streamed")
        for wire in ("chat", "responses")
        for how in ("whole", "streamed")
    },
    **{
        f"langgraph {how}": partial(langgraph, stream=how == "streamed")
        for how in ("whole", "streamed")
    },
    **{
        f"pydantic-ai {wire} {how}": partial(pydantic_ai, wire=wire, stream=how == "streamed")
        for wire in ("chat", "responses", "messages")
        for how in ("whole", "streamed")
    },
    **{
        f"litellm {wire} {how}": partial(litellm, wire=wire, stream=how == "streamed")
        for wire in ("chat", "messages")
        for how in ("whole", "streamed")
    },
}

# These two drop what a streamed Chat Completion has in `refusal`: their users see an empty answer.
DROP_REFUSALS = {"langgraph streamed", "litellm chat streamed"}
# This one takes an answer with any refusal in it for refused as a whole, and runs nothing of it.
REFUSED_WHOLE = {"pydantic-ai responses whole"}

each_client = pytest.mark.parametrize("name", CLIENTS)


def run(name: str, front: Front, task: str) -> tuple[Ran, int]:
    """What a client's loop came to, and how many requests the vendor saw for it."""
    text = f"{task} ({name}, {front.name})"
    ran = CLIENTS[name](front, text)
    assert ran.error is None
    return ran, len(front.seen(text))


@each_client
def test_without_a_gateway_the_loop_finishes(direct: Front, name: str) -> None:
    """The simulated vendor is faithful enough for every client."""
    ran, seen = run(name, direct, COMPARE)
    assert len(ran.calls) == 2
    assert "The second is longer." in ran.text
    assert seen == 2


@each_client
def test_an_allowed_call_runs_and_the_loop_finishes(gateway: Front, name: str) -> None:
    ran, seen = run(name, gateway, READ)
    assert ran.calls == [("read_file", MINUTES.arguments)]
    assert "The archive moves in May." in ran.text
    assert seen == 2


@each_client
def test_parallel_calls_run_and_the_loop_finishes(gateway: Front, name: str) -> None:
    ran, seen = run(name, gateway, COMPARE)
    calls = sorted(arguments["path"] for _, arguments in ran.calls)
    assert calls == sorted([MINUTES.arguments["path"], BUDGET.arguments["path"]])
    assert "The second is longer." in ran.text
    assert seen == 2


@each_client
def test_a_denied_call_never_reaches_the_client(gateway: Front, name: str) -> None:
    """A red line: no call, one request, an explanation instead of a crash."""
    ran, seen = run(name, gateway, SEARCH)
    assert ran.calls == []
    assert ("No mass surveillance" in ran.text) is (name not in DROP_REFUSALS)
    assert seen == 1


@each_client
def test_beside_a_denied_call_the_allowed_one_runs(gateway: Front, name: str) -> None:
    ran, seen = run(name, gateway, MIXED)
    if name in REFUSED_WHOLE:
        assert (ran.calls, seen) == ([], 1)
        return
    assert ran.calls == [("read_file", MINUTES.arguments)]
    assert "That is all." in ran.text
    assert seen == 2


def test_a_stored_answer_goes_on_after_a_denial(gateway: Front) -> None:
    """The vendor kept the denied call; the gateway gives it the result that the client cannot."""
    with openai.OpenAI(base_url=f"{gateway.base_url}/v1", api_key=gateway.key) as client:
        first = client.responses.create(model="gpt-5", input=f"{SEARCH} (stored)")
        assert [item.type for item in first.output] == ["message"]
        second = client.responses.create(
            model="gpt-5", input="Never mind.", previous_response_id=first.id
        )
    assert second.output_text == "[simulation] That is all."
    (visit,) = gateway.seen("Never mind.")
    assert b'"function_call_output"' in visit.incoming.body
    assert b"No mass surveillance" in visit.incoming.body


@each_client
def test_a_held_call_leaves_a_notice_and_does_not_run(gateway: Front, name: str) -> None:
    ran, seen = run(name, gateway, PAY)
    assert ran.calls == []
    assert "Held for review" in ran.text
    assert seen == 1


VENDORS = ("openai chat", "openai responses", "anthropic")


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in CLIENTS
        if name.startswith(VENDORS) or (name.endswith("whole") and not name.startswith("node"))
    ],
)
def test_what_people_approve_runs_when_it_is_asked_for_again(
    gateway: Front, process: Gateway, name: str
) -> None:
    """Law 5: the approved call leaves once; after that it is held anew."""
    text = f"{PAY} ({name}, approved)"
    client = CLIENTS[name]
    process.approve(client(gateway, text).text)
    ran = client(gateway, text)
    assert ran.calls == [("pay", COPIERS.arguments)]
    assert "That is all." in ran.text
    once_more = client(gateway, text)
    assert once_more.calls == []
    assert "Held for review" in once_more.text
