"""Handing an application in from outside: the same intake action as every other door."""

from __future__ import annotations

import base64
import io
import uuid

from motcua.core import clock
from motcua.core.cases import prefill
from motcua.core.cases.actions.submit import party_facts, submit
from motcua.core.cases.intake import Application, Submitted
from motcua.core.documents import actions as documents
from motcua.core.errors import NotAllowed, NotFound
from motcua.core.identity.actions import party_for
from motcua.core.identity.models import Party
from motcua.core.ledger.actions import for_application
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
    assert pack.version_id is not None  # a version in force is a row
    applicant = _party(partner, given.applicant, given.external_id)
    submitter = _party(partner, given.submitter, given.external_id) if given.submitter else applicant
    actor = partner_actor(partner, submitter.pk)
    key = uuid.uuid5(partner.uuid, given.external_id)
    with for_application(key):
        known = prefill.find(
            actor,
            pack,
            answers=given.answers,
            applicant=party_facts(applicant.pk).as_facts(),
            lang=given.language,
        )
    application = Application(
        service_version_id=pack.version_id,
        answers=given.answers,
        found=known.found,
        unverified=tuple(known.down),
        files=_files(actor, given),
        channel="api",
        submitter_party_id=submitter.pk,
        applicant_party_id=applicant.pk,
        receiving_agency_id=_desk(given.receiving_agency),
        external_ids={partner.code: given.external_id},
        language=given.language,
    )
    return submit(actor, application, key)


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
