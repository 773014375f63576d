"""What the state holds of me: to read, to doubt, to allow and to take back."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.errors import UserError
from motcua.core.identity.access import CITIZEN, policy
from motcua.core.organisations.models import Agency
from motcua.core.registers import access, consent, corrections, queries
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Agreement, Correction, Register
from motcua.systems.registers.views.common import (
    OWN_LOOK,
    SEE_OTHER,
    actor_of,
    lang_of,
    own_number,
    rows_of,
    said_of,
    show,
)


@policy(CITIZEN, whole=True)
@never_cache
@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """Every register whose key is a person, as it stands today; the look is logged like any other."""
    actor, lang, number = actor_of(request), lang_of(request), own_number(request)
    holdings = []
    owners = dict(
        Register.objects.filter(version__gt=0).order_by("slug").values_list("slug", "owner_agency_code")
    )
    names = dict(Agency.objects.filter(code__in=set(owners.values())).values_list("code", "name"))
    for slug, owner in owners.items():
        schema = schemas.of(slug)
        if schema.subjects != ("key",) or not number:
            continue
        found = queries.read(actor, slug, number, purpose=OWN_LOOK, use=access.OWN)
        if found is not None:
            rows = rows_of(schema, found.data, lang)
            name = schema.name.text(lang)
            holdings.append({"schema": schema, "name": name, "rows": rows, "owner": names.get(owner, owner)})
    entries = queries.civil_entries_of(actor, number, purpose=OWN_LOOK) if number else []
    asked = corrections.asked_by(actor.party_id) if actor.party_id else []
    return show(
        request, "mine", holdings=holdings, entries=entries, asked=[_told(one, lang) for one in asked]
    )


@policy(CITIZEN, whole=True)
@never_cache
@require_GET
def consents(request: HttpRequest) -> HttpResponse:
    """What I have allowed, and what I am asked to allow."""
    number = own_number(request)
    given = consent.consents_of(number) if number else []
    standing = {one.agreement.slug for one in given if one.state == "given"}
    asked = Agreement.objects.filter(state="in_force").exclude(slug__in=standing).order_by("slug")
    return show(request, "consents", given=given, asked=list(asked), lang=lang_of(request), titles=_titles)


@policy(CITIZEN, whole=True)
@never_cache
@require_http_methods(["GET", "POST"])
def agree(request: HttpRequest, agreement: str) -> HttpResponse:
    """Read the whole agreement, then agree or leave."""
    row = Agreement.objects.filter(slug=agreement, state="in_force").select_related("register").first()
    number = own_number(request)
    if row is None or not number:
        raise Http404
    fault: UserError | None = None
    if request.method == "POST":
        try:
            consent.give(actor_of(request), number, agreement)
            messages.success(request, "Đã ghi nhận đồng ý. Ông/bà rút lại được bất cứ lúc nào ở trang này.")
            return HttpResponseRedirect(reverse("registers:consents"), status=SEE_OTHER)
        except UserError as refused:
            fault = refused
    return show(
        request, "agree", fault, agreement=row, lang=lang_of(request), fields=_titles(row, lang_of(request))
    )


@policy(CITIZEN, whole=True)
@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, consent: uuid.UUID) -> HttpResponse:
    """Take a consent back: what it means, then the act."""
    from motcua.core.registers import consent as acts

    number = own_number(request)
    row = next((one for one in acts.consents_of(number) if one.uuid == consent), None) if number else None
    if row is None:
        raise Http404
    if request.method == "POST":
        acts.withdraw(actor_of(request), consent, number, request.POST.get("reason", ""))
        messages.success(request, "Đã rút lại. Từ lúc này không ai đọc được dữ liệu theo thỏa thuận đó nữa.")
        return HttpResponseRedirect(reverse("registers:consents"), status=SEE_OTHER)
    return show(request, "withdraw", consent=row, lang=lang_of(request))


@policy(CITIZEN, whole=True)
@never_cache
@require_GET
def signed_copy(request: HttpRequest, consent: uuid.UUID) -> HttpResponse:
    """One's own consent as it was signed, to keep."""
    from motcua.core.registers import consent as acts

    answer = HttpResponse(acts.signed_copy(own_number(request), consent), content_type="application/jose")
    answer["Content-Disposition"] = f'attachment; filename="dong-y-{consent}.jws"'
    return answer


def _titles(agreement: Agreement, lang: str) -> list[str]:
    schema = schemas.of(agreement.register_id)
    return [schema.fields[path].title.text(lang) for path in agreement.fields if path in schema.fields]


def _told(one: Correction, lang: str) -> dict[str, object]:
    field = schemas.of(one.register_id).fields.get(one.path)
    title = field.title.text(lang) if field else one.path
    return {
        "row": one,
        "title": title,
        "should_be": said_of(field, one.should_be, lang),
        "state": one.get_state_display(),
    }
