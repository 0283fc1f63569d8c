"""Our evaluators against Google's C++ evaluator, on random typed conditions.

Excluded, and nothing else: evaluations in which an integer, a time or a span leaves the 64-bit
range of CEL, where our integers are unbounded (ADR 0003). They are counted.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Any

from random_conditions import VOCABULARY, Foreign, Texts, environment

from gardefou.constitution.conditions import Node, compile_condition, from_json, to_json
from gardefou.decide._evaluate import UNKNOWN, evaluate, items_of
from gardefou.decide._generate import generate
from gardefou.errors import LoadError

CONDITIONS = int(os.environ.get("GARDEFOU_DIFFERENTIAL_CONDITIONS", "1600"))
PER_CONDITION = 16

_RANGES_US = {
    "int": (-(2**63), 2**63 - 1),
    "timestamp": (-62_135_596_800_000_000, 253_402_300_799_999_999),
    "duration": (-(2**63) // 1000, 2**63 // 1000),
}


def test_generated_functions_agree_with_googles_evaluator() -> None:
    """Law 3: the same condition means the same to us as to the language's own evaluator."""
    foreign = Foreign()
    source = random.Random(20261123)
    texts = Texts(7)
    environments = [environment(source) for _ in range(120)]
    data = [foreign.data(env) for env in environments]
    seen: Counter[str] = Counter()
    for number in range(CONDITIONS):
        text = texts.condition()
        node = from_json(to_json(compile_condition(text, VOCABULARY)))
        theirs = foreign.env.compile(text)
        ours = generate([(0, None), (number + 1, node)])
        for _ in range(PER_CONDITION):
            place = source.randrange(len(environments))
            env = environments[place]
            if _leaves_range(node, env, {}):
                seen["beyond 64 bits"] += 1
                continue
            result = theirs.eval(data=data[place])
            # The C++ evaluator gives errors as values: the type is asked first.
            if result.type() == foreign.bool:
                expected: Any = result.value() is True
            else:
                assert result.type() == foreign.error
                assert "other currency" in str(result.value()), (text, env)
                expected = UNKNOWN
            seen[str(expected)] += 1
            fired = [0, number + 1] if expected is True else [0]
            unevaluable = [number + 1] if expected is UNKNOWN else []
            assert ours(env) == (fired, unevaluable), (text, env)
            assert evaluate(node, env) is expected, (text, env)
    total = CONDITIONS * PER_CONDITION
    assert seen["beyond 64 bits"] <= total // 20, seen
    assert min(seen["True"], seen["False"]) >= total // 5, seen
    assert seen["UNKNOWN"] >= total // 100, seen


def test_what_the_loader_accepts_never_meets_an_absent_field() -> None:
    """Law 2: an optional field is only read where `has()` has said that it is there."""
    source = random.Random(3)
    texts = Texts(11)
    environments = [environment(source, currencies=("EUR",)) for _ in range(60)]
    loaded = refused = 0
    codes: set[str] = set()
    for _ in range(CONDITIONS):
        text = texts.condition(careless=True).replace(" USD", " EUR").replace("5 JPY", "5 EUR")
        try:
            node = compile_condition(text, VOCABULARY)
        except LoadError as error:
            codes |= {problem.code for problem in error.problems}
            refused += 1
            continue
        loaded += 1
        function = generate([(0, node)])
        for env in source.sample(environments, 20):
            assert function(env)[1] == [], (text, env)
    assert codes == {"conditions.unguarded"}
    assert min(loaded, refused) > CONDITIONS // 10, (loaded, refused)


def _leaves_range(node: Node, env: dict[str, Any], bound: dict[str, Any]) -> bool:
    """Whether any sum, difference or product in the tree lies beyond CEL's 64 bits."""
    if node.op in ("exists", "all", "exists_one"):
        values, body = node.args
        return _leaves_range(values, env, bound) or any(
            _leaves_range(body, env, {**bound, node.value: item})
            for item in items_of(values, env, bound)
        )
    if node.op in ("add", "sub", "mul", "neg"):
        value = evaluate(node, env, bound)
        least, most = _RANGES_US[node.type.kind]
        if value is not UNKNOWN and not least <= value <= most:
            return True
    return any(_leaves_range(arg, env, bound) for arg in node.args)
