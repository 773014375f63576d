"""Public services, what was in force on which day, how far decisions run by themselves, and dated amounts."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from motcua.core import clock
from motcua.core.keys import new_uuid


class DayRange(Func):
    """The days from the first argument to the second, both counted; no second one = without end."""

    function = "DATERANGE"


class Online(models.TextChoices):
    FULL = "full", "Toàn trình"
    PARTIAL = "partial", "Một phần"


class VersionState(models.TextChoices):
    DRAFT = "draft", "Bản nháp"
    PROPOSED = "proposed", "Đang đề nghị"
    APPROVED = "approved", "Đã duyệt"
    PUBLISHED = "published", "Đang áp dụng"
    RETIRED = "retired", "Không dùng"


class GearName(models.TextChoices):
    SHADOW = "shadow", "Chạy ngầm"
    PROPOSE = "propose", "Đề xuất"
    AUTOMATIC = "automatic", "Tự động"


class Service(models.Model):
    """A public service: what stays the same over its versions. Names are those of the version in force."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    slug = models.TextField(unique=True)
    name = models.TextField()
    name_en = models.TextField()
    field = models.TextField()
    folded = models.TextField(help_text="names, other names and code without accents, for searching")
    online = models.TextField(choices=Online.choices)
    active = models.BooleanField(default=True)

    class Meta:
        indexes = [GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="service_folded")]
        constraints = [
            models.CheckConstraint(condition=Q(online__in=Online.values), name="service_online_known")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ServiceVersion(models.Model):
    """One text of a service: the files of its pack. Once published it never changes; a trigger sees to it."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    digest = models.TextField()
    manifest = models.JSONField()
    files = models.JSONField(help_text="path → text")
    state = models.TextField(choices=VersionState.choices, default=VersionState.DRAFT)
    in_force_from = models.DateField()
    in_force_until = models.DateField(null=True)
    proposed_by_label = models.TextField(default="")
    proposed_by_account = models.BigIntegerField(null=True)
    proposed_at = models.DateTimeField(null=True)
    approved_by_label = models.TextField(default="")
    approved_by_account = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)
    note = models.TextField(default="")
    changes = models.JSONField(default=list, help_text="what was changed against `based_on`")
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="successors")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "number"], name="version_number"),
            models.CheckConstraint(condition=Q(state__in=VersionState.values), name="version_state_known"),
            models.CheckConstraint(
                condition=Q(in_force_until__isnull=True) | Q(in_force_until__gte=F("in_force_from")),
                name="version_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(approved_by_account__isnull=True)
                | ~Q(approved_by_account=F("proposed_by_account")),
                name="version_second_person",
            ),
            ExclusionConstraint(
                name="version_one_in_force",
                expressions=[
                    ("service", RangeOperators.EQUAL),
                    (
                        DayRange(
                            "in_force_from",
                            "in_force_until",
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state=VersionState.PUBLISHED),
            ),
        ]
        indexes = [models.Index(fields=["service", "state", "in_force_from"], name="version_in_force")]

    def __str__(self) -> str:
        return f"{self.service_id}.{self.number}"


class GearSetting(models.Model):
    """How far a decision runs by itself at an agency (or at all of them) on a day, and what allows it."""

    id = models.BigAutoField(primary_key=True)
    service_code = models.TextField()
    decision = models.TextField()
    agency_id = models.BigIntegerField(null=True)
    gear = models.TextField(choices=GearName.choices)
    legal_basis = models.TextField(default="")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(gear__in=GearName.values), name="gear_known"),
            models.CheckConstraint(
                condition=~Q(gear=GearName.AUTOMATIC) | ~Q(legal_basis=""), name="gear_automatic_has_basis"
            ),
            models.UniqueConstraint(
                fields=["service_code", "decision", "agency_id", "valid_from"],
                name="gear_one_a_day",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_code} {self.decision}: {self.gear}"


class Rate(models.Model):
    """An amount that a law or a council sets, in đồng, for a time; `province_code` "" is the whole country."""

    id = models.BigAutoField(primary_key=True)
    key = models.TextField()
    province_code = models.TextField(default="", blank=True)
    amount = models.BigIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    source = models.TextField()
    verified_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="rate_not_negative"),
            ExclusionConstraint(
                name="rate_one_a_day",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    ("province_code", RangeOperators.EQUAL),
                    (
                        DayRange(
                            "valid_from",
                            "valid_until",
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.province_code or 'VN'}: {self.amount}"
