"""The fuzzer's own checks, on the tests' bodies with pieces cut out, doubled and put in."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

from conversations import CHAT, MESSAGES, RESPONSES, chat_bodies, message_bodies
from hypothesis import given, settings
from hypothesis import strategies as st

import vendors

TARGET = Path(__file__).parents[3] / "fuzz" / "fuzz_translation.py"
CALLS = (vendors.CALL, vendors.OTHER)
PIECES = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"1e9", b"\xff", b"\n\n", b"data: ", b"[DONE]", b'"type":"text",', b"\\ud800"]  # fmt: skip
ANSWERS = [vendors.answer(wire, calls=CALLS) for wire in (CHAT, RESPONSES, MESSAGES)]
STREAMS = [b"".join(vendors.stream(wire, calls=CALLS)) for wire in (CHAT, RESPONSES, MESSAGES)]


def target() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_translation", TARGET)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FUZZ = target()


@st.composite
def spoilt(draw: st.DrawFn, bodies: st.SearchStrategy[Any]) -> bytes:
    body = draw(bodies)
    data: bytes = body if isinstance(body, bytes) else json.dumps(body).encode()
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        end = draw(st.integers(at, min(len(data), at + 40)))
        data = data[:at] + draw(st.sampled_from([b"", *PIECES, data[at:end] * 2])) + data[end:]
    return data


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 255),
    spoilt(st.sampled_from([*ANSWERS, *STREAMS]) | chat_bodies() | message_bodies()),
)
def test_no_bytes_break_the_translation(first: int, data: bytes) -> None:
    """Laws 2 and 7: an outcome or an error of ours, and the same one however a stream is cut."""
    FUZZ.one_input(bytes([first]) + data)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(FUZZ.PAIRS), spoilt(st.sampled_from(STREAMS)))
def test_no_spoilt_stream_breaks_it(pair: tuple[str, str], data: bytes) -> None:
    """Law 7, on streams alone."""
    FUZZ.one_stream(*pair, data)
