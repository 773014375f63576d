"""A person's cases: the list, one told as one would tell it, the confirmation, the calendar file."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from motcua.core import clock
from motcua.core.cases import doubts, policies, queries, reference
from motcua.core.cases.models import Case, Code
from motcua.core.cases.queries import CaseView
from motcua.core.documents import queries as documents
from motcua.core.documents.models import Document, DocumentKind, DocumentState
from motcua.core.errors import NotFound
from motcua.core.identity.access import policy
from motcua.core.payments import queries as payments
from motcua.core.services import queries as services
from motcua.core.services.pack import Pack
from motcua.engines import working_time
from motcua.systems.portal import ics
from motcua.systems.portal.views.shared import (
    ENDED,
    KINDS,
    Asked,
    case_lines,
    draft_lines,
    time_left,
    title_of,
)

HANDED_OUT = {DocumentState.ISSUED, DocumentState.REPLACED, DocumentState.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the timeline as the page's component takes it."""

    title: str
    text: str
    who: str
    at: dt.datetime | None
    until: dt.datetime | None
    state: str


@policy("citizen")
def cases(request: Asked) -> HttpResponse:
    """Drafts first, then what waits for the person, what runs, what has ended."""
    rows = case_lines(request.actor, request.lang)
    context = {
        "drafts": draft_lines(request.actor, request.lang),
        "waiting": [row for row in rows if row.waits],
        "running": [row for row in rows if row.running and not row.waits],
        "ended": [row for row in rows if not row.running and not row.waits],
    }
    return render(request, "portal/cases.jinja", context)


@policy("citizen")
def case(request: Asked, case: uuid.UUID) -> HttpResponse:
    """One case: what is asked of me on top, then what happened, who has it, and by when it is due."""
    view = own_case(request, case)
    pack = services.pack(view.service_version_id)
    papers = [one for one in documents.of_case(view.id) if one.state in HANDED_OUT]
    balance = payments.balance(str(view.uuid))
    context = {
        **about(view, pack, request.lang),
        "moments": list(_moments(view, request.lang)),
        "doubts": list(doubts_of(view)),
        "asked_tasks": [task for task in view.open_tasks if task.may_do and task.verb != "supplement"],
        "supplement": next((one for one in view.supplements if one.answered_at is None), None),
        "balance": balance,
        "receipts": _with_documents(payments.receipts(str(view.uuid)), papers),
        "results": [_result(one) for one in papers if one.kind == DocumentKind.RESULT],
        "slips": [one for one in papers if one.kind == DocumentKind.SLIP],
        "number": view.facts.get("number") or {},
        "saved": pack.saved(
            asked=view.asked, papers=len(view.papers), trips=pack.cost.online.trips, on=clock.today()
        ),
    }
    return render(request, "portal/case.jinja", context)


@policy("citizen")
def confirmation(request: Asked, case: uuid.UUID) -> HttpResponse:
    """The number, large; by when; what happens next in three lines."""
    found = next(iter(Case.objects.raw("select * from cases_case where uuid = %s", [case])), None)
    if found is None or not policies.is_party(request.actor, found):
        raise NotFound()
    pack = services.pack(found.service_version_id)
    left, urgency = "", ""
    if found.due_at is not None and found.business_status_id not in ENDED:
        left, urgency = time_left(found.due_at, request.lang, reference.calendar(found.handling_agency_id))
    context = {
        "case": found,
        "papers": len(found.data.get("papers", {})),
        "receiving_agency": reference.agency(found.receiving_agency_id).name,
        "left": left,
        "urgency": urgency,
        "result_title": pack.result.title.text(request.lang),
        "automatic": pack.result.automatic,
        "objects": found.decided_case_id is not None,
        "trips": pack.cost.online.trips,
        "balance": payments.balance(str(found.uuid)),
    }
    return render(request, "portal/confirmation.jinja", context)


