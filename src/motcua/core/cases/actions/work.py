"""The officer's day: receive, do a step, take it, hand the case over, return the result."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from motcua.core import clock
from motcua.core.cases import awaiting, decisions, doubts, policies, reference, results, standing
from motcua.core.cases.actions.again import decide_again
from motcua.core.cases.actions.number import settle_number
from motcua.core.cases.models import Case, CaseReference, Code, Delivery, ServiceRequest, Task, Transfer
from motcua.core.cases.running import Run
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting

REASON_NEEDED = frozenset({"refuse", "refused", "reject", "depart", "not_confirmed", "upheld", "dismissed"})
"""Outcomes that go against somebody or against the rules: they need a reason."""


def receive(actor: Actor, case_uuid: uuid.UUID, *, note: str = "") -> Case:
    """Receive the application: it is complete, the receipt with the appointed day goes out."""
    case = standing.lock(case_uuid)
    policies.require(actor, case, "receive")
    task = case.tasks.filter(state=Task.State.OPEN, verb="receive").first()
    if task is None:
        raise Conflict(
            f"Hồ sơ {case.number} không còn chờ tiếp nhận. Tải lại trang.",
            f"Case {case.number} no longer waits to be received. Reload the page.",
        )
    return _complete(case, task, actor, "receive", {}, note)


def complete_task(
    actor: Actor,
    task_uuid: uuid.UUID,
    outcome: str,
    data: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Case:
    """Do a step: note what came of it and let the process go on.

    Raises NotFound for a task of others, Conflict when it was done meanwhile, UserError for an outcome that the step
    does not have or for a missing reason.
    """
    task = Task.objects.select_related("case").filter(uuid=task_uuid).first()
    if task is None:
        raise NotFound()
    case = standing.lock(task.case.uuid)
    task = Task.objects.select_for_update().get(pk=task.pk)
    if not policies.may_do(actor, task, case):
        raise NotAllowed(
            f"Bước “{task.name}” không thuộc nhiệm vụ của ông/bà.",
            f"The step “{task.name}” is not yours to do.",
        )
    if task.verb == "number" and task.state == Task.State.OPEN:
        return settle_number(actor, case.uuid, outcome, str((data or {}).get("number", "")), reason)
    if task.verb in ("sign", "sign_again") and outcome == "signed" and not _is_signed(task):
        raise UserError(
            "Văn bản chưa được ký. Ký trước rồi mới kết thúc bước này.",
            "The document is not signed yet: sign it first.",
        )
    return _complete(case, task, actor, outcome, data or {}, reason)


def _complete(
    case: Case, task: Task, actor: Actor, outcome: str, data: Mapping[str, Any], reason: str
) -> Case:
    if task.token_id is not None:
        standing.require_open(case)
    if task.state != Task.State.OPEN:
        raise Conflict(
            f"Bước “{task.name}” đã xong hoặc đã được thu lại. Tải lại trang để xem bước hiện tại.",
            f"The step “{task.name}” is done or was withdrawn. Reload the page.",
        )
    if task.token_id is not None and task.verb != "receive":
        doubts.require_going_on(case)
        awaiting.require_going_on(case)
    _check_outcome(task, outcome, reason)
    at = clock.now()
    task.state, task.outcome, task.reason = Task.State.DONE, outcome, " ".join(reason.split())
    task.done_at, task.done_by_label = at, actor.label
    task.save(update_fields=["state", "outcome", "reason", "done_at", "done_by_label"])
    emit(
        f"task.{task.verb}",
        actor,
        case_id=case.pk,
        subject=("task", task.pk),
        data={"task": task.name, "outcome": outcome, "reason": task.reason},
    )
    if task.token_id is None or task.verb == "incident":
        _settle_aside(case, task, actor)
        return case
    if task.verb == "receive":
        if case.business_status_id == Code.NEW:
            standing.move(case, Code.RECEIVED, actor, at=at)
        defer("cases.write_slip", case_uuid=str(case.uuid), slip="receipt")
        if case.data.get(doubts.DOUBTED):
            defer("cases.meet_doubts", case_uuid=str(case.uuid))
    if task.verb in ("decide", "appraise", "sign"):
        decisions.adopt(case, actor, outcome)
    case.service_requests.filter(token_id=task.token_id, state=ServiceRequest.State.WAITING).update(
        state=ServiceRequest.State.DONE, done_at=at
    )
    result = {**data, "outcome": outcome, "reason": task.reason, "officer": actor.label}
    Run(case, actor, at).complete(task.token_id, result)
    return case


def _check_outcome(task: Task, outcome: str, reason: str) -> None:
    known = task.data.get("outcomes") or []
    if known and outcome not in known:
        raise UserError(
            f"Bước “{task.name}” không có kết quả “{outcome}”; chọn một trong: {', '.join(known)}.",
            f"The step “{task.name}” has no outcome “{outcome}”; choose one of: {', '.join(known)}.",
            field="outcome",
        )
    if outcome in REASON_NEEDED:
        standing.require_reason(reason)


def _settle_aside(case: Case, task: Task, actor: Actor) -> None:
    """A work item that is no step of the process: an objection decided, a hint seen, an incident mended."""
    if task.verb == "objection":
        _answer_objection(case, task, actor)
    elif task.verb == "sign_again":
        with acting(SYSTEM):
            results.issue_again(case)
    elif task.verb == "incident":
        _mend(case, task, actor)


def _answer_objection(case: Case, task: Task, actor: Actor) -> None:
    """Upheld: the decision falls and a new case decides again. Dismissed: it stands, and the reason is told."""
    outcome = {"kind": task.outcome, "reason": task.reason, "by": actor.label}
    if task.outcome == "upheld":
        outcome["again"] = decide_again(actor, case, task.reason).number
    case.end_as(outcome)
    standing.move(case, Code.FINISHED, actor, reason=task.reason)
    give_back(case, actor, told=f"objection.{task.outcome}")


def _mend(case: Case, task: Task, actor: Actor) -> None:
    """An officer has seen to an incident: try again from where it stopped."""
    known = task.data.get("request")
    requests = case.service_requests.exclude(state=ServiceRequest.State.WITHDRAWN).order_by("-id")
    request = (
        requests.filter(uuid=known).first() if known else requests.filter(token_id=task.token_id or 0).first()
    )
    if request is not None:
        request.state, request.attempts, request.last_error = ServiceRequest.State.WAITING, 0, ""
        request.save(update_fields=["state", "attempts", "last_error"])
        defer("cases.run_service", request_uuid=str(request.uuid))
    elif task.token_id is not None:
        Run(case, actor).retry(task.token_id)


def _is_signed(task: Task) -> bool:
    from motcua.core.documents.models import Document

    return Document.objects.filter(pk=results.to_sign(task) or 0, state__in=("signed", "issued")).exists()


def take(actor: Actor, task_uuid: uuid.UUID) -> Task:
    """Take a step for oneself, so that colleagues leave it alone."""
    task = Task.objects.select_for_update().select_related("case").filter(uuid=task_uuid).first()
    if task is None:
        raise NotFound()
    if not policies.may_do(actor, task, task.case) or task.state != Task.State.OPEN:
        raise NotAllowed(
            f"Bước “{task.name}” không còn ở chỗ ông/bà.",
            f"The step “{task.name}” is no longer yours to take.",
        )
    task.assignee_officer_id = actor.officer_id
    task.save(update_fields=["assignee_officer"])
    emit("task.taken", actor, case_id=task.case_id, subject=("task", task.pk), data={"task": task.name})
    return task


def give_up(actor: Actor, task_uuid: uuid.UUID) -> Task:
    """Put a step back for colleagues to take."""
    task = (
        Task.objects.select_for_update().filter(uuid=task_uuid, assignee_officer_id=actor.officer_id).first()
    )
    if task is None:
        raise NotFound()
    task.assignee_officer_id = None
    task.save(update_fields=["assignee_officer"])
    emit("task.given_up", actor, case_id=task.case_id, subject=("task", task.pk), data={"task": task.name})
    return task


def transfer(actor: Actor, case_uuid: uuid.UUID, to_agency: int, reason: str) -> Transfer:
    """Hand a case to the agency that should handle it. It counts as handed over when that agency has taken it; until
    then both see it (Decree 61/2018 art. 18)."""
    reason = standing.require_reason(reason)
    case = standing.lock(case_uuid)
    policies.require(actor, case, "transfer")
    if to_agency == case.handling_agency_id:
        raise UserError("Hồ sơ đã ở cơ quan này.", "The case is with that agency already.", field="to_agency")
    target = reference.agency(to_agency)
    at = clock.now()
    handed = Transfer.objects.create(
        case=case, from_agency_id=case.handling_agency_id, to_agency_id=to_agency, reason=reason, handed_at=at,
        handed_by=actor.label,
    )  # fmt: skip
    case.agency_ids = sorted({*case.agency_ids, to_agency})
    case.save(update_fields=["agency_ids"])
    standing.offer_work(
        case, "take_over", "Nhận bàn giao hồ sơ", "Acknowledge the hand-over", agency_id=to_agency,
        transfer=str(handed.uuid), reason=reason,
    )  # fmt: skip
    emit("case.transferred", actor, case_id=case.pk, data={"to": target.name, "reason": reason})
    return handed


def acknowledge_transfer(actor: Actor, case_uuid: uuid.UUID) -> Case:
    """Take over a case that was handed to one's agency; its open steps move along and the control slip is written."""
    case = standing.lock(case_uuid)
    handed = case.transfers.select_for_update().filter(taken_at=None).first()
    if handed is None:
        raise Conflict("Không có bàn giao nào đang chờ nhận.", "No hand-over waits to be acknowledged.")
    if not actor.is_system and handed.to_agency_id not in actor.unit_ids:
        raise NotAllowed(
            "Chỉ cơ quan được bàn giao mới nhận được hồ sơ này.",
            "Only the agency it was handed to may take this case.",
        )
    at = clock.now()
    handed.taken_at, handed.taken_by = at, actor.label
    handed.save(update_fields=["taken_at", "taken_by"])
    former = case.handling_agency_id
    case.handling_agency_id = handed.to_agency_id
    case.tasks.filter(state=Task.State.OPEN, verb="take_over").update(
        state=Task.State.DONE, outcome="taken", done_at=at, done_by_label=actor.label
    )
    case.tasks.filter(state=Task.State.OPEN, agency_id=former).exclude(role="one_stop").update(
        agency_id=handed.to_agency_id, assignee_officer=None
    )
    standing.hand_over(case, CaseReference.Kind.HANDLING, handed.to_agency_id, at)
    case.save()
    emit(
        "case.taken_over",
        actor,
        case_id=case.pk,
        data={"from": reference.agency(former).name, "to": reference.agency(handed.to_agency_id).name},
    )
    defer("cases.write_slip", case_uuid=str(case.uuid), slip="control")
    return case


