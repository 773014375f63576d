"""What a person sees: drafts, cases, one case, its timeline."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from motcua.core import clock
from motcua.core.cases import awaiting, policies, reference, statuses
from motcua.core.cases.models import Case, Channel, Code, Draft, Task
from motcua.core.cases.queries.views import CaseRow, CaseView, HandedIn, TaskView, TimelineItem
from motcua.core.errors import NotFound
from motcua.core.ledger import queries as ledger
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.ledger.spoken import reason_of
from motcua.engines import working_time

DRAFT = "select * from cases_draft where uuid = %s and party_id = %s"


def my_cases(actor: Actor, limit: int = 100) -> list[CaseRow]:
    """The person's cases, newest first: those waiting for them are marked."""
    party = actor.principal
    if party is None:
        return []
    waiting = Task.objects.filter(case=OuterRef("pk"), state=Task.State.OPEN, applicant_task=True)
    rows = (
        Case.objects.filter(Q(applicant_id=party) | Q(submitter_id=party) | Q(beneficiary_id=party))
        .filter(Q(service_code__in=actor.services) if actor.services else Q())
        .annotate(waits=Exists(waiting))
        .order_by("-id")[:limit]
    )
    return [
        CaseRow(
            row.uuid, row.number, row.title, row.service_code, row.applicant_name,
            statuses.facts(row.business_status_id), row.financial_state, row.delivery_state, row.received_at,
            row.due_at, row.finished_at, row.waits or row.business_status_id == Code.PAYMENT,
        )
        for row in rows
    ]  # fmt: skip


def handed_in_for_others(actor: Actor, limit: int = 50) -> list[HandedIn]:
    """Receipts of what the person submitted for others whom they no longer act for, the newest first."""
    party = actor.party_id
    if party is None:
        return []
    with acting(SYSTEM):
        rows = Case.objects.filter(submitter_id=party, channel=Channel.PORTAL).exclude(applicant_id=party)
        ended = [row for row in rows.order_by("-id")[:limit] if not policies.submitter_may(row)]
    return [HandedIn(row.number, row.service_code, row.applicant_name, row.received_at) for row in ended]


def my_drafts(actor: Actor) -> list[Draft]:
    """What the person has begun and not submitted, the latest first."""
    if actor.party_id is None:
        return []
    return list(Draft.objects.filter(party_id=actor.party_id, submitted_case=None).order_by("-saved_at"))


def draft_for(actor: Actor, draft_uuid: uuid.UUID, *, lock: bool = False) -> Draft:
    """The person's own draft, locked where it will be changed; NotFound for any other.

    A plain statement: every page of an application begins with it.
    """
    statement = f"{DRAFT} for update" if lock else DRAFT
    draft = next(iter(Draft.objects.raw(statement, [draft_uuid, actor.party_id or 0])), None)
    if draft is None:
        raise NotFound()
    return draft


def case_for(actor: Actor, case_uuid: uuid.UUID) -> CaseView:
    """The case, to its people and to agencies with a part in it; NotFound to everybody else."""
    case = _case(case_uuid)
    can = policies.abilities(actor, case)
    if not can["view"]:
        raise NotFound()
    return view_of(actor, case, can)


def case_by_number(actor: Actor, number: str) -> CaseView:
    """As `case_for`, by the number on the slip."""
    found = Case.objects.filter(number=number.strip()).values_list("uuid", flat=True).first()
    if found is None:
        raise NotFound()
    return case_for(actor, found)


def _case(case_uuid: uuid.UUID) -> Case:
    case = Case.objects.filter(uuid=case_uuid).first()
    if case is None:
        raise NotFound()
    return case


