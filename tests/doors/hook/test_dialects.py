"""Payloads as the agents' public hook references describe them, and the replies they understand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.doors.hook import (
    DIALECTS,
    Answer,
    Event,
    Surroundings,
    read_event,
    write_reply,
)
from gardefou.errors import GardefouError, InputError, UsageError
from gardefou.verdict import Verdict

CLAUDE = {
    "session_id": "abc123",
    "transcript_path": "/home/dev/.claude/projects/p/abc123.jsonl",
    "cwd": "/home/dev/project",
    "permission_mode": "default",
    "hook_event_name": "PreToolUse",
    "tool_name": "Bash",
    "tool_input": {"command": "npm test", "description": "Run the tests"},
    "tool_use_id": "toolu_01ABC",
}
GEMINI = {
    "session_id": "g1",
    "transcript_path": "/home/dev/.gemini/t.json",
    "cwd": "/home/dev/project",
    "hook_event_name": "BeforeTool",
    "timestamp": "2026-11-29T10:00:00Z",
    "tool_name": "run_shell_command",
    "tool_input": {"command": "npm test"},
}
CURSOR = {
    "conversation_id": "conv-123",
    "generation_id": "gen-456",
    "hook_event_name": "beforeShellExecution",
    "workspace_roots": ["/home/dev/project"],
    "command": "npm test",
    "cwd": "/home/dev/project",
}
COPILOT = {
    "sessionId": "c1",
    "timestamp": 1704614600000,
    "cwd": "/home/dev/project",
    "toolName": "bash",
    "toolArgs": '{"command":"npm test","description":"Run the tests"}',
}
BEFORE = {
    "claude-code": CLAUDE,
    "codex": {**CLAUDE, "model": "gpt-x", "turn_id": "t1"},
    "gemini": GEMINI,
    "cursor": CURSOR,
    "copilot": COPILOT,
}


def read(agent: str, payload: Any, **around: str) -> Event:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return read_event(agent, data, Surroundings(agent=agent, cwd="/home/dev/project", **around))


@pytest.mark.parametrize("agent", sorted(DIALECTS))
def test_every_agent_says_the_same_of_a_shell_command(agent: str) -> None:
    event = read(agent, BEFORE[agent])
    assert event.moment == "before"
    assert event.arguments["command"] == "npm test"
    assert event.root == "/home/dev/project"
    assert event.session


@pytest.mark.parametrize(
    ("agent", "verdict", "expected"),
    [
        ("claude-code", Verdict.ALLOW, {}),
        (
            "claude-code",
            Verdict.DENY,
            {
                "hookSpecificOutput": {
                    "hookEventName": "PreToolUse",
                    "permissionDecision": "deny",
                    "permissionDecisionReason": "why",
                }
            },
        ),
        ("gemini", Verdict.ALLOW, {}),
        ("gemini", Verdict.DENY, {"decision": "deny", "reason": "why"}),
        ("gemini", Verdict.HOLD, {"decision": "deny", "reason": "why"}),
        ("cursor", Verdict.ALLOW, {"permission": "allow"}),
        (
            "cursor",
            Verdict.HOLD,
            {"permission": "deny", "user_message": "why", "agent_message": "why"},
        ),
        ("copilot", Verdict.ALLOW, {}),
        (
            "copilot",
            Verdict.DENY,
            {"permissionDecision": "deny", "permissionDecisionReason": "why"},
        ),
    ],
)
def test_a_reply_has_the_form_that_the_agent_understands(
    agent: str, verdict: Verdict, expected: dict[str, Any]
) -> None:
    reply = write_reply(agent, read(agent, BEFORE[agent]), Answer(verdict=verdict, reason="why"))
    assert (reply.code, json.loads(reply.out)) == (0, expected)


@pytest.mark.parametrize("agent", sorted(DIALECTS))
@pytest.mark.parametrize("headless", [False, True])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_no_agent_is_ever_told_to_ask(agent: str, headless: bool, verdict: Verdict) -> None:
    """`ask` would let the requester approve its own action (law 6)."""
    event = read(agent, BEFORE[agent], entrypoint="sdk-cli" if headless else "cli")
    reply = write_reply(agent, event, Answer(verdict=verdict, reason="why", hold_id="h1"))
    assert '"ask"' not in reply.out
    assert (verdict is Verdict.ALLOW) == ("deny" not in reply.out and "defer" not in reply.out)


def test_a_hold_is_put_off_where_no_person_sits_before_the_agent() -> None:
    event = read("claude-code", CLAUDE, entrypoint="sdk-cli")
    reply = write_reply("claude-code", event, Answer(verdict=Verdict.HOLD, reason="r", hold_id="h"))
    assert json.loads(reply.out)["hookSpecificOutput"]["permissionDecision"] == "defer"


def test_a_call_that_people_approved_is_told_so() -> None:
    answer = Answer(verdict=Verdict.ALLOW, approved=True)
    reply = write_reply("claude-code", read("claude-code", CLAUDE), answer)
    assert json.loads(reply.out)["hookSpecificOutput"]["permissionDecision"] == "allow"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "json.syntax"),
        (b"\xff\xfe", "json.encoding"),
        (b"[]", "hook.payload"),
        (b'{"hook_event_name":"PreToolUse"}', "hook.payload"),
        (b'{"hook_event_name":"PreToolUse","tool_name":7}', "hook.payload"),
        (b'{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":[]}', "hook.payload"),
        (b'{"hook_event_name":"PreToolUse","hook_event_name":"Stop"}', "json.duplicate_key"),
        (b'{"hook_event_name":"PreToolUse","tool_name":"Bash","cwd":{}}', "hook.payload"),
        (b'{"tool_name":"Bash","tool_input":{"command":"ls"}}', "hook.payload"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_a_code(payload: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read("claude-code", payload)
    assert caught.value.code == code


def test_an_unknown_agent_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        read("nobody", CLAUDE)
    assert caught.value.code == "hook.agent"


@given(
    agent=st.sampled_from(sorted(DIALECTS)),
    key=st.sampled_from(
        [
            "session_id",
            "cwd",
            "hook_event_name",
            "tool_name",
            "tool_input",
            "tool_response",
            "workspace_roots",
            "command",
            "toolName",
            "toolArgs",
            "toolResult",
            "prompt",
        ]
    ),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)
def test_any_value_in_any_place_is_an_event_or_one_of_our_errors(
    agent: str, key: str, value: Any
) -> None:
    """Law 2: malformed input never ends in a traceback, which some agents take for a pass."""
    try:
        event = read(agent, {**BEFORE[agent], key: value})
    except GardefouError:
        return
    assert isinstance(event, Event)
