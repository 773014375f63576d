"""The keys by which registers sign what they state."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.registers.models.records import Register
from motcua.core.sealing.fields import SealedText


class SigningKey(models.Model):
    """A register's own key (P-256). The public half stays for ever, so that what was signed can always be checked."""

    id = models.BigAutoField(primary_key=True)
    register = models.ForeignKey(Register, models.PROTECT, related_name="signing_keys")
    kid = models.TextField(unique=True, help_text="thumbprint of the public key (RFC 7638)")
    public_key = models.JSONField()
    private_key = SealedText()
    made_at = models.DateTimeField(default=clock.now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["register"], condition=Q(retired_at__isnull=True), name="signing_key_one_in_use"
            )
        ]

    def __str__(self) -> str:
        return f"{self.register_id}: {self.kid}"
