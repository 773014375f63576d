"""The map of the state: units, agencies, positions, officers, and who may sign in which form.

Everything is dated. The district level ended on 30-06-2025; nothing here assumes how many levels there are.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from motcua.core.keys import new_uuid


class Level(models.TextChoices):
    CENTRAL = "central", "Trung ương"
    PROVINCE = "province", "Tỉnh"
    DISTRICT = "district", "Huyện"
    COMMUNE = "commune", "Xã"


class Dated(models.Model):
    """In force from a day on, until a day (that day included), or still."""

    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class AdministrativeUnit(Dated):
    """A province, district or commune as it was called and ranked in a stretch of time.

    The same `code` may stand in several rows, one after another: a commune that became a ward keeps its code.
    """

    code = models.TextField()
    level = models.TextField(choices=Level.choices)
    kind = models.TextField(help_text="Tỉnh, Thành phố, Quận, Huyện, Phường, Xã, Đặc khu …")
    name = models.TextField()
    short_name = models.TextField()
    folded = models.TextField()
    sort_key = models.TextField()
    parent_code = models.TextField(default="", blank=True)
    province_code = models.TextField()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    area_km2 = models.FloatField(null=True)
    source = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "code", "valid_from"], name="unit_once_a_day"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="unit_ends_later",
            ),
        ]
        indexes = [
            models.Index(fields=["parent_code"], name="unit_by_parent"),
            GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="unit_folded"),
        ]

    def __str__(self) -> str:
        return self.name


class UnitSuccession(models.Model):
    """What became of a unit: merged, split (several rows), renamed, or its kind changed."""

    level = models.TextField(choices=Level.choices)
    old_code = models.TextField()
    new_code = models.TextField()
    kind = models.TextField()
    effective = models.DateField()
    note = models.TextField(default="", blank=True)
    source = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["level", "old_code", "new_code", "effective"], name="succession_once"
            )
        ]
        indexes = [models.Index(fields=["old_code"], name="succession_by_old")]

    def __str__(self) -> str:
        return f"{self.old_code} → {self.new_code}"


class AgencyKind(models.TextChoices):
    MINISTRY = "ministry", "Bộ, cơ quan ngang Bộ"
    PROVINCE_COMMITTEE = "province_committee", "Ủy ban nhân dân tỉnh"
    DEPARTMENT = "department", "Sở"
    PROVINCE_CENTRE = "province_centre", "Trung tâm Phục vụ hành chính công tỉnh"
    COMMUNE_COMMITTEE = "commune_committee", "Ủy ban nhân dân xã"
    ONE_STOP = "one_stop", "Trung tâm Phục vụ hành chính công xã"
    COMMUNE_POLICE = "commune_police", "Công an xã"
    COMMUNE_OFFICE = "commune_office", "Phòng thuộc Ủy ban nhân dân xã"


class Agency(Dated):
    """An organisation of the state. `code` is its identifier (Decision 20/2020/QĐ-TTg art. 4), `former_code`
    the reversed form of QCVN 102 that older systems still send."""

    uuid = models.UUIDField(default=new_uuid, unique=True)
    code = models.TextField(unique=True)
    former_code = models.TextField(default="", blank=True)
    name = models.TextField()
    name_en = models.TextField(default="", blank=True)
    folded = models.TextField()
    sort_key = models.TextField()
    kind = models.TextField(choices=AgencyKind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    unit_code = models.TextField(default="", blank=True)
    province_code = models.TextField(default="", blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    place = models.TextField(default="", blank=True)
    phone = models.TextField(default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "unit_code"], name="agency_by_kind_and_unit"),
            GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="agency_folded"),
        ]

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """A post that people hold, and the duties that go with it (`groups`)."""

    code = models.TextField(unique=True)
    name = models.TextField()
    name_en = models.TextField()
    title = models.TextField(help_text="As it stands above a signature: CHỦ TỊCH")
    groups = ArrayField(models.TextField(), default=list)
    rank = models.IntegerField(default=50, help_text="Lower signs before higher")

    def __str__(self) -> str:
        return self.name


class Officer(models.Model):
    """A person who works for the state. Who they are as a citizen is a party's affair, not this one's."""

    uuid = models.UUIDField(default=new_uuid, unique=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    folded = models.TextField()
    email = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.name


class Appointment(Dated):
    """An officer holds a position in an agency for a time."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="appointments")
    position = models.ForeignKey(Position, models.PROTECT, related_name="appointments")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="appointments")
    source = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["officer", "position", "agency", "valid_from"], name="appointed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.officer} · {self.position} · {self.agency}"


class SigningForm(models.TextChoices):
    """Decree 30/2020/NĐ-CP art. 13: on behalf of the collective, for the head, by order, by authorisation."""

    TM = "TM", "Thay mặt"
    KT = "KT", "Ký thay"
    TL = "TL", "Thừa lệnh"
    TUQ = "TUQ", "Thừa ủy quyền"


class Delegation(Dated):
    """Who may sign for whom, in which form, for which services (an empty list means all), and by which paper."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="delegations")
    form = models.TextField(choices=SigningForm.choices)
    grantor = models.ForeignKey(Appointment, models.PROTECT, related_name="given")
    delegate = models.ForeignKey(Appointment, models.PROTECT, related_name="held")
    service_codes = ArrayField(models.TextField(), default=list, blank=True)
    source = models.TextField()

    def __str__(self) -> str:
        return f"{self.form} {self.delegate}"


class DayKind(models.TextChoices):
    HOLIDAY = "holiday", "Ngày nghỉ"
    MAKE_UP = "make_up", "Ngày làm bù"


class CalendarDay(models.Model):
    """A day that is not what its weekday says. Editable: swaps are decided a year at a time."""

    date = models.DateField(primary_key=True)
    kind = models.TextField(choices=DayKind.choices)
    name = models.TextField()
    source = models.TextField()

    def __str__(self) -> str:
        return f"{self.date:%d/%m/%Y} {self.name}"


class WorkingHours(models.Model):
    """The sessions of a weekday (0 = Monday) for a kind of agency, or for all where the kind is empty."""

    agency_kind = models.TextField(default="", blank=True)
    weekday = models.SmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()
    source = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency_kind", "weekday", "opens"], name="hours_once"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="closes_after_opening"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens:%H:%M}–{self.closes:%H:%M}"
