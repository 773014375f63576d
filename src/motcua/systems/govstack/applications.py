"""Registration: applications handed in by another system, and where they stand.

A system sees what it handed in itself and, where an officer answers for it, what that officer's agency has a part in.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse

from motcua.core import clock
from motcua.core.cases.actions.supplement import answer_supplement
from motcua.core.cases.handing_in import hand_in
from motcua.core.cases.intake import Incomplete
from motcua.core.cases.models import Case, Code, ExternalId
from motcua.core.cases.queries import note_look
from motcua.core.errors import Conflict, NotAllowed, NotFound
from motcua.core.identity.actions import party_for
from motcua.core.identity.models import Party
from motcua.core.ledger.actions import for_application
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.registers import queries as registers
from motcua.core.services import queries as services
from motcua.systems.govstack import callers, paging, papers
from motcua.systems.govstack.models import Caller
from motcua.systems.govstack.registration import listed
from motcua.systems.govstack.speaking import NotSaid, body_of, face, part

WHY = "GovStack Registration"
SORTED_BY = {"created": "received_at", "registered": "received_at", "dueDate": "due_at", "name": "title"}
ENDED = {"granted": "APPROVED"}
"""What a case that has ended ended as, in their word; whatever is not here was not granted."""


@face("GET", "POST")
def of_service(request: HttpRequest, actor: Actor, service_id: str) -> HttpResponse:
    """POST: an application for the service. GET: those that were made."""
    if request.method == "GET":
        return _list(request, actor, Q(service_code=listed(service_id).code))
    return _submit(request, actor, service_id)


@face("GET")
def applications(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Applications, newest first: `serviceId`, `applicantId`, `firstResult`, `maxResult`, `sortBy`, `sortOrder`."""
    return _list(request, actor, Q())


@face("GET", "PUT")
def application(request: HttpRequest, actor: Actor, file_id: str) -> HttpResponse:
    """GET: one application. PUT: answer what its office asked for; an application in any other state is not changed."""
    row = callers.may(actor)
    with acting(SYSTEM):
        case = _visible(row).filter(uuid=paging.identifier(file_id)).first()
        if case is None:
            raise NotFound()
        if request.method == "PUT":
            _answer(actor, row, case, _said(request))
            case.refresh_from_db()
        _note_reading(actor, [case])
        return JsonResponse(shown(case, whole=True))


def shown(case: Case, *, whole: bool = False) -> dict[str, Any]:
    """An application in their words; `whole`: with what was answered and sent."""
    service = services.pack(case.service_version_id)
    number = case.data.get("applicant", {}).get("number") or ""
    told: dict[str, Any] = {"applicationName": case.title, "applicantId": number}
    told["created"] = case.received_at.isoformat()
    if whole:
        told["formData"] = {"data": case.data.get("answers", {}), "eFormId": service.slug}
        told["documentUrls"] = [
            f"{paper}/{file}" for paper, files in case.data.get("papers", {}).items() for file in files
        ]
    return {
        "fileId": str(case.uuid),
        "fileNumber": case.number,
        "registered": case.received_at.isoformat(),
        "serviceId": case.service_code,
        "serviceName": service.name("en"),
        "status": {"code": status_of(case), "title": case.business_status.name_en},
        "ended": case.finished_at is not None,
        "applicationData": told,
    }


def status_of(case: Case) -> str:
    """PENDING, SENDBACK, APPROVED or REJECTED."""
    if case.business_status_id == Code.SUPPLEMENT:
        return "SENDBACK"
    if case.finished_at is None:
        return "PENDING"
    return ENDED.get(case.ended_as, "REJECTED")


# ---- handing in


def _submit(request: HttpRequest, actor: Actor, service_id: str) -> HttpResponse:
    row = callers.may(actor)
    pack = services.current(listed(service_id).code, clock.today())
    if pack.code not in row.services:
        raise NotAllowed(
            f"{row.identifier} chưa được gửi hồ sơ thủ tục {pack.code}.",
            f"{row.identifier} may not hand in applications for {pack.code}.",
        )
    said = _said(request)
    form = part(said, "formData")
    if form.get("eFormId") not in (None, "", pack.slug):
        raise NotSaid("Biểu mẫu của thủ tục khác.", "The form is another service's.", "formData.eFormId")
    reference = request.headers.get("Idempotency-Key") or json.dumps([pack.code, said], sort_keys=True)
    key = uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, row.identifier), reference)
    with acting(SYSTEM):
        with for_application(key):
            person = _applicant(actor, row, said.get("applicantId"))
        behalf = Actor(ActorKind.PARTNER, actor.label, party_id=person.pk)
        made = ExternalId.objects.filter(system=row.identifier, value=str(key)).first()
        if made is None:
            submitted = _hand_in(behalf, row, pack, key, person, form, said)
            case = Case.objects.get(uuid=submitted)
        else:
            case = Case.objects.get(pk=made.case_id)
        return JsonResponse(shown(case, whole=True))


