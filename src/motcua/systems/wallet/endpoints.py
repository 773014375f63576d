"""The doors for machines: wallets, and verifiers who read types, keys and status lists."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core import bearers
from motcua.core.errors import NotFound
from motcua.core.identity.access import PUBLIC, policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.wallet import asking, kinds, offers, signed_in, statuses
from motcua.systems.wallet.keys import public_keys, site
from motcua.systems.wallet.models import Offer, Question
from motcua.systems.wallet.offers import Refused

LARGEST = 1024 * 1024
UNAUTHORIZED = 401
View = Callable[..., HttpResponse]


def machine(view: View) -> View:
    """Public and without a session; acts as the system, and says a refusal as OAuth does.

    The refusal is caught inside the transaction: what it counted (a wrong number) stays.
    """

    @policy(PUBLIC)
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with acting(SYSTEM):
            try:
                response = view(request, *args, **kwargs)
            except Refused as wrong:
                told = {"error": wrong.error, "error_description": wrong.description}
                response = JsonResponse(told, status=wrong.status)
                if wrong.status == UNAUTHORIZED:
                    response["WWW-Authenticate"] = f'Bearer error="{wrong.error}"'
            except NotFound:
                response = JsonResponse({"error": "not_found"}, status=404)
        response.headers.setdefault("Cache-Control", "no-store")
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return guarded


def published(view: View) -> View:
    """As `machine`, for what anyone may keep for five minutes."""

    @machine
    @require_GET
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = f"public, max-age={statuses.TTL}"
        return response

    return guarded


@published
def issuer_metadata(request: HttpRequest) -> HttpResponse:
    """`/.well-known/openid-credential-issuer` (OpenID4VCI 1.0 section 12.2)."""
    return JsonResponse(
        {
            "credential_issuer": site(),
            "authorization_servers": [_door(""), *bearers.providers()],
            "credential_endpoint": _door("credential"),
            "nonce_endpoint": _door("nonce"),
            "notification_endpoint": _door("notification"),
            "batch_credential_issuance": {"batch_size": offers.BATCH},
            "display": [{"name": "Motcua", "locale": "vi"}],
            "credential_configurations_supported": {name: _configuration(name) for name in kinds.rules()},
        }
    )


@published
def authorization_server(request: HttpRequest) -> HttpResponse:
    """`/.well-known/oauth-authorization-server/vi-so` (RFC 8414): the server of pre-authorized codes only."""
    return JsonResponse(
        {
            "issuer": _door(""),
            "token_endpoint": _door("token"),
            "grant_types_supported": [offers.GRANT],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["none"],
            "pre-authorized_grant_anonymous_access_supported": True,
        }
    )


@published
def jwt_vc_issuer(request: HttpRequest) -> HttpResponse:
    """`/.well-known/jwt-vc-issuer` (SD-JWT VC section 5)."""
    return JsonResponse({"issuer": site(), "jwks": {"keys": public_keys()}})


@published
def type_(request: HttpRequest, name: str) -> HttpResponse:
    """What a type of credential is called, and its claims."""
    return JsonResponse(kinds.describe(name), json_dumps_params={"ensure_ascii": False})


@published
def status(request: HttpRequest, page: int) -> HttpResponse:
    """A status list token."""
    return HttpResponse(statuses.signed(page), content_type="application/statuslist+jwt")


@machine
@require_GET
def offer_object(request: HttpRequest, offer: uuid.UUID) -> HttpResponse:
    """The offer that a QR leads to."""
    found = Offer.objects.filter(uuid=offer).first()
    if found is None:
        raise NotFound()
    return JsonResponse(offers.offer_object(found), json_dumps_params={"ensure_ascii": False})


@csrf_exempt
@machine
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    return JsonResponse(offers.token(request.POST.dict()))


@csrf_exempt
@machine
@require_POST
def nonce(request: HttpRequest) -> HttpResponse:
    return JsonResponse(offers.nonce())


@csrf_exempt
@machine
@require_POST
def credential(request: HttpRequest) -> HttpResponse:
    body, signed_in_as = body_of(request), bearers.bearer_of(request)
    if signed_in_as is not None:
        offer = signed_in.offer_of(signed_in_as, body)
    else:
        offer = offers.bearer(request.headers.get("Authorization", ""))
    return JsonResponse(offers.credential(offer, body))


@csrf_exempt
@machine
@require_POST
def notification(request: HttpRequest) -> HttpResponse:
    body, signed_in_as = body_of(request), bearers.bearer_of(request)
    if signed_in_as is not None:
        offer = signed_in.offer_named(signed_in_as, body)
    else:
        offer = offers.bearer(request.headers.get("Authorization", ""))
    offers.notify(offer, body)
    return HttpResponse(status=204)


@csrf_exempt
@machine
@require_http_methods(["GET", "POST"])
def request_object(request: HttpRequest, question: uuid.UUID) -> HttpResponse:
    """The signed question (RFC 9101); a wallet that posts may name a nonce of its own."""
    found = _question(question)
    name = asking.asked_by(found)
    text = asking.request_object(found, name, request.POST.get("wallet_nonce", "")[:200])
    return HttpResponse(text, content_type="application/oauth-authz-req+jwt")


@csrf_exempt
@machine
@require_POST
def response(request: HttpRequest, question: uuid.UUID) -> HttpResponse:
    """Where wallets post their answer."""
    asking.receive(_question(question), request.POST.dict())
    return JsonResponse({})


def _question(uuid_: uuid.UUID) -> Question:
    found = Question.objects.select_for_update().filter(uuid=uuid_).first()
    if found is None:
        raise NotFound()
    return found


def body_of(request: HttpRequest) -> Any:
    """The JSON of a request. Raises Refused."""
    try:
        return json.loads(request.body[:LARGEST])
    except (ValueError, RecursionError):
        raise Refused("invalid_credential_request", "the body is no JSON") from None


def _door(name: str) -> str:
    return f"{site()}/vi-so" if not name else f"{site()}{reverse(f'wallet:{name}')}"


def _configuration(name: str) -> dict[str, Any]:
    rule = kinds.rules()[name]
    return {
        "format": kinds.FORMAT,
        "vct": kinds.address_of(name),
        "scope": name,
        "cryptographic_binding_methods_supported": ["jwk"],
        "credential_signing_alg_values_supported": ["ES256"],
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256", "ES384", "EdDSA"]}},
        "credential_metadata": {
            "display": [
                {"name": rule.title.vi, "locale": "vi"},
                {"name": rule.title.en, "locale": "en"},
            ],
            "claims": [
                {
                    "path": list(claim.path),
                    "display": [{"name": text, "locale": lang} for lang, text in claim.names.items()],
                }
                for claim in kinds.claims(rule)
            ],
        },
    }
