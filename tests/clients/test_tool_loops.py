"""Every client runs whole tool loops at its default settings, whatever is decided."""

from __future__ import annotations

from functools import partial

import pytest
from clients_agents import langgraph, litellm, openai_agents, pydantic_ai
from clients_fronts import BUDGET, COMPARE, MINUTES, READ, Front
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

each_client = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)


@each_client
def test_an_allowed_call_runs_and_the_loop_finishes(front: Front, client: Runner) -> None:
    ran = client(front, READ)
    assert ran.error is None
    assert ran.calls == [("read_file", MINUTES.arguments)]
    assert "The archive moves in May." in ran.text
    assert len(front.seen) == 2


@each_client
def test_parallel_calls_run_and_the_loop_finishes(front: Front, client: Runner) -> None:
    ran = client(front, COMPARE)
    assert ran.error is None
    calls = sorted(arguments["path"] for _, arguments in ran.calls)
    assert calls == sorted([MINUTES.arguments["path"], BUDGET.arguments["path"]])
    assert "The second is longer." in ran.text
    assert len(front.seen) == 2
