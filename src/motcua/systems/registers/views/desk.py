"""The keepers' desk: look something up for a purpose, answer doubts, take files in and let them out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core import clock
from motcua.core.cases.models import Case
from motcua.core.documents import store
from motcua.core.documents.models import File
from motcua.core.errors import NotAllowed, UserError
from motcua.core.identity.access import OFFICER, policy
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.registers import access, corrections, queries, transfer
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Correction, Finding, Record, Register, SchemaVersion
from motcua.core.registers.reading import RecordView
from motcua.core.registers.schema import Schema
from motcua.systems.registers.views.common import SEE_OTHER, actor_of, lang_of, rows_of, said, said_of, show

KEEPING = "keeping"
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@policy(OFFICER)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The registers that this officer may look into, with what else they may do there."""
    actor, lang = actor_of(request), lang_of(request)
    listed = []
    for slug in Register.objects.filter(version__gt=0).order_by("name").values_list("slug", flat=True):
        schema = schemas.of(slug)
        if access.uses_of(schema, actor, "search") or access.uses_of(schema, actor, "write"):
            listed.append({"slug": slug, "name": schema.name.text(lang), "keeps": _keeps(schema, actor)})
    drafts = SchemaVersion.objects.filter(state="draft").select_related("register").order_by("-written_at")
    may_publish = actor.has("service_editor", "service_approver")
    return show(request, "desk", registers=listed, drafts=list(drafts) if may_publish else [])


@policy(OFFICER)
@never_cache
@require_http_methods(["GET", "POST"])
def search(request: HttpRequest, register: str) -> HttpResponse:
    """Look somebody or something up. The words come by POST, so that no address holds them."""
    actor, lang, schema = actor_of(request), lang_of(request), schemas.of(register)
    uses = access.uses_of(schema, actor, "search")
    if not uses:
        raise NotAllowed("Ông/bà không có nhiệm vụ tra cứu ở đây.", "Looking up here is not your duty.")
    typed = {name: request.POST.get(name, "") for name in ("text", "use", "purpose")}
    found: list[RecordView] | None = None
    fault: UserError | None = None
    if request.method == "POST":
        try:
            found = _found(actor, schema, typed)
        except UserError as refused:
            fault = refused
    rows = [
        {"view": one, "name": said(one.data.get(schema.name_field), lang) or one.key,
         "facts": [fact for fact in rows_of(schema, one.data, lang) if fact["value"] not in _shown(schema, one)][:4]}
        for one in found or []
    ]  # fmt: skip
    context = {"schema": schema, "name": schema.name.text(lang), "key": schema.key.text(lang), "typed": typed}
    options = [(rule.use, rule.title.text(lang)) for rule in uses]
    return show(
        request, "search", fault, uses=options, found=rows if found is not None else None,
        keeps=_keeps(schema, actor), **context,
    )  # fmt: skip


def _found(actor: Actor, schema: Schema, typed: dict[str, str]) -> list[RecordView]:
    """By the key when it is one, else by words."""
    if not typed["text"].strip() or not typed["purpose"].strip():
        missing = "text" if not typed["text"].strip() else "purpose"
        raise UserError(
            "Ghi điều cần tìm." if missing == "text" else "Ghi rõ để làm gì: người được tra sẽ đọc dòng này.",
            "Write what to look for." if missing == "text" else "Say what for: the person will read it.",
            missing,
        )
    asked, purpose, use = typed["text"].strip(), typed["purpose"].strip()[:200], typed["use"]
    access.fields_for(schema, actor, "search", use)
    one = (
        queries.read(actor, schema.slug, asked, purpose=purpose, use=use)
        if _may_read(schema, actor, use)
        else None
    )
    if one is not None:
        return [one]
    if schema.fields.get(schema.name_field) is None or not schema.fields[schema.name_field].search:
        return []
    return queries.search(actor, schema.slug, asked, purpose=purpose, use=use, limit=20)


