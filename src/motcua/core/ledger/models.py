"""Append-only tables: what happened, who read what, and the public log."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid


class Event(models.Model):
    """One act. Inserted unchained in the act's own transaction; the sealer chains it within seconds."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    at = models.DateTimeField(default=clock.now)
    kind = models.TextField()
    actor_kind = models.TextField()
    actor_label = models.TextField()
    account_id = models.BigIntegerField(null=True)
    party_id = models.BigIntegerField(null=True)
    officer_id = models.BigIntegerField(null=True)
    agency_id = models.BigIntegerField(null=True)
    principal_id = models.BigIntegerField(null=True)
    mandate_id = models.BigIntegerField(null=True)
    case_id = models.BigIntegerField(null=True)
    subject_type = models.TextField(default="")
    subject_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["case_id", "id"], name="event_by_case")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%d/%m/%Y %H:%M}"


class Read(models.Model):
    """One act of reading personal records: who, why, in which case, whose. The person can see it.

    While an application is filled in there is no case yet: `application` is then the key under which it will be
    submitted, by which its case finds these looks afterwards (rows are never changed).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=clock.now)
    actor_kind = models.TextField()
    actor_label = models.TextField()
    account_id = models.BigIntegerField(null=True)
    officer_id = models.BigIntegerField(null=True)
    agency_id = models.BigIntegerField(null=True)
    purpose = models.TextField()
    register = models.TextField()
    people = ArrayField(models.TextField(), help_text="blind indexes of their personal numbers")
    record_ids = ArrayField(models.BigIntegerField())
    case_id = models.BigIntegerField(null=True)
    application = models.UUIDField(null=True)

    class Meta:
        indexes = [
            GinIndex(fields=["people"], name="read_by_person"),
            models.Index(
                fields=["application"],
                condition=models.Q(application__isnull=False),
                name="read_by_application",
            ),
            models.Index(fields=["case_id"], condition=models.Q(case_id__isnull=False), name="read_by_case"),
        ]

    def __str__(self) -> str:
        return f"{self.register}: {self.purpose}"


class LogName(models.TextChoices):
    EVENTS = "events", "Nhật ký nội bộ"
    RESULTS = "results", "Nhật ký kết quả công khai"


class LogSubmission(models.Model):
    """What is to stand in a log. The sealer gives it its place within seconds; no act waits for that."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    log = models.TextField(choices=LogName.choices)
    kind = models.TextField()
    payload = models.BinaryField()
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.log}: {self.kind}"


class LogEntry(models.Model):
    """A leaf of a Merkle log (RFC 9162 §2.1): the submission or event that stands at `index`."""

    id = models.BigAutoField(primary_key=True)
    log = models.TextField(choices=LogName.choices)
    index = models.BigIntegerField()
    submission = models.OneToOneField(LogSubmission, models.PROTECT, null=True, related_name="entry")
    event = models.OneToOneField(Event, models.PROTECT, null=True, related_name="entry")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "index"], name="log_entry_place")]

    def __str__(self) -> str:
        return f"{self.log}[{self.index}]"


class LogNode(models.Model):
    """The root of a full subtree, kept so that a proof costs log n reads."""

    id = models.BigAutoField(primary_key=True)
    log = models.TextField(choices=LogName.choices)
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "level", "index"], name="log_node_place")]

    def __str__(self) -> str:
        return f"{self.log} {self.level}/{self.index}"


class TreeHead(models.Model):
    """A signed root: the tree of that size had this hash, and the head before it that one.

    `state` is the tree's right edge, from which the sealer goes on.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    log = models.TextField(choices=LogName.choices)
    size = models.BigIntegerField()
    root = models.BinaryField()
    previous = models.BinaryField()
    state = models.BinaryField()
    signature = models.BinaryField()
    key_id = models.TextField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "size"], name="tree_head_size")]

    def __str__(self) -> str:
        return f"{self.log} {self.size}"
