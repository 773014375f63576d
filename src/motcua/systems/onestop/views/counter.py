"""The counter: recognise the person, choose the service."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from motcua.core import clock
from motcua.core.attempting import attempt
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity import papers
from motcua.core.identity.access import policy
from motcua.core.identity.models import EvidenceKind, Party
from motcua.core.organisations import queries as organisations
from motcua.core.registers import queries as registers
from motcua.core.registers.queries import Person
from motcua.core.services import queries as services
from motcua.core.words import legible
from motcua.engines.text import Refused, card_qr
from motcua.systems.onestop import actions, days
from motcua.systems.onestop.desk import actor_of, agency_of, go, lang_of, page
from motcua.systems.onestop.models import Visit

EVIDENCE = {
    EvidenceKind.CHIP_READ: Text("Đã đọc chip thẻ căn cước", "The chip of the card was read"),
    EvidenceKind.CARD_SEEN: Text("Đã xem bản chính giấy tờ tùy thân", "The original identity paper was seen"),
    EvidenceKind.WITNESS: Text("Có người làm chứng", "A witness vouches"),
    EvidenceKind.DECLARED: Text("Tự khai, chưa có gì chứng minh", "Declared, nothing to prove it yet"),
}
MANY = 15


def visit_of(request: HttpRequest, visit_uuid: uuid.UUID) -> Visit:
    """The visit, at this officer's desk. NotFound for those of others."""
    found = Visit.objects.select_related("party", "agency").filter(uuid=visit_uuid).first()
    if found is None or found.officer_id != actor_of(request).officer_id:
        raise NotFound()
    return found


@policy("group:one_stop")
@require_http_methods(["GET", "POST"])
def counter(request: HttpRequest) -> HttpResponse:
    """Find the person who stands here: by number, by the card's QR text, or by name."""
    agency_of(request)
    typed = request.POST.get("who", "")[:1000]
    try:
        words = legible(typed, "who")
    except UserError as refused:
        return _start(request, typed, refused.text(lang_of(request)))
    if request.method == "GET" or not words:
        missing = request.method == "POST"
        fault = Text(
            "Nhập số định danh, quét mã QR trên thẻ, hoặc nhập họ tên.",
            "Type a number, scan the card, or type a name.",
        )
        return _start(request, words, fault.text(lang_of(request)) if missing else "")
    try:
        number = card_qr(words).number.number if "|" in words else words.replace(" ", "")
    except Refused as refused:
        return _start(request, words, refused.message(lang_of(request)))
    found = registers.search_people(
        actor_of(request), number if number.isdecimal() else words, purpose=actions.PURPOSE, limit=MANY
    )
    living = [person for person in found if person.dead_on is None]
    if not living and (abroad := papers.find(words)):
        if len(abroad) == 1:
            return go(request, "foreigner", abroad[0].uuid)
        return _start(request, words, found=abroad)
    if not living:
        fault = Text(
            "Cơ sở dữ liệu dân cư không có người này. Kiểm tra lại, hoặc lập hồ sơ cho người chưa có số định danh.",
            "The population database does not know this person. Check again, or go on without a number.",
        )
        return _start(request, words, fault.text(lang_of(request)))
    return page(request, "recognise", _recognising(request, living, None))


@policy("group:one_stop")
@require_POST
def welcome(request: HttpRequest) -> HttpResponse:
    """The person is recognised: begin."""
    number = request.POST.get("number", "")
    visits: list[Visit] = []
    fault = attempt(
        lambda: visits.append(
            actions.welcome(
                actor_of(request), number, request.POST.get("evidence", ""), request.POST.get("phone", "")
            )
        )
    )
    if fault is None:
        return go(request, "services", visits[0].uuid)
    found = (
        registers.person(actor_of(request), number, purpose=actions.PURPOSE) if number.isdecimal() else None
    )
    if found is None:
        return _start(request, number, fault.text(lang_of(request)))
    return page(request, "recognise", _recognising(request, [found], fault), status=fault.status)


@policy("group:one_stop")
@require_http_methods(["GET", "POST"])
def stranger(request: HttpRequest) -> HttpResponse:
    """Somebody without a personal number: what they say of themselves, and the evidence for it."""
    agency_of(request)
    if request.method == "GET":
        return page(request, "stranger", _writing_down(request, None))
    visits: list[Visit] = []
    fault = attempt(lambda: visits.append(_welcome_stranger(request)))
    if fault is None:
        return go(request, "services", visits[0].uuid)
    return page(request, "stranger", _writing_down(request, fault), status=fault.status)


