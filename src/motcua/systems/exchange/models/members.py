"""Who takes part: members, their systems and gateways, certificates and keys."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid


class Standing(models.TextChoices):
    """One person applies, another decides."""

    APPLIED = "applied", "Chờ duyệt"
    APPROVED = "approved", "Đang tham gia"
    REFUSED = "refused", "Không được nhận"
    SUSPENDED = "suspended", "Tạm ngừng"


class Decided(models.Model):
    """Something that one person asks for and a second one decides."""

    state = models.TextField(choices=Standing.choices, default=Standing.APPLIED)
    asked_at = models.DateTimeField(default=clock.now)
    asked_by = models.TextField()
    asked_account = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        abstract = True


class Member(Decided):
    """An agency or organisation. Its name in the exchange is INSTANCE/class/code."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    member_class = models.TextField(default="GOV")
    code = models.TextField()
    name = models.TextField()
    agency_id = models.BigIntegerField(null=True)
    contact = models.TextField(help_text="whom others call when something does not arrive")
    phone = models.TextField(default="", blank=True)
    email = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member_class", "code"],
                condition=~Q(state="refused"),
                name="exchange_member_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Gateway(Decided):
    """A gateway process of a member: where it is reached, and what it last told of itself."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    member = models.ForeignKey(Member, models.PROTECT, related_name="gateways")
    addresses = ArrayField(models.TextField())
    last_seen_at = models.DateTimeField(null=True)
    last_version = models.BigIntegerField(null=True)
    operational_cursor = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.code


class Subsystem(models.Model):
    """A system of a member: it asks, answers, or both."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    member = models.ForeignKey(Member, models.PROTECT, related_name="subsystems")
    gateway = models.ForeignKey(Gateway, models.PROTECT, null=True, related_name="subsystems")
    code = models.TextField()
    name = models.TextField()
    access = models.TextField(default="certificate")
    client_certificates = ArrayField(models.TextField(), default=list, blank=True)
    client_networks = ArrayField(models.TextField(), default=list, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "code"], name="exchange_subsystem_once")]

    def __str__(self) -> str:
        return f"{self.member.member_class}/{self.member.code}/{self.code}"


class Certificate(models.Model):
    """A certificate of a gateway (TLS) or of a member (signing messages). While keys rotate there are two."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.PROTECT, related_name="certificates")
    gateway = models.ForeignKey(Gateway, models.PROTECT, null=True, related_name="certificates")
    pem = models.TextField()
    fingerprint = models.TextField(unique=True)
    key_fingerprint = models.TextField(db_index=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.fingerprint[:16]


class Group(models.Model):
    """Systems that are given rights together."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    subsystems = models.ManyToManyField(Subsystem, related_name="groups")

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """By which a member's machines speak to the control plane and to events. Two may be good while one is changed."""

    id = models.BigAutoField(primary_key=True)
    digest = models.TextField(unique=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="keys")
    gateway = models.ForeignKey(Gateway, models.CASCADE, null=True, related_name="keys")
    subsystem = models.ForeignKey(Subsystem, models.CASCADE, null=True, related_name="keys")
    made_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.member_id} {self.made_at:%d/%m/%Y}"
