"""Dates, times, durations: building them, the clock, the calendar (DMN 1.5, 10.3.4.1, 10.3.4.6, 10.3.4.7)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from motcua.engines.feel import temporal
from motcua.engines.feel.far import DAYS, MOMENTS, make_day, make_moment
from motcua.engines.feel.library.registry import ABSENT, feel, number, single, string
from motcua.engines.feel.values import Fault, YearsMonthsDuration, kind


def _part(value: Any, what: str) -> int:
    n = number(value)
    if n != n.to_integral_value() or abs(n) > 10**9:
        raise Fault(f"{n} is no {what}")
    return int(n)


@feel("date", "from", "year, month, day")
def make_date(first: Any, month: Any = ABSENT, day: Any = ABSENT) -> Any:
    if month is not ABSENT:
        try:
            return make_day(_part(first, "year"), _part(month, "month"), _part(day, "day"))
        except ValueError:
            raise Fault("there is no such day in the calendar") from None
    value = single(first)
    if isinstance(value, MOMENTS):
        return value.date()
    return value if isinstance(value, DAYS) else temporal.parse_date(string(value))


@feel("time", "from", "hour, minute, second, offset?")
def make_time(first: Any, minute: Any = ABSENT, second: Any = ABSENT, offset: Any = None) -> dt.time:
    if minute is not ABSENT:
        return _time_of_parts(first, minute, second, offset)
    value = single(first)
    if isinstance(value, MOMENTS):
        return value.timetz()
    if isinstance(value, dt.time):
        return value
    return temporal.MIDNIGHT_UTC if isinstance(value, DAYS) else temporal.parse_time(string(value))


def _time_of_parts(hour: Any, minute: Any, second: Any, offset: Any) -> dt.time:
    seconds = number(second)
    if offset is not None and not isinstance(offset, dt.timedelta):
        raise Fault("the offset is a days and time duration")
    zone = None if offset is None else temporal.fixed_zone(offset)
    if not 0 <= seconds < 60:
        raise Fault("there is no such time of the day")
    try:
        micro = int(seconds % 1 * 1_000_000)
        return dt.time(_part(hour, "hour"), _part(minute, "minute"), int(seconds), micro, zone)
    except ValueError:
        raise Fault("there is no such time of the day") from None


@feel("date and time", "from", "date, time", "date, time, timezone")
def make_date_and_time(first: Any, time: Any = ABSENT, zone: Any = ABSENT) -> Any:
    value = single(first)
    if time is ABSENT:
        if isinstance(value, DAYS):
            return temporal.as_moment(value, temporal.ZONED)
        return temporal.parse_date_time(string(value))
    clock = single(time)
    if not isinstance(value, DAYS) or not isinstance(clock, dt.time):
        raise Fault(f"a date and a time are needed, not a {kind(value)} and a {kind(clock)}")
    day = value.date() if isinstance(value, MOMENTS) else value
    moment = make_moment(day, clock)
    return moment if zone is ABSENT else moment.replace(tzinfo=temporal.parse_zone("@" + string(zone)))


@feel("duration", "from")
def make_duration(text: Any) -> dt.timedelta | YearsMonthsDuration:
    value = single(text)
    if isinstance(value, dt.timedelta | YearsMonthsDuration):
        return value
    return temporal.parse_duration(string(value))


@feel("years and months duration", "from, to")
def months_between(start: Any, end: Any) -> YearsMonthsDuration:
    return temporal.months_between(_day(start), _day(end))


def _day(value: Any) -> Any:
    day = single(value)
    if not isinstance(day, DAYS):
        raise Fault(f"a date or a date and time is needed, not a {kind(day)}")
    return day


@feel("now")
def now() -> dt.datetime:
    """The present moment; an evaluation puts the function of its own clock before this one."""
    return dt.datetime.now().astimezone()


@feel("today")
def today() -> dt.date:
    return now().date()


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _twin(value: Any) -> dt.date:
    """The day, or one of the same place in the calendar that Python can hold."""
    day = _day(value)
    return day if isinstance(day, dt.date) else day.twin


@feel("day of year", "date")
def day_of_year(value: Any) -> Decimal:
    return Decimal(_twin(value).timetuple().tm_yday)


@feel("day of week", "date")
def day_of_week(value: Any) -> str:
    return _WEEKDAYS[_twin(value).weekday()]


@feel("month of year", "date")
def month_of_year(value: Any) -> str:
    return _MONTHS[_day(value).month - 1]


@feel("week of year", "date")
def week_of_year(value: Any) -> Decimal:
    """The ISO 8601 week."""
    return Decimal(_twin(value).isocalendar().week)
