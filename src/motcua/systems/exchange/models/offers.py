"""What is offered to whom: services with their versions, purposes, rights, quotas, requests for access."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.systems.exchange.models.members import Decided, Group, Subsystem


class Kind(models.TextChoices):
    OPENAPI = "OPENAPI", "Có mô tả OpenAPI"
    REST = "REST", "Không có mô tả"


class Service(models.Model):
    """What a system answers, as the catalogue shows it; a contract that breaks the former one is a new version."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    subsystem = models.ForeignKey(Subsystem, models.PROTECT, related_name="services")
    code = models.TextField()
    title = models.TextField()
    description = models.TextField(default="", blank=True)
    legal_basis = models.TextField()
    personal = models.BooleanField(default=True)
    sandbox = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subsystem", "code"], name="exchange_service_once")]

    def __str__(self) -> str:
        return self.title


class VersionState(models.TextChoices):
    DRAFT = "draft", "Bản thảo"
    PROPOSED = "proposed", "Chờ duyệt công bố"
    IN_FORCE = "in_force", "Đang dùng"
    DEPRECATED = "deprecated", "Sắp ngừng"
    WITHDRAWN = "withdrawn", "Đã ngừng"


UNPUBLISHED = (VersionState.DRAFT, VersionState.PROPOSED)
"""Seen by the owner alone, and written anew at will."""


class Version(models.Model):
    """One contract of a service, with its own address; callers are told `notice_days` before its end."""

    id = models.BigAutoField(primary_key=True)
    service = models.ForeignKey(Service, models.PROTECT, related_name="versions")
    number = models.IntegerField(default=1)
    kind = models.TextField(choices=Kind.choices, default=Kind.OPENAPI)
    base_url = models.TextField()
    openapi = models.TextField(default="", blank=True)
    endpoints = models.JSONField(default=list)
    timeout_ms = models.IntegerField(default=60_000)
    largest_request = models.BigIntegerField(default=10_485_760)
    largest_answer = models.BigIntegerField(default=104_857_600)
    server_certificates = ArrayField(models.TextField(), default=list, blank=True)
    state = models.TextField(choices=VersionState.choices, default=VersionState.DRAFT)
    stopped_for = models.TextField(default="", blank=True, help_text="what callers read while it is stopped")
    notice_days = models.IntegerField(default=90)
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.TextField(default="", blank=True)
    proposed_account = models.BigIntegerField(null=True)
    returned_for = models.TextField(default="", blank=True, help_text="why the second person gave it back")
    published_at = models.DateTimeField(null=True)
    published_by = models.TextField(default="", blank=True)
    deprecated_at = models.DateTimeField(null=True)
    withdraw_on = models.DateField(null=True)
    change = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "number"], name="exchange_version_once")]

    def __str__(self) -> str:
        return self.wire_code

    @property
    def wire_code(self) -> str:
        """By which callers name it: the second contract of `tra-cuu` is `tra-cuu.v2`."""
        return self.service.code if self.number == 1 else f"{self.service.code}.v{self.number}"


class Purpose(models.Model):
    """Why data may be asked for, with its legal basis."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    legal_basis = models.TextField()

    def __str__(self) -> str:
        return self.name


class AccessRequest(Decided):
    """A system asks for a service, for stated purposes; the service's owner decides."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    version = models.ForeignKey(Version, models.PROTECT, related_name="requests")
    subsystem = models.ForeignKey(Subsystem, models.PROTECT, related_name="requests")
    endpoints = models.JSONField(default=list)
    purposes = models.ManyToManyField(Purpose, related_name="+")
    why = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "subsystem"],
                condition=Q(state="applied"),
                name="exchange_request_waits_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subsystem} → {self.version}"


class Right(models.Model):
    """A system or a group may call a version: everything (no endpoint), or one method and path pattern."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(Version, models.PROTECT, related_name="rights")
    subsystem = models.ForeignKey(Subsystem, models.PROTECT, null=True, related_name="rights")
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="rights")
    method = models.TextField(default="", blank=True)
    path = models.TextField(default="", blank=True)
    purposes = models.ManyToManyField(Purpose, related_name="rights")
    legal_basis = models.TextField()
    granted_at = models.DateTimeField(default=clock.now)
    granted_by = models.TextField()
    until = models.DateField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(subsystem__isnull=True) ^ Q(group__isnull=True), name="exchange_right_of_one"
            ),
            models.UniqueConstraint(
                fields=["version", "subsystem", "group", "method", "path"],
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="exchange_right_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subsystem or self.group} → {self.version} {self.method} {self.path}".strip()


class Quota(models.Model):
    """How much may be called; empty names mean each. 0 is no limit."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Subsystem, models.CASCADE, null=True, related_name="quotas")
    version = models.ForeignKey(Version, models.CASCADE, null=True, related_name="quotas")
    per_minute = models.IntegerField(default=0)
    per_day = models.IntegerField(default=0)
    at_once = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "version"], nulls_distinct=False, name="exchange_quota_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.client or '*'} → {self.version or '*'}"


class Notice(models.Model):
    """What the users of a version were told, and when; the day on which they said that they read it."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(Version, models.PROTECT, related_name="notices")
    subsystem = models.ForeignKey(Subsystem, models.PROTECT, related_name="notices")
    text = models.TextField()
    told_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.subsystem}: {self.text[:40]}"
