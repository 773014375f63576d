"""How a case may end, or stand still, other than by its result: refused, withdrawn, stopped, put off, objected to."""

from __future__ import annotations

import datetime as dt
import uuid

from motcua.core import clock
from motcua.core.cases import policies, reference, standing
from motcua.core.cases.models import Case, Code, Delivery, Financial, Rating
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.jobs import defer
from motcua.core.keys import new_uuid
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting


def refuse_receipt(actor: Actor, case_uuid: uuid.UUID, reason: str, legal_basis: str = "") -> Case:
    """Do not receive the application, and say why (slip no. 03)."""
    reason = standing.require_reason(reason)
    case = standing.lock(case_uuid)
    policies.require(actor, case, "refuse_receipt")
    return _end_against(case, actor, Code.NOT_RECEIVED, reason, legal_basis)


def refuse(actor: Actor, case_uuid: uuid.UUID, reason: str, legal_basis: str) -> Case:
    """Refuse what was asked, with reason and legal basis; the applicant is told both and how to object."""
    reason = standing.require_reason(reason)
    basis = standing.require_reason(legal_basis, "legal_basis")
    case = standing.lock(case_uuid)
    policies.require(actor, case, "refuse")
    return _end_against(case, actor, Code.FINISHED, reason, basis)


def refuse_in_process(case: Case, actor: Actor, reason: str, legal_basis: str, rule: str = "") -> None:
    """The refusal that a process comes to; its own course goes on to its end."""
    if case.business_status_id in (Code.FINISHED, Code.RETURNED):
        return
    _note_refusal(case, actor, reason, legal_basis, rule)
    standing.move(case, Code.FINISHED, actor, reason=reason)


def _end_against(case: Case, actor: Actor, status: Code, reason: str, legal_basis: str) -> Case:
    standing.require_open(case)
    at = clock.now()
    standing.end_process(case, at)
    _note_refusal(case, actor, reason, legal_basis, "")
    standing.move(case, status, actor, reason=reason, at=at)
    return case


def _note_refusal(case: Case, actor: Actor, reason: str, legal_basis: str, rule: str) -> None:
    outcome = {
        "kind": "refused",
        "reason": reason,
        "legal_basis": legal_basis,
        "rule": rule,
        "by": actor.label,
    }
    case.end_as(outcome)
    case.delivery_state = Delivery.READY
    _undo(case, reason)
    emit("case.refused", actor, case_id=case.pk, data=outcome)
    defer("cases.write_slip", case_uuid=str(case.uuid), slip="refusal")


def _undo(case: Case, reason: str) -> None:
    """Undo what was begun for a case that does not come about: its entries are struck out, unpaid fees fall away."""
    from motcua.core.payments import actions as payments
    from motcua.core.registers import actions as registers

    with acting(SYSTEM):
        registers.cancel_civil_entry(SYSTEM, case.pk, reason)
        if case.financial_state == Financial.DUE:
            payments.cancel(SYSTEM, str(case.uuid), reason)
            case.financial_state = Financial.NONE


def withdraw(actor: Actor, case_uuid: uuid.UUID, reason: str) -> Case:
    """The applicant takes the application back, any time before it is decided."""
    reason = standing.require_reason(reason)
    case = standing.lock(case_uuid)
    policies.require(actor, case, "withdraw")
    at = clock.now()
    standing.end_process(case, at)
    case.end_as({"kind": "withdrawn", "reason": reason})
    _undo(case, reason)
    standing.move(case, Code.WITHDRAWN, actor, reason=reason, at=at)
    emit("case.withdrawn", actor, case_id=case.pk, data={"reason": reason})
    with acting(SYSTEM):
        defer("cases.tell_applicant", case_uuid=str(case.uuid), kind="case.withdrawn")
    return case


def stop(actor: Actor, case_uuid: uuid.UUID, reason: str, legal_basis: str) -> Case:
    """Stop working on a case for a lawful ground, with notice (slip no. 05); the clock stands still."""
    reason, basis = standing.require_reason(reason), standing.require_reason(legal_basis, "legal_basis")
    case = standing.lock(case_uuid)
    policies.require(actor, case, "stop")
    case.data = {
        **case.data,
        "stopped": {"reason": reason, "legal_basis": basis, "before": case.business_status_id},
    }
    standing.move(case, Code.STOPPED, actor, reason=reason)
    emit("case.stopped", actor, case_id=case.pk, data={"reason": reason, "legal_basis": basis})
    defer("cases.write_slip", case_uuid=str(case.uuid), slip="stop")
    return case


