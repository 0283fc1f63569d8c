"""LangGraph: tools of a `ToolNode` are decided before they run.

A held call interrupts the graph. Whoever resumes it says nothing by that: the hold is asked again,
and the graph is interrupted again until people have agreed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.messages import ToolMessage
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command, interrupt

from gardefou.doors._rulings import Ruling
from gardefou.doors.python._door import Door
from gardefou.verdict import Verdict

Answer = ToolMessage | Command[Any]


def tool_wrapper(
    door: Door,
) -> Callable[[ToolCallRequest, Callable[[ToolCallRequest], Answer]], Answer]:
    """For ``ToolNode(tools, wrap_tool_call=…)`` and middleware of agents."""

    def wrap(request: ToolCallRequest, execute: Callable[[ToolCallRequest], Answer]) -> Answer:
        ruling = _ruled(door, request)
        if not ruling.goes_ahead:
            return _refused(request, ruling)
        try:
            answer = execute(_decided(request, ruling))
        except BaseException:
            door.rulings.fail(ruling)
            raise
        door.rulings.finish(ruling, door.task.session, _content(answer))
        return answer

    return wrap


def async_tool_wrapper(
    door: Door,
) -> Callable[[ToolCallRequest, Callable[[ToolCallRequest], Awaitable[Answer]]], Awaitable[Answer]]:
    """For ``ToolNode(tools, awrap_tool_call=…)``."""

    async def wrap(
        request: ToolCallRequest, execute: Callable[[ToolCallRequest], Awaitable[Answer]]
    ) -> Answer:
        ruling = await _ruled_async(door, request)
        if not ruling.goes_ahead:
            return _refused(request, ruling)
        try:
            answer = await execute(_decided(request, ruling))
        except BaseException:
            door.rulings.fail(ruling)
            raise
        session = door.task.session
        await asyncio.to_thread(door.rulings.finish, ruling, session, _content(answer))
        return answer

    return wrap


def _ruled(door: Door, request: ToolCallRequest) -> Ruling:
    while True:
        call = request.tool_call
        action = door.action(call["name"], call["args"], call_id=call["id"] or "")
        ruling = door.rulings.rule(action, door.task.session)
        if ruling.verdict is not Verdict.HOLD or ruling.hold is None:
            return ruling
        interrupt(_card(ruling))


async def _ruled_async(door: Door, request: ToolCallRequest) -> Ruling:
    while True:
        call = request.tool_call
        action = door.action(call["name"], call["args"], call_id=call["id"] or "")
        ruling = await door.rulings.rule_async(action, door.task.session)
        if ruling.verdict is not Verdict.HOLD or ruling.hold is None:
            return ruling
        interrupt(_card(ruling))


def _card(ruling: Ruling) -> dict[str, Any]:
    hold = ruling.hold
    return {
        "hold_id": "" if hold is None else hold.id,
        "call_digest": "" if hold is None else hold.digest,
        "tool": ruling.action.tool,
        "reason": ruling.reason,
    }


def _decided(request: ToolCallRequest, ruling: Ruling) -> ToolCallRequest:
    call = request.tool_call.copy()
    call["args"] = ruling.action.arguments
    return request.override(tool_call=call)


def _refused(request: ToolCallRequest, ruling: Ruling) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(
        content=ruling.reason, name=call["name"], tool_call_id=call["id"] or "", status="error"
    )


def _content(answer: Answer) -> Any:
    return answer.content if isinstance(answer, ToolMessage) else str(answer)
