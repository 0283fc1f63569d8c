"""The slow, exact evaluation of a typed tree: true, false, or `UNKNOWN`.

1. ``&&``, ``||``, ``exists`` and ``all`` are Kleene's: an unknown part only matters when the other
   parts leave the result open. This is CEL's own rule for errors (CEL specification, "Logical
   operators"), and it makes the result independent of the order in which a rule is written.
2. Everything else with an unknown part is unknown; whatever raises is unknown (law 2).
3. Of a command or statement that could not be read whole (``opaque``), the programs, verbs and
   tables are a guess: some may be missing, some may be words that only look like one. What is
   found counts only where it helps the whole condition to be true; all else is unknown. So a guess
   can tighten and never loosens.
4. Integers are unbounded (ADR 0003), times are integers of microseconds.
5. After `MAX_STEPS` the result is unknown: the time of a decision has a bound.

The generated functions of `gardefou.decide._generate` fall back to this when a rule raises, and
`explain` is built on it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from gardefou.constitution.conditions import PARTIAL_WHEN_OPAQUE, Node
from gardefou.decide._primitives import (
    DAY_US,
    civil,
    compiled,
    is_at_least,
    is_over,
    lower_ascii,
)
from gardefou.errors import Unevaluable

Environment = Mapping[str, Any]
Bound = Mapping[str, Any]

NOTHING_BOUND: Final[Bound] = {}
MAX_STEPS = 200_000


class _Unknown:
    """The type of `UNKNOWN`; it has no truth, so that it cannot be taken for false by accident."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise Unevaluable("an unknown result is neither true nor false", code="decide.unknown")


UNKNOWN: Final = _Unknown()


class _Partial(tuple[Any, ...]):
    """The known items of a list of which more may exist."""

    __slots__ = ()


class _TooLong(Exception):  # noqa: N818 - a state of one evaluation, never leaves this module
    """The evaluation has taken `MAX_STEPS`."""


def evaluate(node: Node, env: Environment, bound: Bound = NOTHING_BOUND) -> Any:
    """The value of a node, or `UNKNOWN`; never raises."""
    try:
        return _Evaluation(env).value(node, bound)
    except _TooLong:
        return UNKNOWN


def items_of(node: Node, env: Environment, bound: Bound = NOTHING_BOUND) -> Sequence[Any]:
    """The items of a list node; none when the list is unknown."""
    values = evaluate(node, env, bound)
    return () if values is UNKNOWN else tuple(values)


def root_key(node: Node) -> str:
    """The key of a root in the environment: the roles stand under ``roles``, however written."""
    return "roles" if node.type.name == "roles" else str(node.value)


