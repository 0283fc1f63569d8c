"""Regular expressions with conjunction and complement, as interned values.

Equal expressions are one object, so that the search for a witness recognises where it has been.
``at`` is an assertion about a place: ``^`` start, ``$`` end, ``m^`` and ``m$`` of a line, ``b`` and
``B`` a border of an ASCII word or none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from gardefou.analysis.regular._ranges import ALL_CHARS, Ranges, before_lowering

Kind = Literal["never", "empty", "chars", "cat", "or", "and", "not", "star", "repeat", "at"]


class Expression:
    """One expression; made by the functions below, never directly."""

    __slots__ = (
        "__weakref__",
        "derived",
        "high",
        "kind",
        "low",
        "nulls",
        "parts",
        "ranges",
        "word",
    )

    def __init__(
        self,
        kind: Kind,
        parts: tuple[Expression, ...],
        ranges: Ranges,
        word: str,
        bounds: tuple[int, int],
    ) -> None:
        """Fill in one kind's fields; ``derived`` and ``nulls`` remember what was worked out."""
        self.kind = kind
        self.parts = parts
        self.ranges = ranges
        self.word = word
        self.low, self.high = bounds
        self.derived: dict[tuple[str, int], Expression] = {}
        self.nulls: dict[tuple[str, str], bool] = {}


_MADE: dict[tuple[object, ...], Expression] = {}
_MOST = 400_000


def _make(
    kind: Kind,
    parts: tuple[Expression, ...] = (),
    ranges: Ranges = (),
    word: str = "",
    bounds: tuple[int, int] = (0, 0),
) -> Expression:
    key = (kind, frozenset(parts) if kind in ("or", "and") else parts, ranges, word, bounds)
    found = _MADE.get(key)
    if found is None:
        found = _MADE[key] = Expression(kind, parts, ranges, word, bounds)
    return found


def forget_if_full() -> None:
    """Bound the memory between two questions; expressions that live on stay valid."""
    if len(_MADE) > _MOST:
        _MADE.clear()
        for kept in (NEVER, EMPTY, ANY_CHAR, EVERYTHING):
            _MADE[kept.kind, kept.parts, kept.ranges, "", (0, 0)] = kept


NEVER: Final = _make("never")
EMPTY: Final = _make("empty")
ANY_CHAR: Final = _make("chars", ranges=ALL_CHARS)
EVERYTHING: Final = _make("star", (ANY_CHAR,))


def chars(ranges: Ranges) -> Expression:
    """One character of a set."""
    return _make("chars", ranges=ranges) if ranges else NEVER


def at(word: str) -> Expression:
    """An assertion about a place."""
    return _make("at", word=word)


def cat(first: Expression, second: Expression) -> Expression:
    """One after the other."""
    if first is NEVER or second is NEVER:
        return NEVER
    if first is EMPTY:
        return second
    if second is EMPTY:
        return first
    if first.kind == "cat":
        return cat(first.parts[0], cat(first.parts[1], second))
    if first is EVERYTHING and second is EVERYTHING:
        return EVERYTHING
    return _make("cat", (first, second))


def either(options: Iterable[Expression]) -> Expression:
    """Any of the options."""
    flat: dict[Expression, None] = {}
    for option in options:
        flat.update(dict.fromkeys(option.parts if option.kind == "or" else (option,)))
    flat.pop(NEVER, None)
    if EVERYTHING in flat:
        return EVERYTHING
    if len(flat) < 2:
        return next(iter(flat), NEVER)
    return _make("or", tuple(flat))


def both(options: Iterable[Expression]) -> Expression:
    """All of the options at once."""
    flat: dict[Expression, None] = {}
    for option in options:
        flat.update(dict.fromkeys(option.parts if option.kind == "and" else (option,)))
    flat.pop(EVERYTHING, None)
    if NEVER in flat:
        return NEVER
    if len(flat) < 2:
        return next(iter(flat), EVERYTHING)
    return _make("and", tuple(flat))


def star(inner: Expression) -> Expression:
    """Any number of times."""
    if inner in (NEVER, EMPTY):
        return EMPTY
    return inner if inner.kind == "star" else _make("star", (inner,))


def repeat(inner: Expression, low: int, high: int) -> Expression:
    """At least ``low`` and at most ``high`` times; below zero there is no upper bound."""
    if high < 0:
        unbounded = star(inner)
        return unbounded if low == 0 else cat(repeat(inner, low, low), unbounded)
    if high == 0 or inner is EMPTY:
        return EMPTY
    if inner is NEVER:
        return EMPTY if low == 0 else NEVER
    return inner if (low, high) == (1, 1) else _make("repeat", (inner,), bounds=(low, high))


def complement(inner: Expression) -> Expression:
    """Everything else."""
    if inner.kind == "not":
        return inner.parts[0]
    if inner is NEVER:
        return EVERYTHING
    return NEVER if inner is EVERYTHING else _make("not", (inner,))


def text(value: str) -> Expression:
    """Exactly this text."""
    result = EMPTY
    for char in reversed(value):
        result = cat(chars(((ord(char), ord(char)),)), result)
    return result


def unlowered(expression: Expression, made: dict[Expression, Expression]) -> Expression:
    """The texts that ``lowerAscii`` turns into one of the expression's; borders stay where they are."""
    found = made.get(expression)
    if found is not None:
        return found
    parts = [unlowered(part, made) for part in expression.parts]
    match expression.kind:
        case "chars":
            result = chars(before_lowering(expression.ranges))
        case "cat":
            result = cat(parts[0], parts[1])
        case "or":
            result = either(parts)
        case "and":
            result = both(parts)
        case "not":
            result = complement(parts[0])
        case "star":
            result = star(parts[0])
        case "repeat":
            result = repeat(parts[0], expression.low, expression.high)
        case _:
            result = expression
    made[expression] = result
    return result
