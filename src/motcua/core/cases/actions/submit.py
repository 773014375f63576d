"""Submit: pure work first, then one SQL statement that makes the case, or finds the one already made."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection

from motcua.core import clock
from motcua.core.cases import deadlines, papers, process, reference, running, steps
from motcua.core.cases.actions.making import run_statement
from motcua.core.cases.decisions import Decider
from motcua.core.cases.facts import learned
from motcua.core.cases.handlers.registry import is_inline
from motcua.core.cases.intake import (
    Application,
    FieldMistake,
    Incomplete,
    NewVersion,
    PartyFacts,
    Submitted,
)
from motcua.core.cases.models import Case, Channel, Code
from motcua.core.cases.policies import require_in_mandate, require_in_person
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.services import queries as services
from motcua.core.services.pack import finding
from motcua.core.services.pack.expressions import plain
from motcua.engines import bpmn, working_time
from motcua.engines.text import fold

PARTY_FACTS = (
    f"select {', '.join(each.name for each in fields(PartyFacts))} from identity_party where id = %s"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that was worked out before the database is asked."""

    pack: Any
    place: process.Place
    applicant: PartyFacts
    answers: dict[str, Any]
    asked: int
    found: int
    limit: working_time.Limit | None
    plan: process.Plan
    status: Code
    state: dict[str, Any]
    facts: dict[str, Any]
    decider: Decider
    step: dict[str, Any]
    received: dt.datetime
    title: str


def submit(actor: Actor, application: Application, key: uuid.UUID) -> Submitted:
    """Make a case of an application; the same (submitter, key) again gives the same case and takes no number.

    Raises Incomplete with every mistake and its field, NewVersion when the service changed
    meanwhile, NotAllowed when the actor may not submit for these people.
    """
    check_actor(actor, application)
    if actor.mandate_id is not None:
        require_in_person(actor, services.pack(application.service_version_id))
    if actor.services:
        require_in_mandate(actor, services.pack(application.service_version_id).code)
    try:
        prepared = prepare(actor, application)
    except UserError:
        made = known(application.submitter_party_id, key)  # a repeat is answered whatever changed since
        if made is None:
            raise
        return made
    case_uuid = new_uuid()
    row = run_statement(
        actor,
        key=key,
        case_uuid=case_uuid,
        number=reference.number_shape(prepared.place.receiving, prepared.received.date()),
        now=prepared.received,
        place=prepared.place,
        plan=prepared.plan,
        columns=_columns_of(application, prepared),
        process_state=prepared.state,
        data=_data_of(application, prepared),
        runs=[made.row() for made in prepared.decider.made],
        steps=[prepared.step],
        external_ids=application.external_ids,
        draft=application.draft_uuid,
        files=papers.named(application.files, prepared.answers),
        later=_later(application),
    )
    if row is None:
        made = known(application.submitter_party_id, key)
        if made is None:
            raise Conflict(
                "Mã nộp này đã được dùng cho một hồ sơ mà ông/bà không xem được.",
                "This submission key was used for a case that you cannot see.",
            )
        return made
    case_id, number = row
    if any(is_inline(request.type) for request in prepared.plan.requests):
        _do_inline(case_id, actor)
    return Submitted(case_uuid, number, repeated=False)


def check_actor(actor: Actor, application: Application) -> None:
    """A citizen submits for themself or whom they act for; an officer at the desk for whoever stands there."""
    if application.channel not in Channel.values:
        raise UserError(
            f"Kênh nộp “{application.channel}” không có; chọn một trong: {', '.join(Channel.values)}.",
            f"There is no channel {application.channel!r}; use one of {', '.join(Channel.values)}.",
            field="channel",
        )
    if actor.kind is ActorKind.CITIZEN:
        allowed = (
            application.submitter_party_id == actor.party_id
            and application.applicant_party_id in (actor.principal, actor.party_id)
            and application.channel == Channel.PORTAL
            and application.assisting_officer_id is None
        )
    elif actor.kind is ActorKind.OFFICER:
        allowed = application.channel in (Channel.COUNTER, Channel.POST) and (
            application.assisting_officer_id in (None, actor.officer_id)
        )
    else:
        allowed = actor.is_system or (actor.kind is ActorKind.PARTNER and application.channel == Channel.API)
    if not allowed:
        raise NotAllowed(
            "Ông/bà không được nộp hồ sơ này cho người đó bằng kênh đó.",
            "You may not submit this application for that person through that channel.",
        )


