"""Demonstrating proof of possession (RFC 9449): the proof is for this request, now, and counts once."""

from __future__ import annotations

import datetime as dt
import hmac
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.utils.crypto import constant_time_compare

from motcua.systems.openid import jose, spent
from motcua.systems.openid.faults import OAuthError
from motcua.systems.openid.times import now, seconds

PROOF_LIVES = 60  # seconds before and after `iat`
NONCE_TURNS = 120  # seconds for which one nonce is given out; the one before is still taken
REMEMBERED = dt.timedelta(seconds=2 * PROOF_LIVES + 10)


def check(
    proof: str,
    *,
    method: str,
    url: str,
    access_token: str = "",
    nonce_required: bool = False,
) -> str:
    """The thumbprint of the key that made the proof (section 4.3).

    OAuthError `invalid_dpop_proof`, or `use_dpop_nonce` with the nonce to use.
    """
    try:
        head = jose.header_of(proof)
        if head.get("typ") != "dpop+jwt":
            raise jose.BadToken("typ is not dpop+jwt")
        claims = jose.verify(proof, jose.public_key(head.get("jwk")), jose.ASYMMETRIC)
    except jose.BadToken as wrong:
        raise _bad(str(wrong)) from wrong
    _for_this_request(claims, method, url, access_token)
    _in_time(claims, nonce_required)
    jkt = jose.thumbprint(head["jwk"])
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti or len(jti) > 512:
        raise _bad("jti is missing")
    if not spent.spend("dpop", (jkt, jti), now() + REMEMBERED):
        raise _bad("this proof was used before")
    return jkt


def nonce(ago: int = 0) -> str:
    """The nonce of this while; needs no storing (section 8)."""
    turn = int(time.time()) // NONCE_TURNS - ago
    return jose.b64(hmac.digest(_nonce_key(settings.SECRET_KEY), str(turn).encode(), "sha256")[:18])


def _for_this_request(claims: dict[str, Any], method: str, url: str, access_token: str) -> None:
    if claims.get("htm") != method:
        raise _bad("htm is another method")
    if not isinstance(claims.get("htu"), str) or _plain(claims["htu"]) != _plain(url):
        raise _bad("htu is another address")
    if access_token and not constant_time_compare(str(claims.get("ath", "")), jose.digest(access_token)):
        raise _bad("ath is not of this access token")


def _in_time(claims: dict[str, Any], nonce_required: bool) -> None:
    present, issued = seconds(), claims.get("iat")
    if not isinstance(issued, (int, float)) or abs(present - issued) > PROOF_LIVES:
        raise _bad("iat is not now")
    ends, begins = claims.get("exp", present + 1), claims.get("nbf", present)
    if not isinstance(ends, (int, float)) or ends <= present:
        raise _bad("exp is over")
    if not isinstance(begins, (int, float)) or begins > present + PROOF_LIVES:
        raise _bad("nbf is not yet")
    given = claims.get("nonce")
    if given is None and not nonce_required:
        return
    if not any(constant_time_compare(str(given), nonce(ago)) for ago in (0, 1)):
        raise OAuthError("use_dpop_nonce", "use the nonce of the DPoP-Nonce header", nonce=nonce())


def _plain(url: str) -> str:
    """An address as RFC 9449 section 4.3 compares it: no query, no default port, no capitals in the host."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    default = {"https": 443, "http": 80}.get(parts.scheme.lower())
    try:
        port = parts.port
    except ValueError:
        return ""
    place = host if port in (None, default) else f"{host}:{port}"
    return urlunsplit((parts.scheme.lower(), place, parts.path, "", ""))


def _bad(why: str) -> OAuthError:
    return OAuthError("invalid_dpop_proof", why)


@lru_cache(maxsize=2)
def _nonce_key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"motcua dpop nonce", "sha256")
