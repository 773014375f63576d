"""Handing an application in from outside: the same intake action as every other door."""

from __future__ import annotations

import base64
import io
import uuid

from motcua.core import clock
from motcua.core.cases import handing_in
from motcua.core.cases.intake import Submitted
from motcua.core.documents import actions as documents
from motcua.core.errors import NotAllowed, NotFound
from motcua.core.identity.actions import party_for
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.organisations import queries as organisations
from motcua.core.services import queries as services
from motcua.systems.intake.models import Partner
from motcua.systems.intake.schemas import ApplicationIn, PersonIn


def partner_actor(partner: Partner, party_id: int | None = None) -> Actor:
    """The partner as actor; `party_id` is the person on whose behalf it hands in."""
    return Actor(ActorKind.PARTNER, partner.name, party_id=party_id)


def hand_in(partner: Partner, given: ApplicationIn) -> Submitted:
    """Make a case of an application received outside. The same external id again gives the same case."""
    pack = services.current(given.service, clock.today())
    if partner.service_codes and pack.code not in partner.service_codes:
        raise NotAllowed(
            f"Hệ thống này chưa được phép gửi hồ sơ thủ tục {pack.code}.",
            f"This system may not hand in applications for {pack.code}.",
        )
    applicant = _party(partner, given.applicant, given.external_id)
    submitter = _party(partner, given.submitter, given.external_id) if given.submitter else applicant
    actor = partner_actor(partner, submitter.pk)
    return handing_in.hand_in(
        actor,
        pack,
        system=partner.code,
        reference=given.external_id,
        key=uuid.uuid5(partner.uuid, given.external_id),
        applicant=applicant,
        submitter=submitter,
        answers=given.answers,
        files=_files(actor, given),
        receiving_agency_id=_desk(given.receiving_agency),
        language=given.language,
    )


def _party(partner: Partner, person: PersonIn, reference: str) -> Party:
    return party_for(
        partner_actor(partner),
        name=person.name,
        kind="eid" if person.level == 2 else "declared",
        personal_number=person.number,
        born=person.born,
        sex=person.sex,
        phone=person.phone,
        email=person.email,
        reference=f"{partner.code}/{reference}",
        level=person.level,
    )


def _files(actor: Actor, given: ApplicationIn) -> dict[str, list[str]]:
    kept: dict[str, list[str]] = {}
    for paper in given.papers:
        file = documents.upload(actor, name=paper.name, stream=io.BytesIO(base64.b64decode(paper.content)))
        kept.setdefault(paper.paper, []).append(str(file.uuid))
    return kept


def _desk(code: str | None) -> int | None:
    if code is None:
        return None
    agency = organisations.agency(code)
    if agency.kind not in {"one_stop", "province_centre"}:
        raise NotFound(
            f"{agency.name} không phải bộ phận một cửa.",
            f"{agency.name} is no one-stop unit.",
            "receiving_agency",
        )
    return agency.pk
