"""What the state could not do by itself, and the lists that must be empty."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from motcua.core.attempting import attempt
from motcua.core.cases.models import Case, ServiceRequest, Task
from motcua.core.errors import Text
from motcua.core.identity.access import policy
from motcua.core.payments import queries as payments
from motcua.core.payments.models import Attempt, StatementLine
from motcua.core.registers.models import NumberRequest, RequestState
from motcua.systems.onestop import failed_jobs
from motcua.systems.onestop.desk import actor_of, agency_of, already, go, page

MANY = 200


@dataclass(frozen=True, slots=True)
class Unmoneyed:
    """An attempt held for paid that no statement bears out, with its case."""

    attempt: Attempt
    case: Case


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Money on a statement that pays nothing we know of; its case where the transfer names one of ours."""

    line: StatementLine
    case: Case | None


@policy("officer")
@require_GET
def incidents(request: HttpRequest) -> HttpResponse:
    """Failed steps, steps being tried again, open requests for numbers, money without a case and the reverse."""
    agency = agency_of(request)
    actor = actor_of(request)
    sees_money = actor.has("cashier", "chair")
    context = {
        "incidents": list(
            Task.objects.filter(agency_id=agency, state=Task.State.OPEN, verb="incident")
            .select_related("case")
            .order_by("offered_at")[:MANY]
        ),
        "retrying": list(
            ServiceRequest.objects.filter(
                state=ServiceRequest.State.WAITING, attempts__gt=0, case__handling_agency_id=agency
            )
            .select_related("case")
            .order_by("asked_at")[:MANY]
        ),
        "failed": failed_jobs.of_agency(agency),
        "numbers": open_numbers(agency),
        "sees_money": sees_money,
        "unplaced": unplaced(agency) if sees_money else [],
        "unmoneyed": unmoneyed(agency) if sees_money else [],
    }
    return page(request, "incidents", context)


@policy("officer")
@require_POST
def retry_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Let a failed piece of background work run again."""
    agency_of(request)
    if attempt(lambda: failed_jobs.retry(actor_of(request), job_id)) is not None:
        return already(request, "incidents")
    said = Text("Hệ thống sẽ làm lại việc này ngay.", "The system does it again at once.")
    return go(request, "incidents", said=said)


def open_numbers(agency_id: int) -> list[tuple[NumberRequest, Case]]:
    """Requests for personal numbers that have no number yet, of cases that the agency handles."""
    rows = NumberRequest.objects.exclude(state=RequestState.ISSUED).order_by("requested_at")[: MANY * 5]
    requests = {row.case_id: row for row in rows}
    cases = Case.objects.filter(pk__in=requests, handling_agency_id=agency_id)
    return sorted(((requests[case.pk], case) for case in cases), key=lambda pair: pair[0].requested_at)


def unmoneyed(agency_id: int) -> list[Unmoneyed]:
    """Of the agency's cases: paid as we think, yet on no statement."""
    attempts = payments.case_without_money()
    cases = _cases(agency_id, [attempt.reference for attempt in attempts])
    return [
        Unmoneyed(attempt, cases[attempt.reference]) for attempt in attempts if attempt.reference in cases
    ]


def unplaced(agency_id: int) -> list[Unplaced]:
    """Money that came for a case of the agency but does not fit, and money that names no case at all."""
    lines = payments.paid_without_case()
    known = {
        attempt.pk: attempt for attempt in Attempt.objects.filter(pk__in=[line.attempt_id for line in lines])
    }
    cases = _cases(agency_id, [attempt.reference for attempt in known.values()])
    found = []
    for line in lines:
        attempt = known.get(line.attempt_id or 0)
        if attempt is None:
            found.append(Unplaced(line, None))
        elif attempt.reference in cases:
            found.append(Unplaced(line, cases[attempt.reference]))
    return found


def _cases(agency_id: int, references: list[str]) -> dict[str, Case]:
    """The agency's cases by reference; references of other rooms are passed over."""
    wanted = []
    for reference in references:
        try:
            wanted.append(uuid.UUID(reference))
        except ValueError:
            continue
    rows = Case.objects.filter(uuid__in=wanted, agency_ids__contains=[agency_id])
    return {str(case.uuid): case for case in rows}
