"""Fuzzes the payloads of coding agents: whatever comes in, a reply comes out, and no traceback.

Run: python fuzz/fuzz_hook.py -max_total_time=600   (needs `pip install atheris`)
The quick twin, without atheris, is tests/doors/hook/test_fuzz_hook.py.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from gardefou.doors.hook import DIALECTS, Desk, Settings, Surroundings, open_desk

AGENTS = tuple(sorted(DIALECTS))
_OPEN = ExitStack()
_DESKS: list[Desk] = []


def desk() -> Desk:
    """One desk for all inputs; opening it costs more than an input."""
    if not _DESKS:
        _DESKS.append(_OPEN.enter_context(open_desk(Settings(user="dev"), Path("/home/dev"))))
    return _DESKS[0]


def one_input(data: bytes) -> None:
    """One byte chooses the agent, one the shape; the rest is a payload, or a command in one."""
    if len(data) < 3:
        return
    agent = AGENTS[data[0] % len(AGENTS)]
    around = Surroundings(agent=agent, cwd="/home/dev/project", project="/home/dev/project")
    payload = data[2:]
    if data[1] % 2:
        command = payload.decode("utf-8", "replace")
        payload = json.dumps(
            {
                "hook_event_name": {"gemini": "BeforeTool", "cursor": "beforeShellExecution"}.get(
                    agent, "PreToolUse"
                ),
                "tool_name": "Bash",
                "toolName": "bash",
                "toolArgs": {"command": command},
                "tool_input": {"command": command},
                "command": command,
            }
        ).encode()
    reply = desk().answer(payload, around)
    if reply.code not in {0, 2}:
        raise AssertionError(f"the exit code {reply.code} lets the call pass")
    if reply.code == 0:
        json.loads(reply.out)


def main() -> None:
    """Hand over to the fuzzer."""
    import atheris  # noqa: PLC0415 - the twin test needs only `one_input`

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
