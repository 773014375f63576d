"""Somebody stands at the counter: who, by what evidence, with which officer, and the application being filled in."""

from __future__ import annotations

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid


class Visit(models.Model):
    """One person helped at a desk. The person needs no account; the officer assists and never takes their place."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    party = models.ForeignKey("identity.Party", models.PROTECT, related_name="+")
    officer = models.ForeignKey("organisations.Officer", models.PROTECT, related_name="+")
    agency = models.ForeignKey("organisations.Agency", models.PROTECT, related_name="+")
    evidence = models.TextField()
    draft_uuid = models.UUIDField(null=True)
    case_uuid = models.UUIDField(null=True)
    begun_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["officer", "-begun_at"],
                condition=models.Q(ended_at=None),
                name="open_visits_of_officer",
            )
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.begun_at:%d/%m/%Y %H:%M}"
