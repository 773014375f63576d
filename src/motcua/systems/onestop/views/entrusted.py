"""The right to act for another by a document: entered at the counter, looked at again, refused, ended."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core import clock
from motcua.core.attempting import attempt
from motcua.core.documents import actions as documents
from motcua.core.documents import store
from motcua.core.documents.models import File
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity import attested
from motcua.core.identity.access import policy
from motcua.core.identity.models import Attestation, MandateKind
from motcua.core.services import queries as services
from motcua.engines.text import Refused, card_qr
from motcua.systems.onestop.desk import actor_of, agency_of, go, lang_of, page

KINDS = {
    MandateKind.PROXY: Text("Người được ủy quyền (văn bản công chứng, chứng thực)", "Proxy (notarised)"),
    MandateKind.GUARDIAN: Text("Người giám hộ", "Guardian"),
    MandateKind.HEIR: Text("Người thừa kế", "Heir"),
}
HINTS = {
    MandateKind.PROXY: Text(
        "Có hiệu lực ngay; giấy không ghi thời hạn thì một năm.",
        "In force at once; without a term, one year.",
    ),
    MandateKind.GUARDIAN: Text(
        "Chờ cán bộ thứ hai xem lại; hết khi người được giám hộ đủ 18 tuổi.",
        "Waits for a second officer; ends when the ward turns 18.",
    ),
    MandateKind.HEIR: Text(
        "Chờ cán bộ thứ hai xem lại; chỉ khi người để lại di sản đã được khai tử.",
        "Waits for a second officer; only when the death is registered.",
    ),
}
BOXES = ("kind", "principal", "principal_name", "representative", "representative_name", "authority",
         "paper_number", "scope")  # fmt: skip
NO_DAY = Text("Ngày này không có trong lịch. Ví dụ: 31 12 2026.", "There is no such day, such as 31 12 2026.")
NO_PAPER = Text("Gửi bản quét của văn bản.", "Attach the scan of the document.")
NO_SCOPE = Text("Chọn ít nhất một thủ tục, hoặc chọn tất cả.", "Choose a service, or all of them.")
RECORDED = Text("Đã ghi nhận và báo cho cả hai bên.", "Entered; both sides are told.")
SECONDED = Text(
    "Đã xem lại: quyền có hiệu lực, cả hai bên được báo.", "Looked at: in force; both sides are told."
)
REFUSED = Text("Đã từ chối và báo cho cả hai bên.", "Refused; both sides are told.")
ENDED = Text("Đã chấm dứt và báo cho cả hai bên.", "Ended; both sides are told.")


@policy("group:one_stop")
@never_cache
@require_GET
def entrusted(request: HttpRequest) -> HttpResponse:
    """What waits for a second look at this desk, and what was entered here before."""
    agency_of(request)
    actor = actor_of(request)
    context = {
        "waiting": attested.of_desk(actor, waiting=True),
        "others": attested.of_desk(actor, waiting=False),
        "kinds": {kind.value: words.text(lang_of(request)) for kind, words in KINDS.items()},
    }
    return page(request, "entrusted", context)


@policy("group:one_stop")
@never_cache
@require_http_methods(["GET", "POST"])
def entrust(request: HttpRequest) -> HttpResponse:
    """Enter a document: both sides compared with the register, its scan kept."""
    agency_of(request)
    fault: UserError | None = None
    if request.method == "POST":
        made: list[Attestation] = []
        fault = attempt(lambda: made.append(_record(request)))
        if fault is None:
            return go(request, "entrusted_one", made[0].uuid, said=RECORDED)
    lang = lang_of(request)
    said = fault.text(lang) if fault else ""
    place = (fault.field if fault else None) or "kind"
    context: dict[str, Any] = {
        "kinds": [(kind.value, KINDS[kind].text(lang), HINTS[kind].text(lang)) for kind in KINDS],
        "typed": {box: request.POST.get(box, "")[:1000] for box in BOXES},
        "dated": _parts(request, "dated"),
        "until": _parts(request, "until"),
        "services": [(one.code, one.title(lang), one.code) for one in services.catalogue(clock.today())],
        "chosen": request.POST.getlist("service"),
        "fault": {place: [said]} if said else {},
        "errors": [(said, f"#{place}")] if said else [],
    }
    return page(request, "entrust", context, status=fault.status if fault else None)


@policy("group:one_stop")
@never_cache
@require_GET
def one(request: HttpRequest, attestation: uuid.UUID) -> HttpResponse:
    """What was entered, who entered it, and what can be done with it now."""
    return _show(request, _of_desk(request, attestation))


@policy("group:one_stop")
@require_POST
def look(request: HttpRequest, attestation: uuid.UUID, act: str) -> HttpResponse:
    """Agree, refuse, or end it."""
    entered, actor, because = (
        _of_desk(request, attestation),
        actor_of(request),
        request.POST.get("because", ""),
    )
    acts = {
        "dong-y": (lambda: attested.second(actor, entered), SECONDED),
        "tu-choi": (lambda: attested.refuse(actor, entered, because[:300]), REFUSED),
        "cham-dut": (lambda: attested.withdraw(actor, entered, because[:300]), ENDED),
    }
    if act not in acts:
        raise NotFound()
    do, said = acts[act]
    fault = attempt(do)
    if fault is not None:
        return _show(request, entered, fault)
    return go(request, "entrusted_one", entered.uuid, said=said)


@policy("group:one_stop")
@require_GET
def scan(request: HttpRequest, attestation: uuid.UUID) -> HttpResponse:
    """The document's scan."""
    file = File.objects.filter(uuid=_of_desk(request, attestation).file_uuid).first()
    if file is None:
        raise NotFound()
    response = HttpResponse(store.get(file.sha256), content_type=file.media_type)
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(file.name)}"
    response["Cache-Control"] = "private, no-store"
    return response


