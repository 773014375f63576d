"""Days and moments that Python's datetime cannot hold: years before 1 and after 9999, and nanoseconds.

FEEL's years go from −999,999,999 to 999,999,999 and its seconds to nine digits (DMN 1.5, 10.3.2.3.4).
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from functools import total_ordering
from typing import Any

_MICROSECONDS = 86_400_000_000
_LAST_YEAR = 999_999_999


def ordinal(year: int, month: int, day: int) -> int:
    """The number of a day in the Gregorian calendar, 1 for 0001-01-01, as date.toordinal."""
    cycles, rest = divmod(year - 2000, 400)
    return dt.date(2000 + rest, month, day).toordinal() + cycles * 146_097


def from_ordinal(number: int) -> dt.date | FarDate:
    """The day of that number. Raises ValueError beyond the last year."""
    cycles, rest = divmod(number - dt.date(2000, 1, 1).toordinal(), 146_097)
    twin = dt.date(2000, 1, 1) + dt.timedelta(days=rest)
    return make_day(twin.year + 400 * cycles, twin.month, twin.day)


def make_day(year: int, month: int, day: int) -> dt.date | FarDate:
    """A day of the calendar. Raises ValueError when there is none."""
    return dt.date(year, month, day) if 1 <= year <= 9999 else FarDate(year, month, day)


@total_ordering
class FarDate:
    """A day outside the years 1 to 9999."""

    __slots__ = ("day", "month", "year")

    def __init__(self, year: int, month: int, day: int) -> None:
        if (
            abs(year) > _LAST_YEAR
            or not 1 <= month <= 12
            or not 1 <= day <= monthrange(2000 + year % 400, month)[1]
        ):
            raise ValueError("there is no such day")
        self.year, self.month, self.day = year, month, day

    @property
    def twin(self) -> dt.date:
        """The day of the same place in the calendar's cycle of 400 years: same weekday, same week."""
        return dt.date(2000 + self.year % 400, self.month, self.day)

    def isoweekday(self) -> int:
        return self.twin.isoweekday()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FarDate | dt.date) or isinstance(other, dt.datetime):
            return NotImplemented
        return (self.year, self.month, self.day) == (other.year, other.month, other.day)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, FarDate | dt.date) or isinstance(other, dt.datetime):
            return NotImplemented
        return (self.year, self.month, self.day) < (other.year, other.month, other.day)

    def __hash__(self) -> int:
        return hash((self.year, self.month, self.day))

    def __repr__(self) -> str:
        return f"FarDate({self.year}, {self.month}, {self.day})"


@total_ordering
class FarMoment:
    """A date and time whose day lies outside the years 1 to 9999."""

    __slots__ = ("_clock", "_day")

    def __init__(self, day: FarDate, clock: dt.time) -> None:
        self._day, self._clock = day, clock

    def __getattr__(self, name: str) -> Any:
        return getattr(
            self._day if name in ("year", "month", "day", "twin", "isoweekday") else self._clock, name
        )

    def date(self) -> FarDate:
        return self._day

    def time(self) -> dt.time:
        return self._clock.replace(tzinfo=None)

    def timetz(self) -> dt.time:
        return self._clock

    def replace(self, **parts: Any) -> FarMoment:
        """The moment with another zone or fraction of a second."""
        return FarMoment(self._day, self._clock.replace(**parts))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FarMoment | dt.datetime):
            return NotImplemented
        return instant(self) == instant(other)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, FarMoment | dt.datetime):
            return NotImplemented
        return instant(self) < instant(other)

    def __hash__(self) -> int:
        return hash(instant(self))

    def __repr__(self) -> str:
        return f"FarMoment({self._day!r}, {self._clock!r})"


def instant(value: FarMoment | dt.datetime) -> int:
    """Microseconds since the start of year 1, in UTC for a moment with a zone."""
    clock = value.timetz()
    micro = ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond
    offset = value.utcoffset()
    if offset is None and clock.tzinfo is not None:
        offset = dt.datetime(2000, 1, 1, tzinfo=clock.tzinfo).utcoffset()
    shift = (offset or dt.timedelta()) // dt.timedelta(microseconds=1)
    return ordinal(value.year, value.month, value.day) * _MICROSECONDS + micro - shift


class PreciseTime(dt.time):
    """A time with digits beyond the microsecond, kept for its text; `nanos` is 1 to 999."""

    nanos = 0


class PreciseMoment(dt.datetime):
    """A date and time with digits beyond the microsecond."""

    nanos = 0

    def timetz(self) -> dt.time:
        return precise(super().timetz(), self.nanos)


def precise(clock: dt.time, nanos: int) -> dt.time:
    """The time with these nanoseconds added."""
    if not nanos:
        return clock
    made = PreciseTime(clock.hour, clock.minute, clock.second, clock.microsecond, clock.tzinfo)
    made.nanos = nanos
    return made


def make_moment(day: dt.date | FarDate, clock: dt.time) -> Any:
    """The date and time of a day and a time."""
    if isinstance(day, FarDate):
        return FarMoment(day, clock)
    moment = dt.datetime.combine(day, clock)
    nanos = getattr(clock, "nanos", 0)
    if not nanos:
        return moment
    made = PreciseMoment.combine(day, clock)
    made.nanos = nanos
    return made


DAYS = (dt.date, FarDate, FarMoment)
MOMENTS = (dt.datetime, FarMoment)
