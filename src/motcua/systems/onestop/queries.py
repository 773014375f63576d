"""The desk's own reads: today's numbers, the work list with its filters, what waits to be signed, the register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from motcua.core import clock
from motcua.core.cases import queries as cases
from motcua.core.cases.models import Case, Code, Task, Transfer
from motcua.core.cases.queries import WorkRow
from motcua.core.documents.models import Document
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.engines.text import name_sort_key
from motcua.engines.working_time import Calendar

PAGE = 50
AT_ONCE = 500
FAR = 4
"""Batches of `AT_ONCE` rows that one page may walk through in search of rows that fit its filters."""
OTHERS_HAVE_IT = (Code.SUPPLEMENT, Code.PAYMENT, Code.STOPPED)


@dataclass(frozen=True, slots=True)
class Numbers:
    """An agency's day. Steps but for `elsewhere`, which counts cases."""

    waiting: int
    today: int
    late: int
    tomorrow: int
    elsewhere: int
    incidents: int
    handed: int
    to_sign: int


def numbers(actor: Actor, agency_id: int) -> Numbers:
    """Today's numbers of an agency: what waits, is due today, is late, will be late on the next working day."""
    now = clock.now()
    tonight = _midnight_after(now.date())
    next_day = next_working_day(organisations.calendar(agency_id), now.date())
    steps = _open(agency_id).aggregate(
        waiting=Count("pk"),
        today=Count("pk", filter=Q(due_at__gte=now, due_at__lt=tonight)),
        late=Count("pk", filter=Q(due_at__lt=now)),
        tomorrow=Count("pk", filter=Q(due_at__gte=tonight, due_at__lt=_midnight_after(next_day))),
        incidents=Count("pk", filter=Q(verb="incident")),
        handed=Count("pk", filter=Q(verb="take_over")),
        to_sign=Count("pk", filter=Q(verb__in=("sign", "sign_again"))),
    )
    return Numbers(elsewhere=waiting_for_others(agency_id).count(), **steps)


def waiting_for_others(agency_id: int) -> QuerySet[Case]:
    """Cases of the agency that wait for the applicant, for money, or for another agency's answer."""
    elsewhere = Task.objects.filter(state=Task.State.OPEN, verb="verify").exclude(agency_id=agency_id)
    return Case.objects.filter(handling_agency_id=agency_id, finished_at=None).filter(
        Q(business_status_id__in=OTHERS_HAVE_IT) | Q(pk__in=elsewhere.values("case_id"))
    )


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A case that waits for somebody outside the agency: for whom, in what, since when."""

    case: Case
    who: str
    step: Task | None


def elsewhere(agency_id: int, limit: int = AT_ONCE) -> list[Elsewhere]:
    """Whom the agency's cases wait for, the longest waiting first."""
    rows = list(
        waiting_for_others(agency_id).select_related("business_status").order_by("updated_at")[:limit]
    )
    asked: dict[int, Task] = {}
    steps = Task.objects.filter(case_id__in=[case.pk for case in rows], state=Task.State.OPEN)
    for task in steps.exclude(agency_id=agency_id).select_related("agency").order_by("-id"):
        asked[task.case_id] = task
    return [
        Elsewhere(case, task.agency.name if task and task.agency else case.applicant_name, task)
        for case in rows
        for task in [asked.get(case.pk)]
    ]


def next_working_day(calendar: Calendar, day: dt.date) -> dt.date:
    """The first working day after `day`."""
    day += dt.timedelta(days=1)
    while not calendar.is_working_day(day):
        day += dt.timedelta(days=1)
    return day


def hand_overs(agency_id: int) -> list[Transfer]:
    """Cases handed to the agency that nobody has taken yet, the oldest first."""
    rows = Transfer.objects.filter(to_agency_id=agency_id, taken_at=None).select_related(
        "case", "from_agency"
    )
    return list(rows.order_by("handed_at"))


