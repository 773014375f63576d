"""Signing out at the wish of an application (RP-Initiated Logout 1.0)."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core.identity.access import PUBLIC, policy
from motcua.core.identity.sessions import forget_companions
from motcua.systems.openid import asking, clients, granting, signing_out
from motcua.systems.openid.discovery import issuer
from motcua.systems.openid.models import Client
from motcua.systems.openid.views import as_the_provider, passing

BAD_REQUEST = 400
RETURN = "openid_return"


@csrf_exempt
@policy(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
@as_the_provider
def end_session(request: HttpRequest) -> HttpResponse:
    """Sign out at once when the application names this very session by an ID token; else ask the person first."""
    said = (request.POST if request.method == "POST" else request.GET).dict()
    hint = asking.own_id_token(said["id_token_hint"], issuer()) if said.get("id_token_hint") else {}
    client = clients.find(str((hint or {}).get("aud", said.get("client_id", ""))))
    uri, state = said.get("post_logout_redirect_uri", ""), said.get("state", "")
    named = said.get("client_id", client.client_id if client else "")
    if hint is None or (client and named != client.client_id):
        return render(request, "openid/bad_request.jinja", {"wrong": None}, status=BAD_REQUEST)
    if uri and not signing_out.may_return_to(client, uri):
        return render(request, "openid/bad_request.jinja", {"wrong": None}, status=BAD_REQUEST)
    back = passing.with_query(uri, {"state": state} if state else {}) if uri else ""
    if request.account is None:  # type: ignore[attr-defined]
        return _signed_out(request, client, back, after_a_page=False)
    sitting = request.session.get(signing_out.SITTING, "")
    if hint and client and hint.get("sid") == granting.sid_of(sitting, client):
        get_adapter().logout(request)
        return _signed_out(request, client, back, after_a_page=False)
    request.session[RETURN] = {"client": client.client_id if client else "", "back": back}
    return render(request, "openid/sign_out.jinja", {"client": client, "action": reverse("openid:sign_out")})


@policy(PUBLIC)
@csrf_protect
@never_cache
@require_POST
@as_the_provider
def sign_out(request: HttpRequest) -> HttpResponse:
    """The person said yes."""
    kept = request.session.get(RETURN) or {"client": "", "back": ""}
    client = clients.find(kept["client"])
    if request.account is not None:  # type: ignore[attr-defined]
        get_adapter().logout(request)
    return _signed_out(request, client, kept["back"], after_a_page=True)


def _signed_out(
    request: HttpRequest, client: Client | None, back: str, *, after_a_page: bool
) -> HttpResponse:
    if client is not None and back:
        response = passing.send(request, client.name, back, after_a_page=after_a_page)
    else:
        response = render(request, "openid/signed_out.jinja", {"client": client})
    forget_companions(response)
    return response


@policy(PUBLIC)
@require_GET
@cache_control(public=True, max_age=3600)
def check_session(request: HttpRequest) -> HttpResponse:
    """The frame that applications' pages hold (Session Management 1.0 section 3.2); it shows and does nothing."""
    response = render(request, "openid/check_session.jinja")
    anywhere = "*" if settings.MOTCUA_SANDBOX else "https:"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {anywhere}"
    )
    return response
