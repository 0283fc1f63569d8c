"""Is there one text with exactly these properties? Decided exactly, with a shortest witness.

1. Every property of a text against a literal is a regular language; a set of them, and of their
   negations, is one expression, searched breadth first by derivatives.
2. Characters that no expression tells apart are one: one of each kind is tried, readable ones first.
3. After `MOST_STATES` the answer is unknown, which is never taken for "none".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from gardefou.analysis.regular._derive import END, START, derive, is_null, side
from gardefou.analysis.regular._expression import NEVER, Expression, both, forget_if_full
from gardefou.analysis.regular._ranges import ALL_CHARS, NEWLINE, TOP, WORD, Ranges

MOST_STATES = 20_000
_LONGEST = 600
_SOON = 40
_MANY = 200
_NICE = (*range(97, 123), *range(48, 58), 45, 46, *range(65, 91), 95, 64, 47, 126, 32)


class Answer(msgspec.Struct, frozen=True):
    """``some`` with a shortest witness, ``none``, or ``unknown``.

    When a length was asked for and there is no text of it, ``none`` with the next lengths that a text
    can have, ``below`` and ``above`` it; -1 where there is none.
    """

    status: Literal["some", "none", "unknown"]
    witness: str = ""
    below: int = -1
    above: int = -1


def find(expressions: Iterable[Expression], *, length: int | None = None) -> Answer:
    """A shortest text in all the expressions, or one of exactly the given length."""
    forget_if_full()
    whole = both(expressions)
    if whole is NEVER:
        return Answer("none")
    alphabet = _kinds_of_chars(whole)
    if length is None:
        return _shortest({(whole, START): ""}, alphabet)
    if length > _LONGEST:
        # Nothing that long is looked for, but perhaps all texts are short.
        return (
            _of_length(whole, _SOON, alphabet) if _ends_soon(whole, alphabet) else Answer("unknown")
        )
    return _of_length(whole, length, alphabet)


State = tuple[Expression, str]


def _shortest(begin: dict[State, str], alphabet: Sequence[tuple[int, str]]) -> Answer:
    seen = set(begin)
    layer = begin
    while layer:
        for (rest, before), word in layer.items():
            if is_null(rest, before, END):
                return Answer("some", word)
        following: dict[State, str] = {}
        for (rest, before), word in layer.items():
            for char, kind in alphabet:
                left = derive(rest, before, char)
                state = (left, kind)
                if left is not NEVER and state not in seen:
                    seen.add(state)
                    following[state] = word + chr(char)
            if len(seen) > MOST_STATES:
                return Answer("unknown")
        layer = following
    return Answer("none")


def _ends_soon(whole: Expression, alphabet: Sequence[tuple[int, str]]) -> bool:
    """Whether no text of the language is longer than a few characters."""
    layer: set[State] = {(whole, START)}
    for _ in range(_SOON):
        layer = {
            (left, kind)
            for rest, before in layer
            for char, kind in alphabet
            if (left := derive(rest, before, char)) is not NEVER
        }
        if len(layer) > _MANY:
            return False
    return _shortest(dict.fromkeys(layer, ""), alphabet).status == "none"


def _of_length(whole: Expression, length: int, alphabet: Sequence[tuple[int, str]]) -> Answer:
    layer: dict[State, str] = {(whole, START): ""}
    below = -1
    for shorter in range(length):
        if any(is_null(rest, before, END) for rest, before in layer):
            below = shorter
        following: dict[State, str] = {}
        for (rest, before), word in layer.items():
            for char, kind in alphabet:
                left = derive(rest, before, char)
                if left is not NEVER:
                    following.setdefault((left, kind), word + chr(char))
        layer = following
        if not layer:
            return Answer("none", below=below)
        if len(layer) > MOST_STATES // 10:
            return Answer("unknown")
    for (rest, before), word in layer.items():
        if is_null(rest, before, END):
            return Answer("some", word)
    beyond = _shortest(layer, alphabet)
    if beyond.status == "unknown":
        return beyond
    above = len(beyond.witness) if beyond.status == "some" else -1
    return Answer("none", below=below, above=above)


def _kinds_of_chars(expression: Expression) -> list[tuple[int, str]]:
    """One character of each kind that the expression can tell apart, readable ones first."""
    classes: set[Ranges] = {WORD, NEWLINE}
    seen: set[Expression] = set()
    todo = [expression]
    while todo:
        part = todo.pop()
        if part not in seen:
            seen.add(part)
            todo += part.parts
            if part.kind == "chars" and part.ranges != ALL_CHARS:
                classes.add(part.ranges)
    # A set of characters as the places where it begins and ends: inside after an odd number of them.
    edges = [[edge for low, high in c for edge in (low, high + 1)] for c in classes]
    cuts = sorted({0, 0xE000, *(edge for bounds in edges for edge in bounds if edge <= TOP)})
    found: dict[tuple[int, ...], tuple[int, int]] = {}
    for cut, after in zip(cuts, [*cuts[1:], TOP + 1], strict=True):
        rank, char = next(
            ((rank, nice) for rank, nice in enumerate(_NICE) if cut <= nice < after),
            (len(_NICE), cut),
        )
        if 0xD800 <= char <= 0xDFFF:
            continue
        kind = tuple([bisect_right(bounds, cut) % 2 for bounds in edges])
        if kind not in found or rank < found[kind][0]:
            found[kind] = (rank, char)
    return [(char, side(char)) for _, char in sorted(found.values())]
