"""What the rules said, on what inputs, and what was made of it."""

from __future__ import annotations

from django.db import models

from motcua.core.cases.models.case import Case, OfCase
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON


class Gear(models.TextChoices):
    """How far a decision may go by itself, per version and agency."""

    SHADOW = "shadow", "Chạy thầm"
    PROPOSE = "propose", "Đề xuất"
    AUTOMATIC = "automatic", "Tự động"


class DecisionRun(OfCase):
    """One evaluation: rule version, inputs, their sources, outcome and the rules that fired. Never changed, only
    replayed: the same version and inputs must give the same outcome."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="decision_runs")
    decision = models.TextField()
    version = models.ForeignKey("services.ServiceVersion", on_delete=models.PROTECT, related_name="+")
    gear = models.TextField(choices=Gear.choices)
    legal_basis = models.TextField(default="")
    inputs = SealedJSON()
    sources = SealedJSON(default=dict)
    outcome = SealedJSON(help_text="{value, rules: [{table, rule, annotations}]}")
    proposed = SealedJSON(null=True)
    adopted = models.BooleanField(null=True, help_text="whether the officer, or the gear, took it over")
    adopted_by = models.TextField(default="")
    at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True)
    replayed_same = models.BooleanField(null=True)

    def __str__(self) -> str:
        return f"{self.case_id}: {self.decision}"
