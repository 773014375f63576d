"""Signed requests: a detached JWS (RFC 7515 appendix F) over the body, bound to method, address and time.

Header `X-Request-Signature`; protected header `{alg: ES256, kid, iat, jti, htm, htu}`. A body changed on its way, a
request sent again or to another address, or one of five minutes ago is refused.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any

from django.http import HttpRequest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from motcua.core.errors import Conflict, UserError
from motcua.systems.intake.models import Partner, SeenRequest

HEADER = "X-Request-Signature"
TOLERANCE = 300
"""Seconds between the sender's clock and ours."""
REGISTRY = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)


class BadSignature(UserError):
    """Not a genuine request of a known partner; the message says what does not fit."""

    status = 401


def sign(body: bytes, *, method: str, path: str, key: ECKey, partner: str, jti: str | None = None) -> str:
    """The header's value for a request."""
    protected = {
        "alg": "ES256",
        "kid": partner,
        "iat": int(time.time()),
        "jti": jti or secrets.token_urlsafe(16),
        "htm": method,
        "htu": path,
    }
    head, _, signature = jws.serialize_compact(protected, body, key, registry=REGISTRY).split(".")
    return f"{head}..{signature}"


def authenticate(request: HttpRequest) -> Partner:
    """The partner who signed the request. Raises BadSignature, or Conflict for one that came before."""
    value = request.headers.get(HEADER, "")
    head, separator, signature = value.partition("..")
    if not separator:
        raise BadSignature(
            f"Thiếu đầu mục {HEADER} (JWS tách rời).", f"The header {HEADER} (a detached JWS) is missing."
        )
    facts = _protected(head)
    partner = Partner.objects.filter(code=str(facts.get("kid", "")), active=True).first()
    if partner is None:
        raise BadSignature("Hệ thống gửi chưa được đăng ký.", "The sending system is not registered.")
    body = base64.urlsafe_b64encode(request.body).rstrip(b"=").decode()
    try:
        jws.deserialize_compact(
            f"{head}.{body}.{signature}", ECKey.import_key(partner.public_key), registry=REGISTRY
        )
    except (JoseError, ValueError) as wrong:
        raise BadSignature(
            "Chữ ký không khớp với nội dung.", f"The signature does not fit the body: {wrong}."
        ) from wrong
    _check_binding(facts, request)
    _, fresh = SeenRequest.objects.get_or_create(partner=partner, jti=str(facts.get("jti", "")))
    if not fresh:
        raise Conflict(
            "Yêu cầu này đã được gửi trước đó.", "This request came before: give each one its own jti."
        )
    return partner


def _protected(head: str) -> dict[str, Any]:
    try:
        facts = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except ValueError:
        raise BadSignature(
            "Đầu mục chữ ký không đọc được.", "The signature's header cannot be read."
        ) from None
    return facts if isinstance(facts, dict) else {}


def _check_binding(facts: dict[str, Any], request: HttpRequest) -> None:
    if facts.get("htm") != request.method or facts.get("htu") != request.get_full_path():
        raise BadSignature(
            "Chữ ký dành cho địa chỉ hoặc phương thức khác.",
            "The signature is for another address or method.",
        )
    if abs(time.time() - int(facts.get("iat", 0))) > TOLERANCE:
        raise BadSignature(
            "Yêu cầu đã quá 5 phút; kiểm tra đồng hồ máy gửi.",
            "The request is older than five minutes: check the sender's clock.",
        )
