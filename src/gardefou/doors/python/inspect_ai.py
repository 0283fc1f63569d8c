"""inspect_ai: tool calls of an evaluation are decided by an approver.

A held call is rejected with the hold's id, never escalated: the next approver may be the very person
who asked. What is approved are the arguments that were decided.
"""

from __future__ import annotations

import dataclasses

from inspect_ai.approval import Approval, Approver
from inspect_ai.approval import approver as registered
from inspect_ai.model import ChatMessage
from inspect_ai.tool import ToolCall, ToolCallView

from gardefou.doors.python._door import Door
from gardefou.errors import GardefouError
from gardefou.verdict import Verdict


def approver(door: Door) -> Approver:
    """For ``ApprovalPolicy(approver(door), "*")``."""

    @registered(name="gardefou")
    def made() -> Approver:
        async def approve(
            message: str, call: ToolCall, view: ToolCallView, history: list[ChatMessage]
        ) -> Approval:
            del message, view, history
            return await _approval(door, call)

        return approve

    return made()


async def _approval(door: Door, call: ToolCall) -> Approval:
    session = door.task.session
    try:
        action = door.action(call.function, call.arguments, call_id=call.id)
        ruling = await door.rulings.rule_async(action, session)
    except GardefouError as error:
        return Approval(decision="reject", explanation=error.diagnostics())
    if ruling.goes_ahead:
        if ruling.action.arguments == call.arguments:
            return Approval(decision="approve", explanation=ruling.reason or "allowed")
        stored = dataclasses.replace(call, arguments=ruling.action.arguments)
        return Approval(decision="modify", modified=stored, explanation="the form that was decided")
    hold = ruling.hold
    held = ruling.verdict is Verdict.HOLD and hold is not None
    return Approval(
        decision="reject",
        explanation=ruling.reason,
        metadata={"hold_id": hold.id} if held and hold is not None else None,
    )
