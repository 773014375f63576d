"""Whether a certificate counts now: its issuer, its time, what is known of its revocation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.engines.trust_lists import Evidence
from motcua.engines.trust_lists.revocation import words_about
from motcua.gateway.configuration import CertificateAuthority
from motcua.gateway.directory import Directory

_DEEPEST = 6


class Untrusted(Exception):
    """A certificate that does not count; the message says why."""


def check_certificate(
    certificate: x509.Certificate, ocsps: Sequence[bytes], directory: Directory, now: dt.datetime
) -> dt.datetime:
    """Until when `certificate` counts without asking again. Raises Untrusted.

    It must lead to an authority of the configuration, be in its time, and not be revoked: neither by the
    configuration nor by an OCSP response, one of which must be fresh enough where its authority answers by OCSP.
    """
    told = certificate.subject.rfc4514_string()
    if sha256(certificate.public_bytes(Encoding.DER)).hexdigest() in directory.revoked:
        raise Untrusted(f"the certificate of {told} is revoked")
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise Untrusted(
            f"the certificate of {told} counts from {certificate.not_valid_before_utc:%Y-%m-%dT%H:%MZ} to"
            f" {certificate.not_valid_after_utc:%Y-%m-%dT%H:%MZ}; it is {now:%Y-%m-%dT%H:%MZ}"
        )
    issuer, authority = issuer_of(certificate, directory, now)
    if not authority.ocsp:
        return certificate.not_valid_after_utc
    trust = directory.configuration.trust
    pool = tuple(x509.load_pem_x509_certificate(each.encode()) for each in authority.intermediates)
    words = words_about(certificate, issuer, Evidence(pool, tuple(ocsps)), pool)
    if any(each.revoked_at is not None and each.revoked_at <= now for each in words):
        raise Untrusted(f"the certificate of {told} is revoked")
    newest = max((each.since for each in words), default=None)
    limit = dt.timedelta(seconds=trust.ocsp_fresh_s + trust.ocsp_grace_s)
    if newest is None or newest + limit < now:
        raise Untrusted(
            f"nothing recent is known of the certificate of {told}: its OCSP response is missing or old"
        )
    return min(certificate.not_valid_after_utc, newest + limit)


def issuer_of(
    certificate: x509.Certificate, directory: Directory, now: dt.datetime
) -> tuple[x509.Certificate, CertificateAuthority]:
    for authority in directory.configuration.trust.authorities:
        anchor = x509.load_pem_x509_certificate(authority.certificate.encode())
        between = [x509.load_pem_x509_certificate(each.encode()) for each in authority.intermediates]
        first: x509.Certificate | None = None
        current = certificate
        for _ in range(_DEEPEST):
            above = next((each for each in (anchor, *between) if _issued(current, each, now)), None)
            if above is None:
                break
            first = first or above
            if above is anchor:
                return first, authority
            current = above
    raise Untrusted(
        f"nobody whom the exchange trusts issued the certificate of {certificate.subject.rfc4514_string()}"
    )


def _issued(certificate: x509.Certificate, issuer: x509.Certificate, now: dt.datetime) -> bool:
    if certificate.issuer != issuer.subject or certificate == issuer:
        return False
    if not issuer.not_valid_before_utc <= now < issuer.not_valid_after_utc:
        return False
    try:
        if not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError):
        return False
    return True
