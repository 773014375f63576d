"""Work files: what belongs together is kept together, closed, and handed to the archive."""

from __future__ import annotations

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid


class FileState(models.TextChoices):
    OPEN = "open", "Đang lập"
    CLOSED = "closed", "Đã kết thúc"
    ARCHIVED = "archived", "Đã nộp lưu"


class WorkFile(models.Model):
    """A file of work (Decree 30/2020 arts 28–31): its code by the year's list, its keeper, how long it is kept."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    agency_id = models.BigIntegerField()
    year = models.IntegerField()
    number = models.IntegerField()
    title = models.TextField()
    schedule = models.TextField(help_text="Key of the retention schedule")
    keeper_id = models.BigIntegerField()
    keeper = models.TextField()
    state = models.TextField(choices=FileState.choices, default=FileState.OPEN)
    folded = models.TextField(default="", blank=True)
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)
    hand_over_by = models.DateField(null=True)
    keep_until = models.DateField(null=True, help_text="Empty: for ever, once it is closed")
    archived_at = models.DateTimeField(null=True)
    digest = models.TextField(default="", blank=True, help_text="SHA-256 of what was handed over")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency_id", "year", "number"], name="work_file_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def code(self) -> str:
        return f"{self.number:02}/{self.year}"


class ItemKind(models.TextChoices):
    INCOMING = "incoming", "Văn bản đến"
    OUTGOING = "outgoing", "Văn bản đi, dự thảo"
    ASSIGNMENT = "assignment", "Việc được giao"
    CASE = "case", "Hồ sơ"


class FileItem(models.Model):
    """One thing in a work file, in the order it was put there."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(WorkFile, models.CASCADE, related_name="items")
    agency_id = models.BigIntegerField()
    kind = models.TextField(choices=ItemKind.choices)
    subject_id = models.BigIntegerField()
    title = models.TextField()
    reference = models.TextField(default="", blank=True)
    dated = models.DateField(null=True)
    added_by = models.TextField()
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "kind", "subject_id"], name="item_once_in_a_file")
        ]

    def __str__(self) -> str:
        return self.title
