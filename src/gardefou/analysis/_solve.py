"""Asking Z3, with texts decided by the regular engine when Z3 proposes values for them.

1. Z3 decides truths and numbers. For each text of its proposal the regular engine says whether one
   text has exactly these properties; if none has, that is a lemma, and Z3 is asked again.
2. Two versions are compared in a solver's context of their own: answers, and the values found, do not
   depend on what others asked before, nor on the machine's load (`Limit`).
3. ``unknown`` is an answer of its own: a limit, a pattern that cannot be read, a list with more
   loops than slots. It is never taken for "there is none".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import msgspec

from gardefou.analysis._limits import LIMIT, Limit
from gardefou.analysis._pool import Lemma, Pool, static
from gardefou.analysis._terms import Term, disj, text_of
from gardefou.analysis.regular import Answer, Property, Unreadable, conflict, find_text
from gardefou.errors import UsageError

Status = Literal["found", "none", "unknown"]
MOST_ROUNDS = 400
_Said = tuple[Property, bool]


def z3_library() -> Any:
    """The solver.

    Raises:
        UsageError: ``analysis.missing`` when it is not installed.
    """
    try:
        import z3  # noqa: PLC0415 - an optional extra, and 100 ms
    except ImportError:
        raise UsageError(
            "the analysis needs the solver Z3, which is not installed",
            code="analysis.missing",
            help='install it: pip install "gardefou[analysis]"',
        ) from None
    return z3


class Found(msgspec.Struct, frozen=True):
    """The solver's values for one action: by symbol, and the texts by key."""

    truths: Mapping[str, bool]
    numbers: Mapping[str, Any]
    texts: Mapping[str, str]


