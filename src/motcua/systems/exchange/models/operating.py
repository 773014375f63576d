"""What happened: published configurations, calls as both ends tell them, and where the two ends differ."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from motcua.core import clock
from motcua.systems.exchange.models.members import Gateway, Member


class Publication(models.Model):
    """A configuration as the gateways pull it. Versions only grow; the row's id is the version."""

    id = models.BigAutoField(primary_key=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    content_digest = models.TextField(help_text="of all but version and moments: whether anything changed")
    etag = models.TextField()
    body = models.BinaryField()

    def __str__(self) -> str:
        return str(self.pk)


class Side(models.TextChoices):
    CLIENT = "client", "Bên hỏi"
    PROVIDER = "provider", "Bên trả lời"


class Call(models.Model):
    """One call as one end saw it. `people` are blind indexes; no content of a message is here, only its digest."""

    id = models.BigAutoField(primary_key=True)
    gateway = models.ForeignKey(Gateway, models.PROTECT, related_name="calls")
    side = models.TextField(choices=Side.choices)
    message = models.TextField()
    client = models.TextField()
    service = models.TextField()
    endpoint = models.TextField(default="", blank=True)
    purpose = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    ms = models.IntegerField()
    status = models.IntegerField()
    succeeded = models.BooleanField()
    fault = models.TextField(default="", blank=True)
    request_digest = models.TextField(default="", blank=True)
    answer_digest = models.TextField(default="", blank=True)
    request_bytes = models.BigIntegerField(default=0)
    answer_bytes = models.BigIntegerField(default=0)
    people = ArrayField(models.TextField(), default=list, blank=True)
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "side", "gateway"], name="exchange_call_once")
        ]
        indexes = [
            models.Index(fields=["at", "side"], name="exchange_call_by_hour"),
            GinIndex(fields=["people"], name="exchange_call_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.message} ({self.side})"


class Difference(models.Model):
    """A call that the two ends tell differently, or a day of which one end tells nothing.

    Work for `owner`, whose record is missing (none: for those who run the exchange), until it is explained.
    """

    class What(models.TextChoices):
        NOT_ANSWERED = "not_answered", "Bên hỏi có ghi, bên trả lời không ghi"
        NOT_ASKED = "not_asked", "Bên trả lời có ghi, bên hỏi không ghi"
        CONTENT = "content", "Hai bên ghi nội dung khác nhau"
        SILENT = "silent", "Cổng bên kia không báo số liệu cả ngày"

    id = models.BigAutoField(primary_key=True)
    message = models.TextField(unique=True)
    what = models.TextField(choices=What.choices)
    client = models.TextField()
    service = models.TextField()
    hour = models.DateTimeField()
    found_at = models.DateTimeField(default=clock.now)
    calls = models.IntegerField(default=1, help_text="how many it stands for")
    owner = models.ForeignKey(Member, models.PROTECT, null=True, related_name="differences")
    taken_by = models.TextField(default="", blank=True, help_text="the person who looks into it")
    taken_at = models.DateTimeField(null=True)
    explained_at = models.DateTimeField(null=True)
    explained_by = models.TextField(default="", blank=True)
    explanation = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return f"{self.message}: {self.what}"


class Opening(models.Model):
    """Another installation asked, for a person who signed in there, who asked about them. The person is shown it."""

    id = models.BigAutoField(primary_key=True)
    person = models.TextField(help_text="blind index of the personal number")
    peer = models.TextField(help_text="INSTANCE/CLASS/MEMBER that asked")
    call = models.TextField(help_text="the exchange's name of the call")
    on_behalf = models.TextField(default="", blank=True, help_text="kind of the mandate; empty: the person")
    level = models.PositiveSmallIntegerField(help_text="how surely the person signed in, as the peer says")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["person", "-at"], name="exchange_opening_by_person")]

    def __str__(self) -> str:
        return self.call
