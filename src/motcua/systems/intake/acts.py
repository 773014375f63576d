"""Handing an application in from outside: the same intake action as every other door."""

from __future__ import annotations

import base64
import binascii
import io
import uuid
from typing import Any

from django.conf import settings

from motcua.core import clock
from motcua.core.cases import handing_in, proofs
from motcua.core.cases.actions.submit import known, party_facts
from motcua.core.cases.intake import Submitted
from motcua.core.cases.models import ExternalId
from motcua.core.documents import actions as documents
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.identity.actions import party_for
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.organisations import queries as organisations
from motcua.core.services import queries as services
from motcua.core.services.pack import Pack
from motcua.systems.intake.models import Partner
from motcua.systems.intake.schemas import ApplicationIn, PaperIn, PersonIn, PresentationIn


def partner_actor(partner: Partner, party_id: int | None = None) -> Actor:
    """The partner as actor; `party_id` is the person on whose behalf it hands in."""
    return Actor(ActorKind.PARTNER, partner.name, party_id=party_id)


def hand_in(partner: Partner, given: ApplicationIn) -> Submitted:
    """Make a case of an application received outside. The same external id again gives the same case."""
    pack, key = _pack(partner, given.service), _key(partner, given.external_id)
    applicant = _party(partner, given.applicant, given.external_id)
    submitter = _party(partner, given.submitter, given.external_id) if given.submitter else applicant
    made = known(submitter.pk, key)
    if made is not None:
        return made
    actor = partner_actor(partner, submitter.pk)
    facts = party_facts(applicant.pk).as_facts()
    files: dict[str, list[str]] = {}
    for paper in given.papers:
        files.setdefault(paper.paper, []).append(
            _proven(partner, actor, pack, key, paper, given.answers, facts)
            if paper.presentation
            else _uploaded(actor, paper)
        )
    return handing_in.hand_in(
        actor,
        pack,
        system=partner.code,
        reference=given.external_id,
        key=key,
        applicant=applicant,
        submitter=submitter,
        answers=given.answers,
        files=files,
        receiving_agency_id=_desk(given.receiving_agency),
        language=given.language,
    )


def ask_for(partner: Partner, given: PresentationIn) -> uuid.UUID:
    """Ask the applicant of an application to come to prove one of its papers; a question that waits goes on waiting.

    Raises NotFound for a paper that no credential may stand for, Conflict for an application that was handed in.
    """
    pack = _pack(partner, given.service)
    if ExternalId.objects.filter(system=partner.code, value=given.external_id).exists():
        raise Conflict(
            f"Hồ sơ {given.external_id} đã được nộp.",
            f"The application {given.external_id} was handed in already.",
            "external_id",
        )
    applicant = {"name": given.applicant.name, "number": given.applicant.number}
    paper = _provable(pack, _key(partner, given.external_id), given.paper, given.answers, applicant)
    asker = f"{settings.MOTCUA_AUTHORITY} (qua {partner.name})"
    return proofs.prover().ask(partner_actor(partner), paper, asker=asker, through=partner.code)


def _pack(partner: Partner, code: str) -> Pack:
    """The service in force. NotAllowed where this partner may not hand it in."""
    pack = services.current(code, clock.today())
    if partner.service_codes and pack.code not in partner.service_codes:
        raise NotAllowed(
            f"Hệ thống này chưa được phép gửi hồ sơ thủ tục {pack.code}.",
            f"This system may not hand in applications for {pack.code}.",
        )
    return pack


def _key(partner: Partner, external_id: str) -> uuid.UUID:
    """Under which an application is handed in, once."""
    return uuid.uuid5(partner.uuid, external_id)


def _provable(
    pack: Pack, key: uuid.UUID, paper: str, answers: dict[str, Any], applicant: dict[str, Any]
) -> proofs.Provable:
    facts = pack.facts(answers, applicant=applicant, received=clock.now())
    return proofs.of_facts(key, pack, paper, facts)


def _proven(
    partner: Partner,
    actor: Actor,
    pack: Pack,
    key: uuid.UUID,
    paper: PaperIn,
    answers: dict[str, Any],
    applicant: dict[str, Any],
) -> str:
    """The sheet that stands for the paper. Conflict where the presentation does not count for it."""
    wanted = _provable(pack, key, paper.paper, answers, applicant)
    return proofs.prover().take(actor, wanted, question=paper.presentation, through=partner.code)


def _uploaded(actor: Actor, paper: PaperIn) -> str:
    try:
        content = base64.b64decode(paper.content, validate=True)
    except (binascii.Error, ValueError):
        raise UserError(
            f"Tệp “{paper.name}” của giấy {paper.paper} không phải base64.",
            f"The file {paper.name!r} of the paper {paper.paper} is no base64.",
            "papers",
        ) from None
    return str(documents.upload(actor, name=paper.name, stream=io.BytesIO(content)).uuid)


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
