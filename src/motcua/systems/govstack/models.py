"""Which systems may hand in applications and do steps through this face, and for which services."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Caller(models.Model):
    """What one system of the exchange may do here: hand in applications for `services`, draft schemas of `registers`.

    `level`: how surely it has identified those for whom it hands in (0–2, Decree 69/2024 art. 7). `account`: the
    officer who answers for the steps it does, at `agency`; without one it does none.
    """

    id = models.BigAutoField(primary_key=True)
    identifier = models.TextField(unique=True, help_text="INSTANCE/CLASS/MEMBER/SUBSYSTEM")
    services = ArrayField(models.TextField(), default=list)
    registers = ArrayField(models.TextField(), default=list)
    level = models.PositiveSmallIntegerField(default=0)
    account = models.ForeignKey("identity.Account", models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey("organisations.Agency", models.PROTECT, null=True, related_name="+")
    statistics = models.BooleanField(default=False)
    events = models.BooleanField(
        default=False, help_text="may tell and hear events, as its system may in the exchange"
    )
    legal_basis = models.TextField()
    granted_at = models.DateTimeField()
    granted_by = models.TextField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(account=None, agency=None)
                | models.Q(account__isnull=False, agency__isnull=False),
                name="caller_works_at_an_agency",
            )
        ]

    def __str__(self) -> str:
        return self.identifier
