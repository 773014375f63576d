"""The doors of this room."""

from __future__ import annotations

from typing import Any

from motcua.systems.dispatch import hosting, policies, queries


def _counts(request: Any) -> queries.Counts | None:
    actor = request.actor
    if actor.agency_id is None or actor.agency_id not in actor.unit_ids:
        return None
    if not hasattr(request, "dispatch_counts"):
        request.dispatch_counts = queries.counts(actor, actor.agency_id)
    found: queries.Counts = request.dispatch_counts
    return found


def _new(request: Any) -> int | None:
    counts = _counts(request)
    return (counts.to_enter + counts.asked_back or None) if counts else None


def _late(request: Any) -> bool:
    counts = _counts(request)
    return counts is not None and counts.late_to_enter > 0


def _ours(request: Any) -> int | None:
    counts = _counts(request)
    return (counts.to_decide + counts.to_send or None) if counts else None


def _mine(request: Any) -> int | None:
    counts = _counts(request)
    return (counts.my_tasks or None) if counts else None


def _troubles(request: Any) -> int | None:
    counts = _counts(request)
    return (counts.faults or None) if counts else None


def _held(request: Any) -> int | None:
    return len(hosting.held()) + len(hosting.ending()) or None


SECTION = "Văn bản"
NAVIGATION = [
    {"area": "officer", "section": SECTION, **door}
    for door in (
        {
            "label": "Văn bản đến", "url_name": "dispatch:incoming_list", "icon": "inbox", "order": 61,
            "count": _new, "late": _late, "covers": ["dispatch:incoming", "dispatch:paper"],
        },
        {
            "label": "Văn bản đi, dự thảo", "url_name": "dispatch:outgoing_list", "icon": "file-text", "order": 62,
            "count": _ours,
            "covers": [
                "dispatch:outgoing", "dispatch:write", "dispatch:rewrite", "dispatch:write_for_case", "dispatch:secret",
            ],
        },
        {"label": "Việc được giao", "url_name": "dispatch:tasks", "icon": "list-checks", "order": 63, "count": _mine},
        {
            "label": "Hồ sơ công việc", "url_name": "dispatch:files", "icon": "folder", "order": 64,
            "covers": ["dispatch:file"],
        },
        {
            "label": "Trục trặc gửi nhận", "url_name": "dispatch:troubles", "icon": "triangle-alert", "order": 65,
            "count": _troubles,
        },
    )
]  # fmt: skip
NAVIGATION.append(
    {
        "area": "officer", "section": "Liên thông", "label": "Trục văn bản", "url_name": "dispatch:axis",
        "icon": "send", "order": 318, "groups": list(policies.AXIS_RUNNERS), "count": _held,
        "covers": [
            "dispatch:axis_admit", "dispatch:axis_connect", "dispatch:axis_member", "dispatch:axis_held",
            "dispatch:axis_connection",
        ],
    }
)  # fmt: skip
