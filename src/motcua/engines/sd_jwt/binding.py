"""Key binding: the holder signs whom a presentation is for, so that nobody else can show it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from motcua.engines.sd_jwt.disclosures import digest_of
from motcua.engines.sd_jwt.faults import SdJwtError
from motcua.engines.sd_jwt.signed import Key, check, import_key, read_unverified, sign

TYPE = "kb+jwt"
FRESH = 300
"""Seconds for which a binding is taken as made for this presentation."""
SKEW = 60
"""Seconds by which clocks may differ."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a verifier expects of the binding: its own nonce, and its own name as audience."""

    nonce: str
    audience: str


def bind(
    presentation: str, key: Key, *, nonce: str, audience: str, at: int, algorithm: str = "sha-256"
) -> str:
    """Append the key binding token (RFC 9901 section 4.3) to a presentation that ends in a tilde."""
    if not presentation.endswith("~"):
        raise SdJwtError("binding", "this presentation is bound already")
    payload = {"iat": at, "aud": audience, "nonce": nonce, "sd_hash": digest_of(presentation, algorithm)}
    return presentation + sign(payload, key, {"typ": TYPE})


def check_binding(
    token: str, presentation: str, cnf: Any, expected: Binding, *, now: int, algorithm: str
) -> Mapping[str, Any]:
    """RFC 9901 section 7.3 step 5. `presentation` is all before the token, tilde included; `cnf` the signed claim."""
    if not isinstance(cnf, Mapping) or not isinstance(cnf.get("jwk"), Mapping):
        raise SdJwtError("binding", "the credential names no key of its holder")
    header, payload = read_unverified(token)
    if header.get("typ") != TYPE:
        raise SdJwtError("binding", f"the binding is of the type {header.get('typ')!r}, not {TYPE}")
    check(token, import_key(cnf["jwk"]))
    if payload.get("nonce") != expected.nonce:
        raise SdJwtError("replay", "the binding was made for another request (nonce)")
    if payload.get("aud") != expected.audience:
        raise SdJwtError("audience", "the binding was made for somebody else (aud)")
    if payload.get("sd_hash") != digest_of(presentation, algorithm):
        raise SdJwtError("binding", "the binding is for other disclosures (sd_hash)")
    made = payload.get("iat")
    if not isinstance(made, int | float) or isinstance(made, bool):
        raise SdJwtError("binding", "the binding does not say when it was made")
    if not now - FRESH <= made <= now + SKEW:
        raise SdJwtError("expired", "the binding was made too long ago, or in the future")
    return payload