def _record(request: HttpRequest) -> Attestation:
    chosen = request.POST.getlist("service")
    scope = request.POST.get("scope", "")
    dated, until = _day(request, "dated"), _day(request, "until")
    if scope not in {"some", "all"} or (scope == "some" and not chosen):
        raise UserError(NO_SCOPE.vi, NO_SCOPE.en, "scope")
    known = {each.code for each in services.catalogue(clock.today())}
    if scope == "some" and not set(chosen) <= known:
        raise UserError(NO_SCOPE.vi, NO_SCOPE.en, "scope")
    sent = request.FILES.get("paper")
    if sent is None:
        raise UserError(NO_PAPER.vi, NO_PAPER.en, "paper")
    actor = actor_of(request)
    try:
        file = documents.upload(actor, name=sent.name or "", stream=sent, size=sent.size)  # type: ignore[arg-type]
    except UserError as wrong:
        raise UserError(wrong.text("vi"), wrong.text("en"), "paper") from wrong
    return attested.record(
        actor,
        kind=request.POST.get("kind", ""),
        principal=_side(request, "principal"),
        representative=_side(request, "representative"),
        paper=attested.Paper(
            request.POST.get("authority", "")[:200],
            request.POST.get("paper_number", "")[:60],
            dated,
            file.uuid,
        ),
        services=chosen if scope == "some" else (),
        until=until,
    )


def _side(request: HttpRequest, box: str) -> attested.Side:
    """Number and name as typed, or as the card's QR text has them."""
    typed = " ".join(request.POST.get(box, "")[:1000].split())
    if "|" not in typed:
        return attested.Side(typed.replace(" ", ""), request.POST.get(f"{box}_name", "")[:200])
    try:
        card = card_qr(typed)
    except Refused as refused:
        raise UserError(refused.message("vi"), refused.message("en"), box) from refused
    return attested.Side(card.number.number, card.name)


def _parts(request: HttpRequest, name: str) -> dict[str, str]:
    return {part: request.POST.get(f"{name}-{part}", "").strip()[:4] for part in ("day", "month", "year")}


def _day(request: HttpRequest, name: str) -> dt.date | None:
    parts = _parts(request, name)
    if not any(parts.values()):
        return None
    try:
        return dt.date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except ValueError:
        raise UserError(NO_DAY.vi, NO_DAY.en, name) from None


def _of_desk(request: HttpRequest, attestation: uuid.UUID) -> Attestation:
    rows = Attestation.objects.select_related("principal", "representative", "mandate")
    found = rows.filter(uuid=attestation, agency_id=agency_of(request)).first()
    if found is None:
        raise NotFound()
    return found


def _show(request: HttpRequest, entered: Attestation, fault: UserError | None = None) -> HttpResponse:
    lang = lang_of(request)
    said = fault.text(lang) if fault else ""
    names = {each.code: each.title(lang) for each in services.catalogue(clock.today())}
    context = {
        "one": entered,
        "kind": KINDS[MandateKind(entered.kind)].text(lang),
        "scope": [names.get(code, code) for code in entered.service_codes],
        "mine": entered.entered_by == actor_of(request).officer_id,
        "waiting": entered.mandate_id is None and entered.refused_at is None,
        "in_force": entered.mandate is not None and entered.mandate.revoked_at is None,
        "because": request.POST.get("because", ""),
        "fault": [said] if said else [],
        "errors": [(said, "#because")] if said else [],
    }
    return page(request, "entrusted_one", context, status=fault.status if fault else None)
