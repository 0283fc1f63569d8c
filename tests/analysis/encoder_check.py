"""The encoder against the evaluator: the same condition and the same values, asked of both."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from typing import Any

from random_conditions import VOCABULARY, Texts, environment

from gardefou.analysis._encode import Encoder
from gardefou.analysis._pool import Pool
from gardefou.analysis._slots import reserve
from gardefou.analysis._solve import z3_library
from gardefou.analysis._terms import text_of
from gardefou.analysis._world import World
from gardefou.analysis.regular import has, language
from gardefou.constitution.conditions import Node, compile_condition
from gardefou.decide._evaluate import UNKNOWN, evaluate

_INDEX = re.compile(r"\[(\d+)\]")
MISSING = object()


def read(env: Any, key: str) -> Any:
    """The value at a key of the pool, or MISSING."""
    here = env
    for part in key.split("."):
        name, *indices = _INDEX.sub(r"\0\1", part).split("\0")
        is_record = isinstance(here, dict)
        here = here.get(name, MISSING) if is_record else getattr(here, name, MISSING)
        for index in indices:
            here = here[int(index)] if here is not MISSING and int(index) < len(here) else MISSING
        if here is MISSING:
            return MISSING
    return here


def assignment(pool: Pool, env: dict[str, Any]) -> list[tuple[str, Any]]:
    """What every variable of the pool is for these values; free truths are left out."""
    found: list[tuple[str, Any]] = []
    for key, known in pool.properties.items():
        value = read(env, key)
        if value is not MISSING:
            found += [(symbol, has(value, language(prop))) for prop, symbol in known.items()]
        if key in pool.lengths and value is not MISSING:
            found.append((pool.lengths[key], len(value)))
    for (first, second), symbol in pool.equals.items():
        a, b = read(env, first), read(env, second)
        if MISSING not in (a, b):
            found.append((symbol, a == b))
    for symbol, (key, sort) in pool.keys.items():
        if key.startswith("? "):
            continue
        if key.endswith(" single"):
            found.append((symbol, True))
        elif key.endswith("] ?") or (key.endswith(" ?") and sort == "Bool"):
            found.append((symbol, read(env, key[:-2]) is not MISSING))
        elif key.endswith(" size"):
            value = read(env, key[:-5])
            found.append((symbol, 0 if value is MISSING else len(value)))
        elif " " not in key:
            value = read(env, key)
            if value is not MISSING:
                found.append((symbol, value))
    return found


class Checked:
    """One condition, encoded; `agrees` compares one evaluation."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.pool = Pool()
        world = World(kind="tool.call", is_call=True, tool=None)
        reserve(self.pool, [(node, world.key)])
        # A list of the environment has at most three items; here each needs a slot.
        self.pool.wanted_slots = {k: max(3, n) for k, n in self.pool.wanted_slots.items()}
        self.truth = Encoder(self.pool, world).condition(node)
        z3 = self.z3 = z3_library()
        self.solver = z3.SimpleSolver()
        lines = [self.pool.script(), "(declare-const yes Bool)", "(declare-const no Bool)"]
        lines += [
            f"(assert (= yes {text_of(self.truth.yes)}))",
            f"(assert (= no {text_of(self.truth.no)}))",
        ]
        self.solver.add(z3.parse_smt2_string("\n".join(lines)))

    def agrees(self, env: dict[str, Any]) -> bool:
        """Whether the solver is forced to what the evaluator says."""
        z3 = self.z3
        expected = evaluate(self.node, env)
        assumed = []
        for symbol, value in assignment(self.pool, env):
            sort = self.pool.sorts[symbol]
            if sort == "Bool":
                assumed.append(z3.Bool(symbol) if value else z3.Not(z3.Bool(symbol)))
            elif sort == "Int":
                assumed.append(z3.Int(symbol) == value)
            else:
                assumed.append(z3.Real(symbol) == z3.Q(*Fraction(value).as_integer_ratio()))
        yes, no = z3.Bool("yes"), z3.Bool("no")
        if expected is UNKNOWN:
            right = z3.And(z3.Not(yes), z3.Not(no))
        else:
            right = z3.And(yes, z3.Not(no)) if expected else z3.And(no, z3.Not(yes))
        if self.solver.check(*assumed, right) != z3.sat:
            return False
        return bool(self.pool.frees) or self.solver.check(*assumed, z3.Not(right)) == z3.unsat


def compare(
    pairs: int, seed: int, per_condition: int = 25
) -> tuple[int, list[tuple[str, Any]], int]:
    """How many pairs were compared, those that differ, and how many had a part left open."""
    source = random.Random(seed)
    texts = Texts(seed)
    environments = [environment(source) for _ in range(150)]
    for env in environments:
        env["facts"]["calls"] = abs(env["facts"]["calls"])  # a book counts from zero
    done, opened = 0, 0
    differ: list[tuple[str, Any]] = []
    while done < pairs:
        text = texts.condition()
        checked = Checked(compile_condition(text, VOCABULARY))
        for env in source.sample(environments, per_condition):
            done += 1
            opened += bool(checked.pool.frees)
            if not checked.agrees(env):
                differ.append((text, env))
    return done, differ, opened
