"""What an application asks: reading authorization requests, plain, signed (RFC 9101) or pushed (RFC 9126)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings

from motcua.core import bearers
from motcua.core.identity.relying_party import LEVEL_OF_ACR
from motcua.systems.openid import clients, jose, keys
from motcua.systems.openid.faults import CannotRedirect, OAuthError
from motcua.systems.openid.models import Client
from motcua.systems.openid.telling import CLAIMS, SCOPES
from motcua.systems.openid.times import LEEWAY, seconds

PROMPTS = {"none", "login", "consent", "select_account"}
RESPONSE_MODES = ("query", "form_post")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
LONGEST = 8000
REPEATABLE = {"resource"}
MOST_DETAILS = 10
OBJECT_LIVES = 60 * 60  # seconds; FAPI 2.0 Message Signing section 5.3.1 gives them an hour
OBJECT_TYPES = (None, "JWT", "oauth-authz-req+jwt")
Raw = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that is in order."""

    redirect_uri: str
    scopes: list[str]
    state: str = ""
    nonce: str = ""
    response_mode: str = "query"
    code_challenge: str = ""
    prompt: list[str] = field(default_factory=list)
    max_age: int | None = None
    acr_values: list[str] = field(default_factory=list)
    essential_acr: list[str] = field(default_factory=list)
    id_token_claims: dict[str, Any] = field(default_factory=dict)
    userinfo_claims: dict[str, Any] = field(default_factory=dict)
    hinted_sub: str = ""
    login_hint: str = ""
    ui_locales: list[str] = field(default_factory=list)
    resource: list[str] = field(default_factory=list)
    dpop_jkt: str = ""
    details: list[dict[str, Any]] = field(default_factory=list)
    """What `authorization_details` asked, each entry with the scope that it amounts to."""
    issuer_state: str = ""
    oneself: bool = False
    """`principal=self`: who sits at the browser is wanted, also while they act for another here."""

    def details_for(self, scopes: Sequence[str]) -> list[dict[str, Any]]:
        """The entries (RFC 9396) that these scopes still cover."""
        return [one["entry"] for one in self.details if one["scope"] in scopes]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def levels(self) -> list[int]:
        """The levels of identity that would do, the strongest wish first."""
        wanted = self.essential_acr or self.acr_values
        return sorted((LEVEL_OF_ACR[acr] for acr in wanted if acr in LEVEL_OF_ACR), reverse=True)


def single(raw: Raw) -> dict[str, str]:
    """Parameters, each once and none empty (RFC 6749 section 3.1). OAuthError names the one that repeats."""
    for name, values in raw.items():
        if len(values) > 1 and name not in REPEATABLE:
            raise OAuthError("invalid_request", f"{name[:40]} is given more than once")
        if any(len(value) > LONGEST or "\x00" in value for value in values):
            raise OAuthError("invalid_request", f"{name[:40]} is too long or no text")
    return {name: values[0] for name, values in raw.items() if values and values[0]}


def redirect_uri_of(client: Client, said: Mapping[str, str]) -> str:
    """The address to answer to, registered letter by letter. CannotRedirect otherwise."""
    uri = said.get("redirect_uri", "")
    if uri not in client.metadata.get("redirect_uris", ()):
        raise CannotRedirect("invalid_request", "redirect_uri is not registered")
    return uri


