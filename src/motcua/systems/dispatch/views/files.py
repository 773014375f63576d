"""Work files, and the trouble that waits for a person."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core.attempting import attempt
from motcua.core.documents import store
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity.access import policy
from motcua.systems.dispatch import faults, policies, queries, rules
from motcua.systems.dispatch.actions import work_files
from motcua.systems.dispatch.models import Assignment, Incoming, ItemKind, Outgoing, WorkFile
from motcua.systems.dispatch.views.desk import actor_of, agency_of, download, errors_of, go, lang_of, page


@policy("officer")
@require_http_methods(["GET", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """The agency's work files; opening one is posted here."""
    agency_id, told, fault = agency_of(request), request.POST, None
    if request.method == "POST":
        made: list[WorkFile] = []
        fault = attempt(
            lambda: made.append(
                work_files.open_file(
                    actor_of(request), agency_id, told.get("title", ""), told.get("schedule", "")
                )
            )
        )
        if fault is None:
            return go(request, "file", made[0].uuid, said=Text("Đã mở hồ sơ.", "The file is open."))
    lang, text = lang_of(request), request.GET.get("q", "").strip()
    context = {
        "rows": queries.files(agency_id, text),
        "q": text,
        "schedules": [(each.key, each.text(lang)) for each in rules.schedules().values()],
        "typed": told,
        "errors": errors_of(fault, lang),
        "fault": fault.field if fault else "",
    }
    return page(request, "files", context, status=fault.status if fault else None)


@policy("officer")
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, file_uuid: uuid.UUID) -> HttpResponse:
    file, fault = _file(file_uuid), None
    if request.method == "POST":
        act = request.POST.get("do", "")
        fault = attempt(lambda: _do(request, file, act))
        if fault is None:
            return go(request, "file", file.uuid, said=_SAID[act])
        file.refresh_from_db()
    context = {
        "file": file,
        "items": list(file.items.order_by("id")),
        "links": _links(file),
        "schedule": rules.schedules()[file.schedule],
        "can": policies.of_file(actor_of(request), file),
        "errors": errors_of(fault, lang_of(request)),
        "fault": fault.field if fault else "",
        "typed": request.POST,
    }
    return page(request, "file", context, status=fault.status if fault else None)


def _links(file: WorkFile) -> dict[int, str]:
    """By the id of an item: the page of what it is; a task's is that of its document."""
    rows = list(file.items.order_by("id"))

    def ids(kind: ItemKind) -> list[int]:
        return [row.subject_id for row in rows if row.kind == kind]

    found: dict[tuple[str, int], str] = {}
    for pk, uid in Incoming.objects.filter(pk__in=ids(ItemKind.INCOMING)).values_list("pk", "uuid"):
        found[ItemKind.INCOMING, pk] = reverse("dispatch:incoming", args=[uid])
    for pk, uid in Outgoing.objects.filter(pk__in=ids(ItemKind.OUTGOING)).values_list("pk", "uuid"):
        found[ItemKind.OUTGOING, pk] = reverse("dispatch:outgoing", args=[uid])
    tasks = Assignment.objects.filter(pk__in=ids(ItemKind.ASSIGNMENT)).values_list("pk", "incoming__uuid")
    for pk, uid in tasks:
        found[ItemKind.ASSIGNMENT, pk] = reverse("dispatch:incoming", args=[uid])
    return {row.pk: found.get((row.kind, row.subject_id), "") for row in rows}


_SAID = {
    "case": Text("Đã đưa vào hồ sơ.", "Put into the file."),
    "gather": Text("Đã đưa các việc và văn bản trả lời vào hồ sơ.", "Tasks and answers are in the file."),
    "close": Text("Đã kết thúc hồ sơ.", "The file is closed."),
    "archive": Text("Đã nộp lưu.", "Handed to the archive."),
}


def _do(request: HttpRequest, file: WorkFile, act: str) -> None:
    actor = actor_of(request)
    if act == "close":
        work_files.close(actor, file.uuid)
    elif act == "case":
        work_files.add_case(actor, file.uuid, request.POST.get("case", ""))
    elif act == "gather":
        work_files.gather(actor, file.uuid)
    elif act == "archive":
        work_files.hand_over(actor, file.uuid)
    else:
        raise UserError("Không có việc này.", "There is no such act.")


@policy("officer")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put something into a file, from the page of that thing."""
    told = request.POST
    try:
        file_uuid, subject = uuid.UUID(told.get("file", "")), uuid.UUID(told.get("subject", ""))
    except ValueError:
        raise UserError("Chọn hồ sơ công việc.", "Choose a work file.", "file") from None
    work_files.add(actor_of(request), file_uuid, told.get("kind", ""), subject)
    return go(request, "file", file_uuid, said=Text("Đã đưa vào hồ sơ.", "Put into the file."))


@policy("officer")
@require_GET
def package(request: HttpRequest, file_uuid: uuid.UUID) -> HttpResponse:
    """The zip: as it was handed over, or as it would be today."""
    file = _file(file_uuid)
    content = store.get(file.digest) if file.digest else work_files.package(file)
    return download(content, "application/zip", f"ho-so-{file.code.replace('/', '-')}.zip")


@policy("officer")
@require_http_methods(["GET", "POST"])
def troubles(request: HttpRequest) -> HttpResponse:
    """What could not be sent or taken, in plain words; each is settled with a word on how."""
    fault, told = None, request.POST
    if request.method == "POST":
        fault = attempt(
            lambda: faults.settle(actor_of(request), _uuid(told.get("fault", "")), told.get("reason", ""))
        )
        if fault is None:
            return go(request, "troubles", said=Text("Đã ghi cách xử lý.", "It is settled."))
    rows = list(queries.faults(agency_of(request)).order_by("id")[: queries.MOST])
    context = {
        "rows": rows,
        "errors": errors_of(fault, lang_of(request), "reason"),
        "at_fault": told.get("fault", ""),
    }
    return page(request, "troubles", context, status=fault.status if fault else None)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound() from None


def _file(file_uuid: uuid.UUID) -> WorkFile:
    file = WorkFile.objects.filter(uuid=file_uuid).first()
    if file is None:
        raise NotFound()
    return file
