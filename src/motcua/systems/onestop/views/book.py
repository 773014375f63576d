"""Papers of the desk: the register of cases (form 07), receipts, and scans that answer a request."""

from __future__ import annotations

import datetime as dt
import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core import clock
from motcua.core.attempting import attempt
from motcua.core.cases import actions
from motcua.core.documents import actions as documents
from motcua.core.documents.models import Document
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity.access import policy
from motcua.core.organisations import queries as organisations
from motcua.core.payments import queries as payments
from motcua.systems.onestop import queries
from motcua.systems.onestop.desk import actor_of, agency_of, already, case_of, go, lang_of, page
from motcua.systems.onestop.wording import CHANNELS, said

AT_MOST = 3000
LONGEST = dt.timedelta(days=92)


@policy("officer")
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """The register of cases of a period (Circular 03/2025/TT-VPCP, form 07), to be read and printed."""
    agency, lang = agency_of(request), lang_of(request)
    today = clock.today()
    fault = ""
    try:
        first, last = _period(request, today)
    except UserError as wrong:
        fault, (first, last) = wrong.text(lang), (today.replace(day=1), today)
    cases = queries.register(agency, first, last, AT_MOST + 1)
    context = {
        "cases": cases[:AT_MOST],
        "more": len(cases) > AT_MOST,
        "at_most": AT_MOST,
        "first": first,
        "last": last,
        "agency": organisations.agency(agency),
        "channel": lambda key: said(CHANNELS, key, lang),
        "made_at": clock.now(),
        "fault": fault,
        "errors": [(fault, "#from")] if fault else [],
    }
    return page(request, "register", context, status=400 if fault else None)


def _period(request: HttpRequest, today: dt.date) -> tuple[dt.date, dt.date]:
    """The days asked for; the present month when none are. UserError for what is no period."""
    asked = [request.GET.get(name, "").strip() for name in ("from", "to")]
    if not any(asked):
        return today.replace(day=1), today
    try:
        first, last = (_read_day(text) for text in asked)
    except ValueError:
        raise UserError("Nhập ngày theo dạng 21/11/2026.", "Enter days as 21/11/2026.", "from") from None
    if last < first or last - first > LONGEST:
        raise UserError(
            f"Kỳ xem phải từ ngày đầu đến ngày cuối và không quá {LONGEST.days} ngày.",
            f"A period runs from its first to its last day, at most {LONGEST.days} days.",
            "from",
        )
    return first, last


def _read_day(text: str) -> dt.date:
    if "-" in text:
        return dt.date.fromisoformat(text)
    day, month, year = (int(part) for part in text.split("/"))
    return dt.date(year, month, day)


@policy("officer")
@require_GET
def receipt(request: HttpRequest, case_uuid: uuid.UUID) -> HttpResponse:
    """The receipts of a case: to be printed, and each as the sealed document once it is made."""
    case = case_of(request, case_uuid)
    receipts = payments.receipts(str(case.uuid))
    if not receipts:
        raise NotFound()
    total = sum(one.amount for one in receipts)
    agency = receipts[0].obligation.agency
    papers = Document.objects.in_bulk([one.document_id for one in receipts if one.document_id is not None])
    context = {"case": case, "receipts": receipts, "total": total, "agency": agency, "papers": papers}
    return page(request, "receipt", context)


@policy("group:one_stop")
@require_http_methods(["GET", "POST"])
def answer_supplement(request: HttpRequest, case_uuid: uuid.UUID) -> HttpResponse:
    """The person brings what was asked for to the counter: scan it, and the clock goes on."""
    case, lang = case_of(request, case_uuid), lang_of(request)
    waiting = next((one for one in case.supplements if one.answered_at is None), None)
    if waiting is None or not case.abilities["answer_supplement"]:
        return already(request, "case", case.uuid)
    fault = None
    if request.method == "POST":
        fault = attempt(lambda: _keep_answer(request, case.uuid, case.id, len(waiting.items)))
        if fault is None:
            done = Text(
                "Đã nhận giấy tờ bổ sung. Thời hạn chạy tiếp.", "What was added is kept. The clock goes on."
            )
            return go(request, "case", case.uuid, said=done)
    context = {
        "case": case,
        "supplement": waiting,
        "note": request.POST.get("note", ""),
        "errors": [(fault.text(lang), "#note")] if fault else [],
    }
    return page(request, "answer_supplement", context, status=fault.status if fault else None)


def _keep_answer(request: HttpRequest, case_uuid: uuid.UUID, case_id: int, items: int) -> None:
    actor = actor_of(request)
    asked = [one for one in case_of(request, case_uuid).supplements if one.answered_at is None]
    files: dict[str, list[str]] = {}
    for place in range(items):
        paper = asked[0].items[place].get("paper") or f"supplement_{place + 1}"
        for sent in request.FILES.getlist(f"file-{place}"):
            kept = documents.upload(actor, name=sent.name or "", stream=sent, size=sent.size, case_id=case_id)  # type: ignore[arg-type]
            files.setdefault(paper, []).append(str(kept.uuid))
    note = " ".join(request.POST.get("note", "").split())
    actions.answer_supplement(actor, case_uuid, {"note": note} if note else {}, files)
