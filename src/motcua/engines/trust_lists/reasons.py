"""Why a signature of XML, of CMS or of a container is or is not valid, in terms that a page can say to anyone."""

from __future__ import annotations

from enum import Enum

from motcua.engines.trust_lists.chains import Failure


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

    @classmethod
    def of(cls, failure: Failure) -> Reason:
        return _REASONS[failure]


_REASONS = {
    Failure.UNKNOWN_ISSUER: Reason.UNKNOWN_ISSUER,
    Failure.OUT_OF_FORCE: Reason.EXPIRED,
    Failure.REVOKED: Reason.REVOKED,
    Failure.REVOCATION_UNKNOWN: Reason.REVOCATION_UNKNOWN,
    Failure.WEAK_ALGORITHM: Reason.WEAK_ALGORITHM,
    Failure.TIME_STAMP_INVALID: Reason.TIME_STAMP_INVALID,
    Failure.WRONG_PURPOSE: Reason.WRONG_PURPOSE,
}
