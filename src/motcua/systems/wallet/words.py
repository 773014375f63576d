"""What a fault of a presentation means, for people."""

from __future__ import annotations

from motcua.core.errors import Text

FAULTS = {
    "malformed": Text(
        "Câu trả lời không đúng dạng của giấy tờ số.", "The answer is not in the form of a credential."
    ),
    "signature": Text(
        "Không phải do cơ quan trong danh sách tin cậy ký, hoặc người xuất trình không giữ khóa của giấy này.",
        "It is not signed by an authority on the trust list, or who presents it does not hold its key.",
    ),
    "algorithm": Text(
        "Giấy tờ dùng cách ký không được chấp nhận.",
        "The credential is signed in a way that is not accepted.",
    ),
    "type": Text("Đây không phải giấy tờ số.", "This is no credential."),
    "disclosure": Text("Nội dung đã bị sửa.", "The content was altered."),
    "expired": Text(
        "Giấy tờ hoặc lần xuất trình đã hết hạn.", "The credential or the presentation has expired."
    ),
    "not_yet": Text("Giấy tờ chưa có hiệu lực.", "The credential is not yet in force."),
    "binding": Text(
        "Người xuất trình không chứng minh được giấy tờ là của mình.",
        "Who presents it could not prove that it is theirs.",
    ),
    "replay": Text("Câu trả lời được làm cho lần hỏi khác.", "The answer was made for another question."),
    "audience": Text("Câu trả lời được làm cho nơi khác.", "The answer was made for somebody else."),
    "status": Text("Kết quả đã bị thu hồi hoặc thay thế.", "The result was withdrawn or replaced."),
    "unreachable": Text(
        "Chưa hỏi được cơ quan cấp xem giấy tờ còn hiệu lực không, nên chưa tính. Thử lại sau ít phút.",
        "We could not ask the issuer whether the credential is still in force, so it does not count yet. Try again in "
        "a few minutes.",
    ),
    "claims": Text("Giấy tờ không có điều được hỏi.", "The credential does not have what was asked."),
}


def meant(fault: str, lang: str) -> str:
    """The fault in words; "" where there is none."""
    known = FAULTS.get(fault)
    return known.text(lang) if known else ""
