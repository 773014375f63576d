"""When an office works: days, half days, hours, and the hour after which a receipt counts as tomorrow's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

Session = tuple[time, time]

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
ORDINARY_SESSIONS: tuple[Session, ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
SEARCH_DAYS = 40_000


@dataclass(frozen=True)
class Calendar:
    """The working calendar of one office, edited by an administrator and seeded from published holidays.

    `weekend` holds weekday numbers, Monday = 0. A make-up day is worked although it falls on a weekend.
    `extra_sessions` maps a weekday to hours in which the office is open besides (commune police on Saturday
    mornings): they receive and count as working hours, but do not make that day a working day.
    """

    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()
    sessions: tuple[Session, ...] = ORDINARY_SESSIONS
    cut_off: time = time(15, 0)
    weekend: frozenset[int] = frozenset({5, 6})
    extra_sessions: Mapping[int, tuple[Session, ...]] = field(default_factory=dict, hash=False)
    zone: tzinfo = VIETNAM

    def __post_init__(self) -> None:
        _check_sessions(self.sessions, "an ordinary day")
        for weekday, sessions in self.extra_sessions.items():
            _check_sessions(sessions, f"weekday {weekday}")
        if not set(self.weekend) < set(range(7)):
            raise ValueError("A weekend is weekdays 0 (Monday) to 6 that leave at least one day to work.")
        both = self.holidays & self.make_up_days
        if both:
            raise ValueError(f"{min(both)} is both a holiday and a make-up working day: remove one of them.")

    @classmethod
    def from_holidays_json(cls, data: Mapping[str, Any], **options: Any) -> "Calendar":
        """Read `{"days": {"2026-01-01": name, …}, "make_up_working_saturdays": ["2026-08-22", …]}`.

        `options` are the other fields of the calendar. Raises ValueError naming the entry that is no date.
        """
        days = data.get("days")
        if not isinstance(days, Mapping):
            raise ValueError("The holiday list has no “days”: expected an object of ISO dates and names.")
        make_up = data.get("make_up_working_saturdays", [])
        return cls(
            holidays=frozenset(_iso_date(day, "days") for day in days),
            make_up_days=frozenset(_iso_date(day, "make_up_working_saturdays") for day in make_up),
            **options,
        )

    def local(self, moment: datetime) -> datetime:
        """The moment on this office's wall clock. Raises ValueError for a time without zone."""
        if not isinstance(moment, datetime) or moment.utcoffset() is None:
            raise ValueError(f"{moment} has no time zone: give an aware time such as 2026-11-20T15:20+07:00.")
        if not 1900 <= moment.year <= 2900:
            raise ValueError(f"The year {moment.year} lies outside what a calendar can count (1900 to 2900).")
        return moment.astimezone(self.zone)

    def is_working_day(self, day: date) -> bool:
        """Whether the law counts this day as a working day here."""
        if day in self.make_up_days:
            return True
        return day.weekday() not in self.weekend and day not in self.holidays

    def half_days(self, day: date) -> tuple[Session, ...]:
        """The half days that limits count: the sessions of a working day, none on another day."""
        return self.sessions if self.is_working_day(day) else ()

    def open_hours(self, day: date) -> tuple[Session, ...]:
        """Every session in which the office is open that day, extra ones included, in order."""
        extra = () if day in self.holidays else self.extra_sessions.get(day.weekday(), ())
        return tuple(sorted({*self.half_days(day), *extra}))

    def at(self, day: date, clock: time) -> datetime:
        """That time of that day, on this office's wall clock."""
        return datetime.combine(day, clock, self.zone)

    def close_of(self, day: date) -> datetime:
        """The end of the last half day; on a day off, when it would have been."""
        return self.at(day, self.sessions[-1][1])

    def days_from(self, first: date) -> Iterator[date]:
        """Each day from `first` on, bounded: raises ValueError when the calendar leaves nothing to count."""
        for offset in range(SEARCH_DAYS):
            yield first + timedelta(days=offset)
        raise ValueError(f"The calendar has too few working days: no end within {SEARCH_DAYS} of {first}.")

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        return next(later for later in self.days_from(day + timedelta(days=1)) if self.is_working_day(later))


def _check_sessions(sessions: tuple[Session, ...], where: str) -> None:
    if not sessions:
        raise ValueError(f"The calendar has no working session on {where}.")
    moments = [moment for session in sessions for moment in session]
    if any(earlier >= later for earlier, later in pairwise(moments)):
        raise ValueError(f"The sessions of {where} must be in order and not overlap: {sessions}.")


def _iso_date(text: object, where: str) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"“{text}” under “{where}” is no date; write it as 2026-09-02.") from None
