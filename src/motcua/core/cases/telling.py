"""What a person is told about their case, in both languages, and through the channels they have."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from motcua.core.cases import policies
from motcua.core.cases.models import Case

Said = tuple[tuple[str, str], tuple[str, str]]
"""(subject, body) in Vietnamese, then in English."""

TEXTS: dict[str, Said] = {
    "case.submitted": (
        ("Đã nhận hồ sơ {number}", "Hồ sơ “{title}” đã được gửi. Mã hồ sơ: {number}. Ngày hẹn trả: {due}."),
        (
            "Application {number} received",
            "“{title}” was sent. Case number: {number}. To be answered by {due}.",
        ),
    ),
    "slip.receipt": (
        (
            "Hồ sơ {number} đã được tiếp nhận",
            "Giấy tiếp nhận hồ sơ và hẹn trả kết quả đã có trong kho dữ liệu. Hẹn trả: {due}.",
        ),
        ("Case {number} is accepted", "The receipt is in your vault. To be answered by {due}."),
    ),
    "slip.supplement": (
        (
            "Hồ sơ {number} cần bổ sung",
            "Mở hồ sơ để xem nội dung cần bổ sung và trả lời. Thời hạn giải quyết tạm dừng.",
        ),
        (
            "Case {number}: something is missing",
            "Open the case to see what is missing and answer. The clock stands still.",
        ),
    ),
    "slip.refusal": (
        (
            "Hồ sơ {number} không được giải quyết",
            "Lý do, căn cứ và cách khiếu nại có trong phiếu từ chối: {reason}",
        ),
        ("Case {number} was refused", "The reasons, the law and how to object are in the slip: {reason}"),
    ),
    "slip.apology": (
        ("Xin lỗi và hẹn lại hồ sơ {number}", "Cơ quan xin lỗi ông/bà và hẹn trả kết quả vào {due}."),
        ("An apology about case {number}", "We are sorry. It will be answered by {due}."),
    ),
    "slip.stop": (
        ("Tạm dừng giải quyết hồ sơ {number}", "Lý do và căn cứ có trong thông báo dừng giải quyết."),
        ("Case {number} was stopped", "The reason and the law are in the notice."),
    ),
    "register.corrected": (
        (
            "Dữ liệu ông/bà báo sai đã được sửa",
            "Nơi quản lý cơ sở dữ liệu đã sửa. Hồ sơ {number} dùng dữ liệu mới và đi tiếp.",
        ),
        ("What you said is wrong was corrected", "The register's keeper corrected it. Case {number} goes on with it."),
    ),
    "register.refused": (
        (
            "Dữ liệu ông/bà báo sai được giữ nguyên",
            "Nơi quản lý cơ sở dữ liệu không sửa; lý do có ở trang hồ sơ {number}. Hồ sơ đi tiếp.",
        ),
        (
            "What you said is wrong stays as it is",
            "The register's keeper did not correct it; the reason is on the page of case {number}, which goes on.",
        ),
    ),
    "case.returned": (
        ("Hồ sơ {number} đã có kết quả", "Kết quả “{title}” đã có trong kho dữ liệu của ông/bà."),
        ("Case {number} is done", "The result of “{title}” is in your vault."),
    ),
    "case.reissued": (
        (
            "Giấy tờ của hồ sơ {number} đã được cấp lại",
            "Bản mới có số định danh đã có trong kho dữ liệu; bản trước được thay thế.",
        ),
        (
            "The document of case {number} was issued again",
            "The new one, with the personal number, is in your vault.",
        ),
    ),
    "case.withdrawn": (
        ("Đã rút hồ sơ {number}", "Hồ sơ “{title}” đã được rút theo yêu cầu của ông/bà."),
        ("Case {number} is withdrawn", "“{title}” was withdrawn as you asked."),
    ),
    "number.refused": (
        (
            "Số định danh của hồ sơ {number}",
            "Cơ quan quản lý dân cư chưa cấp số định danh; cán bộ đang xử lý và sẽ báo lại.",
        ),
        (
            "The personal number in case {number}",
            "No number was given yet; an officer is seeing to it and will tell you.",
        ),
    ),
    "objection.upheld": (
        (
            "Khiếu nại {number} được chấp nhận",
            "Quyết định trước bị hủy, kết quả đã cấp (nếu có) bị thu hồi. Hồ sơ {again} giải quyết lại từ đầu; "
            "ông/bà không phải nộp lại giấy tờ và phí. Lý do: {reason}",
        ),
        (
            "Objection {number} is upheld",
            "The decision is annulled and its result, if any, withdrawn. Case {again} decides again from the start; "
            "no paper or fee is asked for twice. Reason: {reason}",
        ),
    ),
    "objection.dismissed": (
        (
            "Khiếu nại {number} không được chấp nhận",
            "Lý do: {reason} Ông/bà có thể khiếu nại lần hai đến cấp trên trực tiếp trong 30 ngày, hoặc khởi kiện "
            "tại tòa án (Luật Khiếu nại 02/2011/QH13 Điều 7, Điều 33).",
        ),
        (
            "Objection {number} is dismissed",
            "Reason: {reason} You may complain again to the superior authority within 30 days, or go to court "
            "(Law on Complaints 02/2011/QH13 arts 7, 33).",
        ),
    ),
    "number.closed": (
        (
            "Số định danh của hồ sơ {number}",
            "Yêu cầu cấp số định danh đã được kết luận, không cấp số mới: {answer}",
        ),
        (
            "The personal number in case {number}",
            "The request was settled without a new number: {answer}",
        ),
    ),
}  # fmt: skip
PROGRESS = (
    ("Hồ sơ {number}", "Hồ sơ “{title}” có diễn biến mới."),
    ("Case {number}", "There is news about “{title}”."),
)


def tell(case: Case, kind: str) -> None:
    """Tell the applicant, and the submitter where somebody else submitted and still may."""
    from motcua.core.notifications import actions as notifications

    texts = words(case, kind)
    applicant = case.data.get("applicant", {})
    contact = {key: applicant[key] for key in ("phone", "email") if applicant.get(key)}
    submitter = (case.submitter_id,) if policies.submitter_may(case) else ()
    for party in dict.fromkeys((case.applicant_id, *submitter)):
        notifications.notify(
            party,
            kind=kind,
            key=f"{kind}/{case.uuid}/{party}/{case.updated_at:%Y%m%d%H%M%S}",
            texts=texts,
            case_id=case.pk,
            link=f"/ho-so/{case.uuid}/",
            contact=contact if party == case.applicant_id else None,
        )


def words(case: Case, kind: str) -> dict[str, tuple[str, str]]:
    """{"vi": (subject, body), "en": …}."""
    values = {
        "number": case.number,
        "title": case.title,
        "due": _day(case.due_at or case.promised_at),
        "reason": case.data.get("outcome", {}).get("reason", ""),
        "again": case.data.get("outcome", {}).get("again", ""),
        "answer": (case.data.get("facts", {}).get("number") or {}).get("reason") or "",
    }
    vi, en = TEXTS.get(kind, PROGRESS)
    return {
        "vi": (vi[0].format(**values), vi[1].format(**values)),
        "en": (en[0].format(**values), en[1].format(**values)),
    }


def _day(moment: dt.datetime | None) -> str:
    return "—" if moment is None else f"{timezone.localtime(moment):%H:%M %d/%m/%Y}"
