"""How the desk says things: deadlines, roles, outcomes, channels, states. Each in both languages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from motcua.core import clock
from motcua.core.errors import Text
from motcua.core.organisations import queries as organisations
from motcua.engines import working_time
from motcua.engines.working_time import Calendar

ROLES: dict[str, Text] = {
    "one_stop": Text("Bộ phận một cửa", "One-stop desk"),
    "civil_status_officer": Text("Tư pháp - hộ tịch", "Civil status"),
    "social_officer": Text("Văn hóa - xã hội", "Social affairs"),
    "chair": Text("Lãnh đạo ký", "Signing head"),
    "cashier": Text("Thu ngân", "Cashier"),
}
CHANNELS: dict[str, Text] = {
    "portal": Text("Trực tuyến", "Online"),
    "counter": Text("Tại quầy", "At the counter"),
    "api": Text("Cổng khác", "Another portal"),
    "post": Text("Bưu chính", "By post"),
}
OUTCOMES: dict[str, Text] = {
    "receive": Text("Tiếp nhận", "Received"),
    "accept": Text("Đủ điều kiện, làm tiếp", "Fit: go on"),
    "refuse": Text("Không đủ điều kiện, từ chối", "Not fit: refuse"),
    "refused": Text("Từ chối", "Refused"),
    "adopt": Text("Theo đề xuất của hệ thống", "Adopt the system's proposal"),
    "depart": Text(
        "Không theo đề xuất, quyết định ngược lại", "Depart from the proposal: decide the contrary"
    ),
    "confirmed": Text("Xác nhận đúng như sổ", "Confirmed by the book"),
    "not_confirmed": Text("Không xác nhận", "Not confirmed"),
    "proceed": Text("Không trùng, đăng ký tiếp", "No duplicate: register"),
    "found": Text("Tìm thấy trong sổ giấy", "Found in the paper book"),
    "signed": Text("Đã ký", "Signed"),
    "returned": Text("Đã trả kết quả", "Returned"),
    "taken": Text("Đã nhận bàn giao", "Taken over"),
    "answered": Text("Đã bổ sung", "Added"),
    "upheld": Text("Khiếu nại đúng", "Objection upheld"),
    "dismissed": Text("Khiếu nại không đúng", "Objection dismissed"),
    "done": Text("Đã xử lý", "Done"),
    "retry": Text("Làm lại từ chỗ dừng", "Try again from where it stopped"),
    "settled": Text("Đã xử lý số định danh", "Number settled"),
}
FINANCIAL: dict[str, Text] = {
    "none": Text("Không thu", "Nothing to pay"),
    "due": Text("Chờ nộp", "To be paid"),
    "paid": Text("Đã nộp", "Paid"),
    "waived": Text("Được miễn", "Waived"),
    "refunded": Text("Đã hoàn", "Refunded"),
}
DELIVERY: dict[str, Text] = {
    "none": Text("Chưa có kết quả", "No result yet"),
    "ready": Text("Sẵn sàng trả", "Ready to be returned"),
    "delivered": Text("Đã trả", "Returned"),
}
SYNC: dict[str, Text] = {
    "none": Text("Không đồng bộ", "Not synchronised"),
    "pending": Text("Chờ báo nơi gửi", "To be told to the sender"),
    "synced": Text("Đã báo nơi gửi", "Told to the sender"),
    "failed": Text("Lỗi khi báo nơi gửi", "Failed to tell the sender"),
}
DOCUMENT_STATES: dict[str, Text] = {
    "draft": Text("Dự thảo", "Draft"),
    "signed": Text("Đã ký", "Signed"),
    "issued": Text("Đã phát hành", "Issued"),
    "withdrawn": Text("Đã thu hồi", "Withdrawn"),
    "replaced": Text("Đã có bản thay thế", "Replaced"),
}
NUMBER_STATES: dict[str, Text] = {
    "requested": Text("Đang chờ cấp số", "Waiting for a number"),
    "issued": Text("Đã cấp số", "Number issued"),
    "suspected_duplicate": Text("Nghi trùng", "Suspected duplicate"),
    "refused": Text("Bị từ chối", "Refused"),
}
GEARS: dict[str, Text] = {
    "shadow": Text("chạy thầm", "shadow"),
    "propose": Text("đề xuất, cán bộ quyết định", "proposes, an officer decides"),
    "automatic": Text("tự động, có căn cứ pháp lý", "automatic, on its legal basis"),
}


def said(table: dict[str, Text], key: str, lang: str) -> str:
    """The words for a key, or the key itself where the table has none."""
    known = table.get(key)
    return key if known is None else known.text(lang)


@dataclass(frozen=True, slots=True)
class Words:
    """The tables above in one language, for templates: `words.channel("portal")`."""

    lang: str

    def outcome(self, key: str) -> str:
        return said(OUTCOMES, key, self.lang)

    def channel(self, key: str) -> str:
        return said(CHANNELS, key, self.lang)

    def financial(self, key: str) -> str:
        return said(FINANCIAL, key, self.lang)

    def delivery(self, key: str) -> str:
        return said(DELIVERY, key, self.lang)

    def sync(self, key: str) -> str:
        return said(SYNC, key, self.lang)

    def document(self, key: str) -> str:
        return said(DOCUMENT_STATES, key, self.lang)

    def number(self, key: str) -> str:
        return said(NUMBER_STATES, key, self.lang)

    def gear(self, key: str) -> str:
        return said(GEARS, key, self.lang)


@dataclass(frozen=True, slots=True)
class Deadline:
    """As `ui.deadline` shows it: words, the moment where the words do not name it, share of time used, state."""

    words: str
    date: dt.datetime | str | None
    used: float | None
    state: str


class Deadlines:
    """Says how much time is left, by the working calendar of one agency and as of one moment."""

    def __init__(self, agency_id: int, lang: str) -> None:
        self.calendar: Calendar = organisations.calendar(agency_id)
        self.lang = lang
        self.now = clock.now()

    def say(self, begun: dt.datetime, due: dt.datetime | None, *, stopped: bool = False) -> Deadline:
        """In words, with the share of the time since `begun` that is used up."""
        if due is None or stopped:
            words = working_time.in_words(None, None, self.lang)
            return Deadline(words, None, None, "stopped")
        local = timezone.localtime(due)
        left = working_time.remaining(self.now, local, self.calendar)
        words, _, until = working_time.in_words(left, local, self.lang).partition(", ")
        whole = (due - begun).total_seconds()
        used = 1.0 if whole <= 0 else max(0.0, (self.now - begun).total_seconds() / whole)
        state = "late" if left.late else "soon" if left.working_days == 0 else "ontime"
        day = local if left.late and left.working_days else until or None
        return Deadline(words, day, min(used, 1.0), state)


def no_limit(lang: str) -> Deadline:
    """For work that the law sets no time for."""
    return Deadline("không có thời hạn" if lang == "vi" else "no time limit", None, None, "ontime")
