"""Oneself: how one is reached, and what the state has prepared."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from motcua.core.errors import NotFound, say
from motcua.core.identity import queries
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services import queries as services
from motcua.systems.portal import actions
from motcua.systems.portal.attempt import Errors, attempt
from motcua.systems.portal.models import Offer, OfferState
from motcua.systems.portal.views.shared import Asked, ask, see_other

SAVED = say("Đã lưu.", "Saved.")
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


@policy("citizen", whole=True)
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
