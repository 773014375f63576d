"""Posts that a second person must agree to before they are given; tables of people who are to be taken on."""

from __future__ import annotations

from django.db import models

from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedText


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


class Roster(models.Model):
    """A table of people who are to be taken on: every line was found good before it was kept; the work is done in
    batches. Its codes are given out once, to `codes_to`, and forgotten."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    name = models.TextField(help_text="of the file")
    digest = models.TextField(help_text="SHA-256 of the file: sent twice it is the same table")
    agency = models.ForeignKey("organisations.Agency", models.PROTECT, related_name="+")
    sent_by = models.BigIntegerField(help_text="officer")
    sent_label = models.TextField()
    sent_at = models.DateTimeField()
    codes_to = models.BigIntegerField(help_text="the officer who may open the sheet of codes")
    finished_at = models.DateTimeField(null=True)
    codes_end_at = models.DateTimeField(null=True, help_text="when the first of the codes is good no more")
    opened_at = models.DateTimeField(null=True, help_text="when the sheet of codes was opened")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sent_by", "digest"],
                condition=models.Q(finished_at=None),
                name="roster_under_way_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.uuid})"


class RosterLine(models.Model):
    """One person of a table: what the line says, and what came of it."""

    id = models.BigAutoField(primary_key=True)
    roster = models.ForeignKey(Roster, models.CASCADE, related_name="lines")
    line = models.IntegerField(help_text="in the file")
    code = models.TextField()
    name = models.TextField()
    email = models.TextField(default="", blank=True)
    agency = models.ForeignKey("organisations.Agency", models.PROTECT, related_name="+")
    position = models.ForeignKey("organisations.Position", models.PROTECT, related_name="+")
    since = models.DateField()
    source = models.TextField()
    done = models.BooleanField(default=False)
    officer = models.ForeignKey("organisations.Officer", models.PROTECT, null=True, related_name="+")
    proposed = models.BooleanField(default=False, help_text="the post waits for a second person")
    paper = SealedText(null=True, help_text="the code for the first sign-in, until the sheet was opened")
    fault_vi = models.TextField(default="", blank=True)
    fault_en = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["roster", "line"], name="roster_line_once")]
        indexes = [
            models.Index(fields=["roster", "id"], condition=models.Q(done=False), name="roster_line_waits")
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"
