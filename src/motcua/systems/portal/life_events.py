"""The six turns of life by which people look for what they need; services name theirs by these slugs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AtDesk:
    """What is done at the one-stop unit: where, how soon, with which papers, by which law; Vietnamese source texts."""

    name: str
    where: str
    papers: tuple[str, ...]
    law: str


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """`name` and `text` are Vietnamese source texts; `icon` is a name of the house's icon set.

    `at_desk` helps as long as no service of this turn of life is published here.
    """

    slug: str
    icon: str
    name: str
    text: str
    at_desk: tuple[AtDesk, ...] = ()


IDENTITY_CARD = "Thẻ căn cước hoặc hộ chiếu còn hạn"
MARRIAGE = (
    AtDesk(
        "Đăng ký kết hôn",
        "Ủy ban nhân dân xã, phường nơi một trong hai người cư trú; cả hai cùng có mặt khi đăng ký. "
        "Thường xong trong ngày; phải xác minh thì không quá 5 ngày làm việc.",
        (
            IDENTITY_CARD,
            "Tờ khai đăng ký kết hôn (nhận tại bộ phận một cửa)",
            "Giấy xác nhận tình trạng hôn nhân, nếu cơ sở dữ liệu không có",
            "Người từng ly hôn ở nước ngoài: trích lục ghi chú ly hôn",
        ),
        "Luật Hộ tịch 2014 Điều 17, Điều 18",
    ),
    AtDesk(
        "Giấy xác nhận tình trạng hôn nhân",
        "Ủy ban nhân dân xã, phường nơi cư trú.",
        (
            IDENTITY_CARD,
            "Tờ khai cấp giấy xác nhận tình trạng hôn nhân (nhận tại bộ phận một cửa)",
            "Đã ly hôn hoặc vợ, chồng đã mất: bản án, quyết định ly hôn hoặc trích lục khai tử",
        ),
        "Nghị định 123/2015/NĐ-CP Điều 21, Điều 22",
    ),
)
DEATH = (
    AtDesk(
        "Đăng ký khai tử",
        "Ủy ban nhân dân xã, phường nơi cư trú cuối cùng của người mất, trong 15 ngày từ ngày mất. "
        "Thường xong trong ngày.",
        (
            IDENTITY_CARD,
            "Tờ khai đăng ký khai tử (nhận tại bộ phận một cửa)",
            "Giấy báo tử do bệnh viện cấp, hoặc giấy tờ thay thế",
        ),
        "Luật Hộ tịch 2014 Điều 32, Điều 33, Điều 34",
    ),
    AtDesk(
        "Mai táng phí, tiền tuất, thừa kế",
        "Bộ phận một cửa hướng dẫn nơi nhận sau khi khai tử; mang theo trích lục khai tử.",
        ("Trích lục khai tử", "Giấy tờ chứng minh quan hệ với người mất"),
        "",
    ),
)

LIFE_EVENTS = (
    LifeEvent("co-con-nho", "baby", "Có con nhỏ", "Khai sinh, bản sao khai sinh, số định danh cho con"),
    LifeEvent("hoc-tap", "graduation-cap", "Đi học", "Giấy tờ nhập học, học bổng, bằng cấp"),
    LifeEvent("viec-lam", "briefcase", "Việc làm", "Hồ sơ xin việc, thất nghiệp, bảo hiểm"),
    LifeEvent(
        "hon-nhan",
        "heart-handshake",
        "Hôn nhân và gia đình",
        "Kết hôn, xác nhận tình trạng hôn nhân",
        MARRIAGE,
    ),
    LifeEvent("huu-tri", "armchair", "Tuổi già", "Trợ cấp hưu trí xã hội, lương hưu"),
    LifeEvent(
        "nguoi-than-qua-doi", "flower-2", "Người thân qua đời", "Khai tử, mai táng phí, thừa kế", DEATH
    ),
)


def life_event(slug: str) -> LifeEvent | None:
    return next((event for event in LIFE_EVENTS if event.slug == slug), None)
