"""What is known of revocation: OCSP responses and lists, authentic or not counted at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import new

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from motcua.engines.trust_lists.lists import issued_by

_NO_NEXT_UPDATE = dt.timedelta(days=1)
"""How long an answer holds that does not say itself (RFC 6960 section 2.4: newer is always to be had)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Certificates and revocation data, kept in a document or passed by the caller (DER)."""

    certificates: tuple[x509.Certificate, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            self.certificates + other.certificates, self.ocsps + other.ocsps, self.crls + other.crls
        )


@dataclass(frozen=True, slots=True)
class Word:
    """One authentic statement about one certificate."""

    since: dt.datetime
    until: dt.datetime
    revoked_at: dt.datetime | None
    compromised: bool = False
    """Whoever has the key by now can sign with any date (RFC 3161 section 4)."""


def words_about(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    evidence: Evidence,
    responders: Sequence[x509.Certificate] = (),
) -> list[Word]:
    """All that authentic evidence says about `certificate`. `responders` are trusted to answer for others."""
    said = list(_by_lists(certificate, issuer, evidence.crls))
    pool = (*evidence.certificates, *responders)
    return said + list(_by_answers(certificate, issuer, evidence.ocsps, pool, responders))


def _by_lists(
    certificate: x509.Certificate, issuer: x509.Certificate, crls: Iterable[bytes]
) -> Iterator[Word]:
    for data in crls:
        try:
            listed = x509.load_der_x509_crl(data)
            if listed.issuer != issuer.subject or _is_partial(listed):
                continue
            if not listed.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
                continue
            entry = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
            since = listed.last_update_utc
            until = listed.next_update_utc or since + _NO_NEXT_UPDATE
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        yield Word(since, until, entry.revocation_date_utc if entry else None, _is_compromise(_reason(entry)))


def _reason(entry: x509.RevokedCertificate | None) -> x509.ReasonFlags | None:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason if entry else None
    except x509.ExtensionNotFound:
        return None


def _is_compromise(reason: x509.ReasonFlags | None) -> bool:
    return reason in (x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise)


def _is_partial(listed: x509.CertificateRevocationList) -> bool:
    """Lists for some reasons or for others' certificates prove nothing here."""
    try:
        point = listed.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return False
    return bool(point.indirect_crl or point.only_some_reasons or point.only_contains_attribute_certs)


def _by_answers(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    ocsps: Iterable[bytes],
    pool: Sequence[x509.Certificate],
    responders: Sequence[x509.Certificate],
) -> Iterator[Word]:
    for data in ocsps:
        try:
            answer = ocsp.load_der_ocsp_response(data)
            if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                continue
            if not _is_authentic(answer, issuer, pool, responders):
                continue
            for single in answer.responses:
                if single.serial_number == certificate.serial_number and _names(single, issuer):
                    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
                        continue
                    since = single.this_update_utc
                    until = single.next_update_utc or since + _NO_NEXT_UPDATE
                    reason = single.revocation_reason
                    yield Word(since, until, single.revocation_time_utc, _is_compromise(reason))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue


def _names(single: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    algorithm = single.hash_algorithm.name
    key = _bare_key(issuer)
    return (
        single.issuer_name_hash == new(algorithm, issuer.subject.public_bytes()).digest()
        and single.issuer_key_hash == new(algorithm, key).digest()
    )


def _bare_key(certificate: x509.Certificate) -> bytes:
    """The key's bit string, which OCSP hashes."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    raise TypeError(f"keys of {type(key).__name__} are not known here")


def _is_authentic(
    answer: ocsp.OCSPResponse,
    issuer: x509.Certificate,
    pool: Sequence[x509.Certificate],
    responders: Sequence[x509.Certificate],
) -> bool:
    """Signed by the issuer, by whom the issuer appointed for it, or by whom the trust list names."""
    at = answer.produced_at_utc
    for candidate in (issuer, *answer.certificates, *pool):
        appointed = candidate == issuer or candidate in responders
        if not appointed and not (_may_answer(candidate) and issued_by(candidate, issuer)):
            continue
        if candidate != issuer and not candidate.not_valid_before_utc <= at <= candidate.not_valid_after_utc:
            continue
        if _signed(answer, candidate):
            return True
    return False


def _may_answer(certificate: x509.Certificate) -> bool:
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in purposes


def _signed(answer: ocsp.OCSPResponse, by: x509.Certificate) -> bool:
    key, hashing = by.public_key(), answer.signature_hash_algorithm
    if hashing is None or isinstance(hashing, hashes.SHA1 | hashes.MD5):
        return False
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashing))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), hashing)
        else:
            return False
    except InvalidSignature:
        return False
    return True
