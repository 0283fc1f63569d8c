"""The slow, exact evaluation of a typed tree: true, false, or `UNKNOWN`.

1. ``&&``, ``||``, ``exists`` and ``all`` are Kleene's: an unknown part only matters when the other
   parts leave the result open. This is CEL's own rule for errors (CEL specification, "Logical
   operators"), and it makes the result independent of the order in which a rule is written.
2. Everything else with an unknown part is unknown; whatever raises is unknown (law 2).
3. A command or statement that could not be read whole (``opaque``) has only some of its programs,
   verbs and tables: what is found counts, what is not found is unknown, never false.
4. Integers are unbounded (ADR 0003), times are integers of microseconds.

The generated functions of `gardefou.decide._generate` fall back to this when a rule raises, and
`explain` is built on it.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from gardefou.constitution.conditions import PARTIAL_WHEN_OPAQUE, Node
from gardefou.errors import Unevaluable

Environment = Mapping[str, Any]
Bound = Mapping[str, Any]

NOTHING_BOUND: Final[Bound] = {}


class _Unknown:
    """The type of `UNKNOWN`; it has no truth, so that it cannot be taken for false by accident."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise Unevaluable("an unknown result is neither true nor false", code="decide.unknown")


UNKNOWN: Final = _Unknown()


def evaluate(node: Node, env: Environment, bound: Bound = NOTHING_BOUND) -> Any:
    """The value of a node, or `UNKNOWN`; never raises."""
    try:
        special = _SPECIAL.get(node.op)
        if special is not None:
            return special(node, env, bound)
        values = [evaluate(arg, env, bound) for arg in node.args]
        if any(value is UNKNOWN or type(value) is _Partial for value in values):
            return UNKNOWN
        return PLAIN[node.op](*values)
    except Exception:  # noqa: BLE001 - law 2: whatever goes wrong makes the result unknown
        return UNKNOWN


def root_key(node: Node) -> str:
    """The key of a root in the environment: the roles stand under ``roles``, however written."""
    return "roles" if node.type.name == "roles" else str(node.value)


def items_of(node: Node, env: Environment, bound: Bound = NOTHING_BOUND) -> Sequence[Any]:
    """The items of a list node; none when the list is unknown."""
    values = evaluate(node, env, bound)
    return () if values is UNKNOWN else tuple(values)


def other_currency(found: str, limit: str) -> bool:
    """Refuse to compare amounts of two currencies.

    Raises:
        Unevaluable: always; the rule becomes unevaluable, which tightens.
    """
    raise Unevaluable(
        f"an amount in {found} cannot be compared with {limit}",
        code="money.other_currency",
        help="state a limit for this currency too",
    )


def is_over(amount: Any, minor: int, currency: str) -> bool:
    """Whether the amount is more than the limit.

    Raises:
        Unevaluable: when it is in another currency.
    """
    if amount.currency != currency:
        return other_currency(amount.currency, currency)
    return bool(amount.minor > minor)


def is_at_least(amount: Any, minor: int, currency: str) -> bool:
    """Whether the amount is the limit or more.

    Raises:
        Unevaluable: when it is in another currency.
    """
    if amount.currency != currency:
        return other_currency(amount.currency, currency)
    return bool(amount.minor >= minor)


def whole(value: Any, field: str) -> Any:
    """A field of a command or statement that is only true when all of it could be read.

    Raises:
        Unevaluable: when the value is opaque.
    """
    if value.opaque:
        raise Unevaluable(
            "a part of the command or statement could not be read",
            code="decide.opaque",
            help="add `….opaque || ` to the condition to decide such values",
        )
    return getattr(value, field)


class _Partial(tuple[Any, ...]):
    """The known items of a list of which more may exist."""

    __slots__ = ()


def lower_ascii(text: str) -> str:
    """The text with A to Z in lower case and nothing else changed."""
    return text.lower() if text.isascii() else text.translate(_TO_LOWER)


