"""Our side of a sign-in elsewhere: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).

What we asked waits in the session until the browser returns; it is answered once. The provider's word is believed
only when signed by one of its keys, for us, now, and in answer to this very question (see trust).
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

from motcua.core.errors import UserError
from motcua.core.identity import trust
from motcua.core.identity.sources import ACR, LEVEL_OF_ACR, IdentitySource, registry, rules_of, userinfo

__all__ = [
    "ACR",
    "LEVEL_OF_ACR",
    "Cancelled",
    "Identity",
    "Mistrusted",
    "ask",
    "callback_url",
    "challenge_of",
    "hear",
]
ASKED = "identity_source_request"
ANSWER_WITHIN = 15 * 60  # seconds from leaving to return


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
    """Whom the provider vouches for, and where the person was going.

    `number` is a personal number and `level` 1 or 2; of an organisation it is the tax code, and there is no level.
    """

    source: str
    subject: str
    number: str
    name: str
    level: int
    wanted: str
    is_organisation: bool = False
    session: str = ""
    id_token: str = ""


def ask(request: HttpRequest, key: str, *, wanted: str, level: int = 2, anew: bool = False) -> str:
    """Note what we ask and give the URL to send the browser to. Raises Unavailable when the provider is down.

    `level` is asked for; `anew`, the person proves there again who they are, whoever is still signed in.
    """
    source = registry.get(key)
    source.keys()
    rules, verifier = rules_of(source), secrets.token_urlsafe(48)
    max_age = 0 if anew else rules.max_age
    asked = {
        "source": key,
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": verifier,
        "redirect_uri": callback_url(request, key),
        "wanted": wanted,
        "max_age": max_age,
        "at": time.time(),
    }
    request.session[ASKED] = asked
    question = {
        "response_type": "code",
        "client_id": source.client_id,
        "redirect_uri": str(asked["redirect_uri"]),
        "scope": rules.scope,
        "state": str(asked["state"]),
        "nonce": str(asked["nonce"]),
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "acr_values": rules.acr_of(level),
        "ui_locales": str(getattr(request, "lang", "vi")),
    }
    return source.authorize_url(question if max_age is None else {**question, "max_age": str(max_age)})


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
    named = query.get("iss", "" if rules_of(source).names_issuer else source.issuer)
    if named != source.issuer:
        raise Mistrusted("another issuer")  # RFC 9207 section 2.4
    if query.get("error") in {"access_denied", "interaction_required"}:
        raise Cancelled(
            "Ông/bà chưa đồng ý chia sẻ thông tin, nên chưa đăng nhập. Không có gì được gửi đi.",
            "You did not agree to share, so you are not signed in. Nothing was sent.",
        )
    if "error" in query:
        raise Mistrusted(f"error {query['error'][:80]!r}")
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


def _redeem(source: IdentitySource, code: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return source.exchange(
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


def _identity(
    source: IdentitySource, key: str, answer: Mapping[str, Any], asked: Mapping[str, Any]
) -> Identity:
    id_token, access_token = str(answer.get("id_token", "")), str(answer.get("access_token", ""))
    try:
        claims = trust.check_sign_in(
            source, id_token, nonce=asked["nonce"], max_age=asked.get("max_age"), access_token=access_token
        )
        more = userinfo(source, access_token)
    except ValueError as wrong:
        raise Mistrusted(f"id_token: {wrong}") from wrong
    if not isinstance(claims.get("sub"), str) or more.get("sub", claims["sub"]) != claims["sub"]:
        raise Mistrusted("the subject is missing, or userinfo is of another")  # Core section 5.3.2
    told = {**more, **claims}
    rules = rules_of(source)
    of_organisation = bool(rules.organisation_number and told.get(rules.organisation_number))
    level = 0 if of_organisation else rules.levels.get(str(claims.get("acr")), 0)
    if not of_organisation and level == 0:
        raise Mistrusted(f"acr {claims.get('acr')!r} is worth no level")
    number = told.get(rules.organisation_number if of_organisation else rules.personal_number)
    if not isinstance(number, str) or not number:
        raise Mistrusted("no number is told")
    return Identity(
        source=key,
        subject=claims["sub"],
        number=number,
        name=str(told.get(rules.organisation_name if of_organisation else rules.person_name, "")),
        level=level,
        wanted=asked["wanted"],
        is_organisation=of_organisation,
        session=str(claims.get("sid", "")),
        id_token=id_token,
    )
