"""“The register is wrong”: asked by the person or in a case, answered by the attribute's keeper, with a reason."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.registers import actions, questions, reading
from motcua.core.registers import schema as schemas
from motcua.core.registers.cells import as_value
from motcua.core.registers.models import Correction, CorrectionState, Finding, Record
from motcua.core.registers.queries import CIVIL_STATUS, POPULATION
from motcua.core.registers.schema import Schema
from motcua.core.registers.telling import correction_asked, correction_settled
from motcua.engines import working_time

IN_BOOKS = frozenset({CIVIL_STATUS})
"""Registers kept line by line in books: a line is put right by a procedure of its own (cải chính hộ tịch)."""


@dataclass(frozen=True, slots=True)
class Met:
    """Where a doubt was met: in a case, or in an application by its key, at `path` of the form.

    `waits` is the service's own rule, None where it leaves it to the register.
    """

    case_id: int | None = None
    application: uuid.UUID | None = None
    path: str = ""
    waits: bool | None = None


def ask(
    actor: Actor,
    register: str,
    key: str,
    path: str,
    *,
    should_be: str,
    reason: str,
    own_number: str = "",
    file_uuid: uuid.UUID | None = None,
    met: Met | None = None,
) -> Correction:
    """Tell the attribute's keeper that it is wrong. Asked again while it is open, it is the same correction.

    A citizen may doubt what a register says of themselves (`own_number`), of a child of theirs, and what was found for
    an application of theirs (`met`, which the caller has looked up); an officer what they meet in a case. Raises
    UserError at the field that is missing, NotFound where there is no such record.
    """
    schema = schemas.of(register)
    attribute = schema.field(path)
    for name, given in (("should_be", should_be), ("reason", reason)):
        if not given.strip():
            raise UserError(
                "Hãy ghi giá trị đúng."
                if name == "should_be"
                else "Hãy nói vì sao và giấy tờ nào chứng minh.",
                "Write what is right." if name == "should_be" else "Say why, and which paper proves it.",
                name,
            )
    value = _typed(schema, path, should_be.strip())
    with acting(SYSTEM):
        row = questions.current(register, key)
        if row is None or not (met is not None or _may_doubt(actor, schema, row, own_number)):
            raise NotFound()
        open_one = Correction.objects.filter(
            register_id=register, key=key, path=path, state=CorrectionState.OPEN
        )
        if (standing := open_one.first()) is not None:
            _note(actor, standing, schema, met)
            return standing
        agency = organisations.competent_agency(_desk(schema, path)["kind"], _unit(row, key))
        asked_at = clock.now()
        correction = Correction.objects.create(
            register_id=register,
            key=key,
            path=path,
            stands=row.facts.get(path),
            should_be=value,
            reason=reason.strip()[:2000],
            file_uuid=file_uuid,
            asked_by=actor.label,
            asked_by_party=actor.party_id,
            asked_at=asked_at,
            due_at=_due(schema, path, asked_at, agency.pk),
            agency_id=agency.pk,
            group=_desk(schema, path)["group"],
        )
        found = _note(actor, correction, schema, met)
    emit(
        "register.correction_asked",
        actor,
        case_id=met.case_id if met else None,
        subject=("correction", correction.pk),
        data={"register": register, "attribute": attribute.path, "waits": bool(found and found.waits)},
    )
    return correction


def correct(actor: Actor, correction: uuid.UUID, *, document: str, value: str = "") -> Correction:
    """The keeper corrects the record, by a document; the copies at other registers are told."""
    row = _mine(actor, correction)
    if not document.strip():
        raise UserError(
            "Ghi số, ngày của giấy tờ làm căn cứ sửa.",
            "Name the document by which it is corrected.",
            "document",
        )
    schema = schemas.of(row.register_id)
    new = _typed(schema, row.path, value.strip()) if value.strip() else row.should_be
    first_case = _first_case(row)
    record = actions.write(
        actor,
        row.register_id,
        row.key,
        {row.path: new},
        case_id=first_case,
        told_by=schema.field(row.path).master,
    )
    _settle(row, actor, CorrectionState.CORRECTED, answer="", document=document.strip(), record=record)
    emit(
        "register.correction_made",
        actor,
        case_id=first_case,
        subject=("correction", row.pk),
        data={"register": row.register_id, "attribute": row.path},
    )
    correction_settled.send(correction=row)
    return row


def refuse(actor: Actor, correction: uuid.UUID, *, reason: str) -> Correction:
    """What stands is right, or nothing proves the contrary: the person is told why."""
    row = _mine(actor, correction)
    if not reason.strip():
        raise UserError("Hãy ghi lý do để người hỏi được biết.", "Say why: who asked will read it.", "reason")
    _settle(row, actor, CorrectionState.REFUSED, answer=reason.strip(), document="", record=None)
    emit(
        "register.correction_refused",
        actor,
        case_id=_first_case(row),
        subject=("correction", row.pk),
        data={"register": row.register_id, "attribute": row.path},
    )
    correction_settled.send(correction=row)
    return row


def open_for(actor: Actor) -> list[Correction]:
    """What waits for the actor's desk: what is due first, then the oldest."""
    rows = Correction.objects.filter(
        state=CorrectionState.OPEN, agency_id__in=actor.unit_ids, group__in=actor.groups
    )
    return list(rows.select_related("register").order_by("due_at", "asked_at")[:200])


def for_desk(actor: Actor, correction: uuid.UUID) -> tuple[Correction, Any]:
    """One correction for the desk that answers it, with what stands in the register now; the look is logged."""
    row = at_desk(actor, correction)
    record = questions.current(row.register_id, row.key)
    schema = schemas.of(row.register_id)
    if record is not None:
        reading.log(actor, schema, [record], "Xem xét yêu cầu đính chính", _first_case(row))
    return row, (record.facts.get(row.path) if record else None)


