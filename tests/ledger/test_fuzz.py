"""The fuzz target's property on mutated examples, so that the test run holds it as well."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gardefou.ledger._checkpoint import Checkpoint, Proof

from .conftest import KEY

TARGET = Path(__file__).parent.parent.parent / "fuzz" / "fuzz_ledger.py"
TEXT = Checkpoint(KEY.name, 5, bytes(32)).text
NOTE = str(KEY.note(TEXT))
EXAMPLES = [
    NOTE.encode(),
    TEXT.encode(),
    KEY.verifiers[0].vkey.encode(),
    str(Proof(3, (bytes(32),) * 3, NOTE)).encode(),
    f"log {KEY.verifiers[0].vkey}\nquorum none\n".encode(),
    b"tile/0/x001/234.p/5",
    b'{"v":1,"kind":"vote","at_us":5,"data":{"a":[1,"x"]}}',
    b'{"v":1,"kind":"vote","at_us":5,"data":{"a":"\xf8"}}',
    b"\x02\x00\x01a\x00\x02bc",
]


@pytest.fixture(scope="module")
def target() -> Any:
    spec = importlib.util.spec_from_file_location("fuzz_ledger", TARGET)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_themselves_pass(target: Any, example: bytes) -> None:
    target.one_input(example)


@given(
    example=st.sampled_from(EXAMPLES),
    at=st.integers(0, 400),
    cut=st.integers(0, 8),
    put=st.binary(max_size=8),
)
@settings(max_examples=1_000, deadline=None)
def test_no_mutation_leads_to_anything_but_a_value_or_our_error(
    target: Any, example: bytes, at: int, cut: int, put: bytes
) -> None:
    at %= len(example) + 1
    target.one_input(example[:at] + put + example[at + cut :])
