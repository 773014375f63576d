"""Verifying by the AdES way (ETSI EN 319 102-1): the proofs from the newest inwards, each at its moment."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping

from lxml import etree

from motcua.engines.trust_lists import (
    AlgorithmPolicy,
    Evidence,
    Proofs,
    StampError,
    Trust,
    Weight,
    shipped_policy,
    weigh,
)
from motcua.engines.xades.examination import Examined, WrongCertificateError, examine
from motcua.engines.xades.report import Level, Reason, XadesReport
from motcua.engines.xmldsig import Fault, XmlSignatureError, find_signatures, read_xml

_log = logging.getLogger(__name__)
_CLOCK_SKEW = dt.timedelta(minutes=5)
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
    try:
        return _report(found, trust, evidence or Evidence(), now, algorithms or shipped_policy(), stamped_at)
    except Exception as error:  # the same, further up a chain
        _log.info("a chain that cannot be read", exc_info=True)
        return _broken(Reason.MALFORMED, error)


def _report(
    found: Examined,
    trust: Trust,
    evidence: Evidence,
    now: dt.datetime,
    algorithms: AlgorithmPolicy,
    stamped_at: dt.datetime | None,
) -> XadesReport:
    """One sound signature under one trust at one time."""
    checked, claimed = found.checked, found.claimed
    digests = {
        method.algorithm for method in (checked.method.digest, *(part.digest for part in checked.parts))
    }
    proofs = Proofs(
        checked.certificate, checked.certificates, digests, found.kept, found.stamps, found.archives
    )
    weight = weigh(proofs, trust, evidence, now=now, algorithms=algorithms, stamped_at=stamped_at)
    valid = weight.failure is None
    return XadesReport(
        valid=valid,
        reasons=tuple(_remarks(weight, now)) if weight.failure is None else (Reason.of(weight.failure),),
        intact=True,
        certificate=checked.certificate,
        level=_level(found),
        claimed_at=claimed.at if claimed else None,
        at=weight.at or (claimed.at if claimed else None),
        at_is_proven=weight.at is not None,
        known_until=weight.known_until if valid else None,
        revoked_at=weight.revoked_at,
        roles=claimed.roles if claimed else (),
        place=claimed.place if claimed else "",
        policy=claimed.policy if claimed else "",
        parts=found.parts,
        warnings=tuple(_warnings(found, weight.at)),
        finding=weight.finding,
    )


def _remarks(weight: Weight, now: dt.datetime) -> Iterator[Reason]:
    if weight.revoked_later:
        yield Reason.REVOKED_LATER
    if weight.known_until < now:
        yield Reason.AS_OF_EVIDENCE


def _warnings(found: Examined, proven_at: dt.datetime | None) -> Iterator[str]:
    yield from found.checked.warnings
    claimed = found.claimed
    if claimed is None:
        yield "a plain XML signature: who signed when is not part of what is signed"
    elif claimed.at and proven_at and claimed.at > proven_at + _CLOCK_SKEW:
        yield "the signer claims a time later than the time-stamp"


def _level(found: Examined) -> Level:
    if found.claimed is None:
        return Level.XMLDSIG
    if not found.stamps and not found.archives:
        return Level.B_B
    if not found.has_revocation_data:
        return Level.B_T
    return Level.B_LTA if found.archives else Level.B_LT


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