def resume(actor: Actor, case_uuid: uuid.UUID, reason: str) -> Case:
    """Go on with a stopped case; the clock goes on where it stood."""
    reason = standing.require_reason(reason)
    case = standing.lock(case_uuid)
    policies.require(actor, case, "resume")
    standing.move(case, Code.IN_PROCESS, actor, reason=reason)
    emit("case.resumed", actor, case_id=case.pk, data={"reason": reason})
    return case


def extend(actor: Actor, case_uuid: uuid.UUID, new_due: dt.datetime, reason: str) -> Case:
    """Apologise and appoint another day: once, and at the latest one day before the first day is over
    (Decree 61/2018 art. 19.9, slip no. 04)."""
    reason = standing.require_reason(reason)
    case = standing.lock(case_uuid)
    now = clock.now()
    if case.extended_to is not None:
        raise Conflict(
            f"Hồ sơ {case.number} đã hẹn lại một lần. Pháp luật chỉ cho hẹn lại một lần.",
            f"Case {case.number} was put off once already; the law allows it once.",
        )
    if case.due_at is None:
        raise Conflict(
            "Hồ sơ không có hạn hoặc đồng hồ đang dừng, không cần hẹn lại.",
            "The case has no deadline, or its clock stands still: there is nothing to put off.",
        )
    if now > case.due_at - dt.timedelta(days=1):
        raise Conflict(
            "Chỉ được xin lỗi và hẹn lại chậm nhất 1 ngày trước khi hết hạn.",
            "An apology with a new day is allowed at the latest one day before the deadline.",
        )
    policies.require(actor, case, "extend")
    calendar = reference.calendar(case.handling_agency_id)
    if new_due <= case.due_at or not calendar.is_working_day(calendar.local(new_due).date()):
        raise UserError(
            "Ngày hẹn mới phải là ngày làm việc sau ngày hẹn cũ.",
            "The new day must be a working day after the former one.",
            field="new_due",
        )
    former, case.extended_to = case.due_at, new_due
    case.due_at = new_due
    case.data = {**case.data, "extension": {"former": former.isoformat(), "reason": reason}}
    case.save()
    case.tasks.filter(state="open", due_at=former).update(due_at=new_due, sort_at=new_due)
    emit(
        "case.extended", actor, case_id=case.pk, data={"from": former.isoformat(), "to": new_due.isoformat()}
    )
    defer("cases.write_slip", case_uuid=str(case.uuid), slip="apology")
    return case


def rate(actor: Actor, case_uuid: uuid.UUID, stars: int, comment: str = "") -> Rating:
    """One to five stars by the person served; giving them again changes them."""
    if not 1 <= stars <= 5:
        raise UserError("Chọn từ 1 đến 5 sao.", "Choose one to five stars.", field="stars")
    case = standing.lock(case_uuid)
    policies.require(actor, case, "rate")
    rating, _ = Rating.objects.update_or_create(
        case=case, defaults={"stars": stars, "comment": comment.strip()[:2000], "at": clock.now()}
    )
    emit("case.rated", actor, case_id=case.pk, data={"stars": stars})
    return rating


def object_to(actor: Actor, case_uuid: uuid.UUID, grounds: str, key: uuid.UUID | None = None) -> Case:
    """Object to a decision: a case of its own, linked to the decision, its evidence and its replay.

    It goes to the agency that decided, as a task of its chair (Law on Complaints 02/2011/QH13 arts 7, 18), within
    90 days. The same key again finds the objection already made.
    """
    grounds = standing.require_reason(grounds, "grounds")
    case = standing.lock(case_uuid)
    policies.require(actor, case, "object_to")
    known = (
        case.objections.filter(submitter_id=actor.party_id).exclude(business_status__in=(7, 9, 10)).first()
    )
    if known is not None:
        return known
    if case.finished_at is not None and clock.now() > case.finished_at + dt.timedelta(days=90):
        raise NotAllowed(
            "Đã quá 90 ngày kể từ khi có quyết định.", "More than 90 days have passed since the decision."
        )
    from motcua.core.cases.actions.objection import open_objection

    return open_objection(actor, case, grounds, key or new_uuid())


__all__ = [
    "extend", "object_to", "rate", "refuse", "refuse_in_process", "refuse_receipt", "resume", "stop", "withdraw",
]  # fmt: skip
