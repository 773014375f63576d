"""The office: documents that come and go, their numbers, and what is done about them."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedText
from motcua.systems.dispatch.models.axis import RecallBy


class Form(models.TextChoices):
    """How a connected axis is spoken to."""

    LOCAL = "local", "Trục của chính hệ thống này"
    VXP = "vxp", "VXP (tiêu đề ký HMAC)"
    SESSION = "session", "REST /v1 (đăng nhập)"
    WSO2 = "wso2", "LGSP WSO2 (OAuth)"


class Connection(models.Model):
    """An axis we are connected to, and the agencies of ours that it knows by that connection."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    name = models.TextField()
    form = models.TextField(choices=Form.choices)
    endpoint = models.TextField(default="", blank=True)
    system_id = models.TextField()
    secret = SealedText()
    organ_ids = models.JSONField(default=list, help_text="Ids of our agencies")
    trust_pem = models.TextField(
        default="", blank=True, help_text="Roots whose certificates sign on this axis"
    )
    networks = models.JSONField(default=list, help_text="Private networks in which the axis may lie")
    secret_until = models.DateTimeField(null=True, help_text="When the secret ends, where the axis has told")
    next_secret = SealedText(default="", blank=True)
    renewal_fault = models.TextField(default="", blank=True, help_text="Why the secret could not be renewed")
    recall_by = models.TextField(choices=RecallBy.choices, default="", blank=True)
    recall_source = models.TextField(default="", blank=True, help_text="From whom or where that is known")
    takes_unsigned = models.BooleanField(
        default=False, help_text="The axis itself vouches for senders that do not sign"
    )
    active = models.BooleanField(default=True)
    polled_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    last_fault = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.name


class Direction(models.TextChoices):
    IN = "in", "Văn bản đến"
    OUT = "out", "Văn bản đi"


class NumberCounter(models.Model):
    """The last number given in a book of an agency in a year (Decree 30/2020 art. 15: from 01 on 1 January)."""

    id = models.BigAutoField(primary_key=True)
    agency_id = models.BigIntegerField()
    direction = models.TextField(choices=Direction.choices)
    book = models.TextField(default="", blank=True)
    year = models.IntegerField()
    last = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency_id", "direction", "book", "year"], name="dispatch_book_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.book or self.direction} {self.year}: {self.last}"


class Stage(models.TextChoices):
    """Where a document of ours stands."""

    DRAFT = "draft", "Dự thảo"
    AT_HEAD = "at_head", "Chờ lãnh đạo đơn vị duyệt"
    AT_LEADER = "at_leader", "Chờ lãnh đạo cơ quan ký"
    ISSUED = "issued", "Đã ký, cấp số"
    SENT = "sent", "Đã gửi"
    RECALLED = "recalled", "Đã thu hồi"
    REPLACED = "replaced", "Đã thay thế"
    CANCELLED = "cancelled", "Đã hủy số"
    PAPER = "paper", "Chỉ ghi sổ, gửi đường khác"


