"""Authorities that were revoked, or trusted no longer, before what rests on them.

PyHanko falls back on the evidence kept in a document when the present one does not serve, a revoked authority's
included; so the chains are asked once more, by every authentic word there is.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import datetime as dt

from cryptography import x509
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from motcua.engines.trust_lists import (
    ChainError,
    Evidence,
    Failure,
    ServiceKind,
    StampError,
    Trust,
    read_stamp,
    standing,
)

_STAMP = "signature_time_stamp_token"


def disowned(
    signature: EmbeddedPdfSignature,
    trust: Trust,
    evidence: Evidence,
    *,
    stamped_at: dt.datetime | None,
    horizon: dt.datetime,
) -> str:
    """Whose authority was revoked before, the signer's or the time-stamp's, or which time-stamp nobody vouched for when
    it was made, in words for experts; "" for nobody's. For signers the trust lists are asked elsewhere."""
    signer = x509.load_der_x509_certificate(signature.signer_cert.dump())
    along = tuple(x509.load_der_x509_certificate(one.dump()) for one in signature.other_embedded_certs)
    asked = [(signer, along, stamped_at or horizon, ServiceKind.CERTIFICATES)]
    for attribute in signature.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == _STAMP:
            try:
                stamp = read_stamp(attribute["values"][0].dump(), signature.signer_info["signature"].native)
            except StampError:
                continue  # pyHanko says so itself
            asked.append((stamp.certificate, stamp.certificates, stamp.at, ServiceKind.TIME_STAMPS))
    for certificate, others, at, kind in asked:
        try:
            standing(certificate, trust, evidence + Evidence(others), at=at, now=horizon, kind=kind)
        except ChainError as error:
            if error.failure is Failure.REVOKED:
                return str(error)
            if kind is ServiceKind.TIME_STAMPS and error.failure is Failure.UNKNOWN_ISSUER:
                return f"time-stamp: {error} at its time"
    return ""
