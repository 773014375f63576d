"""Books of civil status, and requests for a newborn's personal number."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.registers.models.records import Record
from motcua.core.sealing.fields import BlindIndex, SealedJSON, SealedText
from motcua.core.sealing.keyring import PERSON


class EntryState(models.TextChoices):
    PENDING = "pending", "Chờ ký"
    EFFECTIVE = "effective", "Có hiệu lực"
    CANCELLED = "cancelled", "Đã hủy"


class CivilEntry(models.Model):
    """A line of a civil-status book: book, number and year, kept by an agency (Law on Civil Status arts 57–60).

    `people` are the blind indexes of `person_numbers`, by which a person's entries are found.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    book = models.TextField()
    agency_code = models.TextField()
    agency_name = models.TextField()
    year = models.SmallIntegerField()
    number = models.IntegerField()
    state = models.TextField(choices=EntryState.choices, default=EntryState.PENDING)
    registered_on = models.DateField()
    data = SealedJSON()
    person_numbers = SealedJSON(default=list)
    people = ArrayField(models.TextField(), default=list)
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
        indexes = [GinIndex(fields=["people"], name="entry_by_people")]

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
    child = SealedJSON()
    state = models.TextField(choices=RequestState.choices, default=RequestState.REQUESTED)
    number = SealedText(default="", blank=True, blind="number_index")
    number_index = BlindIndex(of="number", purpose=PERSON)
    reason = SealedText(default="", blank=True)
    reference = models.TextField(default="", blank=True)
    requested_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.state} {self.number}"
