"""What verification finds, in terms that a page or a command can say to anyone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum, StrEnum

from cryptography import x509

from motcua.engines.trust_lists.reasons import Reason as Common


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
    """Why a verdict is what it is: as of any signature, and what only a PDF has."""

    NOT_A_PDF = ("Tệp này không phải là PDF đọc được.", "This file is not a readable PDF.")
    UNSIGNED = ("Văn bản không có chữ ký số.", "The document bears no digital signature.")
    ALTERED = Common.ALTERED.value
    FORGED = Common.FORGED.value
    MALFORMED = (
        "Chữ ký không đúng định dạng PAdES.",
        "The signature does not have the form of PAdES.",
    )
    UNKNOWN_ISSUER = Common.UNKNOWN_ISSUER.value
    REVOKED = Common.REVOKED.value
    EXPIRED = Common.EXPIRED.value
    REVOCATION_UNKNOWN = (
        "Không có dữ liệu thu hồi còn hiệu lực cho mọi chứng thư. Hãy kiểm tra lại khi có mạng "
        "hoặc kèm danh sách thu hồi mới.",
        "No current revocation data for every certificate. Verify with a connection or with fresh lists.",
    )
    TIME_STAMP_INVALID = Common.TIME_STAMP_INVALID.value
    WEAK_ALGORITHM = Common.WEAK_ALGORITHM.value
    NOT_PROVEN = ("Không chứng minh được chữ ký là hợp lệ.", "The signature could not be proven valid.")
    REVOKED_LATER = Common.REVOKED_LATER.value
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
