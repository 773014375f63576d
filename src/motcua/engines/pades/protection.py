"""Until when a signed PDF proves itself: its newest time-stamps end, or an algorithm under them is retired."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from io import BytesIO

from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

from motcua.engines.pades.archives import read_archive_stamp
from motcua.engines.trust_lists import AlgorithmPolicy, Stamp, read_stamp, shipped_policy
from motcua.engines.trust_lists.algorithms import AlgorithmRule


def protected_until(pdf: bytes, algorithms: AlgorithmPolicy | None = None) -> dt.datetime | None:
    """The last moment at which it can be renewed; None for a PDF without time-stamps, which nothing protects.

    With archive time-stamps the newest one counts alone; without, the signatures' own and the signers' keys.
    """
    policy = algorithms or shipped_policy()
    reader = PdfFileReader(BytesIO(pdf), strict=False)
    archives = sorted(reader.embedded_timestamp_signatures, key=lambda each: int(each.signed_revision))
    if archives:
        return min(_ends(read_archive_stamp(archives[-1]), policy))
    ends: list[dt.datetime] = []
    for each in reader.embedded_regular_signatures:
        token = next(extract_tst_data_iter(each.signer_info, signed=False), None)
        if token is None:
            return None
        value = bytes(each.signer_info["signature"].native)
        ends += _ends(read_stamp(_whole(token), value), policy)
        signer = x509.load_der_x509_certificate(each.signer_cert.dump())
        ends += _retired(policy.rule_of(signer.public_key()))
    return min(ends, default=None)


def _ends(stamp: Stamp, policy: AlgorithmPolicy) -> Iterator[dt.datetime]:
    yield stamp.certificate.not_valid_after_utc
    for certificate in (stamp.certificate, *stamp.certificates):
        yield from _retired(policy.rule_of(certificate.public_key()))
    for digest in (stamp.digest, stamp.signed_digest):
        yield from _retired(policy.digest_rule(digest))


def _retired(rule: AlgorithmRule | None) -> Iterator[dt.datetime]:
    """The end of the last day; an algorithm that the policy does not know is retired already."""
    if rule is None:
        yield dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    elif rule.until is not None:
        yield dt.datetime.combine(rule.until, dt.time(23, 59, 59), dt.UTC)


def _whole(signed_data: object) -> bytes:
    """The token as RFC 3161 hands it over: SignedData with its content type."""
    from asn1crypto.cms import ContentInfo

    token: bytes = ContentInfo({"content_type": "signed_data", "content": signed_data}).dump()
    return token
