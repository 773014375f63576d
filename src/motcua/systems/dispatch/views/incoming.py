"""Documents that come: the list, one of them, and the acts on it."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core.attempting import attempt
from motcua.core.documents import store
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity.access import policy
from motcua.systems.dispatch import policies, queries, rules, trusting
from motcua.systems.dispatch.actions import receiving
from motcua.systems.dispatch.models import Assignment, Incoming
from motcua.systems.dispatch.views.desk import (
    actor_of,
    agency_of,
    day_of,
    download,
    errors_of,
    go,
    lang_of,
    number_of,
    page,
    place_of,
)

VIEWS = ("new", "open", "late", "asked", "book")
MEDIA = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}


@policy("officer")
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """What came: new, open, late, asked back, the book; or what a search finds."""
    agency_id, asked = agency_of(request), request.GET.get("xem", "new")
    view, text = (asked if asked in VIEWS else "new"), request.GET.get("q", "").strip()
    found = queries.page_of(queries.incoming(agency_id, view, text), place_of(request))
    counts = queries.counts(actor_of(request), agency_id)
    context = {"found": found, "rows": found.rows, "view": view, "q": text, "counts": counts}
    return page(request, "incoming_list", context)


@policy("officer")
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, letter_uuid: uuid.UUID) -> HttpResponse:
    """One document with what can be done about it; the acts are posted here and named by `do`."""
    letter = _letter(letter_uuid)
    fault = None
    if request.method == "POST":
        fault = attempt(lambda: _do(request, letter))
        if fault is None:
            return go(request, "incoming", letter.uuid, said=_SAID.get(request.POST.get("do", ""), _DONE))
        letter.refresh_from_db()
    lang, agency_id = lang_of(request), letter.agency_id
    context = {
        "letter": letter,
        "doubt": trusting.Doubt(letter.held).text(lang) if letter.held else "",
        "can": policies.of_incoming(actor_of(request), letter),
        "tasks": list(letter.assignments.order_by("id")),
        "notes": list(letter.notes.order_by("id")),
        "colleagues": queries.colleagues(agency_id),
        "files_open": [each for each in queries.files(agency_id) if each.state == "open"],
        "errors": errors_of(fault, lang),
        "fault": fault.field if fault else "",
        "typed": request.POST,
        "mine": actor_of(request).officer_id,
    }
    return page(request, "incoming", context, status=fault.status if fault else None)


_DONE = Text("Đã ghi nhận.", "Done.")
_SAID = {
    "enter": Text("Đã vào sổ và báo nơi gửi.", "Entered in the book; the sender is told."),
    "release": Text("Đã nhận; lý do được ghi lại.", "Taken; the reason is kept."),
    "refuse": Text("Đã trả lại nơi gửi kèm lý do.", "Returned to the sender with the reason."),
    "assign": Text("Đã giao việc.", "Assigned."),
    "finish": Text("Đã hoàn thành và báo nơi gửi.", "Finished; the sender is told."),
    "agree": Text("Đã đồng ý và báo nơi gửi.", "Agreed; the sender is told."),
    "decline": Text("Đã từ chối và báo nơi gửi.", "Not agreed; the sender is told."),
}


def _do(request: HttpRequest, letter: Incoming) -> None:
    actor, told = actor_of(request), request.POST
    act, reason = told.get("do", ""), told.get("reason", "")
    if act == "enter":
        receiving.enter(actor, letter.uuid, day_of(request, "due"))
    elif act == "release":
        receiving.release(actor, letter.uuid, reason)
    elif act == "refuse":
        receiving.refuse(actor, letter.uuid, reason)
    elif act == "assign":
        officers = [found for each in told.getlist("officer") if (found := number_of(each)) is not None]
        receiving.assign(actor, letter.uuid, officers, told.get("instruction", ""), day_of(request, "due"))
    elif act == "finish":
        receiving.finish(actor, letter.uuid)
    elif act in ("agree", "decline"):
        receiving.answer_recall(actor, letter.uuid, act == "agree", reason)
    else:
        raise UserError("Không có việc này.", "There is no such act.")


@policy("officer")
@require_GET
def attachment(request: HttpRequest, letter_uuid: uuid.UUID, place: int) -> HttpResponse:
    """A file that came along; only PDF and pictures open in the browser."""
    letter = _letter(letter_uuid)
    if not 0 < place <= len(letter.files):
        raise NotFound()
    file = letter.files[place - 1]
    media = MEDIA.get(str(file["name"]).rpartition(".")[2].lower())
    return download(
        store.get(str(file["digest"])),
        media or "application/octet-stream",
        str(file["name"]),
        inline=media is not None,
    )


@policy("officer")
@require_GET
def original(request: HttpRequest, letter_uuid: uuid.UUID) -> HttpResponse:
    """The edXML file as it came."""
    letter = _letter(letter_uuid)
    if not letter.digest:
        raise NotFound()
    return download(store.get(letter.digest), "application/xml", f"{letter.uuid}.edxml")


@policy("officer")
@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest) -> HttpResponse:
    """A line in the book for what came by another way."""
    agency_id, told, fault = agency_of(request), request.POST, None
    if request.method == "POST":
        made: list[Incoming] = []
        fault = attempt(
            lambda: made.append(
                receiving.enter_paper(
                    actor_of(request), agency_id, sender=told.get("sender", ""), code=told.get("code", ""),
                    secrecy=told.get("secrecy", ""), subject=told.get("subject", ""),
                )
            )
        )  # fmt: skip
        if fault is None:
            return go(request, "incoming", made[0].uuid, said=_SAID["enter"])
    context = {
        "typed": told,
        "secrecies": list(rules.secrecies().items()),
        "errors": errors_of(fault, lang_of(request)),
        "fault": fault.field if fault else "",
    }
    return page(request, "paper", context, status=fault.status if fault else None)


@policy("officer")
@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    """What I was given to do."""
    return page(request, "tasks", {"rows": queries.tasks(actor_of(request), agency_of(request))})


@policy("officer")
@require_POST
def task(request: HttpRequest, task_uuid: uuid.UUID) -> HttpResponse:
    """Begin or finish what I was given."""
    row = Assignment.objects.select_related("incoming").filter(uuid=task_uuid).first()
    if row is None:
        raise NotFound()
    actor = actor_of(request)
    if request.POST.get("do") == "begin":
        receiving.begin(actor, task_uuid)
        return go(request, "incoming", row.incoming.uuid, said=Text("Đã nhận việc.", "Begun."))
    receiving.finish_task(actor, task_uuid, request.POST.get("outcome", ""))
    return go(
        request, "incoming", row.incoming.uuid, said=Text("Đã báo cáo kết quả.", "The outcome is reported.")
    )


def _letter(letter_uuid: uuid.UUID) -> Incoming:
    letter = Incoming.objects.filter(uuid=letter_uuid).first()
    if letter is None:
        raise NotFound()
    return letter
