"""Persons, timestamps, text, numbers and booleans."""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC, datetime
from typing import Any, NoReturn

import msgspec

from gardefou._late import late
from gardefou.action import MAX_INTEGER, MIN_INTEGER
from gardefou.constitution.catalogue.types._base import (
    NOWHERE,
    Surroundings,
    kind_of,
    plain_text,
    refuse,
)

_INTEGER = late(r"-?(?:0|[1-9][0-9]{0,18})\Z")
_NUMBER = late(r"-?(?:0|[1-9][0-9]{0,17})(?:[.][0-9]{1,17})?\Z")
_BETWEEN_PERSONS = late(r"[,;\n\r]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = late(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?"
    r"(?: ?(?:[Zz]|UTC|[+-][0-9]{2}:?[0-9]{2}))?)?\Z"
)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A reference to a person: a name, a number or an address, spaces and case made one."""

    ref: str


def parse_persons(value: Any, path: str = "", around: Surroundings = NOWHERE) -> list[Person]:  # noqa: ARG001 - one shape for all types
    """Read one or several persons; a text with commas or lines counts each part.

    Counting one too many tightens a rule on bulk, counting one too few would not.

    Raises:
        InputError: codes ``person.*``.
    """
    if type(value) is int:
        return [Person(ref=str(value))]
    if type(value) is not str:
        refuse("person.type", f"{kind_of(value)} is not a person", path, expected="text")
    parts = [p for p in map(str.strip, _BETWEEN_PERSONS.split(value)) if p]
    if not parts:
        refuse("person.empty", "an empty text is not a person", path, expected="a reference")
    return [Person(ref=_reference(part, path)) for part in parts]


def _reference(text: str, path: str) -> str:
    folded = unicodedata.normalize("NFC", " ".join(plain_text(text, path, "person").split()))
    return unicodedata.normalize("NFC", folded.casefold())


def parse_timestamp(value: Any, path: str = "", around: Surroundings = NOWHERE) -> int:  # noqa: ARG001 - one shape for all types
    """Microseconds since 1970 (UTC) of an ISO 8601 date or time; without a zone it is UTC.

    An integer is seconds or milliseconds since 1970, whichever falls between 1973 and 5138.

    Raises:
        InputError: codes ``timestamp.*``.
    """
    if type(value) is int:
        if 10**8 <= value < 10**11:
            return value * 1_000_000
        if 10**11 <= value < 10**14:
            return value * 1_000
        refuse("timestamp.range", "the number is no plausible time", path, expected="ISO 8601")
    text = plain_text(value, path, "timestamp")
    if not _ISO.match(text):
        _no_time(path)
    try:
        moment = datetime.fromisoformat(
            text.upper()
            .replace(" UTC", "Z")
            .replace("UTC", "Z")
            .replace(" Z", "Z")
            .replace(" +", "+")
        )
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        past = moment - _EPOCH
    except (ValueError, OverflowError):
        _no_time(path)
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds


def _no_time(path: str) -> NoReturn:
    refuse(
        "timestamp.form",
        "the text is no date or time",
        path,
        expected="ISO 8601, such as 2026-05-01 or 2026-05-01T09:30:00Z",
        help="write the date out",
    )


def parse_text(value: Any, path: str = "", around: Surroundings = NOWHERE) -> str:  # noqa: ARG001 - one shape for all types
    """Text as it is; a number or boolean as JSON writes it.

    Raises:
        InputError: ``text.type``.
    """
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is not int and kind is not float:
        refuse("text.type", f"{kind_of(value)} is not text", path, expected="text")
    return repr(value)


def parse_integer(value: Any, path: str = "", around: Surroundings = NOWHERE) -> int:  # noqa: ARG001 - one shape for all types
    """A whole number; text counts when it is plain ASCII digits.

    Raises:
        InputError: ``integer.type``, ``integer.form``.
    """
    kind = type(value)
    if kind is int:
        return int(value)
    if kind is not str and kind is not float:
        refuse("integer.type", f"{kind_of(value)} is not a whole number", path, expected="42")
    if kind is float or not _INTEGER.match(value) or not MIN_INTEGER <= int(value) <= MAX_INTEGER:
        refuse("integer.form", "the value is no plain whole number", path, expected="such as 42")
    return int(value)


def parse_number(value: Any, path: str = "", around: Surroundings = NOWHERE) -> float:  # noqa: ARG001 - one shape for all types
    """A number; text counts when it is a plain ASCII decimal.

    Raises:
        InputError: ``number.type``, ``number.form``.
    """
    kind = type(value)
    if kind is float and not math.isfinite(value):
        refuse("number.form", "a number is finite", path, expected="such as 12.5")
    if kind is int or kind is float:
        return value  # type: ignore[no-any-return]  # - it is one of the two
    if kind is not str:
        refuse("number.type", f"{kind_of(value)} is not a number", path, expected="a number")
    if not _NUMBER.match(value):
        refuse("number.form", "the text is no plain decimal", path, expected="such as 12.5")
    return float(value) if "." in value else int(value)


def parse_boolean(value: Any, path: str = "", around: Surroundings = NOWHERE) -> bool:  # noqa: ARG001 - one shape for all types
    """True or false; text is neither.

    Raises:
        InputError: ``boolean.type``.
    """
    if type(value) is not bool:
        refuse(
            "boolean.type",
            f"{kind_of(value)} is neither true nor false",
            path,
            expected="a boolean",
        )
    return value
