"""Our side of a sign-in elsewhere: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).

What we asked waits in the session until the browser returns; it is answered once. The provider's word is believed
only when signed by one of its keys, for us, now, and in answer to this very question (see trust).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from motcua.core.errors import UserError
from motcua.core.identity import front_door, trust
from motcua.core.identity.papers import Paper
from motcua.core.identity.sources import (
    ACR,
    LEVEL_OF_ACR,
    IdentitySource,
    Rules,
    registry,
    rules_of,
    userinfo,
)

__all__ = [
    "ACR",
    "LEVEL_OF_ACR",
    "Cancelled",
    "Identity",
    "Mistrusted",
    "NobodyThere",
    "ask",
    "callback_url",
    "challenge_of",
    "hear",
    "heard_before",
    "note_heard",
]
ASKED = "identity_source_request"
HEARD = "identity_source_answer"
EARLIER = "earlier"
"""Questions of other tabs of the same browser, which wait beside the last one."""
TABS = 5
SEX_OF = {"male": "Nam", "female": "Nữ"}
ANSWER_WITHIN = 30 * 60  # seconds from leaving to return
SILENT = {"login_required", "interaction_required", "consent_required", "account_selection_required"}
"""How a provider says that it would have to show somebody a page (Core section 3.1.2.6)."""


class Cancelled(UserError):
    """The person chose not to go on at the provider."""


class NobodyThere(Exception):
    """Asked without a page, the provider knows nobody; `wanted` is where the person was going."""

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


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

    `number` is a personal number and `level` 0 to 2; of an organisation it is the tax code, of an officer the code of
    the post, and neither has a level. `at` is when they proved it, in seconds since 1970.
    """

    source: str
    subject: str
    number: str
    name: str
    level: int
    wanted: str
    is_organisation: bool = False
    is_officer: bool = False
    paper: Paper | None = None
    """A foreigner's, who has no personal number."""
    session: str = ""
    id_token: str = ""
    at: float = 0.0


