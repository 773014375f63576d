"""Answers of other systems, kept for as long as the law lets one be used again. Sealed; found by a keyed digest."""

from __future__ import annotations

from django.db import models

from motcua.core.sealing.fields import SealedJSON


class Answer(models.Model):
    """What a register elsewhere last said to one question. `asked_at` decides how fresh it is."""

    id = models.BigAutoField(primary_key=True)
    register = models.TextField()
    question = models.TextField()
    """Keyed digest of what was asked."""
    content = SealedJSON()
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["register", "question"], name="outbound_answer_once")]
        indexes = [models.Index(fields=["asked_at"], name="outbound_answer_by_age")]

    def __str__(self) -> str:
        return f"{self.register}, {self.asked_at:%Y-%m-%d %H:%M}"

    def sealing_group(self) -> str:
        """A key for each register and month, so that old answers are erased with their key."""
        return f"outbound answers {self.register} {self.asked_at:%Y-%m}"
