"""What can go wrong with another system, and what it is called in figures and logs."""

from __future__ import annotations

from motcua.core.errors import Unavailable


class Silent(Unavailable):
    """The other side gave nothing usable. `why` is one of `REASONS`; nothing of what was asked stands in it."""

    def __init__(self, destination: str, why: str, detail: str = "") -> None:
        said = f" ({detail})" if detail else ""
        super().__init__(
            f"Hệ thống “{destination}” không trả lời được: {REASONS[why]}. Thử lại sau.",
            f"The system {destination!r} gives no answer: {why}{said}. Try again later.",
        )
        self.destination = destination
        self.why = why


REASONS = {
    "unknown name": "không tìm thấy tên máy chủ",
    "not connected": "không kết nối được",
    "time-out": "quá thời gian chờ",
    "broken off": "kết nối bị ngắt giữa chừng",
    "TLS": "chứng thư hoặc kết nối bảo mật không hợp lệ",
    "forbidden address": "địa chỉ không được phép kết nối",
    "too large": "câu trả lời quá lớn",
    "resting": "đang tạm nghỉ sau nhiều lần lỗi",
    "rate limit": "bị giới hạn số lần gọi",
    "server error": "máy chủ báo lỗi",
    "refused us": "từ chối thông tin xác thực của hệ thống này",
    "wrong answer": "câu trả lời không đúng cấu trúc",
    "wrong request": "không nhận yêu cầu",
    "sends elsewhere": "chuyển sang một địa chỉ khác",
}
"""Every reason for silence, and what people read."""
OPENING = {"not connected", "time-out", "broken off", "server error", "unknown name", "TLS", "too large"}
"""Failures of the other side that count towards opening its circuit; a wrong password is not among them."""
PASSING = {"not connected", "time-out", "broken off", "server error", "rate limit"}
"""Failures that may be gone in a moment: a call that may be repeated is tried again."""
