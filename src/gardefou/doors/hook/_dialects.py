"""The hook protocols of coding agents: payloads to events, answers to replies.

1. What cannot be read is refused in the agent's own form, never passed: exit code 2, which every
   agent here takes for a block, with the reason on standard error.
2. ``allow`` says nothing: the agent's own permissions still apply (only tighter). Where people
   approved exactly this call, the agent is told so.
3. A hold is never ``ask``: that would let the requester approve. It is a refusal that says *held,
   ask again*; where the agent can put a call off and no person sits before it, it is ``defer``.

Sources: the agents' public hook references, as of November 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gardefou.action import parse
from gardefou.doors.hook._event import Answer, Event, Moment, Reply, Surroundings
from gardefou.errors import InputError, UsageError
from gardefou.verdict import Verdict

BLOCK = 2


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How one agent speaks: its names of the moments, and its reader and writer."""

    agent: str
    moments: Mapping[str, Moment]
    read: Callable[[Mapping[str, Any], Mapping[str, Moment], Surroundings], Event]
    write: Callable[[Event, Answer], dict[str, Any]]


def read_event(agent: str, data: bytes, around: Surroundings) -> Event:
    """The event in a payload.

    Raises:
        InputError: codes ``json.*`` and ``hook.payload``.
        UsageError: ``hook.agent``.
    """
    dialect = dialect_of(agent)
    payload = parse(data)
    if not isinstance(payload, dict):
        raise _unlike("the payload is no JSON object")
    return dialect.read(payload, dialect.moments, around)


def write_reply(agent: str, event: Event, answer: Answer) -> Reply:
    """The reply that the agent understands."""
    told = {} if event.moment == "other" else dialect_of(agent).write(event, answer)
    return Reply(out=msgspec.json.encode(told).decode())


def refusal(reason: str) -> Reply:
    """The block that every agent understands."""
    return Reply(code=BLOCK, err=reason)


def dialect_of(agent: str) -> Dialect:
    """The dialect of an agent.

    Raises:
        UsageError: ``hook.agent`` when nobody knows it.
    """
    found = DIALECTS.get(agent)
    if found is None:
        raise UsageError(
            f"nobody knows the agent `{agent[:40]}`",
            code="hook.agent",
            help=f"use one of {', '.join(sorted(DIALECTS))}",
        )
    return found


def _claude(
    payload: Mapping[str, Any], moments: Mapping[str, Moment], around: Surroundings
) -> Event:
    """Claude Code, Codex CLI, Gemini CLI: ``hook_event_name``, ``tool_name``, ``tool_input``."""
    name = _text(payload, "hook_event_name", required=True)
    moment = moments.get(name, "other")
    cwd = _text(payload, "cwd") or around.cwd
    arguments = payload.get("tool_input", {})
    if moment in {"before", "after"}:
        _text(payload, "tool_name", required=True)
        arguments = _object(arguments, "tool_input")
    return Event(
        moment=moment,
        name=name,
        session=_text(payload, "session_id"),
        cwd=cwd,
        root=around.project or cwd,
        call_id=_text(payload, "tool_use_id"),
        tool=_text(payload, "tool_name"),
        arguments=arguments if isinstance(arguments, dict) else {},
        content=payload.get("tool_response") if moment == "after" else payload.get("prompt"),
        headless=around.entrypoint.startswith("sdk")
        or _text(payload, "permission_mode") == "dontAsk",
    )


def _cursor(
    payload: Mapping[str, Any], moments: Mapping[str, Moment], around: Surroundings
) -> Event:
    """Cursor: one event for each kind of action, with fields of its own."""
    name = _text(payload, "hook_event_name", required=True)
    roots = payload.get("workspace_roots") or [around.project or around.cwd]
    if not isinstance(roots, list) or not all(isinstance(root, str) for root in roots):
        raise _unlike("`workspace_roots` is no list of texts")
    moment = moments.get(name, "other")
    tool, arguments, content = "", {}, payload.get("prompt")
    if name.endswith("ShellExecution"):
        tool = "Shell"
        arguments = {"command": payload.get("command")}
        content = payload.get("output")
    elif name.endswith("MCPExecution"):
        tool = f"mcp__cursor__{_text(payload, 'tool_name', required=True)}"
        arguments = _object(_decoded(payload.get("tool_input", {})), "tool_input")
        content = payload.get("result_json")
    elif name == "beforeReadFile":
        tool, arguments = "Read", {"file_path": payload.get("file_path")}
    elif name in {"preToolUse", "postToolUse"}:
        tool = _text(payload, "tool_name", required=True)
        arguments = _object(_decoded(payload.get("tool_input", {})), "tool_input")
        content = payload.get("tool_output")
    return Event(
        moment=moment,
        name=name,
        session=_text(payload, "conversation_id"),
        cwd=_text(payload, "cwd") or roots[0],
        root=roots[0],
        call_id=_text(payload, "tool_use_id"),
        tool=tool,
        arguments=arguments,
        content=content,
    )


