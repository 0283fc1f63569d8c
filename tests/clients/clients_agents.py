"""One task for each agent framework, whose own loop runs the tools."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Any

from clients_fronts import TOOLS, Front, Ran

MOST_TURNS = 6


def functions(ran: Ran) -> list[Any]:
    """The tools as Python functions, with the descriptions that frameworks read."""

    def read_file(path: str) -> str:
        """Read a file from the shared drive."""
        return ran.tool("read_file", {"path": path})

    def register_search(pattern: str, limit: int = 10) -> str:
        """Search the population register by pattern."""
        return ran.tool("register_search", {"pattern": pattern, "limit": limit})

    def pay(iban: str, amount: float) -> str:
        """Transfer money from the office account."""
        return ran.tool("pay", {"iban": iban, "amount": amount})

    return [read_file, register_search, pay]


def openai_agents(front: Front, text: str, *, wire: str, stream: bool) -> Ran:
    import agents  # noqa: PLC0415 - slow to load, and other tests do without
    import openai  # noqa: PLC0415 - as above

    agents.set_tracing_disabled(disabled=True)
    ran = Ran()

    async def run() -> None:
        async with openai.AsyncOpenAI(base_url=f"{front.base_url}/v1", api_key=front.key) as client:
            kind = (
                agents.OpenAIResponsesModel
                if wire == "responses"
                else agents.OpenAIChatCompletionsModel
            )
            agent = agents.Agent(
                name="clerk",
                instructions="You are the clerk.",
                model=kind(model="gpt-5", openai_client=client),
                tools=[agents.function_tool(function) for function in functions(ran)],
            )
            try:
                if stream:
                    result: Any = agents.Runner.run_streamed(agent, text, max_turns=MOST_TURNS)
                    async for _ in result.stream_events():
                        pass
                else:
                    result = await agents.Runner.run(agent, text, max_turns=MOST_TURNS)
            except agents.exceptions.ModelRefusalError as refusal:
                # The framework's own way to tell its user that a model refused.
                ran.words.append(refusal.refusal)
                return
            ran.words.append(str(result.final_output))

    asyncio.run(run())
    return ran


def langgraph(front: Front, text: str, *, stream: bool) -> Ran:
    from langchain_core.tools import tool  # noqa: PLC0415 - slow to load
    from langchain_openai import ChatOpenAI  # noqa: PLC0415 - slow to load
    from langgraph.graph import START, MessagesState, StateGraph  # noqa: PLC0415 - slow to load
    from langgraph.prebuilt import ToolNode, tools_condition  # noqa: PLC0415 - slow to load

    ran = Ran()
    tools = [tool(function) for function in functions(ran)]
    model = ChatOpenAI(
        model="gpt-5", base_url=f"{front.base_url}/v1", api_key=front.key, streaming=stream
    )
    bound = model.bind_tools(tools)
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [bound.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    state = graph.compile().invoke(
        {"messages": [("user", text)]}, {"recursion_limit": 2 * MOST_TURNS}
    )
    for message in state["messages"]:
        if message.type == "ai":
            ran.words += [message.text, message.additional_kwargs.get("refusal") or ""]
    return ran


def pydantic_ai(front: Front, text: str, *, wire: str, stream: bool) -> Ran:
    import pydantic_ai as ai  # noqa: PLC0415 - slow to load
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415 - slow to load
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel  # noqa: PLC0415
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415 - slow to load
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415 - slow to load

    ran = Ran()
    if wire == "messages":
        provider: Any = AnthropicProvider(base_url=front.base_url, api_key=front.key)
        model: Any = AnthropicModel("claude-sonnet-5", provider=provider)
    else:
        provider = OpenAIProvider(base_url=f"{front.base_url}/v1", api_key=front.key)
        kind = OpenAIResponsesModel if wire == "responses" else OpenAIChatModel
        model = kind("gpt-5", provider=provider)
    agent = ai.Agent(model, tools=functions(ran))

    async def streamed(_: object, events: AsyncIterable[object]) -> None:
        async for _ in events:
            pass

    async def run() -> None:
        async with agent:
            try:
                done = await agent.run(text, event_stream_handler=streamed if stream else None)
            except ai.exceptions.ContentFilterError as refusal:
                # The framework's own way to tell its user that a model refused.
                ran.words.append(f"{refusal} {refusal.body}")
                return
            ran.words.append(done.output)

    asyncio.run(run())
    return ran


def litellm(front: Front, text: str, *, wire: str, stream: bool) -> Ran:
    import json  # noqa: PLC0415 - beside its use

    import litellm as lib  # noqa: PLC0415 - slow to load

    ran = Ran()
    if wire == "messages":
        where = {"model": "anthropic/claude-sonnet-5", "api_base": front.base_url}
    else:
        where = {"model": "openai/gpt-5", "api_base": f"{front.base_url}/v1"}
    messages: list[Any] = [{"role": "user", "content": text}]
    tools = [{"type": "function", "function": tool} for tool in TOOLS]
    for _ in range(MOST_TURNS):
        asked = {**where, "api_key": front.key, "messages": messages, "tools": tools}
        answer = lib.completion(**asked, stream=stream)
        if stream:
            answer = lib.stream_chunk_builder(list(answer), messages=messages)
        message = answer.choices[0].message
        ran.words += [message.content or "", getattr(message, "refusal", None) or ""]
        if not message.tool_calls:
            return ran
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            result = ran.tool(call.function.name, json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return ran