def view_of(actor: Actor, case: Case, can: dict[str, bool]) -> CaseView:
    """The case as plain values."""
    now = clock.now()
    remaining = None
    if case.due_at is not None and case.finished_at is None:
        remaining = working_time.remaining(now, case.due_at, reference.calendar(case.handling_agency_id))
    rating = getattr(case, "rating", None) if hasattr(case, "rating") else None
    return CaseView(
        id=case.pk,
        uuid=case.uuid,
        number=case.number,
        title=case.title,
        service_code=case.service_code,
        service_version_id=case.service_version_id,
        status=statuses.facts(case.business_status_id),
        financial_state=case.financial_state,
        delivery_state=case.delivery_state,
        sync_state=case.sync_state,
        channel=case.channel,
        assisted=case.assisted,
        applicant_name=case.applicant_name,
        applicant=case.data.get("applicant", {}),
        receiving_agency=reference.agency(case.receiving_agency_id).name,
        handling_agency=reference.agency(case.handling_agency_id).name,
        competent_agency=reference.agency(case.competent_agency_id).name,
        handling_agency_id=case.handling_agency_id,
        received_at=timezone.localtime(case.received_at),
        promised_at=local(case.promised_at),
        due_at=local(case.due_at),
        extended_to=local(case.extended_to),
        finished_at=local(case.finished_at),
        returned_at=local(case.returned_at),
        remaining=remaining,
        answers=case.data.get("answers", {}),
        found=case.data.get("found", {}),
        papers=case.data.get("papers", {}),
        facts={key: value for key, value in case.data.get("facts", {}).items() if not key.startswith("$")},
        outcome=case.data.get("outcome", {}),
        asked=case.asked,
        found_count=case.found,
        tasks=[
            task_view(actor, task, case)
            for task in case.tasks.select_related("assignee_officer").order_by("id")
        ],
        supplements=list(case.supplements.order_by("asked_at")),
        external_ids=dict(case.external_ids.values_list("system", "value")),
        stars=None if rating is None else rating.stars,
        abilities=can,
        application=case.idempotency_key,
        doubted=bool(case.data.get("doubted")),
        unverified=tuple(case.data.get("unverified", ())),
        verified="verified" in case.data,
        different=tuple(case.data.get("different", ())),
        awaited=() if case.business_status_id in statuses.ENDED else tuple(awaiting.of_case(case.data)),
    )


def task_view(actor: Actor, task: Task, case: Case) -> TaskView:
    return TaskView(
        id=task.pk,
        uuid=task.uuid,
        name=task.name,
        name_en=task.name_en,
        verb=task.verb,
        role=task.role,
        agency=reference.agency(task.agency_id).name if task.agency_id else "",
        assignee=task.assignee_officer.name if task.assignee_officer else "",
        state=task.state,
        outcomes=tuple(task.data.get("outcomes", ())),
        offered_at=timezone.localtime(task.offered_at),
        due_at=local(task.due_at),
        done_at=local(task.done_at),
        done_by=task.done_by_label,
        outcome=task.outcome,
        reason=task.reason,
        data=task.data,
        may_do=task.state == Task.State.OPEN and policies.may_do(actor, task, case),
    )