def read(client: Client, said: Mapping[str, str], resources: Sequence[str], *, issuer: str) -> Ask:
    """The request, checked (OpenID Connect Core 1.0 section 3.1.2.1). OAuthError says what is wrong.

    Unknown parameters and scopes are passed over, as the standards ask.
    """
    redirect_uri = redirect_uri_of(client, said)
    _response(said)
    details = _details(said)
    scopes = _scopes(client, said, [one["scope"] for one in details])
    prompt = said.get("prompt", "").split()
    if not set(prompt) <= PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise OAuthError("invalid_request", "prompt is none alone, or of login, consent, select_account")
    wanted = _claims(said)
    id_token_claims, userinfo_claims = wanted.get("id_token", {}), wanted.get("userinfo", {})
    hinted = _hinted(said, issuer, client)
    asked_sub = (id_token_claims.get("sub") or {}).get("value")
    return Ask(
        redirect_uri=redirect_uri,
        scopes=scopes,
        state=said.get("state", ""),
        nonce=said.get("nonce", ""),
        response_mode=said.get("response_mode", "query"),
        code_challenge=_challenge(client, said),
        prompt=prompt,
        max_age=_max_age(client, said),
        acr_values=said.get("acr_values", "").split(),
        essential_acr=_essential_acr(id_token_claims),
        id_token_claims={name: one for name, one in id_token_claims.items() if name in CLAIMS},
        userinfo_claims={name: one for name, one in userinfo_claims.items() if name in CLAIMS},
        hinted_sub=str(asked_sub or hinted),
        login_hint=said.get("login_hint", "")[:200],
        ui_locales=said.get("ui_locales", "").split()[:5],
        resource=_resources(client, resources),
        dpop_jkt=said.get("dpop_jkt", ""),
        details=[one for one in details if one["scope"] in scopes],
        issuer_state=said.get("issuer_state", "")[:200],
        oneself=said.get("principal") == "self",
    )


def open_object(client: Client, said: Mapping[str, str], *, issuer: str) -> dict[str, str]:
    """The parameters inside a request object; nothing outside it counts (RFC 9101 section 6.3).

    OAuthError `invalid_request_object` when it is not signed by a key of this application, for us, now.
    """
    token = said["request"]
    registered = client.metadata.get("request_object_signing_alg")
    allowed = (registered,) if registered else jose.FAPI if client.fapi else jose.ASYMMETRIC
    try:
        head = jose.header_of(token)
        if head.get("alg") == "none" and registered == "none" and not client.fapi:
            claims = json.loads(jose.unb64(token.split(".")[1]))
        elif head.get("typ") not in OBJECT_TYPES:
            raise jose.BadToken("typ is of another token")
        else:
            signed_by = [alg for alg in allowed if alg in jose.ASYMMETRIC]
            claims = jose.verify_by_set(token, clients.jwks(client, token), signed_by)
            _object_in_order(client, claims, issuer)
    except (jose.BadToken, ValueError, IndexError) as wrong:
        raise _bad_object(str(wrong)) from wrong
    if not isinstance(claims, dict) or "request" in claims or "request_uri" in claims:
        raise _bad_object("request and request_uri may not stand inside")
    if claims.get("client_id", client.client_id) != client.client_id:
        raise _bad_object("client_id is another")
    return {name: _as_text(value) for name, value in claims.items() if value is not None}


def _object_in_order(client: Client, claims: Mapping[str, Any], issuer: str) -> None:
    present, expires, begins = seconds(), claims.get("exp"), claims.get("nbf")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != client.client_id:
        raise _bad_object("iss is not the client")
    if issuer not in named:
        raise _bad_object("aud is not this issuer")
    if client.fapi and (expires is None or begins is None):
        raise _bad_object("exp and nbf are needed")
    for at in (expires, begins):
        if at is not None and not isinstance(at, (int, float)):
            raise _bad_object("exp and nbf are numbers")
    if expires is not None and not present - LEEWAY < expires:
        raise _bad_object("exp is over")
    if begins is not None and not present - OBJECT_LIVES - LEEWAY < begins <= present + LEEWAY:
        raise _bad_object("nbf is not within the last hour")
    if expires is not None and begins is not None and expires > begins + OBJECT_LIVES:
        raise _bad_object("it lives for more than an hour")


def _response(said: Mapping[str, str]) -> None:
    if "response_type" not in said:
        raise OAuthError("invalid_request", "response_type is missing")
    if said["response_type"] != "code":
        raise OAuthError("unsupported_response_type", "response_type is code")
    if said.get("response_mode", "query") not in RESPONSE_MODES:
        raise OAuthError("invalid_request", "response_mode is query or form_post")
    if said.get("request_uri"):
        raise OAuthError("request_uri_not_supported", "push the request instead (RFC 9126)")
    if "registration" in said:
        raise OAuthError("registration_not_supported", "register beforehand")


