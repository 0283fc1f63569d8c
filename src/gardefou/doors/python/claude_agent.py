"""Claude Agent SDK: the agent's own tools are decided by hooks inside the program.

The payloads are those of Claude Code's hooks, so they are read and answered by the desk of the hook
door; without a person before the agent, a held call is put off (``defer``).
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import msgspec
from claude_agent_sdk import HookMatcher

from gardefou.doors.hook import DIALECTS, Desk, Surroundings

AGENT = "claude-code"
TIMEOUT_S = 600.0


def hooks(desk: Desk, *, project: str = "") -> dict[Any, list[HookMatcher]]:
    """For ``ClaudeAgentOptions(hooks=…)``; a hook that fails blocks."""

    async def decided(message: Any, tool_use_id: str | None, context: Any) -> Any:
        del tool_use_id, context  # the message has all of it
        around = Surroundings(
            agent=AGENT,
            cwd=os.getcwd(),  # noqa: PTH109 - the text that the agent's own paths are relative to
            project=project,
            entrypoint="sdk-py",
        )
        data = msgspec.json.encode(message)
        reply = await asyncio.to_thread(desk.answer, data, around)
        if reply.code:
            return _blocked(message, reply.err)
        return msgspec.json.decode(reply.out)

    matcher = HookMatcher(hooks=[decided], timeout=TIMEOUT_S, on_failure="block")
    return {event: [matcher] for event in DIALECTS[AGENT].moments}


def _blocked(message: Any, reason: str) -> dict[str, Any]:
    """What could not be decided, refused in the event's own form."""
    event = message.get("hook_event_name") if isinstance(message, dict) else None
    if event != "PreToolUse":
        return {"decision": "block", "reason": reason}
    return {
        "hookSpecificOutput": {
            "hookEventName": event,
            "permissionDecision": "deny",
            "permissionDecisionReason": reason,
        }
    }
