"""Signed JSON: compact JWS with the few algorithms that are accepted, and JSON read without surprises."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from motcua.engines.sd_jwt.faults import SdJwtError

Key = ECKey | RSAKey | OKPKey
ALGORITHMS = ("ES256", "ES384", "ES512", "PS256", "PS384", "EdDSA")
"""Asymmetric only: never `none`, never a shared secret (RFC 9901 section 7.1)."""
LARGEST = 512 * 1024
"""Characters of a token; far beyond any credential, and small enough to read at once."""
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_COMPACT_PARTS = 3


def b64(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of a base64url text; other letters and padding are refused rather than skipped."""
    if not text.isascii() or not text.replace("-", "").replace("_", "").isalnum():
        raise SdJwtError("malformed", "this is not base64url without padding")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise SdJwtError("malformed", f"this is not base64url: {error}") from None


def parse_json(data: bytes) -> Any:
    """JSON in which no object names a member twice: two readers must not see two values."""
    try:
        value = json.loads(data, object_pairs_hook=_once, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair could not be written again
    except (UnicodeError, json.JSONDecodeError, RecursionError) as error:
        raise SdJwtError("malformed", f"this is not JSON: {error}") from None
    return value


def algorithm_of(key: Key) -> str:
    """The algorithm with which this key signs."""
    if isinstance(key, RSAKey):
        return "PS256"
    if isinstance(key, OKPKey):
        return "EdDSA"
    return _CURVES[str(key.as_dict(private=False)["crv"])]


def import_key(jwk: Any) -> Key:
    """A public key given as a JWK. Raises SdJwtError for anything else, private and shared keys included."""
    if not isinstance(jwk, Mapping) or "d" in jwk or "k" in jwk:
        raise SdJwtError("binding", "the key is not a public JWK")
    kinds: dict[str, type[ECKey] | type[RSAKey] | type[OKPKey]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
    kind = kinds.get(str(jwk.get("kty")))
    if kind is None:
        raise SdJwtError("binding", f"a key of the kind {jwk.get('kty')!r} is not accepted")
    try:
        key = kind.import_key(dict(jwk))
        if algorithm_of(key) not in ALGORITHMS:
            raise SdJwtError("binding", "a key of this curve is not accepted")
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, SdJwtError):
            raise
        raise SdJwtError("binding", f"the key cannot be read: {error}") from None
    return key


def sign(payload: Mapping[str, Any], key: Key, header: Mapping[str, Any]) -> str:
    """A compact JWS over the payload as JSON; `alg` follows from the key."""
    protected = {"alg": algorithm_of(key), **header}
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return jws.serialize_compact(protected, text.encode(), key, algorithms=ALGORITHMS, registry=_registry())


def read_unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload as they claim to be, before anything is proven. Raises SdJwtError."""
    parts = token.split(".")
    if len(token) > LARGEST or len(parts) != _COMPACT_PARTS:
        raise SdJwtError("malformed", "this is not a compact JWS of a sensible size")
    header, payload = parse_json(unb64(parts[0])), parse_json(unb64(parts[1]))
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise SdJwtError("malformed", "header and payload have to be objects")
    return header, payload


def check(token: str, key: Key) -> None:
    """Raises SdJwtError unless the signature is this key's, by an accepted algorithm of the key's own kind."""
    header, _ = read_unverified(token)
    if header.get("alg") != algorithm_of(key) and not (
        isinstance(key, RSAKey) and header.get("alg") in {"PS256", "PS384"}
    ):
        raise SdJwtError("algorithm", f"the algorithm {header.get('alg')!r} is not one for this key")
    try:
        jws.deserialize_compact(token, key, algorithms=ALGORITHMS, registry=_registry())
    except (JoseError, ValueError) as error:
        raise SdJwtError("signature", f"the signature does not hold: {error}") from None


class _Registry(jws.JWSRegistry):
    """Headers hold certificates and payloads status lists; `LARGEST` bounds the whole."""

    max_header_length = max_payload_length = LARGEST


def _registry() -> jws.JWSRegistry:
    return _Registry(algorithms=list(ALGORITHMS), strict_check_header=False)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise SdJwtError("malformed", "an object names a member twice")
    return made


def _no_constant(name: str) -> Any:
    raise SdJwtError("malformed", f"{name} is no JSON")
