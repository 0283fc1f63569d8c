"""The quick twin of fuzz/fuzz_ingress.py: the fuzzer's own function on seeds and random bytes."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

FUZZER: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[3] / "fuzz" / "fuzz_ingress.py"), run_name="fuzz_ingress"
)
SEEDS = [
    b'"1 234,50 \xe2\x82\xac"',
    b'"Bob <bob@corp.example>, x@evil.example"',
    b'"https://u:p@evil.example:8443/%2e%2e/x?q#f"',
    b'"C:\\\\a\\\\..\\\\b"',
    b"sudo env A=1 bash -c 'rm x > y' && $(curl z) | sh <<EOF\n`id`\nEOF",
    b"with x as (delete from a returning *) select * from x; drop table b -- c",
    b'{"a": {"b": [1, 1.5, null, true, "x"]}}',
    b"[[[[[[[[[[]]]]]]]]]]",
    b"\xff\xfe\x00",
    b'{"a": 1, "a": 2}',
    b"2026-05-01T10:00:00+02:00",
]


@pytest.mark.parametrize("seed", SEEDS)
def test_seeds_of_every_kind_pass_every_label(seed: bytes) -> None:
    """law 2: a typed value or an InputError."""
    for role in range(len(FUZZER["NAMES"])):
        for type_ in range(len(FUZZER["TYPES"])):
            FUZZER["one_input"](bytes([role, type_, role + type_]) + seed)


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=3, max_size=40), st.sampled_from([b"", *SEEDS]))
def test_random_bytes_pass(data: bytes, seed: bytes) -> None:
    """law 2: a typed value or an InputError."""
    FUZZER["one_input"](data + seed)
