"""Dates, durations and cycles as BPMN files write them (ISO 8601), on a wall clock or on the legal clock."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from motcua.engines.bpmn.errors import BpmnError
from motcua.engines.working_time import Calendar, Limit, Unit, deadline
from motcua.engines.working_time.clock import months_later

_DURATION = re.compile(
    r"P(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,9})?)S)?)?"
)
_CYCLE = re.compile(r"R(?P<times>-1|\d{0,6})(?:/(?P<start>[^/P][^/]*))?/(?P<duration>P[^/]+)")
ENDLESS = -1


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repeated duration; `times` is -1 without end; `start` is when the first is due, if the file says so."""

    times: int
    duration: str
    start: str | None = None


def cycle(text: str) -> Cycle | None:
    """Read "R3/PT10M" or "R/2026-12-01T08:00:00+07:00/P1D"; None when the text is no cycle."""
    found = _CYCLE.fullmatch(text)
    if found is None:
        return None
    times = found["times"]
    return Cycle(int(times) if times else ENDLESS, found["duration"], found["start"])


def check(text: str) -> None:
    """Raise BpmnError when the text is no date, duration or cycle."""
    repeated = cycle(text)
    if repeated is not None and repeated.times == 0:
        raise BpmnError(f"The timer “{text}” never fires.")
    if repeated is not None and is_no_time(repeated.duration):
        raise BpmnError(f"The timer “{text}” repeats without a pause.")
    for part in (text,) if repeated is None else (repeated.duration, repeated.start):
        if part is not None and part.startswith("P"):
            _duration(part)
        elif part is not None:
            _moment(part)


def is_no_time(duration: str) -> bool:
    """Whether a duration has no length, as PT0S. Raises BpmnError for what is none."""
    *parts, clock = _duration(duration)
    return not any(parts) and not clock


def due_at(text: str, working: bool, now: datetime, calendar: Calendar | None = None) -> datetime:
    """When a date or a duration from `now` (aware) is due.

    On the working clock P3D is three working days and PT4H four working hours of `calendar` (see working_time for
    the rules of counting); else days and hours pass day and night. Raises BpmnError for other texts.
    """
    if not text.startswith("P"):
        return _moment(text)
    years, months, weeks, days, time = _duration(text)
    if not working:
        moved = datetime.combine(months_later(now.date(), years * 12 + months), now.timetz())
        return moved + timedelta(weeks=weeks, days=days) + time
    if years or weeks:
        raise BpmnError(f"The working clock counts months, days and hours; “{text}” has years or weeks.")
    calendar = calendar or Calendar()
    due = now
    for amount, unit in (
        (Decimal(months), Unit.MONTHS),
        (Decimal(days), Unit.WORKING_DAYS),
        (Decimal(str(time.total_seconds())) / 3600, Unit.WORKING_HOURS),
    ):
        if amount:
            due = deadline(due, Limit(amount, unit), calendar) or due
    return due


def _duration(text: str) -> tuple[int, int, int, int, timedelta]:
    found = _DURATION.fullmatch(text)
    if found is None or text == "P":
        raise BpmnError(f"The timer “{text}” is no duration; write P3D for three days or PT72H for 72 hours.")
    years, months, weeks, days = (int(found[part] or 0) for part in ("years", "months", "weeks", "days"))
    time = timedelta(
        hours=int(found["hours"] or 0),
        minutes=int(found["minutes"] or 0),
        seconds=float(found["seconds"] or 0),
    )
    return years, months, weeks, days, time


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BpmnError(
            f"The timer “{text}” is no date, duration or cycle; write 2026-12-01T08:00:00+07:00, PT72H or R3/P1D."
        ) from None
    if moment.utcoffset() is None:
        raise BpmnError(f"The timer “{text}” has no time zone; add one, such as +07:00.")
    return moment
