"""The doors of this room."""

from __future__ import annotations

from typing import Any


def _waiting(_request: Any) -> int | None:
    """How many proposals wait for a second person."""
    from motcua.core.services.models import ServiceVersion, VersionState

    return ServiceVersion.objects.filter(state=VersionState.PROPOSED).count() or None


NAVIGATION = [
    {
        "area": "clerk",
        "label": "Các thủ tục",
        "url_name": "studio:home",
        "order": 5,
        "icon": "notebook-pen",
        "groups": ["service_editor", "service_approver"],
        "section": "Biên tập thủ tục",
        "count": _waiting,
    },
    {
        "area": "clerk",
        "label": "Ngày nghỉ, làm bù",
        "url_name": "studio:calendar",
        "order": 6,
        "icon": "calendar-days",
        "groups": ["service_editor", "service_approver"],
        "section": "Biên tập thủ tục",
    },
    {
        "area": "clerk",
        "label": "Nạp gói thủ tục",
        "url_name": "studio:import",
        "order": 7,
        "icon": "upload",
        "groups": ["service_editor"],
        "section": "Biên tập thủ tục",
    },
]
