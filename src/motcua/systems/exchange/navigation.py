"""The doors of this room."""

from __future__ import annotations

from typing import Any


def _failed(request: Any) -> int | None:
    """How many questions did not get through."""
    from motcua.core.exchange.queries import open_errands

    return len(open_errands(request.actor)) or None


NAVIGATION = [
    {
        "area": "officer",
        "label": "Liên thông chưa xong",
        "url_name": "exchange:errands",
        "order": 300,
        "icon": "cloud-off",
        "section": "Liên thông",
        "groups": ["one_stop", "civil_status_officer", "social_officer", "chair"],
        "count": _failed,
    },
    {
        "area": "officer",
        "label": "Danh mục dịch vụ dữ liệu",
        "url_name": "exchange:catalogue",
        "order": 310,
        "icon": "database",
        "section": "Liên thông",
        "groups": ["service_editor", "service_approver", "chair"],
    },
    {
        "area": "officer",
        "label": "Thành viên liên thông",
        "url_name": "exchange:home",
        "order": 320,
        "icon": "route",
        "section": "Liên thông",
        "groups": ["service_editor", "service_approver", "chair"],
        "covers": ["exchange:member", "exchange:apply", "exchange:request"],
    },
    {
        "area": "officer",
        "label": "Tin báo giữa các cơ quan",
        "url_name": "exchange:topics",
        "order": 330,
        "icon": "bell",
        "section": "Liên thông",
        "groups": ["service_editor", "service_approver", "chair"],
    },
]
