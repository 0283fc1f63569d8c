"""Whatever a client or a vendor sends, a wire reads it or says one of our errors.

The properties are those of ``fuzz/fuzz_wires.py``, on conversations that are mutated: a value is
replaced by an odd one or by a piece of another conversation, a key is added, taken out or renamed.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import sse
from wire_seeds import ANSWERS, EVENTS, REQUESTS

from gardefou.wires import RELEASE, WIRES, Answer

ODD = [None, True, 0, -1, 7, 2**70, 1.5, "", "x", "tool_use", "message", [], {}, [[]], [None],
       {"type": "tool_use", "name": "n"}, {"type": "teleport"}, "é\u2028支"]  # fmt: skip
NAMES = sorted(WIRES)


def load_target() -> ModuleType:
    path = Path(__file__).parents[2] / "fuzz" / "fuzz_wires.py"
    spec = importlib.util.spec_from_file_location("fuzz_wires", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TARGET = load_target()


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with a key or a position in it."""
    found: list[tuple[Any, Any]] = []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    for key in keys:
        found.append((value, key))
        if isinstance(value[key], (dict, list)):
            found += places(value[key])
    return found


def mutated(value: Any, rng: random.Random, times: int) -> Any:
    value = copy.deepcopy(value)
    for _ in range(times):
        spots = places(value)
        if not spots:
            break
        container, key = rng.choice(spots)
        other, inner = rng.choice(spots)
        change = rng.randrange(5)
        if change == 0:
            container[key] = copy.deepcopy(rng.choice(ODD))
        elif change == 1:
            del container[key]
        elif change == 2:
            container[key] = copy.deepcopy(other[inner])
        elif isinstance(container, dict):
            name = str(inner) if change == 3 else str(key).title()
            container[name] = copy.deepcopy(container[key])
        else:
            container.append(copy.deepcopy(container[key]))
    return value


def text(value: Any, rng: random.Random) -> bytes:
    separators = rng.choice([(",", ":"), (", ", ": ")])
    return json.dumps(value, ensure_ascii=rng.random() < 0.5, separators=separators).encode()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=400, deadline=None)
@given(seed=st.integers(0, 2**32), times=st.integers(0, 4))
def test_requests(name: str, seed: int, times: int) -> None:
    rng = random.Random(seed)
    body = text(mutated(rng.choice(REQUESTS[name]), rng, times), rng)
    TARGET.one_request(WIRES[name], body)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=400, deadline=None)
@given(seed=st.integers(0, 2**32), times=st.integers(0, 4))
def test_answers(name: str, seed: int, times: int) -> None:
    rng = random.Random(seed)
    body = text(mutated(rng.choice(ANSWERS[name]), rng, times), rng)
    TARGET.one_answer(WIRES[name], body)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=500, deadline=None)
@given(seed=st.integers(0, 2**32), times=st.integers(0, 3), moves=st.integers(0, 3))
def test_streams(name: str, seed: int, times: int, moves: int) -> None:
    """Law 7, on streams that no vendor would send."""
    rng = random.Random(seed)
    events = [*EVENTS[name]]
    for _ in range(moves):
        chosen = rng.choice(events)
        if rng.random() < 0.5:
            events.remove(chosen)
        else:
            events.insert(rng.randrange(len(events) + 1), chosen)
    for _ in range(times):
        at = rng.randrange(len(events))
        if isinstance(events[at], dict):
            events[at] = mutated(events[at], rng, 1)
    data = sse(events, end=rng.choice(["\n", "\r\n", "\r"]))
    TARGET.one_stream(WIRES[name], data, seed)


@pytest.mark.parametrize("name", NAMES)
def test_the_conversations_that_are_mutated_are_right(name: str) -> None:
    """Else the properties would only be tried on streams that break at once."""
    outcome = TARGET.Outcome(WIRES[name], [sse(EVENTS[name])], RELEASE)
    assert isinstance(outcome.end, Answer)
    assert outcome.calls
    for body in REQUESTS[name]:
        assert WIRES[name].read_request(json.dumps(body).encode()).items
    for body in ANSWERS[name]:
        assert WIRES[name].read_answer(json.dumps(body).encode()).calls


FORM = (
    b'multipart/form-data; boundary=x\n--x\r\ncontent-disposition: form-data; name="model"\r\n\r\n'
    b"whisper-1\r\n--x--"
)


@settings(max_examples=500, deadline=None)
@given(seed=st.integers(0, 2**32), times=st.integers(0, 4))
def test_values_and_forms(seed: int, times: int) -> None:
    rng = random.Random(seed)
    TARGET.one_value(text(mutated(rng.choice(list(REQUESTS.values())), rng, times), rng))
    form = bytearray(FORM)
    for _ in range(times):
        form[rng.randrange(len(form))] = rng.randrange(256)
    TARGET.one_form(bytes(form))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    TARGET.one_input(data)
