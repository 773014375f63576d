"""The six turns of life by which people look for what they need; services name theirs by these slugs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """`name` and `text` are Vietnamese source texts; `icon` is a name of the house's icon set."""

    slug: str
    icon: str
    name: str
    text: str


LIFE_EVENTS = (
    LifeEvent("co-con-nho", "baby", "Có con nhỏ", "Khai sinh, bản sao khai sinh, số định danh cho con"),
    LifeEvent("hoc-tap", "graduation-cap", "Đi học", "Giấy tờ nhập học, học bổng, bằng cấp"),
    LifeEvent("viec-lam", "briefcase", "Việc làm", "Hồ sơ xin việc, thất nghiệp, bảo hiểm"),
    LifeEvent("hon-nhan", "heart-handshake", "Hôn nhân và gia đình", "Kết hôn, xác nhận tình trạng hôn nhân"),
    LifeEvent("huu-tri", "armchair", "Tuổi già", "Trợ cấp hưu trí xã hội, lương hưu"),
    LifeEvent("nguoi-than-qua-doi", "flower-2", "Người thân qua đời", "Khai tử, mai táng phí, thừa kế"),
)


def life_event(slug: str) -> LifeEvent | None:
    return next((event for event in LIFE_EVENTS if event.slug == slug), None)
