"""The axis as a server: who is connected, which agencies they speak for, and what lies in their queues."""

from __future__ import annotations

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedText


class Queue(models.TextChoices):
    """How far the receiver is with a message, in the axis's own words."""

    INITIAL = "INITIAL", "Chờ lấy"
    PROCESSING = "PROCESSING", "Đang lấy"
    DONE = "DONE", "Đã lấy"
    FAIL = "FAIL", "Không xử lý được"
    HELD = "HELD", "Trục giữ lại để kiểm tra chữ ký"


class RecallBy(models.TextChoices):
    """How a partner is asked for a document back; both are in QCVN 102:2016, not every software reads both."""

    BUSINESS = "business", "Bản tin thu hồi (nghiệp vụ 1)"
    STATUS = "status", "Trạng thái 13"


class AxisMember(models.Model):
    """A connected system. It proves itself by its id and a shared secret, which is sealed here.

    After a change of secret the former one is good until `former_until`, so that the change can be made in peace.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    system_id = models.TextField(unique=True)
    name = models.TextField()
    contact = models.TextField(default="", blank=True)
    secret = SealedText()
    former_secret = SealedText(default="", blank=True)
    former_until = models.DateTimeField(null=True)
    networks = models.JSONField(default=list, help_text="Where it calls from; empty: anywhere")
    secret_until = models.DateTimeField(
        null=True, help_text="When the secret ends, if nobody changes it before"
    )
    recall_by = models.TextField(choices=RecallBy.choices, default="", blank=True)
    recall_source = models.TextField(default="", blank=True, help_text="From whom or where that is known")
    locked_at = models.DateTimeField(null=True)
    locked_reason = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class AxisToken(models.Model):
    """A token given for id and secret, as two of the interface's forms do; only its hash lies here."""

    id = models.BigAutoField(primary_key=True)
    token_hash = models.TextField(unique=True)
    member = models.ForeignKey(AxisMember, models.CASCADE, related_name="tokens")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.member} until {self.expires_at:%H:%M %d/%m/%Y}"


class AxisAgency(models.Model):
    """An agency on the axis, and the member that speaks for it.

    With certificates on file, what another key signed in its name is held until somebody decides.
    """

    id = models.BigAutoField(primary_key=True)
    organ_id = models.TextField(unique=True)
    name = models.TextField()
    email = models.TextField(default="", blank=True)
    member = models.ForeignKey(AxisMember, models.PROTECT, related_name="agencies")
    certificates_pem = models.TextField(default="", blank=True)
    locked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.organ_id})"


class AxisMessage(models.Model):
    """A message that was taken; `key` is made of sender, kind, document, and business or status."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    member = models.ForeignKey(AxisMember, models.PROTECT, related_name="messages")
    from_organ = models.TextField()
    message_type = models.TextField(default="edoc")
    service_type = models.TextField(default="eDoc", blank=True)
    document_id = models.TextField()
    key = models.TextField(unique=True)
    digest = models.TextField(help_text="SHA-256 of the file in the store")
    size = models.BigIntegerField()
    priority = models.SmallIntegerField(default=0)
    held = models.TextField(default="", blank=True, help_text="The doubt for which it is held")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.document_id


class AxisDelivery(models.Model):
    """A message in the queue of one receiver."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(AxisMessage, models.CASCADE, related_name="deliveries")
    to_organ = models.TextField()
    member = models.ForeignKey(AxisMember, models.PROTECT, related_name="queue")
    state = models.TextField(choices=Queue.choices, default=Queue.INITIAL)
    note = models.TextField(default="", blank=True)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "to_organ"], name="delivered_once")]
        indexes = [models.Index(fields=["member", "state", "id"], name="delivery_queue")]

    def __str__(self) -> str:
        return f"{self.message} → {self.to_organ}"
