"""When an answer is due: a function of receipt, limit, calendar and the times the clock stood still."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from motcua.core.cases import reference
from motcua.core.cases.models import Case
from motcua.engines import working_time


def limit_of(case: Case) -> working_time.Limit | None:
    """The limit the case was received under, or None where the law sets none."""
    if case.limit_amount is None:
        return None
    return working_time.Limit(case.limit_amount, working_time.Unit(case.limit_unit))


def due(
    received_at: dt.datetime,
    limit: working_time.Limit | None,
    agency_id: int,
    suspensions: Sequence[working_time.Suspension] = (),
    extended_to: dt.datetime | None = None,
) -> dt.datetime | None:
    """When an answer is due; None without a limit, or while the clock stands still.

    An extension (Decree 61/2018 art. 19.9) moves the day; a limit that suspensions push beyond it stays where it is.
    """
    if limit is None:
        return None
    moment = working_time.deadline(received_at, limit, reference.calendar(agency_id), suspensions)
    if moment is None or extended_to is None:
        return moment
    return max(moment, extended_to)


def suspensions_of(case: Case) -> list[working_time.Suspension]:
    """The times the case's clock stood still, in order; the last may be open."""
    return [working_time.Suspension(row.start, row.end) for row in case.suspensions.order_by("start", "id")]


def recompute(case: Case) -> dt.datetime | None:
    """The deadline as it follows from the events, whatever is stored."""
    return due(
        case.received_at, limit_of(case), case.handling_agency_id, suspensions_of(case), case.extended_to
    )


def working_minutes(start: dt.datetime, end: dt.datetime, agency_id: int) -> int:
    """How many minutes of office hours lie between two moments: what a case really took."""
    calendar = reference.calendar(agency_id)
    begin, stop = calendar.local(start), calendar.local(end)
    total = dt.timedelta()
    day = begin.date()
    while day <= stop.date():
        for opens, closes in calendar.half_days(day):
            first, last = max(begin, calendar.at(day, opens)), min(stop, calendar.at(day, closes))
            total += max(last - first, dt.timedelta())
        day += dt.timedelta(days=1)
    return int(total.total_seconds() // 60)
