"""Verifying PDF signatures by ETSI EN 319 102-1 (AdES), on pyHanko.

PyHanko's plain `validate` calls every signature of a revoked certificate revoked, even one proven older
than the revocation; its AdES path weighs time-stamps. Revocation data is required for the whole chain.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESPassed, AdESSubIndic
from pyhanko.sign.validation.ades import (
    AdESBasicValidationResult,
    ades_basic_validation,
    ades_lta_validation,
    ades_with_time_validation,
)
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.fetchers import FetcherBackend
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from motcua.engines.pades.algorithms import RetiredAlgorithms
from motcua.engines.pades.archives import Archive, walk_archives
from motcua.engines.pades.authorities import disowned
from motcua.engines.pades.changes import covers
from motcua.engines.pades.verdict import Level, Reason, SignatureReport, Today, Verdict
from motcua.engines.pki import der_of
from motcua.engines.trust_lists import (
    AlgorithmPolicy,
    ChainError,
    Evidence,
    Failure,
    Roots,
    Trust,
    shipped_policy,
    standing,
)
from motcua.engines.trust_lists.chains import run

_MOMENTS_TRIED = 16  # each costs some 30 ms, and a file may hold any number
_log = logging.getLogger(__name__)
_BROKEN: dict[AdESSubIndic, Reason] = {
    AdESFailure.HASH_FAILURE: Reason.ALTERED,
    AdESFailure.SIG_CRYPTO_FAILURE: Reason.FORGED,
    AdESFailure.FORMAT_FAILURE: Reason.MALFORMED,
    AdESIndeterminate.SIGNED_DATA_NOT_FOUND: Reason.MALFORMED,
}
_UNTRUSTED: dict[AdESSubIndic, Reason] = {
    AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND: Reason.UNKNOWN_ISSUER,
    AdESIndeterminate.NO_SIGNING_CERTIFICATE_FOUND: Reason.UNKNOWN_ISSUER,
    AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE: Reason.UNKNOWN_ISSUER,
}
_REASONS: dict[AdESSubIndic, Reason] = {
    **_BROKEN,
    **_UNTRUSTED,
    AdESFailure.REVOKED: Reason.REVOKED,
    AdESFailure.NOT_YET_VALID: Reason.EXPIRED,
    AdESIndeterminate.REVOKED_NO_POE: Reason.REVOKED,
    AdESIndeterminate.REVOKED_CA_NO_POE: Reason.REVOKED,
    AdESIndeterminate.EXPIRED: Reason.EXPIRED,
    AdESIndeterminate.NOT_YET_VALID: Reason.EXPIRED,
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: Reason.EXPIRED,
    AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED: Reason.EXPIRED,
    AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE: Reason.REVOCATION_UNKNOWN,
    AdESIndeterminate.TRY_LATER: Reason.REVOCATION_UNKNOWN,
    AdESIndeterminate.REVOCATION_OUT_OF_BOUNDS_NO_POE: Reason.REVOCATION_UNKNOWN,
    AdESIndeterminate.TIMESTAMP_ORDER_FAILURE: Reason.TIME_STAMP_INVALID,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE: Reason.WEAK_ALGORITHM,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: Reason.WEAK_ALGORITHM,
}

_TODAY = {Failure.REVOKED: Today.REVOKED, Failure.OUT_OF_FORCE: Today.ENDED}


@dataclass(frozen=True)
class _Evidence:
    """What is known of revocation, from the caller and from the document."""

    certificates: tuple[Any, ...]
    ocsps: tuple[OCSPContainer, ...]
    crls: tuple[CRLContainer, ...]

    def __add__(self, other: _Evidence) -> _Evidence:
        return _Evidence(
            self.certificates + other.certificates, self.ocsps + other.ocsps, self.crls + other.crls
        )

    def for_chains(self) -> Evidence:
        """The same in the form of `trust_lists`."""
        return Evidence(
            tuple(x509.load_der_x509_certificate(each.dump()) for each in self.certificates),
            tuple(each.ocsp_response_data.dump() for each in self.ocsps),
            tuple(each.crl_data.dump() for each in self.crls),
        )

    def revoked_at(self, serial: int, issuer: object) -> dt.datetime | None:
        """When the certificate was revoked, by the earliest word of it."""
        moments = [moment for at, moment in self._revocations(issuer) if at == serial]
        return min(moments, default=None)

    def moments_from(self, moment: dt.datetime) -> list[dt.datetime]:
        """When, from `moment` on, more of this became known; the latest first."""
        issues: list[dt.datetime] = [answer["this_update"].native for answer in self._answers()]
        issues += [each.crl_data["tbs_cert_list"]["this_update"].native for each in self.crls]
        return sorted({moment, *(issue for issue in issues if issue > moment)}, reverse=True)

    def _answers(self) -> Iterator[Any]:
        for each in self.ocsps:
            answer = each.extract_single_response()
            if answer is not None:
                yield answer

    def _revocations(self, issuer: object) -> Iterator[tuple[int, dt.datetime]]:
        for answer in self._answers():
            if answer["cert_status"].name == "revoked":
                revoked = answer["cert_status"].chosen["revocation_time"].native
                yield answer["cert_id"]["serial_number"].native, revoked
        for each in self.crls:
            if each.crl_data.issuer == issuer:
                for entry in each.crl_data["tbs_cert_list"]["revoked_certificates"] or ():
                    yield entry["user_certificate"].native, entry["revocation_date"].native


def verify(
    pdf: bytes,
    trust_roots: Sequence[x509.Certificate],
    *,
    now: dt.datetime,
    certificates: Sequence[x509.Certificate] = (),
    crls: Sequence[bytes] = (),
    ocsps: Sequence[bytes] = (),
    fetcher: FetcherBackend | None = None,
    algorithms: AlgorithmPolicy | None = None,
    trust: Trust | None = None,
) -> Verdict:
    """Whether a PDF is signed, unchanged since, and by whom; `now` (with its zone) is the time of asking.

    Works offline with the evidence in the document and what is passed (DER); a `fetcher` may ask the
    addresses in certificates besides. A document raised to B-LT stays verifiable by its own evidence when
    that is no longer fresh: then `known_until` is the moment of the evidence. `algorithms` says until when each may
    be relied on (default: the shipped table), `trust` which of `trust_roots` are trusted when (default: all at all
    times). Never raises for bad input.
    """
    if now.tzinfo is None:
        raise ValueError("the time of verification needs a time zone")
    given = _Evidence(
        tuple(asn1_x509.Certificate.load(der_of(each)) for each in certificates),
        tuple(container for each in ocsps for container in _ocsp_containers(each)),
        tuple(CRLContainer(asn1_crl.CertificateList.load(each)) for each in crls),
    )
    # The parsers below meet bytes made by anyone, and fail in as many ways as there are broken files.
    try:
        reader = PdfFileReader(BytesIO(pdf), strict=False)
        signatures = list(reader.embedded_regular_signatures)
        kept = _evidence_in(reader)
    except Exception:
        _log.info("not a readable PDF", exc_info=True)
        return Verdict(False, (), False, (Reason.MALFORMED if b"/ByteRange" in pdf else Reason.NOT_A_PDF,))
    try:
        table = algorithms or shipped_policy()
        dated = trust or Roots(tuple(trust_roots))
        examination = _Examination(reader, trust_roots, dated, now, given, kept, fetcher, table)
        reports = tuple(examination.report(each, last=each is signatures[-1]) for each in signatures)
    except Exception:
        _log.info("a signature that cannot be read", exc_info=True)
        return Verdict(False, (), False, (Reason.MALFORMED,))
    changed = any(not each.covers_whole_document for each in reports)
    reasons = dict.fromkeys(reason for report in reports for reason in report.reasons)
    if not reports:
        reasons = {Reason.UNSIGNED: None}
    valid = bool(reports) and not changed and all(each.valid for each in reports)
    return Verdict(valid, reports, changed, tuple(reasons))


class _Examination:
    """One document under one policy at one time.

    Sound archive time-stamps move the judgement back to the oldest of them: what lies beneath is weighed
    as at that moment, which they prove.
    """

    def __init__(
        self,
        reader: PdfFileReader,
        trust_roots: Sequence[x509.Certificate],
        trust: Trust,
        now: dt.datetime,
        given: _Evidence,
        kept: _Evidence,
        fetcher: FetcherBackend | None,
        algorithms: AlgorithmPolicy,
    ) -> None:
        self._reader = reader
        self._now = now
        self._kept = kept
        self._all = given + kept
        self._archived = bool(list(reader.embedded_timestamp_signatures))
        self._trust = trust
        self._archive: Archive | None = None
        self._archive_failure: Failure | None = None
        try:
            self._archive = walk_archives(reader, self._trust, self._all.for_chains(), algorithms, now)
        except ChainError as error:
            self._archive_failure = error.failure
        horizon = self._archive.horizon if self._archive else now
        policy = RetiredAlgorithms(algorithms, horizon)
        self._horizon = horizon
        roots = [asn1_x509.Certificate.load(der_of(each)) for each in trust_roots]
        online = RevinfoOnlineFetchingRule.NO_HISTORICAL_FETCH
        self._spec = SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(roots),
                revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
                algorithm_usage_policy=policy,
            ),
            signature_algorithm_policy=CMSAlgorithmUsagePolicy.lift_policy(policy),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online if fetcher else RevinfoOnlineFetchingRule.LOCAL_ONLY, fetcher_backend=fetcher
            ),
        )

    def report(self, signature: EmbeddedPdfSignature, *, last: bool) -> SignatureReport:
        stamped_at = _stamped_at(signature)
        known_until = self._archive.known_until if self._archive else self._now
        result = self._validate(signature, self._horizon, self._all)
        if not _passed(result) and stamped_at and self._can_speak_for_itself(result):
            for moment in self._kept.moments_from(stamped_at)[:_MOMENTS_TRIED]:
                earlier = self._validate(signature, moment, self._kept)
                if moment <= self._horizon and _passed(earlier):
                    result = earlier
                    known_until = known_until if self._archive else moment
                    break
        return self._describe(signature, result, stamped_at, known_until, last=last)

    def _can_speak_for_itself(self, result: AdESBasicValidationResult[Any]) -> bool:
        """Only missing freshness is healed by the evidence kept; never a revocation that is known of."""
        lapsed = (Reason.REVOCATION_UNKNOWN, Reason.EXPIRED, Reason.TIME_STAMP_INVALID, None)
        has_evidence = bool(self._kept.ocsps or self._kept.crls)
        return has_evidence and _REASONS.get(result.ades_subindic) in lapsed

    def _validate(
        self, signature: EmbeddedPdfSignature, moment: dt.datetime, evidence: _Evidence
    ) -> AdESBasicValidationResult[Any]:
        known = LocalKnowledge(
            known_ocsps=list(evidence.ocsps),
            known_crls=list(evidence.crls),
            known_certs=list(evidence.certificates),
        )
        spec = replace(self._spec, local_knowledge=known)
        timing = ValidationTimingInfo(moment, moment, point_in_time_validation=moment < self._now)
        if self._archived and not self._archive:
            return run(ades_lta_validation(signature, PdfSignatureValidationSpec(spec), timing))
        validate = ades_with_time_validation if _stamped_at(signature) else ades_basic_validation
        return run(
            validate(signature.signed_data, spec, timing_info=timing, raw_digest=signature.compute_digest())
        )

    def _describe(
        self,
        signature: EmbeddedPdfSignature,
        result: AdESBasicValidationResult[Any],
        stamped_at: dt.datetime | None,
        known_until: dt.datetime,
        *,
        last: bool,
    ) -> SignatureReport:
        certificate = signature.signer_cert
        subject = certificate.subject.native
        indication = result.ades_subindic
        revoked_at = self._all.revoked_at(certificate.serial_number, certificate.issuer)
        at = stamped_at or signature.self_reported_timestamp
        unchanged = covers(signature, last=last)
        above = disowned(
            signature, self._trust, self._all.for_chains(), stamped_at=stamped_at, horizon=self._horizon
        )
        details = above or result.failure_msg or ""
        valid = _passed(result) and unchanged and not above
        if valid and revoked_at and (stamped_at is None or revoked_at <= stamped_at):
            valid = False
        return SignatureReport(
            field=signature.field_name,
            signer=_text(subject, "common_name"),
            position=_text(subject, "title"),
            organisation=_text(subject, "organization_name"),
            serial=certificate.serial_number,
            at=at,
            at_is_proven=stamped_at is not None and _passed(result),
            covers_whole_document=unchanged,
            intact=indication not in _BROKEN,
            trusted=indication not in _BROKEN and indication not in _UNTRUSTED,
            revoked=revoked_at is not None,
            revoked_at=revoked_at,
            known_until=known_until if valid else None,
            level=self._level(stamped_at),
            valid=valid,
            reasons=tuple(self._reasons(result, valid, unchanged, bool(revoked_at or above), known_until)),
            today=self._today(signature),
            certificate=x509.load_der_x509_certificate(certificate.dump()),
            finding=f"{indication.status.name}: {indication.standard_name}. {details}".strip(),
        )

    def _reasons(
        self,
        result: AdESBasicValidationResult[Any],
        valid: bool,
        unchanged: bool,
        revoked: bool,
        known_until: dt.datetime,
    ) -> Iterator[Reason]:
        if not unchanged:
            yield Reason.ALTERED
        if not _passed(result):
            reason = _REASONS.get(result.ades_subindic, Reason.NOT_PROVEN)
            if self._archive_failure is Failure.WEAK_ALGORITHM and reason is Reason.NOT_PROVEN:
                reason = Reason.WEAK_ALGORITHM
            if unchanged or reason is not Reason.ALTERED:
                yield reason
        elif revoked:
            yield Reason.REVOKED_LATER if valid else Reason.REVOKED
        if valid and known_until < self._now:
            yield Reason.AS_OF_EVIDENCE

    def _today(self, signature: EmbeddedPdfSignature) -> Today:
        """What is known at the time of asking of the signer's certificate, whatever it means for the signature."""
        certificate = x509.load_der_x509_certificate(signature.signer_cert.dump())
        known = self._all.for_chains() + Evidence(
            tuple(x509.load_der_x509_certificate(each.dump()) for each in signature.other_embedded_certs)
        )
        try:
            stood = standing(certificate, self._trust, known, at=self._now, now=self._now)
        except ChainError as error:
            return _TODAY.get(error.failure, Today.UNKNOWN)
        return Today.GOOD if stood.known_until == self._now else Today.UNKNOWN

    def _level(self, stamped_at: dt.datetime | None) -> Level:
        if stamped_at is None:
            return Level.B_B
        if not self._kept.ocsps and not self._kept.crls:
            return Level.B_T
        return Level.B_LTA if self._archived else Level.B_LT


def _stamped_at(signature: EmbeddedPdfSignature) -> dt.datetime | None:
    stamp = next(extract_tst_data_iter(signature.signer_info, signed=False), None)
    if stamp is None:
        return None
    moment: dt.datetime = stamp["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def _evidence_in(reader: PdfFileReader) -> _Evidence:
    if "/DSS" not in reader.root:
        return _Evidence((), (), ())

    store = reader.root["/DSS"]

    def values(key: str) -> Iterator[bytes]:
        return (each.get_object().data for each in store.get(key, generic.ArrayObject()).get_object())

    return _Evidence(
        tuple(asn1_x509.Certificate.load(each) for each in values("/Certs")),
        tuple(container for each in values("/OCSPs") for container in _ocsp_containers(each)),
        tuple(CRLContainer(asn1_crl.CertificateList.load(each)) for each in values("/CRLs")),
    )


def _ocsp_containers(response: bytes) -> Sequence[OCSPContainer]:
    return OCSPContainer.load_multi(asn1_ocsp.OCSPResponse.load(response))


def _passed(result: AdESBasicValidationResult[Any]) -> bool:
    return result.ades_subindic is AdESPassed.OK


def _text(names: dict[str, object], key: str) -> str:
    value = names.get(key, "")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
