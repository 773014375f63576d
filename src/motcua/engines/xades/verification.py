"""Verifying by the AdES way (ETSI EN 319 102-1): the proofs from the newest inwards, each at its moment."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from lxml import etree

from motcua.engines.trust_lists import (
    AlgorithmPolicy,
    ChainError,
    Evidence,
    Failure,
    ServiceKind,
    Stamp,
    StampError,
    Trust,
    revoked_at,
    shipped_policy,
    standing,
)
from motcua.engines.xades.examination import Examined, WrongCertificateError, examine
from motcua.engines.xades.report import Level, Reason, XadesReport
from motcua.engines.xmldsig import Fault, XmlSignatureError, find_signatures, read_xml

_OTHER_PURPOSES = {
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
}
_log = logging.getLogger(__name__)
_CLOCK_SKEW = dt.timedelta(minutes=5)
_REASONS = {
    Failure.UNKNOWN_ISSUER: Reason.UNKNOWN_ISSUER,
    Failure.OUT_OF_FORCE: Reason.EXPIRED,
    Failure.REVOKED: Reason.REVOKED,
    Failure.REVOCATION_UNKNOWN: Reason.REVOCATION_UNKNOWN,
    Failure.WEAK_ALGORITHM: Reason.WEAK_ALGORITHM,
}
_FAULTS = {Fault.ALTERED: Reason.ALTERED, Fault.FORGED: Reason.FORGED, Fault.MISSING: Reason.ALTERED}


def verify_document(
    document: bytes,
    trust: Trust,
    *,
    now: dt.datetime,
    evidence: Evidence | None = None,
    contents: Mapping[str, bytes] | None = None,
    algorithms: AlgorithmPolicy | None = None,
) -> tuple[XadesReport, ...]:
    """The signatures of an XML document, in their order; none for what is not XML or bears none.

    A signature that covers neither the whole document nor a file is valid for its part only: see `parts`.
    Never raises for bad input.
    """
    try:
        signatures = find_signatures(read_xml(document))
    except XmlSignatureError:
        return ()
    return tuple(
        verify(each, trust, now=now, evidence=evidence, contents=contents, algorithms=algorithms)
        for each in signatures
    )


def verify(
    signature: etree._Element,
    trust: Trust,
    *,
    now: dt.datetime,
    evidence: Evidence | None = None,
    contents: Mapping[str, bytes] | None = None,
    algorithms: AlgorithmPolicy | None = None,
    stamped_at: dt.datetime | None = None,
) -> XadesReport:
    """Whether one signature holds and by whom; `now` (with its zone) is the time of asking.

    `evidence` is what the verifier has besides what the signature keeps; revocation data is required for
    every certificate. `stamped_at` is a time that the caller proved by other means (a container's
    time-stamp). `algorithms` defaults to the shipped policy. Never raises for bad input.
    """
    if now.tzinfo is None:
        raise ValueError("the time of verification needs a time zone")
    try:
        found = examine(signature, contents, (evidence or Evidence()).certificates)
    except WrongCertificateError as error:
        return _broken(Reason.WRONG_CERTIFICATE, error)
    except StampError as error:
        return _broken(Reason.TIME_STAMP_INVALID, error)
    except XmlSignatureError as error:
        return _broken(_FAULTS.get(error.fault, Reason.MALFORMED), error)
    except Exception as error:  # certificates made by anyone fail in as many ways as there are broken ones
        _log.info("a signature that cannot be read", exc_info=True)
        return _broken(Reason.MALFORMED, error)
    weighing = _Weighing(
        found, trust, (evidence or Evidence()) + found.kept, now, algorithms or shipped_policy()
    )
    try:
        return weighing.report(stamped_at)
    except Exception as error:  # the same, further up a chain
        _log.info("a chain that cannot be read", exc_info=True)
        return _broken(Reason.MALFORMED, error)


@dataclass
class _Weighing:
    """One sound signature under one trust at one time. `horizon` is when what is inside is protected from."""

    found: Examined
    trust: Trust
    evidence: Evidence
    now: dt.datetime
    algorithms: AlgorithmPolicy

    def __post_init__(self) -> None:
        self.horizon = self.now
        self.known_until = self.now

    def report(self, stamped_at: dt.datetime | None) -> XadesReport:
        proven_at, failure, finding = stamped_at, None, ""
        revoked_later: dt.datetime | None = None
        try:
            for archive in reversed(self.found.archives):
                self._weigh_stamp(archive)
                self.horizon = archive.at
            for stamp in self.found.stamps:
                self._weigh_stamp(stamp)
                proven_at = min(stamp.at, proven_at or stamp.at)
            self._check_algorithm()
            _check_purpose(self.found.checked.certificate)
            revoked_later = self._weigh_signer(proven_at)
        except _WrongPurpose as wrong:
            failure, finding = Reason.WRONG_PURPOSE, str(wrong)
        except _StampFailed as failed:
            proven_at = None
            failure, finding = failed.reason, str(failed)
        except ChainError as error:
            failure, finding = _REASONS[error.failure], str(error)
        valid = failure is None
        claimed = self.found.claimed
        return XadesReport(
            valid=valid,
            reasons=(failure,) if failure else tuple(self._remarks(revoked_later)),
            intact=True,
            certificate=self.found.checked.certificate,
            level=self._level(),
            claimed_at=claimed.at if claimed else None,
            at=proven_at or (claimed.at if claimed else None),
            at_is_proven=proven_at is not None,
            known_until=self.known_until if valid else None,
            revoked_at=revoked_at(self.found.checked.certificate, self.trust, self.evidence, self.now),
            roles=claimed.roles if claimed else (),
            place=claimed.place if claimed else "",
            policy=claimed.policy if claimed else "",
            parts=self.found.parts,
            warnings=tuple(self._warnings(proven_at)),
            finding=finding,
        )

    def _weigh_stamp(self, stamp: Stamp) -> None:
        if stamp.at > self.horizon:
            raise _StampFailed(Reason.TIME_STAMP_INVALID, "a time-stamp is younger than what it lies under")
        if not self.algorithms.allows(stamp.certificate.public_key(), stamp.signed_digest, self.horizon):
            raise _StampFailed(Reason.WEAK_ALGORITHM, "a time-stamp's algorithm was retired unprotected")
        rule = self.algorithms.digest_rule(stamp.digest)
        if rule is None or not rule.allows(self.horizon):
            raise _StampFailed(Reason.WEAK_ALGORITHM, "a time-stamp's digest was retired unprotected")
        try:
            self._stand(stamp.certificate, stamp.certificates, ServiceKind.TIME_STAMPS, stamp.at)
        except ChainError as error:
            weak = error.failure in (Failure.WEAK_ALGORITHM, Failure.REVOCATION_UNKNOWN)
            reason = _REASONS[error.failure] if weak else Reason.TIME_STAMP_INVALID
            raise _StampFailed(reason, f"time-stamp: {error}") from error

    def _weigh_signer(self, proven_at: dt.datetime | None) -> dt.datetime | None:
        checked = self.found.checked
        at = proven_at or self.horizon
        return self._stand(checked.certificate, checked.certificates, ServiceKind.CERTIFICATES, at)

    def _stand(
        self,
        certificate: x509.Certificate,
        along: Sequence[x509.Certificate],
        kind: ServiceKind,
        at: dt.datetime,
    ) -> dt.datetime | None:
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
        return stood.revoked_at

    def _check_algorithm(self) -> None:
        method = self.found.checked.method
        digests = {method.digest, *(part.digest for part in self.found.checked.parts)}
        key = self.found.checked.certificate.public_key()
        if not all(self.algorithms.allows(key, each.algorithm, self.horizon) for each in digests):
            raise ChainError(
                Failure.WEAK_ALGORITHM, f"{method.name} was retired, and nothing newer protects it"
            )

    def _remarks(self, revoked_later: dt.datetime | None) -> Iterator[Reason]:
        if revoked_later is not None:
            yield Reason.REVOKED_LATER
        if self.known_until < self.now:
            yield Reason.AS_OF_EVIDENCE

    def _warnings(self, proven_at: dt.datetime | None) -> Iterator[str]:
        yield from self.found.checked.warnings
        claimed = self.found.claimed
        if claimed is None:
            yield "a plain XML signature: who signed when is not part of what is signed"
        elif claimed.at and proven_at and claimed.at > proven_at + _CLOCK_SKEW:
            yield "the signer claims a time later than the time-stamp"

    def _level(self) -> Level:
        found = self.found
        if found.claimed is None:
            return Level.XMLDSIG
        if not found.stamps and not found.archives:
            return Level.B_B
        if not found.has_revocation_data:
            return Level.B_T
        return Level.B_LTA if found.archives else Level.B_LT


class _StampFailed(Exception):
    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class _WrongPurpose(Exception):
    pass


def _check_purpose(certificate: x509.Certificate) -> None:
    """Certificates of servers, time-stamps and responders come from the same authorities but sign no documents."""
    extensions = certificate.extensions
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment):
            raise _WrongPurpose("the key usage of the signer's certificate does not allow signatures")
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return
    if purposes <= _OTHER_PURPOSES:
        raise _WrongPurpose("the signer's certificate serves servers, time-stamps or responders only")


def _broken(reason: Reason, error: Exception) -> XadesReport:
    return XadesReport(
        valid=False,
        reasons=(reason,),
        intact=False,
        certificate=None,
        level=Level.XMLDSIG,
        claimed_at=None,
        at=None,
        at_is_proven=False,
        known_until=None,
        revoked_at=None,
        roles=(),
        place="",
        policy="",
        parts=(),
        warnings=(),
        finding=str(error),
    )
