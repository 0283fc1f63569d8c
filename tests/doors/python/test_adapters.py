"""Agent frameworks, each with its own scripted model: what is held runs once people agreed."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from doors_office import agree, holds_of

from gardefou import Door
from gardefou.doors.hook import Settings, open_desk

LABELS = {"effects": ["pays"], "roles": {"amount": "amount", "to": "recipients"}}


def labelled(door: Door) -> list[tuple[str, Decimal]]:
    """Say what the tool `pay` can do; returns the list of what ran."""

    @door(tool="pay", **LABELS)
    def pay(to: str, amount: Decimal) -> None:
        """Pay somebody."""

    del pay
    return []


# LangGraph: the graph of its own guide on tools, a node that calls and a `ToolNode`.


def test_langgraph_interrupts_until_people_agree(door: Door) -> None:
    from langchain_core.messages import AIMessage  # noqa: PLC0415 - an optional framework
    from langchain_core.tools import tool  # noqa: PLC0415 - as above
    from langgraph.checkpoint.memory import InMemorySaver  # noqa: PLC0415 - as above
    from langgraph.graph import END, START, MessagesState, StateGraph  # noqa: PLC0415 - as above
    from langgraph.prebuilt import ToolNode  # noqa: PLC0415 - as above
    from langgraph.types import Command  # noqa: PLC0415 - as above

    from gardefou.doors.python.langgraph import tool_wrapper  # noqa: PLC0415 - as above

    ran = labelled(door)

    @tool
    def pay(to: str, amount: str) -> str:
        """Pay somebody."""
        ran.append((to, Decimal(amount)))
        return f"paid {amount}"

    def graph(amount: str) -> tuple[Any, Any]:
        def model(state: MessagesState) -> Any:
            if len(state["messages"]) > 1:
                return {"messages": [AIMessage("done")]}
            call = {"name": "pay", "args": {"to": "ann", "amount": amount}, "id": "c1"}
            return {"messages": [AIMessage("", tool_calls=[call])]}

        builder = StateGraph(MessagesState)
        builder.add_node("model", model)
        builder.add_node("tools", ToolNode([pay], wrap_tool_call=tool_wrapper(door)))
        builder.add_edge(START, "model")
        builder.add_conditional_edges(
            "model", lambda state: "tools" if state["messages"][-1].tool_calls else END
        )
        builder.add_edge("tools", "model")
        config = {"configurable": {"thread_id": uuid.uuid4().hex}}
        return builder.compile(checkpointer=InMemorySaver()), config

    begin = {"messages": [("user", "pay ann")]}
    small, config = graph("10.00")
    assert small.invoke(begin, config)["messages"][-2].content == "paid 10.00"
    refused, config = graph("5000.00")
    assert refused.invoke(begin, config)["messages"][-2].status == "error"
    large, config = graph("200.00")
    (stopped,) = large.invoke(begin, config)["__interrupt__"]
    hold = stopped.value["hold_id"]
    assert "__interrupt__" in large.invoke(Command(resume="yes, go on"), config)
    agree(door, hold)
    end = large.invoke(Command(resume=True), config)
    assert end["messages"][-2].content == "paid 200.00"
    assert ran == [("ann", Decimal("10.00")), ("ann", Decimal("200.00"))]
    assert holds_of(door).get(hold).state == "done"


# OpenAI Agents SDK: an agent with a function tool, as in its quick start.


def test_openai_agents_read_that_a_call_is_held(door: Door) -> None:
    from agents import Agent, Model, ModelResponse, RunConfig, Runner, Usage  # noqa: PLC0415 - as above
    from agents import function_tool as function  # noqa: PLC0415 - as above
    from openai.types.responses import (  # noqa: PLC0415 - as above
        ResponseFunctionToolCall,
        ResponseOutputMessage,
        ResponseOutputText,
    )

    from gardefou.doors.python.openai_agents import guarded  # noqa: PLC0415 - as above

    ran = labelled(door)

    @function
    def pay(to: str, amount: str) -> str:
        """Pay somebody."""
        ran.append((to, Decimal(amount)))
        return f"paid {amount}"

    class Scripted(Model):
        """Calls the tool once, then says what it read."""

        def __init__(self, amount: str) -> None:
            self.amount = amount
            self.read: Any = None

        async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
            given = kwargs.get("input", args[1] if len(args) > 1 else [])
            outputs = [i for i in given if isinstance(i, dict) and "output" in i]
            if not outputs:
                item: Any = ResponseFunctionToolCall(
                    type="function_call",
                    name="pay",
                    call_id="c1",
                    arguments=json.dumps({"to": "ann", "amount": self.amount}),
                )
            else:
                self.read = outputs[-1]["output"]
                text = ResponseOutputText(type="output_text", text="done", annotations=[])
                item = ResponseOutputMessage(
                    id="m1", type="message", role="assistant", status="completed", content=[text]
                )
            return ModelResponse(output=[item], usage=Usage(), response_id=None)

        def stream_response(self, *args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError

    def run(amount: str) -> str:
        model = Scripted(amount)
        agent = Agent(name="clerk", model=model, tools=list(guarded(door, [pay])))
        off = RunConfig(tracing_disabled=True)
        asyncio.run(Runner.run(agent, "pay ann", run_config=off))
        return str(model.read)

    assert run("10.00") == "paid 10.00"
    assert run("5000.00").startswith("Denied")
    held = run("200.00")
    hold = held.partition("waits as `")[2].partition("`")[0]
    agree(door, hold)
    assert run("200.00") == "paid 200.00"
    assert ran == [("ann", Decimal("10.00")), ("ann", Decimal("200.00"))]


# Pydantic AI: deferred tools, with its own function model.


def test_pydantic_ai_defers_a_held_call(door: Door) -> None:
    from pydantic_ai import (  # noqa: PLC0415 - as above
        Agent,
        DeferredToolRequests,
        DeferredToolResults,
        FunctionToolset,
    )
    from pydantic_ai.messages import (  # noqa: PLC0415 - as above
        ModelMessage,
        ModelResponse,
        TextPart,
        ToolCallPart,
        ToolReturnPart,
    )
    from pydantic_ai.models.function import AgentInfo, FunctionModel  # noqa: PLC0415 - as above

    from gardefou.doors.python.pydantic_ai import guarded  # noqa: PLC0415 - as above

    ran = labelled(door)

    def pay(to: str, amount: Decimal) -> str:
        """Pay somebody."""
        ran.append((to, amount))
        return f"paid {amount}"

    def model(amount: str) -> FunctionModel:
        def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
            del info
            parts = [p for p in messages[-1].parts if isinstance(p, ToolReturnPart)]
            if parts:
                return ModelResponse(parts=[TextPart(str(parts[0].content))])
            return ModelResponse(parts=[ToolCallPart("pay", {"to": "ann", "amount": amount}, "c1")])

        return FunctionModel(answer)

    toolset = guarded(door, FunctionToolset([pay]))
    agent = Agent(toolsets=[toolset], output_type=[str, DeferredToolRequests])

    def run(prompt: str | None = None, **more: Any) -> Any:
        return asyncio.run(agent.run(prompt, **more))

    assert run("pay ann", model=model("10.00")).output == "paid 10.00"
    assert run("pay ann", model=model("5000.00")).output.startswith("Denied")
    large = model("200.00")
    first = run("pay ann", model=large)
    assert isinstance(first.output, DeferredToolRequests)
    hold = first.output.metadata["c1"]["hold_id"]
    yes = DeferredToolResults(approvals={"c1": True})
    again = run(message_history=first.all_messages(), deferred_tool_results=yes, model=large)
    assert isinstance(again.output, DeferredToolRequests), "the framework's yes is nobody's vote"
    agree(door, hold)
    end = run(message_history=first.all_messages(), deferred_tool_results=yes, model=large)
    assert end.output == "paid 200.00"
    assert ran == [("ann", Decimal("10.00")), ("ann", Decimal("200.00"))]


# inspect_ai: an approval policy of an evaluation.


def test_inspect_rejects_what_is_held(door: Door, tmp_path: Path) -> None:
    from inspect_ai.approval import ApprovalPolicy  # noqa: PLC0415 - as above
    from inspect_ai.tool import ToolCall, ToolCallView  # noqa: PLC0415 - as above

    from gardefou.doors.python.inspect_ai import approver  # noqa: PLC0415 - as above

    labelled(door)
    policy = ApprovalPolicy(approver(door), "*")

    def decided(amount: str) -> Any:
        call = ToolCall(id="c1", function="pay", arguments={"to": "ann", "amount": amount})
        return asyncio.run(policy.approver("", call, ToolCallView(), []))  # type: ignore[operator] # - an approver

    assert decided("10.00").decision == "approve"
    assert decided("5000.00").decision == "reject"
    held = decided("200.00")
    assert held.decision == "reject"
    agree(door, held.metadata["hold_id"])
    assert decided("200.00").decision == "approve"
    assert decided("200.00").decision == "reject"


# Claude Agent SDK: its control protocol, spoken by a transport in the place of the program.


@pytest.mark.parametrize(("command", "word"), [("ls", ""), ("rm -rf /etc", "deny")])
def test_claude_agent_hooks_answer_the_control_protocol(command: str, word: str) -> None:
    from claude_agent_sdk import ClaudeAgentOptions, Transport, query  # noqa: PLC0415 - as above

    from gardefou.doors.python.claude_agent import hooks  # noqa: PLC0415 - as above

    class Program(Transport):
        """Registers the hooks, has one tool call decided, and ends."""

        def __init__(self) -> None:
            self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
            self.decision: dict[str, Any] = {}
            self.registered: dict[str, Any] = {}

        async def connect(self) -> None:
            return None

        async def write(self, data: str) -> None:
            message = json.loads(data)
            if message["type"] == "control_request":
                request = message["request"]
                self.registered = request.get("hooks") or self.registered
                response = {"subtype": "success", "request_id": message["request_id"]}
                supported = {"hook_on_failure_supported": True, "hooks_applied": True}
                await self.said.put(
                    {"type": "control_response", "response": {**response, "response": supported}}
                )
                if request["subtype"] == "initialize":
                    await self.said.put(self._asked())
            elif message["type"] == "control_response":
                self.decision = message["response"]["response"]
                await self.said.put(END)

        def _asked(self) -> dict[str, Any]:
            (matcher,) = self.registered["PreToolUse"]
            payload = {
                "session_id": "s",
                "cwd": "/home/dev/project",
                "hook_event_name": "PreToolUse",
                "tool_name": "Bash",
                "tool_input": {"command": command},
            }
            return {
                "type": "control_request",
                "request_id": "r1",
                "request": {
                    "subtype": "hook_callback",
                    "callback_id": matcher["hookCallbackIds"][0],
                    "input": payload,
                    "tool_use_id": "t1",
                },
            }

        async def read_messages(self) -> AsyncIterator[dict[str, Any]]:  # type: ignore[override] # - a generator
            while True:
                message = await self.said.get()
                yield message
                if message is END:
                    return

        async def close(self) -> None:
            return None

        def is_ready(self) -> bool:
            return True

        async def end_input(self) -> None:
            return None

    program = Program()

    async def run() -> None:
        with open_desk(Settings(user="dev"), Path("/home/dev")) as desk:
            options = ClaudeAgentOptions(hooks=hooks(desk, project="/home/dev/project"))
            async for _ in query(prompt="x", options=options, transport=program):
                pass

    asyncio.run(run())
    assert program.registered["PreToolUse"][0]["onFailure"] == "block"
    found = program.decision.get("hookSpecificOutput", {}).get("permissionDecision", "")
    assert found == word


END = {
    "type": "result",
    "subtype": "success",
    "duration_ms": 1,
    "duration_api_ms": 1,
    "is_error": False,
    "num_turns": 1,
    "session_id": "s",
    "result": "done",
}
