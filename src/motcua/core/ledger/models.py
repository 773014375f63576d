"""Append-only tables: what happened, who read what, and the public log."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Cast, Substr

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedText


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


class Spoken(models.Model):
    """The reason that somebody typed for an act, with its salt: see `spoken`."""

    id = models.BigAutoField(primary_key=True)
    event = models.OneToOneField(Event, models.PROTECT, related_name="spoken")
    salted = SealedText()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"of event {self.event_id}"

    def sealing_group(self) -> str:
        """A key for each month."""
        return f"ledger/reasons/{self.at.astimezone(dt.UTC):%Y-%m}"


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
    call = models.TextField(
        default="",
        db_default="",
        blank=True,
        help_text="the exchange's name of the call by which it was taken",
    )

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
    """A leaf of a Merkle log (RFC 9162 §2.1): the submission or event that stands at `index`.

    Everything unique about it is (log, index), so that the table can be partitioned by ranges of the index. One
    sealer at a time writes it, under a lock; that a submission stands once needs no constraint of its own.

    Hashes come in no order, so each entry writes into another page of an index on them: the index holds but their first
    eight bytes, which takes 22 MB for a million instead of 58. `storage.place_of` looks a hash up through it.
    """

    pk = models.CompositePrimaryKey("log", "index")
    log = models.TextField(choices=LogName.choices)
    index = models.BigIntegerField()
    leaf = models.BinaryField()
    submission = models.ForeignKey(
        LogSubmission,
        models.DO_NOTHING,
        null=True,
        related_name="entries",
        db_constraint=False,
        db_index=False,
    )
    event = models.ForeignKey(
        Event, models.DO_NOTHING, null=True, related_name="entries", db_constraint=False, db_index=False
    )
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(
                Cast(Substr("leaf", 1, 8), models.BigIntegerField()), name="log_entry_by_start_of_leaf"
            ),
            models.Index(
                fields=["submission"],
                condition=models.Q(submission__isnull=False),
                name="log_entry_by_submission",
            ),
            models.Index(
                fields=["event"], condition=models.Q(event__isnull=False), name="log_entry_by_event"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.log}[{self.index}]"


class LogTile(models.Model):
    """256 hashes of a log's tree, written once when they are complete: a proof reads a row or two for each level."""

    pk = models.CompositePrimaryKey("log", "level", "index")
    log = models.TextField(choices=LogName.choices)
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

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


class SignedHead(models.Model):
    """What outsiders hold on to (RFC 9162 §4.10): size, moment and root of a public log, signed by one of its keys.

    While a new key takes over, a head has a row for either key. Moments only grow, whatever the machine's clock does.
    """

    id = models.BigAutoField(primary_key=True)
    log = models.TextField(choices=LogName.choices)
    size = models.BigIntegerField()
    root = models.BinaryField()
    timestamp = models.BigIntegerField()
    key_id = models.TextField()
    signature = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "timestamp", "key_id"], name="signed_head_moment")
        ]
        indexes = [models.Index(fields=["log", "size"], name="signed_head_by_size")]

    def __str__(self) -> str:
        return f"{self.log} {self.size} ({self.key_id})"


class Witness(models.Model):
    """Somebody else's machine that follows the log and signs what it saw. Its key was given to us by its keeper."""

    id = models.BigAutoField(primary_key=True)
    name = models.TextField(unique=True)
    address = models.TextField(default="")
    key_id = models.TextField(unique=True)
    public_key = models.TextField()
    active = models.BooleanField(default=True)
    since = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Cosignature(models.Model):
    """A witness saw this head and found that it continues what it had seen before."""

    id = models.BigAutoField(primary_key=True)
    witness = models.ForeignKey(Witness, models.PROTECT, related_name="cosignatures")
    log = models.TextField(choices=LogName.choices)
    size = models.BigIntegerField()
    root = models.BinaryField()
    timestamp = models.BigIntegerField()
    seen_at = models.BigIntegerField()
    signature = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["witness", "log", "timestamp"], name="cosignature_of_a_head")
        ]
        indexes = [models.Index(fields=["log", "size"], name="cosignature_by_size")]

    def __str__(self) -> str:
        return f"{self.log} {self.size}"


class LogHalt(models.Model):
    """The log stands still: a head bearing our own signature is not in our tree, as after a restore from a backup.

    `evidence` is that head. It goes on when it is answered for: `resolved_at`, with what was said in public.
    """

    id = models.BigAutoField(primary_key=True)
    log = models.TextField(choices=LogName.choices)
    reason = models.TextField()
    evidence = models.JSONField()
    at = models.DateTimeField(default=clock.now)
    resolved_at = models.DateTimeField(null=True)
    statement = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["log"], condition=models.Q(resolved_at__isnull=True), name="log_halts_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.log}: {self.reason}"
