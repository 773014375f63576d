"""For whom one acts, who acts for oneself: seen by both sides, given, ended, and chosen."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from motcua.core import clock
from motcua.core.cases import queries as cases
from motcua.core.errors import NotAllowed, NotFound, UserError, say
from motcua.core.identity import attested, limits, papers, queries
from motcua.core.identity import mandates as identity
from motcua.core.identity.access import policy
from motcua.core.identity.models import Attestation, Mandate, Party, PartyKind
from motcua.core.identity.sessions import MANDATE
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services import queries as services
from motcua.engines.text import fold
from motcua.systems.portal.attempt import Errors, attempt
from motcua.systems.portal.views.shared import Asked, ask, see_other

ENDED = say("Đã chấm dứt. Quyền này hết hiệu lực ngay.", "Ended: the mandate is worth nothing from now on.")
FOR = say("Từ nay ông/bà làm thay {}.", "You are now acting for {}.")
OWN = say("Ông/bà trở lại làm việc của mình.", "You are back to your own matters.")
GIVEN = say(
    "Đã ủy quyền cho {}. Ông/bà thôi lúc nào cũng được.",
    "{} may now act for you. You can end it at any time.",
)
OBJECTED = say(
    "Đã ghi nhận phản đối: quyền này sẽ không có hiệu lực.",
    "Your objection stands: it will not come into force.",
)
ONLINE = "Ủy quyền trực tuyến"
LEVEL_TO_GIVE = 2
TRIES_AN_HOUR = 20


@policy("citizen")
def mandates(request: Asked) -> HttpResponse:
    """Both directions, what has ended, and the choice for whom to act now; registers are asked what they know."""
    actor = request.actor
    assert actor.party_id is not None
    if request.method == "POST":
        return _act_for(request)
    with acting(SYSTEM):
        party = Party.objects.get(pk=actor.party_id)
        held = identity.refresh(actor, party)
        both = identity.sides(actor.party_id)
        waiting = attested.waiting_of(actor.party_id)
        company = identity.sides(actor.principal) if _leads(request) and actor.principal else None
    context = {
        "held": held,
        "both": both,
        "waiting": waiting,
        "company": company,
        "current": actor.mandate_id,
        "handed_in": cases.handed_in_for_others(actor),
        "names": {one.code: one.title(request.lang) for one in services.catalogue(clock.today())},
    }
    return render(request, "portal/mandates.jinja", context)


@policy("public")
@require_GET
def moved(request: HttpRequest) -> HttpResponse:
    """Where the page stood once: links to it lead on."""
    return HttpResponsePermanentRedirect(reverse("portal:mandates"))


@policy("citizen", level=LEVEL_TO_GIVE)
def give(request: Asked) -> HttpResponse:
    """Empower somebody: who, in what, until when. For oneself, or for the company that one leads."""
    actor = request.actor
    assert actor.principal is not None
    if actor.mandate_id is not None and not _leads(request):
        raise NotAllowed(
            "Ông/bà đang làm thay người khác, nên không ủy quyền tiếp được. Trở về việc của mình rồi ủy quyền.",
            "You are acting for somebody else and cannot empower others. Return to your own matters first.",
        )
    with acting(SYSTEM):
        principal = Party.objects.get(pk=actor.principal)
    offered = services.catalogue(clock.today())
    errors: Errors = []
    if request.method == "POST":
        tried = attempt(lambda: _give(request, principal, {one.code for one in offered}), request.lang)
        if tried.done and tried.value is not None:
            messages.success(request, GIVEN.text(request.lang).format(tried.value.representative.name))
            return see_other("portal:mandates")
        errors = tried.errors
    context = {
        "principal": principal,
        "of_company": principal.kind == PartyKind.ORGANISATION,
        "services": [(one.code, one.title(request.lang), one.code) for one in offered],
        "typed": {name: ask(request, name)[:200] for name in ("number", "name", "scope")},
        "chosen": request.POST.getlist("service"),
        "until": {part: ask(request, f"until-{part}")[:4] for part in ("day", "month", "year")},
        "errors": errors,
        "fault": {place.removeprefix("#"): [said] for said, place in errors},
    }
    return render(request, "portal/give_mandate.jinja", context, status=422 if errors else 200)


@policy("citizen")
def end(request: Asked, mandate: uuid.UUID) -> HttpResponse:
    """End a mandate: given or held, either side may, at once."""
    actor = request.actor
    with acting(SYSTEM):
        found = Mandate.objects.select_related("principal", "representative").filter(uuid=mandate).first()
    if found is None or not {found.principal_id, found.representative_id} & {actor.party_id, actor.principal}:
        raise NotFound()
    if request.method == "POST":
        with acting(SYSTEM):
            identity.revoke(actor, found, ask(request, "because")[:300])
            attested.tell_end(found)
        if request.session.get(MANDATE) == found.pk:
            del request.session[MANDATE]
        messages.success(request, ENDED.text(request.lang))
        return see_other("portal:mandates")
    other = found.principal if found.representative_id == actor.party_id else found.representative
    return render(request, "portal/end_mandate.jinja", {"mandate": found, "other": other})


@policy("citizen")
def object_to(request: Asked, attestation: uuid.UUID) -> HttpResponse:
    """Object to what was entered at a counter, before it comes into force; either side may, with the reason."""
    actor = request.actor
    with acting(SYSTEM):
        rows = Attestation.objects.select_related("principal", "representative")
        found = rows.filter(uuid=attestation, mandate=None, refused_at=None).first()
    if found is None or actor.party_id not in (found.principal_id, found.representative_id):
        raise NotFound()
    errors: Errors = []
    if request.method == "POST":

        def refuse() -> None:
            with acting(SYSTEM):
                attested.refuse(actor, found, ask(request, "because")[:300])

        tried = attempt(refuse, request.lang)
        if tried.done:
            messages.success(request, OBJECTED.text(request.lang))
            return see_other("portal:mandates")
        errors = tried.errors
    context = {"one": found, "errors": errors, "because": ask(request, "because")[:300]}
    return render(request, "portal/object_to_mandate.jinja", context, status=422 if errors else 200)


def _act_for(request: Asked) -> HttpResponse:
    """Act for somebody from now on, or for oneself again."""
    assert request.actor.party_id is not None
    with acting(SYSTEM):
        party = Party.objects.get(pk=request.actor.party_id)
        mandate = identity.choose(request.actor, party, ask(request, "mandate"))
    request.session[MANDATE] = mandate.pk if mandate else None
    said = FOR.text(request.lang).format(mandate.principal.name) if mandate else OWN.text(request.lang)
    messages.success(request, said)
    return see_other("portal:home")


def _leads(request: Asked) -> bool:
    """Whether the person acts as a company's legal representative now."""
    if request.actor.mandate_id is None:
        return False
    with acting(SYSTEM):
        kind = Mandate.objects.filter(pk=request.actor.mandate_id).values_list("kind", flat=True).first()
    return kind == "legal_representative"


