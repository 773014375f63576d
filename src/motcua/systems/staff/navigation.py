"""The doors of this room."""

from __future__ import annotations

from typing import Any


def _waiting(request: Any) -> int | None:
    """How much waits for a second person in what the officer answers for."""
    from motcua.systems.staff import queries

    return queries.how_many_wait(request.actor) or None


NAVIGATION = [
    {
        "area": "clerk",
        "label": "Cán bộ, cơ quan",
        "url_name": "staff:home",
        "order": 520,
        "icon": "users",
        "groups": ["staff_officer", "staff_approver"],
        "section": "Quản trị",
        "count": _waiting,
    },
]
