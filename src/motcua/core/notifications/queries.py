"""Reading one's messages."""

from __future__ import annotations

from motcua.core.notifications.models import Message


def inbox(party_id: int, limit: int = 50) -> list[Message]:
    return list(Message.objects.filter(party_id=party_id).order_by("-id")[:limit])


def unread(party_id: int) -> int:
    return Message.objects.filter(party_id=party_id, read_at=None).count()


def of_case(case_id: int) -> list[Message]:
    return list(Message.objects.filter(case_id=case_id).order_by("id"))
