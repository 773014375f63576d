"""What the state has prepared for a person who has not asked yet."""

from __future__ import annotations

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.services import queries as services


class OfferState(models.TextChoices):
    OFFERED = "offered", "Đã chuẩn bị sẵn"
    ACCEPTED = "accepted", "Đã nhận"
    DECLINED = "declined", "Không nhận"
    LAPSED = "lapsed", "Không còn điều kiện"


class Offer(models.Model):
    """A service whose conditions a person seems to meet, by the registers alone (Decree 224/2026 art. 16).

    The pack's decision is run in shadow: it decides nothing, it only says that asking is worth while, by which
    rule and why. The person accepts, which begins an application, or declines, which ends it.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    party = models.ForeignKey("identity.Party", models.CASCADE, related_name="+")
    service_version = models.ForeignKey("services.ServiceVersion", models.PROTECT, related_name="+")
    service_code = models.TextField()
    level = models.SmallIntegerField()
    rule = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)
    reason_en = models.TextField(default="", blank=True)
    law = models.TextField(default="", blank=True)
    state = models.TextField(choices=OfferState.choices, default=OfferState.OFFERED)
    made_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "service_code"], name="offer_once")]

    def __str__(self) -> str:
        return f"{self.service_code}: {self.state}"

    def name(self, lang: str = "vi") -> str:
        """What is offered."""
        return services.pack(self.service_version_id).name(lang)

    def because(self, lang: str = "vi") -> str:
        """Why, in the words of the rule that fired."""
        return self.reason_en or self.reason if lang == "en" else self.reason


class LookAhead(models.Model):
    """When the registers were last asked on a person's behalf, so that they are asked once a day at most."""

    party = models.OneToOneField("identity.Party", models.CASCADE, primary_key=True, related_name="+")
    day = models.DateField()

    def __str__(self) -> str:
        return f"{self.party_id}: {self.day}"
