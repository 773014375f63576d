"""Who may do what with a case. Views, API and templates all read the same answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from motcua.core import clock
from motcua.core.cases import statuses
from motcua.core.cases.models import Case, Channel, Code, Task
from motcua.core.errors import NotAllowed
from motcua.core.identity import mandates
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.services.pack import Pack

SUPPLEMENT_WITHIN = 3
"""Working days after receipt in which more may be asked for (Decree 61/2018 art. 19.3, kept by 118/2025)."""

AGAIN_BECAUSE = {
    "law_changed": ("Quy định pháp luật thay đổi", "The law changed"),
    "verification": (
        "Kết quả xác minh phát hiện nội dung mới",
        "Verification brought something new to light",
    ),
    "other_agency": ("Cơ quan phối hợp yêu cầu", "Another agency requires it"),
}
"""The grounds on which a second request may be made."""


def is_party(actor: Actor, case: Case) -> bool:
    """Whether the case is this person's: as applicant or beneficiary, or as who submitted it and still may."""
    mine = {actor.party_id, actor.principal} - {None}
    if actor.kind is not ActorKind.CITIZEN or not actor.may_ask_for(case.service_code):
        return False
    if mine & {case.applicant_id, case.beneficiary_id}:
        return True
    return case.submitter_id in mine and submitter_may(case)


def submitter_may(case: Case) -> bool:
    """Whether who submitted it for another still has to do with it: at the portal, while a mandate for it stands."""
    return (
        case.submitter_id == case.applicant_id
        or case.channel != Channel.PORTAL
        or mandates.stands(case.applicant_id, case.submitter_id, case.service_code)
    )


def require_in_mandate(actor: Actor, service_code: str) -> None:
    """Raises NotAllowed when the mandate acted under does not name this service."""
    if not actor.may_ask_for(service_code):
        raise NotAllowed(
            "Ủy quyền ông/bà đang dùng không gồm thủ tục này. Người ủy quyền thêm được ở mục “Ủy quyền, làm thay”.",
            "The mandate you are using does not cover this service. Who gave it can give one for this service too.",
        )


def require_in_person(actor: Actor, pack: Pack) -> None:
    """Raises NotAllowed when the actor acts for another in a service that nobody may apply for on another's behalf."""
    if actor.mandate_id is not None and not pack.represented:
        raise NotAllowed(
            "Thủ tục này người có yêu cầu phải tự làm, không ủy quyền hay làm thay được. "
            "Trở về việc của mình ở mục “Ủy quyền, làm thay”, hoặc người đó tự đăng nhập.",
            "Nobody can apply for another in this service: the person must do it themself. "
            "Return to your own matters under “Acting for others”, or let them sign in.",
        )


def handles(actor: Actor, case: Case) -> bool:
    """Whether the actor works at the agency that handles it, or is the system."""
    return actor.is_system or (actor.kind is ActorKind.OFFICER and case.handling_agency_id in actor.unit_ids)


def works_on(actor: Actor, case: Case) -> bool:
    """Whether the actor works at an agency that has a part in it."""
    return actor.is_system or (
        actor.kind is ActorKind.OFFICER and not set(actor.unit_ids).isdisjoint(case.agency_ids)
    )


def may_do(actor: Actor, task: Task, case: Case) -> bool:
    """Whether this task is the actor's to do: at its agency, with its duty, and not another officer's."""
    if actor.is_system:
        return True
    if task.applicant_task:
        return is_party(actor, case)
    return (
        actor.kind is ActorKind.OFFICER
        and task.agency_id in actor.unit_ids
        and (not task.role or actor.has(task.role))
        and task.assignee_officer_id in (None, actor.officer_id)
    )


def abilities(actor: Actor, case: Case) -> dict[str, bool]:
    """What the actor may do with the case now: {verb: whether}."""
    party, handling, working = is_party(actor, case), handles(actor, case), works_on(actor, case)
    officer = handling and (actor.is_system or actor.has(*_OFFICERS))
    code = case.business_status_id
    is_open = code in statuses.OPEN
    desk = actor.is_system or (
        actor.kind is ActorKind.OFFICER
        and case.receiving_agency_id in actor.unit_ids
        and actor.has("one_stop")
    )
    asked = list(case.supplements.values_list("answered_at", flat=True))
    waiting_for_papers = any(answered is None for answered in asked)
    return {
        "view": party or working,
        "receive": desk and code == Code.NEW,
        "refuse_receipt": desk and code == Code.NEW,
        "ask_supplement": (officer or desk) and code in (Code.NEW, Code.RECEIVED, Code.IN_PROCESS),
        "ask_again": (officer or desk) and bool(asked) and not waiting_for_papers,
        "answer_supplement": (party or desk) and waiting_for_papers,
        "refuse": officer and is_open and code != Code.NEW,
        "stop": officer and is_open and code not in (Code.STOPPED, Code.NEW),
        "resume": officer and code == Code.STOPPED,
        "withdraw": party and is_open,
        "transfer": (handling and (officer or desk))
        and is_open
        and not case.transfers.filter(taken_at=None).exists(),
        "extend": officer
        and is_open
        and case.extended_to is None
        and case.due_at is not None
        and clock.now() < case.due_at,
        "return_result": desk and code == Code.FINISHED,
        "rate": party and code in (Code.FINISHED, Code.RETURNED),
        "object_to": party
        and code in (Code.FINISHED, Code.RETURNED, Code.NOT_RECEIVED)
        and "replaced_by" not in case.data,
        "see_documents": party or working,
    }


_OFFICERS = ("civil_status_officer", "social_officer", "chair", "one_stop")


def require(actor: Actor, case: Case, verb: str) -> None:
    """Raise NotAllowed unless the actor may do this now."""
    if not abilities(actor, case).get(verb, False):
        raise NotAllowed(
            f"Ông/bà không thể thực hiện việc này với hồ sơ {case.number} ở bước hiện tại.",
            f"This cannot be done by you with case {case.number} where it stands now.",
        )


def in_time_for_supplement(case: Case, at: dt.datetime, calendar: Any) -> bool:
    """Whether more papers may still be asked for."""
    from motcua.engines import working_time

    limit = working_time.Limit.parse(str(SUPPLEMENT_WITHIN), "working_days")
    last = working_time.deadline(case.received_at, limit, calendar)
    return last is None or at <= last