def _hand_in(
    actor: Actor,
    row: Caller,
    pack: Any,
    key: uuid.UUID,
    person: Party,
    form: dict[str, Any],
    said: Mapping[str, Any],
) -> uuid.UUID:
    urls = said.get("documentUrls") or []
    if not isinstance(urls, list):
        raise NotSaid("documentUrls phải là danh sách.", "documentUrls must be a list.", "documentUrls")
    try:
        return hand_in(
            actor,
            pack,
            system=row.identifier,
            reference=str(key),
            key=key,
            applicant=person,
            submitter=person,
            answers=part(form, "data"),
            files=papers.named(actor, urls),
        ).case_uuid
    except Incomplete as wrong:
        mistakes = "; ".join(f"{one.path}: {one.message}" for one in wrong.mistakes)
        raise NotSaid(mistakes, mistakes, "formData.data") from wrong


def _applicant(actor: Actor, row: Caller, number: object) -> Party:
    """The party of a personal number, by what the population register says of it."""
    known = registers.person(actor, number, purpose=WHY) if isinstance(number, str) and number else None
    if known is None:
        raise NotSaid(
            "applicantId phải là số định danh cá nhân có trong cơ sở dữ liệu dân cư.",
            "applicantId must be a personal number that the population register knows.",
            "applicantId",
        )
    return party_for(
        actor,
        name=known.name,
        kind="eid" if row.level == 2 else "declared",
        personal_number=known.number,
        born=known.born,
        sex=known.sex,
        reference=row.identifier,
        level=row.level,
    )


def _answer(actor: Actor, row: Caller, case: Case, said: dict[str, Any]) -> None:
    """What was missing, in the name of who submitted; only of what the system handed in itself."""
    if case.business_status_id != Code.SUPPLEMENT:
        raise Conflict(
            f"Hồ sơ {case.number} không chờ bổ sung.", f"Nothing is asked for in application {case.number}."
        )
    if not case.external_ids.filter(system=row.identifier).exists():
        raise NotAllowed(
            "Chỉ hệ thống đã gửi hồ sơ được bổ sung.", "Only the system that handed it in may add to it."
        )
    urls = said.get("documentUrls") or []
    files = papers.named(actor, urls if isinstance(urls, list) else [urls])
    person = Actor(ActorKind.CITIZEN, actor.label, party_id=case.submitter_id, level=row.level)
    answer_supplement(person, case.uuid, part(said, "formData", "data"), files)


# ---- within


def _said(request: HttpRequest) -> dict[str, Any]:
    """The body: JSON, or the fields of a form whose `formData` and `documentUrls` are JSON."""
    if request.content_type == "application/x-www-form-urlencoded":
        said: dict[str, Any] = request.POST.dict()
        for name in ("formData", "documentUrls"):
            if said.get(name):
                try:
                    said[name] = json.loads(said[name])
                except ValueError as wrong:
                    raise NotSaid(f"“{name}” phải là JSON.", f"{name} must be JSON.", name) from wrong
    else:
        said = body_of(request)
    return part(said, "applicationData") if "applicationData" in said else said


def _visible(row: Caller) -> QuerySet[Case]:
    mine = Q(pk__in=ExternalId.objects.filter(system=row.identifier).values("case_id"))
    if row.account_id is not None:
        mine |= Q(agency_ids__contains=[callers.officer_of(row).agency_id])
    return Case.objects.filter(mine).select_related(
        "business_status", "applicant", "submitter", "beneficiary"
    )


def _list(request: HttpRequest, actor: Actor, which: Q) -> HttpResponse:
    row = callers.may(actor)
    if wanted := request.GET.get("serviceId", ""):
        which &= Q(service_code=wanted)
    if number := request.GET.get("applicantId", ""):
        which &= Q(applicant__personal_number=number)
    with acting(SYSTEM):
        cases = paging.page(request, _visible(row).filter(which), SORTED_BY, "received_at")
        _note_reading(actor, cases)
        return JsonResponse([shown(one) for one in cases], safe=False)


def _note_reading(actor: Actor, cases: list[Case]) -> None:
    for case in cases:
        note_look(actor, case, WHY)
