r"""Derivatives: what is left of an expression after one character (Brzozowski, with places).

A place is known by what stands before and after it: ``^`` the start, ``$`` the end, ``l`` a line
break, ``w`` a letter, digit or underscore, ``o`` anything else. So ``^ $ \b \B`` are exact.

Source: Brzozowski, Derivatives of Regular Expressions (1964).
"""

from __future__ import annotations

from gardefou.analysis.regular._expression import (
    EMPTY,
    NEVER,
    Expression,
    both,
    cat,
    complement,
    either,
    repeat,
)
from gardefou.analysis.regular._ranges import WORD, holds

START, END = "^", "$"
_WORD_CHARS = frozenset(char for low, high in WORD for char in range(low, high + 1))


def side(char: int) -> str:
    """What a character is to the places beside it."""
    if char > 127:
        return "o"
    return "l" if char == 10 else "w" if char in _WORD_CHARS else "o"


def is_null(expression: Expression, before: str, after: str) -> bool:
    """Whether the expression holds the empty text at such a place."""
    kind = expression.kind
    if kind in ("empty", "star"):
        return True
    if kind in ("never", "chars"):
        return False
    key = (before, after)
    found = expression.nulls.get(key)
    if found is None:
        found = expression.nulls[key] = _is_null(expression, before, after)
    return found


def _is_null(expression: Expression, before: str, after: str) -> bool:
    match expression.kind:
        case "cat" | "and":
            return all(is_null(part, before, after) for part in expression.parts)
        case "or":
            return any(is_null(part, before, after) for part in expression.parts)
        case "not":
            return not is_null(expression.parts[0], before, after)
        case "repeat":
            return expression.low == 0 or is_null(expression.parts[0], before, after)
        case _:
            return _stands(expression.word, before, after)


def _stands(word: str, before: str, after: str) -> bool:
    if word == "^":
        return before == START
    if word == "$":
        return after == END
    if word == "m^":
        return before in (START, "l")
    if word == "m$":
        return after in (END, "l")
    return ((before == "w") != (after == "w")) == (word == "b")


def derive(expression: Expression, before: str, char: int) -> Expression:
    """What must follow after a character, given what stood before it."""
    if expression.kind in ("never", "empty", "at"):
        return NEVER
    key = ("", char) if expression.kind == "chars" else (before, char)
    found = expression.derived.get(key)
    if found is None:
        found = expression.derived[key] = _derive(expression, before, char)
    return found


def _derive(expression: Expression, before: str, char: int) -> Expression:
    parts = expression.parts
    match expression.kind:
        case "chars":
            return EMPTY if holds(expression.ranges, char) else NEVER
        case "cat":
            rest = cat(derive(parts[0], before, char), parts[1])
            if is_null(parts[0], before, side(char)):
                return either([rest, derive(parts[1], before, char)])
            return rest
        case "or":
            return either([derive(part, before, char) for part in parts])
        case "and":
            return both([derive(part, before, char) for part in parts])
        case "not":
            return complement(derive(parts[0], before, char))
        case "star":
            return cat(derive(parts[0], before, char), expression)
        case _:
            return _derive_repeat(expression, before, char)


def _derive_repeat(expression: Expression, before: str, char: int) -> Expression:
    inner, low, high = expression.parts[0], expression.low, expression.high
    first = derive(inner, before, char)
    if first is NEVER:
        return NEVER
    # Turns that take nothing here may come first: each uses one up.
    skipped = range(low) if is_null(inner, before, side(char)) and low > 0 else range(1)
    return either(
        [cat(first, repeat(inner, max(low - 1 - k, 0), high - 1 - k)) for k in skipped if high > k]
    )


def may_be_empty_between(expression: Expression) -> bool:
    """Whether the expression holds the empty text inside a character that is no word's."""
    return is_null(expression, "o", "o")
