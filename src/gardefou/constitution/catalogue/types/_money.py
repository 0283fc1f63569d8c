"""Amounts of money: whole minor units of a currency, never a guess.

1. A JSON number counts when its shortest decimal form is exact in the currency: 1234.5 is EUR
   1234.50; 0.1 + 0.2 is refused, because no euro has seventeen digits.
2. Text counts when it has one reading in every country: ``1234.50``, ``1 234,50 €``,
   ``EUR 1,234.50``. ``5,000`` and ``5.000`` are five or five thousand: refused.
3. No exponent, sign, hexadecimal, underscore, foreign digit, fraction, list or object.
4. An amount below zero is refused: a payment of minus fifty is somebody else's payment.
5. The currency is what the text says, else the sibling argument, else the parameter, else the
   organisation's default. Two that contradict each other are refused. When nobody says, the
   currency is ``XXX`` and nothing can be compared with it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NoReturn

import msgspec

from gardefou._late import late
from gardefou.constitution.catalogue.types._base import NOWHERE, Surroundings, kind_of, refuse
from gardefou.constitution.catalogue.types._currency import DIGITS, SIGNS, UNKNOWN
from gardefou.errors import Unevaluable

_LARGEST = 2**63 - 1
_LONGEST = 64
_PLAIN = late(r"(?:0|[1-9][0-9]{0,18})(?:[.][0-9]{1,18})?\Z")
_SPACES = "\u0020\u00a0\u2007\u2009\u202f"
_APOSTROPHES = "'\u2019"
_GROUPED = late(
    rf"(?P<whole>[1-9][0-9]{{0,2}}(?:(?P<group>[{_SPACES}{_APOSTROPHES}.,])[0-9]{{3}}"
    rf"(?:(?P=group)[0-9]{{3}})*)?|0|[1-9][0-9]{{0,18}})(?:(?P<point>[.,])(?P<part>[0-9]{{1,18}}))?\Z"
)
_SURROUNDED = late(
    rf"(?P<before>[^0-9.,{_SPACES}+\u2212-]*)[{_SPACES}]?(?P<number>[0-9][0-9{_SPACES}{_APOSTROPHES}.,]*?)"
    rf"[{_SPACES}]?(?P<after>[^0-9.,{_SPACES}]*)\Z"
)
_FORM = "a plain decimal such as 1234.50, with a currency code if need be"


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """``minor`` whole units of ``10 ** -exponent`` of a currency."""

    minor: int
    currency: str
    exponent: int = 2

    def over(self, limit: str) -> bool:
        """Whether the amount is more than the limit (``1000.00 EUR``).

        Raises:
            Unevaluable: when the limit is in another currency, or ours is not known.
        """
        return self.minor > self._units(limit)

    def at_least(self, limit: str) -> bool:
        """Whether the amount is the limit or more.

        Raises:
            Unevaluable: as `over`.
        """
        return self.minor >= self._units(limit)

    def _units(self, limit: str) -> int:
        other = literal(limit)
        if other.currency != self.currency or self.currency == UNKNOWN:
            raise Unevaluable(
                f"an amount in {self.currency} cannot be compared with {other.currency}",
                code="money.other_currency",
                help="state a limit for this currency too",
            )
        return other.minor

    def __str__(self) -> str:
        """The amount as a person reads it, and as a limit is written."""
        value = Decimal(self.minor).scaleb(-self.exponent)
        return f"{value:.{self.exponent}f} {self.currency}"


_LITERALS: dict[str, Money] = {}


def literal(text: str) -> Money:
    """The amount a rule is written with: plain digits, a space, an ISO 4217 code.

    Raises:
        InputError: when the text has another form (conditions check it at load time).
    """
    found = _LITERALS.get(text)
    if found is None:
        number, _, code = text.partition(" ")
        if not _PLAIN.match(number) or code not in DIGITS:
            refuse("money.literal", "a limit has another form", "", expected="such as 1000.00 EUR")
        found = _exact(Decimal(number), code, "")
        if len(_LITERALS) < 4096:
            _LITERALS[text] = found
    return found


def parse_money(value: Any, path: str = "", around: Surroundings = NOWHERE) -> Money:
    """Read an amount under the rules above.

    Raises:
        InputError: codes ``money.*`` and ``ingress.amount_sign``.
    """
    kind = type(value)
    if kind is str:
        number, currency = _read(value, path, around)
    elif kind is int or kind is float:
        if value < 0:
            _negative(path)
        number, currency = Decimal(repr(value)), around.currency
    else:
        refuse("money.type", f"{kind_of(value)} is not an amount", path, expected=_FORM)
    if not number.is_finite():
        refuse("money.type", "an amount is a finite number", path, expected=_FORM)
    return _exact(number, currency, path)


def total(parts: list[Money], path: str = "") -> Money:
    """The sum of amounts of one currency.

    Raises:
        InputError: ``money.mixed_currencies``, ``money.range``.
    """
    first = parts[0]
    if any(part.currency != first.currency for part in parts):
        refuse(
            "money.mixed_currencies",
            "one call moves amounts in several currencies",
            path,
            expected="one currency in a call",
            help="make one call for each currency",
        )
    digits = max(part.exponent for part in parts)
    minor = sum(part.minor * 10 ** (digits - part.exponent) for part in parts)
    if minor > _LARGEST:
        _too_large(path)
    return Money(minor=minor, currency=first.currency, exponent=digits)


def check_currency(code: Any, path: str) -> str:
    """An ISO 4217 code in capitals.

    Raises:
        InputError: ``money.currency`` when the code is not on the list.
    """
    if type(code) is not str or not code.isascii() or code.upper() not in DIGITS:
        refuse(
            "money.currency",
            "the currency is not on the list",
            path,
            expected="an ISO 4217 code such as EUR",
            help="name the currency by its code",
        )
    return code.upper()


def _read(text: str, path: str, around: Surroundings) -> tuple[Decimal, str]:
    if _PLAIN.match(text) and not _could_be_thousands(text):
        return Decimal(text), around.currency
    text = text.strip(_SPACES) if len(text) <= _LONGEST else ""
    if text.startswith(("-", "\u2212", "(")) and any(c.isdigit() for c in text):
        _negative(path)
    match = _SURROUNDED.match(text)
    if match is None or (match["before"] and match["after"]):
        refuse("money.form", "the text is not an amount with one reading", path, expected=_FORM)
    currency = _named(match["before"] or match["after"], path, around)
    return _number(match["number"], path), currency


def _could_be_thousands(text: str) -> bool:
    whole, _, part = text.partition(".")
    return len(part) == 3 and len(whole) <= 3 and whole != "0"


def _number(text: str, path: str) -> Decimal:
    match = _GROUPED.match(text)
    if match is None:
        refuse("money.form", "the text is not an amount with one reading", path, expected=_FORM)
    whole, group, point, part = match["whole"], match["group"], match["point"], match["part"]
    if group is None and point is not None and _could_be_thousands(f"{whole}.{part}"):
        _ambiguous(path)
    # `5,000` may be five; `1,234,567` may not: two separators only ever group.
    single = point == group or (point is None and whole.count(group or ".") < 2)
    if group is not None and group in ".," and single:
        _ambiguous(path)
    if group is not None:
        whole = whole.replace(group, "")
    return Decimal(f"{whole}.{part}" if part else whole)


def _ambiguous(path: str) -> NoReturn:
    refuse(
        "money.ambiguous",
        "the separator may divide thousands or decimals",
        path,
        expected=_FORM,
        help="write the amount without separators of thousands",
    )


def _negative(path: str) -> NoReturn:
    refuse(
        "ingress.amount_sign",
        "the amount is below zero",
        path,
        expected="an amount of zero or more",
        help="state the direction by the tool, not by the sign",
    )


def _too_large(path: str) -> NoReturn:
    refuse("money.range", "the amount is too large", path, expected="less than 2^63 minor units")


def _named(sign: str, path: str, around: Surroundings) -> str:
    sign = sign.strip(_SPACES)
    if not sign:
        return around.currency
    meant = SIGNS.get(sign)
    if meant is None:
        meant = frozenset({check_currency(sign, path)})
    if around.currency in meant:
        return around.currency
    if len(meant) > 1:
        refuse(
            "money.currency",
            "several currencies use this sign",
            path,
            expected="an ISO 4217 code such as EUR",
            help="name the currency by its code",
        )
    if around.currency and not around.currency_is_default:
        refuse(
            "money.currency_conflict",
            "the amount names another currency than the call",
            path,
            expected=f"an amount in {around.currency}",
            help="state the currency once",
        )
    return next(iter(meant))


def _exact(number: Decimal, currency: str, path: str) -> Money:
    exponent = number.normalize().as_tuple().exponent
    given = max(0, -exponent) if isinstance(exponent, int) else 0
    digits = DIGITS[currency] if currency else max(2, given)
    if given > digits or number.adjusted() > 18 or (given and number.adjusted() + given > 17):
        refuse(
            "money.precision",
            "the amount has more digits than the currency",
            path,
            expected=f"at most {digits} decimals",
            help="round the amount before it is sent",
        )
    minor = int(number.scaleb(digits))
    if minor > _LARGEST:
        _too_large(path)
    return Money(minor=minor, currency=currency or UNKNOWN, exponent=digits)
