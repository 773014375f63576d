"""Made-up officers for a demonstration: every commune can receive, appraise and sign from the first day.

Names are drawn by a fixed rule from the agency's code, so that a second loading gives the same people.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator

from motcua.core.organisations.models import (
    Agency,
    AgencyKind,
    Appointment,
    Delegation,
    Officer,
    Position,
    SigningForm,
)
from motcua.engines.text import fold

SINCE = dt.date(2025, 7, 1)
SURNAMES = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Nông",
    "Ma",
    "Hà",
    "Đặng",
    "Bùi",
    "Dương",
    "Triệu",
    "Lý",
    "Vũ",
    "Đỗ",
]
MIDDLE = {
    "f": ["Thị Thu", "Thị", "Thị Hồng", "Thị Kim", "Thị Minh", "Bích", "Thị Ngọc"],
    "m": ["Văn", "Đức", "Quang", "Hữu", "Minh", "Xuân", "Công"],
}
GIVEN = {
    "f": ["Hà", "Hương", "Thủy", "Nhung", "Lan", "Oanh", "Dung", "Yến", "Hạnh", "Thảo", "Loan", "Trang"],
    "m": ["Sơn", "Hùng", "Tuấn", "Dũng", "Thắng", "Long", "Cường", "Hải", "Nam", "Bình", "Khánh", "Lâm"],
}
COMMITTEE_POSTS = ("chair", "vice_chair", "civil_status_officer", "social_officer")


def appoint() -> None:
    """Give committees and one-stop units their officers, and the province its editors of services and certifiers."""
    positions = {position.code: position for position in Position.objects.all()}
    officers: list[Officer] = []
    posts: list[tuple[Agency, Position]] = []
    for agency, post in _posts():
        officers.append(_officer(agency, post))
        posts.append((agency, positions[post]))
    Officer.objects.bulk_create(officers)
    appointments = Appointment.objects.bulk_create(
        Appointment(
            officer=officer, position=position, agency=agency, valid_from=SINCE, source="dữ liệu trình diễn"
        )
        for officer, (agency, position) in zip(officers, posts, strict=True)
    )
    _delegate({(made.agency_id, made.position.code): made for made in appointments})


def _posts() -> Iterator[tuple[Agency, str]]:
    for agency in Agency.objects.filter(kind=AgencyKind.COMMUNE_COMMITTEE).order_by("code"):
        for post in COMMITTEE_POSTS:
            yield agency, post
    for agency in Agency.objects.filter(kind=AgencyKind.ONE_STOP).order_by("code"):
        yield agency, "one_stop_clerk"
    for agency in Agency.objects.filter(kind=AgencyKind.DEPARTMENT, code__endswith=".01").order_by("code"):
        yield agency, "service_editor"
        yield agency, "service_approver"
        yield agency, "certificate_officer"
        yield agency, "certificate_approver"
    for agency in Agency.objects.filter(kind=AgencyKind.PROVINCE_COMMITTEE).order_by("code"):
        yield agency, "staff_officer"
        yield agency, "staff_approver"


def _officer(agency: Agency, post: str) -> Officer:
    luck = int.from_bytes(hashlib.sha256(f"{agency.code}/{post}".encode()).digest()[:8], "big")
    sex = "f" if luck % 2 else "m"
    name = " ".join(
        (
            SURNAMES[luck // 2 % len(SURNAMES)],
            MIDDLE[sex][luck // 64 % len(MIDDLE[sex])],
            GIVEN[sex][luck // 1024 % len(GIVEN[sex])],
        )
    )
    code = f"{agency.code}.{post.replace('_', '-')}".lower()
    return Officer(code=code, name=name, folded=fold(name), email=f"{code}@example.gov.vn")


def _delegate(appointments: dict[tuple[int, str], Appointment]) -> None:
    """Each committee's chair signs on behalf of it (TM); the vice-chair signs for the chair (KT)."""
    Delegation.objects.bulk_create(
        Delegation(
            agency=chair.agency,
            form=form,
            grantor=chair,
            delegate=delegate,
            valid_from=SINCE,
            source=source,
        )
        for (agency_id, post), chair in appointments.items()
        if post == "chair"
        for form, delegate, source in (
            (SigningForm.TM, chair, "Luật Tổ chức chính quyền địa phương 72/2025/QH15"),
            (SigningForm.KT, appointments[agency_id, "vice_chair"], "Quyết định phân công của Chủ tịch"),
        )
    )
