"""Judging a credential or a presentation of one: RFC 9901 section 7 and SD-JWT VC section 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from motcua.engines.sd_jwt.binding import SKEW, Binding, check_binding
from motcua.engines.sd_jwt.disclosures import SD_ALG, Path, split
from motcua.engines.sd_jwt.faults import SdJwtError
from motcua.engines.sd_jwt.issuing import FIXED_CLAIMS
from motcua.engines.sd_jwt.signed import Key, check, read_unverified
from motcua.engines.sd_jwt.unfolding import Unfolding

CREDENTIAL_TYPES = ("dc+sd-jwt", "vc+sd-jwt")
"""The type of today, and the one it replaced in November 2024."""
KeyOf = Callable[[Mapping[str, Any], Mapping[str, Any]], Key]
"""Finds the issuer's key for a header and payload not yet proven; raises SdJwtError when it trusts none."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What is proven: the claims shown, which of them were chosen by the holder, and the holder's key."""

    claims: dict[str, Any]
    header: dict[str, Any]
    disclosed: tuple[Path, ...]
    holder: Mapping[str, Any] | None
    bound: bool


def verify(
    sd_jwt: str,
    key_of: KeyOf,
    *,
    now: int,
    binding: Binding | None = None,
    types: tuple[str, ...] = CREDENTIAL_TYPES,
) -> Verified:
    """Verify an SD-JWT VC; with `binding` a presentation, which then has to be bound to its holder's key.

    `now` is seconds since 1970. The status list is another question, which the caller asks by `claims["status"]`.
    Raises SdJwtError, whose `code` says what kind of fault it is.
    """
    token, texts, bound = split(sd_jwt)
    header, payload = read_unverified(token)
    if header.get("typ") not in types:
        raise SdJwtError("type", f"this is of the type {header.get('typ')!r}, not {' or '.join(types)}")
    check(token, key_of(header, payload))
    unfolded = Unfolding(payload, texts)
    hidden = [path[0] for path in unfolded.places if path[0] in FIXED_CLAIMS]
    if hidden:
        raise SdJwtError("claims", f"the claim {hidden[0]!r} may not be a disclosed one")
    claims = unfolded.claims
    if not isinstance(claims.get("vct"), str) or not claims["vct"]:
        raise SdJwtError("claims", "the credential does not say its type (vct)")
    _in_time(claims, now)
    if binding is not None:
        if not bound:
            raise SdJwtError("binding", "the presentation is not bound to the holder's key")
        presentation = sd_jwt[: len(sd_jwt) - len(bound)]
        algorithm = str(payload.get(SD_ALG, "sha-256"))
        check_binding(bound, presentation, payload.get("cnf"), binding, now=now, algorithm=algorithm)
    elif bound:
        raise SdJwtError("binding", "the presentation is bound to a request that nobody named")
    cnf = payload.get("cnf")
    holder = cnf.get("jwk") if isinstance(cnf, Mapping) else None
    return Verified(claims, header, tuple(unfolded.places), holder, binding is not None)


def _in_time(claims: Mapping[str, Any], now: int) -> None:
    for name in ("nbf", "exp", "iat"):
        value = claims.get(name)
        if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
            raise SdJwtError("claims", f"{name} is not a time")
    if "exp" in claims and claims["exp"] <= now - SKEW:
        raise SdJwtError("expired", "the credential is no longer in force")
    if claims.get("nbf", 0) > now + SKEW:
        raise SdJwtError("not_yet", "the credential is not yet in force")
