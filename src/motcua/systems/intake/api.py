"""The signed intake API, version 1: hand in, ask where a case stands, read a service's form as JSON Schema."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from motcua.core import clock
from motcua.core.cases import proofs
from motcua.core.cases.intake import Incomplete
from motcua.core.cases.models import Case, ExternalId
from motcua.core.errors import NotFound, UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.services import queries as services
from motcua.systems.intake import acts
from motcua.systems.intake.models import Partner
from motcua.systems.intake.schemas import (
    ApplicationIn,
    CaseOut,
    Mistake,
    PresentationAnswerIn,
    PresentationIn,
    PresentationOut,
    Problem,
)
from motcua.systems.intake.signatures import authenticate

PROBLEM = "application/problem+json"
REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 422, 503), Problem)

api = NinjaAPI(
    title="Motcua: tiếp nhận hồ sơ từ cổng khác",
    version="1",
    urls_namespace="intake",
    docs_url=None,  # its page loads scripts from elsewhere, which our pages do not allow; openapi.json is the reference
    auth=lambda request: _partner(request),
    description="Requests are signed: see docs/intake-api.md.",
)


@api.post("/v1/intake/applications", response={200: CaseOut, 201: CaseOut, **REFUSALS}, by_alias=True)
def hand_in(request: HttpRequest, application: ApplicationIn) -> tuple[int, CaseOut]:
    """Hand in an application. 201: a case was made; 200: it was there already under this external id."""
    partner = _of(request)
    with acting(SYSTEM):
        submitted = acts.hand_in(partner, application)
        out = _out(partner, submitted.case_uuid, repeated=submitted.repeated)
    return (200 if submitted.repeated else 201), out


@api.get("/v1/intake/applications/{case_uuid}", response={200: CaseOut, **REFUSALS})
def progress(request: HttpRequest, case_uuid: uuid.UUID) -> CaseOut:
    """Where a case that this partner handed in stands."""
    with acting(SYSTEM):
        return _out(_of(request), case_uuid)


@api.post(
    "/v1/intake/presentations", response={201: PresentationOut, **REFUSALS}, summary="Ask for a presentation"
)
def ask_for_presentation(request: HttpRequest, wanted: PresentationIn) -> tuple[int, PresentationOut]:
    """Ask the applicant to prove a paper of an application to come. While it waits, asking again gives the same."""
    partner = _of(request)
    with acting(SYSTEM):
        return 201, _standing(request, acts.ask_for(partner, wanted))


@api.get("/v1/intake/presentations/{presentation}", response={200: PresentationOut, **REFUSALS})
def presentation(request: HttpRequest, presentation: uuid.UUID) -> PresentationOut:
    """How the proof of a paper stands that this partner asked for."""
    with acting(SYSTEM):
        return _standing(request, presentation)


@api.post("/v1/intake/presentations/{presentation}/answer", response={200: PresentationOut, **REFUSALS})
def hand_over_presentation(
    request: HttpRequest, presentation: uuid.UUID, answer: PresentationAnswerIn
) -> PresentationOut:
    """Hand over what the partner's own wallet presented. Any other wallet answers where the signed request says."""
    with acting(SYSTEM):
        proofs.prover().answer(presentation, _of(request).code, answer.vp_token)
        return _standing(request, presentation)


@api.get("/v1/services/{code}/schema", response={200: dict[str, Any], **REFUSALS})
def schema(request: HttpRequest, code: str, lang: str = "vi") -> dict[str, Any]:
    """The form of the version in force, as JSON Schema."""
    return services.current(code, clock.today()).form.to_json_schema(lang)


@api.exception_handler(UserError)
def mendable(request: HttpRequest, error: UserError) -> HttpResponse:
    mistakes = (
        [Mistake(path=one.path, message=one.message) for one in error.mistakes]
        if isinstance(error, Incomplete)
        else []
    )
    return _problem(request, error.text(_lang(request)), error.status, error.field, mistakes)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    mistakes = [
        Mistake(path=".".join(str(part) for part in one["loc"][2:]), message=one["msg"])
        for one in error.errors
    ]
    return _problem(request, "Yêu cầu không đúng cấu trúc.", 422, None, mistakes)


def _problem(
    request: HttpRequest, title: str, status: int, field: str | None, mistakes: list[Mistake]
) -> HttpResponse:
    said = Problem(title=title, status=status, field=field, mistakes=mistakes)
    response = api.create_response(request, said.dict(), status=status)
    response["Content-Type"] = PROBLEM
    return response


def _lang(request: HttpRequest) -> str:
    return "en" if request.headers.get("Accept-Language", "").lower().startswith("en") else "vi"


def _standing(request: HttpRequest, question: uuid.UUID) -> PresentationOut:
    found = proofs.prover().told(question, _of(request).code, _lang(request))
    assert found.expires_at is not None
    return PresentationOut(
        id=str(found.id),
        state=found.state,
        to_prove=list(found.to_prove),
        link=found.link,
        page=found.page,
        expires_at=found.expires_at,
        answered_at=found.answered_at,
        credential=found.credential,
        issuer=found.issuer,
        fault=found.fault,
    )


def _partner(request: HttpRequest) -> Partner:
    with acting(SYSTEM):
        return authenticate(request)


def _of(request: HttpRequest) -> Partner:
    partner: Partner = request.auth  # type: ignore[attr-defined]
    return partner


def _out(partner: Partner, case_uuid: uuid.UUID, *, repeated: bool = False) -> CaseOut:
    known = ExternalId.objects.filter(case__uuid=case_uuid, system=partner.code).first()
    case = Case.objects.filter(uuid=case_uuid).select_related("business_status").first()
    if known is None or case is None:
        raise NotFound()
    return CaseOut(
        uuid=str(case.uuid),
        number=case.number,
        external_id=known.value,
        status=case.business_status_id,
        status_name=case.business_status.name,
        received_at=case.received_at,
        due_at=case.due_at,
        finished_at=case.finished_at,
        handling_agency=organisations.agency(case.handling_agency_id).code,
        repeated=repeated,
    )