def _scopes(client: Client, said: Mapping[str, str], more: Sequence[str]) -> list[str]:
    """What it may have of what it asked. Without `openid` something of an API of ours has to be left."""
    asked = {*said.get("scope", "").split(), *more}
    allowed = clients.scopes_of(client)
    of_apis = [scope for scope in bearers.scopes() if scope in asked] if asked - set(SCOPES) else []
    found = [scope for scope in (*SCOPES, *of_apis) if scope in asked and scope in {*allowed, "openid"}]
    if "openid" not in asked and not set(of_apis) & set(found):
        raise OAuthError("invalid_scope", "scope holds openid, or a scope of an API that is registered")
    return found


def _details(said: Mapping[str, str]) -> list[dict[str, Any]]:
    """`authorization_details` (RFC 9396), each entry beside the scope that it amounts to."""
    if "authorization_details" not in said:
        return []
    try:
        entries = json.loads(said["authorization_details"])
        if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_DETAILS:
            raise ValueError(f"a list of 1 to {MOST_DETAILS} entries is needed")
        if not all(isinstance(entry, dict) for entry in entries):
            raise ValueError("each entry is an object")
        read = [bearers.details(entry) for entry in entries]
    except (ValueError, RecursionError) as wrong:
        raise OAuthError("invalid_authorization_details", str(wrong)[:200]) from wrong
    return [{"scope": scope, "entry": entry} for scope, entry in read]


def _challenge(client: Client, said: Mapping[str, str]) -> str:
    challenge = said.get("code_challenge", "")
    if not challenge:
        if clients.needs_pkce(client):
            raise OAuthError("invalid_request", "code_challenge is missing (PKCE, RFC 7636)")
        return ""
    if said.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "code_challenge_method is S256")
    if not CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge is not a SHA-256 in base64url")
    return challenge


def _max_age(client: Client, said: Mapping[str, str]) -> int | None:
    text = said.get("max_age", "")
    if not text:
        registered = client.metadata.get("default_max_age")
        return int(registered) if registered is not None else None
    if not text.isdecimal() or len(text) > 9:
        raise OAuthError("invalid_request", "max_age is a number of seconds")
    return int(text)


def _claims(said: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    if "claims" not in said:
        return {}
    try:
        asked = json.loads(said["claims"])
        found = {place: dict(asked.get(place) or {}) for place in ("id_token", "userinfo")}
    except (ValueError, AttributeError, TypeError) as wrong:
        raise OAuthError("invalid_request", "claims is not the JSON of section 5.5") from wrong
    if not all(
        one is None or isinstance(one, dict) for members in found.values() for one in members.values()
    ):
        raise OAuthError("invalid_request", "claims is not the JSON of section 5.5")
    return found


def _essential_acr(claims: Mapping[str, Any]) -> list[str]:
    asked = claims.get("acr") or {}
    if not asked.get("essential"):
        return []
    values = asked.get("values", [asked["value"]] if "value" in asked else [])
    return [str(value) for value in values] if isinstance(values, list) else []


def _hinted(said: Mapping[str, str], issuer: str, client: Client) -> str:
    """Whom an id_token_hint names; it may be expired, but must be ours and of this application."""
    if "id_token_hint" not in said:
        return ""
    claims = own_id_token(said["id_token_hint"], issuer)
    if claims is None or client.client_id not in (claims.get("aud"), *_list(claims.get("aud"))):
        raise OAuthError("invalid_request", "id_token_hint is not one of ours for this client")
    return str(claims.get("sub", ""))


def own_id_token(token: str, issuer: str) -> dict[str, Any] | None:
    """The claims of an ID token that we signed once, however old; None when we did not."""
    try:
        held = keys.by_id(str(jose.header_of(token).get("kid")))
        claims = jose.verify(token, held.public, [held.alg]) if held else {}
    except jose.BadToken:
        return None
    return claims if claims.get("iss") == issuer and "sid" in claims else None


def _resources(client: Client, asked: Sequence[str]) -> list[str]:
    allowed = [*client.metadata.get("resource", []), settings.MOTCUA_SITE]
    if not set(asked) <= set(allowed):
        raise OAuthError("invalid_target", "resource is not one this client may use")
    return list(asked)


def _list(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _bad_object(why: str) -> OAuthError:
    return OAuthError("invalid_request_object", why)
