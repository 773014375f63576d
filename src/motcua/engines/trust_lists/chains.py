"""A certificate's way up to whom we trust, and whether it stood at a moment; revocation data is required."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeVar

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathError, ValidationError

from motcua.engines.trust_lists.algorithms import AlgorithmPolicy
from motcua.engines.trust_lists.lists import ServiceKind, Trust
from motcua.engines.trust_lists.revocation import Evidence, Word, words_about

_Answer = TypeVar("_Answer")


class Failure(StrEnum):
    """Why a certificate cannot be relied on."""

    UNKNOWN_ISSUER = "unknown_issuer"
    OUT_OF_FORCE = "out_of_force"
    REVOKED = "revoked"
    REVOCATION_UNKNOWN = "revocation_unknown"
    WEAK_ALGORITHM = "weak_algorithm"
    TIME_STAMP_INVALID = "time_stamp_invalid"
    WRONG_PURPOSE = "wrong_purpose"


class ChainError(Exception):
    """A certificate that cannot be relied on at the moment asked about."""

    def __init__(self, failure: Failure, message: str, revoked_at: dt.datetime | None = None) -> None:
        super().__init__(message)
        self.failure = failure
        self.revoked_at = revoked_at


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate that stood."""

    path: tuple[x509.Certificate, ...]
    """From the certificate up to, and with, the trusted one."""
    known_until: dt.datetime
    """As of when its standing is known: the time of asking, or that of the evidence kept."""
    revoked_at: dt.datetime | None
    """The certificate itself was revoked after the moment it was needed for."""


def standing(
    certificate: x509.Certificate,
    trust: Trust,
    evidence: Evidence,
    *,
    at: dt.datetime,
    now: dt.datetime,
    kind: ServiceKind = ServiceKind.CERTIFICATES,
    algorithms: AlgorithmPolicy | None = None,
    relied_on: dt.datetime | None = None,
) -> Standing:
    """Whether `certificate` stood at `at`, as can be known at `now`. Raises ChainError.

    `at` is the moment it was proven to be used by, `now` the time of asking. Every certificate below the
    trusted one needs authentic revocation data that holds now, or held at some moment from `at` on: then
    the answer is as of that moment. A revocation after `at` is told, one before it is a failure. With
    `algorithms`, keys and digests of the chain must be acceptable at `relied_on` (default: now): the moment
    from which something newer protects them.
    """
    anchors = trust.anchors(kind, at)
    responders = trust.anchors(ServiceKind.REVOCATION, at)
    path = _path(certificate, anchors, evidence, at)
    if algorithms is not None:
        _check_algorithms(path, algorithms, relied_on or now)
    known_until = now
    revoked_later = None
    for lower, issuer in pairwise(path):
        words = words_about(lower, issuer, evidence, responders)
        revoked_at = min((each.revoked_at for each in words if each.revoked_at), default=None)
        if revoked_at is not None and revoked_at <= at:
            raise ChainError(
                Failure.REVOKED, f"{_name(lower)} was revoked on {revoked_at:%d/%m/%Y %H:%M} UTC", revoked_at
            )
        if kind is ServiceKind.TIME_STAMPS and any(
            each.compromised and each.revoked_at and each.revoked_at <= now for each in words
        ):
            raise ChainError(
                Failure.REVOKED,
                f"the key of {_name(lower)} was lost: what it stamped may bear any date (RFC 3161 section 4)",
                revoked_at,
            )
        if lower is certificate:
            revoked_later = revoked_at
        known_until = min(known_until, _known_at(words, at, now, lower))
    return Standing(path, known_until, revoked_later)


def revoked_at(
    certificate: x509.Certificate, trust: Trust, evidence: Evidence, now: dt.datetime
) -> dt.datetime | None:
    """When `certificate` was revoked by any authentic word, whatever it means for a signature."""
    pool = (*evidence.certificates, *trust.anchors(ServiceKind.CERTIFICATES, now))
    responders = trust.anchors(ServiceKind.REVOCATION, now)
    issuers = [each for each in pool if each.subject == certificate.issuer]
    said = [word for issuer in issuers for word in words_about(certificate, issuer, evidence, responders)]
    return min((word.revoked_at for word in said if word.revoked_at), default=None)


def _known_at(
    words: Sequence[Word], at: dt.datetime, now: dt.datetime, about: x509.Certificate
) -> dt.datetime:
    """The latest moment, from `at` on and not after `now`, for which a word about the certificate holds."""
    moments = [
        now if word.since <= now <= word.until else max(word.since, at)
        for word in words
        if word.since <= now and word.until >= at
    ]
    if not moments:
        raise ChainError(
            Failure.REVOCATION_UNKNOWN,
            f"nothing authentic tells whether {_name(about)} was revoked: pass a current list or response",
        )
    return max(moments)


def _path(
    certificate: x509.Certificate, anchors: Sequence[x509.Certificate], evidence: Evidence, at: dt.datetime
) -> tuple[x509.Certificate, ...]:
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        raise ChainError(
            Failure.OUT_OF_FORCE,
            f"{_name(certificate)} is in force from {first:%d/%m/%Y} to {last:%d/%m/%Y}, not at {at:%d/%m/%Y}",
        )
    if certificate in anchors:
        return (certificate,)
    context = ValidationContext(
        trust_roots=[_asn1(each) for each in anchors],
        other_certs=[_asn1(each) for each in evidence.certificates],
        moment=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    validator = CertificateValidator(_asn1(certificate), validation_context=context)
    try:
        found = run(validator.async_validate_path())
    except PathBuildingError as error:
        raise ChainError(
            Failure.UNKNOWN_ISSUER, f"{_name(certificate)} does not lead to a trusted authority"
        ) from error
    except (ValidationError, PathError) as error:
        raise ChainError(Failure.OUT_OF_FORCE, f"{_name(certificate)}: {error}") from error
    upwards = [x509.load_der_x509_certificate(each.dump()) for each in found.iter_certs(include_root=True)][
        ::-1
    ]
    return (certificate, *upwards[1:])


def _check_algorithms(path: Sequence[x509.Certificate], policy: AlgorithmPolicy, at: dt.datetime) -> None:
    """The trusted certificate's own signature on itself proves nothing and is not weighed; its key is."""
    for lower, issuer in pairwise(path):
        hashing = lower.signature_hash_algorithm
        if hashing is None or not policy.allows(issuer.public_key(), hashing.name, at):
            raise ChainError(
                Failure.WEAK_ALGORITHM,
                f"{_name(lower)} was issued by a key or digest no longer acceptable at {at:%d/%m/%Y}",
            )


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _name(certificate: x509.Certificate) -> str:
    return f"the certificate of {certificate.subject.rfc4514_string()}"


def run(work: Coroutine[Any, Any, _Answer]) -> _Answer:
    """Run a coroutine to its end, also where an event loop is running already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, work).result()
