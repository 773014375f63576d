"""What a person says is wrong in a register, until its keeper has answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.registers.models.records import Record, Register
from motcua.core.sealing.fields import BlindIndex, SealedJSON, SealedText
from motcua.core.sealing.keyring import PERSON


class CorrectionState(models.TextChoices):
    OPEN = "open", "Đang xem xét"
    CORRECTED = "corrected", "Đã sửa"
    REFUSED = "refused", "Không sửa"


class Correction(models.Model):
    """A doubt about one attribute of one record: what stands there, what should, why; and the keeper's answer.

    `waits` says whether the case that found it stands still until the answer (the schema's rule).
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    register = models.ForeignKey(Register, models.PROTECT, related_name="corrections")
    key = SealedText(blind="key_index")
    key_index = BlindIndex(of="key", purpose=PERSON)
    path = models.TextField()
    stands = SealedJSON(null=True)
    should_be = SealedJSON()
    reason = SealedText()
    file_uuid = models.UUIDField(null=True)
    state = models.TextField(choices=CorrectionState.choices, default=CorrectionState.OPEN)
    asked_by_party = models.BigIntegerField(null=True)
    asked_by = models.TextField()
    asked_at = models.DateTimeField(default=clock.now)
    agency_id = models.BigIntegerField()
    group = models.TextField()
    case_id = models.BigIntegerField(null=True)
    waits = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(default="", blank=True)
    answer = SealedText(default="", blank=True)
    document = models.TextField(default="", blank=True)
    record = models.ForeignKey(Record, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["register", "key_index", "path"],
                condition=Q(state="open"),
                name="correction_one_open",
            )
        ]
        indexes = [
            models.Index(fields=["agency_id"], condition=Q(state="open"), name="correction_open_at"),
            models.Index(fields=["case_id"], condition=Q(case_id__isnull=False), name="correction_by_case"),
        ]

    def __str__(self) -> str:
        return f"{self.register_id}.{self.path}: {self.state}"
