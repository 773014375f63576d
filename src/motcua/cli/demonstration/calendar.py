"""When the day is: a Friday, the Sunday night and the Monday after it, all past, so that nothing is signed ahead."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Days:
    """The Friday with which it begins; times are of the installation's zone."""

    begins: dt.date
    zone: dt.tzinfo

    def friday(self, hour: int, minute: int) -> dt.datetime:
        return self._at(0, hour, minute)

    def sunday(self, hour: int, minute: int) -> dt.datetime:
        return self._at(2, hour, minute)

    def monday(self, hour: int, minute: int) -> dt.datetime:
        return self._at(3, hour, minute)

    def _at(self, days: int, hour: int, minute: int) -> dt.datetime:
        return dt.datetime.combine(self.begins + dt.timedelta(days), dt.time(hour, minute), self.zone)


def days_before(now: dt.datetime) -> Days:
    """The last such days that ended before `now` (aware): the Monday noon is past."""
    zone = now.tzinfo
    assert zone is not None
    friday = now.date() - dt.timedelta(days=(now.weekday() - 4) % 7)
    while dt.datetime.combine(friday + dt.timedelta(3), dt.time(12), zone) >= now:
        friday -= dt.timedelta(days=7)
    return Days(friday, zone)
