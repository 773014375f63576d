"""The clock of a case: a function of what happened and of the calendar, so that it can always be recomputed.

Counting follows the Civil Code 2015: the day of receipt is not counted (art. 147) and a limit that ends on
a day off ends with the next working day (art. 148). Received after the cut-off means received with the next
working day's opening (Decree 61/2018 art. 18, kept by Decree 118/2025). The clock stands still while a case
waits for papers, for money, or is stopped (statuses 5, 6 and 8 of the national list).
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice

from motcua.engines.working_time.calendar import Calendar
from motcua.engines.working_time.limit import Limit, Unit


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time in which the clock stands still; `end` is None while it still does. Both are aware times."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment is not None and moment.utcoffset() is None:
                raise ValueError(f"{moment} has no time zone: a suspension starts and ends at aware times.")
        if self.end is not None and self.end < self.start:
            raise ValueError(f"A suspension cannot end ({self.end}) before it starts ({self.start}).")


def start_of_clock(received: datetime, calendar: Calendar) -> datetime:
    """When the clock starts for something received at `received` (aware; else ValueError).

    At once when the office is open, at the next session of the day when it is not, and with the next working
    day's opening when received after the cut-off (at the cut-off itself still counts) or on a day off.
    """
    local = calendar.local(received)
    if local.time() <= calendar.cut_off:
        for opens, closes in calendar.open_hours(local.date()):
            if local < calendar.at(local.date(), closes):
                return max(local, calendar.at(local.date(), opens))
    day = calendar.next_working_day(local.date())
    return calendar.at(day, calendar.sessions[0][0])


def open_at(moment: datetime, calendar: Calendar) -> bool:
    """Whether the office is open at that moment."""
    local = calendar.local(moment)
    return any(opens <= local.time() < closes for opens, closes in calendar.open_hours(local.date()))


def deadline(
    received: datetime, limit: Limit, calendar: Calendar, suspensions: Sequence[Suspension] = ()
) -> datetime | None:
    """When an answer is due, on the office's wall clock; None while a suspension begun before that is open.

    Days and half days count when the clock runs at their close, so a suspension that ends before the close
    costs nothing and none ever shortens a limit. A suspension ends as a receipt does: by the cut-off rule.
    What happens after the deadline has passed does not move it.
    """
    start = start_of_clock(received, calendar)
    still = _Stillness(suspensions, calendar)
    if limit.unit is Unit.HOURS:
        return _after_hours(start, limit.amount, calendar, still)
    if limit.unit is Unit.WORKING_HOURS:
        return _after_working_hours(start, limit.amount, calendar, still)
    half_days = limit.half_days
    if half_days is not None:
        return _nth_close(_session_end(start, calendar), half_days, _half_day_closes(start, calendar), still)
    day_end = max(start, calendar.close_of(start.date()))
    working_closes = _closes(start.date(), calendar, calendar.is_working_day)
    if limit.unit is Unit.WORKING_DAYS:
        return _nth_close(day_end, int(limit.amount), working_closes, still)
    days = int(limit.amount)
    if limit.unit is Unit.MONTHS:
        days = (months_later(start.date(), days) - start.date()).days
    last = _nth_close(day_end, days, _closes(start.date(), calendar, lambda day: True), still)
    return None if last is None else next((due for due in still.running(working_closes) if due >= last), None)


def suspensions_of(changes: Iterable[tuple[datetime, bool]]) -> list[Suspension]:
    """The suspensions told by a case's events: pairs of when, and whether the clock runs from then on.

    The clock runs before the first change; repeated reports of the same state change nothing.
    """
    suspensions: list[Suspension] = []
    stopped: datetime | None = None
    for at, runs in sorted(changes, key=lambda change: change[0]):
        if not runs and stopped is None:
            stopped = at
        elif runs and stopped is not None:
            suspensions.append(Suspension(stopped, at))
            stopped = None
    if stopped is not None:
        suspensions.append(Suspension(stopped))
    return suspensions


class _Stillness:
    """The spans in which the clock stands still, merged and in order; the last may be open."""

    def __init__(self, suspensions: Sequence[Suspension], calendar: Calendar) -> None:
        spans = [
            (calendar.local(pause.start), pause.end and start_of_clock(pause.end, calendar))
            for pause in suspensions
            if pause.end is None or pause.end > pause.start
        ]
        spans.sort(key=lambda span: span[0])
        self.spans: list[tuple[datetime, datetime | None]] = []
        for begin, end in spans:
            if self.spans and (self.spans[-1][1] is None or begin <= self.spans[-1][1]):
                before = self.spans.pop()
                end = None if before[1] is None or end is None else max(before[1], end)
                begin = before[0]
            self.spans.append((begin, end))

    def running(self, moments: Iterable[datetime]) -> Iterator[datetime]:
        """Those of the ordered moments at which the clock runs, until one that an open span covers."""
        for moment in moments:
            span = next((span for span in self.spans if span[0] < moment and not _over(span, moment)), None)
            if span is None:
                yield moment
            elif span[1] is None:
                return

    def run_times(
        self, begin: datetime, end: datetime | None = None
    ) -> Iterator[tuple[datetime, datetime | None]]:
        """The parts of [begin, end] in which the clock runs; without `end` the last may have none."""
        for still_from, still_until in self.spans:
            if end is not None and still_from >= end:
                break
            if still_from > begin:
                yield begin, still_from
            if still_until is None:
                return
            begin = max(begin, still_until)
        if end is None or begin < end:
            yield begin, end

    def for_good_at(self, moment: datetime) -> bool:
        """Whether the clock stands at that moment with no end known."""
        return bool(self.spans) and self.spans[-1][1] is None and self.spans[-1][0] <= moment


def _over(span: tuple[datetime, datetime | None], moment: datetime) -> bool:
    return span[1] is not None and span[1] <= moment


def _closes(first: date, calendar: Calendar, counts: Callable[[date], bool]) -> Iterator[datetime]:
    return (calendar.close_of(day) for day in calendar.days_from(first) if counts(day))


def _half_day_closes(start: datetime, calendar: Calendar) -> Iterator[datetime]:
    for day in calendar.days_from(start.date()):
        for _, closes in calendar.half_days(day):
            if calendar.at(day, closes) > start:
                yield calendar.at(day, closes)


def _session_end(start: datetime, calendar: Calendar) -> datetime:
    day = start.date()
    ends = (calendar.at(day, closes) for _, closes in calendar.open_hours(day))
    return next(end for end in ends if end > start)


def _nth_close(
    start_close: datetime, amount: int, closes: Iterator[datetime], still: _Stillness
) -> datetime | None:
    """The `amount`-th close after the one in which the clock started; 0 is the first of all."""
    running = still.running(closes)
    if amount == 0:
        return next(running, None)
    return next(islice((close for close in running if close > start_close), amount - 1, None), None)


def _after_hours(start: datetime, hours: Decimal, calendar: Calendar, still: _Stillness) -> datetime | None:
    """Hours on the wall clock; an end outside office hours is put off to the next opening."""
    left = _duration(hours)
    for begin, end in still.run_times(start):
        if end is None or end - begin >= left:
            return _put_off(begin + left, calendar, still)
        left -= end - begin
    return None


def _put_off(moment: datetime, calendar: Calendar, still: _Stillness) -> datetime | None:
    for day in calendar.days_from(moment.date()):
        for opens, closes in calendar.open_hours(day):
            if moment <= calendar.at(day, closes):
                due = max(moment, calendar.at(day, opens))
                return next((begin for begin, _ in still.run_times(due)), None) if due > moment else due
    return None


def _after_working_hours(
    start: datetime, hours: Decimal, calendar: Calendar, still: _Stillness
) -> datetime | None:
    left = _duration(hours)
    for day in calendar.days_from(start.date()):
        for opens, closes in calendar.open_hours(day):
            for begin, end in still.run_times(max(start, calendar.at(day, opens)), calendar.at(day, closes)):
                if end is not None and end - begin >= left:
                    return begin + left
                left -= (end or begin) - begin
            if still.for_good_at(calendar.at(day, closes)):
                return None
    return None


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day (Civil Code art. 148.3)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _duration(hours: Decimal) -> timedelta:
    return timedelta(seconds=float(hours * 3600))