@policy("citizen")
def answers(request: Asked, case: uuid.UUID) -> HttpResponse:
    """What was said in the application, with the source of what was found."""
    from motcua.core.services.pack import finding

    view = own_case(request, case)
    pack = services.pack(view.service_version_id)
    given = {"applicant": view.applicant, "today": view.received_at.date(), "received": view.received_at}
    sections = pack.form.answers_summary(
        view.answers, request.lang, finding.from_json(view.found), given=given, correct_url=lambda path: ""
    )
    met = {one.path: one for one in doubts_of(view)}
    context = {**about(view, pack, request.lang), "sections": sections, "doubts": met}
    return render(request, "portal/answers.jinja", context)


def doubts_of(view: CaseView) -> list[doubts.Doubt]:
    """What in the case's data was said to be wrong, and what its keepers say."""
    return doubts.of_case(view.id, view.application) if view.doubted else []


@policy("citizen")
def calendar(request: Asked, case: uuid.UUID) -> HttpResponse:
    """The day of the answer as an iCalendar file (RFC 5545)."""
    view = own_case(request, case)
    if view.due_at is None:
        raise NotFound()
    words = about(view, services.pack(view.service_version_id), request.lang)
    until = "Hẹn trả kết quả" if request.lang == "vi" else "Answer due"
    event = ics.Event(
        uid=f"{view.uuid}@motcua",
        at=view.due_at,
        title=f"{until}: {words['title']} ({view.number})",
        text=f"{settings.MOTCUA_SITE}{reverse('portal:case', args=[view.uuid])}",
        place=view.receiving_agency,
        made=clock.now(),
    )
    response = HttpResponse(ics.calendar(event), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{view.number}.ics"'
    return response


def own_case(request: Asked, case_uuid: uuid.UUID) -> CaseView:
    """The case, to a person of it; NotFound to everybody else."""
    return queries.case_for(request.actor, case_uuid)


def about(view: CaseView, pack: Pack, lang: str) -> dict[str, Any]:
    """What every page of a case shows of it."""
    running = view.status.code not in ENDED
    left = working_time.in_words(view.remaining, view.due_at, lang) if running and view.remaining else ""
    urgency = "ontime"
    if view.remaining is not None:
        urgency = "late" if view.remaining.late else "soon" if view.remaining.working_days == 0 else "ontime"
    return {
        "case": view,
        "title": title_of(view.service_code, view.title, lang),
        "status": view.status.text(lang),
        "status_kind": KINDS.get(Code(view.status.code), ""),
        "running": running,
        "left": left,
        "urgency": urgency,
        "stopped": running and view.due_at is None and view.status.stops_clock,
        "result_title": pack.result.title.text(lang),
        "automatic": pack.result.automatic,
        "trips": pack.cost.online.trips,
        "objection": pack.objection.text(lang),
        "refused": view.outcome.get("kind") == "refused",
    }


def _moments(view: CaseView, lang: str) -> Iterator[Moment]:
    """The timeline; a step that waits for the person says so, one past its day too."""
    now = clock.now()
    for item in queries.timeline(view, lang):
        who = " · ".join(dict.fromkeys(part for part in (item.who, item.agency) if part))
        state = {"next": "later"}.get(item.state, item.state)
        if item.state == "now" and item.agency == "" and view.status.code in (Code.SUPPLEMENT, Code.PAYMENT):
            state = "waiting"
        elif item.state == "now" and item.until is not None and item.until < now:
            state = "late"
        until = None if item.until == item.at else item.until
        yield Moment(item.text, item.detail, who, item.at or until, until if item.at else None, state)


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result as its owner sees it: to fetch, to have checked, replaced or withdrawn."""

    document: Document
    code: str
    check_url: str


def _result(document: Document) -> ResultLine:
    code = "-".join(document.code[place : place + 4] for place in range(0, len(document.code), 4))
    return ResultLine(document, code, f"/kiem-tra/{document.code}/")


def _with_documents(receipts: list[Any], papers: list[Document]) -> list[tuple[Any, Document | None]]:
    by_id = {paper.pk: paper for paper in papers}
    return [(receipt, by_id.get(receipt.document_id)) for receipt in receipts]
