"""The ground every act stands on: lock the case, move its status, keep its clock."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from motcua.core import clock
from motcua.core.cases import deadlines, hooks, statuses
from motcua.core.cases.models import (
    Case,
    CaseReference,
    Code,
    Delivery,
    ServiceRequest,
    Suspension,
    Sync,
    Task,
)
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor


def lock(case_uuid: uuid.UUID) -> Case:
    """The case, locked until the act ends. Raises NotFound when it is not there or not this person's."""
    case = Case.objects.select_for_update().filter(uuid=case_uuid).first()
    if case is None:
        raise NotFound()
    return case


def require_open(case: Case) -> None:
    """Raise Conflict when the case has ended."""
    if case.business_status_id in statuses.ENDED:
        facts = statuses.facts(case.business_status_id)
        raise Conflict(
            f"Hồ sơ {case.number} đã kết thúc (“{facts.name}”), không thể xử lý thêm.",
            f"Case {case.number} has ended (“{facts.name_en}”); nothing more can be done in it.",
        )


def require_reason(reason: str, field: str = "reason") -> str:
    """The reason, trimmed. Raises UserError when none is given: an act against somebody says why."""
    text = " ".join(reason.split())
    if not text:
        raise UserError("Nhập lý do.", "Give the reason.", field=field)
    return text


def move(case: Case, then: int, actor: Actor, *, reason: str = "", at: dt.datetime | None = None) -> None:
    """Bring the case to the status `then`, with its clock, deadline and event. The caller saves nothing more.

    Raises Conflict when that status cannot follow the present one. The same status again changes nothing.
    """
    before = case.business_status_id
    if before == then:
        return
    statuses.check_move(before, then, case.number)
    at = at or clock.now()
    case.business_status_id = then
    _keep_clock(case, before, then, at, reason)
    if then in statuses.ENDED and case.finished_at is None:
        case.finished_at = at
    if then == Code.RETURNED:
        case.returned_at = at
    if case.external_ids.exists():
        case.sync_state = Sync.PENDING
        defer("cases.tell_outside", case_uuid=str(case.uuid), queueing_lock=f"outside:{case.uuid}")
    case.updated_at = at
    case.save()
    emit(
        "case.status",
        actor,
        case_id=case.pk,
        data={"before": before, "after": int(then), "reason": reason, "due": _text(case.due_at)},
    )
    hooks.status_changed.send(case=case, before=before, after=int(then), actor=actor, reason=reason)


def _keep_clock(case: Case, before: int, then: int, at: dt.datetime, reason: str) -> None:
    stood, stands = statuses.clock_stops(before), statuses.clock_stops(then)
    if stood and (not stands or before != then):
        case.suspensions.filter(end=None).update(end=at)
    if stands:
        Suspension.objects.create(case=case, start=at, reason=reason, status=then)
    if stood != stands:
        case.due_at = deadlines.recompute(case)
        _carry_to_tasks(case)


def _carry_to_tasks(case: Case) -> None:
    """An open step is due no later than its case; while the clock stands still it has no date."""
    for task in case.tasks.filter(state=Task.State.OPEN, applicant_task=False):
        task.due_at = case.due_at
        task.sort_at = case.due_at or task.sort_at
        task.save(update_fields=["due_at", "sort_at"])


def end_process(case: Case, at: dt.datetime) -> None:
    """Take back every open step: the process is over, however it came to that."""
    case.tasks.filter(state=Task.State.OPEN).update(state=Task.State.WITHDRAWN, done_at=at)
    case.service_requests.exclude(state=ServiceRequest.State.DONE).update(
        state=ServiceRequest.State.WITHDRAWN
    )
    state = dict(case.process_state)
    if not state.get("e"):
        state.pop("t", None)
        state["e"] = "cancelled"
    case.process_state = state


def hand_over(case: Case, kind: str, agency_id: int, at: dt.datetime) -> None:
    """Close the dated reference of that kind and open the next."""
    case.references.filter(kind=kind, valid_until=None).update(valid_until=at)
    CaseReference.objects.create(case=case, kind=kind, agency_id=agency_id, valid_from=at)
    if agency_id not in case.agency_ids:
        case.agency_ids = [*case.agency_ids, agency_id]


def deliver(case: Case, state: Delivery) -> None:
    case.delivery_state = state
    case.save(update_fields=["delivery_state"])


def _text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def set_going(case: Case) -> None:
    """Do the steps of the state that stood still while the case waited for somebody."""
    for request in case.service_requests.filter(state=ServiceRequest.State.WAITING):
        defer("cases.run_service", request_uuid=str(request.uuid))


def remember(case: Case, **facts: Any) -> None:
    """Add facts to the case's data, to be found by later steps and by its page."""
    case.data = {**case.data, "facts": {**case.data.get("facts", {}), **facts}}
    case.save(update_fields=["data"])


def offer_work(
    case: Case,
    verb: str,
    name: str,
    name_en: str,
    *,
    role: str = "",
    agency_id: int | None = None,
    **data: Any,
) -> Task:
    """Make a work item that is no step of the process: a hint, a clash, an incident, a hand-over to acknowledge."""
    at = clock.now()
    token_id = data.pop("token_id", None)
    return Task.objects.create(
        case=case, token_id=token_id, name=name, name_en=name_en, role=role, verb=verb,
        agency_id=agency_id or case.handling_agency_id, data=data, offered_at=at, due_at=case.due_at,
        sort_at=case.due_at or at,
    )  # fmt: skip
