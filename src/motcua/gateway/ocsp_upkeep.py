"""OCSP responses about our own signing certificates: fetched ahead of need, kept over restarts."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from pathlib import Path

from cryptography.x509 import ocsp

from motcua.gateway import upkeep
from motcua.gateway.directory import Directory
from motcua.gateway.keys import SigningKey, certificate_for
from motcua.gateway.seals import der_of
from motcua.gateway.trust import Untrusted, issuer_of


def responses_for(
    key: SigningKey, directory: Directory, member: str, folder: Path
) -> tuple[tuple[bytes, ...], str]:
    """(responses, fault): the freshest to be had, an older one when the responder is away. Blocks."""
    certificate = certificate_for(key, directory.members[member].certificates)
    if certificate is None:
        return (), ""
    now = dt.datetime.now(dt.UTC)
    try:
        issuer, authority = issuer_of(certificate, directory, now)
    except Untrusted:
        return (), ""
    if not authority.ocsp:
        return (), ""
    kept = folder / f"{sha256(der_of(certificate)).hexdigest()}.der"
    old = kept.read_bytes() if kept.is_file() else b""
    if old and _age(old, now) < directory.configuration.trust.ocsp_fresh_s / 2:
        return (old,), ""
    try:
        fresh = upkeep.ask_ocsp(authority.ocsp, certificate, issuer)
    except upkeep.Away as error:
        return ((old,) if old else ()), str(error)
    upkeep.keep_file(kept, fresh)
    return (fresh,), ""


def _age(response: bytes, now: dt.datetime) -> float:
    """Seconds since it was made."""
    read = ocsp.load_der_ocsp_response(response)
    return (now - read.this_update_utc).total_seconds()
