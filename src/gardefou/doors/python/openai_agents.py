"""OpenAI Agents SDK: function tools are decided before they are invoked.

A held call is answered with a text that says so and names the hold; the same call again collects
what people approved.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import msgspec
from agents import FunctionTool
from agents.tool_context import ToolContext

from gardefou.action import parse
from gardefou.doors.python._door import Door
from gardefou.errors import InputError
from gardefou.verdict import Verdict


def guarded(door: Door, tools: Iterable[FunctionTool]) -> list[FunctionTool]:
    """The same tools, each decided before it runs."""
    return [_guarded(door, tool) for tool in tools]


def _guarded(door: Door, tool: FunctionTool) -> FunctionTool:
    invoke = tool.on_invoke_tool

    async def decided(context: ToolContext[Any], text: str) -> Any:
        arguments = parse(text or "{}")
        if not isinstance(arguments, dict):
            raise InputError(
                "the arguments are no JSON object",
                code="call.argument",
                help="the model has to send an object",
            )
        action = door.action(tool.name, arguments, call_id=context.tool_call_id)
        session = door.task.session
        ruling = await door.rulings.rule_async(action, session)
        if not ruling.goes_ahead:
            return told(
                ruling.reason, "" if ruling.hold is None else ruling.hold.id, ruling.verdict
            )
        try:
            stored = msgspec.json.encode(ruling.action.arguments).decode()
            result = await invoke(context, stored)
        except BaseException:
            door.rulings.fail(ruling)
            raise
        door.rulings.finish(ruling, session, result)
        return result

    return dataclasses.replace(tool, on_invoke_tool=decided)


def told(reason: str, hold_id: str, verdict: Verdict) -> str:
    """What the model reads instead of a result."""
    if verdict is Verdict.HOLD and hold_id:
        return (
            f"{reason} Nothing was done. It waits as `{hold_id}`;"
            " call again with identical arguments once people have agreed."
        )
    return f"{reason} Nothing was done."
