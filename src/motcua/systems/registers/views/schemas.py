"""The owner's pages of a schema: write the next version, see what moving would lose, have a second person publish."""

from __future__ import annotations

import yaml
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from motcua.core.errors import UserError
from motcua.core.identity.access import policy
from motcua.core.registers import schema as schemas
from motcua.core.registers import versions
from motcua.core.registers.models import Register, SchemaVersion
from motcua.systems.registers.views.common import SEE_OTHER, actor_of, lang_of, show

OWNERS = "group:service_editor,service_approver"
LONGEST = 200_000


@policy(OWNERS)
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, register: str) -> HttpResponse:
    """The next version as text."""
    row = Register.objects.filter(pk=register).first()
    if row is None:
        raise Http404
    last = SchemaVersion.objects.filter(register_id=register).order_by("-number").first()
    standing = last.definition if last else row.schema
    text = request.POST.get("schema") or yaml.safe_dump(
        standing, allow_unicode=True, sort_keys=False, width=110
    )
    fault: UserError | None = None
    if request.method == "POST":
        try:
            made = versions.draft(actor_of(request), register, _loaded(text))
            return HttpResponseRedirect(
                reverse("registers:version", args=[register, made.number]), status=SEE_OTHER
            )
        except UserError as refused:
            refused.field = "schema"
            fault = refused
    name = row.name_en if lang_of(request) == "en" else row.name
    return show(request, "draft", fault, name=name, register=register, text=text)


@policy(OWNERS)
@require_http_methods(["GET", "POST"])
def version(request: HttpRequest, register: str, version: int) -> HttpResponse:
    """What a drafted version changes and would lose; publishing it and bringing the records along."""
    row = (
        SchemaVersion.objects.filter(register_id=register, number=version).select_related("register").first()
    )
    if row is None:
        raise Http404
    fault: UserError | None = None
    if request.method == "POST":
        try:
            if request.POST.get("act") == "migrate" and row.state == "published":
                versions.migrate(register)
                messages.success(request, "Đã chuyển các bản ghi.")
            else:
                versions.publish(actor_of(request), register, version)
                messages.success(request, "Đã công bố. Nơi đang đọc phiên bản cũ vẫn đọc được như cũ.")
            return HttpResponseRedirect(request.path, status=SEE_OTHER)
        except UserError as refused:
            fault = refused
    lang = lang_of(request)
    schema = schemas.parse(register, row.definition, version)
    seen = versions.preview(register, version)
    before = schemas.of(register, version - 1).fields if version > 1 else {}
    fresh = [one.title.text(lang) for path, one in schema.fields.items() if path not in before]
    return show(
        request, "version", fault, row=row, name=schema.name.text(lang), seen=seen, fresh=fresh, lang=lang
    )


def _loaded(text: str) -> dict[str, object]:
    if len(text) > LONGEST:
        raise UserError(
            "Lược đồ dài quá 200.000 ký tự.", "The schema is longer than 200,000 letters.", "schema"
        )
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise UserError(
            f"Dòng {line}: YAML không đọc được.", f"Line {line}: the YAML cannot be read.", "schema"
        ) from None
    if not isinstance(loaded, dict):
        raise UserError("Lược đồ phải là các mục tên: giá trị.", "The schema must be a mapping.", "schema")
    return loaded
