"""What the state tells people: the message, and each way in which it went out."""

from __future__ import annotations

import datetime as dt

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import BlindIndex, SealedText


class Message(models.Model):
    """Something told to a party. It always stands in their inbox; deliveries say how else it went out."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    party_id = models.BigIntegerField(null=True)
    case_id = models.BigIntegerField(null=True)
    kind = models.TextField()
    key = models.TextField(unique=True)
    subject = SealedText()
    body = SealedText()
    subject_en = SealedText(default="", blank=True)
    body_en = SealedText(default="", blank=True)
    link = models.TextField(default="", blank=True)
    at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["party_id", "-id"], name="message_by_party")]

    def __str__(self) -> str:
        return str(self.subject)

    def sealing_group(self) -> str:
        return f"messages/{self.at.astimezone(dt.UTC):%Y-%m}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Đang gửi"
    SENT = "sent", "Đã gửi"
    FAILED = "failed", "Không gửi được"


class Delivery(models.Model):
    """One way out: an SMS or e-mail to an address."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    channel = models.TextField()
    address = SealedText()
    address_index = BlindIndex(of="address", purpose="address")
    state = models.TextField(choices=DeliveryState.choices, default=DeliveryState.WAITING)
    reason = models.TextField(default="", blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "channel", "address_index"], name="delivery_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.state}"
