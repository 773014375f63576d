"""What a person says is wrong in a register, until its keeper has answered, and the cases that met it."""

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

    `due_at` is the day by which the law wants the answer, None where it sets none.
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
    due_at = models.DateTimeField(null=True)
    agency_id = models.BigIntegerField()
    group = models.TextField()
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
        indexes = [models.Index(fields=["agency_id"], condition=Q(state="open"), name="correction_open_at")]

    def __str__(self) -> str:
        return f"{self.register_id}.{self.path}: {self.state}"


class Finding(models.Model):
    """A case that met a doubt: where in its form (`path`), and whether it stands still until the answer (`waits`).

    `application` is the key of the draft, which the case made of it keeps; `case_id` is set where a case was there.
    `found_by_party` is for whom the application is filled in, by whomever.
    """

    id = models.BigAutoField(primary_key=True)
    correction = models.ForeignKey(Correction, models.PROTECT, related_name="findings")
    case_id = models.BigIntegerField(null=True)
    application = models.UUIDField(null=True)
    path = models.TextField(default="", blank=True)
    waits = models.BooleanField(default=False)
    found_by_party = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["correction", "case_id", "application"],
                nulls_distinct=False,
                name="finding_once",
            ),
            models.CheckConstraint(
                condition=Q(case_id__isnull=False) | Q(application__isnull=False), name="finding_somewhere"
            ),
        ]
        indexes = [
            models.Index(fields=["case_id"], condition=Q(case_id__isnull=False), name="finding_by_case"),
            models.Index(
                fields=["application"], condition=Q(application__isnull=False), name="finding_by_application"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.correction_id}: {self.path}"
