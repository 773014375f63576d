"""Documents of ours: drafts, the page that writes one, one of them with its acts, the book."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.cases import queries as cases
from motcua.core.documents import queries as documents
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity.access import policy
from motcua.systems.dispatch import policies, queries, rules
from motcua.systems.dispatch.actions import drafting, sending, signing
from motcua.systems.dispatch.actions.drafting import Draft
from motcua.systems.dispatch.models import Incoming, Outgoing
from motcua.systems.dispatch.views.desk import (
    actor_of,
    agency_of,
    attempt,
    day_of,
    download,
    errors_of,
    go,
    lang_of,
    number_of,
    page,
)

FOR_DEVICE = "documents.to_sign"
"""Under which the session brings what was chosen to the page of signing by device."""
VIEWS = ("drafts", "decide", "send", "book")


@policy("officer")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    agency_id, asked = agency_of(request), request.GET.get("xem", "drafts")
    view, text = (asked if asked in VIEWS else "drafts"), request.GET.get("q", "").strip()
    rows = queries.outgoing(actor_of(request), agency_id, view, text)
    late = queries.late_sendings(agency_id)
    counts = queries.counts(actor_of(request), agency_id)
    return page(
        request, "outgoing_list", {"rows": rows, "view": view, "q": text, "late": late, "counts": counts}
    )


@policy("officer")
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Begin a document; `tra-loi` answers one that came, `thay-the` replaces one of ours."""
    answered, replaced = request.GET.get("tra-loi"), request.GET.get("thay-the")
    more: dict[str, Any] = {}
    start: dict[str, Any] = {"type_code": "CV"}
    if answered:
        letter = _found(Incoming, answered)
        more["answers"], more["case_id"] = letter, letter.case_id
        start |= {
            "subject": f"V/v trả lời Công văn số {letter.code}",
            "to": [(letter.sender_id, letter.sender)],
        }
    elif replaced:
        old = _found(Outgoing, replaced)
        more |= {"concerns": old, "business": "3", "case_id": old.case_id, "case_number": old.case_number}
        start |= {
            "subject": old.subject, "body": "\n".join(old.paragraphs), "to": [(a, b) for a, b in old.receivers],
            "type_code": old.type_code,
        }  # fmt: skip
    return _form(request, None, start, more)


@policy("officer")
@require_http_methods(["GET", "POST"])
def write_for_case(request: HttpRequest, case_uuid: uuid.UUID) -> HttpResponse:
    """Begin a letter about a case: asking another agency to verify, for instance."""
    case = cases.case_for_officer(actor_of(request), case_uuid)
    start = {"type_code": "CV", "subject": f"V/v đề nghị xác minh thông tin hồ sơ {case.number}", "body": ""}
    return _form(request, None, start, {"case_id": case.id, "case_number": case.number})


@policy("officer")
@require_http_methods(["GET", "POST"])
def rewrite(request: HttpRequest, letter_uuid: uuid.UUID) -> HttpResponse:
    """Write a draft anew."""
    letter = _letter(letter_uuid)
    if not policies.of_outgoing(actor_of(request), letter)["edit"]:
        raise NotFound()
    start = {
        "type_code": letter.type_code, "subject": letter.subject, "body": "\n".join(letter.paragraphs),
        "appendix": letter.appendix, "to": [(a, b) for a, b in letter.receivers], "priority": letter.priority,
        "due": f"{letter.due:%d/%m/%Y}" if letter.due else "", "head": letter.head_id, "leader": letter.leader_id,
    }  # fmt: skip
    kept = {
        "answers": letter.answers, "concerns": letter.concerns, "business": letter.business,
        "case_id": letter.case_id, "case_number": letter.case_number,
    }  # fmt: skip
    return _form(request, letter, start, kept)


def _form(
    request: HttpRequest, letter: Outgoing | None, start: dict[str, Any], more: dict[str, Any]
) -> HttpResponse:
    agency_id = letter.agency_id if letter else agency_of(request)
    actor, lang, told, fault = actor_of(request), lang_of(request), request.POST, None
    typed = start
    if request.method == "POST":
        typed = _typed(request)
        if told.get("do") != "find":
            made: list[Outgoing] = []
            fault = attempt(lambda: made.append(_keep(request, actor, agency_id, letter, typed, more)))
            if fault is None:
                said = Text("Đã lưu dự thảo.", "The draft is kept.")
                if told.get("do") == "submit":
                    said = Text("Đã trình dự thảo.", "The draft is handed on.")
                return go(request, "outgoing", made[0].uuid, said=said)
    context = {
        "letter": letter,
        "typed": typed,
        "found": queries.correspondents(agency_id, str(typed.get("find", ""))),
        "kinds_list": [(each.code, each.text(lang)) for each in rules.kinds().values()],
        "secrecies": list(rules.secrecies().items()),
        "colleagues": queries.colleagues(agency_id),
        "signers": queries.signers(agency_id),
        "case_number": more.get("case_number", ""),
        "answers": more.get("answers"),
        "concerns": more.get("concerns"),
        "errors": errors_of(fault, lang),
        "fault": fault.field if fault else "",
    }
    return page(request, "write", context, status=fault.status if fault else None)


def _typed(request: HttpRequest) -> dict[str, Any]:
    told = request.POST
    to = [(each, queries.name_of(each) or each) for each in dict.fromkeys(told.getlist("to")) if each]
    names = (
        "type_code",
        "subject",
        "body",
        "appendix",
        "priority",
        "secrecy",
        "due",
        "head",
        "leader",
        "find",
        "unit",
    )
    return {name: told.get(name, "") for name in names} | {"to": to}


