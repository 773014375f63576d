"""The API's one door: `csc/v1/…` and `csc/v2/…`, JSON by POST."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from asn1crypto import tsp
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from motcua.core.bearers import bearer_of, token_of
from motcua.core.documents import trust
from motcua.core.errors import Unavailable, UserError
from motcua.core.identity.access import policy
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.authority.csc import authorizing, credentials, tokens
from motcua.systems.authority.csc.errors import ApiError, invalid

VERSIONS = {"v1": "1.0.4.0", "v2": "2.0.0.2"}
SIGNING = frozenset({tokens.CREDENTIAL})
ANY = frozenset({tokens.CREDENTIAL, tokens.SERVICE})
NEEDS_CREDENTIAL = frozenset({"credentials/extendTransaction", "signatures/signHash"})
"""`service` opens everything up to the authorization of a signature (section 8.3.2); signing takes `credential`."""
MOST_LOGINS = 5
LOGINS_KEPT = 300  # seconds


@csrf_exempt
@policy("public")
@require_POST
def call(request: HttpRequest, version: str, method: str) -> HttpResponse:
    """One call: the method's answer, or the API's error."""
    try:
        if version not in VERSIONS:
            raise ApiError("invalid_request", f"There is no version {version}", 404)
        with acting(SYSTEM):
            answer = _answer(request, version, method)
    except ApiError as fault:
        return _told(fault)
    except Unavailable as fault:
        return _told(ApiError("temporarily_unavailable", fault.text("en"), 503))
    except UserError as fault:
        return _told(invalid(fault.text("en")))
    return JsonResponse(answer) if answer is not None else HttpResponse(status=204)


def _told(fault: ApiError) -> HttpResponse:
    said = {"error": fault.code, "error_description": fault.description}
    response = JsonResponse(said, status=fault.status)
    if fault.status == 401:
        response["WWW-Authenticate"] = f'Bearer error="{fault.code}"'
    return response


def _answer(request: HttpRequest, version: str, method: str) -> dict[str, Any] | None:
    asked = _asked(request)
    if method == "info":
        return _info(asked, version)
    if method == "auth/login" and settings.MOTCUA_CSC_PASSWORD:
        return _login(request)
    account = _account(request, SIGNING if method in NEEDS_CREDENTIAL else ANY)
    if method == "auth/revoke":
        tokens.revoke(str(asked.get("token") or token_of(request)))
        return None
    methods: dict[str, Callable[[], dict[str, Any]]] = {
        "credentials/list": lambda: _list(account, asked, version),
        "credentials/info": lambda: credentials.described(
            account, credentials.one(account, asked.get("credentialID")), asked, version
        ),
        "credentials/authorize": lambda: authorizing.authorize(account, asked, version),
        "credentials/extendTransaction": lambda: authorizing.extend(account, asked, version),
        "credentials/sendOTP": lambda: authorizing.send_code(account, asked),
        "credentials/getChallenge": lambda: authorizing.challenge(account, asked),
        "signatures/signHash": lambda: authorizing.sign_digests(account, asked, version),
        "signatures/timestamp": lambda: _timestamp(asked),
    }
    if method not in methods:
        raise ApiError("invalid_request", f"There is no method {method}", 404)
    return methods[method]()


def _asked(request: HttpRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise invalid("The body is not JSON") from None
    if not isinstance(found, dict):
        raise invalid("The body is not a JSON object")
    return found


def _info(asked: dict[str, Any], version: str) -> dict[str, Any]:
    site = settings.MOTCUA_SITE
    methods = ["auth/login"] if settings.MOTCUA_CSC_PASSWORD else []
    methods += ["auth/revoke", "credentials/list", "credentials/info", "credentials/authorize"]
    methods += ["credentials/extendTransaction", "signatures/signHash", "signatures/timestamp"]
    methods += ["credentials/getChallenge" if version == "v2" else "credentials/sendOTP"]
    facts: dict[str, Any] = {
        "specs": VERSIONS[version],
        "name": f"Motcua · {settings.MOTCUA_AUTHORITY}",
        "logo": f"{site}/favicon.ico",
        "region": "VN",
        "lang": "en-US" if str(asked.get("lang", "")).startswith("en") else "vi-VN",
        "description": "Dịch vụ ký số từ xa của cán bộ, cơ quan",
        "authType": ["external", *(["basic"] if settings.MOTCUA_CSC_PASSWORD else [])],
        "methods": methods,
    }
    if version == "v2":
        facts["authType"] = ["oauth2code", *facts["authType"]]
        facts["oauth2Issuer"] = f"{site}/oidc"
        facts["signAlgorithms"] = {"algos": [credentials.RSA_SHA256, credentials.ECDSA_SHA256]}
        facts["signature_formats"] = {"formats": []}
        facts["validationInfo"] = False
    return facts


def _login(request: HttpRequest) -> dict[str, Any]:
    """`auth/login`: HTTP basic. It opens the list of one's keys; signing takes the second factor each time."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        raise ApiError("invalid_request", "Basic authorization is needed", 401)
    try:
        username, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError("authentication_error", "The authorization cannot be read", 401) from None
    mistakes = f"authority.login.{tokens.hashed(username)}"
    cache.add(mistakes, 0, LOGINS_KEPT)
    if int(cache.get(mistakes, 0)) >= MOST_LOGINS:
        raise ApiError("authentication_error", "Too many attempts: wait five minutes", 429)
    account = authenticate(request, username=username, password=password)
    if not isinstance(account, Account) or not account.is_active:
        cache.incr(mistakes)
        raise ApiError("authentication_error", "Name or password is wrong", 401)
    cache.delete(mistakes)
    lasts = int(tokens.LASTS.total_seconds())
    return {"access_token": tokens.issue(account.pk), "token_type": "Bearer", "expires_in": lasts}


