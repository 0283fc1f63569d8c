"""The quick twin of fuzz/fuzz_mcp.py: the fuzzer's own function on seeds and random bytes."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

FUZZER: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[3] / "fuzz" / "fuzz_mcp.py"), run_name="fuzz_mcp"
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=20), max_size=6))
def test_random_lines_pass_and_let_no_call_through(lines: list[bytes]) -> None:
    """Law 2."""
    FUZZER["one_input"](b"\n".join(lines))
