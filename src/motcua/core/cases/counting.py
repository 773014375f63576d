"""Counting indicators by day: from cases to sums, once, so that pages of figures never walk over cases."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path

from django.db import connection
from django.utils import timezone


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
        cursor.execute(_statement(), {"since": since, "until": until})
        return int(cursor.rowcount)
