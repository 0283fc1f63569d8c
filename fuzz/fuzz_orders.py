"""Fuzz target: whatever is read, the answer is an instrument or a list of mistakes.

Run with atheris, which is no dependency of the project:

    pip install atheris
    python fuzz/fuzz_orders.py -max_total_time=600 CORPUS

`tests/orders/test_fuzz.py` runs the same entry points with Hypothesis.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from gardefou.errors import GardefouError, InputError, LoadError, VerificationError
from gardefou.ledger import make_key
from gardefou.orders import (
    Register,
    check_bundle,
    digest_of,
    load_instrument,
    moment,
)

E = TypeVar("E", bound=GardefouError)

_KEYS = make_key("fuzz", seeds=(bytes(32),)).verifiers


def one_instrument(data: bytes | str) -> None:
    """Read it: the same instrument twice, which survives being kept, or problems with a way out."""
    refused = _refusal(lambda: load_instrument(data, file="x.yaml"), LoadError)
    if refused is not None:
        assert refused.problems, "refused without a problem"
        for problem in refused.problems:
            assert problem.code, problem
            assert problem.help or problem.expected, problem
            assert "\n" not in problem.message + problem.help, problem
        return
    found = load_instrument(data, file="x.yaml")
    again = Register.from_document(Register([found]).document())
    assert digest_of(again.instruments[0]) == digest_of(found), "keeping it changes it"


def one_input(data: bytes) -> None:
    """Treat the bytes as an instrument, as a part of one, as a moment, a register and a proof."""
    one_instrument(data)
    text = data.decode("utf-8", "surrogateescape")
    head = "instrument: order\nformat: 1\nid: x\nversion: 1\ntitle: x\nkind: cease_use\n"
    one_instrument(head + text)
    refused = _refusal(lambda: moment(text), InputError)
    assert refused is None or refused.code.startswith("order.time"), refused
    _refusal(lambda: Register.from_document(data), VerificationError)
    assert _refusal(lambda: check_bundle(data, _KEYS, _KEYS), VerificationError) is not None


def _refusal(read: Callable[[], object], kind: type[E]) -> E | None:
    """The one error that may come, or None."""
    try:
        read()
    except kind as error:
        return error
    return None


def main() -> None:
    """Hand over to the fuzzer."""
    import atheris  # noqa: PLC0415 - only this entry point needs it

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
