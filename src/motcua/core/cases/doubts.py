"""A case that met a mistake in a register: it goes on, marked, or stands still until the keeper has answered.

Which of the two is a rule: of the service (`on_doubt` of the line of `prefill`), else of the register. A case that
stands still takes no further step of its process; its clock runs on unless the register names the law by which it
stops. The keeper's answer sets it going again, with what the register says then.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from motcua.core.cases import prefill, reference, standing, statuses
from motcua.core.cases.models import Case, Code
from motcua.core.errors import Conflict, NotFound, Text, Unavailable
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.core.registers import corrections, elsewhere
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import CorrectionState, Finding
from motcua.core.services.pack import Pack
from motcua.engines import text

DOUBTED = "doubted"
"""In a case's data: it has met a doubt. Others need not look for any."""


@dataclass(frozen=True, slots=True)
class Target:
    """What of which record a found fact is."""

    register: str
    key: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt that a case has met, for its pages. `due_at` is None where the law sets no day."""

    path: str
    title: Text
    register: Text
    agency: str
    state: str
    waits: bool
    asked_at: dt.datetime
    due_at: dt.datetime | None
    answer: str
    document: str

    @property
    def is_open(self) -> bool:
        return self.state == CorrectionState.OPEN


def target_of(path: str, fact: Mapping[str, Any] | None) -> Target | None:
    """Whom to tell that a found fact is wrong; None where it is no attribute of a register that is kept here."""
    if not fact or not fact.get("register") or not fact.get("key"):
        return None
    register, attribute = str(fact["register"]), path.rpartition(".")[2]
    if register in corrections.IN_BOOKS:
        return None
    try:
        if elsewhere.is_elsewhere(register) or attribute not in schemas.of(register).fields:
            return None
    except (Unavailable, NotFound):
        return None
    is_key = str(fact.get("value")) == str(fact["key"])
    return None if is_key or not schemas.of(register).desk else Target(register, str(fact["key"]), attribute)


def rule_of(pack: Pack, path: str) -> bool | None:
    """Whether the service makes a case wait for a doubt of this fact; None: it leaves that to the register."""
    lines = [rule for rule in pack.prefill if path == rule.path or path.startswith(f"{rule.path}.")]
    said = next((rule.on_doubt for rule in reversed(lines) if rule.on_doubt), "")
    return said == "wait" if said else None


def of_case(case_id: int | None, application: uuid.UUID | None) -> list[Doubt]:
    """What the case has met, in the order it was met."""
    return [_told(one) for one in corrections.met_in(case_id, application)]


def holds(case: Case) -> bool:
    """Whether the case stands still now."""
    return bool(case.data.get(DOUBTED)) and corrections.case_waits(case.pk, case.idempotency_key)


def require_going_on(case: Case) -> None:
    """Raises Conflict, saying for whose answer the case waits, when it stands still."""
    if not case.data.get(DOUBTED):
        return
    for doubt in of_case(case.pk, case.idempotency_key):
        if doubt.waits and doubt.is_open:
            until = text.date(doubt.due_at.date()) if doubt.due_at else ""
            raise Conflict(
                f"Hồ sơ {case.number} đang chờ {doubt.agency} trả lời về “{doubt.title.vi}”"
                + (f", chậm nhất {until}" if until else "")
                + ". Có trả lời, hồ sơ tự đi tiếp.",
                f"Case {case.number} waits for {doubt.agency} to answer about “{doubt.title.en}”"
                + (f", by {until}" if until else "")
                + ". It goes on by itself once there is an answer.",
            )


def meet(case: Case) -> None:
    """Mark the case by what it has met. Where it waits by a law that stops the clock, the clock stops."""
    findings = corrections.met_in(case.pk, case.idempotency_key)
    if not findings:
        return
    corrections.belongs_to(case.idempotency_key, case.pk)
    if not case.data.get(DOUBTED):
        case.data = {**case.data, DOUBTED: True}
        case.save(update_fields=["data"])
    law = next((law for one in findings if (law := _law_of(one))), "")
    if not law or case.business_status_id not in (Code.RECEIVED, Code.IN_PROCESS):
        return
    reason = "Chờ nơi quản lý cơ sở dữ liệu trả lời về dữ liệu bị báo sai"
    before = case.business_status_id
    case.data = {
        **case.data,
        "stopped": {"reason": reason, "legal_basis": law, "before": before, DOUBTED: True},
    }
    standing.move(case, Code.STOPPED, SYSTEM, reason=reason)
    emit("case.stopped", SYSTEM, case_id=case.pk, data={"reason": reason, "legal_basis": law})
    defer("cases.write_slip", case_uuid=str(case.uuid), slip="stop")


def go_on(case: Case, pack: Pack) -> None:
    """After an answer of a keeper: take up what the register says now, and set a case going that waited for it."""
    if case.business_status_id in statuses.ENDED:
        return
    _take_up(case, pack)
    if corrections.case_waits(case.pk, case.idempotency_key):
        return
    if case.business_status_id == Code.STOPPED and case.data.get("stopped", {}).get(DOUBTED):
        reason = "Nơi quản lý cơ sở dữ liệu đã trả lời"
        standing.move(case, Code.IN_PROCESS, SYSTEM, reason=reason)
        emit("case.resumed", SYSTEM, case_id=case.pk, data={"reason": reason})
    standing.set_going(case)


def _take_up(case: Case, pack: Pack) -> None:
    """What was corrected takes the place of what was found. Where an answer still differs, an officer compares."""
    from motcua.core.cases.facts import get

    settled = [one for one in corrections.met_in(case.pk, case.idempotency_key) if _is_settled(one)]
    answers, known = case.data.get("answers", {}), case.data.get("found", {})
    looked = prefill.find(
        SYSTEM, pack, answers=answers, applicant=case.data.get("applicant", {}), case_id=case.pk
    )
    if looked.down:
        raise Unavailable("Cơ sở dữ liệu chưa trả lời.", "The register does not answer.")
    renewed = {
        path: fact
        for path, fact in looked.found.items()
        if any(target_of(path, known.get(path)) == _target(one) for one in settled)
    }
    paths = {one.path for one in settled if get(answers, one.path) not in (None, "")}
    different = [path for path in prefill.differences(answers, renewed) if path in paths]
    case.data = {**case.data, "found": {**known, **renewed}, "different": different}
    case.save(update_fields=["data"])
    emit(
        "case.doubt_answered",
        SYSTEM,
        case_id=case.pk,
        data={"changed": sorted(renewed), "different": different},
    )
    if different and not case.tasks.filter(verb="compare", state="open").exists():
        standing.offer_work(
            case, "compare", "Đối chiếu dữ liệu khác với cơ sở dữ liệu",
            "Compare answers that differ from the register", different=different,
        )  # fmt: skip


def _is_settled(one: Finding) -> bool:
    return one.correction.state != CorrectionState.OPEN


def _target(one: Finding) -> Target:
    row = one.correction
    return Target(row.register_id, row.key, row.path)


def _law_of(one: Finding) -> str:
    """The law by which the clock stands still for an open doubt, "" where it runs on."""
    if not one.waits or _is_settled(one):
        return ""
    schema = schemas.of(one.correction.register_id)
    return schemas.of(schema.field(one.correction.path).master).clock_stands_by


def _told(one: Finding) -> Doubt:
    row = one.correction
    schema = schemas.of(row.register_id)
    return Doubt(
        path=one.path,
        title=schema.field(row.path).title,
        register=schema.name,
        agency=reference.agency(row.agency_id).name,
        state=row.state,
        waits=one.waits,
        asked_at=timezone.localtime(row.asked_at),
        due_at=timezone.localtime(row.due_at) if row.due_at else None,
        answer=row.answer,
        document=row.document,
    )
