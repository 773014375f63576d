"""The tokens themselves: ID token (OpenID Connect Core 1.0 section 2), access token (RFC 9068), userinfo."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from motcua.systems.openid import clients, jose, keys, spent, telling
from motcua.systems.openid.discovery import issuer
from motcua.systems.openid.faults import UNAUTHORISED, OAuthError
from motcua.systems.openid.granting import Issued, standing
from motcua.systems.openid.models import Client, Grant
from motcua.systems.openid.times import ACCESS_TOKEN_LIVES, ID_TOKEN_LIVES, LEEWAY, seconds

ACCESS_ALG = "ES256"
ACCESS_TYPE = "at+jwt"


def answer(issued: Issued) -> dict[str, Any]:
    """The token response (RFC 6749 section 5.1)."""
    access = access_token(issued)
    told: dict[str, Any] = {
        "access_token": access,
        "token_type": "DPoP" if "jkt" in issued.cnf else "Bearer",
        "expires_in": int(ACCESS_TOKEN_LIVES.total_seconds()),
        "scope": " ".join(issued.scopes),
    }
    if issued.refresh_token:
        told["refresh_token"] = issued.refresh_token
    if details := issued.ask.details_for(issued.scopes):
        told["authorization_details"] = details
    if "openid" in issued.scopes:
        told["id_token"] = id_token(issued, access)
    return told


def access_token(issued: Issued) -> str:
    """RFC 9068; who may use it stands in `cnf`, for whom it is in `aud`, for whom somebody acts in `act` (RFC 8693)."""
    present = seconds()
    claims = {
        "iss": issuer(),
        "aud": issued.resource[0] if len(issued.resource) == 1 else issued.resource or issuer(),
        "client_id": issued.client.client_id,
        "iat": present,
        "exp": present + int(ACCESS_TOKEN_LIVES.total_seconds()),
        "jti": secrets.token_urlsafe(16),
        "scope": " ".join(issued.scopes),
        "grant_id": str(issued.grant.uuid),
        **_who(issued.grant),
    }
    if details := issued.ask.details_for(issued.scopes):
        claims["authorization_details"] = details
    if issued.cnf:
        claims["cnf"] = issued.cnf
    held = keys.signing(ACCESS_ALG)
    return jose.sign(held.key, ACCESS_ALG, claims, typ=ACCESS_TYPE)


def for_itself(client: Client, scopes: Sequence[str], cnf: dict[str, str]) -> dict[str, Any]:
    """The token response to an application that speaks for itself (RFC 6749 section 4.4); `sub` is its name."""
    present, lives = seconds(), int(ACCESS_TOKEN_LIVES.total_seconds())
    claims: dict[str, Any] = {
        "iss": issuer(),
        "aud": issuer(),
        "sub": client.client_id,
        "client_id": client.client_id,
        "iat": present,
        "exp": present + lives,
        "jti": secrets.token_urlsafe(16),
        "scope": " ".join(scopes),
    } | ({"cnf": cnf} if cnf else {})
    return {
        "access_token": jose.sign(keys.signing(ACCESS_ALG).key, ACCESS_ALG, claims, typ=ACCESS_TYPE),
        "token_type": "DPoP" if "jkt" in cnf else "Bearer",
        "expires_in": lives,
        "scope": " ".join(scopes),
    }


def id_token(issued: Issued, access: str) -> str:
    """For the application that asked; by the algorithm it registered."""
    alg = str(issued.client.metadata.get("id_token_signed_response_alg", "ES256"))
    present = seconds()
    asked = issued.ask.id_token_claims
    known = telling.facts(_holder(issued.grant)) if set(asked) - {"sub", "acr"} else {}
    claims = {
        **telling.by_name(known, asked, issued.scopes),
        "iss": issuer(),
        "aud": issued.client.client_id,
        "iat": present,
        "exp": present + int(ID_TOKEN_LIVES.total_seconds()),
        "sid": issued.grant.sid,
        "at_hash": jose.b64(jose.unb64(jose.digest(access))[:16]),
        **_who(issued.grant),
    }
    if issued.ask.nonce:
        claims["nonce"] = issued.ask.nonce
    if alg == "none":
        return jose.unsigned(claims)
    return jose.sign(keys.signing(alg).key, alg, claims)


def verify_access_token(token: str, audience: str | None = None) -> dict[str, Any]:
    """The claims of an access token of ours that has not run out, meant for `audience` (default: ourselves).

    By signature and dates alone, as a resource server does it; OAuthError `invalid_token`.
    """
    try:
        head = jose.header_of(token)
        held = keys.by_id(str(head.get("kid")))
        if head.get("typ") != ACCESS_TYPE or held is None or held.alg != ACCESS_ALG:
            raise jose.BadToken("not an access token of ours")
        claims = jose.verify(token, held.public, (ACCESS_ALG,))
    except jose.BadToken as wrong:
        raise _not_valid(str(wrong)) from wrong
    if claims.get("iss") != issuer() or not seconds() - LEEWAY < claims.get("exp", 0):
        raise _not_valid("it has run out")
    meant = claims.get("aud")
    wanted = {audience} if audience else {issuer(), settings.MOTCUA_SITE}
    if audience != "*" and not wanted & set(meant if isinstance(meant, list) else [meant]):
        raise _not_valid("it is meant for another")
    return claims


def application_of(claims: dict[str, Any]) -> Client | None:
    """The application that such a token speaks for, when it may still speak: active, and the token not taken back."""
    if "grant_id" in claims or claims.get("sub") != claims.get("client_id"):
        return None
    client = clients.find(str(claims["client_id"]))
    taken_back = spent.is_spent("access token", [str(claims.get("jti", ""))])
    return client if client and clients.is_active(client) and not taken_back else None


def grant_of(claims: dict[str, Any]) -> Grant | None:
    """The grant an access token came of, when both still stand."""
    return standing("uuid", claims.get("grant_id"), str(claims.get("jti", "")))


def userinfo(claims: dict[str, Any]) -> dict[str, Any]:
    """What the application may know (OpenID Connect Core 1.0 section 5.3). OAuthError when nothing any more."""
    grant = grant_of(claims)
    scopes = str(claims.get("scope", "")).split()
    if grant is None:
        raise _not_valid("it was revoked")
    if "openid" not in scopes:
        raise OAuthError("insufficient_scope", "the scope openid is needed", status=403)
    known = telling.facts(_holder(grant))
    asked = grant.ask.get("userinfo_claims", {})
    told = telling.by_scope(known, scopes) | telling.by_name(known, asked, scopes) | {"sub": grant.sub}
    return told | ({"act": {"sub": grant.actor_sub}} if grant.actor_sub else {})


def signed_userinfo(client: Client, told: dict[str, Any]) -> str | None:
    """The same as a JWT, for who registered an algorithm for it (section 5.3.2)."""
    alg = client.metadata.get("userinfo_signed_response_alg")
    if not alg:
        return None
    claims = {**told, "iss": issuer(), "aud": client.client_id, "iat": seconds()}
    return jose.sign(keys.signing(alg).key, alg, claims)


def introspection(asking: Client, token: str) -> dict[str, Any]:
    """RFC 7662 section 2.2: told to the application it was issued to, and to the resources it is meant for."""
    try:
        claims = verify_access_token(token, "*")
    except OAuthError:
        return {"active": False}
    meant = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    may_ask = claims["client_id"] == asking.client_id or set(meant) & set(asking.metadata.get("resource", []))
    if not may_ask or not (grant_of(claims) or application_of(claims)):
        return {"active": False}
    kind = "DPoP" if "jkt" in claims.get("cnf", {}) else "Bearer"
    return {
        "active": True,
        "token_type": kind,
        **{name: one for name, one in claims.items() if name != "grant_id"},
    }


def _who(grant: Grant) -> dict[str, Any]:
    """Whom the token speaks of. The level of identity (`acr`) and of the authenticator (`aal`) stand apart."""
    acr = telling.acr_of(grant.level)
    told = {
        "sub": grant.sub,
        "auth_time": int(grant.auth_time.timestamp()),
        "amr": grant.amr,
        "aal": telling.aal_of(grant.amr),
    }
    if acr:
        told["acr"] = acr
    if grant.actor_sub:
        of_actor = telling.acr_of(grant.actor_level)
        told["act"] = {"sub": grant.actor_sub} | ({"acr": of_actor} if of_actor else {})
    return told


def _holder(grant: Grant) -> str:
    return telling.holder_of_sub(grant.sub) or "party:0"


def _not_valid(why: str) -> OAuthError:
    return OAuthError("invalid_token", why, status=UNAUTHORISED)
