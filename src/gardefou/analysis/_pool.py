"""What a question to the solver is about: variables, properties of texts, and what always holds.

1. A variable has a *key*, the path of the value it stands for (``roles.amount.minor``); equal keys
   are one variable, in the old version and in the new one.
2. A text has no variable: each property that a condition asks of it is a truth, and whether one
   text can have them all is decided by `gardefou.analysis.regular` when the solver proposes them.
3. Whatever has no exact meaning here is a free truth of its own (`Pool.free`): a proof that holds
   whatever it is holds; an action found with it counts only when the guard confirms it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from gardefou.analysis._terms import Term, compare, conj, disj, implies, negation, text_of
from gardefou.analysis.regular import Property, Unreadable, has, language

_INDEX = re.compile(r"\[\d+\]")


def static(key: str) -> str:
    """A key without the numbers of list items: all items of a list look alike."""
    return _INDEX.sub("[]", key)


class Pool:
    """Declarations, definitions and side conditions of one question."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.sorts: dict[str, str] = {}
        self.symbols: dict[tuple[str, str], str] = {}
        self.keys: dict[str, tuple[str, str]] = {}
        self.side: list[str] = []
        self.properties: dict[str, dict[Property, str]] = {}
        self.domains: dict[str, Property] = {}
        self.lengths: dict[str, str] = {}
        self.equals: dict[tuple[str, str], str] = {}
        self.frees: dict[str, str] = {}
        self.places: dict[str, dict[str, tuple[str, str]]] = {}
        self.sizes: dict[str, str] = {}
        self.slots: dict[str, tuple[str, ...]] = {}
        self.wanted_slots: dict[str, int] = {}
        self.is_bounded = False
        self._defined: dict[str, str] = {}
        self.definitions: list[tuple[str, str]] = []

    def variable(self, key: str, sort: str) -> str:
        """The symbol of a key; ``sort`` is Bool, Int or Real."""
        symbol = self.symbols.get((key, sort))
        if symbol is None:
            symbol = self.symbols[key, sort] = f"v{len(self.sorts)}"
            self.sorts[symbol] = sort
            self.keys[symbol] = (key, sort)
        return symbol

    def hold(self, term: Term) -> None:
        """Add what always holds."""
        if term is not True:
            self.side.append(text_of(term))

    def define(self, term: Term) -> Term:
        """A name for a large term that is used more than once."""
        if isinstance(term, bool) or len(term) < 60:
            return term
        name = self._defined.get(term)
        if name is None:
            name = self._defined[term] = f"d{len(self.definitions)}"
            self.definitions.append((name, term))
        return name

    def property(self, key: str, prop: Property) -> str:
        """The truth of a property of a text."""
        known = self.properties.setdefault(key, {})
        symbol = known.get(prop)
        if symbol is None:
            symbol = self.variable(f"{key} {prop.op} #{len(known)}", "Bool")
            self._relate(key, prop, symbol, known)
            known[prop] = symbol
        return symbol

    def _relate(self, key: str, prop: Property, symbol: str, known: dict[Property, str]) -> None:
        """What equality with a literal says about the other properties, at once."""
        domain = self.domains.get(key)
        for other, theirs in known.items():
            for first, second, a, b in (
                (prop, other, symbol, theirs),
                (other, prop, theirs, symbol),
            ):
                if first.op == "eq" and isinstance(first.constant, str) and not first.lowered:
                    try:
                        fits = has(first.constant, language(second))
                    except Unreadable:
                        continue
                    self.hold(implies(a, b if fits else negation(b)))
        if domain is not None and prop.op == "eq" and prop.constant not in domain.constant:
            self.hold(negation(symbol))

    def restrict(self, key: str, values: Sequence[str]) -> None:
        """Say that a text is one of a closed list."""
        if values and key not in self.domains:
            self.domains[key] = Property("in", tuple(values))
            self.hold(disj([self.property(key, Property("eq", value)) for value in values]))

    def length(self, key: str) -> str:
        """The number of characters of a text."""
        if key not in self.lengths:
            self.properties.setdefault(key, {})
            symbol = self.lengths[key] = self.variable(f"{key} length", "Int")
            self.hold(compare("ge", symbol, "0"))
        return self.lengths[key]

    def equal(self, first: str, second: str) -> Term:
        """Whether two texts are the same."""
        if first == second:
            return True
        pair = (first, second) if first < second else (second, first)
        if pair not in self.equals:
            for key in pair:
                self.properties.setdefault(key, {})
            self.equals[pair] = self.variable(f"{pair[0]} = {pair[1]}", "Bool")
        return self.equals[pair]

    def free(self, what: str) -> str:
        """A truth that nothing else decides; one for each thing that is asked."""
        if what not in self.frees:
            self.frees[what] = self.variable(f"? {what}", "Bool")
        return self.frees[what]

    def place(self, key: str, folder: str) -> tuple[str, str]:
        """Whether a path whose place is not plain is in a folder, and whether that can be told.

        What is in a folder is in those around it; what can be told of a folder to be no can be told
        of those inside (`catalogue.types.Path.within`).
        """
        known = self.places.setdefault(key, {})
        if folder not in known:
            inside = self.free(f"{key} within {folder}")
            told = self.free(f"{key} told of {folder}")
            for other, (theirs, known_of) in known.items():
                for a, b, deep, far in (
                    (folder, other, (inside, told), (theirs, known_of)),
                    (other, folder, (theirs, known_of), (inside, told)),
                ):
                    if a.startswith(b if b.endswith("/") else f"{b}/"):
                        self.hold(implies(conj([deep[1], deep[0]]), conj([far[1], far[0]])))
                        no = conj([far[1], negation(far[0])])
                        self.hold(implies(no, conj([deep[1], negation(deep[0])])))
            known[folder] = (inside, told)
        return known[folder]

    def list_of(self, key: str) -> tuple[tuple[str, ...], str]:
        """The presence of each slot of a list, and the size of the list.

        INVARIANT: there is a slot for every witness that the conditions of the question can ask
        for (`wanted_slots`), so a list with more items says nothing that a shorter one does not.
        """
        if key not in self.slots:
            count = max(1, self.wanted_slots.get(static(key), 1))
            present = tuple(self.variable(f"{key}[{i}] ?", "Bool") for i in range(count))
            size = self.variable(f"{key} size", "Int")
            for before, after in pairwise(present):
                self.hold(implies(after, before))
            for i, slot in enumerate(present):
                self.hold(
                    f"(= {slot} (> {size} {i}))" if i == 0 else implies(slot, f"(> {size} {i})")
                )
            self.hold(compare("ge", size, "0"))
            self.slots[key], self.sizes[key] = present, size
        return self.slots[key], self.sizes[key]

    def script(self, goals: Sequence[Term] = ()) -> str:
        """The whole question as SMT-LIB, without ``check-sat``."""
        lines = [f"(declare-const {name} {sort})" for name, sort in self.sorts.items()]
        lines += [f"(define-fun {name} () Bool {body})" for name, body in self.definitions]
        lines += [f"(assert {term})" for term in self.side]
        lines += [f"(assert {text_of(goal)})" for goal in goals]
        return "\n".join(lines)


class Lemma(msgspec.Struct, frozen=True):
    """What the regular engine has found out: these truths cannot hold together.

    ``literals`` are symbols with their values; ``bound`` may say something about a length instead.
    """

    literals: tuple[tuple[str, bool], ...]
    bound: str = ""

    def term(self) -> Term:
        """The lemma as a clause."""
        clause = [negation(symbol) if value else symbol for symbol, value in self.literals]
        return disj([*clause, self.bound] if self.bound else clause)


def all_of(pairs: Sequence[tuple[str, bool]]) -> Term:
    """Some symbols with these values."""
    return conj([symbol if value else negation(symbol) for symbol, value in pairs])