def _shown(schema: Schema, one: RecordView) -> set[str]:
    """What stands in columns of its own."""
    return {one.key, str(one.data.get(schema.name_field, ""))}


def _may_read(schema: Schema, actor: Actor, use: str) -> bool:
    return any(rule.use == use for rule in access.uses_of(schema, actor, "read"))


@policy(OFFICER)
@never_cache
@require_GET
def record(request: HttpRequest, register: str, record: int) -> HttpResponse:
    """A record with every version that ever stood: for its keepers."""
    actor, lang, schema = actor_of(request), lang_of(request), schemas.of(register)
    row = Record.objects.filter(register_id=register, pk=record).first()
    if row is None:
        raise Http404
    versions = queries.history(actor, register, row.key, purpose="Xem lịch sử bản ghi", use=KEEPING)
    told = [{"view": one, "rows": rows_of(schema, one.data, lang)} for one in versions]
    return show(request, "record", name=schema.name.text(lang), register=register, key=row.key, versions=told)


@policy(OFFICER)
@never_cache
@require_http_methods(["GET", "POST"])
def import_file(request: HttpRequest, register: str) -> HttpResponse:
    """Look a file through, then take it over. The file is not kept in between: it is chosen again."""
    actor, lang, schema = actor_of(request), lang_of(request), schemas.of(register)
    access.rule_for(schema, actor, "write", KEEPING)
    look: transfer.Look | None = None
    fault: UserError | None = None
    written = False
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None or isinstance(file, list):
                raise UserError(
                    "Chọn một tệp CSV, XLSX hoặc JSON.", "Choose a CSV, XLSX or JSON file.", "file"
                )
            content, name, act = file.read(), str(file.name), request.POST.get("act", "preview")
            if act == "rejected":
                return _left_out(register, transfer.rejected(actor, register, content, name, lang))
            if act == "preview":
                look = transfer.preview(actor, register, content, name)
            else:
                with transaction.atomic():
                    look = transfer.apply(actor, register, content, name, skip_wrong=act == "apply_right")
                written = True
            if written and look.ready:
                messages.success(request, "Đã ghi vào cơ sở dữ liệu.")
                return HttpResponseRedirect(reverse("registers:desk"), status=SEE_OTHER)
        except UserError as refused:
            fault = refused
    mistakes = [(one.line, one.column, one.message.text(lang)) for one in look.mistakes] if look else []
    own = [field for field in schema.fields.values() if field.master == register]
    return show(
        request, "import", fault, name=schema.name.text(lang), register=register, look=look, written=written,
        mistakes=mistakes,
        fields=[(field.path, field.title.text(lang)) for field in own], key=schema.key.text(lang),
    )  # fmt: skip


def _left_out(register: str, pieces: Iterator[bytes]) -> HttpResponse:
    """The rows that were wrong, each with why, to be mended and brought again."""
    answer = HttpResponse(b"".join(pieces), content_type=MEDIA["csv"])
    answer["Content-Disposition"] = f'attachment; filename="{register}-dong-loi.csv"'
    return answer


@policy(OFFICER)
@require_http_methods(["GET", "POST"])
def export_file(request: HttpRequest, register: str) -> HttpResponseBase:
    """Say what for, then take the file. Every record in it is logged as looked at."""
    actor, lang, schema = actor_of(request), lang_of(request), schemas.of(register)
    access.rule_for(schema, actor, "export", KEEPING)
    typed = {"purpose": request.POST.get("purpose", ""), "format": request.POST.get("format", "csv")}
    fault: UserError | None = None
    if request.method == "POST":
        if not typed["purpose"].strip():
            fault = UserError("Ghi rõ để làm gì.", "Say what for.", "purpose")
        elif typed["format"] not in MEDIA:
            fault = UserError("Chọn csv, xlsx hoặc json.", "Choose csv, xlsx or json.", "format")
        else:
            pieces = _pieces(actor, register, typed["format"], typed["purpose"].strip()[:200])
            answer = StreamingHttpResponse(pieces, content_type=MEDIA[typed["format"]])
            answer["Content-Disposition"] = f'attachment; filename="{register}.{typed["format"]}"'
            return answer
    return show(request, "export", fault, name=schema.name.text(lang), typed=typed)


