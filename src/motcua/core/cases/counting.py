"""Counting indicators by day: from cases to sums, once, so that pages of figures never walk over cases."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from motcua.core.cases import deadlines
from motcua.core.cases.models import Case


@lru_cache(maxsize=1)
def _statement() -> str:
    return (Path(__file__).parent / "sql" / "indicator_day.sql").read_text("utf-8")


def count_days(first: dt.date, last: dt.date) -> int:
    """Count the days anew, the last included; returns the number of rows. What happened later in a case (finished,
    rated) counts on the day it happened."""
    zone = timezone.get_default_timezone()
    since = dt.datetime.combine(first, dt.time(), zone)
    until = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone)
    with connection.cursor() as cursor:
        cursor.execute("delete from cases_indicatorday where day between %s and %s", [first, last])
        taken = json.dumps(_taken(since, until))
        cursor.execute(_statement(), {"since": since, "until": until, "taken": taken})
        return int(cursor.rowcount)


def _taken(since: dt.datetime, until: dt.datetime) -> list[dict[str, Any]]:
    """The minutes of office hours that the finished cases took, by day, agency, service and channel.

    From receipt to finish as the handling agency's calendar has it, less the times the clock stood still: waiting for
    the applicant's papers or money is not work of the state.
    """
    sums: Counter[tuple[dt.date, int, str, str]] = Counter()
    finished = Case.objects.filter(finished_at__gte=since, finished_at__lt=until)
    for case in finished.prefetch_related("suspensions").iterator(chunk_size=1000):
        assert case.finished_at is not None
        day = timezone.localtime(case.finished_at).date()
        key = (day, case.competent_agency_id, case.service_code, case.channel)
        sums[key] += _minutes(case, case.finished_at)
    return [
        {"day": str(day), "agency": agency, "service_code": service, "channel": channel, "minutes": minutes}
        for (day, agency, service, channel), minutes in sums.items()
    ]


def _minutes(case: Case, end: dt.datetime) -> int:
    agency = case.handling_agency_id
    stood = sum(
        deadlines.working_minutes(one.start, min(one.end or end, end), agency)
        for one in case.suspensions.all()
    )
    return max(0, deadlines.working_minutes(case.received_at, end, agency) - stood)
