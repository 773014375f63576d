"""Registration: the steps that wait at an agency, for the system whose officer answers for it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse

from motcua.core.cases.actions.work import complete_task
from motcua.core.cases.models import Task
from motcua.core.errors import NotFound
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.services import queries as services
from motcua.systems.govstack import callers, paging
from motcua.systems.govstack.applications import status_of
from motcua.systems.govstack.models import Caller
from motcua.systems.govstack.speaking import NotSaid, body_of, face, part

SORTED_BY = {"created": "offered_at", "dueDate": "due_at", "name": "name"}


@face("GET")
def tasks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Steps that wait: of one application (`fileId`), a process step (`mainTaskId`), an officer (`assigneeId`)."""
    row = callers.may(actor)
    which = Q()
    if file := request.GET.get("fileId", ""):
        which &= Q(case__uuid=paging.identifier(file))
    if step := request.GET.get("mainTaskId", ""):
        which &= Q(element_id=step)
    if officer := request.GET.get("assigneeId", ""):
        which &= Q(assignee_officer__code=officer)
    with acting(SYSTEM):
        found = paging.page(request, _waiting(row).filter(which), SORTED_BY, "offered_at")
        return JsonResponse([_shown(one) for one in found], safe=False)


@face("GET")
def task(request: HttpRequest, actor: Actor, task_id: str) -> HttpResponse:
    """One step, with what it was given."""
    row = callers.may(actor)
    with acting(SYSTEM):
        found = _one(row, task_id)
        return JsonResponse({**_shown(found), "formVariables": found.data, "data": {}})


@face("POST")
def complete(request: HttpRequest, actor: Actor, task_id: str) -> HttpResponse:
    """Do a step in the name of the officer: `data.outcome` is one of the step's outcomes, `data.reason` why, the rest
    goes on with the case. A step that needs an officer's own signature is done by that officer at the desk."""
    row = callers.may(actor)
    given = part(body_of(request), "data")
    outcome, reason = given.pop("outcome", ""), given.pop("reason", "")
    if not isinstance(outcome, str) or not isinstance(reason, str) or not outcome:
        raise NotSaid(
            "Thiếu data.outcome.", "data.outcome is needed: one of the step's outcomes.", "data.outcome"
        )
    officer = callers.officer_of(row)
    with acting(SYSTEM):
        found = _one(row, task_id)
        case = complete_task(officer, found.uuid, outcome, given, reason)
        case.refresh_from_db()
        found.refresh_from_db()
        return JsonResponse({**_shown(found), "variables": {"data": given}})


def _waiting(row: Caller) -> QuerySet[Task]:
    """The open steps of the officer's agency; none where no officer answers."""
    rows = Task.objects.filter(state=Task.State.OPEN, applicant_task=False)
    if row.account_id is None:
        return rows.none()
    callers.officer_of(row)  # who answers must still be in office
    rows = rows.filter(agency=row.agency)
    return rows.select_related("case__business_status", "assignee_officer")


def _one(row: Caller, task_id: str) -> Task:
    found = _waiting(row).filter(uuid=paging.identifier(task_id)).first()
    if found is None:
        raise NotFound()
    return found


def _shown(one: Task) -> dict[str, Any]:
    service = services.pack(one.case.service_version_id)
    return {
        "id": str(one.uuid),
        "mainTaskId": one.element_id,
        "name": one.name_en or one.name,
        "assigneeId": one.assignee_officer.code if one.assignee_officer else "",
        "created": one.offered_at.isoformat(),
        "description": one.verb,
        "outcomes": list(one.data.get("outcomes", ())),
        "fileId": str(one.case.uuid),
        "serviceId": one.case.service_code,
        "serviceName": service.name("en"),
        "eFormId": service.slug,
        "status": {"code": status_of(one.case), "title": one.case.business_status.name_en},
    }
