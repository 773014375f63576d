"""Agencies: the list, one with its staff and signers, an office below it, where it is found."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.attempting import attempt
from motcua.core.errors import NotFound, UserError, say
from motcua.core.identity.access import policy
from motcua.core.organisations import staffing
from motcua.core.organisations.models import Appointment, Delegation, SigningForm
from motcua.systems.staff import queries, rosters
from motcua.systems.staff.views.shared import KEEPERS, OFFICER, actor_of, day_of, form, go, lang_of, typed_day

PAGE = 60
FORMS = {
    SigningForm.TM: say("TM. (thay mặt tập thể): người đứng đầu", "TM (for the collective): the head"),
    SigningForm.KT: say("KT. (ký thay): cấp phó", "KT (for the head): a deputy"),
    SigningForm.TL: say("TL. (thừa lệnh): cấp dưới trực tiếp", "TL (by order): a direct subordinate"),
    SigningForm.TUQ: say("TUQ. (thừa ủy quyền)", "TUQ (by authorisation)"),
}


@policy(KEEPERS)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, and the agencies the officer answers for."""
    actor, text = actor_of(request), request.GET.get("tim", "")[:100]
    rows = queries.agencies(actor, text)
    context = {
        "rows": rows[:PAGE],
        "more": len(rows) - PAGE,
        "text": text,
        "proposals": queries.proposals(actor),
        "codes": queries.codes(actor),
        "rosters": rosters.of_agency(actor) if actor.has("staff_officer") else [],
        "me": actor.officer_id,
        "keeps": actor.has("staff_officer"),
        "approves": actor.has("staff_approver"),
    }
    return render(request, "staff/home.jinja", context)


@policy(KEEPERS)
@require_GET
def agency(request: HttpRequest, code: str) -> HttpResponse:
    """One agency: who works there, who signs for it."""
    actor = actor_of(request)
    here = queries.agency(actor, code)
    context = {
        "agency": here,
        "staff": queries.staff_of(here),
        "signers": queries.signers_of(here),
        "waiting": [one for one in queries.proposals(actor) if one.agency_id == here.pk],
        "keeps": actor.has("staff_officer"),
    }
    return render(request, "staff/agency.jinja", context)


@policy(OFFICER)
@require_http_methods(["GET", "POST"])
def office(request: HttpRequest, code: str) -> HttpResponse:
    """An office below the agency."""
    actor = actor_of(request)
    here, fault = queries.agency(actor, code), None
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:300] for name in ("name", "name_en", "place", "phone")}
        made: list[str] = []
        fault = attempt(lambda: made.append(staffing.found_office(actor, here, **typed).code))
        if fault is None:
            return go(request, say("Đã lập đơn vị.", "The office stands."), "agency", made[0])
    return form(request, "office", {"agency": here}, fault)


@policy(OFFICER)
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, code: str) -> HttpResponse:
    """Where the agency is found and called."""
    actor = actor_of(request)
    here, fault = queries.agency(actor, code), None
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:300] for name in ("place", "phone")}
        fault = attempt(lambda: staffing.correct_agency(actor, here, **typed))
        if fault is None:
            return go(
                request, say("Đã ghi địa chỉ, điện thoại.", "Address and phone are noted."), "agency", code
            )
    return form(request, "contact", {"agency": here}, fault)


@policy(OFFICER)
@require_http_methods(["GET", "POST"])
def signing(request: HttpRequest, code: str) -> HttpResponse:
    """Give an officer the right to sign for the agency."""
    actor = actor_of(request)
    here, fault = queries.agency(actor, code), None
    staff = queries.staff_of(here)
    if request.method == "POST":
        fault = attempt(lambda: _give_signing(request, staff))
        if fault is None:
            return go(request, say("Đã giao quyền ký.", "The right to sign is given."), "agency", code)
    context = {
        "agency": here,
        "heads": [(one.pk, _called(one)) for one in staff if "chair" in one.position.groups],
        "people": [(one.pk, _called(one)) for one in staff],
        "forms": [(value, text.text(lang_of(request))) for value, text in FORMS.items()],
        "since": typed_day(request, "since") if request.method == "POST" else None,
    }
    return form(request, "signing", context, fault)


@policy(OFFICER)
@require_http_methods(["GET", "POST"])
def end_signing(request: HttpRequest, row: int) -> HttpResponse:
    """End a right to sign."""
    actor = actor_of(request)
    right = Delegation.objects.filter(pk=row).select_related("agency", "delegate__officer").first()
    if right is None:
        raise NotFound()
    queries.agency(actor, right.agency.code)
    fault = None
    if request.method == "POST":
        fault = attempt(
            lambda: staffing.end_delegation(
                actor,
                right,
                last_day=day_of(request, "last_day"),
                source=request.POST.get("source", "")[:300],
            )
        )
        if fault is None:
            return go(
                request, say("Đã kết thúc quyền ký.", "The right to sign ends."), "agency", right.agency.code
            )
    context = {"right": right, "last_day": typed_day(request, "last_day") if request.POST else None}
    return form(request, "end_signing", context, fault)


def _give_signing(request: HttpRequest, staff: list[Appointment]) -> None:
    posts = {str(one.pk): one for one in staff}
    chosen = {}
    for name in ("grantor", "to"):
        post = posts.get(request.POST.get(name, ""))
        if post is None:
            raise UserError("Chọn một người trong danh sách.", "Choose somebody of the list.", name)
        chosen[name] = post
    services = [one for one in request.POST.get("services", "").replace(",", " ").split() if one]
    staffing.delegate(
        actor_of(request),
        form=request.POST.get("form", ""),
        grantor=chosen["grantor"],
        to=chosen["to"],
        services=services,
        since=day_of(request, "since"),
        source=request.POST.get("source", "")[:300],
    )


def _called(post: Appointment) -> str:
    return f"{post.officer.name} ({post.position.name})"
