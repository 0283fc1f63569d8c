"""Texts in a question: literals, the texts of an action, and what is made of them."""

from __future__ import annotations

import msgspec

from gardefou.analysis._pool import Pool
from gardefou.analysis._terms import Term, choice, choose, conj, disj, integer, negation, total
from gardefou.analysis.regular import Property, Unreadable, has, language

_MOST_PARTS = 80
_TO_LOWER = {upper: upper + 32 for upper in range(65, 91)}


class Literal(msgspec.Struct, frozen=True):
    """A text that is known."""

    value: str


class Variable(msgspec.Struct, frozen=True):
    """A text of the action, by its key."""

    key: str


class Lowered(msgspec.Struct, frozen=True):
    """A text in lower case."""

    inner: Text


class Either(msgspec.Struct, frozen=True):
    """One of two texts."""

    test: Term
    then: Text
    otherwise: Text


class Joined(msgspec.Struct, frozen=True):
    """Two texts, one after the other."""

    first: Text
    second: Text


Text = Literal | Variable | Lowered | Either | Joined


def ask(pool: Pool, text: Text, op: str, constant: str | tuple[str, ...]) -> Term:
    """Whether a text has a property against a literal."""
    return _ask(pool, text, Property(op, constant))


def _ask(pool: Pool, text: Text, prop: Property) -> Term:
    match text:
        case Literal(value):
            try:
                return has(value, language(prop))
            except Unreadable:
                return pool.free(f"{text} {prop}")
        case Variable(key):
            return pool.property(key, prop)
        case Lowered(inner):
            return _ask(pool, inner, msgspec.structs.replace(prop, lowered=True))
        case Either(test, then, otherwise):
            return choose(test, _ask(pool, then, prop), _ask(pool, otherwise, prop))
        case Joined():
            return _joined(pool, text, prop)


def _joined(pool: Pool, text: Joined, prop: Property) -> Term:
    """Equality with a literal is taken apart at every place; all else is left open."""
    if prop.op == "eq" and isinstance(prop.constant, str) and not prop.lowered:
        whole = prop.constant
        return disj(
            conj([ask(pool, text.first, "eq", whole[:i]), ask(pool, text.second, "eq", whole[i:])])
            for i in range(len(whole) + 1)
        )
    return pool.free(f"{text} {prop}")


def relate(pool: Pool, op: str, left: Text, right: Text) -> Term:
    """``eq ne lt le gt ge startsWith endsWith contains`` between two texts."""
    if op == "ne":
        return negation(relate(pool, "eq", left, right))
    if op in ("gt", "ge"):
        return relate(pool, "lt" if op == "gt" else "le", right, left)
    if op == "le":
        return negation(relate(pool, "lt", right, left))
    if isinstance(right, Literal):
        return ask(pool, left, op, right.value)
    if isinstance(left, Literal):
        return _literal_first(pool, op, left.value, right)
    if isinstance(right, Either):
        parts = (relate(pool, op, left, right.then), relate(pool, op, left, right.otherwise))
        return choose(right.test, *parts)
    if isinstance(left, Either):
        parts = (relate(pool, op, left.then, right), relate(pool, op, left.otherwise, right))
        return choose(left.test, *parts)
    if op == "eq" and isinstance(left, Variable) and isinstance(right, Variable):
        return pool.equal(left.key, right.key)
    return op != "lt" if left == right else pool.free(f"{op} {left} {right}")


def _literal_first(pool: Pool, op: str, value: str, text: Text) -> Term:
    """What a literal is to a text: every part of a literal is known."""
    if op == "eq":
        return ask(pool, text, "eq", value)
    if op == "lt":
        return negation(disj([ask(pool, text, "lt", value), ask(pool, text, "eq", value)]))
    if len(value) > _MOST_PARTS:
        return pool.free(f"{op} {value!r} {text}")
    ends = range(len(value) + 1)
    if op == "startsWith":
        parts = {value[:end] for end in ends}
    elif op == "endsWith":
        parts = {value[start:] for start in ends}
    else:
        parts = {value[start:end] for start in ends for end in ends if start <= end}
    return ask(pool, text, "in", tuple(sorted(parts)))


def size(pool: Pool, text: Text) -> str:
    """The number of characters."""
    match text:
        case Literal(value):
            return integer(len(value))
        case Variable(key):
            return pool.length(key)
        case Lowered(inner):
            return size(pool, inner)
        case Either(test, then, otherwise):
            return choice(test, size(pool, then), size(pool, otherwise))
        case Joined(first, second):
            return total([size(pool, first), size(pool, second)])


def lowered(text: Text) -> Text:
    """The text in lower case, worked out where it is known."""
    if isinstance(text, Literal):
        return Literal(text.value.translate(_TO_LOWER))
    return text if isinstance(text, Lowered) else Lowered(text)
