"""Doors of the citizen's pages."""

from __future__ import annotations

from typing import Any

from motcua.core.ledger.actor import ActorKind
from motcua.core.notifications import queries as notifications


def unread(request: Any) -> int | None:
    """How many messages wait to be read; nothing for who is not signed in."""
    actor = request.actor
    if actor.kind is not ActorKind.CITIZEN or actor.principal is None:
        return None
    if not hasattr(request, "unread_messages"):  # the layout asks once for each of its menus
        request.unread_messages = notifications.unread(actor.principal) or None
    count: int | None = request.unread_messages
    return count


NAVIGATION = [
    {"area": "citizen", "label": "Trang chủ", "url_name": "portal:home", "order": 10, "icon": "home"},
    {"area": "citizen", "label": "Hồ sơ của tôi", "url_name": "portal:cases", "order": 20, "icon": "folder-open"},
    {"area": "citizen", "label": "Giấy tờ của tôi", "url_name": "portal:vault", "order": 30, "icon": "archive"},
    {
        "area": "citizen", "label": "Tin báo", "url_name": "portal:messages", "order": 40, "icon": "bell",
        "count": unread,
    },
    {
        "area": "citizen", "label": "Ai đã xem dữ liệu của tôi", "url_name": "portal:reads", "order": 60, "icon": "eye",
        "section": "account",
    },
    {
        "area": "citizen", "label": "Ủy quyền, làm thay", "url_name": "portal:mandates", "order": 70, "icon": "users",
        "section": "account",
    },
    {
        "area": "citizen", "label": "Thông tin liên hệ", "url_name": "portal:profile", "order": 80, "icon": "phone",
        "section": "account",
    },
    {
        "area": "citizen", "label": "Tất cả thủ tục", "url_name": "portal:catalogue", "order": 90, "icon": "list",
        "section": "footer",
    },
]  # fmt: skip