EVENTS: dict[str, tuple[str, str]] = {
    "case.submitted": ("Nộp hồ sơ", "Application sent"),
    "case.supplement_asked": ("Yêu cầu bổ sung", "More was asked for"),
    "case.supplement_answered": ("Đã bổ sung", "What was missing was added"),
    "case.charged": ("Thông báo phí, lệ phí", "Fee notified"),
    "case.paid": ("Đã nộp phí, lệ phí", "Fee paid"),
    "case.transferred": ("Chuyển hồ sơ", "Handed over"),
    "case.taken_over": ("Nhận bàn giao hồ sơ", "Hand-over acknowledged"),
    "case.extended": ("Xin lỗi và hẹn lại", "Apology and a new day"),
    "case.stopped": ("Dừng giải quyết", "Stopped"),
    "case.resumed": ("Tiếp tục giải quyết", "Resumed"),
    "case.refused": ("Từ chối giải quyết", "Refused"),
    "case.withdrawn": ("Rút hồ sơ", "Withdrawn"),
    "case.letter_sent": ("Gửi văn bản hỏi cơ quan khác", "A letter went to another agency"),
    "case.letter_answered": ("Cơ quan khác trả lời văn bản", "Another agency answered"),
    "case.letter_refused": ("Cơ quan khác trả lại văn bản", "Another agency returned a letter"),
    "case.letter_recalled": ("Đã thu hồi văn bản đã gửi", "A letter was taken back"),
    "case.letter_late": (
        "Cơ quan khác quá hạn chưa trả lời văn bản",
        "Another agency has not answered in time",
    ),
    "case.letter_given_up": ("Giải quyết tiếp, không chờ văn bản trả lời", "Goes on without the answer"),
    "case.letter_replaced": ("Thay thế văn bản đã gửi", "A letter was replaced by another"),
    "case.number_answered": ("Trả lời về số định danh", "Answer about the personal number"),
    "case.result_issued": ("Phát hành kết quả", "Result issued"),
    "case.reissued": ("Cấp lại kết quả", "Result issued again"),
    "case.replaced": ("Hủy quyết định, giải quyết lại bằng hồ sơ mới", "Annulled; a new case decides again"),
    "case.returned": ("Trả kết quả", "Result returned"),
    "decision.run": ("Quyết định theo quy tắc", "Decided by rule"),
}
"""Events that a person sees; steps of officers come from the tasks."""


def timeline(case: CaseView, lang: str = "vi") -> list[TimelineItem]:
    """Who has it, since when, until when: what happened, who has it now, and by when it is due."""
    items = _past(case, lang)
    for one in case.awaited:
        waits = (
            f"Answer awaited to letter {one.letter}" if lang == "en" else f"Chờ trả lời văn bản {one.letter}"
        )
        items.append(
            TimelineItem(local(one.since), local(one.until), "", ", ".join(one.agencies), waits, "now")
        )
    for task in case.open_tasks:
        who = task.assignee or ("" if task.agency else case.applicant_name)
        items.append(TimelineItem(task.offered_at, task.due_at, who, task.agency, task.text(lang), "now"))
    if case.due_at is not None and case.finished_at is None:
        promise = "Hẹn trả kết quả" if lang == "vi" else "To be answered by"
        items.append(TimelineItem(None, case.due_at, "", case.receiving_agency, promise, "next"))
    return items


def _past(case: CaseView, lang: str) -> list[TimelineItem]:
    """What has happened, in the order of the ledger: one act writes several things within the same moment."""
    steps = {task.id: task for task in case.tasks if task.state == "done"}
    items = []
    for event in ledger.events_of_case(case.id):
        step = steps.pop(event.subject_id or 0, None) if _ends_step(event) else None
        if step is not None:
            items.append(_of_step(step, lang))
        elif event.kind in EVENTS and not _owes_nothing(event):
            items.append(_of_event(event, case, lang))
    items += [_of_step(step, lang) for step in steps.values()]
    items.sort(key=lambda item: item.until or item.at or case.received_at)  # stable: the ledger's order stays
    return items


def _ends_step(event: Any) -> bool:
    return bool(event.subject_type == "task" and event.kind not in ("task.taken", "task.given_up"))


def _owes_nothing(event: Any) -> bool:
    return bool(event.kind == "case.charged" and not event.data.get("total"))


def _of_step(step: TaskView, lang: str) -> TimelineItem:
    return TimelineItem(
        step.offered_at, step.done_at, step.done_by, step.agency, step.text(lang), "done", step.reason
    )


def _of_event(event: Any, case: CaseView, lang: str) -> TimelineItem:
    text = EVENTS[event.kind][1 if lang == "en" else 0]
    at = timezone.localtime(event.at)
    agency = reference.agency(event.agency_id).name if event.agency_id else ""
    return TimelineItem(at, at, event.actor_label, agency, text, "done", reason_of(event))


def local(moment: dt.datetime | None) -> dt.datetime | None:
    return None if moment is None else timezone.localtime(moment)