class _Evaluation:
    """One evaluation and the steps it has taken."""

    __slots__ = ("_env", "_steps", "_wanted")

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._steps = 0
        # What the node at hand must be for the whole to be true; None when it is not that simple.
        self._wanted: bool | None = True

    def value(self, node: Node, bound: Bound) -> Any:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise _TooLong
        try:
            special = _SPECIAL.get(node.op)
            if special is not None:
                return special(self, node, bound)
            values = [self.apart(arg, bound) for arg in node.args]
            if any(value is UNKNOWN or type(value) is _Partial for value in values):
                return UNKNOWN
            return _PLAIN[node.op](*values)
        except _TooLong:
            raise
        except Exception:  # noqa: BLE001 - law 2: whatever goes wrong makes the result unknown
            return UNKNOWN

    def apart(self, node: Node, bound: Bound, *, wanted: bool | None = None) -> Any:
        """The value of a part whose truth works on the whole in another way than its own node's."""
        before, self._wanted = self._wanted, wanted
        try:
            return self.value(node, bound)
        finally:
            self._wanted = before

    def literal(self, node: Node, _bound: Bound) -> Any:
        return node.value

    def root(self, node: Node, _bound: Bound) -> Any:
        return self._env[root_key(node)]

    def bound(self, node: Node, bound: Bound) -> Any:
        return bound[node.value]

    def field(self, node: Node, bound: Bound) -> Any:
        base = self.value(node.args[0], bound)
        of = node.args[0].type
        if base is UNKNOWN:
            return UNKNOWN
        if of.kind == "record":
            # An absent list is an empty list; every other absent field is unknown.
            return base.get(node.value, ()) if node.type.kind == "list" else base[node.value]
        value = getattr(base, node.value)
        is_partial = of.kind == "domain" and node.value in PARTIAL_WHEN_OPAQUE.get(of.name, ())
        if is_partial and base.opaque:
            return _Partial(value) if node.type.kind == "list" else UNKNOWN
        return value

    def has(self, node: Node, bound: Bound) -> Any:
        base = self.value(node.args[0], bound)
        return UNKNOWN if base is UNKNOWN else node.value in base

    def surely(self, node: Node, bound: Bound) -> Any:
        base = self.value(node.args[0], bound)
        if base is UNKNOWN:
            return UNKNOWN
        return True if node.args[0].type.kind != "record" or node.value in base else UNKNOWN

    def member(self, node: Node, bound: Bound) -> Any:
        item, values = (self.apart(arg, bound) for arg in node.args)
        if item is UNKNOWN or values is UNKNOWN:
            return UNKNOWN
        return self._trusted(item in values, values, decisive=True)

    def negation(self, node: Node, bound: Bound) -> Any:
        wanted = None if self._wanted is None else not self._wanted
        inner = self.apart(node.args[0], bound, wanted=wanted)
        return UNKNOWN if inner is UNKNOWN else not inner

    def conjunction(self, node: Node, bound: Bound) -> Any:
        return self._combine((self.value(arg, bound) for arg in node.args), decisive=False)

    def disjunction(self, node: Node, bound: Bound) -> Any:
        return self._combine((self.value(arg, bound) for arg in node.args), decisive=True)

    def choice(self, node: Node, bound: Bound) -> Any:
        test = self.apart(node.args[0], bound)
        if test is UNKNOWN:
            return UNKNOWN
        return self.value(node.args[1] if test else node.args[2], bound)

    def quantifier(self, node: Node, bound: Bound) -> Any:
        values = self.apart(node.args[0], bound)
        if values is UNKNOWN:
            return UNKNOWN
        body = node.args[1]
        inner = ({**bound, node.value: value} for value in values)
        if node.op == "exists_one":
            found = [self.apart(body, item) for item in inner]
            is_clear = type(values) is not _Partial and all(type(v) is bool for v in found)
            return found.count(True) == 1 if is_clear else UNKNOWN
        decisive = node.op == "exists"
        result = self._combine((self.value(body, item) for item in inner), decisive=decisive)
        return self._trusted(result, values, decisive=decisive)

    def _trusted(self, result: Any, values: Any, *, decisive: bool) -> Any:
        """Rule 3: of a guess, only what was found counts, and only where it helps to fire."""
        if type(values) is not _Partial or (result is decisive and decisive is self._wanted):
            return result
        return UNKNOWN

    @staticmethod
    def _combine(results: Iterable[Any], *, decisive: bool) -> Any:
        """Kleene: the decisive value wins, then unknown, then the other value."""
        combined: Any = not decisive
        for result in results:
            if result is decisive:
                return decisive
            if result is not (not decisive):
                combined = UNKNOWN
        return combined


_SPECIAL: dict[str, Callable[[_Evaluation, Node, Bound], Any]] = {
    "literal": _Evaluation.literal,
    "root": _Evaluation.root,
    "bound": _Evaluation.bound,
    "field": _Evaluation.field,
    "has": _Evaluation.has,
    "surely": _Evaluation.surely,
    "in": _Evaluation.member,
    "and": _Evaluation.conjunction,
    "or": _Evaluation.disjunction,
    "not": _Evaluation.negation,
    "cond": _Evaluation.choice,
    "exists": _Evaluation.quantifier,
    "all": _Evaluation.quantifier,
    "exists_one": _Evaluation.quantifier,
}

_PLAIN: dict[str, Callable[..., Any]] = {
    "list": lambda *items: list(items),
    "set": lambda *members: list(members),
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
    "concat": operator.add,
    "startsWith": lambda text, start: text.startswith(start),
    "endsWith": lambda text, end: text.endswith(end),
    "contains": lambda text, part: part in text,
    "matches": lambda text, pattern: compiled(pattern)(text),
    "lowerAscii": lower_ascii,
    "size": len,
    "over": is_over,
    "at_least": is_at_least,
    "within": lambda path, folder: path.within(folder),
    "getFullYear": lambda at: civil(at)[0],
    "getMonth": lambda at: civil(at)[1] - 1,
    "getDate": lambda at: civil(at)[2],
    "getDayOfWeek": lambda at: (at // DAY_US + 4) % 7,
    "getHours": lambda at: at // 3_600_000_000 % 24,
    "getMinutes": lambda at: at // 60_000_000 % 60,
}
