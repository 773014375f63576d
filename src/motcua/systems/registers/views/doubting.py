"""“Dữ liệu sai?”: told to the keeper from one's own data, from an application being filled in, or from a case."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from motcua.core.cases import actions as cases
from motcua.core.cases import doubts
from motcua.core.cases import queries as case_queries
from motcua.core.cases.policies import require_in_mandate
from motcua.core.documents import actions as documents
from motcua.core.errors import NotFound, Text, UserError, say
from motcua.core.identity.access import CITIZEN, OFFICER, policy
from motcua.core.organisations import queries as organisations
from motcua.core.registers import access, corrections, queries
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Correction
from motcua.core.services import queries as services
from motcua.systems.registers.views.common import (
    OWN_LOOK,
    SEE_OTHER,
    actor_of,
    lang_of,
    own_number,
    said_of,
    show,
)

Tell = Callable[[dict[str, Any]], Correction]
"""Tells the keeper: given should_be, reason and file_uuid."""


@policy(CITIZEN, whole=True)
@never_cache
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest, register: str, attribute: str) -> HttpResponse:
    """Tell the keeper that one of my attributes is wrong."""
    actor, number = actor_of(request), own_number(request)
    schema = schemas.of(register)
    if attribute not in schema.fields or schema.subjects != ("key",) or not number:
        raise Http404
    found = queries.read(actor, register, number, purpose=OWN_LOOK, use=access.OWN, fields=[attribute])

    def tell(given: dict[str, Any]) -> Correction:
        return corrections.ask(actor, register, number, attribute, own_number=number, **given)

    stands = found.data.get(attribute) if found else None
    back = reverse("registers:mine")
    return _asked(request, tell, doubts.Target(register, number, attribute), stands, back=back, then=back)


@policy(CITIZEN)
@never_cache
@require_http_methods(["GET", "POST"])
def in_application(request: HttpRequest, draft: uuid.UUID, path: str) -> HttpResponse:
    """Tell the keeper that something found for my application is wrong; the application goes on."""
    actor = actor_of(request)
    kept = case_queries.draft_for(actor, draft)
    if kept.submitted_case_id is not None or (kept.principal_id or kept.party_id) != actor.principal:
        raise NotFound()
    require_in_mandate(actor, kept.service_code)
    target = doubts.target_of(path, kept.found.get(path))
    if target is None:
        raise NotFound()
    pack = services.pack(kept.service_version_id)
    page, question = pack.form.page_of(path), pack.form.fields.get(path)
    back = reverse("portal:page", args=[draft, page.id]) if page else reverse("portal:tasks", args=[draft])
    instead = f"{back}?correct={quote(path)}" if question is not None and question.correctable else ""

    def tell(given: dict[str, Any]) -> Correction:
        return cases.doubt_in_application(actor, draft, path, **given)

    return _asked(
        request, tell, target, kept.found[path]["value"], back=back, then=reverse("portal:check", args=[draft]),
        rule=doubts.rule_of(pack, path), met=corrections.met_in(None, kept.key),
        instead=instead,
    )  # fmt: skip


@policy(OFFICER)
@never_cache
@require_http_methods(["GET", "POST"])
def in_case(request: HttpRequest, case: uuid.UUID, path: str) -> HttpResponse:
    """An officer who works on a case tells the keeper what is wrong in what was found for it."""
    actor = actor_of(request)
    view = case_queries.case_for_officer(actor, case)
    target = doubts.target_of(path, view.found.get(path))
    if target is None or view.finished_at is not None:
        raise NotFound()
    back = reverse("onestop:case", args=[case])

    def tell(given: dict[str, Any]) -> Correction:
        return cases.doubt_in_case(actor, case, path, **given)

    return _asked(
        request, tell, target, view.found[path]["value"], back=back, then=back, base="shell/officer.jinja",
        rule=doubts.rule_of(services.pack(view.service_version_id), path), met=corrections.met_in(view.id),
    )  # fmt: skip


def _asked(
    request: HttpRequest,
    tell: Tell,
    target: doubts.Target,
    stands: Any,
    *,
    back: str,
    then: str,
    base: str = "shell/base.jinja",
    rule: bool | None = None,
    met: list[Any] | None = None,
    instead: str = "",
) -> HttpResponse:
    """What stands, what is right, why, and a paper that proves it; then told to the keeper."""
    lang, schema = lang_of(request), schemas.of(target.register)
    field = schema.fields[target.attribute]
    typed = {"should_be": request.POST.get("should_be", ""), "reason": request.POST.get("reason", "")}
    fault: UserError | None = None
    if request.method == "POST":
        try:
            with transaction.atomic():
                correction = tell({**typed, "file_uuid": _evidence(request)})
            messages.success(request, _sent(organisations.agency(correction.agency_id).name).text(lang))
            return HttpResponseRedirect(then, status=SEE_OTHER)
        except NotFound:
            raise
        except UserError as refused:
            fault = refused
    known = next((one for one in met or [] if one.correction.path == target.attribute
                  and one.correction.key == target.key and one.correction.state == "open"), None)  # fmt: skip
    by_register = schemas.of(field.master).on_doubt == "wait"
    return show(
        request, "wrong", fault, title=field.title.text(lang), stands=said_of(field, stands, lang), typed=typed,
        kind=field.type, choices=field.choices, register=schemas.of(field.master).name.text(lang), base=base, back=back,
        in_case=met is not None, waits=by_register if rule is None else rule, known=known,
        within=schemas.of(field.master).answer_within,
        instead=instead,
    )  # fmt: skip


def _sent(agency: str) -> Text:
    return say(
        f"Đã gửi {agency}. Trả lời hiện ở mục “Dữ liệu của tôi” và ở hồ sơ; hồ sơ tự dùng dữ liệu mới.",
        f"Sent to {agency}. The answer will be under “My data” and in the case, "
        "which takes the corrected data by itself.",
    )


def _evidence(request: HttpRequest) -> uuid.UUID | None:
    """The paper sent along, kept; None when there is none."""
    file = request.FILES.get("evidence")
    if not isinstance(file, UploadedFile) or not file.name:
        return None
    try:
        return documents.upload(actor_of(request), name=file.name, stream=file, size=file.size).uuid  # type: ignore[arg-type]
    except UserError as refused:
        refused.field = "evidence"
        raise