@policy("group:one_stop")
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, visit_uuid: uuid.UUID) -> HttpResponse:
    """Which service: those that may be asked for at a counter."""
    visit, lang = visit_of(request, visit_uuid), lang_of(request)
    if visit.ended_at is not None:
        return go(request, "receipt_slip", visit.uuid) if visit.case_uuid else go(request, "counter")
    today = clock.today()
    offered = [
        one for one in services.catalogue(today) if "counter" in services.pack(one.version_id).channels
    ]
    wanted = request.POST.get("service", "")
    if request.method == "POST" and wanted in {one.code for one in offered}:
        actions.choose_service(actor_of(request), visit, wanted, lang)
        return go(request, "visit", visit.uuid)
    missing = Text("Chọn thủ tục.", "Choose the service.").text(lang) if request.method == "POST" else ""
    context = {
        "visit": visit,
        "options": [(one.code, one.title(lang), one.code) for one in offered],
        "fault": missing,
        "errors": [(missing, "#service")] if missing else [],
    }
    return page(request, "services", context, status=400 if missing else None)


@policy("group:one_stop")
@require_POST
def end(request: HttpRequest, visit_uuid: uuid.UUID) -> HttpResponse:
    """The person went without applying."""
    actions.end(actor_of(request), visit_of(request, visit_uuid))
    said = Text("Đã kết thúc lượt tiếp, không nộp hồ sơ.", "The visit has ended without an application.")
    return go(request, "counter", said=said)


def _start(
    request: HttpRequest, words: str = "", fault: str = "", found: Sequence[Party] = ()
) -> HttpResponse:
    open_visits = (
        Visit.objects.filter(officer_id=actor_of(request).officer_id or 0, ended_at=None)
        .select_related("party")
        .order_by("-begun_at")[:MANY]
    )
    context = {
        "who": words,
        "fault": fault,
        "errors": [(fault, "#who")] if fault else [],
        "visits": list(open_visits),
        "found": found,
    }
    return page(request, "counter", context, status=400 if fault else None)


def _recognising(request: HttpRequest, people: list[Person], fault: UserError | None) -> dict[str, Any]:
    lang = lang_of(request)
    return {
        "people": people,
        "evidence": [(kind.value, EVIDENCE[kind].text(lang)) for kind in actions.IN_PERSON],
        "chosen": request.POST.get("evidence", ""),
        "phone": request.POST.get("phone", ""),
        "field": fault.field if fault else None,
        "fault": fault.text(lang) if fault else "",
        "errors": [(fault.text(lang), "#evidence")] if fault else [],
    }


def _welcome_stranger(request: HttpRequest) -> Visit:
    asked = request.POST
    person = actions.Stranger(
        name=asked.get("name", ""),
        born=_day(asked.dict()),
        sex=asked.get("sex", "") if asked.get("sex") in ("Nam", "Nữ") else "",
        phone=asked.get("phone", "").strip()[:20],
        address_unit=unit_code(asked.get("unit", "")),
        address_text=asked.get("address", "").strip()[:300],
        reference=asked.get("reference", "")[:200],
    )
    return actions.welcome_stranger(actor_of(request), person, asked.get("evidence", ""))


def _day(asked: Mapping[str, str]) -> dt.date | None:
    day = days.read(asked, "born")
    if day is not None and day > clock.today():
        raise UserError(
            "Sửa ngày sinh: ngày này chưa tới.",
            "Correct the date of birth: this day is still to come.",
            "born",
        )
    return day


def unit_code(words: str) -> str:
    """The commune of residence by code or by name; UserError when it is missing or not told clearly."""
    words = legible(words, "unit")
    if words.isdecimal() and (known := organisations.unit(words)) and known.level == "commune":
        return known.code
    found = organisations.find_units(words) if words else []
    if len(found) == 1:
        return found[0].code
    offered = "; ".join(f"{unit.label} ({unit.code})" for unit in found[:5])
    raise UserError(
        f"Ghi xã, phường nơi ở, kèm tỉnh. {offered}".strip(),
        f"Name the commune of residence with its province. {offered}".strip(),
        "unit",
    )


def _writing_down(request: HttpRequest, fault: UserError | None) -> dict[str, Any]:
    lang, typed = lang_of(request), request.POST
    return {
        "typed": {
            name: typed.get(name, "") for name in ("name", "sex", "phone", "unit", "address", "reference")
        },
        "born": days.parts(typed.dict(), "born"),
        "evidence": [(kind.value, EVIDENCE[kind].text(lang)) for kind in actions.WITHOUT_NUMBER],
        "chosen": typed.get("evidence", ""),
        "field": fault.field if fault else None,
        "fault": fault.text(lang) if fault else "",
        "errors": [(fault.text(lang), f"#{fault.field or 'name'}")] if fault else [],
    }
