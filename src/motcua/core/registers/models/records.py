"""Authoritative data: registers defined by a schema in versions, records versioned in two times."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import BlindIndex, SealedJSON, SealedText
from motcua.core.sealing.keyring import PERSON


class Register(models.Model):
    """A body of data with an owner. `version` is the newest published version of its schema, `schema` its text."""

    slug = models.TextField(primary_key=True)
    name = models.TextField()
    name_en = models.TextField()
    owner_agency_code = models.TextField()
    key_title = models.TextField()
    version = models.IntegerField()
    legal_basis = models.TextField()
    schema = models.JSONField()

    def __str__(self) -> str:
        return self.name


class VersionState(models.TextChoices):
    DRAFT = "draft", "Bản nháp"
    PUBLISHED = "published", "Đã công bố"


class SchemaVersion(models.Model):
    """One version of a register's schema. Once published it never changes (the database refuses)."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    register = models.ForeignKey(Register, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    definition = models.JSONField()
    state = models.TextField(choices=VersionState.choices, default=VersionState.DRAFT)
    written_by = models.TextField()
    written_by_account = models.BigIntegerField(null=True)
    written_at = models.DateTimeField(default=clock.now)
    published_by = models.TextField(default="", blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["register", "number"], name="schema_version_once")]

    def __str__(self) -> str:
        return f"{self.register_id} {self.number}"


class Attribute(models.Model):
    """One fact a register holds. `master` is the register where it is written; others only hold a copy."""

    register = models.ForeignKey(Register, models.CASCADE, related_name="attributes")
    path = models.TextField()
    type = models.TextField()
    title = models.TextField()
    title_en = models.TextField()
    master = models.ForeignKey(Register, models.PROTECT, related_name="mastered")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["register", "path"], name="attribute_once")]

    def __str__(self) -> str:
        return f"{self.register_id}.{self.path}"


class Record(models.Model):
    """What a register says of one key, from a day on (`valid_*`) and as known since (`recorded_at`).

    A correction supersedes the row and adds another; nothing is overwritten. What the schema calls personal lies in
    `sealed`, the rest in `data`; `terms` are keyed digests by which sealed values are found. `version` is that of
    the schema under which the row was written.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    register = models.ForeignKey(Register, models.PROTECT, related_name="records", db_index=False)
    version = models.IntegerField(default=1)
    key = SealedText(blind="key_index")
    key_index = BlindIndex(of="key", purpose=PERSON)
    data = models.JSONField(default=dict)
    sealed = SealedJSON(default=dict)
    terms = ArrayField(models.BigIntegerField(), default=list)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    recorded_at = models.DateTimeField(default=clock.now)
    superseded_at = models.DateTimeField(null=True)
    case_id = models.BigIntegerField(null=True)
    document_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["register", "key_index", "valid_from"],
                condition=Q(superseded_at__isnull=True),
                name="record_one_current_version",
            )
        ]
        indexes = [
            models.Index(fields=["register", "key_index"], name="record_by_key"),
            models.Index(fields=["case_id"], condition=Q(case_id__isnull=False), name="record_by_case"),
            GinIndex(fields=["terms"], name="record_terms"),
            GinIndex(fields=["data"], opclasses=["jsonb_path_ops"], name="record_data"),
        ]

    def __str__(self) -> str:
        return f"{self.register_id}/{self.key}"

    @property
    def facts(self) -> dict[str, Any]:
        """Everything the row says, open and sealed; what stands in `data` for statistics only is not among it."""
        return {**{path: value for path, value in self.data.items() if ":" not in path}, **self.sealed}
