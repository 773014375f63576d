"""The endpoints that applications call themselves."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.identity.access import PUBLIC, policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import enter
from motcua.systems.openid import (
    asking,
    client_auth,
    clients,
    discovery,
    dpop,
    granting,
    jose,
    keys,
    limits,
    presenting,
    pushing,
    registration,
    tokens,
)
from motcua.systems.openid.client_auth import Authenticated
from motcua.systems.openid.faults import UNAUTHORISED, CannotRedirect, OAuthError
from motcua.systems.openid.granting import Bound
from motcua.systems.openid.models import RefreshToken
from motcua.systems.openid.times import PUSHED_LIVES
from motcua.systems.openid.views.authorizing import read_parameters

View = Callable[..., HttpResponse]
CREATED, NO_CONTENT, NOT_ALLOWED = 201, 204, 405
FORM = "application/x-www-form-urlencoded"
MOST = 64 * 1024  # bytes of a registration


def machine(*methods: str, open_to_scripts: bool = False) -> Callable[[View], View]:
    """Public, without a form's token; a refusal is OAuth's JSON. Acts as the system: nobody is signed in here."""

    def declare(view: View) -> View:
        @csrf_exempt
        @policy(PUBLIC)
        @require_http_methods([*methods, "OPTIONS"] if open_to_scripts else list(methods))
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            enter(SYSTEM)
            try:
                response = HttpResponse() if request.method == "OPTIONS" else view(request, *args, **kwargs)
            except OAuthError as wrong:
                response = _refused(request, wrong)
            response.headers["Cache-Control"] = "no-store"
            if open_to_scripts:
                response.headers["Access-Control-Allow-Origin"] = "*"
                response.headers["Access-Control-Allow-Headers"] = "authorization, content-type, dpop"
                response.headers["Access-Control-Expose-Headers"] = "dpop-nonce, www-authenticate"
                response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            return response

        return guarded

    return declare


@machine("POST", open_to_scripts=True)
def par(request: HttpRequest) -> HttpResponse:
    """Pushed authorization requests (RFC 9126)."""
    form, who = _authenticated(request)
    if "request_uri" in form:
        raise OAuthError("invalid_request", "request_uri may not be pushed")
    client = who.client
    signed = "request" in form
    said, resources = read_parameters(client, form, request.POST.getlist("resource"))
    if client.metadata.get("require_signed_request_object") and not signed:
        raise OAuthError("invalid_request", "this client signs its requests (RFC 9101)")
    said = _bind_code(request, client, said)
    try:
        ask = asking.read(client, said, resources, issuer=discovery.issuer())
    except CannotRedirect as wrong:
        raise OAuthError(wrong.code, wrong.description) from wrong
    told = {"request_uri": pushing.push(client, ask), "expires_in": int(PUSHED_LIVES.total_seconds())}
    return _with_nonce(request, JsonResponse(told, status=CREATED))


@machine("POST", open_to_scripts=True)
def token(request: HttpRequest) -> HttpResponse:
    """The token endpoint (RFC 6749 section 3.2)."""
    form, who = _authenticated(request)
    resources = request.POST.getlist("resource")
    grant_type = form.get("grant_type", "")
    if grant_type not in registration.GRANT_TYPES:
        known = "unsupported_grant_type" if grant_type else "invalid_request"
        raise OAuthError(known, f"grant_type is one of {', '.join(registration.GRANT_TYPES)}")
    if grant_type not in who.client.metadata.get("grant_types", ["authorization_code"]):
        raise OAuthError("unauthorized_client", "this client has not registered that grant_type")
    bound = Bound(_proof(request, who.client), who.certificate)
    if grant_type == "client_credentials":
        scopes = granting.scopes_for_itself(who.client, form)
        told = tokens.for_itself(who.client, scopes, bound.cnf(who.client))
        return _with_nonce(request, JsonResponse(told))
    earn = granting.redeem if grant_type == "authorization_code" else granting.refresh
    return _with_nonce(request, JsonResponse(tokens.answer(earn(who.client, form, resources, bound))))


@machine("GET", "POST", open_to_scripts=True)
def userinfo(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Core 1.0 section 5.3."""
    scheme, access = presenting.presented(request)
    claims = tokens.verify_access_token(access)
    presenting.held_by(request, claims, scheme, access)
    told = tokens.userinfo(claims)
    client = clients.find(str(claims["client_id"]))
    signed = tokens.signed_userinfo(client, told) if client else None
    if signed:
        return HttpResponse(signed, content_type="application/jwt")
    return _with_nonce(request, JsonResponse(told))


@machine("POST")
def introspect(request: HttpRequest) -> HttpResponse:
    """RFC 7662; an unknown token and one of somebody else look alike."""
    form, who = _authenticated(request)
    if clients.method_of(who.client) == "none":
        raise OAuthError("invalid_client", "client authentication failed", status=UNAUTHORISED)
    return JsonResponse(tokens.introspection(who.client, form.get("token", "")))


