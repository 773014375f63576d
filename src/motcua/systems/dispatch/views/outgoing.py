"""Documents of ours: the lists, one of them with its acts, its PDF, secret lines of the book."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.attempting import attempt
from motcua.core.documents import queries as documents
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity.access import policy
from motcua.systems.dispatch import policies, queries, rules
from motcua.systems.dispatch.actions import drafting, for_cases, sending, signing
from motcua.systems.dispatch.models import Outgoing, Stage
from motcua.systems.dispatch.views.desk import (
    actor_of,
    agency_of,
    download,
    errors_of,
    go,
    lang_of,
    page,
    place_of,
)

FOR_DEVICE = "documents.to_sign"
"""Under which the session brings what was chosen to the page of signing by device."""
VIEWS = ("drafts", "decide", "send", "silent", "book")


@policy("officer")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    agency_id, asked = agency_of(request), request.GET.get("xem", "drafts")
    view, text = (asked if asked in VIEWS else "drafts"), request.GET.get("q", "").strip()
    context: dict[str, object] = {"view": view, "q": text, "rows": [], "late": []}
    if view == "silent" and not text:
        context["found"] = silent = queries.page_of(queries.silent(agency_id), place_of(request))
        context["late"] = silent.rows
    else:
        rows = queries.outgoing(actor_of(request), agency_id, view, text)
        context["found"] = found = queries.page_of(rows, place_of(request))
        context["rows"] = found.rows
    context["counts"] = queries.counts(actor_of(request), agency_id)
    context["unconfirmed"] = queries.silent(agency_id).count()
    return page(request, "outgoing_list", context)


@policy("officer")
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, letter_uuid: uuid.UUID) -> HttpResponse:
    """One document of ours: where it stands, what can be done, what each receiver said."""
    letter, fault = letter_of(letter_uuid), None
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
    "go_on_without": Text("Hồ sơ giải quyết tiếp.", "The case goes on."),
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
        "update": sending.update, "go_on_without": for_cases.go_on_without,
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
    letter = letter_of(letter_uuid)
    signed = signing.document_of(letter)
    if signed is None:
        raise NotFound()
    return download(
        documents.content(signed), "application/pdf", f"{letter.sign.replace('/', '-')}.pdf", inline=True
    )


@policy("officer")
@require_GET
def preview(request: HttpRequest, letter_uuid: uuid.UUID) -> HttpResponse:
    """A draft as it would be printed: what its head and its leader look at before they decide."""
    letter = letter_of(letter_uuid)
    if letter.stage not in (Stage.DRAFT, Stage.AT_HEAD, Stage.AT_LEADER):
        raise NotFound()
    paper = signing.preview(actor_of(request), letter)
    return download(paper, "application/pdf", "du-thao.pdf", inline=True)


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


def letter_of(letter_uuid: uuid.UUID) -> Outgoing:
    letter = Outgoing.objects.filter(uuid=letter_uuid).first()
    if letter is None:
        raise NotFound()
    return letter
