"""Systems outside that hand in applications, and what they have asked us already."""

from __future__ import annotations

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid


class Partner(models.Model):
    """A system that may hand in applications: its public key (JWK), and how it is told of progress."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    public_key = models.JSONField()
    channel_plugin = models.TextField(default="", blank=True)
    service_codes = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    legal_basis = models.TextField()

    def __str__(self) -> str:
        return self.name


class SeenRequest(models.Model):
    """A signed request's number: it counts once."""

    id = models.BigAutoField(primary_key=True)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    jti = models.TextField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "jti"], name="request_seen_once")]

    def __str__(self) -> str:
        return self.jti


class Told(models.Model):
    """What a partner has been told of a case, so that the same is not told twice."""

    id = models.BigAutoField(primary_key=True)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="told")
    case_uuid = models.UUIDField()
    status = models.IntegerField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["partner", "case_uuid"], name="told_by_case")]

    def __str__(self) -> str:
        return f"{self.case_uuid}: {self.status}"
