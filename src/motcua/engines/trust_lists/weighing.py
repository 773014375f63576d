"""Weighing one sound signature by the AdES way (ETSI EN 319 102-1): the proofs from the newest inwards.

Each archive time-stamp is weighed at the moment of the next newer one, the newest at the time of asking; what lies
beneath is weighed as at the oldest of them, which they prove.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from motcua.engines.trust_lists.algorithms import AlgorithmPolicy
from motcua.engines.trust_lists.chains import ChainError, Failure, Standing, revoked_at, standing
from motcua.engines.trust_lists.lists import ServiceKind, Trust
from motcua.engines.trust_lists.revocation import Evidence
from motcua.engines.trust_lists.stamps import Stamp

_OTHER_PURPOSES = {
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
}


@dataclass(frozen=True, slots=True)
class Proofs:
    """What came with a signature that holds arithmetically."""

    certificate: x509.Certificate
    """The signer's."""
    certificates: tuple[x509.Certificate, ...]
    """That came along."""
    digests: Collection[str]
    """All digests on which the signature rests, by their names in hashlib."""
    kept: Evidence
    stamps: Sequence[Stamp] = ()
    """Over the signature."""
    archives: Sequence[Stamp] = ()
    """Over everything before them, oldest first."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What the proofs come to. Valid where there is no failure."""

    failure: Failure | None
    finding: str
    at: dt.datetime | None
    """When the signature was there, as a sound time-stamp proves; None when none does."""
    known_until: dt.datetime
    revoked_later: bool
    """The signer's certificate was revoked, but after `at`."""
    revoked_at: dt.datetime | None
    """By any authentic word, whatever it means for the signature."""


def weigh(
    proofs: Proofs,
    trust: Trust,
    evidence: Evidence,
    *,
    now: dt.datetime,
    algorithms: AlgorithmPolicy,
    stamped_at: dt.datetime | None = None,
) -> Weight:
    """Whom and when to believe. `evidence` is what the verifier has besides; `stamped_at` a time that it proved by
    other means."""
    scales = Scales(trust, evidence + proofs.kept, algorithms, now)
    at, failure, finding, revoked_later = stamped_at, None, "", False
    try:
        for archive in reversed(proofs.archives):
            scales.descend(archive)
        for stamp in proofs.stamps:
            scales.weigh_stamp(stamp)
            at = min(stamp.at, at or stamp.at)
        scales.check_digests(proofs.certificate, proofs.digests)
        check_purpose(proofs.certificate)
        stood = scales.stand(
            proofs.certificate, proofs.certificates, ServiceKind.CERTIFICATES, at or scales.horizon
        )
        revoked_later = stood.revoked_at is not None
    except StampFailed as failed:
        at, failure, finding = None, failed.failure, str(failed)
    except ChainError as error:
        failure, finding = error.failure, str(error)
    revoked = revoked_at(proofs.certificate, trust, scales.evidence, now)
    return Weight(failure, finding, at, scales.known_until, revoked_later, revoked)


@dataclass
class Scales:
    """One trust at one time; `horizon` is the moment as at which the next thing is weighed."""

    trust: Trust
    evidence: Evidence
    algorithms: AlgorithmPolicy
    now: dt.datetime

    def __post_init__(self) -> None:
        self.horizon = self.known_until = self.now

    def descend(self, archive: Stamp) -> None:
        """Weigh a time-stamp; what follows lies beneath it. Raises StampFailed."""
        self.weigh_stamp(archive)
        self.horizon = archive.at

    def weigh_stamp(self, stamp: Stamp) -> None:
        """Raises StampFailed."""
        if stamp.at > self.horizon:
            raise StampFailed(
                Failure.TIME_STAMP_INVALID, "a time-stamp is younger than what it lies under or than today"
            )
        if not self.algorithms.allows(stamp.certificate.public_key(), stamp.signed_digest, self.horizon):
            raise StampFailed(Failure.WEAK_ALGORITHM, "a time-stamp's algorithm was retired unprotected")
        rule = self.algorithms.digest_rule(stamp.digest)
        if rule is None or not rule.allows(self.horizon):
            raise StampFailed(Failure.WEAK_ALGORITHM, "a time-stamp's digest was retired unprotected")
        try:
            self.stand(stamp.certificate, stamp.certificates, ServiceKind.TIME_STAMPS, stamp.at)
        except ChainError as error:
            kept = error.failure in (Failure.WEAK_ALGORITHM, Failure.REVOCATION_UNKNOWN)
            failure = error.failure if kept else Failure.TIME_STAMP_INVALID
            raise StampFailed(failure, f"time-stamp: {error}") from error

    def stand(
        self,
        certificate: x509.Certificate,
        along: Sequence[x509.Certificate],
        kind: ServiceKind,
        at: dt.datetime,
    ) -> Standing:
        """Raises ChainError."""
        stood = standing(
            certificate,
            self.trust,
            self.evidence + Evidence(tuple(along)),
            at=at,
            now=self.horizon,
            kind=kind,
            algorithms=self.algorithms,
        )
        if stood.known_until < self.horizon:
            self.known_until = min(self.known_until, stood.known_until)
        return stood

    def check_digests(self, certificate: x509.Certificate, digests: Collection[str]) -> None:
        """Raises ChainError."""
        key = certificate.public_key()
        if not all(self.algorithms.allows(key, each, self.horizon) for each in digests):
            raise ChainError(
                Failure.WEAK_ALGORITHM,
                f"{' or '.join(sorted(digests))} by this key was retired, and nothing newer protects it",
            )


class StampFailed(Exception):
    """A time-stamp cannot be relied on, so the time that it tells is not proven."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure = failure


def check_purpose(certificate: x509.Certificate) -> None:
    """Certificates of servers, time-stamps and responders come from the same authorities but sign no documents.
    Raises ChainError."""
    extensions = certificate.extensions
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment):
            raise ChainError(
                Failure.WRONG_PURPOSE, "the key usage of the signer's certificate does not allow signatures"
            )
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return
    if purposes <= _OTHER_PURPOSES:
        raise ChainError(
            Failure.WRONG_PURPOSE, "the signer's certificate serves servers, time-stamps or responders only"
        )
