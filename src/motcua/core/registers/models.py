"""Authoritative data: registers defined by a schema, records versioned in two times, one master per attribute."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid


class Register(models.Model):
    """A body of data with an owner. Its schema is a file; this row says what is loaded."""

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

    A correction supersedes the row and adds another; nothing is overwritten.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    register = models.ForeignKey(Register, models.PROTECT, related_name="records")
    key = models.TextField()
    data = models.JSONField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    recorded_at = models.DateTimeField(default=clock.now)
    superseded_at = models.DateTimeField(null=True)
    case_id = models.BigIntegerField(null=True)
    document_id = models.BigIntegerField(null=True)
    folded = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["register", "key", "valid_from"],
                condition=Q(superseded_at__isnull=True),
                name="record_one_current_version",
            )
        ]
        indexes = [
            models.Index(fields=["register", "key"], name="record_by_key"),
            GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="record_folded"),
            GinIndex(fields=["data"], opclasses=["jsonb_path_ops"], name="record_data"),
        ]

    def __str__(self) -> str:
        return f"{self.register_id}/{self.key}"


class EntryState(models.TextChoices):
    PENDING = "pending", "Chờ ký"
    EFFECTIVE = "effective", "Có hiệu lực"
    CANCELLED = "cancelled", "Đã hủy"


class CivilEntry(models.Model):
    """A line of a civil-status book: book, number and year, kept by an agency (Law on Civil Status arts 57–60)."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    book = models.TextField()
    agency_code = models.TextField()
    agency_name = models.TextField()
    year = models.SmallIntegerField()
    number = models.IntegerField()
    state = models.TextField(choices=EntryState.choices, default=EntryState.PENDING)
    registered_on = models.DateField()
    data = models.JSONField()
    person_numbers = models.JSONField(default=list)
    case_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)
    record = models.OneToOneField(Record, models.PROTECT, null=True, related_name="entry")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["book", "agency_code", "year", "number"], name="entry_number_once"
            ),
            models.UniqueConstraint(
                fields=["book", "case_id"], condition=~Q(state="cancelled"), name="entry_one_for_a_case"
            ),
        ]
        indexes = [GinIndex(fields=["person_numbers"], opclasses=["jsonb_path_ops"], name="entry_by_person")]

    def __str__(self) -> str:
        return f"{self.book} {self.number}/{self.year}"


class BookCounter(models.Model):
    """The last number given in a book of an agency in a year: without gaps, since a gap is a question."""

    id = models.BigAutoField(primary_key=True)
    book = models.TextField()
    agency_code = models.TextField()
    year = models.SmallIntegerField()
    last = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "agency_code", "year"], name="book_counter_once")
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.agency_code} {self.year}: {self.last}"


class RequestState(models.TextChoices):
    REQUESTED = "requested", "Đã gửi yêu cầu"
    ISSUED = "issued", "Đã cấp"
    SUSPECTED_DUPLICATE = "suspected_duplicate", "Nghi trùng"
    REFUSED = "refused", "Từ chối"


class NumberRequest(models.Model):
    """A request to the population database for a newborn's personal number, and what became of it."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    case_id = models.BigIntegerField(unique=True)
    child = models.JSONField()
    state = models.TextField(choices=RequestState.choices, default=RequestState.REQUESTED)
    number = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)
    reference = models.TextField(default="", blank=True)
    requested_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.state} {self.number}"
