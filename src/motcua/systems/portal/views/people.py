"""Oneself and those one acts for: contact, mandates, and what the state has prepared."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from motcua.core.errors import NotFound, say
from motcua.core.identity import actions as identity
from motcua.core.identity import queries
from motcua.core.identity.access import policy
from motcua.core.identity.models import Mandate, Party
from motcua.core.identity.sessions import MANDATE
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services import queries as services
from motcua.systems.portal import actions
from motcua.systems.portal.attempt import Errors, attempt
from motcua.systems.portal.models import Offer, OfferState
from motcua.systems.portal.views.shared import Asked, ask, see_other

SAVED = say("Đã lưu.", "Saved.")
ENDED = say("Đã thôi làm thay. Quyền này hết hiệu lực ngay.", "The mandate is ended, at once.")
FOR = say("Từ nay ông/bà làm thay {}.", "You are now acting for {}.")
OWN = say("Ông/bà trở lại làm việc của mình.", "You are back to your own matters.")
DECLINED = say("Đã ghi nhận: ông/bà không nhận.", "Noted: you decline.")


@policy("citizen")
def profile(request: Asked) -> HttpResponse:
    """Phone, e-mail and language; who one is stays with the population database."""
    assert request.actor.party_id is not None
    assert request.account is not None
    with acting(SYSTEM):
        party = queries.party(request.actor.party_id)
    assert party is not None
    typed = {"phone": party.phone, "email": party.email, "language": request.account.language}
    errors: Errors = []
    account = request.account
    if request.method == "POST":
        typed = {name: ask(request, name)[:200] for name in typed}
        tried = attempt(lambda: actions.change_contact(request.actor, account, **typed), request.lang)
        if tried.done:
            messages.success(request, SAVED.text(typed["language"]))
            response = see_other("portal:profile")
            response.set_cookie(
                "ngon_ngu", account.language, max_age=365 * 24 * 3600, samesite="Lax", httponly=True
            )
            return response
        errors = tried.errors
    context = {
        "party": party,
        "typed": typed,
        "errors": errors,
        "acts_for_other": request.actor.mandate_id is not None,
    }
    return render(request, "portal/profile.jinja", context, status=422 if errors else 200)


@policy("citizen")
def mandates(request: Asked) -> HttpResponse:
    """For whom the person may act, and for whom they act now; parents are found in the population database."""
    actor = request.actor
    assert actor.party_id is not None
    if request.method == "POST":
        return _act_for(request)
    with acting(SYSTEM):
        party = Party.objects.get(pk=actor.party_id)
        held = identity.refresh_mandates(actor, party)
        given = list(
            Mandate.objects.filter(principal_id=actor.party_id, revoked_at=None)
            .select_related("representative")
            .order_by("id")
        )
    return render(
        request, "portal/mandates.jinja", {"held": held, "given": given, "current": actor.mandate_id}
    )


def _act_for(request: Asked) -> HttpResponse:
    """Act for somebody from now on, or for oneself again."""
    assert request.actor.party_id is not None
    with acting(SYSTEM):
        party = Party.objects.get(pk=request.actor.party_id)
        mandate = identity.choose_mandate(request.actor, party, ask(request, "mandate"))
    request.session[MANDATE] = mandate.pk if mandate else None
    said = FOR.text(request.lang).format(mandate.principal.name) if mandate else OWN.text(request.lang)
    messages.success(request, said)
    return see_other("portal:home")


@policy("citizen")
def end_mandate(request: Asked, mandate: uuid.UUID) -> HttpResponse:
    """End a mandate: given or held, either side may, at once."""
    with acting(SYSTEM):
        found = Mandate.objects.select_related("principal", "representative").filter(uuid=mandate).first()
    sides = {found.principal_id, found.representative_id} if found else set()
    if found is None or request.actor.party_id not in sides:
        raise NotFound()
    if request.method == "POST":
        with acting(SYSTEM):
            identity.revoke_mandate(request.actor, found)
        if request.session.get(MANDATE) == found.pk:
            del request.session[MANDATE]
        messages.success(request, ENDED.text(request.lang))
        return see_other("portal:mandates")
    other = found.principal if found.representative_id == request.actor.party_id else found.representative
    return render(request, "portal/end_mandate.jinja", {"mandate": found, "other": other})


@policy("citizen")
def offer(request: Asked, offer: uuid.UUID) -> HttpResponse:
    """What the state has prepared, why, and by which rule; to be taken or declined."""
    assert request.actor.principal is not None
    found = Offer.objects.filter(uuid=offer, party_id=request.actor.principal).first()
    if found is None:
        raise NotFound()
    pack = services.pack(found.service_version_id)
    if request.method == "POST":
        accept = ask(request, "answer") == "accept"
        tried = attempt(
            lambda: actions.answer_offer(request.actor, found, accept, request.lang), request.lang
        )
        if tried.done and tried.value is not None:
            return see_other("portal:tasks", tried.value.uuid)
        if tried.done:
            messages.success(request, DECLINED.text(request.lang))
            return see_other("portal:home")
        return render(
            request,
            "portal/offer.jinja",
            {"offer": found, "pack": pack, "errors": tried.errors, "open": True},
            status=422,
        )
    context = {"offer": found, "pack": pack, "errors": [], "open": found.state == OfferState.OFFERED}
    return render(request, "portal/offer.jinja", context)