def _account(request: HttpRequest, wanted: frozenset[str]) -> Account:
    """The account for which the shown token speaks: ours, or one of another issuer that is registered."""
    if not token_of(request):
        raise ApiError("invalid_request", "A bearer token is needed", 401)
    found = bearer_of(request)
    account = Account.objects.filter(pk=found.account_id, is_active=True).first() if found else None
    if found is None or account is None:
        raise ApiError(
            "invalid_token", "The token is unknown, ended, revoked, or not shown by its owner", 401
        )
    if found.scopes and not found.scopes & wanted:
        raise ApiError("insufficient_scope", f"The token lacks the scope {' or '.join(sorted(wanted))}", 403)
    return account


def _list(account: Account, asked: dict[str, Any], version: str) -> dict[str, Any]:
    keys = credentials.of_account(account, only_valid=bool(asked.get("onlyValid")))
    answer: dict[str, Any] = {"credentialIDs": [key.key_id for key in keys]}
    if version == "v2" and asked.get("credentialInfo"):
        answer["credentialInfos"] = [
            {"credentialID": key.key_id, **credentials.described(account, key, asked, version)}
            for key in keys
        ]
    if version == "v2":
        answer["onlyValid"] = bool(asked.get("onlyValid"))
    return answer


def _timestamp(asked: dict[str, Any]) -> dict[str, Any]:
    """`signatures/timestamp`: a token (RFC 3161) for one digest."""
    text = asked.get("hash")
    (digest,) = authorizing.digests_in(
        {"hash": [text], "hashAlgo": asked.get("hashAlgo") or credentials.SHA256}, "v1"
    )
    wanted: dict[str, Any] = {
        "version": "v1",
        "message_imprint": {
            "hash_algorithm": {"algorithm": "sha256"},
            "hashed_message": base64.b64decode(digest),
        },
        "cert_req": True,
    }
    if asked.get("nonce"):
        try:
            wanted["nonce"] = int(str(asked["nonce"]), 16)
        except ValueError:
            raise invalid("Invalid parameter nonce: hexadecimal digits") from None
    response = trust.house().time_stamping.respond(tsp.TimeStampReq(wanted).dump())
    token = tsp.TimeStampResp.load(response)["time_stamp_token"].dump()
    return {"timestamp": base64.b64encode(token).decode("ascii")}