@dataclass(frozen=True, slots=True)
class Filters:
    """How an officer narrows the list. Empty = everything."""

    role: str = ""
    state: str = "open"
    service: str = ""
    channel: str = ""
    mine: bool = False
    due: str = ""

    def fits(
        self, row: WorkRow, codes: dict[str, str], now: dt.datetime, ends: dict[str, dt.datetime]
    ) -> bool:
        """Whether a row that the core's list gave passes the filters that it does not know."""
        if self.channel and row.channel != self.channel:
            return False
        if self.service and codes.get(str(row.case_uuid)) != self.service:
            return False
        if not self.due:
            return True
        if row.due_at is None:
            return False
        if self.due == "late":
            return row.due_at < now
        begin = now if self.due == "today" else ends["today"]
        return begin <= row.due_at < ends[self.due]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of work; `after` leads to the next one, "" at the end."""

    rows: list[WorkRow]
    after: str


def work(actor: Actor, agency_id: int, filters: Filters, after: str = "", limit: int = PAGE) -> Listed:
    """The most urgent steps that fit the filters, page by page.

    Role, state and assignee are filtered by the index of the core's list; the rest here, over at most
    `FAR × AT_ONCE` rows a page: `after` then goes on from where the walk stopped.
    """
    fitting: list[WorkRow] = []
    last = after
    now = clock.now()
    ends = _ends(agency_id, now)
    for batch in _batches(actor, agency_id, filters, after, limit):
        codes = _service_codes(batch) if filters.service else {}
        for row in batch:
            last = row.after
            if filters.fits(row, codes, now, ends):
                fitting.append(row)
                if len(fitting) == limit:
                    return Listed(fitting, last)
        if len(batch) < _batch_size(filters, limit):
            return Listed(fitting, "")
    return Listed(fitting, last)


def _batches(
    actor: Actor, agency_id: int, filters: Filters, after: str, limit: int
) -> Iterator[list[WorkRow]]:
    size = _batch_size(filters, limit)
    for _ in range(FAR):
        batch = cases.work_list(
            actor,
            agency_id,
            filters.role or None,
            state=filters.state,
            limit=size,
            after=after,
            mine=filters.mine,
        )
        yield batch
        if len(batch) < size:
            return
        after = batch[-1].after


def _batch_size(filters: Filters, limit: int) -> int:
    return AT_ONCE if filters.channel or filters.service or filters.due else limit


SORTS = ("han", "ma", "nguoi", "nhan")
"""By deadline (the core's order), case number, applicant, time of offer."""


def sorted_rows(rows: list[WorkRow], by: str, descending: bool) -> list[WorkRow]:
    """Rows in another order than urgency."""
    keys: dict[str, Any] = {
        "ma": lambda row: row.number,
        "nguoi": lambda row: (name_sort_key(row.applicant_name), row.number),
        "nhan": lambda row: row.offered_at,
        "han": lambda row: row.sort_at,
    }
    return sorted(rows, key=keys[by], reverse=descending)


def _service_codes(rows: list[WorkRow]) -> dict[str, str]:
    found = Case.objects.filter(uuid__in=[row.case_uuid for row in rows]).values_list("uuid", "service_code")
    return {str(case_uuid): code for case_uuid, code in found}


def _ends(agency_id: int, now: dt.datetime) -> dict[str, dt.datetime]:
    day = next_working_day(organisations.calendar(agency_id), now.date())
    return {"today": _midnight_after(now.date()), "tomorrow": _midnight_after(day)}


@dataclass(frozen=True, slots=True)
class ToSign:
    """A document that waits for a signature. `document` is None where there is no draft yet."""

    task: Task
    document: Document | None


def to_sign(actor: Actor, agency_id: int) -> list[ToSign]:
    """What waits for this officer's signature at the agency, the most urgent first."""
    rows = (
        _open(agency_id)
        .filter(verb__in=("sign", "sign_again"), role__in=[*actor.groups, ""])
        .filter(Q(assignee_officer=None) | Q(assignee_officer_id=actor.officer_id))
        .select_related("case", "assignee_officer")
        .order_by("sort_at", "id")[:AT_ONCE]
    )
    tasks = list(rows)
    wanted = {task.pk: document_of(task) for task in tasks}
    documents = Document.objects.in_bulk([pk for pk in wanted.values() if pk is not None])
    return [ToSign(task, documents.get(wanted[task.pk] or 0)) for task in tasks]


def document_of(task: Task) -> int | None:
    """The id of the document that a sign task is about: its own (a re-issue), else the case's result."""
    found = task.data.get("document") or task.case.data.get("result", {}).get("document")
    return None if found is None else int(found)


def register(agency_id: int, first: dt.date, last: dt.date, limit: int) -> list[Case]:
    """The cases received in a period that the agency received or handles, in order of receipt (form 07)."""
    rows = Case.objects.filter(
        Q(receiving_agency_id=agency_id) | Q(handling_agency_id=agency_id),
        received_at__gte=_midnight(first),
        received_at__lt=_midnight_after(last),
    )
    return list(
        rows.select_related("business_status", "handling_agency").order_by("received_at", "id")[:limit]
    )


def _open(agency_id: int) -> QuerySet[Task]:
    return Task.objects.filter(agency_id=agency_id, state=Task.State.OPEN)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _midnight_after(day: dt.date) -> dt.datetime:
    return _midnight(day + dt.timedelta(days=1))