class Question:
    """One pool of variables and definitions, asked several times."""

    def __init__(self, pool: Pool, *, limit: Limit = LIMIT, context: Any = None) -> None:
        """Give the pool to Z3; goals come with `ask`."""
        self._z3 = z3_library()
        self.pool = pool
        self.lemmas: list[Lemma] = []
        self._goals: dict[str, str] = {}
        self._context = context if context is not None else self._z3.Context()
        self._solver = self._z3.SimpleSolver(ctx=self._context)
        self._solver.set("rlimit", limit.z3_steps)
        self._solver.set("timeout", limit.stop_s * 1000)
        self._loaded = False
        self._consts: dict[str, Any] = {}
        self._asides: list[Any] = []
        self._switches = 0

    def goal(self, term: Term) -> Term:
        """Give a goal a symbol, before anything is asked."""
        if isinstance(term, bool):
            return term
        name = self._goals.get(term)
        if name is None:
            name = self._goals[term] = f"g{len(self._goals)}"
        return name

    def _load(self) -> None:
        self._loaded = True
        # What a text has to be for its closed list counts from the start.
        lines = [self.pool.script()]
        for term, name in self._goals.items():
            lines += [f"(declare-const {name} Bool)", f"(assert (= {name} {term}))"]
        self._solver.add(self._z3.parse_smt2_string("\n".join(lines), ctx=self._context))

    def _const(self, symbol: str) -> Any:
        found = self._consts.get(symbol)
        if found is None:
            sort = self.pool.sorts.get(symbol, "Bool")
            make = {"Bool": self._z3.Bool, "Int": self._z3.Int, "Real": self._z3.Real}[sort]
            found = self._consts[symbol] = make(symbol, self._context)
        return found

    def literal(self, term: Term) -> Any:
        """A goal or a symbol, perhaps negated, as an assumption."""
        text = text_of(term)
        if text in ("true", "false"):
            return self._z3.BoolVal(text == "true", self._context)
        if text.startswith("(not "):
            return self._z3.Not(self._const(text[5:-1]))
        return self._const(text)

    def ask(self, terms: Iterable[Term], extra: Sequence[Any] = ()) -> tuple[Status, Found | None]:
        """Whether goals can hold together; ``extra`` are assumptions of the solver's own form."""
        if not self._loaded:
            self._load()
        wanted = [term for term in terms if term is not True]
        if False in wanted:
            return "none", None
        assumptions = [self.literal(term) for term in wanted]
        for _ in range(MOST_ROUNDS):
            answer = self._solver.check(*assumptions, *extra, *self._asides)
            if answer == self._z3.unsat:
                return "none", None
            if answer != self._z3.sat:
                return "unknown", None
            found = self._read(self._solver.model())
            try:
                texts, lemmas = self._texts(found)
            except Unreadable:
                return "unknown", None
            if texts is None:
                return "unknown", None
            if not lemmas:
                return "found", msgspec.structs.replace(found, texts=texts)
            for lemma in lemmas:
                self.lemmas.append(lemma)
                self._solver.add(self._clause(lemma))
        return "unknown", None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Ask on without a trace: what is excluded inside counts again afterwards."""
        self._switches += 1
        self._asides.append(self._z3.Bool(f"aside{self._switches}", self._context))
        try:
            yield
        finally:
            self._asides.pop()

    def exclude(self, truths: Mapping[str, bool]) -> None:
        """Look no further at one combination of truths; only for what the guard did not confirm."""
        self._solver.add(
            self._z3.Or(
                [
                    *(
                        self._z3.Not(self._const(s)) if value else self._const(s)
                        for s, value in truths.items()
                    ),
                    *(self._z3.Not(switch) for switch in self._asides[-1:]),
                ]
            )
        )

    def exclude_proposal(self, found: Found) -> None:
        """Look no further at the truths that a proposal's texts and switches were made from."""
        truths = {
            symbol: value
            for symbol, value in found.truths.items()
            if symbol in self.pool.keys and not self.pool.keys[symbol][0].startswith("? ")
        }
        self.exclude(truths or found.truths)

    def bound(self, symbol: str, low: Any, high: Any) -> list[Any]:
        """Assumptions that a number lies between two others."""
        const = self._const(symbol)
        return [const >= low, const <= high]

    def is_value(self, symbol: str, value: bool) -> Any:  # noqa: FBT001 - the value itself
        """The assumption that a truth has a value."""
        const = self._const(symbol)
        return const if value else self._z3.Not(const)

    def _clause(self, lemma: Lemma) -> Any:
        parts = [
            self._z3.Not(self._const(symbol)) if value else self._const(symbol)
            for symbol, value in lemma.literals
        ]
        if lemma.bound:
            declared = {
                s: self._const(s)
                for s in self.pool.sorts
                if self.pool.sorts[s] == "Int" and s in lemma.bound
            }
            parts += self._z3.parse_smt2_string(
                f"(assert {lemma.bound})", decls=declared, ctx=self._context
            )
        return self._z3.Or(parts)

    def _read(self, model: Any) -> Found:
        truths: dict[str, bool] = {}
        numbers: dict[str, Any] = {}
        for declared in model.decls():
            name = declared.name()
            sort = self.pool.sorts.get(name)
            value = model[declared]
            if sort == "Bool":
                truths[name] = self._z3.is_true(value)
            elif sort == "Int":
                numbers[name] = value.as_long()
            elif sort == "Real":
                numbers[name] = value.as_fraction()
        return Found(truths, numbers, {})

    def _texts(self, found: Found) -> tuple[dict[str, str] | None, list[Lemma]]:
        """A text for each key, or lemmas that say why there is none; None when it is not known."""
        groups = _Groups(self.pool, found.truths)
        lemmas: list[Lemma] = []
        texts: dict[str, str] = {}
        for keys in groups.members():
            said = self._said(keys, found)
            length = self._length(keys, found)
            answer = find_text(list(said), length=length)
            if answer.status == "unknown":
                return None, []
            if answer.status == "some":
                texts.update(dict.fromkeys(keys, answer.witness))
            elif length is None or find_text(list(said)).status == "none":
                lemmas += self._conflict(said, keys, groups)
            else:
                lemmas.append(self._about_length(said, keys, groups, answer))
        if not lemmas:
            lemmas = self._apart(found, texts, groups)
        return texts, lemmas

    def _said(self, keys: Sequence[str], found: Found) -> dict[_Said, str]:
        """What the proposal says of a text, with the symbols that say it."""
        said: dict[_Said, str] = {}
        for key in keys:
            if key in self.pool.domains:
                said[self.pool.domains[key], True] = ""
            for prop, symbol in self.pool.properties[key].items():
                value = found.truths.get(symbol)
                if value is not None:
                    said.setdefault((prop, value), symbol)
        return said

    def _length(self, keys: Sequence[str], found: Found) -> int | None:
        lengths = (found.numbers.get(self.pool.lengths[k]) for k in keys if k in self.pool.lengths)
        return next((length for length in lengths if length is not None), None)

    def _conflict(
        self, said: Mapping[_Said, str], keys: Sequence[str], groups: _Groups
    ) -> list[Lemma]:
        core = [item for item in conflict(list(said)) if said[item]]
        if len(keys) > 1:
            literals = tuple((said[item], item[1]) for item in core)
            return [Lemma((*literals, *groups.reasons(keys)))]
        # What no text can be, no text of the same kind can be.
        lemmas = []
        for key, known in self.pool.properties.items():
            is_alike = static(key) == static(keys[0])
            is_alike = is_alike and self.pool.domains.get(key) == self.pool.domains.get(keys[0])
            if is_alike and all(prop in known for prop, _ in core):
                lemmas.append(Lemma(tuple((known[prop], value) for prop, value in core)))
        return lemmas

    def _about_length(
        self,
        said: Mapping[_Said, str],
        keys: Sequence[str],
        groups: _Groups,
        answer: Answer,
    ) -> Lemma:
        """Texts with these properties are no longer than the one length, or no shorter than the other."""
        symbol = next(self.pool.lengths[k] for k in keys if k in self.pool.lengths)
        bounds = [f"(<= {symbol} {answer.below})"] if answer.below >= 0 else []
        bounds += [f"(>= {symbol} {answer.above})"] if answer.above >= 0 else []
        bound = text_of(disj(bounds))
        literals = [(name, item[1]) for item, name in said.items() if name]
        return Lemma((*literals, *(groups.reasons(keys) if len(keys) > 1 else ())), bound)

    def _apart(self, found: Found, texts: dict[str, str], groups: _Groups) -> list[Lemma]:
        """Texts that must differ get different witnesses, or a lemma says that they cannot."""
        for (first, second), symbol in self.pool.equals.items():
            if found.truths.get(symbol) is not False:
                continue
            if groups.root(first) == groups.root(second):
                return [Lemma(((symbol, False), *groups.reasons([first, second])))]
            if texts.get(first) == texts.get(second) and not self._parted(
                first, second, found, texts, groups
            ):
                # Both can only be this one text: so they are equal as long as this holds.
                literals = {(symbol, False): None}
                for key in (first, second):
                    keys = groups.group(key)
                    names = ((n, item[1]) for item, n in self._said(keys, found).items() if n)
                    literals.update(dict.fromkeys(names))
                    literals.update(dict.fromkeys(groups.reasons(keys)))
                if any(key in self.pool.lengths for key in (first, second)):
                    raise Unreadable(first)  # the length was part of the reason
                return [Lemma(tuple(literals))]
        return []

    def _parted(
        self, first: str, second: str, found: Found, texts: dict[str, str], groups: _Groups
    ) -> bool:
        """Give one of two equal witnesses another value, if its properties allow one."""
        taken = Property("eq", texts.get(first, ""))
        for key in (second, first):
            keys = groups.group(key)
            wanted = [*self._said(keys, found), (taken, False)]
            answer = find_text(wanted, length=self._length(keys, found))
            if answer.status == "some":
                texts.update(dict.fromkeys(keys, answer.witness))
                return True
            if answer.status == "unknown":
                raise Unreadable(key)
        return False


class _Groups:
    """Texts that the solver's proposal takes to be the same."""

    def __init__(self, pool: Pool, truths: Mapping[str, bool]) -> None:
        self._pool = pool
        self._parent = {key: key for key in pool.properties}
        self._used: list[tuple[str, str, str]] = []
        for (first, second), symbol in pool.equals.items():
            if truths.get(symbol):
                self._parent[self.root(first)] = self.root(second)
                self._used.append((first, second, symbol))

    def root(self, key: str) -> str:
        while self._parent[key] != key:
            key = self._parent[key]
        return key

    def group(self, key: str) -> list[str]:
        return [other for other in self._parent if self.root(other) == self.root(key)]

    def members(self) -> list[list[str]]:
        groups: dict[str, list[str]] = {}
        for key in self._parent:
            groups.setdefault(self.root(key), []).append(key)
        return list(groups.values())

    def reasons(self, keys: Sequence[str]) -> list[tuple[str, bool]]:
        """The equalities that tie keys together."""
        root = self.root(keys[0])
        return [(symbol, True) for first, _, symbol in self._used if self.root(first) == root]
