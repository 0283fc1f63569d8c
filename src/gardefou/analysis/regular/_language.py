"""The properties of a text that conditions ask for, as languages, and whether a text has them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import msgspec

from gardefou.analysis.regular._derive import END, START, derive, is_null, side
from gardefou.analysis.regular._expression import (
    EVERYTHING,
    NEVER,
    Expression,
    cat,
    chars,
    complement,
    either,
    text,
    unlowered,
)
from gardefou.analysis.regular._parse import searching
from gardefou.analysis.regular._witness import Answer, find


class Property(msgspec.Struct, frozen=True):
    """One property: ``eq``, ``in``, ``startsWith``, ``endsWith``, ``contains``, ``matches`` or ``lt``.

    ``lowered`` asks it of the text in lower case (``lowerAscii``); ``in`` has its members.
    """

    op: str
    constant: str | tuple[str, ...]
    lowered: bool = False


@functools.lru_cache(maxsize=8192)
def language(prop: Property) -> Expression:
    """All texts that have the property.

    Raises:
        Unreadable: when a pattern cannot be read exactly.
    """
    plain = _language(prop.op, prop.constant)
    return unlowered(plain, {}) if prop.lowered else plain


def _language(op: str, constant: str | tuple[str, ...]) -> Expression:
    if isinstance(constant, tuple):
        return either([text(member) for member in constant])
    match op:
        case "eq":
            return text(constant)
        case "startsWith":
            return cat(text(constant), EVERYTHING)
        case "endsWith":
            return cat(EVERYTHING, text(constant))
        case "contains":
            return cat(EVERYTHING, cat(text(constant), EVERYTHING))
        case "lt":
            return _before(constant)
        case _:
            return searching(constant)


def _before(constant: str) -> Expression:
    """All texts before a text, in the order of code points."""
    options = []
    for place, char in enumerate(constant):
        start = text(constant[:place])
        options.append(start)
        if ord(char) > 0:
            options.append(cat(start, cat(chars(((0, ord(char) - 1),)), EVERYTHING)))
    return either(options)


def has(value: str, expression: Expression) -> bool:
    """Whether a text is in a language, by the same derivatives that search for one."""
    before = START
    for char in value:
        expression = derive(expression, before, ord(char))
        if expression is NEVER:
            return False
        before = side(ord(char))
    return is_null(expression, before, END)


def find_text(properties: Sequence[tuple[Property, bool]], *, length: int | None = None) -> Answer:
    """A shortest text that has the properties marked True and none of the others.

    Raises:
        Unreadable: when a pattern cannot be read exactly.
    """
    return _find_text(frozenset(properties), length)


@functools.lru_cache(maxsize=65_536)
def _find_text(properties: frozenset[tuple[Property, bool]], length: int | None) -> Answer:
    named = _named(properties)
    wanted_of = _languages(properties)
    if named is not None and length is None:
        fitting = [t for t in named if all(has(t, expression) for expression in wanted_of)]
        first = min(fitting, key=lambda t: (len(t), t), default=None)
        return Answer("none") if first is None else Answer("some", first)
    shortest = _shortest(properties)
    if length is None:
        return shortest
    padded = _padded(shortest, wanted_of, length)
    return padded if padded.status != "unknown" else find(wanted_of, length=length)


def _languages(properties: Iterable[tuple[Property, bool]]) -> list[Expression]:
    return [language(p) if wanted else complement(language(p)) for p, wanted in properties]


def _shortest(properties: frozenset[tuple[Property, bool]]) -> Answer:
    """A shortest text with the wanted properties, then without those that it should not have.

    A shortest text of fewer properties is one of all of them as soon as it has them: most unwanted
    properties never have to be searched with.
    """
    asked = frozenset(item for item in properties if item[1])
    while True:
        answer = _searched(asked)
        if answer.status == "unknown" and asked != properties:
            return _searched(properties)
        if answer.status != "some":
            return answer
        missed = {i for i in properties - asked if has(answer.witness, language(i[0]))}
        if not missed:
            return answer
        asked |= missed


@functools.lru_cache(maxsize=65_536)
def _searched(properties: frozenset[tuple[Property, bool]]) -> Answer:
    return find(_languages(properties))


def _padded(start: Answer, expressions: Sequence[Expression], length: int) -> Answer:
    """A text of a length: a shortest one made longer, or unknown; quick where it works."""
    gap = length - len(start.witness)
    if start.status != "some":
        return start
    if gap < 0:
        return Answer("none", above=len(start.witness))
    for place in sorted({0, len(start.witness), *range(1, min(len(start.witness), 12))}):
        for char in ("a", " "):
            made = start.witness[:place] + char * gap + start.witness[place:]
            if all(has(made, expression) for expression in expressions):
                return Answer("some", made)
    return Answer("unknown")


def _named(properties: Iterable[tuple[Property, bool]]) -> tuple[str, ...] | None:
    """The few texts that come into question, when one of the properties names them."""
    for prop, wanted in properties:
        if wanted and not prop.lowered:
            if isinstance(prop.constant, tuple):
                return prop.constant
            if prop.op == "eq":
                return (prop.constant,)
    return None


def conflict(
    properties: Sequence[tuple[Property, bool]],
) -> tuple[tuple[Property, bool], ...]:
    """A smallest part of properties that no text has together, given that none has all."""
    core = list(properties)
    for item in properties:
        fewer = [other for other in core if other != item]
        if fewer and find_text(fewer).status == "none":
            core = fewer
    return tuple(core)
