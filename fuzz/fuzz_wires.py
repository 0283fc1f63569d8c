"""Fuzz target: whatever a client or a vendor sends, a wire reads it or says one of our errors.

Run with atheris, which is no dependency of the project:

    pip install atheris
    python fuzz/fuzz_wires.py -max_total_time=600 CORPUS

`tests/wires/test_fuzz.py` runs the same properties with Hypothesis, on mutated conversations.

1. A request that is read can be edited, and what comes out is read again; an edit is never made
   twice.
2. An answer whose calls are all released is the same bytes; when all are refused, no call is left.
3. A stream gives the same bytes and calls however it is cut (law 7); when all calls are refused,
   what comes out proposes none, and ends with an error or as complete.
4. Strict JSON is what another reader reads too, and where that one sees a key twice it is refused.
5. The model of a form or of any other body is a printable name, or an error of ours; so is an
   endpoint for any path.
"""

from __future__ import annotations

import json
import random
import sys

from gardefou.errors import InputError
from gardefou.wires import (
    RELEASE,
    WIRES,
    Answer,
    Broken,
    Call,
    Finished,
    Proposed,
    Release,
    Request,
    Ruling,
    Wire,
    endpoint_for,
    model_in,
)
from gardefou.wires._json import strict

REFUSE = Ruling(action="refuse", text="no")
NAMES = tuple(WIRES)


def one_request(wire: Wire, body: bytes) -> None:
    """Property 1."""
    try:
        request = wire.read_request(body)
    except InputError:
        return
    for edited in (wire.with_model(body, "other"), wire.with_usage(body)):
        again = wire.read_request(edited)
        if (again.items, again.tools) != (request.items, request.tools):
            raise AssertionError("an edit changed the conversation")
    once = wire.with_system(body, "the constitution")
    if wire.with_system(once, "the constitution") != once:
        raise AssertionError("the constitution was added twice")
    wire.read_request(once)
    wire.interceptor(request)


def one_answer(wire: Wire, body: bytes) -> None:
    """Property 2."""
    try:
        answer = wire.read_answer(body)
    except InputError:
        return
    if wire.render_answer(body, answer, {call.key: RELEASE for call in answer.calls}) != body:
        raise AssertionError("a released answer changed")
    left = wire.read_answer(wire.render_answer(body, answer, {}))
    if left.calls:
        raise AssertionError(f"a refused call is left: {left.calls}")


def one_value(body: bytes) -> None:
    """Property 4: the quick look for keys that stand twice, beside the slow one."""
    doubled = False

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal doubled
        doubled = doubled or len(dict(pairs)) != len(pairs)
        return dict(pairs)

    try:
        value = strict(body)
    except InputError as error:
        _ours(error)
        return
    again = json.loads(body, object_pairs_hook=once)
    assert not doubled, "a key that stands twice was let pass"
    assert again == value, "another reader reads something else"


def _ours(error: InputError) -> None:
    if not error.code.startswith("wire."):
        raise AssertionError(f"a code of another room: {error.code}") from error


def one_form(body: bytes) -> None:
    """Property 5; the first line is the content type."""
    head, _, rest = body.partition(b"\n")
    try:
        model = model_in(rest, head.decode("latin-1"))
    except InputError as error:
        _ours(error)
    else:
        assert isinstance(model, str), model
    endpoint_for("POST", "/" + head.decode("latin-1"))


class Outcome:
    """What a stream came to."""

    def __init__(self, wire: Wire, chunks: list[bytes], ruling: Ruling) -> None:
        self.out = b""
        self.calls: list[Call] = []
        self.end: Answer | Broken | None = None
        self._reader = wire.interceptor(Request(wire=wire.name, model="m", stream=True))
        self._ruling = ruling
        for chunk in chunks:
            self._take(self._reader.feed(chunk))
        self._take(self._reader.close())

    def _take(self, steps: list[object]) -> None:
        proposed = []
        for step in steps:
            if isinstance(step, Release):
                self.out += step.data
            elif isinstance(step, Proposed):
                proposed.append(step.call)
            elif isinstance(step, Finished):
                self.end = step.answer
            elif isinstance(step, Broken):
                self.end = step
        self.calls += proposed
        for call in proposed:
            self._take(self._reader.rule(call.key, self._ruling))


def one_stream(wire: Wire, data: bytes, seed: int) -> None:
    """Property 3; the data must have no comments or pings, whose place may differ."""
    places = sorted(random.Random(seed).randrange(len(data) + 1) for _ in range(seed % 9))
    cuts = [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
    for ruling in (RELEASE, REFUSE):
        whole, cut = Outcome(wire, [data], ruling), Outcome(wire, cuts, ruling)
        if whole.end is None:
            raise AssertionError("a stream came to no end")
        if (whole.out, whole.calls, whole.end) != (cut.out, cut.calls, cut.end):
            raise AssertionError("cutting a stream changed it")
    left = Outcome(wire, [whole.out], RELEASE)
    if left.calls:
        raise AssertionError(f"a refused call is left: {left.calls}")


def one_input(data: bytes) -> None:
    """What the fuzzer calls: two bytes choose the wire, the property and the cutting."""
    if len(data) < 2:
        return
    wire = WIRES[NAMES[data[0] % len(NAMES)]]
    what, body = data[0] // len(NAMES) % 5, data[2:]
    if what == 0:
        one_request(wire, body)
    elif what == 1:
        one_answer(wire, body)
    elif what == 3:
        one_value(body)
    elif what == 4:
        one_form(body)
    elif b"\n:" not in body and b"\r:" not in body and b"ping" not in body:
        one_stream(wire, body, data[1])


if __name__ == "__main__":
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
