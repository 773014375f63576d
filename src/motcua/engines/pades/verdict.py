"""What verification finds, in terms that a page or a command can say to anyone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum, StrEnum

from cryptography import x509


class Level(StrEnum):
    """PAdES baseline levels (ETSI EN 319 142-1): how long a signature can be proven."""

    B_B = "B-B"
    B_T = "B-T"
    """with a time-stamp"""
    B_LT = "B-LT"
    """with revocation evidence inside"""
    B_LTA = "B-LTA"
    """with a time-stamp over the evidence"""


class Today(Enum):
    """What is known of the signer's certificate at the time of asking; told beside every verdict."""

    GOOD = ("Chứng thư hiện còn hiệu lực.", "The certificate is in force today.")
    REVOKED = ("Chứng thư hiện đã bị thu hồi.", "The certificate is revoked today.")
    ENDED = ("Chứng thư hiện đã hết hạn.", "The certificate has ended by today.")
    UNKNOWN = (
        "Chưa có dữ liệu mới về tình trạng hiện nay của chứng thư.",
        "Nothing fresh is known of the certificate today.",
    )

    def text(self, lang: str = "vi") -> str:
        vi, en = self.value
        return vi if lang == "vi" else en


class Reason(Enum):
    """Why a verdict is what it is."""

    NOT_A_PDF = ("Tệp này không phải là PDF đọc được.", "This file is not a readable PDF.")
    UNSIGNED = ("Văn bản không có chữ ký số.", "The document bears no digital signature.")
    ALTERED = (
        "Nội dung đã bị thay đổi sau khi ký.",
        "The content was changed after it was signed.",
    )
    FORGED = (
        "Chữ ký không do khóa trong chứng thư tạo ra.",
        "The signature was not made by the key of its certificate.",
    )
    MALFORMED = (
        "Chữ ký không đúng định dạng PAdES.",
        "The signature does not have the form of PAdES.",
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
        "Không có dữ liệu thu hồi còn hiệu lực cho mọi chứng thư. Hãy kiểm tra lại khi có mạng "
        "hoặc kèm danh sách thu hồi mới.",
        "No current revocation data for every certificate. Verify with a connection or with fresh lists.",
    )
    TIME_STAMP_INVALID = (
        "Dấu thời gian của chữ ký không hợp lệ.",
        "The time-stamp of the signature is not valid.",
    )
    WEAK_ALGORITHM = (
        "Thuật toán ký không còn được coi là an toàn.",
        "The signature uses an algorithm that is no longer considered safe.",
    )
    NOT_PROVEN = ("Không chứng minh được chữ ký là hợp lệ.", "The signature could not be proven valid.")
    REVOKED_LATER = (
        "Chứng thư bị thu hồi sau khi ký; chữ ký này vẫn có giá trị.",
        "The certificate was revoked after signing; this signature stands.",
    )
    AS_OF_EVIDENCE = (
        "Tình trạng thu hồi theo bằng chứng lưu trong văn bản.",
        "Revocation as known from the evidence kept in the document.",
    )

    def text(self, lang: str = "vi") -> str:
        vi, en = self.value
        return vi if lang == "vi" else en


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """One signature of a document."""

    field: str
    signer: str
    position: str
    organisation: str
    serial: int
    """Serial number of the signer's certificate."""
    at: dt.datetime | None
    """Time of signing: proven by a time-stamp when `at_is_proven`, otherwise what the signer claims."""
    at_is_proven: bool
    covers_whole_document: bool
    """Nothing was added since but further signatures and their evidence."""
    intact: bool
    trusted: bool
    revoked: bool
    """The certificate is revoked by now, be it before or after signing."""
    revoked_at: dt.datetime | None
    known_until: dt.datetime | None
    """The moment for which validity was established: now, or that of the evidence in the document."""
    level: Level
    valid: bool
    reasons: tuple[Reason, ...]
    finding: str
    """The indication of ETSI EN 319 102-1 and details, for experts."""
    today: Today = Today.UNKNOWN
    """The certificate's standing at the time of asking, told beside the verdict."""
    certificate: x509.Certificate | None = None
    """The signer's, as it came in the document."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The document: valid when it is signed, every signature is valid and nothing else changed."""

    valid: bool
    signatures: tuple[SignatureReport, ...]
    changed_after_signing: bool
    reasons: tuple[Reason, ...]
