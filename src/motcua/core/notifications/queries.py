"""Reading one's messages."""

from __future__ import annotations

from django.db import connection

from motcua.core.notifications.models import Message

UNREAD = "select count(*) from notifications_message where party_id = %s and read_at is null"


def inbox(party_id: int, limit: int = 50) -> list[Message]:
    return list(Message.objects.filter(party_id=party_id).order_by("-id")[:limit])


def unread(party_id: int) -> int:
    """How many wait to be read: a plain statement, for every page of the person shows it."""
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, [party_id])
        return int(cursor.fetchone()[0])


def of_case(case_id: int) -> list[Message]:
    return list(Message.objects.filter(case_id=case_id).order_by("id"))
