"""Fuzz target: no text of a condition leads to anything but a tree or a `LoadError`.

Run: ``python fuzz/fuzz_condition.py -max_total_time=600 corpus/`` (needs ``atheris``).
A text that compiles is also generated, evaluated and explained on an empty environment, where
every rule must come out as fired, not fired or unevaluable without an exception (law 2).
"""

from __future__ import annotations

import sys

from gardefou.constitution.conditions import (
    INT,
    Definition,
    Field,
    compile_condition,
    domain_type,
    from_json,
    to_json,
    vocabulary,
)
from gardefou.decide._evaluate import UNKNOWN, evaluate
from gardefou.decide._explain import explain
from gardefou.decide._generate import generate
from gardefou.errors import LoadError

VOCABULARY = vocabulary(
    effects=["pays"],
    facts={"paid": Field(domain_type("money")), "calls": Field(INT)},
    sets={"known": ["a.example"]},
    definitions={
        "large": Definition('args.amount.over("10 EUR")'),
        "loop": Definition("defs.loop"),
    },
)


def one_text(text: str) -> None:
    """The property, for one text."""
    try:
        node = compile_condition(text, VOCABULARY, file="fuzz.md", line=3, column=5)
    except LoadError as error:
        if not error.problems or any(p.line < 3 or p.column < 1 for p in error.problems):
            raise AssertionError(f"a problem without a place: {error}") from error
        return
    if from_json(to_json(node)) != node:
        raise AssertionError("a tree changed in storage")
    fired, unevaluable = generate([(0, node)])({})
    result = evaluate(node, {})
    if (fired, unevaluable) != ([0] * (result is True), [0] * (result is UNKNOWN)):
        raise AssertionError("the two evaluators differ")
    explain(node, {})


def one_input(data: bytes) -> None:
    """What the fuzzer calls."""
    one_text(data.decode("utf-16-le" if len(data) % 4 == 2 else "utf-8", "replace"))


if __name__ == "__main__":
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