class Outgoing(models.Model):
    """A document of ours, from the first draft to what became of it. A number once given stays in the book."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    agency_id = models.BigIntegerField()
    type_code = models.TextField()
    stage = models.TextField(choices=Stage.choices, default=Stage.DRAFT)
    number = models.IntegerField(null=True)
    notation = models.TextField(default="", blank=True)
    year = models.IntegerField(null=True)
    subject = models.TextField()
    paragraphs = models.JSONField(default=list)
    appendix = models.TextField(default="", blank=True)
    receivers = models.JSONField(default=list, help_text="Organ id and name of each")
    priority = models.SmallIntegerField(default=0)
    secrecy = models.TextField(default="", blank=True)
    due = models.DateField(null=True)
    drafter_id = models.BigIntegerField()
    drafter = models.TextField()
    head_id = models.BigIntegerField(null=True)
    head = models.TextField(default="", blank=True)
    leader_id = models.BigIntegerField(null=True)
    leader = models.TextField(default="", blank=True)
    returned = models.TextField(default="", blank=True, help_text="Why it came back to the drafter")
    answers = models.ForeignKey("dispatch.Incoming", models.PROTECT, null=True, related_name="answered_by")
    business = models.TextField(default="0")
    concerns = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by")
    reason = models.TextField(default="", blank=True)
    case_id = models.BigIntegerField(null=True)
    case_number = models.TextField(default="", blank=True)
    case_waits = models.BooleanField(default=False, help_text="The case stands still until this is answered")
    draft_pk = models.BigIntegerField(
        null=True, help_text="The PDF that waits for a signature made elsewhere"
    )
    document_pk = models.BigIntegerField(null=True, help_text="The signed PDF")
    edxml_id = models.TextField(default="", blank=True)
    packages = models.JSONField(default=dict, help_text="Digest of the edXML file by business and connection")
    folded = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=clock.now)
    issued_at = models.DateTimeField(null=True)
    send_by = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency_id", "type_code", "year", "number"],
                condition=Q(number__isnull=False),
                name="outgoing_number_once",
            )
        ]
        indexes = [
            models.Index(fields=["agency_id", "-id"], name="outgoing_by_agency"),
            models.Index(fields=["case_id"], name="outgoing_by_case"),
            models.Index(
                fields=["agency_id", "stage"],
                condition=Q(stage__in=("draft", "at_head", "at_leader", "issued")),
                name="outgoing_in_work",
            ),
            GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="outgoing_folded"),
        ]

    def __str__(self) -> str:
        return f"{self.sign or '(chưa có số)'} {self.subject}"

    @property
    def sign(self) -> str:
        """Number and sign, e.g. 15/UBND-TP; numbers below ten with a nought (Decree 30/2020, annex I)."""
        return "" if self.number is None else f"{self.number:02}/{self.notation}"


class SendState(models.TextChoices):
    WAITING = "waiting", "Chờ gửi"
    SENT = "sent", "Đã lên trục"
    FAILED = "failed", "Gửi không được"


class Sending(models.Model):
    """One document to one receiver: how it went out, and the status that the receiver gave."""

    id = models.BigAutoField(primary_key=True)
    outgoing = models.ForeignKey(Outgoing, models.CASCADE, related_name="sendings")
    agency_id = models.BigIntegerField()
    organ_id = models.TextField()
    organ_name = models.TextField()
    state = models.TextField(choices=SendState.choices, default=SendState.WAITING)
    status = models.TextField(default="", blank=True, help_text="The receiver's last status code")
    connection = models.ForeignKey(Connection, models.PROTECT, null=True, related_name="+")
    axis_id = models.TextField(default="", blank=True)
    attempts = models.IntegerField(default=0)
    fault = models.TextField(default="", blank=True)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outgoing", "organ_id"], name="sent_once")]
        indexes = [
            models.Index(fields=["agency_id"], condition=Q(status__in=("", "01")), name="sending_silent")
        ]

    def __str__(self) -> str:
        return f"{self.outgoing_id} → {self.organ_name}"


class Incoming(models.Model):
    """A document that came. `status` is one of the nine; `entered` the number in the book of incoming documents."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    agency_id = models.BigIntegerField()
    connection = models.ForeignKey(Connection, models.PROTECT, null=True, related_name="+")
    axis_id = models.TextField(default="", blank=True)
    edxml_id = models.TextField()
    digest = models.TextField(default="", blank=True, help_text="SHA-256 of the edXML file; empty for paper")
    sender_id = models.TextField()
    sender = models.TextField()
    code = models.TextField()
    promulgated = models.DateField(null=True)
    type_name = models.TextField(default="", blank=True)
    subject = models.TextField()
    priority = models.SmallIntegerField(default=0)
    secrecy = models.TextField(default="", blank=True)
    signature = models.TextField(default="none")
    signer = models.TextField(default="", blank=True)
    trusted = models.BooleanField(default=False)
    weak = models.BooleanField(default=False, help_text="Signed with SHA-1")
    held = models.TextField(default="", blank=True, help_text="The doubt for which it is held")
    released = models.TextField(default="", blank=True, help_text="Who took it all the same, and why")
    files = models.JSONField(default=list, help_text="Name, digest and size of each attachment")
    status = models.TextField(default="01")
    standing = models.TextField(
        default="", blank=True, help_text="asked_back, update_asked, withdrawn, replaced"
    )
    pending = models.TextField(
        default="", blank=True, help_text="Digest of an update that waits for our answer"
    )
    entered = models.IntegerField(null=True)
    year = models.IntegerField(null=True)
    arrived_at = models.DateTimeField(default=clock.now)
    acknowledge_by = models.DateTimeField()
    entered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    reason = models.TextField(default="", blank=True)
    responds_to = models.ForeignKey(Outgoing, models.PROTECT, null=True, related_name="responses")
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaces")
    case_id = models.BigIntegerField(null=True)
    folded = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency_id", "sender_id", "edxml_id"], name="incoming_once"),
            models.UniqueConstraint(
                fields=["agency_id", "year", "entered"],
                condition=Q(entered__isnull=False),
                name="entered_once",
            ),
        ]
        indexes = [
            models.Index(fields=["agency_id", "status", "-id"], name="incoming_by_status"),
            models.Index(fields=["case_id"], name="incoming_by_case"),
            models.Index(
                fields=["agency_id"],
                condition=Q(standing__in=("asked_back", "update_asked")),
                name="incoming_asked_back",
            ),
            GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="incoming_folded"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"


class StatusNote(models.Model):
    """A status that was given or got; what we give waits here until the axis has it."""

    id = models.BigAutoField(primary_key=True)
    agency_id = models.BigIntegerField()
    incoming = models.ForeignKey(Incoming, models.CASCADE, null=True, related_name="notes")
    sending = models.ForeignKey(Sending, models.CASCADE, null=True, related_name="notes")
    code = models.TextField()
    description = models.TextField(default="", blank=True)
    by = models.TextField(default="", blank=True)
    at = models.DateTimeField(default=clock.now)
    state = models.TextField(choices=SendState.choices, default=SendState.WAITING)
    fault = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="note_waiting")]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"


class Assignment(models.Model):
    """Somebody is to do something about a document, by a day."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    agency_id = models.BigIntegerField()
    incoming = models.ForeignKey(Incoming, models.CASCADE, related_name="assignments")
    officer_id = models.BigIntegerField()
    officer = models.TextField()
    instruction = models.TextField()
    due_at = models.DateTimeField(null=True)
    given_by = models.TextField()
    given_at = models.DateTimeField(default=clock.now)
    begun_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    outcome = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["agency_id", "officer_id", "done_at"], name="assignment_by_officer")]

    def __str__(self) -> str:
        return self.instruction


class Fault(models.Model):
    """What could not be taken or sent, as work for a person."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    agency_id = models.BigIntegerField(null=True)
    connection = models.ForeignKey(Connection, models.PROTECT, null=True, related_name="+")
    kind = models.TextField()
    key = models.TextField(unique=True)
    axis_code = models.SmallIntegerField(default=0)
    what = models.TextField()
    what_en = models.TextField(default="", blank=True)
    digest = models.TextField(default="", blank=True)
    at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.what
