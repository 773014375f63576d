"""When the term of keeping ends: what people answered in a service's cases of a month is erased by destroying its key.

The term stands in the service's pack (`retention`: years after the end of a case, with its source). Case number, times,
statuses, decisions' names and the signed results stay: they are the state's own acts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from motcua.core import clock
from motcua.core.cases.models import Case
from motcua.core.cases.models.case import sealing_group
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.core.sealing import rotation
from motcua.core.sealing.models import DataKey
from motcua.core.services.models import ServiceVersion

MONTHS = """
select date_trunc('month', c.received_at at time zone 'UTC') as month, max(c.finished_at)
  from cases_case c
 where c.service_code = %s
 group by 1
having bool_and(c.finished_at is not null)
   and not bool_or(exists (select from cases_case o where o.decided_case_id = c.id and o.finished_at is null))
 order by 1
"""
"""Months of which every case has ended and no objection is open, with the last end."""


@dataclass(frozen=True, slots=True)
class Term:
    """A service's cases of one month (UTC), and when their term of keeping ends."""

    service_code: str
    month: dt.datetime
    ends: dt.datetime

    @property
    def group(self) -> str:
        return sealing_group(self.service_code, self.month)


def erase_due() -> int:
    """Erase what has been kept for its whole term; how many months of a service."""
    now = clock.now()
    erased = 0
    for term in _terms():
        if term.ends <= now and DataKey.objects.filter(group=term.group, erased_at=None).exists():
            _erase(term)
            erased += 1
    return erased


def _terms() -> Iterator[Term]:
    for code, years in rules().items():
        with connection.cursor() as cursor:
            cursor.execute(MONTHS, [code])
            for month, last in cursor.fetchall():
                yield Term(code, month.replace(tzinfo=dt.UTC), _years_after(last, years))


def rules() -> dict[str, int]:
    """For how many years after their end the cases of a service are kept, by its newest version that was in force."""
    newest = (
        ServiceVersion.objects.filter(state__in=("published", "retired"))
        .order_by("service_id", "-number")
        .distinct("service_id")
        .values_list("service__code", "manifest__retention__years")
    )
    return {code: years for code, years in newest if years}


def _erase(term: Term) -> None:
    """Names and papers go with the rows; the key goes last, when nothing can be undone any more."""
    from motcua.core.documents import retention as documents

    nearly = term.month + dt.timedelta(days=32)
    following = nearly.replace(day=1)
    with transaction.atomic():
        cases = Case.objects.filter(
            service_code=term.service_code, received_at__gte=term.month, received_at__lt=following
        )
        ids = list(cases.values_list("pk", flat=True))
        files = documents.forget_files_of(ids)
        with connection.cursor() as cursor:
            cursor.execute(
                "update cases_case set applicant_name = '', title = '', folded = lower(number) where id = any (%s)",
                [ids],
            )
        emit(
            "cases.erased",
            SYSTEM,
            data={
                "service": term.service_code,
                "month": f"{term.month:%Y-%m}",
                "cases": len(ids),
                "files": files,
            },
        )
        transaction.on_commit(lambda: rotation.erase(term.group))


def _years_after(moment: dt.datetime, years: int) -> dt.datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)
