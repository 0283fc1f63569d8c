"""Literal texts inside conditions: amounts, folders, points in time, spans, regular expressions.

Each reader returns the value, or a `Mistake` that says what was expected.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from gardefou.constitution.catalogue.types import Money, literal, parse_path
from gardefou.errors import InputError

_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII
)
_DURATION = re.compile(r"-?(?:\d{1,16}(?:\.\d{1,6})?(?:h|m|s|ms|us))+\Z", re.ASCII)
_DURATION_PART = re.compile(r"(\d+)(?:\.(\d+))?(h|ms|us|m|s)", re.ASCII)
_UNITS_US = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_PATTERN = 1000


class Mistake(msgspec.Struct, frozen=True):
    """Why a literal cannot be read: the code, the expectation and the way out."""

    code: str
    expected: str
    help: str


def read_money(text: str) -> Money | Mistake:
    """Read ``1000.00 EUR``: plain digits, a point before the decimals, an ISO 4217 code."""
    try:
        return literal(text)
    except InputError as error:
        return Mistake(
            "conditions.money",
            error.expected or "an amount and a currency, such as `1000.00 EUR`",
            error.help or "write plain digits, one space, three capital letters",
        )


def read_folder(text: str) -> str | Mistake:
    """Read a folder from its root, in the one form that paths are compared in."""
    try:
        folder = parse_path(text)
    except InputError as error:
        folder = None
        reason = error.help
    else:
        reason = "write the folder from its root, without variables and wildcards"
    if folder is None or not (folder.known and folder.absolute):
        return Mistake(
            "conditions.folder", "a folder from its root, such as `/srv/reports`", reason
        )
    return folder.value


def read_timestamp(text: str) -> int | Mistake:
    """Read RFC 3339 to microseconds since 1970."""
    if _TIMESTAMP.match(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            span = moment - _EPOCH
            return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
    return Mistake(
        "conditions.timestamp",
        "a point in time, such as `2026-01-31T12:00:00Z`",
        "write it as RFC 3339, with a time zone and at most six decimals",
    )


def read_duration(text: str) -> int | Mistake:
    """Read ``1h30m`` to microseconds."""
    if _DURATION.match(text):
        total = 0
        for whole, decimals, unit in _DURATION_PART.findall(text):
            scaled = int((whole + decimals) or "0") * _UNITS_US[unit]
            value, rest = divmod(scaled, 10 ** len(decimals))
            if rest:
                break
            total += value
        else:
            return -total if text.startswith("-") else total
    return Mistake(
        "conditions.duration",
        "a span of time, such as `1h30m` or `45s`",
        "use the units h, m, s, ms and us; a day is `24h`",
    )


def check_pattern(text: str) -> Mistake | None:
    """Check a regular expression as RE2 reads it (no backtracking, no look-around)."""
    import re2  # noqa: PLC0415 - only when something is compiled

    reason = "it is too long"
    if len(text) <= _MAX_PATTERN:
        options = re2.Options()
        options.log_errors = False
        try:
            re2.compile(text, options)
        except Exception as error:  # noqa: BLE001 - re2 raises its own error and others; all mean: bad
            reason = str(error.args[0] if error.args else error)
            if isinstance(error.args[0] if error.args else "", bytes):
                reason = error.args[0].decode("utf-8", "replace")
        else:
            return None
    return Mistake(
        "conditions.regex",
        f"a regular expression that RE2 accepts: {reason}",
        "RE2 has no look-around and no back-references; test the pattern with an RE2 tool",
    )
