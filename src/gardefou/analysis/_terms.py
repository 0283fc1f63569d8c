"""Terms of SMT-LIB as texts, with what is already known folded away.

A term is a text, or a Python bool where it is known. One text is read by both solvers, so that the
second one proves the same thing as the first (SMT-LIB 2.6, theories Core, Ints, Reals_Ints).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

Term = str | bool


def conj(terms: Iterable[Term]) -> Term:
    """All of the terms."""
    return _joined("and", terms, neutral=True)


def disj(terms: Iterable[Term]) -> Term:
    """Any of the terms."""
    return _joined("or", terms, neutral=False)


def _joined(word: str, terms: Iterable[Term], *, neutral: bool) -> Term:
    kept: dict[str, None] = {}
    for term in terms:
        if isinstance(term, bool):
            if term is not neutral:
                return term
        else:
            kept[term] = None
    if len(kept) < 2:
        return next(iter(kept), neutral)
    return f"({word} {' '.join(kept)})"


def negation(term: Term) -> Term:
    """The opposite."""
    if isinstance(term, bool):
        return not term
    return term[5:-1] if term.startswith("(not ") else f"(not {term})"


def choice(test: Term, then: str, otherwise: str) -> str:
    """One of two values of one sort."""
    if isinstance(test, bool):
        return then if test else otherwise
    return then if then == otherwise else f"(ite {test} {then} {otherwise})"


def choose(test: Term, then: Term, otherwise: Term) -> Term:
    """One of two truths."""
    if isinstance(test, bool):
        return then if test else otherwise
    return disj([conj([test, then]), conj([negation(test), otherwise])])


def implies(test: Term, then: Term) -> Term:
    """Whether the second holds where the first does."""
    return disj([negation(test), then])


def text_of(term: Term) -> str:
    """The term as SMT-LIB writes it."""
    return term if isinstance(term, str) else ("true" if term else "false")


def integer(value: int) -> str:
    """A whole number."""
    return str(value) if value >= 0 else f"(- {-value})"


def real(value: float) -> str:
    """A number, exactly as the machine holds it."""
    fraction = Fraction(value)
    whole = f"{abs(fraction.numerator)}.0"
    if fraction.denominator != 1:
        whole = f"(/ {whole} {fraction.denominator}.0)"
    return f"(- {whole})" if fraction < 0 else whole


def compare(op: str, left: str, right: str) -> Term:
    """A comparison of two numbers: ``eq ne lt le gt ge``."""
    if op == "ne":
        return negation(compare("eq", left, right))
    sign = {"eq": "=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}[op]
    if left == right:
        return op in ("eq", "le", "ge")
    return f"({sign} {left} {right})"


def total(parts: Iterable[str]) -> str:
    """The sum of some numbers."""
    kept = [part for part in parts if part != "0"]
    return "0" if not kept else kept[0] if len(kept) == 1 else f"(+ {' '.join(kept)})"
