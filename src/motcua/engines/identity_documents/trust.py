"""Whose documents are believed: each country's signing authorities (CSCA) and their lists of revoked signers.

The authorities' certificates come from the owners or from a master list (ICAO 9303-12 section 8); a document of one
country is never believed by the authority of another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from asn1crypto import cms
from asn1crypto.core import Integer, SetOf
from asn1crypto.core import Sequence as Asn1Sequence
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.x509.oid import NameOID

from motcua.engines.identity_documents.refusal import Disbelieved, Fault, torn
from motcua.engines.trust_lists import ChainError, Evidence, Failure, Roots, standing

MASTER_LIST = "2.23.136.1.1.2"


class _Certificates(SetOf):  # type: ignore[misc]
    _child_spec = Certificate


class _MasterList(Asn1Sequence):  # type: ignore[misc]
    _fields = [("version", Integer), ("certificates", _Certificates)]


@dataclass(frozen=True, slots=True)
class Authorities:
    """What one country's documents are believed by."""

    certificates: tuple[x509.Certificate, ...]
    revoked: tuple[bytes, ...] = ()
    """Lists of revoked document signers (DER)."""


@dataclass(frozen=True, slots=True)
class CardTrust:
    """`by_country` {alpha-3: Authorities}. A list of revoked signers that is out of date counts as none."""

    by_country: Mapping[str, Authorities] = field(default_factory=dict)

    def check_signer(self, signer: x509.Certificate, country: str, at: dt.datetime) -> x509.Certificate:
        """The authority of `country` under which the document signer stands. Raises Disbelieved."""
        known = self.by_country.get(country)
        if known is None:
            raise _unknown(country)
        evidence = Evidence(known.certificates, crls=known.revoked)
        try:
            return standing(signer, Roots(known.certificates), evidence, at=at, now=at).path[-1]
        except ChainError as failed:
            raise _refused(failed, country) from failed
        except Exception as broken:  # the certificate came off the chip: nobody vouches for its shape
            raise torn("SOD") from broken


def read_master_list(content: bytes) -> dict[str, list[x509.Certificate]]:
    """The authorities of a master list (CMS, ICAO 9303-12 section 8) by the alpha-2 country of their names.

    The signature on the list itself is not looked at: who loads it says where it is from. Raises ValueError.
    """
    try:
        enclosed = cms.ContentInfo.load(content, strict=True)["content"]["encap_content_info"]
        if enclosed["content_type"].dotted != MASTER_LIST:
            raise ValueError("its content is of another type")
        listed = _MasterList.load(bytes(enclosed["content"].native), strict=True)["certificates"]
        every = [x509.load_der_x509_certificate(one.dump()) for one in listed]
    except Exception as broken:  # bytes made by anyone fail in as many ways as there are broken files
        raise ValueError(f"this is not a master list of authorities: {broken}") from broken
    found: dict[str, list[x509.Certificate]] = {}
    for one in every:
        countries = one.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
        found.setdefault(str(countries[0].value).upper() if countries else "", []).append(one)
    return found


def joined(trusts: Sequence[CardTrust]) -> CardTrust:
    """All of them as one."""
    every: dict[str, Authorities] = {}
    for country, one in chain.from_iterable(trust.by_country.items() for trust in trusts):
        before = every.get(country, Authorities(()))
        every[country] = Authorities(before.certificates + one.certificates, before.revoked + one.revoked)
    return CardTrust(every)


def _unknown(country: str) -> Disbelieved:
    return Disbelieved(
        Fault.UNKNOWN_ISSUER,
        f"Chưa có chứng thư của cơ quan cấp giấy tờ nước {country}. "
        "Nhận biết bằng bản chính; quản trị viên bổ sung được.",
        f"There is no certificate of the issuing authority of {country}. Look at the document itself; "
        "the administrator can add one.",
    )


def _refused(failed: ChainError, country: str) -> Disbelieved:
    if failed.failure is Failure.UNKNOWN_ISSUER:
        return _unknown(country)
    if failed.failure is Failure.REVOKED:
        return Disbelieved(
            Fault.REVOKED,
            "Người ký dữ liệu trên chip đã bị cơ quan cấp thu hồi. Nhận biết bằng bản chính và báo cơ quan cấp thẻ.",
            "The signer of this chip's data was revoked by the issuer. "
            "Look at the document itself and tell the issuer.",
        )
    if failed.failure is Failure.REVOCATION_UNKNOWN:
        return Disbelieved(
            Fault.STANDING_UNKNOWN,
            f"Danh sách thu hồi của nước {country} đã cũ hoặc thiếu, nên chưa tin chip được. "
            "Quản trị viên nạp bản mới.",
            f"The revocation list of {country} is missing or out of date, so the chip cannot be believed yet. "
            "The administrator loads a new one.",
        )
    return Disbelieved(
        Fault.OUT_OF_FORCE,
        "Chứng thư ký dữ liệu trên chip không còn hiệu lực hoặc chưa có hiệu lực. Nhận biết bằng bản chính giấy tờ.",
        "The certificate that signed this chip's data is not in force. Look at the document itself.",
    )