def _copilot(
    payload: Mapping[str, Any], moments: Mapping[str, Moment], around: Surroundings
) -> Event:
    """Copilot CLI does not name the event: its fields tell."""
    if "toolName" in payload:
        name = "postToolUse" if "toolResult" in payload else "preToolUse"
        arguments = _object(_decoded(payload.get("toolArgs", {})), "toolArgs")
    elif "prompt" in payload:
        name, arguments = "userPromptSubmitted", {}
    else:
        name, arguments = "", {}
    cwd = _text(payload, "cwd") or around.cwd
    return Event(
        moment=moments.get(name, "other"),
        name=name,
        session=_text(payload, "sessionId"),
        cwd=cwd,
        root=around.project or cwd,
        tool=_text(payload, "toolName"),
        arguments=arguments,
        content=payload.get("toolResult") if name == "postToolUse" else payload.get("prompt"),
    )


def _write_claude(event: Event, answer: Answer) -> dict[str, Any]:
    return _permission(event, answer, can_defer=True)


def _write_codex(event: Event, answer: Answer) -> dict[str, Any]:
    return _permission(event, answer, can_defer=False)


def _permission(event: Event, answer: Answer, *, can_defer: bool) -> dict[str, Any]:
    if event.moment != "before":
        return _block(answer)
    if answer.verdict is Verdict.ALLOW and not (answer.approved and can_defer):
        return {}
    word = "allow" if answer.verdict is Verdict.ALLOW else "deny"
    if answer.verdict is Verdict.HOLD and event.headless and can_defer and answer.hold_id:
        word = "defer"
    return {
        "hookSpecificOutput": {
            "hookEventName": event.name,
            "permissionDecision": word,
            "permissionDecisionReason": answer.reason,
        }
    }


def _block(answer: Answer) -> dict[str, Any]:
    if answer.verdict is Verdict.ALLOW:
        return {}
    return {"decision": "block", "reason": answer.reason}


def _write_gemini(event: Event, answer: Answer) -> dict[str, Any]:  # noqa: ARG001 - one shape for all writers
    if answer.verdict is Verdict.ALLOW:
        return {}
    return {"decision": "deny", "reason": answer.reason}


def _write_cursor(event: Event, answer: Answer) -> dict[str, Any]:
    passes = answer.verdict is Verdict.ALLOW
    if event.moment == "prompt":
        return {"continue": passes} | ({} if passes else {"user_message": answer.reason})
    if passes:
        return {"permission": "allow"} if event.moment == "before" else {}
    return {
        "permission": "deny",
        "user_message": answer.reason,
        "agent_message": answer.reason,
    }


def _write_copilot(event: Event, answer: Answer) -> dict[str, Any]:
    if event.moment != "before" or answer.verdict is Verdict.ALLOW:
        return {}
    return {"permissionDecision": "deny", "permissionDecisionReason": answer.reason}


def _decoded(value: Any) -> Any:
    """Arguments that some versions send as a text that holds JSON."""
    return parse(value) if isinstance(value, str) else value


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unlike(f"`{name}` is no JSON object")
    return value


def _text(payload: Mapping[str, Any], key: str, *, required: bool = False) -> str:
    value = payload.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value):
        raise _unlike(f"`{key}` is no text" if value is not None else f"`{key}` is missing")
    return value


def _unlike(message: str) -> InputError:
    return InputError(
        message,
        code="hook.payload",
        expected="the payload that the agent's hook reference describes",
        help="the agent may have changed its protocol: see docs/reference/doors.md",
    )


DIALECTS = {
    dialect.agent: dialect
    for dialect in (
        Dialect(
            agent="claude-code",
            moments={"PreToolUse": "before", "PostToolUse": "after", "UserPromptSubmit": "prompt"},
            read=_claude,
            write=_write_claude,
        ),
        Dialect(
            agent="codex",
            moments={"PreToolUse": "before", "PostToolUse": "after", "UserPromptSubmit": "prompt"},
            read=_claude,
            write=_write_codex,
        ),
        Dialect(
            agent="gemini",
            moments={"BeforeTool": "before", "AfterTool": "after", "BeforeAgent": "prompt"},
            read=_claude,
            write=_write_gemini,
        ),
        Dialect(
            agent="cursor",
            moments={
                "beforeShellExecution": "before",
                "beforeMCPExecution": "before",
                "beforeReadFile": "before",
                "preToolUse": "before",
                "afterShellExecution": "after",
                "afterMCPExecution": "after",
                "postToolUse": "after",
                "beforeSubmitPrompt": "prompt",
            },
            read=_cursor,
            write=_write_cursor,
        ),
        Dialect(
            agent="copilot",
            moments={
                "preToolUse": "before",
                "postToolUse": "after",
                "userPromptSubmitted": "prompt",
            },
            read=_copilot,
            write=_write_copilot,
        ),
    )
}
