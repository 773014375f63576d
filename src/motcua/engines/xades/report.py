"""What verification of an XML signature finds, in terms that a page or a command can say to anyone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum, StrEnum

from cryptography import x509

from motcua.engines.xmldsig import SignedPart


class Level(StrEnum):
    """XAdES baseline levels (ETSI EN 319 132-1): how long a signature can be proven."""

    XMLDSIG = "XML-DSig"
    """a plain XML signature: says neither who claims to have signed, nor when"""
    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"


class Reason(Enum):
    """Why a verdict is what it is."""

    MALFORMED = ("Chữ ký không đúng định dạng.", "The signature does not have the form it should.")
    ALTERED = ("Nội dung đã bị thay đổi sau khi ký.", "The content was changed after it was signed.")
    FORGED = (
        "Chữ ký không do khóa trong chứng thư tạo ra.",
        "The signature was not made by the key of its certificate.",
    )
    WRONG_CERTIFICATE = (
        "Chứng thư kèm theo không phải chứng thư mà người ký đã nêu trong chữ ký.",
        "The certificate that came along is not the one the signer named in the signature.",
    )
    WRONG_PURPOSE = (
        "Chứng thư của người ký không dùng để ký văn bản.",
        "The signer's certificate is not one for signing documents.",
    )
    UNKNOWN_ISSUER = (
        "Chứng thư của người ký không thuộc tổ chức chứng thực được tin cậy.",
        "The signer's certificate does not come from a trusted authority.",
    )
    REVOKED = (
        "Chứng thư đã bị thu hồi trước khi ký, hoặc không chứng minh được là ký trước khi thu hồi.",
        "The certificate was revoked before signing, or nothing proves that signing came first.",
    )
    EXPIRED = (
        "Chứng thư không còn hoặc chưa có hiệu lực vào lúc ký.",
        "The certificate was not in force at the time of signing.",
    )
    REVOCATION_UNKNOWN = (
        "Không có dữ liệu thu hồi còn hiệu lực cho mọi chứng thư.",
        "No current revocation data for every certificate.",
    )
    TIME_STAMP_INVALID = (
        "Dấu thời gian của chữ ký không hợp lệ.",
        "The time-stamp of the signature is not valid.",
    )
    WEAK_ALGORITHM = (
        "Thuật toán ký không còn được coi là an toàn.",
        "The signature uses an algorithm that is no longer considered safe.",
    )
    REVOKED_LATER = (
        "Chứng thư bị thu hồi sau khi ký; chữ ký này vẫn có giá trị.",
        "The certificate was revoked after signing; this signature stands.",
    )
    AS_OF_EVIDENCE = (
        "Tình trạng thu hồi theo bằng chứng lưu trong chữ ký.",
        "Revocation as known from the evidence kept in the signature.",
    )

    def text(self, lang: str = "vi") -> str:
        vi, en = self.value
        return vi if lang == "vi" else en


@dataclass(frozen=True, slots=True)
class XadesReport:
    """One XML signature. `valid` and `reasons` are the verdict; the rest says what was found."""

    valid: bool
    reasons: tuple[Reason, ...]
    intact: bool
    """Digests and signature value hold, whoever signed."""
    certificate: x509.Certificate | None
    level: Level
    claimed_at: dt.datetime | None
    at: dt.datetime | None
    """Proven by a time-stamp when `at_is_proven`, otherwise what the signer claims."""
    at_is_proven: bool
    known_until: dt.datetime | None
    """The moment for which validity was established: now, or that of the evidence kept."""
    revoked_at: dt.datetime | None
    """The certificate is revoked by now, be it before or after signing."""
    roles: tuple[str, ...]
    """Claimed by the signer."""
    place: str
    policy: str
    """Identifier of the signature policy; empty for none."""
    parts: tuple[SignedPart, ...]
    """What is signed, without the properties: the very bytes that were digested."""
    warnings: tuple[str, ...]
    finding: str
    """Details for experts."""

    @property
    def covers_document(self) -> bool:
        """Whether the whole XML document is signed, not only a part of it: a page must say when it is not."""
        return any(part.element is not None and part.element.getparent() is None for part in self.parts)

    @property
    def signer(self) -> str:
        """The common name in the certificate."""
        names = self.certificate.subject.get_attributes_for_oid(_COMMON_NAME) if self.certificate else []
        return str(names[0].value) if names else ""


_COMMON_NAME = x509.oid.NameOID.COMMON_NAME