def prepare(actor: Actor, application: Application) -> Prepared:
    """The pure part: examine the answers, find the competent agency, count the limit, start the process."""
    from motcua.core.services import queries as services

    received = clock.now()
    pack = services.pack(application.service_version_id)
    if application.again is None:
        check_in_force(pack, received.date())
    applicant = application.applicant or party_facts(application.applicant_party_id)
    found = finding.from_json(application.found)
    given = {"applicant": applicant.as_facts(), "today": received.date(), "received": received}
    checked = pack.form.check(
        application.answers, lang=application.language, today=received.date(), found=found, given=given
    )
    if checked.errors and application.again is None:  # what was received once is not examined twice
        raise Incomplete([FieldMistake(one.path, one.message, one.field_id) for one in checked.errors])
    facts = pack.facts(
        checked.answers, found, applicant=applicant.as_facts(), received=received,
        extra={"channel": application.channel},
    )  # fmt: skip
    place = _place(pack, application, facts, received.date())
    facts["province"] = reference.agency(place.handling).province_code
    _check_papers(pack, facts, application)
    measure = pack.form.measure(checked.answers, found, given)
    limit = pack.limit(facts)
    due = deadlines.due(received, limit, place.handling)
    place = process.Place(place.receiving, place.handling, place.competent, due)
    decider = Decider(
        pack, application.service_version_id, place.handling, received.date(), application.found
    )
    around = running.Surroundings(pack, decider, place.handling)
    step = bpmn.start(pack.process, facts, received, around)
    plan = process.plan(step.effects, place=place, facts=step.data, now=received)
    return Prepared(
        pack=pack,
        place=place,
        applicant=applicant,
        answers=checked.answers,
        asked=len(measure.asked),
        found=len(measure.found),
        limit=limit,
        plan=plan,
        status=plan.status(Code.NEW),
        state=step.state.to_json(),
        facts=plain(learned(facts, step.data)),
        decider=decider,
        step=steps.row(
            pack.process, application.service_version_id, received, {}, facts, ["start"], around.heard, step
        ),
        received=received,
        title=pack.name("vi"),
    )


def check_in_force(pack: Any, on: dt.date) -> None:
    """Raise NewVersion unless this version is the one in force on the day of receipt (rules change mid-form)."""
    from motcua.core.services import queries as services

    if services.current(pack.code, on).version_id != pack.version_id:
        raise NewVersion(pack.name("vi"))


def party_facts(party_id: int) -> PartyFacts:
    """What a case keeps of its applicant, in one plain statement. Raises UserError when there is no such party."""
    with connection.cursor() as cursor:
        cursor.execute(PARTY_FACTS, [party_id])
        row = cursor.fetchone()
    if row is None:
        raise UserError("Không có người nộp này.", "There is no such applicant.", field="applicant")
    return PartyFacts.read(row)


def _check_papers(pack: Any, facts: Mapping[str, Any], application: Application) -> None:
    """Every paper that these facts need must be there: as a file, or as an answer of the form."""
    missing = [
        paper
        for paper in pack.papers(facts, None, application.language)
        if not application.files.get(paper.id)
        and not any(application.files.get(one) for one, _ in paper.one_of)
        and not facts.get(paper.id)
    ]
    if missing and application.again is None and application.channel not in (Channel.COUNTER, Channel.POST):
        ask = {"vi": "Tải lên: {}.", "en": "Upload: {}."}[application.language]
        raise Incomplete([FieldMistake(f"papers.{paper.id}", ask.format(paper.name)) for paper in missing])


def _place(pack: Any, application: Application, facts: Mapping[str, Any], on: dt.date) -> process.Place:
    unit = pack.competent_unit(facts)
    if not unit:
        raise UserError(
            "Chưa xác định được nơi cư trú để chọn cơ quan giải quyết. Bổ sung nơi cư trú rồi nộp lại.",
            "The competent agency cannot be told without a place of residence. Add it and submit again.",
            field="residence",
        )
    competent = reference.competent_agency(pack.competent_kind, unit, on)
    receiving = application.receiving_agency_id or reference.desk_of(competent.id, on).id
    return process.Place(receiving, competent.id, competent.id)


def known(submitter: int, key: uuid.UUID) -> Submitted | None:
    """The case already made under that key, if the actor may see it."""
    rows = Case.objects.filter(submitter_id=submitter, idempotency_key=key)
    found = rows.values_list("uuid", "number").first()
    return None if found is None else Submitted(found[0], found[1], repeated=True)


def _do_inline(case_id: int, actor: Actor) -> None:
    case = Case.objects.select_for_update().get(pk=case_id)
    run = running.Run(case, actor)
    for request in case.service_requests.filter(state="waiting").order_by("id"):
        if is_inline(request.type):
            running.do_request(run, request)


def _columns_of(application: Application, prepared: Prepared) -> dict[str, Any]:
    limit = prepared.limit
    return {
        "version": application.service_version_id,
        "service_code": prepared.pack.code,
        "title": prepared.title,
        "applicant_name": prepared.applicant.name,
        "folded": fold(f"{prepared.applicant.name} {prepared.title}"),
        "status": int(prepared.status),
        "channel": application.channel,
        "assisted": application.assisting_officer_id is not None,
        "applicant": application.applicant_party_id,
        "submitter": application.submitter_party_id,
        "beneficiary": application.beneficiary_party_id,
        "assisting": application.assisting_officer_id,
        "dossier": application.parent_dossier,
        "decided_case": application.decided_case_id,
        "limit_amount": None if limit is None else limit.amount,
        "limit_unit": "" if limit is None else limit.unit.value,
        "asked": prepared.asked,
        "found": prepared.found,
    }


def _later(application: Application) -> list[str]:
    """Jobs that only some applications need."""
    silent = ["cases.verify_later"] if application.unverified else []
    return [*silent, "cases.meet_doubts"] if application.doubted else silent


def _data_of(application: Application, prepared: Prepared) -> dict[str, Any]:
    return {
        "answers": prepared.answers,
        "found": application.found,
        "applicant": prepared.applicant.as_facts(),
        "facts": prepared.facts
        if application.again is None
        else {**prepared.facts, "again": application.again},
        "papers": application.files,
        "unverified": list(application.unverified),
        "language": application.language,
        **({"doubted": True} if application.doubted else {}),
    }
