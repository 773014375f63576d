"""What issuers outside publish: their keys and their status lists, fetched with care and kept as long as they allow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError
from django.core.cache import cache

from motcua.core import clock
from motcua.core.outbound import anywhere
from motcua.core.outbound.faults import Silent
from motcua.engines import sd_jwt
from motcua.engines.sd_jwt import SdJwtError
from motcua.systems.wallet.certificates import certificates_of, key_in
from motcua.systems.wallet.issuers import Issuer

KEYS_LIVE, ASK_AGAIN_AFTER = 3600, 30
"""Seconds for which published keys are kept, and after which an unknown key is worth asking for."""
LIST_LIVES, LONGEST = 300, 86_400
"""Seconds for which a status list is kept that does not say, and for which none is kept longer."""
WELL_KNOWN = "/.well-known/jwt-vc-issuer"
STATUS_TYPE = "application/statuslist+jwt"
OK = 200


def key_of(issuer: Issuer, header: Mapping[str, Any]) -> sd_jwt.Key:
    """The key under which this issuer signed, by its certificate or by what it publishes. Raises SdJwtError."""
    return _certified(issuer, header) if issuer.authorities else _published(issuer, header)


def check_status(issuer: Issuer, claims: Mapping[str, Any]) -> None:
    """Raises SdJwtError unless the issuer's own list says that the credential is in force.

    A credential without a place in a list is in force until it ends: its issuer chose so (SD-JWT VC section 2.2.2.2).
    A list that cannot be had proves nothing, so the credential does not count until it can.
    """
    if "status" not in claims:
        return
    status = claims["status"]
    entry = status.get("status_list") if isinstance(status, dict) else None
    uri = entry.get("uri") if isinstance(entry, dict) else None
    place = entry.get("idx") if isinstance(entry, dict) else None
    if not isinstance(uri, str) or not isinstance(place, int) or isinstance(place, bool):
        raise SdJwtError("status", "the credential names no place in a status list")
    if _status_list(issuer, uri).statuses[place] != sd_jwt.VALID:
        raise SdJwtError("status", "its issuer withdrew or suspended the credential")


def _status_list(issuer: Issuer, uri: str) -> sd_jwt.StatusToken:
    now = int(clock.now().timestamp())
    name = _name("status", issuer, uri)
    kept = cache.get(name)
    if kept is not None and now < kept[1]:
        return _read(issuer, kept[0], uri, now)
    text = _fetched(uri)
    found = _read(issuer, text, uri, now)
    until = now + min(found.ttl if found.ttl is not None else LIST_LIVES, LONGEST)
    cache.set(name, (text, min(until, found.exp) if found.exp is not None else until), LONGEST)
    return found


def _read(issuer: Issuer, text: str, uri: str, now: int) -> sd_jwt.StatusToken:
    return sd_jwt.read_status_token(text, lambda header, _payload: key_of(issuer, header), uri=uri, now=now)


def _fetched(uri: str) -> str:
    try:
        reply = anywhere.ask(uri, headers={"Accept": STATUS_TYPE})
    except Silent as silent:
        raise SdJwtError("unreachable", f"the status list cannot be had: {silent.why}") from None
    if reply.status != OK:
        raise SdJwtError("unreachable", f"the status list cannot be had: status {reply.status}")
    return reply.body.decode("ascii", "replace").strip()


def _published(issuer: Issuer, header: Mapping[str, Any]) -> sd_jwt.Key:
    named = header.get("kid")
    found = _chosen(_keys(issuer, fresh=False), named) or _chosen(_keys(issuer, fresh=True), named)
    if found is None:
        raise SdJwtError("signature", f"the issuer publishes no key {str(named)[:60]!r}")
    return sd_jwt.import_key(found)


def _chosen(keys: list[dict[str, Any]], named: Any) -> dict[str, Any] | None:
    """The key of this name; without a name only where there is but one."""
    if named is None:
        return keys[0] if len(keys) == 1 else None
    return next((key for key in keys if key.get("kid") == named), None)


def _keys(issuer: Issuer, *, fresh: bool) -> list[dict[str, Any]]:
    """The keys that the issuer publishes, kept for an hour; `fresh` asks again, though not more than twice a minute."""
    now, name = int(clock.now().timestamp()), _name("keys", issuer)
    kept = cache.get(name)
    age = now - kept[1] if kept is not None else KEYS_LIVE
    if kept is not None and 0 <= age < (ASK_AGAIN_AFTER if fresh else KEYS_LIVE):
        found: list[dict[str, Any]] = kept[0]
        return found
    try:
        told = anywhere.ask_json(_well_known(issuer.address))
        if isinstance(told, dict) and "jwks" not in told and isinstance(told.get("jwks_uri"), str):
            told = {**told, "jwks": anywhere.ask_json(told["jwks_uri"])}
    except Silent as silent:
        raise SdJwtError("unreachable", f"the issuer's keys cannot be had: {silent.why}") from None
    if not isinstance(told, dict) or told.get("issuer") != issuer.address:
        raise SdJwtError("signature", "what is published there is not this issuer's (issuer)")
    jwks = told.get("jwks")
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    found = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    cache.set(name, (found, now), KEYS_LIVE)
    return found


def _well_known(address: str) -> str:
    """The well-known part stands between host and path (SD-JWT VC section 5.1)."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path.rstrip('/')}"


def _certified(issuer: Issuer, header: Mapping[str, Any]) -> sd_jwt.Key:
    """The key of a certificate that leads up to one of the issuer's authorities and names the issuer's host."""
    leaf, *above = certificates_of(header)
    if leaf in issuer.authorities:
        raise SdJwtError("signature", "an authority's own certificate signs no credentials")
    verifier = (
        PolicyBuilder()
        .store(Store(list(issuer.authorities)))
        .time(clock.now())
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        .build_client_verifier()
    )
    try:
        verifier.verify(leaf, above)
    except VerificationError as wrong:
        raise SdJwtError(
            "signature", f"the certificate is not of an authority of this issuer: {wrong}"
        ) from None
    if urlsplit(issuer.address).hostname not in _hosts(leaf):
        raise SdJwtError("signature", "the certificate does not name the issuer's host")
    return key_in(leaf)


def _hosts(leaf: x509.Certificate) -> set[str | None]:
    """The hosts that a certificate names, as names or in addresses."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = names.get_values_for_type(x509.UniformResourceIdentifier)
    return {*names.get_values_for_type(x509.DNSName), *(urlsplit(one).hostname for one in addresses)}


def _name(what: str, issuer: Issuer, uri: str = "") -> str:
    mark = hashlib.sha256(json.dumps([issuer.address, uri]).encode()).hexdigest()
    return f"wallet.abroad.{what}.{mark}"