_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@functools.lru_cache(maxsize=1024)
def compiled(pattern: str) -> Callable[[str], bool]:
    """Whether a text holds a match of a pattern that the loader has accepted, in linear time."""
    import re2  # noqa: PLC0415 - 20 ms that a constitution without patterns does not pay

    options = re2.Options()
    options.never_capture = True
    wrapped = re2.compile(pattern, options)
    match, unanchored = wrapped._regexp.Match, re2._Anchor.UNANCHORED  # noqa: SLF001 - see below

    # The wrapper's own `search` spends 4 of its 5 microseconds on offsets in characters. Not
    # re2.Set: it answers "no match" when its automaton runs out of memory, this one never does.
    def search(text: str) -> bool:
        data = text.encode()
        return bool(match(unanchored, data, 0, len(data))[0][0] >= 0)

    return search


_DAY_US = 86_400_000_000


def civil(at_us: int) -> tuple[int, int, int]:
    """Year, month and day of the proleptic Gregorian calendar, for every integer.

    Source: H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    """
    shifted = at_us // _DAY_US + 719_468
    era, day_of_era = divmod(shifted, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return year_of_era + era * 400 + (month <= 2), month, day


def _conjunction(node: Node, env: Environment, bound: Bound) -> Any:
    result: Any = True
    for arg in node.args:
        value = evaluate(arg, env, bound)
        if value is False:
            return False
        if value is not True:
            result = UNKNOWN
    return result


def _disjunction(node: Node, env: Environment, bound: Bound) -> Any:
    result: Any = False
    for arg in node.args:
        value = evaluate(arg, env, bound)
        if value is True:
            return True
        if value is not False:
            result = UNKNOWN
    return result


def _quantifier(node: Node, env: Environment, bound: Bound) -> Any:
    values = evaluate(node.args[0], env, bound)
    if values is UNKNOWN:
        return UNKNOWN
    found = [evaluate(node.args[1], env, {**bound, node.value: value}) for value in values]
    is_clear = type(values) is not _Partial and all(v is True or v is False for v in found)
    if node.op == "exists_one":
        return found.count(True) == 1 if is_clear else UNKNOWN
    decisive = node.op == "exists"
    if any(value is decisive for value in found):
        return decisive
    return not decisive if is_clear else UNKNOWN


def _choice(node: Node, env: Environment, bound: Bound) -> Any:
    test = evaluate(node.args[0], env, bound)
    if test is UNKNOWN:
        return UNKNOWN
    return evaluate(node.args[1] if test else node.args[2], env, bound)


def _member(node: Node, env: Environment, bound: Bound) -> Any:
    item, values = (evaluate(arg, env, bound) for arg in node.args)
    if item is UNKNOWN or values is UNKNOWN:
        return UNKNOWN
    return True if item in values else UNKNOWN if type(values) is _Partial else False


def _field(node: Node, env: Environment, bound: Bound) -> Any:
    base = evaluate(node.args[0], env, bound)
    if base is UNKNOWN:
        return UNKNOWN
    of = node.args[0].type
    if node.value in PARTIAL_WHEN_OPAQUE.get(of.name, ()) and of.kind == "domain" and base.opaque:
        return _Partial(getattr(base, node.value)) if node.type.kind == "list" else UNKNOWN
    if of.kind != "record":
        return getattr(base, node.value)
    # An absent list is an empty list; every other absent field is unknown.
    return base.get(node.value, ()) if node.type.kind == "list" else base[node.value]


def _surely(node: Node, env: Environment, bound: Bound) -> Any:
    base = evaluate(node.args[0], env, bound)
    if base is UNKNOWN or node.args[0].type.kind != "record" or node.value in base:
        return UNKNOWN if base is UNKNOWN else True
    return UNKNOWN


_SPECIAL: dict[str, Callable[[Node, Environment, Bound], Any]] = {
    "literal": lambda node, _env, _bound: node.value,
    "root": lambda node, env, _bound: env[root_key(node)],
    "bound": lambda node, _env, bound: bound[node.value],
    "field": _field,
    "has": lambda node, env, bound: node.value in evaluate(node.args[0], env, bound),
    "surely": _surely,
    "and": _conjunction,
    "or": _disjunction,
    "cond": _choice,
    "in": _member,
    "exists": _quantifier,
    "all": _quantifier,
    "exists_one": _quantifier,
}

PLAIN: dict[str, Callable[..., Any]] = {
    "list": lambda *items: list(items),
    "set": lambda *members: list(members),
    "not": operator.not_,
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
    "getDayOfWeek": lambda at: (at // _DAY_US + 4) % 7,
    "getHours": lambda at: at // 3_600_000_000 % 24,
    "getMinutes": lambda at: at // 60_000_000 % 60,
}
