"""Consent: what people are asked to agree to, and whether a person's consent stands, for those who rely on it.

A system is told of the agreements of registers that it may read, and of consents to them; every question about a
person is logged and shown to them. Consents are given and withdrawn by the person alone, on their own pages.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from motcua.core import clock
from motcua.core.errors import NotFound
from motcua.core.ledger.actions import record_read
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.registers import access, consent
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Agreement, AgreementState, Consent, ConsentState
from motcua.systems.govstack import paging
from motcua.systems.govstack.speaking import NotSaid, face, number

WHY = "GovStack Consent"
MOST = 200
STATES = {
    AgreementState.DRAFT: "Definition",
    AgreementState.IN_FORCE: "Capture",
    AgreementState.REPLACED: "Proof",
    AgreementState.ENDED: "Proof",
}
"""Where an agreement stands in its life, in their words."""


@face("GET")
def agreements(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The agreements in force of the registers that the caller may read."""
    with acting(SYSTEM):
        rows = Agreement.objects.filter(state=AgreementState.IN_FORCE).order_by("pk")
        mine = [_agreement(one) for one in rows if _relies_on(actor, one)]
    return _page(request, "dataAgreements", mine)


@face("GET")
def agreement(request: HttpRequest, actor: Actor, agreement_id: str) -> HttpResponse:
    """One version of an agreement, with its revisions."""
    with acting(SYSTEM):
        row = Agreement.objects.filter(uuid=paging.identifier(agreement_id)).first()
        if row is None or not _relies_on(actor, row):
            raise NotFound()
        told = {"dataAgreement": _agreement(row), "revisions": _revisions(row.uuid)}
    return JsonResponse(told)


@face("GET")
def records(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The consents of the person named in `individualId`, also to one agreement (`dataAgreementId`)."""
    person = request.GET.get("individualId", "")
    if not person:
        raise NotSaid(
            "Thiếu individualId (số định danh).", "individualId: a personal number is needed.", "individualId"
        )
    wanted = request.GET.get("dataAgreementId", "")
    with acting(SYSTEM):
        rows = [
            one
            for one in consent.consents_of(person)
            if _relies_on(actor, one.agreement) and wanted in ("", str(one.agreement.uuid))
        ]
        _note(actor, person, rows)
        told = [_record(one) for one in rows]
    return _page(request, "consentRecords", told)


@face("GET")
def record(request: HttpRequest, actor: Actor, record_id: str) -> HttpResponse:
    """One consent, with what was done to it since."""
    with acting(SYSTEM):
        row = Consent.objects.filter(uuid=paging.identifier(record_id)).select_related("agreement").first()
        if row is None or not _relies_on(actor, row.agreement):
            raise NotFound()
        _note(actor, row.person, [row])
        told = {"consentRecord": _record(row), "revisions": _revisions(row.uuid)}
    return JsonResponse(told)


def _relies_on(actor: Actor, row: Agreement) -> bool:
    schema = schemas.of(row.register_id)
    return any(True for _ in access.uses_of(schema, actor, "read", partner=actor.label))


def _note(actor: Actor, person: str, rows: list[Consent]) -> None:
    for register in sorted({one.agreement.register_id for one in rows}):
        record_read(actor, purpose=WHY, register=register, person_numbers=[person], record_ids=[])


def _agreement(row: Agreement) -> dict[str, Any]:
    return {
        "id": str(row.uuid),
        "version": str(row.version),
        "controllerName": row.controller,
        "purpose": row.purpose_en,
        "purposeDescription": row.purpose,
        "lawfulBasis": "consent",
        "legalBasis": row.legal_basis,
        "dataUse": "data_using_service",
        "dataAttributes": [{"name": path} for path in row.fields],
        "lifecycle": STATES[AgreementState(row.state)],
        "active": row.state == AgreementState.IN_FORCE,
        "dataAgreementRevisionHash": row.digest,
    }


def _record(row: Consent) -> dict[str, Any]:
    """`optIn`: whether it stands now: given, not run out, to an agreement that has not ended, and as signed."""
    stands = (
        row.state == ConsentState.GIVEN
        and row.expires_at > clock.now()
        and row.agreement.state != AgreementState.ENDED
        and consent.genuine(row)
    )
    return {
        "id": str(row.uuid),
        "dataAgreementId": str(row.agreement.uuid),
        "dataAgreementRevisionHash": row.agreement.digest,
        "individualId": row.person,
        "optIn": stands,
        "state": "signed" if consent.genuine(row) else "unsigned",
        "timestamp": row.given_at.isoformat(),
        "expires": row.expires_at.isoformat(),
    }


def _revisions(about: uuid.UUID) -> list[dict[str, Any]]:
    return [
        {
            "id": str(one.uuid),
            "objectId": str(one.about_uuid),
            "schemaName": one.about,
            "serializedHash": one.digest,
            "predecessorHash": one.previous,
            "timestamp": one.at.isoformat(),
        }
        for one in consent.revisions_of(about)
    ]


def _page(request: HttpRequest, name: str, rows: list[dict[str, Any]]) -> HttpResponse:
    """Their pages: `offset` and `limit`."""
    offset, limit = number(request, "offset", 0, 10**6, least=0), number(request, "limit", MOST, MOST)
    whole = len(rows)
    pagination = {
        "currentPage": offset // limit + 1,
        "totalItems": whole,
        "totalPages": -(-whole // limit),
        "limit": limit,
        "hasPrevious": offset > 0,
        "hasNext": offset + limit < whole,
    }
    return JsonResponse({name: rows[offset : offset + limit], "pagination": pagination})
