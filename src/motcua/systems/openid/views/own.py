"""What a person has allowed to which application, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from motcua.core.errors import NotFound, say
from motcua.core.identity.access import ACCOUNT, policy
from motcua.core.identity.views import see_other
from motcua.systems.openid import clients, consents, telling
from motcua.systems.openid.models import Client
from motcua.systems.openid.views import as_the_provider


@policy(ACCOUNT)
@never_cache
@require_GET
@as_the_provider
def applications(request: HttpRequest) -> HttpResponse:
    """Every application the account has signed in to, with what it may know and when it was used."""
    lang: str = request.lang  # type: ignore[attr-defined]
    allowed = consents.of_account(_account_id(request))
    scopes = {consent.scope for one in allowed for consent in one.consents}
    context = {
        "applications": allowed,
        "words": {scope: text.text(lang) for scope, text in telling.shown(scopes).items()},
        "acr": telling.acr_of,
    }
    return render(request, "openid/applications.jinja", context)


@policy(ACCOUNT)
@never_cache
@require_GET
@as_the_provider
def leave(request: HttpRequest, client_id: str) -> HttpResponse:
    """Are you sure?"""
    context = {"client": _used(request, client_id)}
    return render(request, "openid/leave.jinja", context)


@policy(ACCOUNT)
@require_POST
@as_the_provider
def take_back(request: HttpRequest, client_id: str) -> HttpResponse:
    """One purpose (`scope`), or all of them."""
    client = _used(request, client_id)
    scope = request.POST.get("scope", "")
    actor = request.actor  # type: ignore[attr-defined]
    consents.take_back(actor, _account_id(request), client, [scope] if scope else None)
    said = say(
        f"Đã thu hồi. {client.name} không xem được thông tin này nữa.",
        f"Taken back. {client.name} cannot see this any more.",
    )
    messages.success(request, said.text(request.lang))  # type: ignore[attr-defined]
    return see_other(reverse("openid:applications"))


def _used(request: HttpRequest, client_id: str) -> Client:
    client = clients.find(client_id)
    known = [one.client.pk for one in consents.of_account(_account_id(request))]
    if client is None or client.pk not in known:
        raise NotFound()
    return client


def _account_id(request: HttpRequest) -> int:
    return int(request.account.pk)  # type: ignore[attr-defined]