def _pieces(actor: Actor, register: str, format_: str, purpose: str) -> Iterator[bytes]:
    """The file while it goes out: the request's own transaction has ended by then."""
    with acting(actor):
        yield from transfer.export(actor, register, format_, purpose=purpose)


@policy(OFFICER)
@never_cache
@require_GET
def corrections_list(request: HttpRequest) -> HttpResponse:
    """Doubts that wait for this desk."""
    lang = lang_of(request)
    waiting = [
        {
            "row": one,
            "title": _title(one, lang),
            "register": schemas.of(one.register_id).name.text(lang),
            "waits": any(met.waits for met in corrections.met_of(one)),
            "late": one.due_at is not None and one.due_at < clock.now(),
        }
        for one in corrections.open_for(actor_of(request))
    ]
    return show(request, "corrections", waiting=waiting)


@policy(OFFICER)
@never_cache
@require_http_methods(["GET", "POST"])
def correction(request: HttpRequest, correction: uuid.UUID) -> HttpResponse:
    """Compare what stands with what is said, then correct by a document or refuse with a reason."""
    actor, lang = actor_of(request), lang_of(request)
    row, stands = corrections.for_desk(actor, correction)
    typed = {name: request.POST.get(name, "") for name in ("act", "document", "reason")}
    fault: UserError | None = None
    if request.method == "POST":
        try:
            if typed["act"] == "correct":
                corrections.correct(actor, correction, document=typed["document"])
                messages.success(request, "Đã sửa. Người yêu cầu thấy kết quả ở trang của mình.")
            elif typed["act"] == "refuse":
                corrections.refuse(actor, correction, reason=typed["reason"])
                messages.success(request, "Đã trả lời không sửa, kèm lý do.")
            else:
                raise UserError("Chọn sửa hoặc không sửa.", "Choose to correct or not.", "act")
            return HttpResponseRedirect(reverse("registers:corrections"), status=SEE_OTHER)
        except UserError as refused:
            fault = refused
    field = schemas.of(row.register_id).fields.get(row.path)
    context: dict[str, Any] = {
        "row": row, "title": _title(row, lang), "register": schemas.of(row.register_id).name.text(lang),
        "met": [_met(one) for one in corrections.met_of(row)],
        "stands": said_of(field, stands, lang), "stood": said_of(field, row.stands, lang),
        "should_be": said_of(field, row.should_be, lang),
    }  # fmt: skip
    return show(request, "correction", fault, typed=typed, **context)


@policy(OFFICER)
@never_cache
@require_GET
def evidence(request: HttpRequest, correction: uuid.UUID) -> HttpResponse:
    """The paper that was sent along with a doubt, for the desk that answers it."""
    row = corrections.at_desk(actor_of(request), correction)
    with acting(SYSTEM):
        file = File.objects.filter(uuid=row.file_uuid).first() if row.file_uuid else None
    if file is None:
        raise Http404
    answer = HttpResponse(store.get(file.sha256), content_type=file.media_type)
    answer["Content-Disposition"] = "inline"
    return answer


def _title(row: Correction, lang: str) -> str:
    field = schemas.of(row.register_id).fields.get(row.path)
    return field.title.text(lang) if field else row.path


def _met(one: Finding) -> tuple[str, bool]:
    """(number of the case that met the doubt, whether it waits); "" while it is an application still."""
    with acting(SYSTEM):
        number = Case.objects.filter(pk=one.case_id or 0).values_list("number", flat=True).first()
    return str(number or ""), one.waits


def _keeps(schema: Schema, actor: Actor) -> bool:
    return any(rule.use == KEEPING for rule in access.uses_of(schema, actor, "export"))
