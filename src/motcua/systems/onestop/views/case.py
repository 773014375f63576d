"""One case: its file in two panes, its decisions replayed, its papers and documents."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core.attempting import attempt
from motcua.core.cases import hooks
from motcua.core.cases.decisions import replay
from motcua.core.cases.models import Case, DecisionRun
from motcua.core.documents import actions as documents
from motcua.core.documents import queries as contents
from motcua.core.documents import store
from motcua.core.documents.models import Document, DocumentKind, DocumentState
from motcua.core.errors import NotFound, Text
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import Actor
from motcua.systems.onestop import acts, casefile, wording
from motcua.systems.onestop.desk import actor_of, agency_of, already, case_of, go, lang_of, page


@policy("officer")
@require_GET
def case(request: HttpRequest, case_uuid: uuid.UUID) -> HttpResponse:
    """The whole file, and what the officer can do with it now."""
    view, lang = case_of(request, case_uuid), lang_of(request)
    actor = actor_of(request)
    says = wording.Deadlines(view.handling_agency_id, lang)
    file = casefile.gather(view, lang)
    deadline = (
        wording.Deadline(view.status.text(lang), view.finished_at, None, "done")
        if view.finished_at
        else says.say(view.received_at, view.due_at, stopped=view.status.stops_clock)
        if view.due_at or view.status.stops_clock
        else wording.no_limit(lang)
    )
    return page(
        request,
        "case",
        {
            "file": file,
            "case": view,
            "deadline": deadline,
            "acts": acts.possible(actor, view),
            "steps": [task for task in view.open_tasks if task.may_do],
            "elsewhere": [task for task in view.open_tasks if not task.may_do],
            "mine": actor.label,
            "can_withdraw": [row.pk for row in file.documents if may_withdraw(actor, row)],
            "words": wording.Words(lang),
            "register_name": casefile.register_name,
            "agency_name": casefile.agency_name,
            "letters": hooks.letters.send(case_id=view.id, case_uuid=view.uuid, actor=actor, lang=lang),
        },
    )


@policy("officer")
@require_POST
def replay_decision(request: HttpRequest, case_uuid: uuid.UUID, run_uuid: uuid.UUID) -> HttpResponse:
    """Evaluate a decision again with the same rules and inputs, and say whether it comes out the same."""
    view = case_of(request, case_uuid)
    run = DecisionRun.objects.filter(uuid=run_uuid, case_id=view.id).exclude(gear="shadow").first()
    if run is None:
        raise NotFound()
    said = (
        Text("Chạy lại cho cùng kết quả và cùng quy tắc.", "Replayed: the same outcome by the same rule.")
        if replay(run, actor_of(request))
        else Text(
            "Chạy lại cho kết quả KHÁC. Báo người quản lý quy tắc trước khi quyết định.",
            "Replayed: a DIFFERENT outcome. Tell the keeper of the rules before deciding.",
        )
    )
    return go(request, "case", view.uuid, said=said)


@policy("officer")
@require_GET
def paper(request: HttpRequest, case_uuid: uuid.UUID, file_uuid: uuid.UUID) -> HttpResponse:
    """A file of the case; shown in the browser, or kept with `?tai=1`."""
    view = case_of(request, case_uuid)
    found = next((file for file in casefile.files_of(view) if file.uuid == file_uuid), None)
    if found is None:
        raise NotFound()
    return _download(request, store.get(found.sha256), found.media_type, found.name)


@policy("officer")
@require_GET
def document(request: HttpRequest, document_uuid: uuid.UUID) -> HttpResponse:
    """A document of a case: as signed, or while it is a draft as it would be signed."""
    found = _document(request, document_uuid)
    content = documents.preview(found) if found.state == DocumentState.DRAFT else contents.content(found)
    name = f"{(found.number or found.title).replace('/', '-')}.pdf"
    return _download(request, content, "application/pdf", name)


@policy("officer")
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, document_uuid: uuid.UUID) -> HttpResponse:
    """Withdraw an issued result: from then on every check of it says so, with the reason."""
    found = _document(request, document_uuid)
    actor, lang = actor_of(request), lang_of(request)
    view = case_of(request, _case_uuid(found))
    if not may_withdraw(actor, found):
        return already(request, "case", view.uuid)
    reason, fault = request.POST.get("reason", ""), None
    if request.method == "POST":
        fault = attempt(lambda: documents.withdraw(actor, found.pk, " ".join(reason.split())))
        if fault is None:
            said = Text(
                "Đã thu hồi kết quả. Mọi lượt kiểm tra đều thấy.",
                "The result is withdrawn; every check says so.",
            )
            return go(request, "case", view.uuid, said=said)
    errors = [] if fault is None else [(fault.text(lang), "#reason")]
    context = {"document": found, "case": view, "reason": reason, "errors": errors}
    return page(request, "withdraw", context, status=fault.status if fault else None)


def may_withdraw(actor: Actor, row: Document) -> bool:
    """Who signs for an agency may withdraw its issued results."""
    return (
        row.kind == DocumentKind.RESULT
        and row.state == DocumentState.ISSUED
        and row.agency_id in actor.unit_ids
        and actor.has("chair")
    )


def _document(request: HttpRequest, document_uuid: uuid.UUID) -> Document:
    """The document, if the officer sees its case. NotFound else."""
    agency_of(request)
    found = Document.objects.select_related("agency").filter(uuid=document_uuid).first()
    if found is None:
        raise NotFound()
    case_of(request, _case_uuid(found))
    return found


def _case_uuid(row: Document) -> uuid.UUID:
    found = Case.objects.filter(pk=row.case_id or 0).values_list("uuid", flat=True).first()
    if found is None:
        raise NotFound()
    return found


def _download(request: HttpRequest, content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    kept = "attachment" if request.GET.get("tai") else "inline"
    ascii_name = name.encode("ascii", "ignore").decode().replace('"', "") or "tep"
    response["Content-Disposition"] = f"{kept}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response
