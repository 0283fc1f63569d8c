"""Moments with their zone, and the clocks of duties.

1. A moment without a zone is refused; so is a day that the calendar does not have, and a local time
   that a change of clocks skips or repeats.
2. A business day is Monday to Friday, but for the days off of the duty's calendar. A duty of ``n``
   business days is due at the end of the n-th one after the day of its anchor, in its zone.
3. A month after the 31st is the last day of a shorter month, at the same time.
4. Moments are microseconds since 1970 UTC; a boundary belongs to what begins there.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from gardefou.errors import InputError
from gardefou.orders._instruments import Due
from gardefou.orders._ruling import FOREVER

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US

_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(.*))?\Z", re.ASCII
)
_OFFSET = re.compile(r"Z|([+-])(\d{2}):(\d{2})", re.ASCII)
_EXAMPLE = "2027-03-01T17:00:00+01:00 or 2027-03-01T17:00:00[Europe/Paris]"


def moment(text: str) -> int:
    """The moment that a text names.

    Raises:
        InputError: ``order.time_zone`` without a zone or with an unknown one, ``order.time`` when
            there is no such moment.
    """
    match = _INSTANT.match(text)
    if match is None:
        raise _no_moment(text, "it is no date and time")
    day, time, zone = match.groups()
    if not zone:
        raise InputError(
            f"the time `{text[:40]}` has no zone",
            code="order.time_zone",
            found=text[:40],
            expected=_EXAMPLE,
            help="say where it is that late: add `Z`, an offset or a zone in brackets",
        )
    try:
        local = datetime.fromisoformat(f"{day}T{time}")
    except ValueError as error:
        raise _no_moment(text, str(error).lower()) from None
    if zone.startswith("["):
        return _microseconds(_in_zone(local, zone[1:-1], text))
    offset = _OFFSET.fullmatch(zone)
    if offset is None or int(offset[2] or 0) > 14 or int(offset[3] or 0) > 59:
        raise _no_moment(text, "its offset is none")
    minutes = 0
    if offset[1]:
        minutes = int(offset[1] + "1") * (int(offset[2]) * 60 + int(offset[3]))
    return _microseconds(local.replace(tzinfo=UTC)) - minutes * 60 * SECOND_US


def zone_of(name: str) -> tzinfo:
    """A zone by its name.

    Raises:
        InputError: ``order.time_zone`` when there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(
            f"there is no time zone `{name[:64]}`",
            code="order.time_zone",
            found=name[:64],
            expected="a name of the time zone database, such as Europe/Paris",
            help="spell the zone as the database does",
        ) from None


def shown(at_us: int) -> str:
    """A moment for people and programs, in UTC to the second."""
    if at_us >= FOREVER:
        return ""
    return (EPOCH + timedelta(microseconds=at_us)).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_of(at_us: int) -> str:
    """The day of a moment, in UTC."""
    return (EPOCH + timedelta(microseconds=at_us)).strftime("%Y-%m-%d")


def due_at(due: Due, anchor_us: int) -> int:
    """When a duty whose anchor is at a moment is due.

    Raises:
        InputError: ``order.time_zone`` or ``order.time`` when its zone, moment or days are none.
    """
    if due.anchor == "clock_time":
        return moment(due.at)
    if due.unit == "minutes":
        return anchor_us + due.count * 60 * SECOND_US
    if due.unit == "hours":
        return anchor_us + due.count * 3600 * SECOND_US
    zone = zone_of(due.zone)
    local = (EPOCH + timedelta(microseconds=anchor_us)).astimezone(zone)
    if due.unit == "months":
        month = local.year * 12 + local.month - 1 + due.count
        year, month = divmod(month, 12)
        day = min(local.day, calendar.monthrange(year, month + 1)[1])
        return _microseconds(local.replace(year=year, month=month + 1, day=day))
    days = due.count
    if due.unit == "business_days":
        last = _after_business_days(local.date(), due.count, set(map(_date, due.days_off)))
    else:
        last = local.date() + timedelta(days=days)
    ends = datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1)
    return _microseconds(ends)


def _after_business_days(day: date, count: int, off: Collection[date]) -> date:
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day not in off
    return day


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _no_moment(text, str(error).lower()) from None


def _in_zone(local: datetime, name: str, text: str) -> datetime:
    zone = zone_of(name)
    first, second = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        skipped = back != local
        raise _no_moment(text, "clocks skip it there" if skipped else "clocks show it twice there")
    return first


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def _no_moment(text: str, why: str) -> InputError:
    return InputError(
        f"`{text[:40]}` is no moment: {why}",
        code="order.time",
        found=text[:40],
        expected=_EXAMPLE,
        help="write a day that exists, a time and a zone; an offset settles a repeated hour",
    )
