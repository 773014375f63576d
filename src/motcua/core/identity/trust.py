"""What we believe of what identity sources sign: JSON Web Tokens by their published keys, never by a shared secret.

OpenID Connect Core 1.0 section 3.1.3.7 for the sign-in, Back-Channel Logout 1.0 section 2.6 for its end.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from motcua.core import clock
from motcua.core.identity.models import SpentToken
from motcua.core.identity.sources import IdentitySource, fresh_keys, rules_of

LEEWAY = 60  # seconds that two clocks may differ
OLDEST = 15 * 60  # seconds since a token was made
LONGEST = 16 * 1024  # characters of a token
KIND_OF = {"RS": RSAKey, "PS": RSAKey, "ES": ECKey, "Ed": OKPKey}
HASH_OF = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
BACK_CHANNEL_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class Untrue(ValueError):
    """A token that is not the source's, not for us, not of now, or not of this kind; the text says which."""


def read_token(source: IdentitySource, token: str) -> tuple[dict[str, Any], str]:
    """(claims, algorithm) of a token that one of the source's keys has signed, for us and in time. Raises Untrue.

    A key unknown so far may be a new one: then the keys are asked for again.
    """
    header = _header(token)
    algorithm = str(header.get("alg", ""))
    if algorithm not in rules_of(source).algorithms:
        raise Untrue(f"signed by {algorithm or 'nothing'}, which is not agreed")
    claims = _opened(token, algorithm, header.get("kid"), source.keys())
    if claims is None:
        claims = _opened(token, algorithm, header.get("kid"), fresh_keys(source))
    if claims is None:
        raise Untrue("no key of the source has signed it")
    _belongs(source, claims)
    return claims, algorithm


def check_sign_in(
    source: IdentitySource,
    token: str,
    *,
    nonce: str,
    max_age: int | None = None,
    access_token: str = "",
) -> dict[str, Any]:
    """The claims of an id_token that answers our question. Raises Untrue."""
    claims, algorithm = read_token(source, token)
    if claims.get("nonce") != nonce:
        raise Untrue("another nonce")
    if "at_hash" in claims and claims["at_hash"] != hash_of(access_token, algorithm):
        raise Untrue("at_hash is not of the access token")
    if max_age is not None:
        signed_in_at = claims.get("auth_time")
        if not isinstance(signed_in_at, int) or time.time() - signed_in_at > max_age + LEEWAY:
            raise Untrue("signed in longer ago than asked for")
    return claims


def check_sign_out(source: IdentitySource, key: str, token: str) -> dict[str, Any]:
    """The claims of a logout token, heard for the first time. Raises Untrue; once heard it is spent."""
    if str(_header(token).get("typ", "logout+jwt")).lower() not in {"logout+jwt", "jwt"}:
        raise Untrue("a token of another kind")
    claims, _ = read_token(source, token)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(BACK_CHANNEL_LOGOUT), dict):
        raise Untrue("tells of no sign-out")
    if "nonce" in claims:
        raise Untrue("an id_token, not a logout token")
    if not any(isinstance(claims.get(name), str) and claims[name] for name in ("sid", "sub")):
        raise Untrue("names neither session nor subject")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise Untrue("has no jti")
    lapses = dt.datetime.fromtimestamp(int(claims["exp"]) + LEEWAY, dt.UTC)
    _, first = SpentToken.objects.get_or_create(
        digest=digest(key, "jti", claims["jti"]), defaults={"lapses_at": lapses}
    )
    if not first:
        raise Untrue("heard before")
    return claims


def digest(*words: str) -> str:
    """A name by which something of a source is found again and not read: sha-256, hexadecimal."""
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()


def hash_of(token: str, algorithm: str) -> str:
    """`at_hash` of an access token (OpenID Connect Core 1.0 section 3.1.3.6): the left half of its hash."""
    hashed = HASH_OF.get(algorithm[-3:], hashlib.sha512)(token.encode()).digest()
    return base64.urlsafe_b64encode(hashed[: len(hashed) // 2]).rstrip(b"=").decode("ascii")


def forget_spent() -> None:
    """Tokens that have lapsed would be refused for that."""
    SpentToken.objects.filter(lapses_at__lt=clock.now()).delete()


def _header(token: str) -> dict[str, Any]:
    if len(token) > LONGEST or token.count(".") != 2:
        raise Untrue("not a signed token")
    part = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error) as wrong:
        raise Untrue("not a signed token") from wrong
    if not isinstance(header, dict) or "crit" in header:
        raise Untrue("a header that we do not understand")
    return header


def _opened(token: str, algorithm: str, kid: Any, published: Mapping[str, Any]) -> dict[str, Any] | None:
    """The claims, when one of the keys fits the algorithm and has signed them."""
    for key in _fitting(published.get("keys", ()), algorithm, kid):
        try:
            payload = jws.deserialize_compact(token, key, algorithms=[algorithm]).payload
            claims = json.loads(payload)
        except (JoseError, ValueError):
            continue
        if isinstance(claims, dict):
            return claims
    return None


def _fitting(published: Sequence[Mapping[str, Any]], algorithm: str, kid: Any) -> list[Key]:
    """The public keys made for this algorithm, and only the one named when one is named.

    The kind of key must go with the algorithm, so that a public key is never taken for a shared secret.
    """
    fitting: list[Key] = []
    for one in published:
        named = kid is None or one.get("kid") == kid
        if not named or one.get("use", "sig") != "sig" or one.get("alg", algorithm) != algorithm:
            continue
        try:
            key = import_key(dict(one))
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(key, KIND_OF[algorithm[:2]]):
            fitting.append(key)
    return fitting


def _belongs(source: IdentitySource, claims: Mapping[str, Any]) -> None:
    """Issued by the source, for us and nobody else, and now."""
    if claims.get("iss") != source.issuer:
        raise Untrue("another issuer")
    audience = claims.get("aud")
    if audience not in (source.client_id, [source.client_id]):
        raise Untrue("for another audience")
    if claims.get("azp", source.client_id) != source.client_id:
        raise Untrue("for another party")
    now = time.time()
    made, lapses = claims.get("iat"), claims.get("exp")
    if not isinstance(made, int) or not isinstance(lapses, int):
        raise Untrue("says no time")
    if lapses + LEEWAY <= now:
        raise Untrue("expired")
    if made - LEEWAY > now or now - made > OLDEST + LEEWAY or claims.get("nbf", 0) - LEEWAY > now:
        raise Untrue("not of now")
