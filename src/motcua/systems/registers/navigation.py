"""The doors of this room."""

from __future__ import annotations

from typing import Any


def _waiting(request: Any) -> int | None:
    """How many doubts wait for this officer's desk."""
    from motcua.core.registers.corrections import open_for

    return len(open_for(request.actor)) or None


NAVIGATION = [
    {
        "area": "citizen",
        "label": "Dữ liệu của tôi",
        "url_name": "registers:mine",
        "order": 50,
        "icon": "database",
        "section": "account",
    },
    {
        "area": "officer",
        "section": "Người dân, dữ liệu",
        "label": "Cơ sở dữ liệu",
        "url_name": "registers:desk",
        "order": 116,
        "icon": "database",
    },
    {
        "area": "officer",
        "section": "Người dân, dữ liệu",
        "label": "Yêu cầu đính chính",
        "url_name": "registers:corrections",
        "order": 118,
        "icon": "pencil",
        "groups": ["civil_status_officer", "social_officer"],
        "count": _waiting,
    },
]
