"""Archive time-stamps of a PDF from the newest inwards: to which moment they carry the judgement back."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from asn1crypto.cms import ContentInfo
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from motcua.engines.trust_lists import (
    AlgorithmPolicy,
    ChainError,
    Evidence,
    Failure,
    ServiceKind,
    Stamp,
    StampError,
    Trust,
    read_stamp,
    standing,
)


@dataclass(frozen=True, slots=True)
class Archive:
    """What the time-stamps over the document prove."""

    horizon: dt.datetime
    """The oldest time-stamp's moment: all beneath it was there by then."""
    known_until: dt.datetime
    """As of when the time-stamps' certificates are known to have stood."""


def walk_archives(
    reader: PdfFileReader, trust: Trust, evidence: Evidence, algorithms: AlgorithmPolicy, now: dt.datetime
) -> Archive | None:
    """None without archive time-stamps, and when one of them is broken: then they prove nothing.

    Raises ChainError when the certificate of a sound one cannot be relied on.

    Each is weighed at the moment of the next newer one, the newest at `now`, so that its certificate may have
    ended and its algorithms may be retired since (ETSI EN 319 102-1 section 5.6.2.4).
    """
    horizon = known_until = now
    found = sorted(
        reader.embedded_timestamp_signatures, key=lambda each: int(each.signed_revision), reverse=True
    )
    for each in found:
        try:
            stamp = read_archive_stamp(each)
            _check_algorithms(stamp, algorithms, horizon)
            stood = standing(
                stamp.certificate,
                trust,
                evidence + Evidence(stamp.certificates),
                at=stamp.at,
                now=horizon,
                kind=ServiceKind.TIME_STAMPS,
                algorithms=algorithms,
            )
        except ValueError:  # a StampError, or bytes that are no token at all
            return None
        if stood.known_until < horizon:
            known_until = min(known_until, stood.known_until)
        horizon = stamp.at
    return Archive(horizon, known_until) if found else None


def read_archive_stamp(stamp: EmbeddedPdfSignature) -> Stamp:
    """A time-stamp over the document up to it. Raises StampError."""
    return read_stamp(_token(stamp), _covered(stamp))


def _token(stamp: EmbeddedPdfSignature) -> bytes:
    """Without the zeros that fill up its room."""
    token: bytes = ContentInfo.load(bytes(stamp.pkcs7_content)).dump()
    return token


def _covered(stamp: EmbeddedPdfSignature) -> bytes:
    """The bytes under the time-stamp: all up to the end of its revision but its own contents."""
    first, before, second, after = (int(each) for each in stamp.byte_range)
    pdf: bytes = stamp.reader.stream.getvalue()
    hole = pdf[first + before : second]
    if first != 0 or before <= 0 or not (hole.startswith(b"<") and hole.endswith(b">")) or b">" in hole[:-1]:
        raise StampError("the time-stamp leaves out more than itself")
    return pdf[:before] + pdf[second : second + after]


def _check_algorithms(stamp: Stamp, algorithms: AlgorithmPolicy, horizon: dt.datetime) -> None:
    if stamp.at > horizon:
        raise StampError("an inner time-stamp is younger than the one over it")
    rule = algorithms.digest_rule(stamp.digest)
    retired = rule is None or not rule.allows(horizon)
    if retired or not algorithms.allows(stamp.certificate.public_key(), stamp.signed_digest, horizon):
        raise ChainError(
            Failure.WEAK_ALGORITHM,
            "the time-stamp's algorithms were retired before anything newer protected it",
        )
