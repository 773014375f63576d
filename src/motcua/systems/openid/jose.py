"""Signed tokens: making them with our keys, and reading those of others by an explicit list of algorithms."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey, RSAKey

ASYMMETRIC = ("ES256", "PS256", "RS256")
FAPI = ("ES256", "PS256")
"""FAPI 2.0 Security Profile section 5.4.1."""
SMALLEST_RSA = 2048
KEY_TYPE = {"ES256": "EC", "PS256": "RSA", "RS256": "RSA"}


class BadToken(ValueError):
    """Not a token that we believe; says why."""


def sign(key: Key, alg: str, claims: Mapping[str, Any], *, typ: str | None = None) -> str:
    """A JWS in compact form (RFC 7515 section 7.1)."""
    header = {"alg": alg, "kid": str(key.kid)} | ({"typ": typ} if typ else {})
    return jws.serialize_compact(header, _packed(claims), key, algorithms=[alg])


def unsigned(claims: Mapping[str, Any]) -> str:
    """An unsecured JWS (RFC 7519 section 6), for who registered `none` in so many words."""
    return f"{b64(_packed({'alg': 'none'}))}.{b64(_packed(claims))}."


def header_of(token: str) -> dict[str, Any]:
    """The header, not believed yet. Raises BadToken."""
    try:
        head = json.loads(unb64(token.split(".", 1)[0]))
    except ValueError as wrong:
        raise BadToken("not a signed token") from wrong
    if not isinstance(head, dict):
        raise BadToken("not a signed token")
    return head


def verify(token: str, key: Key, algorithms: Collection[str]) -> dict[str, Any]:
    """The claims of a token that `key` signed by one of `algorithms`. Raises BadToken."""
    head = header_of(token)
    alg = head.get("alg")
    if alg not in algorithms or "crit" in head or KEY_TYPE.get(str(alg)) != key.key_type:
        raise BadToken(f"algorithm {alg} is not accepted")
    try:
        opened = jws.deserialize_compact(token, key, algorithms=list(algorithms))
        claims = json.loads(opened.payload)
    except (JoseError, ValueError, TypeError) as wrong:
        raise BadToken(f"signature: {wrong}") from wrong
    if not isinstance(claims, dict):
        raise BadToken("claims are not an object")
    return claims


def public_key(jwk: Any) -> Key:
    """A public key from its JWK. Raises BadToken for secrets, private halves and keys too weak."""
    if not isinstance(jwk, dict) or jwk.get("kty") not in ("EC", "RSA") or "d" in jwk:
        raise BadToken("a public key of type EC or RSA is needed")
    try:
        key: Key = ECKey.import_key(jwk) if jwk["kty"] == "EC" else RSAKey.import_key(jwk)
        if isinstance(key, RSAKey) and key.raw_value.key_size < SMALLEST_RSA:
            raise BadToken("an RSA key has at least 2048 bits")
        if isinstance(key, ECKey) and key.curve_name != "P-256":
            raise BadToken("an EC key lies on P-256")
    except (JoseError, ValueError, TypeError, KeyError) as wrong:
        raise BadToken(f"key: {wrong}") from wrong
    return key


def candidates(jwks: Any, token: str) -> list[Key]:
    """The keys of a set that may have signed `token`: by `kid` when it names one, else all of the right type."""
    head = header_of(token)
    keys = jwks.get("keys", []) if isinstance(jwks, dict) else []
    kind = KEY_TYPE.get(str(head.get("alg")))
    fitting = [
        jwk
        for jwk in keys
        if isinstance(jwk, dict)
        and jwk.get("kty") == kind
        and jwk.get("use", "sig") == "sig"
        and ("kid" not in head or jwk.get("kid") == head["kid"])
    ]
    return [public_key(jwk) for jwk in fitting]


def verify_by_set(token: str, jwks: Any, algorithms: Collection[str]) -> dict[str, Any]:
    """The claims of a token signed by one key of the set. Raises BadToken."""
    last = BadToken("no key of the set fits")
    for key in candidates(jwks, token):
        try:
            return verify(token, key, algorithms)
        except BadToken as wrong:
            last = wrong
    raise last


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638, SHA-256."""
    members = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}[str(jwk["kty"])]
    packed = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"), sort_keys=True)
    return digest(packed)


def digest(text: str) -> str:
    """SHA-256 of ASCII text, base64url: code challenges, `ath`, thumbprints, and how we keep secrets of 256 bits."""
    return b64(hashlib.sha256(text.encode()).digest())


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _packed(claims: Mapping[str, Any]) -> bytes:
    return json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()


__all__ = ["ECKey", "Key", "KeySet", "OKPKey", "OctKey", "RSAKey"]
