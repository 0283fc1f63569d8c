"""Pydantic AI: the tools of a toolset are decided before they run.

A held call ends the run with `DeferredToolRequests`, its metadata names the hold. A run that goes
on with the call approved asks the hold again: the framework's approval is not people's.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
from pydantic_ai import ModelRetry, RunContext
from pydantic_ai.exceptions import ApprovalRequired
from pydantic_ai.toolsets import AbstractToolset, WrapperToolset
from pydantic_ai.toolsets.abstract import ToolsetTool

from gardefou.doors.python._calls import to_json
from gardefou.doors.python._door import Door
from gardefou.verdict import Verdict


@dataclasses.dataclass
class GuardedToolset(WrapperToolset[Any]):
    """A toolset whose calls are decided."""

    door: Door = dataclasses.field(kw_only=True)

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[Any], tool: ToolsetTool[Any]
    ) -> Any:
        """Decide, then run with the arguments that were decided.

        Raises:
            ApprovalRequired: when people are asked; ``metadata`` has ``hold_id``.
            ModelRetry: when the call is refused; the model reads why.
        """
        door, session = self.door, self.door.task.session
        action = door.action(name, to_json(tool_args), call_id=ctx.tool_call_id or "")
        ruling = await door.rulings.rule_async(action, session)
        if not ruling.goes_ahead:
            hold = ruling.hold
            if ruling.verdict is Verdict.HOLD and hold is not None:
                raise ApprovalRequired(
                    metadata={"hold_id": hold.id, "call_digest": hold.digest, "why": ruling.reason}
                )
            raise ModelRetry(f"{ruling.reason} Nothing was done; do not try again.")
        stored = msgspec.json.encode(ruling.action.arguments)
        try:
            arguments = tool.args_validator.validate_json(stored)
            result = await super().call_tool(name, arguments, ctx, tool)
        except BaseException:
            door.rulings.fail(ruling)
            raise
        door.rulings.finish(ruling, session, result)
        return result


def guarded(door: Door, toolset: AbstractToolset[Any]) -> GuardedToolset:
    """The same toolset, each call decided before it runs."""
    return GuardedToolset(wrapped=toolset, door=door)
