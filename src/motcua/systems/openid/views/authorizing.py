"""The authorization endpoint, and the pages between it and the answer."""

from __future__ import annotations

import secrets
import uuid as uuids
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from motcua.core.identity import sources
from motcua.core.identity.access import PUBLIC, policy
from motcua.core.identity.models import Session
from motcua.systems.openid import (
    asking,
    clients,
    consents,
    flow,
    granting,
    house,
    jose,
    limits,
    session_state,
    signing_out,
    telling,
)
from motcua.systems.openid.asking import Ask
from motcua.systems.openid.discovery import issuer
from motcua.systems.openid.faults import CannotRedirect, OAuthError
from motcua.systems.openid.flow import Step, Visitor
from motcua.systems.openid.models import AuthorizationRequest, Client
from motcua.systems.openid.pushing import PUSHED
from motcua.systems.openid.times import REQUEST_LIVES, now
from motcua.systems.openid.views import as_the_provider, passing

BROWSER = "oidc_trinh_duyet"
LANGUAGE = "ngon_ngu"
LOGIN_HINT = "login_hint"
"""Where the form of signing in finds the name that the application expects; "" when it named nobody."""
BAD_REQUEST = 400


@csrf_exempt
@policy(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
@as_the_provider
def authorize(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Core 1.0 section 3.1.2.1. What is not in order goes back to the application, when it is known."""
    raw = dict((request.POST if request.method == "POST" else request.GET).lists())
    try:
        if request.account is None:  # type: ignore[attr-defined]
            limits.failed(request, "request")
        row, client, ask = _take(raw)
    except _ToClient as wrong:
        return wrong.answer(request)
    except OAuthError as wrong:
        return _stay(request, wrong)
    if request.method == "POST":  # the cookie of the session does not travel with a form of another site
        return _hold(request, row, HttpResponseRedirect(_place(row)), ask, see_other=True)
    return _go(request, row, client, ask)


@policy(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
@as_the_provider
def go_on(request: HttpRequest, uuid: uuids.UUID) -> HttpResponse:
    """A request on its way: what the person has to do next, or what they have just done."""
    row = AuthorizationRequest.objects.select_related("client").filter(uuid=uuid).first()
    held = jose.digest(request.COOKIES.get(BROWSER, ""))
    if row is None or row.browser_digest != held or row.answered_at or row.expires_at <= now():
        return render(request, "openid/too_late.jinja", status=BAD_REQUEST)
    ask = Ask(**row.ask)
    if request.method == "POST":
        return _act(request, row, row.client, ask)
    return _go(request, row, row.client, ask)


class _ToClient(Exception):
    """A refusal that the application is told by redirect."""

    def __init__(self, why: OAuthError, client: Client, said: Mapping[str, str]) -> None:
        self.why, self.client = why, client
        self.uri, self.state = said["redirect_uri"], said.get("state", "")
        mode = said.get("response_mode", "query")
        self.mode = mode if mode in asking.RESPONSE_MODES else "query"

    def answer(self, request: HttpRequest) -> HttpResponse:
        after = request.method == "POST"
        return passing.answer(
            request, self.client.name, self.uri, self.mode, self.state, self.why.as_dict(), after_a_page=after
        )


def _take(raw: Mapping[str, Sequence[str]]) -> tuple[AuthorizationRequest, Client, Ask]:
    try:
        said = asking.single(raw)
    except OAuthError as wrong:
        raise CannotRedirect(wrong.code, wrong.description) from wrong
    client = clients.find(said.get("client_id", ""))
    if client is None or not clients.is_active(client):
        raise CannotRedirect("invalid_client", "client_id is not known")
    if said.get("request_uri", "").startswith(PUSHED):
        return _pushed(client, said["request_uri"])
    outside = said
    try:
        said, resources = read_parameters(client, said, raw.get("resource", ()))
        asking.redirect_uri_of(client, said)
        ask = _ask_openly(client, said, resources, signed="request" in outside)
    except CannotRedirect:
        raise
    except OAuthError as wrong:
        known = said.get("redirect_uri") or outside.get("redirect_uri", "")
        asking.redirect_uri_of(client, {"redirect_uri": known})
        raise _ToClient(wrong, client, {**said, "redirect_uri": known}) from wrong
    row = AuthorizationRequest.objects.create(
        client=client, ask=ask.as_json(), made_at=now(), expires_at=now() + REQUEST_LIVES
    )
    return row, client, ask


def read_parameters(
    client: Client, said: dict[str, str], resources: Sequence[str]
) -> tuple[dict[str, str], Sequence[str]]:
    """The parameters that count: those of the request object when there is one."""
    if "request" not in said:
        return said, resources
    inside = asking.open_object(client, said, issuer=issuer())
    return inside, [inside["resource"]] if "resource" in inside else []


def _ask_openly(client: Client, said: dict[str, str], resources: Sequence[str], *, signed: bool) -> Ask:
    if clients.needs_par(client):
        raise OAuthError("invalid_request", "this client pushes its requests (RFC 9126)")
    if client.metadata.get("require_signed_request_object") and not signed:
        raise OAuthError("invalid_request", "this client signs its requests (RFC 9101)")
    return asking.read(client, said, resources, issuer=issuer())


def _pushed(client: Client, uri: str) -> tuple[AuthorizationRequest, Client, Ask]:
    """A pushed request may be opened again until it is answered; its time begins to count anew when it is opened."""
    digest = jose.digest(uri.removeprefix(PUSHED))
    row = AuthorizationRequest.objects.filter(uri_digest=digest, client=client, answered_at=None).first()
    if row is None or row.expires_at <= now():
        raise CannotRedirect(
            "invalid_request_uri", "request_uri has lapsed, was used, or is another client's"
        )
    if not row.browser_digest:
        row.made_at = now()
    return row, client, Ask(**row.ask)


def _go(request: HttpRequest, row: AuthorizationRequest, client: Client, ask: Ask) -> HttpResponse:
    visitor = _visitor(request, ask)
    try:
        step = flow.next_step(row, ask, client, visitor)
        if step is Step.DONE:
            return _answer(request, row, client, ask, visitor)
    except OAuthError as wrong:
        return _refuse(request, row, client, ask, wrong)
    if step in (Step.SIGN_IN, Step.SECOND_FACTOR, Step.PROVE_AGAIN):
        where = _elsewhere(request, row, step)
        if where is None:
            return _refuse(
                request, row, client, ask, OAuthError("login_required", "the person cannot prove it again")
            )
        return _hold(request, row, HttpResponseRedirect(where), ask)
    if request.path != _place(row):
        return _hold(request, row, HttpResponseRedirect(_place(row)), ask)
    context = _shown(step, row, client, ask, visitor, request)
    return _hold(request, row, render(request, f"openid/{step}.jinja", context), ask)


def _act(request: HttpRequest, row: AuthorizationRequest, client: Client, ask: Ask) -> HttpResponse:
    """A button was pressed; what may be pressed depends on the step the request stands at."""
    act, visitor = request.POST.get("act", ""), _visitor(request, ask)
    if act == "decline":
        return _refuse(request, row, client, ask, OAuthError("access_denied", "the person declined"))
    if act == "other_account":
        logout(request)
        return _hold(
            request,
            row,
            HttpResponseRedirect(_elsewhere(request, row, Step.SIGN_IN) or "/"),
            ask,
            see_other=True,
        )
    try:
        step = flow.next_step(row, ask, client, visitor)
    except OAuthError as wrong:
        return _refuse(request, row, client, ask, wrong)
    if act == "same_account" and step is Step.CHOOSE:
        row.settled.append("account")
    elif act == "keep_level" and step is Step.STEP_UP:
        row.settled.append("level")
    elif act == "agree" and step is Step.CONSENT:
        scopes = _agreed(request, ask, client)
        consents.give(visitor.actor, visitor.actor.account_id or 0, client, scopes)
        row.ask["scopes"] = scopes
        row.settled.append("consent")
    row.stopped = True
    row.save(update_fields=["settled", "ask", "stopped"])
    return _go(request, row, client, Ask(**row.ask))


def _agreed(request: HttpRequest, ask: Ask, client: Client) -> list[str]:
    """What stays ticked, and what the application cannot do without."""
    ticked = set(request.POST.getlist("scope"))
    return [scope for scope in ask.scopes if scope in ticked or scope in needed(ask)]


def needed(ask: Ask) -> set[str]:
    """Scopes that hold what the application called essential; the rest a person may leave out."""
    essential = {
        claim
        for asked in (ask.id_token_claims, ask.userinfo_claims)
        for claim, one in asked.items()
        if one and one.get("essential")
    }
    if "openid" not in ask.scopes:  # nothing but the use of an API: without it there is nothing to agree to
        return set(ask.scopes)
    return {"openid"} | {telling.SCOPE_OF[claim] for claim in essential if claim in telling.SCOPE_OF}


def _answer(
    request: HttpRequest, row: AuthorizationRequest, client: Client, ask: Ask, visitor: Visitor
) -> HttpResponse:
    sub, actor_sub = flow.subject(client, visitor)
    assert visitor.actor.account_id is not None
    sitting = signing_out.sitting_of(request.session)
    given = granting.Answer(
        account_id=visitor.actor.account_id,
        sub=sub,
        sitting=sitting,
        authentication=visitor.authentication,
        level=flow.level_told(ask, visitor),
        scopes=ask.scopes,
        mandate_id=visitor.actor.mandate_id,
        actor_sub=actor_sub,
        actor_level=visitor.actor.level,
    )
    code = granting.answer(row, client, given)
    response = passing.answer(
        request,
        client.name,
        ask.redirect_uri,
        ask.response_mode,
        ask.state,
        {"code": code, **session_state.told_of(client, ask.redirect_uri, sitting)},
        after_a_page=row.stopped and not house.is_house(client),  # our pages' policy names our own addresses
    )
    session_state.remember(response, sitting)
    return response


def _refuse(
    request: HttpRequest, row: AuthorizationRequest, client: Client, ask: Ask, wrong: OAuthError
) -> HttpResponse:
    AuthorizationRequest.objects.filter(pk=row.pk).update(answered_at=now())
    after = (row.stopped or request.method == "POST") and not house.is_house(client)
    return passing.answer(
        request,
        client.name,
        ask.redirect_uri,
        ask.response_mode,
        ask.state,
        wrong.as_dict(),
        after_a_page=after,
    )


def _visitor(request: HttpRequest, ask: Ask) -> Visitor:
    actor, account = request.actor, request.account  # type: ignore[attr-defined]
    if account is None:
        return Visitor(actor, None, telling.authentication_of((), 0))
    if ask.oneself:
        actor = replace(actor, principal_id=None, mandate_id=None)
    records = get_authentication_records(request, account)
    began = 0
    if not records:
        at = Session.objects.filter(session_key=request.session.session_key).values_list(
            "created_at", flat=True
        )
        began = int((at.first() or now()).timestamp())
    return Visitor(actor, account, telling.authentication_of(records, began))


def _elsewhere(request: HttpRequest, row: AuthorizationRequest, step: Step) -> str | None:
    """A page of the house that does what is missing, and leads back here; None when nothing can."""
    back = urlencode({"next": _place(row)})
    if step is Step.SIGN_IN:
        request.session[LOGIN_HINT] = row.ask.get("login_hint", "")
        return f"{reverse('account_login')}?{back}"
    if step is Step.SECOND_FACTOR:
        return f"{reverse('mfa_activate_totp')}?{back}"
    methods = get_adapter().get_reauthentication_methods(request.user)
    if request.account.officer_id is not None:  # type: ignore[attr-defined]
        methods = [one for one in methods if str(one["id"]).startswith("mfa_")]  # a new proof is a whole one
    if methods:
        return f"{methods[0]['url']}?{back}"
    return next((offer.href for offer in sources.offered(_place(row), level=1)), None)


def _shown(
    step: Step, row: AuthorizationRequest, client: Client, ask: Ask, visitor: Visitor, request: HttpRequest
) -> dict[str, Any]:
    lang: str = request.lang  # type: ignore[attr-defined]
    context: dict[str, Any] = {"client": client, "action": _place(row), "actor": visitor.actor, "row": row}
    if step is Step.CONSENT:
        must = needed(ask)
        texts = {scope: text.text(lang) for scope, text in telling.shown(ask.scopes).items()}
        purposes = {scope: consents.purpose_of(client, scope) for scope in ask.scopes}
        context["fixed"] = [(texts[one], purposes[one]) for one in ask.scopes if one in must]
        context["chosen"] = [(one, texts[one], purposes[one]) for one in ask.scopes if one not in must]
    if step is Step.STEP_UP:
        methods = get_adapter().get_reauthentication_methods(request.user)
        factors = [one for one in methods if str(one["id"]).startswith("mfa_")]
        context |= {
            "level": min(ask.levels, default=0),
            "sources": sources.offered(_place(row)),
            "factor": f"{factors[0]['url']}?{urlencode({'next': _place(row)})}" if factors else "",
            "essential": bool(ask.essential_acr),
        }
    return context


def _hold(
    request: HttpRequest,
    row: AuthorizationRequest,
    response: HttpResponse,
    ask: Ask,
    *,
    see_other: bool = False,
) -> HttpResponse:
    """Tie the request to this browser until it comes back."""
    browser = request.COOKIES.get(BROWSER) or secrets.token_urlsafe(24)
    AuthorizationRequest.objects.filter(pk=row.pk).update(
        browser_digest=jose.digest(browser),
        made_at=row.made_at,
        expires_at=max(row.expires_at, row.made_at + REQUEST_LIVES),
        stopped=not see_other or row.stopped,
    )
    response.set_cookie(
        BROWSER,
        browser,
        max_age=int(REQUEST_LIVES.total_seconds()),
        path="/oidc/",
        httponly=True,
        samesite="Lax",
        secure=settings.MOTCUA_SECURE,
    )
    wished = next((tag[:2] for tag in ask.ui_locales if tag[:2] in ("vi", "en")), "")
    if wished and LANGUAGE not in request.COOKIES:
        response.set_cookie(LANGUAGE, wished, samesite="Lax", httponly=True)
    if see_other:
        response.status_code = passing.SEE_OTHER
    return response


def _place(row: AuthorizationRequest) -> str:
    return reverse("openid:go_on", args=[row.uuid])


def _stay(request: HttpRequest, wrong: OAuthError) -> HttpResponse:
    return render(request, "openid/bad_request.jinja", {"wrong": wrong}, status=wrong.status)
