"""Dates, times and durations: their texts, properties and the arithmetic of months (DMN 1.5, 10.3.2.3.4 ff)."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from motcua.engines.feel.far import (
    DAYS,
    MOMENTS,
    from_ordinal,
    instant,
    make_day,
    make_moment,
    ordinal,
    precise,
)
from motcua.engines.feel.values import Fault, Range, YearsMonthsDuration

_ZONE = r"(?P<zone>[Zz]|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z][\w+\-/]*)?"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?"
_DATE = re.compile(r"(?P<year>-?(?:[1-9]\d{4,8}|\d{4}))-(?P<month>\d\d)-(?P<day>\d\d)", re.ASCII)
_TIME = re.compile(_CLOCK + _ZONE, re.ASCII)
_DATE_TIME = re.compile(_DATE.pattern + "T" + _CLOCK + _ZONE, re.ASCII)
_DAYS = re.compile(
    r"(?P<sign>-)?P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d*)?)S)?)?",
    re.ASCII,
)
_MONTHS = re.compile(r"(?P<sign>-)?P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?", re.ASCII)

_LONGEST_OFFSET = dt.timedelta(hours=18)
MIDNIGHT_UTC = dt.time(0, tzinfo=dt.UTC)
#: any moment with a zone, beside which a bare date counts as midnight UTC
ZONED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def parse_date(text: str) -> Any:
    match = _DATE.fullmatch(text)
    if not match:
        raise Fault(f'"{text}" is not a date; write it as 2026-01-31')
    return _made_date(match, text)


def _made_date(match: re.Match[str], text: str) -> Any:
    try:
        return make_day(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        raise Fault(f'"{text}" is no day of the calendar') from None


def parse_time(text: str) -> dt.time:
    match = _TIME.fullmatch(text)
    if not match:
        raise Fault(
            f'"{text}" is not a time; write it as 13:30:00, with +07:00 or @Asia/Ho_Chi_Minh where it matters'
        )
    return _made_time(match, text)[0]


def _made_time(match: re.Match[str], text: str) -> tuple[dt.time, bool]:
    """The time, and whether it was written as 24:00:00, the end of the day."""
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    digits = ((match["fraction"] or ".") + "0" * 9)[1:10]
    fraction, nanos = int(digits[:6]), int(digits[6:])
    ends_day = hour == 24 and not (minute or second or fraction or nanos)
    try:
        clock = dt.time(0 if ends_day else hour, minute, second, fraction, parse_zone(match["zone"]))
        return precise(clock, nanos), ends_day
    except ValueError:
        raise Fault(f'"{text}" is no time of the day') from None


def parse_zone(text: str | None) -> dt.tzinfo | None:
    """`Z`, `+07:00` or `@Asia/Ho_Chi_Minh` as a zone."""
    if not text:
        return None
    if text in ("Z", "z"):
        return dt.UTC
    if text[0] == "@":
        return _named_zone(text[1:])
    hours, minutes, seconds = (int(part) for part in (text[1:] + ":00").split(":")[:3])
    if minutes > 59 or seconds > 59:
        raise Fault(f'"{text}" is no offset from UTC')
    length = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return fixed_zone(-length if text[0] == "-" else length)


def fixed_zone(offset: dt.timedelta) -> dt.tzinfo:
    if abs(offset) > _LONGEST_OFFSET:
        raise Fault("an offset from UTC is at most 18 hours")
    return dt.timezone(offset) if offset else dt.UTC


@lru_cache(maxsize=512)
def _named_zone(name: str) -> dt.tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Fault(f'"{name}" is no time zone of the tz database') from None


def parse_date_time(text: str) -> Any:
    match = _DATE_TIME.fullmatch(text)
    if not match:
        if _DATE.fullmatch(text):
            return make_moment(parse_date(text), dt.time())
        raise Fault(f'"{text}" is not a date and time; write it as 2026-01-31T13:30:00')
    time, ends_day = _made_time(match, text)
    moment = make_moment(_made_date(match, text), time)
    return add_days(moment, DAY) if ends_day else moment


def parse_duration(text: str) -> dt.timedelta | YearsMonthsDuration:
    if len(text) > 3 * 30 or text[-1:] in ("P", "T", ""):
        raise Fault(f'"{text[:40]}" is not a duration; write it as P3D, PT2H30M or P1Y6M')
    if match := _MONTHS.fullmatch(text):
        months = int(match["years"] or 0) * 12 + int(match["months"] or 0)
        return YearsMonthsDuration(-months if match["sign"] else months)
    match = _DAYS.fullmatch(text)
    if not match:
        raise Fault(f'"{text}" is not a duration; write it as P3D, PT2H30M or P1Y6M')
    whole, _, fraction = (match["seconds"] or "0").partition(".")
    try:
        length = dt.timedelta(
            days=int(match["days"] or 0),
            hours=int(match["hours"] or 0),
            minutes=int(match["minutes"] or 0),
            seconds=int(whole),
            microseconds=int((fraction + "000000")[:6]),
        )
    except OverflowError:
        raise Fault(f'"{text}" is longer than a duration can be') from None
    return -length if match["sign"] else length


def parse_at_literal(text: str) -> Any:
    """The value of @"…": whichever of date, date and time, time or duration the text is (rule 62)."""
    if text.lstrip("-")[:1] == "P":
        return parse_duration(text)
    if "T" in text and _DATE_TIME.fullmatch(text):
        return parse_date_time(text)
    if _TIME.fullmatch(text):
        return parse_time(text)
    if _DATE.fullmatch(text):
        return parse_date(text)
    raise Fault(f'@"{text}" is neither a date, a time, a date and time nor a duration')


# texts


def format_date(value: Any) -> str:
    sign = "-" if value.year < 0 else ""
    return f"{sign}{abs(value.year):04d}-{value.month:02d}-{value.day:02d}"


def format_time(value: Any) -> str:
    nanoseconds = value.microsecond * 1000 + getattr(value, "nanos", 0)
    fraction = f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
    return f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}{fraction}{_format_zone(value.tzinfo)}"


def format_date_time(value: Any) -> str:
    return f"{format_date(value)}T{format_time(value)}"


def _format_zone(zone: dt.tzinfo | None) -> str:
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = zone.utcoffset(None)
    if not offset:
        return "Z"
    total = int(offset.total_seconds())
    hours, rest = divmod(abs(total), 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{'-' if total < 0 else '+'}{hours:02d}:{minutes:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


def format_days(value: dt.timedelta) -> str:
    if not value:
        return "PT0S"
    length = abs(value)
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    exact = (
        f"{seconds}.{length.microseconds:06d}".rstrip("0").rstrip(".")
        if length.microseconds
        else str(seconds)
    )
    clock = (
        (f"{hours}H" if hours else "")
        + (f"{minutes}M" if minutes else "")
        + (f"{exact}S" if exact != "0" else "")
    )
    days = f"{length.days}D" if length.days else ""
    return ("-" if value < dt.timedelta() else "") + "P" + days + (f"T{clock}" if clock else "")


def format_months(value: YearsMonthsDuration) -> str:
    length = abs(value)
    if not length.total_months:
        return "P0M"
    text = (f"{length.years}Y" if length.years else "") + (f"{length.months}M" if length.months else "")
    return ("-P" if value.total_months < 0 else "P") + text


# sums


def add_months(value: Any, months: int) -> Any:
    """The same day so many months later, or the last day of that month (10.3.2.13.4)."""
    years, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    last = calendar.monthrange(2000 + years % 400, month + 1)[1]
    try:
        day = make_day(years, month + 1, min(value.day, last))
    except ValueError:
        raise Fault("the date would lie beyond the last year") from None
    return make_moment(day, value.timetz()) if isinstance(value, MOMENTS) else day


def add_days(value: Any, length: dt.timedelta) -> Any:
    """A date or date and time, moved. A moment in a named zone is moved in absolute time."""
    try:
        if not isinstance(value, MOMENTS):
            return (dt.datetime.combine(value, dt.time()) + length).date()
        if isinstance(value.tzinfo, ZoneInfo):
            return (value.astimezone(dt.UTC) + length).astimezone(value.tzinfo)
        return value + length  # type: ignore[operator]  # a far moment goes the longer way
    except (OverflowError, TypeError, AttributeError):
        return _add_far(value, length)


def _add_far(value: Any, length: dt.timedelta) -> Any:
    """The sum where the day, before or after, lies outside the years that datetime holds."""
    clock = value.timetz() if isinstance(value, MOMENTS) else dt.time()
    total = length + dt.timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
    )
    try:
        day = from_ordinal(ordinal(value.year, value.month, value.day) + total.days)
    except (ValueError, OverflowError):
        raise Fault("the date would lie beyond the last year") from None
    if not isinstance(value, MOMENTS):
        return day
    rest = dt.timedelta(seconds=total.seconds, microseconds=total.microseconds)
    return make_moment(day, (dt.datetime(2000, 1, 1) + rest).time().replace(tzinfo=clock.tzinfo))  # noqa: DTZ001


def add_to_time(value: dt.time, length: dt.timedelta) -> dt.time:
    moved = dt.datetime.combine(dt.date(2000, 1, 1), value.replace(tzinfo=None)) + length % DAY
    return moved.time().replace(tzinfo=value.tzinfo)


def difference(left: Any, right: Any) -> dt.timedelta:
    """left − right; a bare date counts as its midnight, in UTC where the other has a zone."""
    first, second = as_moment(left, right), as_moment(right, left)
    if (first.tzinfo is None) != (second.tzinfo is None):
        raise Fault("a moment with a time zone and one without cannot be subtracted")
    return dt.timedelta(microseconds=instant(first) - instant(second))


def as_moment(value: Any, beside: Any = None) -> Any:
    if isinstance(value, MOMENTS):
        return value
    zoned = isinstance(beside, MOMENTS) and beside.tzinfo is not None
    return make_moment(value, MIDNIGHT_UTC if zoned else dt.time())


def time_seconds(value: dt.time) -> dt.timedelta:
    """The time since midnight; since midnight UTC when it has an offset."""
    length = dt.timedelta(
        hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond
    )
    return length - (offset_of(value) or dt.timedelta())


def offset_of(value: Any) -> dt.timedelta | None:
    """The offset from UTC. A bare time in a named zone has that of the zone's standard time this year."""
    if value.tzinfo is None:
        return None
    known: dt.timedelta | None = value.utcoffset()
    if known is None:
        known = dt.datetime(2000, 1, 1, tzinfo=value.tzinfo).utcoffset()
    return known


