"""Whatever is read as an instrument, a moment, a register or a proof, the answer is ours."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from order_texts import ORDER, WAIVER, contested, phased, text

FUZZ = Path(__file__).resolve().parents[2] / "fuzz" / "fuzz_orders.py"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("fuzz_orders", FUZZ)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TARGET = load()
TEXTS = [text(value) for value in (ORDER, WAIVER, contested(), phased())]


@given(st.binary(max_size=200))
@example(b'{"known": true, "instruments": [{"instrument": "order"}]}')
@example(b'{"known": true, "instruments": [1]}')
@example(b"bases: [{id: a, citation: b}]\nsubjects: [{developer: a}]\nstatus: []\nauthority: {}")
def test_any_bytes(data: bytes) -> None:
    TARGET.one_input(data)


@given(
    st.sampled_from(TEXTS),
    st.integers(0, 3_000),
    st.integers(0, 12),
    st.sampled_from(
        ['"', "{", "]", "\x00", "9", "é", "\ud800", "2027-02-30T00:00:00Z", "null", ""]
    ),
)
def test_broken_instruments(source: str, at: int, length: int, new: str) -> None:
    broken = source[:at] + new + source[at + length :]
    TARGET.one_instrument(broken)
    TARGET.one_input(broken.encode("utf-8", "surrogatepass"))
