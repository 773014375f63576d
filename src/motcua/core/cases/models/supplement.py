"""What is asked of the applicant after receipt; and what the applicant thinks of it all."""

from __future__ import annotations

from django.db import models

from motcua.core.cases.models.case import Case, OfCase
from motcua.core.sealing.fields import SealedJSON, SealedText


class Supplement(OfCase):
    """A request for what is missing: asked once and in full (Decree 61/2018 art. 17, kept by 118/2025)."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="supplements")
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    items = SealedJSON(help_text="[{field|paper, text}]")
    reason = SealedText()
    again_because = models.TextField(default="", help_text="the ground on which a second request was allowed")
    answered_at = models.DateTimeField(null=True)
    answers = SealedJSON(default=dict)
    files = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(answered_at=None), name="one_open_supplement_of_a_case"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.asked_at:%d/%m/%Y}"


class Rating(models.Model):
    """One to five stars, once per case, changeable by who gave them."""

    id = models.BigAutoField(primary_key=True)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="rating")
    stars = models.PositiveSmallIntegerField()
    comment = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="rating_one_to_five")
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.stars}"