def months_between(start: Any, end: Any) -> YearsMonthsDuration:
    """Whole months from start to end, towards zero."""
    first, second = as_moment(start, end), as_moment(end, start)
    if (first.tzinfo is None) != (second.tzinfo is None):
        first, second = first.replace(tzinfo=None), second.replace(tzinfo=None)
    elif isinstance(first.tzinfo, dt.tzinfo) and isinstance(second, dt.datetime):
        second = second.astimezone(first.tzinfo)
    months = (second.year - first.year) * 12 + second.month - first.month
    in_first = (first.day, first.time())
    in_second = (second.day, second.time())
    if months > 0 and in_second < in_first:
        months -= 1
    elif months < 0 and in_second > in_first:
        months += 1
    return YearsMonthsDuration(months)


# properties (tables 59 to 65)


def property_of(value: Any, name: str) -> Any:
    """A property of a date, time, duration or range. Raises Fault when it has none of that name."""
    for cls, properties in _PROPERTIES:
        if isinstance(value, cls):
            if name in properties:
                return properties[name](value)
            raise Fault(f"it has no property {name}; it has {', '.join(properties)}")
    raise Fault(f"it has no property {name}")


def _whole(get: Any) -> Any:
    return lambda value: Decimal(get(value))


def _days_part(unit: str) -> Any:
    def get(value: dt.timedelta) -> Decimal:
        length = abs(value)
        part = {
            "days": Decimal(length.days),
            "hours": Decimal(length.seconds // 3600),
            "minutes": Decimal(length.seconds // 60 % 60),
            "seconds": Decimal(length.seconds % 60) + Decimal(length.microseconds) / 1_000_000,
        }[unit]
        return -part if value < dt.timedelta() and part else part

    return get


_DATE_PROPERTIES = {
    "year": _whole(lambda v: v.year),
    "month": _whole(lambda v: v.month),
    "day": _whole(lambda v: v.day),
    "weekday": _whole(lambda v: v.isoweekday()),
}
_TIME_PROPERTIES = {
    "hour": _whole(lambda v: v.hour),
    "minute": _whole(lambda v: v.minute),
    "second": lambda v: Decimal(v.second) + (Decimal(v.microsecond) / 1_000_000 if v.microsecond else 0),
    "time offset": offset_of,
    "timezone": lambda v: v.tzinfo.key if isinstance(v.tzinfo, ZoneInfo) else None,
}
_PROPERTIES: list[tuple[type | tuple[type, ...], dict[str, Any]]] = [
    (MOMENTS, {**_DATE_PROPERTIES, **_TIME_PROPERTIES}),
    (DAYS, _DATE_PROPERTIES),
    (dt.time, _TIME_PROPERTIES),
    (dt.timedelta, {unit: _days_part(unit) for unit in ("days", "hours", "minutes", "seconds")}),
    (YearsMonthsDuration, {"years": _whole(lambda v: v.years), "months": _whole(lambda v: v.months)}),
    (
        Range,
        {
            "start": lambda v: v.start,
            "end": lambda v: v.end,
            "start included": lambda v: v.start_included,
            "end included": lambda v: v.end_included,
        },
    ),
]
