"""Tests on actions, in three values: true, false, or None when a value is not known.

1. An attribute that the action does not state is unknown, never absent.
2. *And* is false when a part is false, else unknown when a part is unknown; *or* the other way.
3. What tightens asks `may`, what loosens asks `surely`: unknown always goes to the strict side.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from gardefou.action import Action
from gardefou.errors import InputError
from gardefou.orders._instruments import Covers, Population, Scope

Truth = bool | None


@lru_cache(maxsize=4096)
def pattern(text: str) -> Any:
    """An expression that matches whole names of models.

    Raises:
        InputError: ``order.pattern`` when it is no expression of RE2.
    """
    import re2  # noqa: PLC0415 - a process without orders on models does not pay

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        detail = error.args[0] if error.args else b""
        why = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
        raise InputError(
            f"the expression on models cannot be read: {why[:100].lower()}",
            code="order.pattern",
            found=text[:60],
            expected="a regular expression in the syntax of RE2",
            help="escape `.` as `\\.`; back-references and look-around do not exist there",
        ) from None


def within(scope: Scope, action: Action) -> Truth:
    """Whether an action is in a scope: in one of ``include``, in none of ``exclude``."""
    inside = _any(_population(p, action) for p in scope.include) if scope.include else True
    if inside is False or not scope.exclude:
        return inside
    outside = _any(_population(p, action) for p in scope.exclude)
    if outside is None:
        return None
    return False if outside else inside


def among(populations: Iterable[Population], action: Action) -> Truth:
    """Whether an action is in one of some populations; in none when there are none."""
    return _any(_population(p, action) for p in populations)


def covered(covers: Covers, action: Action, model: str) -> bool:
    """Whether a waiver surely covers an action: unknown is not covered."""
    as_population = Population(
        tenants=covers.tenants,
        applications=covers.applications,
        contracts=covers.contracts,
        systems=covers.systems,
        data_classes=covers.data_classes,
        regions=covers.regions,
    )
    if _population(as_population, action) is not True:
        return False
    if not covers.models:
        return True
    return bool(model) and any(pattern(text).fullmatch(model) for text in covers.models)


def may(truth: Truth) -> bool:
    """True or unknown: for what tightens."""
    return truth is not False


def surely(truth: Truth) -> bool:
    """True and known: for what loosens."""
    return truth is True


def _any(truths: Iterable[Truth]) -> Truth:
    result: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            result = None
    return result


def _population(population: Population, action: Action) -> Truth:
    who, what = action.principal, action.attributes
    result: Truth = True
    for allowed, found in (
        (population.tenants, who.tenant),
        (population.applications, who.application),
        (population.contracts, what.contract),
        (population.systems, what.system),
        (population.data_classes, what.data_class),
        (population.regions, what.region),
    ):
        if allowed and found not in allowed:
            if found:
                return False
            result = None
    for name, values in population.users.items():
        found = what.user.get(name, "")
        if found not in values:
            if found:
                return False
            result = None
    return result
