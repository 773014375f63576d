"""Our side of a sign-in elsewhere: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).

What we asked waits in the session until the browser returns; it is answered once. The provider's word is believed
only when signed (ES256) by one of its keys, for us, now, and in answer to this very question.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from motcua.core.errors import UserError
from motcua.core.identity.sources import IdentitySource, registry

ASKED = "identity_source_request"
ANSWER_WITHIN = 15 * 60  # seconds from leaving to return
LEEWAY = 60  # seconds that two clocks may differ
ACR = {"1": "urn:vn:eid:level:1", "2": "urn:vn:eid:level:2"}
"""Authentication context classes, one for each level of Decree 69/2024/NĐ-CP article 7."""
LEVEL_OF_ACR = {acr: int(level) for level, acr in ACR.items()}


class Cancelled(UserError):
    """The person chose not to go on at the provider."""


class Mistrusted(UserError):
    """The answer is not one to our question, or not the provider's."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "Không xác nhận được kết quả đăng nhập, nên chưa ai được đăng nhập. Bắt đầu đăng nhập lại từ trang này.",
            "The sign-in could not be confirmed, so nobody was signed in. Start again from this page.",
        )
        self.why = why


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for, at which level (1 or 2), and where the person was going."""

    source: str
    subject: str
    personal_number: str
    name: str
    level: int
    wanted: str


def ask(request: HttpRequest, key: str, *, wanted: str, level: int = 2) -> str:
    """Note what we ask and give the URL to send the browser to. Raises Unavailable when the provider is down."""
    source = registry.get(key)
    source.keys()
    verifier = secrets.token_urlsafe(48)
    asked = {
        "source": key,
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": verifier,
        "redirect_uri": callback_url(request, key),
        "wanted": wanted,
        "at": time.time(),
    }
    request.session[ASKED] = asked
    return source.authorize_url(
        {
            "response_type": "code",
            "client_id": source.client_id,
            "redirect_uri": str(asked["redirect_uri"]),
            "scope": "openid profile personal_number",
            "state": str(asked["state"]),
            "nonce": str(asked["nonce"]),
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            "acr_values": ACR[str(level)],
            "ui_locales": str(getattr(request, "lang", "vi")),
        }
    )


def hear(request: HttpRequest, key: str) -> Identity:
    """Read the provider's answer from the query of its redirect.

    Raises Cancelled, Mistrusted, or Unavailable; whichever it is, the question is spent.
    """
    asked = request.session.pop(ASKED, None)
    query = request.GET
    if not asked or asked["source"] != key or time.time() - asked["at"] > ANSWER_WITHIN:
        raise Mistrusted("no question waits for this answer")
    if not constant_time_compare(query.get("state", ""), asked["state"]):
        raise Mistrusted("another state")
    source = registry.get(key)
    if query.get("iss", source.issuer) != source.issuer:
        raise Mistrusted("another issuer")  # RFC 9207 section 2.4
    if query.get("error") in {"access_denied", "interaction_required"}:
        raise Cancelled(
            "Ông/bà chưa đồng ý chia sẻ thông tin, nên chưa đăng nhập. Không có gì được gửi đi.",
            "You did not agree to share, so you are not signed in. Nothing was sent.",
        )
    if "error" in query:
        raise Mistrusted(f"error {query['error']}")
    return _identity(source, key, _redeem(source, query.get("code", ""), asked), asked)


def callback_url(request: HttpRequest, key: str) -> str:
    """Where the provider sends the browser back to; registered there letter by letter.

    A sandbox, whose provider is ourselves, may stand at any port; a real installation has one address.
    """
    path = reverse("identity_source:callback", args=[key])
    return request.build_absolute_uri(path) if settings.MOTCUA_SANDBOX else f"{settings.MOTCUA_SITE}{path}"


def challenge_of(verifier: str) -> str:
    """RFC 7636 section 4.2, method S256."""
    return (
        base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest())
        .rstrip(b"=")
        .decode("ascii")
    )


def _redeem(source: IdentitySource, code: str, asked: Mapping[str, Any]) -> str:
    try:
        answer = source.exchange(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": asked["redirect_uri"],
                "client_id": source.client_id,
                "code_verifier": asked["verifier"],
            }
        )
    except ValueError as refused:
        raise Mistrusted(f"token endpoint: {refused}") from refused
    return str(answer.get("id_token", ""))


def _identity(source: IdentitySource, key: str, id_token: str, asked: Mapping[str, Any]) -> Identity:
    """Check the id_token as OpenID Connect Core 1.0 section 3.1.3.7 asks."""
    expected = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": source.issuer},
        aud={"essential": True, "value": source.client_id},
        nonce={"essential": True, "value": asked["nonce"]},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        acr={"essential": True, "values": list(LEVEL_OF_ACR)},
        personal_number={"essential": True},
    )
    try:
        claims = jwt.decode(id_token, KeySet.import_key_set(source.keys()), algorithms=["ES256"]).claims  # type: ignore[arg-type]
        expected.validate(claims)
    except (JoseError, ValueError) as wrong:
        raise Mistrusted(f"id_token: {wrong}") from wrong
    return Identity(
        source=key,
        subject=claims["sub"],
        personal_number=claims["personal_number"],
        name=claims.get("name", ""),
        level=LEVEL_OF_ACR[claims["acr"]],
        wanted=asked["wanted"],
    )
