"""The smallest action: from one that the solver found to one without anything that is not needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gardefou.analysis._solve import Found, Question
from gardefou.analysis._terms import Term

_MOST_TRIES = 60


def smallest(question: Question, goals: Sequence[Term], found: Found) -> Found:
    """Plain paths, shorter lists, absent fields, smaller numbers, as long as the goals hold."""
    pool = question.pool
    held: list[Any] = []
    tries = 0

    def better(extra: list[Any]) -> Found | None:
        nonlocal tries
        tries += 1
        if tries > _MOST_TRIES:
            return None
        status, new = question.ask(goals, [*held, *extra])
        return new if status == "found" else None

    # Arguments can be made for a path whose place is plain; of others the solver knows too little.
    told = [told for folders in pool.places.values() for _, told in folders.values()]
    if any(found.truths.get(symbol) for symbol in told):
        assumptions = [question.is_value(symbol, value=False) for symbol in told]
        new = better(assumptions)
        if new is not None:
            found = new
            held += assumptions
    sizes = list(pool.sizes.values())
    numbers = sizes + [s for s, (_, sort) in pool.keys.items() if sort == "Int" and s not in sizes]
    for symbol in numbers:
        found, limits = _least(question, symbol, found, better)
        held += limits
    for symbol, (key, sort) in pool.keys.items():
        is_flag = sort == "Bool" and found.truths.get(symbol)
        if is_flag and (key.endswith(" ?") or key.startswith(("intent.", "effect."))):
            assumption = question.is_value(symbol, value=False)
            new = better([assumption])
            if new is not None:
                found = new
                held.append(assumption)
    return found


def _least(question: Question, symbol: str, found: Found, better: Any) -> tuple[Found, list[Any]]:
    """The value nearest to zero, by halving."""
    value = found.numbers.get(symbol)
    if value is None:
        return found, []
    value = int(value)
    low, high = (0, value) if value >= 0 else (value, 0)
    if low == high:
        return found, question.bound(symbol, value, value)
    new = better(question.bound(symbol, 0, 0))
    if new is not None:
        return new, question.bound(symbol, 0, 0)
    while low < high:
        middle = (low + high) // 2
        limits = (low, middle) if value >= 0 else (middle + 1, high)
        new = better(question.bound(symbol, *limits))
        if new is None:
            low, high = (middle + 1, high) if value >= 0 else (low, middle)
            continue
        found = new
        got = int(found.numbers.get(symbol, limits[0]))
        low, high = (low, min(got, middle)) if value >= 0 else (max(got, middle + 1), high)
    got = int(found.numbers.get(symbol, value))
    return found, question.bound(symbol, got, got)
