"""Whatever comes, the answer is a value or one of our errors; an answer is the same however cut."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path
from types import ModuleType

from hypothesis import example, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[3]


def target() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_gateway", ROOT / "fuzz/fuzz_gateway.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FUZZ = target()
LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"content-length: 3\r\n",
        b"content-length: 0\r\n",
        b"transfer-encoding: chunked\r\n",
        b"connection: close\r\n",
        b"\r\n",
        b"abc",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"\n",
        b"x: \x00\r\n",
    ]
)
TABLES = st.sampled_from(
    [
        b"[server]\n",
        b"processes = 2\n",
        b"listen = 7\n",
        b"[[budgets]]\n",
        b"tenant = 'x'\n",
        b"]\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.lists(TABLES, max_size=8).map(b"".join)))
def test_settings_are_whole_or_refused_with_a_code(data: bytes) -> None:
    FUZZ.one_text(data)
    FUZZ.one_text(FUZZ.GOOD + data)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=9), st.lists(st.integers(0, 120), max_size=6))
@example([b"HTTP/1.1 200 OK\r\n", b"content-length: 3\r\n", b"\r\n", b"abc"], [17, 30])
def test_an_answer_is_the_same_however_it_is_cut(lines: list[bytes], cuts: list[int]) -> None:
    data = b"".join(lines)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places) if a < b]
    status, body, code = FUZZ.one_answer([data] if data else [])
    cut_status, cut_body, cut_code = FUZZ.one_answer(pieces)
    assert (cut_status, cut_code == "") == (status, code == "")
    assert cut_body == body or code