def _keep(
    request: HttpRequest,
    actor: Any,
    agency_id: int,
    letter: Outgoing | None,
    typed: dict[str, Any],
    more: dict[str, Any],
) -> Outgoing:
    given = Draft(
        typed["type_code"], typed["subject"], typed["body"], typed["to"],
        priority=number_of(typed["priority"]) or 0, secrecy=typed["secrecy"], due=day_of(request, "due"),
        head_id=number_of(typed["head"]), leader_id=number_of(typed["leader"]), unit=typed["unit"].upper()[:10],
        appendix=typed["appendix"], **more,
    )  # fmt: skip
    made = (
        drafting.draft(actor, agency_id, given)
        if letter is None
        else drafting.redraft(actor, letter.uuid, given)
    )
    return drafting.submit(actor, made.uuid) if request.POST.get("do") == "submit" else made


@policy("officer")
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, letter_uuid: uuid.UUID) -> HttpResponse:
    """One document of ours: where it stands, what can be done, what each receiver said."""
    letter, fault = _letter(letter_uuid), None
    if request.method == "POST":
        act = request.POST.get("do", "")
        if act == "device":
            request.session[FOR_DEVICE] = [signing.key_of(letter)]
            return HttpResponseRedirect(reverse("authority:device"), status=303)
        fault = attempt(lambda: _do(request, letter, act))
        if fault is None:
            return go(request, "outgoing", letter.uuid, said=_SAID.get(act))
        letter.refresh_from_db()
    context = {
        "letter": letter,
        "can": policies.of_outgoing(actor_of(request), letter),
        "by_device": signing.signs_elsewhere(actor_of(request), letter),
        "sendings": list(letter.sendings.prefetch_related("notes").order_by("id")),
        "kind": rules.kinds()[letter.type_code].text(lang_of(request)),
        "files_open": [each for each in queries.files(letter.agency_id) if each.state == "open"],
        "errors": errors_of(fault, lang_of(request)),
        "fault": fault.field if fault else "",
        "typed": request.POST,
    }
    return page(request, "outgoing", context, status=fault.status if fault else None)


_SAID = {
    "submit": Text("Đã trình.", "Handed on."),
    "approve": Text("Đã duyệt, chuyển lãnh đạo cơ quan ký.", "Approved; it waits for the signature."),
    "send_back": Text("Đã trả lại người soạn.", "Given back to the drafter."),
    "sign": Text("Đã ký và cấp số.", "Signed and numbered."),
    "send": Text(
        "Đã gửi. Trạng thái của nơi nhận sẽ hiện ở dưới.", "Sent. What the receivers say appears below."
    ),
    "cancel": Text("Đã hủy số; sổ vẫn ghi số này.", "The number is cancelled; the book keeps it."),
    "recall": Text("Đã yêu cầu nơi nhận trả lại.", "The receivers are asked to give it back."),
    "update": Text("Đã gửi bản cập nhật.", "The update is sent."),
    "again": Text("Đang gửi lại.", "It is sent again."),
}


def _do(request: HttpRequest, letter: Outgoing, act: str) -> None:
    actor, reason = actor_of(request), request.POST.get("reason", "")
    plain = {
        "submit": drafting.submit, "approve": drafting.approve, "sign": signing.sign, "send": sending.send,
        "again": sending.try_again,
    }  # fmt: skip
    reasoned = {
        "send_back": drafting.send_back, "cancel": signing.cancel_number, "recall": sending.recall,
        "update": sending.update,
    }  # fmt: skip
    if act in plain:
        plain[act](actor, letter.uuid)
    elif act in reasoned:
        reasoned[act](actor, letter.uuid, reason)
    else:
        raise UserError("Không có việc này.", "There is no such act.")


@policy("officer")
@require_GET
def pdf(request: HttpRequest, letter_uuid: uuid.UUID) -> HttpResponse:
    """The signed document."""
    letter = _letter(letter_uuid)
    signed = signing.document_of(letter)
    if signed is None:
        raise NotFound()
    return download(
        documents.content(signed), "application/pdf", f"{letter.sign.replace('/', '-')}.pdf", inline=True
    )


@policy("officer")
@require_http_methods(["GET", "POST"])
def secret(request: HttpRequest) -> HttpResponse:
    """A line in the book for a secret document that goes by another way."""
    agency_id, told, fault = agency_of(request), request.POST, None
    if request.method == "POST":
        made: list[Outgoing] = []
        fault = attempt(
            lambda: made.append(
                drafting.enter_secret(
                    actor_of(request), agency_id, type_code=told.get("type_code", ""),
                    secrecy=told.get("secrecy", ""), receiver=told.get("receiver", ""),
                )
            )
        )  # fmt: skip
        if fault is None:
            return go(request, "outgoing", made[0].uuid, said=Text("Đã ghi sổ.", "Entered in the book."))
    context = {
        "typed": told,
        "kinds_list": [(each.code, each.text(lang_of(request))) for each in rules.kinds().values()],
        "secrecies": list(rules.secrecies().items()),
        "errors": errors_of(fault, lang_of(request)),
        "fault": fault.field if fault else "",
    }
    return page(request, "secret", context, status=fault.status if fault else None)


def _letter(letter_uuid: uuid.UUID) -> Outgoing:
    letter = Outgoing.objects.filter(uuid=letter_uuid).first()
    if letter is None:
        raise NotFound()
    return letter


def _found(model: Any, text: str) -> Any:
    try:
        row = model.objects.filter(uuid=uuid.UUID(text)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound()
    return row
