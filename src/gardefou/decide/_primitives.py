"""What the operators of conditions do to values, for both evaluators.

Each is total for values of its type, or raises `Unevaluable`, which tightens (law 2).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from gardefou.errors import Unevaluable

DAY_US = 86_400_000_000
# Two loops inside each other over longer lists would let a call keep the guard busy for seconds.
MAX_NESTED_ITEMS = 1_000

_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


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


def few(values: Sequence[Any]) -> Sequence[Any]:
    """The items of a list that is looped over inside or around another loop.

    Raises:
        Unevaluable: when there are more than `MAX_NESTED_ITEMS`.
    """
    if len(values) > MAX_NESTED_ITEMS:
        raise Unevaluable(
            f"a list of {len(values)} items is too long for two loops",
            code="decide.too_many",
            help=f"send at most {MAX_NESTED_ITEMS} items in a call",
        )
    return values


def lower_ascii(text: str) -> str:
    """The text with A to Z in lower case and nothing else changed."""
    return text.lower() if text.isascii() else text.translate(_TO_LOWER)


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


def civil(at_us: int) -> tuple[int, int, int]:
    """Year, month and day of the proleptic Gregorian calendar, for every integer.

    Source: H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    """
    shifted = at_us // DAY_US + 719_468
    era, day_of_era = divmod(shifted, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return year_of_era + era * 400 + (month <= 2), month, day
