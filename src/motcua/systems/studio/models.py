"""The desk on which a clerk gathers changes of a service before proposing them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid


class Workbench(models.Model):
    """One clerk's changes of one service, not yet proposed. Nobody is bound by it; it may be thrown away.

    `changes` holds services.actions.Change as JSON, in the order in which they are made.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    account_id = models.BigIntegerField()
    service = models.ForeignKey("services.Service", models.CASCADE, related_name="+")
    changes = models.JSONField(default=list)
    in_force_from = models.DateField()
    note = models.TextField(default="", blank=True)
    proposal = models.ForeignKey("services.ServiceVersion", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "service"], condition=Q(proposal=None), name="workbench_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service_id}: {len(self.changes)}"
