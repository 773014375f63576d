"""Posts that a second person must agree to before they are given."""

from __future__ import annotations

from django.db import models

from motcua.core.keys import new_uuid


class ProposalState(models.TextChoices):
    WAITING = "waiting", "Chờ người thứ hai"
    AGREED = "agreed", "Đã đồng ý"
    REFUSED = "refused", "Không đồng ý"


class Proposal(models.Model):
    """A post that is to be given to an officer: who proposed it, and what the second person said."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    officer = models.ForeignKey("organisations.Officer", models.PROTECT, related_name="+")
    position = models.ForeignKey("organisations.Position", models.PROTECT, related_name="+")
    agency = models.ForeignKey("organisations.Agency", models.PROTECT, related_name="+")
    since = models.DateField()
    source = models.TextField()
    state = models.TextField(choices=ProposalState.choices, default=ProposalState.WAITING)
    proposed_by = models.BigIntegerField(help_text="officer")
    proposed_label = models.TextField()
    proposed_at = models.DateTimeField()
    settled_label = models.TextField(default="", blank=True)
    settled_at = models.DateTimeField(null=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["officer", "position", "agency"],
                condition=models.Q(state="waiting"),
                name="post_proposed_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.officer} · {self.position} · {self.state}"