def at_desk(actor: Actor, correction: uuid.UUID) -> Correction:
    """One correction of the actor's desk. Raises NotFound for those of others."""
    row = Correction.objects.filter(uuid=correction, agency_id__in=actor.unit_ids).first()
    if row is None or row.group not in actor.groups:
        raise NotFound()
    return row


def met_of(correction: Correction) -> list[Finding]:
    """The cases and applications that met this doubt."""
    with acting(SYSTEM, savepoint=False):
        return list(correction.findings.order_by("pk"))


def asked_by(party_id: int) -> list[Correction]:
    """What a person has asked for, newest first."""
    return list(
        Correction.objects.filter(asked_by_party=party_id)
        .select_related("register")
        .order_by("-asked_at")[:50]
    )


def met_in(case_id: int | None, application: uuid.UUID | None = None) -> list[Finding]:
    """The doubts that a case or the application it was made of has met, in their order; read as the state itself."""
    with acting(SYSTEM, savepoint=False):
        return list(_findings(case_id, application).select_related("correction").order_by("pk"))


def case_waits(case_id: int | None, application: uuid.UUID | None = None) -> bool:
    """Whether a case stands still for a doubt, by its service's rule or its register's."""
    with acting(SYSTEM, savepoint=False):
        rows = _findings(case_id, application)
        return rows.filter(waits=True, correction__state=CorrectionState.OPEN).exists()


def belongs_to(application: uuid.UUID, case_id: int) -> None:
    """The application in which doubts were met became this case."""
    with acting(SYSTEM, savepoint=False):
        Finding.objects.filter(application=application, case_id=None).update(case_id=case_id)


def _findings(case_id: int | None, application: uuid.UUID | None) -> QuerySet[Finding]:
    here = Q(pk__in=[])
    if case_id is not None:
        here |= Q(case_id=case_id)
    if application is not None:
        here |= Q(application=application)
    return Finding.objects.filter(here)


def _note(actor: Actor, correction: Correction, schema: Schema, met: Met | None) -> Finding | None:
    """That a case met this doubt: once, however often it says so."""
    if met is None:
        return None
    by_rule = _master(schema, correction.path).on_doubt == "wait"
    finding, fresh = Finding.objects.get_or_create(
        correction=correction,
        case_id=met.case_id,
        application=met.application,
        defaults={
            "path": met.path,
            "waits": by_rule if met.waits is None else met.waits,
            "found_by_party": actor.principal,
            "at": clock.now(),
        },
    )
    if fresh:
        correction_asked.send(finding=finding)
    return finding


def _first_case(row: Correction) -> int | None:
    """The case that met it first, for the record's provenance."""
    with acting(SYSTEM, savepoint=False):
        known = row.findings.filter(case_id__isnull=False).order_by("pk")
        return known.values_list("case_id", flat=True).first()


def _due(schema: Schema, path: str, asked_at: dt.datetime, agency_id: int) -> dt.datetime | None:
    """By when the law of the attribute's master wants an answer."""
    within = _master(schema, path).answer_within
    if within is None:
        return None
    return working_time.deadline(asked_at, within.limit, organisations.calendar(agency_id))


def _mine(actor: Actor, correction: uuid.UUID) -> Correction:
    row = Correction.objects.select_for_update().filter(uuid=correction, agency_id__in=actor.unit_ids).first()
    if row is None:
        raise NotFound()
    if not actor.has(row.group):
        raise NotAllowed("Việc này thuộc công chức khác.", "This is another officer's to answer.")
    if row.state != CorrectionState.OPEN:
        raise Conflict("Yêu cầu này đã được trả lời.", "This was answered already.")
    return row


def _settle(
    row: Correction, actor: Actor, state: str, *, answer: str, document: str, record: Record | None
) -> None:
    row.state, row.answer, row.document, row.record = state, answer, document, record
    row.answered_by, row.answered_at = actor.label, clock.now()
    row.save(update_fields=["state", "answer", "document", "record", "answered_by", "answered_at"])


def _may_doubt(actor: Actor, schema: Schema, row: Record, own_number: str) -> bool:
    if actor.kind in (ActorKind.OFFICER, ActorKind.SYSTEM):
        return True
    if not own_number:
        return False
    parents = (row.facts.get("mother_number"), row.facts.get("father_number"))
    return own_number in reading.people_in(schema, row) or own_number in parents


def _master(schema: Schema, path: str) -> Schema:
    """The schema of the register that masters the attribute, whose keeper answers."""
    master = schema.field(path).master
    return schema if master == schema.slug else schemas.of(master)


def _desk(schema: Schema, path: str) -> dict[str, str]:
    desk = dict(_master(schema, path).desk or schema.desk)
    if not desk:
        raise UserError(
            "Cơ sở dữ liệu này chưa khai báo nơi nhận yêu cầu đính chính.",
            "This register names no desk for corrections.",
            "register",
        )
    return desk


def _unit(row: Record, key: str) -> str:
    """The commune whose desk is asked: of the record, else of the person's residence."""
    unit = str(row.data.get("residence_unit") or row.data.get("unit") or "")
    if unit:
        return unit
    person = questions.current(POPULATION, key)
    if person is None or not person.data.get("residence_unit"):
        raise NotFound()
    return str(person.data["residence_unit"])


def _typed(schema: Schema, path: str, text: str) -> Any:
    attribute = schema.field(path)
    value = as_value(attribute, text)
    if (wrong := attribute.wrong(value)) is not None:
        raise UserError(wrong.vi, wrong.en, "should_be")
    return value
