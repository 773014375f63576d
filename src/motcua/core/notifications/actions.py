"""Telling people. What is told in an act is told only if the act happens: rows first, sending by a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from motcua.core import clock, jobs
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import Actor
from motcua.core.notifications.models import Delivery, Message

Texts = Mapping[str, tuple[str, str]]
"""Subject and body by language; `vi` is required."""


def notify(
    party_id: int | None,
    *,
    kind: str,
    key: str,
    texts: Texts,
    case_id: int | None = None,
    link: str = "",
    contact: Mapping[str, str] | None = None,
) -> Message:
    """Tell a party something, once per `key` (e.g. `case.received/<uuid>`).

    It goes to the inbox, and by SMS and e-mail where the party, or `contact` for someone without an account,
    has `phone` or `email`.
    """
    subject, body = texts["vi"]
    subject_en, body_en = texts.get("en", ("", ""))
    message, fresh = Message.objects.get_or_create(
        key=key,
        defaults={
            "party_id": party_id,
            "case_id": case_id,
            "kind": kind,
            "subject": subject,
            "body": body,
            "subject_en": subject_en,
            "body_en": body_en,
            "link": link,
            "at": clock.now(),
        },
    )
    if fresh:
        for channel, address in _ways(party_id, contact or {}):
            delivery = Delivery.objects.create(message=message, channel=channel, address=address)
            jobs.defer("notifications.deliver", delivery_id=delivery.pk)
    return message


def mark_read(actor: Actor, message_uuid: str) -> None:
    """The person has opened the message."""
    Message.objects.filter(uuid=message_uuid, party_id=actor.principal, read_at=None).update(
        read_at=clock.now()
    )


def _ways(party_id: int | None, contact: Mapping[str, str]) -> list[tuple[str, str]]:
    known: Mapping[str, Any] = {}
    if party_id is not None:
        known = Party.objects.filter(pk=party_id).values("phone", "email").first() or {}
    phone = contact.get("phone") or known.get("phone", "")
    email = contact.get("email") or known.get("email", "")
    ways = ((settings.MOTCUA_SMS_CHANNEL, phone), (settings.MOTCUA_EMAIL_CHANNEL, email))
    return [(channel, address) for channel, address in ways if address]