def _give(request: Asked, principal: Party, known: set[str]) -> Mandate:
    """Number and name must belong together; which of the two is wrong is not told, nor who exists."""
    chosen = sorted(set(request.POST.getlist("service")) & known)
    scope = ask(request, "scope")
    if scope not in {"some", "all"} or (scope == "some" and not chosen):
        raise UserError(
            "Chọn ít nhất một thủ tục, hoặc chọn tất cả.", "Choose a service, or all of them.", "scope"
        )
    number = ask(request, "number").replace(" ", "")
    if not limits.allow("name_another", str(request.actor.party_id), most=TRIES_AN_HOUR, seconds=3600):
        raise UserError("Ông/bà thử quá nhiều lần. Đợi một giờ.", "Too many tries. Wait an hour.", "number")
    with acting(SYSTEM):
        representative = queries.party_by_number(number) or papers.party_by_paper(papers.sign_in_name(number))
        if (
            representative is None
            or representative.kind != PartyKind.PERSON
            or fold(representative.name) != fold(ask(request, "name"))
        ):
            raise UserError(
                "Số định danh và họ tên không khớp với người nào có tài khoản ở đây. Kiểm tra cả hai.",
                "Number and name fit nobody who has an account here. Check both.",
                "number",
            )
        return identity.give(
            request.actor,
            principal=principal,
            representative=representative,
            kind=identity.GIVEN_BY_PEOPLE[PartyKind(principal.kind)],
            evidence=ONLINE,
            services=chosen if scope == "some" else (),
            until=_day(request),
        )


def _day(request: Asked) -> dt.date | None:
    day, month, year = (ask(request, f"until-{part}") for part in ("day", "month", "year"))
    if not (day or month or year):
        return None
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        raise UserError(
            "Ngày này không có trong lịch. Ví dụ: 31 12 2026.",
            "There is no such day, such as 31 12 2026.",
            "until",
        ) from None
