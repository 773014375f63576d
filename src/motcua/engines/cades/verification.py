"""Verifying by the AdES way (ETSI EN 319 102-1) what CMS messages say."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence

from asn1crypto import cms

from motcua.engines.cades.message import BrokenMessage, Examined, examine, read_message
from motcua.engines.cades.report import CadesReport, Level
from motcua.engines.trust_lists import (
    AlgorithmPolicy,
    Evidence,
    Proofs,
    Reason,
    Stamp,
    StampError,
    Trust,
    Weight,
    shipped_policy,
    weigh,
)

_log = logging.getLogger(__name__)
_CLOCK_SKEW = dt.timedelta(minutes=5)


def verify(
    message: bytes,
    contents: Mapping[str, bytes],
    trust: Trust,
    *,
    now: dt.datetime,
    evidence: Evidence | None = None,
    algorithms: AlgorithmPolicy | None = None,
    covered_by: Sequence[Stamp] = (),
    digests: Collection[str] = (),
) -> tuple[CadesReport, ...]:
    """The signers of a message (DER, BER or PEM) over what it encloses, or over one of `contents`; at least one report.

    `now` (with its zone) is the time of asking. Revocation data is required for every certificate; `evidence` is what
    the verifier has besides what the message keeps. `covered_by` are sound archive time-stamps over the whole message,
    oldest first, and `digests` further ones on which it rests (a container's). Never raises for bad input.
    """
    if now.tzinfo is None:
        raise ValueError("the time of verification needs a time zone")
    beside = evidence or Evidence()
    try:
        read = read_message(message)
    except BrokenMessage as error:
        return (_broken(error.reason, error),)

    def judged(signer: cms.SignerInfo) -> CadesReport:
        try:
            found = examine(read, signer, contents, beside.certificates)
            proofs = Proofs(
                found.certificate,
                read.certificates,
                found.digests | set(digests),
                found.kept,
                found.stamps,
                (*found.archives, *covered_by),
            )
            weight = weigh(proofs, trust, beside, now=now, algorithms=algorithms or shipped_policy())
            return _report(found, weight, now, covered=bool(covered_by))
        except BrokenMessage as error:
            return _broken(error.reason, error, read.enclosed)
        except StampError as error:
            return _broken(Reason.TIME_STAMP_INVALID, error, read.enclosed)
        except (
            Exception
        ) as error:  # certificates made by anyone fail in as many ways as there are broken ones
            _log.info("a signature that cannot be read", exc_info=True)
            return _broken(Reason.MALFORMED, error, read.enclosed)

    return tuple(judged(signer) for signer in read.signers)


def _report(found: Examined, weight: Weight, now: dt.datetime, *, covered: bool) -> CadesReport:
    valid = weight.failure is None
    return CadesReport(
        valid=valid,
        reasons=tuple(_remarks(weight, now)) if weight.failure is None else (Reason.of(weight.failure),),
        intact=True,
        file=found.file,
        content=found.content,
        certificate=found.certificate,
        level=_level(found, covered=covered),
        claimed_at=found.claimed_at,
        at=weight.at or found.claimed_at,
        at_is_proven=weight.at is not None,
        known_until=weight.known_until if valid else None,
        revoked_at=weight.revoked_at,
        finding=weight.finding,
        warnings=tuple(_warnings(found, weight.at)),
    )


def _remarks(weight: Weight, now: dt.datetime) -> Iterator[Reason]:
    if weight.revoked_later:
        yield Reason.REVOKED_LATER
    if weight.known_until < now:
        yield Reason.AS_OF_EVIDENCE


def _warnings(found: Examined, proven_at: dt.datetime | None) -> Iterator[str]:
    yield from found.warnings
    if not found.binds_certificate:
        yield "a plain CMS signature: the signer's certificate is not part of what is signed"
    if found.claimed_at and proven_at and found.claimed_at > proven_at + _CLOCK_SKEW:
        yield "the signer claims a time later than the time-stamp"


def _level(found: Examined, *, covered: bool) -> Level:
    if not found.binds_certificate:
        return Level.CMS
    if not found.stamps and not found.archives:
        return Level.B_B
    if not found.kept.ocsps and not found.kept.crls:
        return Level.B_T
    return Level.B_LTA if found.archives or covered else Level.B_LT


def _broken(reason: Reason, error: Exception, enclosed: bytes | None = None) -> CadesReport:
    return CadesReport(
        valid=False,
        reasons=(reason,),
        intact=False,
        file="",
        content=enclosed,
        certificate=None,
        level=Level.CMS,
        claimed_at=None,
        at=None,
        at_is_proven=False,
        known_until=None,
        revoked_at=None,
        finding=str(error),
    )
