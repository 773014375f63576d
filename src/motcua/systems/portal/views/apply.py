"""Applying: what will be looked up, one thing a page, the last look, and the one act that submits."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from motcua.core import clock
from motcua.core.cases import actions as cases
from motcua.core.cases import queries
from motcua.core.cases.models import Case, Draft
from motcua.core.cases.policies import require_in_person
from motcua.core.errors import Conflict, NotFound, UserError, say
from motcua.core.identity import stash
from motcua.core.identity.access import policy, require_level
from motcua.core.services import queries as services
from motcua.engines import forms
from motcua.engines.forms.rules import html_id
from motcua.engines.forms.viewing import CORRECT
from motcua.systems.portal import actions
from motcua.systems.portal.attempt import attempt
from motcua.systems.portal.desks import chosen_desk, desks_for, has_choice, own_desk, remember_desk
from motcua.systems.portal.filling import Filling
from motcua.systems.portal.receiving import receive_files
from motcua.systems.portal.service_card import card
from motcua.systems.portal.views.shared import Asked, ask, language_wanted, see_other

CHANGED = say(
    "Quy định của thủ tục này vừa thay đổi trong lúc ông/bà điền đơn. Những gì đã khai vẫn còn; "
    "xem lại các mục rồi nộp.",
    "The rules of this service changed while you were filling in the form. Your answers are kept; look through the "
    "parts again, then submit.",
)
RESTORED = say(
    "Phiên làm việc đã hết trong lúc ông/bà điền trang này. Những chữ đã gõ vẫn còn ở dưới; bấm lưu để giữ lại.",
    "Your session ended while you were on this page. What you typed is below; save to keep it.",
)
MANY = 3
"""Pages above which an application begins with its list of parts."""
VERSION = "_version"
DISCARDED = say("Đã bỏ đơn đang điền.", "The draft was thrown away.")


@policy("citizen")
def start(request: Asked, slug: str) -> HttpResponse:
    """Say which registers will be asked for what; going on is the consent. A draft begun is taken up again."""
    pack = services.current(slug, clock.today())
    require_in_person(request.actor, pack)
    weaker = require_level(request, pack.assurance)
    if weaker is not None:
        return weaker
    if request.method == "POST":
        draft = cases.start_draft(request.actor, pack.code, request.lang)
        filling = Filling(draft, request.lang)
        return (
            see_other("portal:tasks", draft.uuid)
            if len(filling.asked_pages) > MANY
            else _go(filling.next_after())
        )
    return render(request, "portal/start.jinja", {"card": card(pack, request.lang, clock.today())})


@policy("citizen")
def tasks(request: Asked, draft: uuid.UUID) -> HttpResponse:
    """The parts of the application and how far each is."""
    filling = _open(request, draft)
    if isinstance(filling, HttpResponse):
        return filling
    return render(request, "portal/tasks.jinja", {"filling": filling, "card": _card(filling)})


@policy("citizen")
def page(request: Asked, draft: uuid.UUID, page: str) -> HttpResponse:
    """One page of the form: shown, or read and kept whether right or wrong.

    What was typed when a session had ended is shown again, to be saved.
    """
    if request.method == "POST":
        return _save_page(request, draft, page)
    filling = _open(request, draft)
    if isinstance(filling, HttpResponse):
        return filling
    if page not in filling.page_ids:
        return see_other("portal:tasks", draft)
    kept = stash.take(request, request.path)
    if kept is None:
        return _show_page(request, filling, page, correcting=request.GET.getlist("correct")[:20])
    messages.warning(request, RESTORED.text(request.lang))
    read = filling.pack.form.read(
        page, dict(kept.fields.lists()), {}, filling.draft.answers, lang=request.lang, today=clock.today(),
        found=filling.found, given=filling.given,
    )  # fmt: skip
    return _show_page(request, filling, page, answers=read.answers)


def _save_page(request: Asked, draft: uuid.UUID, page: str) -> HttpResponse:
    """Keep what was posted, whatever it is; then go on, or show the page again with what to mend.

    The page says under which version of the service it was shown: another one since is told kindly.
    """
    stash.drop(request)
    files, refused = receive_files(request, request.actor)
    try:
        kept, reading = cases.keep_page(request.actor, draft, page, dict(request.POST.lists()), files)
    except KeyError:  # the version now in force has no such page
        kept, reading = queries.draft_for(request.actor, draft), None
    except Conflict:
        return _submitted(queries.draft_for(request.actor, draft))
    filling = Filling(kept, request.lang)
    if ask(request, VERSION) not in ("", str(filling.draft.service_version_id)):
        messages.warning(request, CHANGED.text(request.lang))
    if reading is None:
        return see_other("portal:tasks", draft)
    other = language_wanted(request)
    if other:
        return see_other(
            "portal:page", draft, page, query=urlencode([("lang", other), *_corrections(request)])
        )
    errors = [
        *(error for error in reading.errors if error.path not in refused),
        *(forms.FieldError(html_id(path), path, error.text(request.lang)) for path, error in refused.items()),
    ]
    if errors or reading.stay:
        correcting = request.POST.getlist(CORRECT)
        return _show_page(
            request, filling, page, errors=errors, correcting=correcting, status=422 if errors else 200
        )
    return see_other("portal:tasks", draft) if "later" in request.POST else _go(filling.next_after(page))


def _corrections(request: Asked) -> list[tuple[str, str]]:
    """The found facts that are being put right on the page, to be open again."""
    return [("correct", path) for path in request.POST.getlist(CORRECT)[:20]]


def _show_page(
    request: Asked,
    filling: Filling,
    page: str,
    *,
    answers: dict[str, Any] | None = None,
    errors: list[forms.FieldError] | None = None,
    correcting: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    view = filling.view(page, answers=answers, errors=errors, correcting=correcting)
    view.hidden.append((VERSION, str(filling.draft.service_version_id)))
    ids = [one.id for one in filling.asked_pages]
    context = {
        "filling": filling,
        "page": view,
        "place": ids.index(page) + 1 if page in ids else None,
        "places": len(ids),
    }
    return render(request, "portal/page.jinja", context, status=status)


@policy("citizen")
def desk(request: Asked, draft: uuid.UUID) -> HttpResponse:
    """Choose the one-stop desk that receives; who decides stays the same (any desk of the province)."""
    filling = _open(request, draft)
    if isinstance(filling, HttpResponse):
        return filling
    query = request.GET.get("q", "").replace("\0", "").strip()[:100]
    offered = desks_for(filling, query)
    if request.method == "POST":
        code = ask(request, "desk")
        if remember_desk(request, filling, code):
            return see_other("portal:check", draft)
        error = say("Chọn một nơi tiếp nhận trong danh sách.", "Choose one of the desks listed.").text(
            request.lang
        )
        context = {
            "filling": filling,
            "desks": offered,
            "query": query,
            "errors": [(error, "#desk")],
            "chosen": "",
        }
        return render(request, "portal/desk.jinja", context, status=422)
    chosen = chosen_desk(request, filling)
    context = {"filling": filling, "desks": offered, "query": query, "chosen": chosen.code if chosen else ""}
    return render(request, "portal/desk.jinja", context)


@policy("citizen")
def check(request: Asked, draft: uuid.UUID) -> HttpResponse:
    """The last look; its one button submits, under the draft's own key."""
    if request.method == "POST":
        return _submit(request, draft)
    filling = _open(request, draft)
    return filling if isinstance(filling, HttpResponse) else _show_check(request, filling)