def return_result(actor: Actor, case_uuid: uuid.UUID, *, how: str = "electronic") -> Case:
    """The result is in the person's hands or vault: the case is closed."""
    case = standing.lock(case_uuid)
    if not actor.is_system:
        policies.require(actor, case, "return_result")
    at = clock.now()
    task = case.tasks.filter(state=Task.State.OPEN, verb="return").first()
    if task is not None and task.token_id is not None:
        task.state, task.outcome, task.done_at, task.done_by_label = (
            Task.State.DONE,
            "returned",
            at,
            actor.label,
        )
        task.save(update_fields=["state", "outcome", "done_at", "done_by_label"])
        Run(case, actor, at).complete(task.token_id, {"outcome": "returned"})
    give_back(case, actor, how)
    return case


def give_back(case: Case, actor: Actor, how: str = "electronic", told: str = "case.returned") -> None:
    """Bring a case to “returned”; a repeat changes nothing."""
    if case.business_status_id == Code.RETURNED:
        return
    if case.business_status_id != Code.FINISHED:
        standing.move(case, Code.FINISHED, actor)
    case.delivery_state = Delivery.DELIVERED
    standing.move(case, Code.RETURNED, actor)
    emit("case.returned", actor, case_id=case.pk, data={"how": how})
    with acting(SYSTEM):
        defer("cases.tell_applicant", case_uuid=str(case.uuid), kind=told)
