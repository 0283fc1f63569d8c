"""The quick twin of fuzz/fuzz_hook.py: the fuzzer's own function on seeds and random bytes."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

FUZZER: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[3] / "fuzz" / "fuzz_hook.py"), run_name="fuzz_hook"
)
SEEDS = [
    b"rm -rf $(echo /) && cd ../.. ; find . -exec rm {} \\;",
    b"git -C x push -f origin +main:refs/heads/y \xff",
    b"cat <<'E' | sh\nrm -rf ~\nE",
    b'{"hook_event_name":"PreToolUse","tool_name":"Write","tool_input":{"file_path":"\\u0000"}}',
    b'{"hook_event_name":"PreToolUse","tool_name":"apply_patch","tool_input":{"command":[1]}}',
    b'{"hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{},"tool_response":1e400}',
    b'{"toolName":"bash","toolArgs":"{\\"command\\":[\\"rm\\",\\"/\\"]}"}',
    b'{"hook_event_name":"beforeReadFile","file_path":{},"workspace_roots":[]}',
]


@pytest.mark.parametrize("seed", SEEDS)
def test_seeds_pass_for_every_agent(seed: bytes) -> None:
    """Law 2: a reply that the agent understands, or a block."""
    for agent in range(len(FUZZER["AGENTS"])):
        for shape in range(2):
            FUZZER["one_input"](bytes([agent, shape]) + seed)


@settings(max_examples=150, deadline=None)
@given(st.binary(min_size=3, max_size=30), st.sampled_from([b"", *SEEDS]))
def test_random_bytes_pass(data: bytes, seed: bytes) -> None:
    """Law 2."""
    FUZZER["one_input"](data + seed)
