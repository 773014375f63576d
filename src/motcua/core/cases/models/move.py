"""Running cases that move to a new version of their service, and what is needed to bring them back."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from motcua.core.cases.models.case import Case, OfCase
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON


class Move(models.Model):
    """One decision to move the running cases of older versions: whereto, by which mapping, and who agreed."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Chờ duyệt"
        RUNNING = "running", "Đang chuyển"
        DONE = "done", "Đã chuyển"
        BACK = "back", "Đã chuyển lại"
        REFUSED = "refused", "Không duyệt"

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    service_code = models.TextField()
    to_version = models.ForeignKey("services.ServiceVersion", on_delete=models.PROTECT, related_name="+")
    from_versions = ArrayField(models.BigIntegerField(), help_text="ids of the versions that cases leave")
    mapping = models.JSONField(default=dict, help_text="{elements: {old: new}, answers: {old: new}}")
    allow_loss = models.BooleanField(default=False)
    reason = models.TextField(default="")
    state = models.TextField(choices=State.choices, default=State.PROPOSED)
    proposed_by_label = models.TextField()
    proposed_by_account = models.BigIntegerField(null=True)
    proposed_at = models.DateTimeField()
    settled_by_label = models.TextField(default="")
    settled_by_account = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_by_account__isnull=True)
                | ~Q(settled_by_account=F("proposed_by_account")),
                name="move_second_person",
            ),
            models.UniqueConstraint(
                fields=["service_code"],
                condition=Q(state__in=["proposed", "running"]),
                name="one_open_move_of_a_service",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_code} → {self.to_version_id}"


class MovedCase(OfCase):
    """A case in a move. `before` is all that the move changed, as it was; `after` how to know whether the case has
    gone further since; `why` is {vi, en}, why it was held or stayed."""

    class State(models.TextChoices):
        MOVED = "moved", "Đã chuyển"
        HELD = "held", "Giữ lại"
        BACK = "back", "Đã chuyển lại"
        STAYED = "stayed", "Không chuyển lại được"

    id = models.BigAutoField(primary_key=True)
    move = models.ForeignKey(Move, on_delete=models.PROTECT, related_name="cases")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="moves")
    from_version = models.ForeignKey(
        "services.ServiceVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.TextField(choices=State.choices)
    before = SealedJSON(default=dict)
    after = models.JSONField(default=dict)
    lost = models.JSONField(default=list, help_text="paths of answers that the new version has no place for")
    why = models.JSONField(default=dict)
    at = models.DateTimeField()
    back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["move", "case"], name="a_case_once_in_a_move")]

    def __str__(self) -> str:
        return f"{self.move_id}: {self.case_id}"
