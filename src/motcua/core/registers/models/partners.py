"""Systems outside that read and write registers."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid


class Reader(models.Model):
    """A system that may call the registers' API: its agency, and the public key (JWK) under which it signs.

    What it may read is not said here but in the schemas, by its `code`.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    agency_id = models.BigIntegerField(null=True)
    public_key = models.JSONField()
    active = models.BooleanField(default=True)
    legal_basis = models.TextField()

    def __str__(self) -> str:
        return self.name


class SeenRequest(models.Model):
    """A signed request's number: it counts once."""

    id = models.BigAutoField(primary_key=True)
    reader = models.ForeignKey(Reader, models.CASCADE, related_name="+")
    jti = models.TextField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "jti"], name="register_request_seen_once")]
        indexes = [BrinIndex(fields=["at"], name="register_request_seen_at")]

    def __str__(self) -> str:
        return self.jti