def _submit(request: Asked, draft: uuid.UUID) -> HttpResponse:
    """Submit, and go to the confirmation: of the case just made, or of the one that an earlier press has made."""
    receiving = _receiving(request, draft)
    tried = attempt(
        lambda: cases.submit_draft(request.actor, draft, receiving_agency_id=receiving), request.lang
    )
    if tried.value is not None:
        return see_other("portal:confirmation", tried.value.case_uuid)
    filling = _open(request, draft)
    if isinstance(filling, HttpResponse):
        return filling
    if isinstance(tried.error, cases.NewVersion):
        return see_other("portal:tasks", draft)
    return _show_check(request, filling, _mistakes(filling, tried.error) or tried.errors)


def _receiving(request: Asked, draft: uuid.UUID) -> int | None:
    """The desk that the person chose; None = the one of the agency that decides."""
    if not has_choice(request, draft):
        return None
    chosen = chosen_desk(request, Filling(queries.draft_for(request.actor, draft), request.lang))
    return None if chosen is None else chosen.id


def _mistakes(filling: Filling, error: UserError | None) -> list[tuple[str, str]]:
    """Each mistake with the page on which it can be mended."""
    if not isinstance(error, cases.Incomplete):
        return []
    links = []
    for one in error.mistakes:
        page = filling.pack.form.page_of(one.path)
        href = reverse("portal:page", args=[filling.draft.uuid, page.id]) if page else "#papers"
        links.append((one.message, href))
    return links


def _show_check(
    request: Asked, filling: Filling, errors: list[tuple[str, str]] | None = None
) -> HttpResponse:
    context = {
        "filling": filling,
        "card": _card(filling),
        "sections": filling.summary(),
        "fees": filling.fees,
        "desk": chosen_desk(request, filling) or own_desk(filling),
        "errors": errors or [],
        "page_of": filling.pack.form.page_of,
    }
    return render(request, "portal/check.jinja", context, status=422 if errors else 200)


@policy("citizen")
def discard(request: Asked, draft: uuid.UUID) -> HttpResponse:
    """Throw a draft away, after being asked."""
    filling = _open(request, draft)
    if isinstance(filling, HttpResponse):
        return filling
    if request.method == "POST":
        cases.discard_draft(request.actor, draft)
        messages.success(request, DISCARDED.text(request.lang))
        return see_other("portal:cases")
    return render(request, "portal/discard.jinja", {"filling": filling})


def _open(request: Asked, draft: uuid.UUID) -> Filling | HttpResponse:
    """The person's own draft, up to date with the rules and in their language; where it was submitted, its case."""
    kept = queries.draft_for(request.actor, draft)
    if kept.submitted_case_id is not None:
        return _submitted(kept)
    if (kept.principal_id or kept.party_id) != request.actor.principal:
        raise NotFound()
    if cases.keep_up(request.actor, kept) is not None:
        messages.warning(request, CHANGED.text(request.lang))
    actions.speak(request.actor, kept, request.lang)
    return Filling(kept, request.lang)


def _submitted(draft: Draft) -> HttpResponse:
    assert draft.submitted_case_id is not None
    case = Case.objects.filter(pk=draft.submitted_case_id).values_list("uuid", flat=True).first()
    if case is None:
        raise NotFound()
    return see_other("portal:confirmation", case)


def _card(filling: Filling) -> Any:
    return card(filling.pack, filling.lang, clock.today())


def _go(href: str) -> HttpResponse:
    response = HttpResponse(status=303)
    response["Location"] = href
    return response
