"""Fuzzes the translation between wires: any bytes become a body, an answer or an error of ours.

Run: python fuzz/fuzz_translation.py -max_total_time=600 CORPUS   (needs `pip install atheris`)
The quick twin, without atheris, is tests/wires/translation/test_fuzz.py.
"""

from __future__ import annotations

import json
import sys

from gardefou.errors import InputError
from gardefou.wires.translation import TRANSLATED, translation

PAIRS = tuple((a, b) for a in TRANSLATED for b in TRANSLATED if a != b)
CODES = ("translate.", "wire.")


def one_request(caller: str, served: str, body: bytes) -> None:
    """A request: a JSON body for the other wire, which translates back, or an error of ours."""
    there = translation(caller, served)
    back = translation(served, caller)
    try:
        made = there.request(body, model="m", max_tokens_default=9)
    except InputError as error:
        if not error.code.startswith(CODES):
            raise AssertionError(f"a code of another room: {error.code}") from error
        return
    assert isinstance(json.loads(made.body), dict), "no object"
    again = back.request(made.body, model="m", max_tokens_default=9)
    assert isinstance(json.loads(again.body), dict), "no object on the way back"


def one_answer(caller: str, served: str, body: bytes) -> None:
    """An answer: JSON for the caller, or `translate.answer`."""
    try:
        made = translation(caller, served).answer(body)
    except InputError as error:
        if error.code != "translate.answer":
            raise AssertionError(f"another code for an answer: {error.code}") from error
        return
    assert isinstance(json.loads(made.body), dict), "no object"


def one_stream(caller: str, served: str, data: bytes) -> None:
    """A stream: the same bytes in one piece and cut at every third byte (law 7)."""
    whole = translation(caller, served).stream()
    cut = translation(caller, served).stream()
    expected = whole.feed(data) + whole.close()
    pieces = [cut.feed(data[at : at + 3]) for at in range(0, len(data), 3)]
    assert b"".join([*pieces, cut.close()]) == expected, "another outcome when cut"
    assert whole.is_broken == cut.is_broken


def one_input(data: bytes) -> None:
    """What the fuzzer calls: the first byte chooses the wires and what the rest is."""
    if not data:
        return
    caller, served = PAIRS[data[0] % len(PAIRS)]
    check = (one_request, one_answer, one_stream)[data[0] // len(PAIRS) % 3]
    check(caller, served, data[1:])
    reply = translation(caller, served).error(400 + data[0] % 200, data[1:])
    assert isinstance(json.loads(reply.body), dict), "no error body"


if __name__ == "__main__":
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