def ask(
    request: HttpRequest, key: str, *, wanted: str, level: int = 2, anew: bool = False, silent: bool = False
) -> str:
    """Note what we ask and give the URL to send the browser to. Raises Unavailable when the provider is down.

    `level` is asked for, 0 being content with any; `anew`, the person proves there again who they are, whoever is still
    signed in; `silent`, nobody is shown a page there.
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
        "silent": silent,
        "at": time.time(),
    }
    request.session[ASKED] = {**asked, EARLIER: _waiting(request)[: TABS - 1]}
    question = {
        "response_type": "code",
        "client_id": source.client_id,
        "redirect_uri": str(asked["redirect_uri"]),
        "scope": rules.scope,
        "state": str(asked["state"]),
        "nonce": str(asked["nonce"]),
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "ui_locales": str(getattr(request, "lang", "vi")),
    }
    question |= {"acr_values": rules.acr_of(level)} if level else {}
    question |= {"prompt": "none"} if silent else {}
    return source.authorize_url(question if max_age is None else {**question, "max_age": str(max_age)})


def hear(request: HttpRequest, key: str) -> Identity:
    """Read the provider's answer from the query of its redirect.

    Raises Cancelled, NobodyThere, Mistrusted, or Unavailable; whichever it is, the question is spent.
    """
    query = request.GET
    asked = _question(request, key, query.get("state", ""))
    source = registry.get(key)
    named = query.get("iss", "" if rules_of(source).names_issuer else source.issuer)
    if named != source.issuer:
        raise Mistrusted("another issuer")  # RFC 9207 section 2.4
    if asked.get("silent") and query.get("error") in SILENT:
        raise NobodyThere(asked["wanted"])
    if query.get("error") in {"access_denied", "interaction_required"}:
        raise Cancelled(
            "Ông/bà chưa đồng ý chia sẻ thông tin, nên chưa đăng nhập. Không có gì được gửi đi.",
            "You did not agree to share, so you are not signed in. Nothing was sent.",
        )
    if "error" in query:
        raise Mistrusted(f"error {query['error'][:80]!r}")
    return _identity(source, key, _redeem(source, query.get("code", ""), asked), asked)


def wanted_by(request: HttpRequest) -> str:
    """Where the person of this answer was going; "" for nowhere in particular."""
    state = request.GET.get("state", "")
    return next((str(one["wanted"]) for one in _waiting(request) if one["state"] == state), "")


def note_heard(request: HttpRequest, identity: Identity) -> None:
    """Remember which answer signed this session in."""
    request.session[HEARD] = {"state": request.GET.get("state", ""), "wanted": identity.wanted}


def heard_before(request: HttpRequest) -> str | None:
    """Where the person was going whom this very answer has signed in already: Back was pressed, or a button twice.

    None for any other answer, and for who is not signed in.
    """
    heard = request.session.get(HEARD)
    if not heard or request.account is None:  # type: ignore[attr-defined]
        return None
    same = constant_time_compare(request.GET.get("state", ""), heard["state"])
    return str(heard["wanted"]) if same else None


def callback_url(request: HttpRequest, key: str) -> str:
    """Where the provider sends the browser back to; registered there letter by letter."""
    return f"{front_door.address_of(request)}{reverse('identity_source:callback', args=[key])}"


def challenge_of(verifier: str) -> str:
    """RFC 7636 section 4.2, method S256."""
    return (
        base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest())
        .rstrip(b"=")
        .decode("ascii")
    )


def _waiting(request: HttpRequest) -> list[dict[str, Any]]:
    """The questions that this browser has not brought answers to, the last one first."""
    last = request.session.get(ASKED)
    if not last:
        return []
    return [{name: last[name] for name in last if name != EARLIER}, *last.get(EARLIER, [])]


def _question(request: HttpRequest, key: str, state: str) -> dict[str, Any]:
    """The question to which this is the answer; it waits no more. Raises Mistrusted.

    An answer to none of them was made up or comes twice: then none waits any longer.
    """
    waiting = _waiting(request)
    asked = next((one for one in waiting if constant_time_compare(state, one["state"])), None)
    others = [one for one in waiting if one is not asked] if asked else []
    request.session.pop(ASKED, None)
    if others:
        request.session[ASKED] = {**others[0], EARLIER: others[1:]}
    if asked is None or asked["source"] != key or time.time() - asked["at"] > ANSWER_WITHIN:
        raise Mistrusted("no question waits for this answer")
    return asked


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
    claims, told = _believed(source, answer, asked)
    rules = rules_of(source)
    is_officer = bool(rules.officer_code and told.get(rules.officer_code))
    is_organisation = not is_officer and bool(
        rules.organisation_number and told.get(rules.organisation_number)
    )
    level = 0 if is_officer or is_organisation else rules.levels.get(str(claims.get("acr")), 0)
    if rules.level_needed and level == 0 and not (is_officer or is_organisation):
        raise Mistrusted(f"acr {claims.get('acr')!r} is worth no level")
    if is_officer and "mfa" not in claims.get("amr", ()):
        raise Mistrusted("an officer without a second factor")
    number, paper = _known_by(told, rules, is_officer=is_officer, is_organisation=is_organisation)
    proved_at = claims.get("auth_time")
    return Identity(
        source=key,
        subject=claims["sub"],
        number=number,
        name=str(told.get(rules.organisation_name if is_organisation else rules.person_name, "")),
        level=level,
        wanted=asked["wanted"],
        is_organisation=is_organisation,
        is_officer=is_officer,
        paper=paper,
        session=str(claims.get("sid", "")),
        id_token=str(answer["id_token"]),
        at=min(float(proved_at), time.time()) if isinstance(proved_at, int) else time.time(),
    )


def _believed(
    source: IdentitySource, answer: Mapping[str, Any], asked: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(claims of the ID token, all that is told with userinfo), when they answer this question. Raises Mistrusted."""
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
    return claims, {**more, **claims}


def _known_by(
    told: Mapping[str, Any], rules: Rules, *, is_officer: bool, is_organisation: bool
) -> tuple[str, Paper | None]:
    """The number by which the state knows them, or a foreigner's paper. Raises Mistrusted when neither is told."""
    of_person = rules.officer_code if is_officer else rules.personal_number
    number = told.get(rules.organisation_number if is_organisation else of_person) or ""
    paper = _paper(told, rules) if not number and rules.identity_paper else None
    if not isinstance(number, str) or (rules.number_needed and not number and paper is None):
        raise Mistrusted("no number is told")
    return number, paper


def _paper(told: Mapping[str, Any], rules: Rules) -> Paper | None:
    """The passport or residence card of which the source tells; None where it tells of none."""
    said = told.get(rules.identity_paper)
    if not isinstance(said, dict):
        return None
    try:
        return Paper(
            kind=str(said.get("kind", "")),
            country=str(said.get("country", "")),
            number=str(said.get("number", "")),
            valid_until=_day(said.get("valid_until")),
            name=str(told.get(rules.person_name, "")),
            born=_day(told.get("birthdate")),
            sex=SEX_OF.get(str(told.get("gender", "")), ""),
            nationality=str(told.get("nationality", "")),
        )
    except ValueError as wrong:
        raise Mistrusted(f"identity paper: {wrong}") from wrong


def _day(said: Any) -> dt.date | None:
    return dt.date.fromisoformat(said) if isinstance(said, str) and said else None
