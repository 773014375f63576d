"""The statutory slips (Circular 03/2025/TT-VPCP, annex I): set from typst templates, sealed, filed with the case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils import timezone

from motcua.core import clock
from motcua.core.cases import reference
from motcua.core.cases.models import Case
from motcua.core.errors import UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.engines import text


@dataclass(frozen=True, slots=True)
class Slip:
    """One of the seven forms: its number in the annex, title, and what its template is given beyond the common."""

    no: str
    title: str
    data: Callable[[Case, Any], dict[str, Any]]
    by_desk: bool


def write(case: Case, slip: str) -> Any:
    """Set, seal and file a slip. The same slip of the same act is written once. Returns the document."""
    from motcua.core.documents import actions as documents
    from motcua.core.documents.models import Document
    from motcua.core.services import queries as services

    form = slip_of(slip)
    pack = services.pack(case.service_version_id)
    issuer = reference.agency(case.receiving_agency_id if form.by_desk else case.handling_agency_id)
    data = {**_common(case), **form.data(case, pack)}
    number = f"{case.number}/{form.no}{_act(case, slip)}"
    standing = Document.objects.filter(case_id=case.pk, kind="slip", slip_no=form.no, number=number).first()
    if standing is not None and standing.state != "draft":
        return standing
    document = standing or documents.draft(
        SYSTEM,
        kind="slip",
        title=form.title,
        template=template(slip),
        data=data,
        agency_id=issuer.id,
        case_id=case.pk,
        case_number=case.number,
        owner_party_id=case.applicant_id,
        number=number,
        slip_no=form.no,
        service_code=case.service_code,
    )
    documents.seal_slip(SYSTEM, document)
    emit(
        "case.slip",
        SYSTEM,
        case_id=case.pk,
        subject=("document", document.pk),
        data={"slip": slip, "no": form.no},
    )
    return document


def slip_of(slip: str) -> Slip:
    """The form of that name. Raises UserError naming those that exist."""
    try:
        return SLIPS[slip]
    except KeyError:
        known = ", ".join(SLIPS)
        raise UserError(
            f"Không có phiếu “{slip}”; có: {known}.", f"There is no slip {slip!r}; known: {known}."
        ) from None


@lru_cache(maxsize=8)
def template(slip: str) -> str:
    """The typst source of a slip."""
    return (Path(__file__).parent / f"{slip}.typ").read_text("utf-8")


def _act(case: Case, slip: str) -> str:
    """A second slip of one kind in a case is a second document: "", "-2", "-3" …"""
    count = 1
    if slip == "supplement":
        count = case.supplements.count()
    elif slip == "control":
        count = case.transfers.exclude(taken_at=None).count()
    return f"-{count}" if count > 1 else ""


def _common(case: Case) -> dict[str, Any]:
    now = clock.now()
    applicant = case.data.get("applicant", {})
    return {
        "at_text": moment(now),
        "case_number": case.number,
        "service": case.title,
        "applicant": case.applicant_name,
        "phone": applicant.get("phone") or "",
        "email": applicant.get("email") or "",
        "receiving_agency": reference.agency(case.receiving_agency_id).name,
        "handling_agency": reference.agency(case.handling_agency_id).name,
        "received": moment(timezone.localtime(case.received_at)),
        "due": moment(timezone.localtime(case.due_at)) if case.due_at else "",
        "contact": "",
    }


def moment(at: Any) -> str:
    """`15 giờ 20, ngày 20 tháng 11 năm 2026`."""
    return f"{at:%H} giờ {at:%M}, {text.long_date(at.date())}"


def _receipt(case: Case, pack: Any) -> dict[str, Any]:
    from motcua.core.cases.facts import facts_of

    facts = facts_of(case, pack)
    papers = [paper.name for paper in pack.papers(facts)]
    fees = [fee for fee in pack.fees(facts) if fee.amount]
    rule = pack.limit_rule(facts)
    channels = {"portal": "trực tuyến", "counter": "trực tiếp", "api": "trực tuyến", "post": "qua bưu chính"}
    return {
        "papers": "; ".join(papers) or "không phải nộp giấy tờ (dữ liệu đã có trong các cơ sở dữ liệu)",
        "channel": channels[case.channel],
        "delivery": "bản điện tử trong kho dữ liệu của người nộp",
        "limit": rule.note.vi,
        "fee": "; ".join(f"{fee.title} {text.money(fee.amount)}" for fee in fees),
    }


def _supplement(case: Case, pack: Any) -> dict[str, Any]:
    asked = case.supplements.latest("asked_at")
    return {"items": [item["text"] for item in asked.items], "reason": asked.reason}


def _refusal(case: Case, pack: Any) -> dict[str, Any]:
    outcome = case.data.get("outcome", {})
    return {
        "reason": outcome.get("reason", ""),
        "legal_basis": outcome.get("legal_basis") or "quy định của thủ tục hành chính này",
        "rule": outcome.get("rule", ""),
        "objection": pack.objection.vi,
    }


def _apology(case: Case, pack: Any) -> dict[str, Any]:
    from datetime import datetime

    extension = case.data.get("extension", {})
    former = timezone.localtime(datetime.fromisoformat(extension["former"]))
    return {"former_due": moment(former), "reason": extension["reason"]}


def _stop(case: Case, pack: Any) -> dict[str, Any]:
    stopped = case.data.get("stopped", {})
    return {"reason": stopped.get("reason", ""), "legal_basis": stopped.get("legal_basis", "")}


def _control(case: Case, pack: Any) -> dict[str, Any]:
    """The control slip: every hand-over of the case, who gave, who took, when, and whether in time."""
    steps: list[list[str]] = []
    giver = f"{case.applicant_name} (người nộp)"
    desk = reference.agency(case.receiving_agency_id).name
    steps.append([giver, desk, moment(timezone.localtime(case.received_at)), case.applicant_name, "", ""])
    for task in case.tasks.filter(state="done", applicant_task=False).order_by("done_at"):
        agency = reference.agency(task.agency_id).name if task.agency_id else ""
        done = timezone.localtime(task.done_at or case.received_at)
        result = "" if task.due_at is None else "đúng hạn" if done <= task.due_at else "quá hạn"
        steps.append([steps[-1][1], agency, moment(done), task.done_by_label, result, task.name])
    for handed in case.transfers.select_related("from_agency", "to_agency").exclude(taken_at=None):
        at = moment(timezone.localtime(handed.taken_at))
        who = f"{handed.handed_by}; {handed.taken_by}"
        steps.append([handed.from_agency.name, handed.to_agency.name, at, who, "", handed.reason])
    others = sorted(
        reference.agency(agency).name for agency in case.agency_ids
        if agency not in (case.handling_agency_id, case.receiving_agency_id)
    )  # fmt: skip
    return {"steps": steps, "other_agencies": "; ".join(others)}


SLIPS: dict[str, Slip] = {
    "receipt": Slip("01", "Giấy tiếp nhận hồ sơ và hẹn trả kết quả", _receipt, by_desk=True),
    "supplement": Slip("02", "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ", _supplement, by_desk=True),
    "refusal": Slip("03", "Phiếu từ chối tiếp nhận, giải quyết hồ sơ", _refusal, by_desk=False),
    "apology": Slip("04", "Văn bản xin lỗi và đề nghị gia hạn", _apology, by_desk=False),
    "stop": Slip("05", "Thông báo dừng giải quyết hồ sơ", _stop, by_desk=False),
    "control": Slip("06", "Phiếu kiểm soát quá trình giải quyết hồ sơ", _control, by_desk=False),
}