@machine("POST", open_to_scripts=True)
def revoke(request: HttpRequest) -> HttpResponse:
    """RFC 7009: a refresh token takes its family along; the answer is the same whatever was sent."""
    form, who = _authenticated(request)
    if not form.get("token"):
        raise OAuthError("invalid_request", "token is missing")
    found = RefreshToken.objects.filter(digest=jose.digest(form["token"]), grant__client=who.client).first()
    if found:
        granting.revoke_family([found.grant_id], "revoked by the application")
        return HttpResponse()
    try:
        claims = tokens.verify_access_token(form["token"], "*")
    except OAuthError:
        return HttpResponse()
    if claims["client_id"] == who.client.client_id:
        granting.take_back_token(claims["jti"], dt.datetime.fromtimestamp(claims["exp"] + 60, dt.UTC))
    return HttpResponse()


@machine("POST")
def register(request: HttpRequest) -> HttpResponse:
    """RFC 7591; whoever registers waits until an officer has looked."""
    limits.failed(request, "registration")
    told = registration.register(_json(request), _registration_uri())
    return JsonResponse(told, status=CREATED)


@machine("GET", "PUT", "DELETE")
def registered(request: HttpRequest, client_id: str) -> HttpResponse:
    """RFC 7592."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        client = registration.own(client_id, given if scheme.lower() == "bearer" else "")
    except OAuthError:
        limits.failed(request, "access token")
        raise
    if request.method == "DELETE":
        registration.remove(client)
        return HttpResponse(status=NO_CONTENT)
    if request.method == "PUT":
        registration.change(client, _json(request))
    return JsonResponse(registration.describe(client, _registration_uri()))


@policy(PUBLIC)
@require_GET
def jwks(request: HttpRequest) -> HttpResponse:
    enter(SYSTEM)
    return _public(JsonResponse(keys.published()))


@policy(PUBLIC)
@require_GET
def configuration(request: HttpRequest) -> HttpResponse:
    enter(SYSTEM)
    return _public(JsonResponse(discovery.configuration()))


def _authenticated(request: HttpRequest) -> tuple[dict[str, str], Authenticated]:
    if request.content_type != FORM:
        raise OAuthError("invalid_request", f"send {FORM}")
    form = asking.single(dict(request.POST.lists()))
    issuer, endpoint = discovery.issuer(), discovery.url_of(request)
    return form, client_auth.authenticate(request, form, issuer=issuer, endpoint=endpoint)


def _proof(request: HttpRequest, client: Any) -> str:
    """The thumbprint of the DPoP key of a request, "" without one."""
    sent = request.headers.get("DPoP")
    if not sent:
        return ""
    required = bool(client.metadata.get("dpop_nonce_required"))
    return dpop.check(
        sent, method=str(request.method), url=discovery.url_of(request), nonce_required=required
    )


def _bind_code(request: HttpRequest, client: Any, said: dict[str, str]) -> dict[str, str]:
    """A proof beside a pushed request binds the code to its key (RFC 9449 section 10.1)."""
    jkt = _proof(request, client)
    if jkt and said.get("dpop_jkt", jkt) != jkt:
        raise OAuthError("invalid_dpop_proof", "dpop_jkt is of another key than the proof")
    return {**said, "dpop_jkt": jkt} if jkt else said


def _refused(request: HttpRequest, wrong: OAuthError) -> HttpResponse:
    response = JsonResponse(wrong.as_dict(), status=wrong.status)
    if wrong.status == UNAUTHORISED:
        basic = wrong.code == "invalid_client"
        scheme = "Basic" if basic else "DPoP" if request.headers.get("DPoP") else "Bearer"
        said = 'realm="oidc"' if basic else f'error="{wrong.code}", error_description="{wrong.description}"'
        if scheme == "DPoP":
            said += f', algs="{" ".join(jose.ASYMMETRIC)}"'
        response.headers["WWW-Authenticate"] = f"{scheme} {said}"
    if wrong.nonce:
        response.headers["DPoP-Nonce"] = wrong.nonce
    return response


def _with_nonce(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if request.headers.get("DPoP"):
        response.headers["DPoP-Nonce"] = dpop.nonce()
    return response


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        said = json.loads(request.body[:MOST])
    except ValueError as wrong:
        raise OAuthError("invalid_client_metadata", "a JSON object is needed") from wrong
    if not isinstance(said, dict):
        raise OAuthError("invalid_client_metadata", "a JSON object is needed")
    return said


def _registration_uri() -> str:
    return f"{discovery.issuer()}/register"


def _public(response: HttpResponse) -> HttpResponse:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
