"""A case: one application, the version it was received under, where it stands, and whose it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from motcua.core.cases.models.status import Status
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON, SealedText


def sealing_group(service_code: str, received_at: dt.datetime) -> str:
    """The month is that of universal time: the same for every reader of the row."""
    return f"cases/{service_code}/{received_at.astimezone(dt.UTC):%Y-%m}"


class Channel(models.TextChoices):
    PORTAL = "portal", "Trực tuyến"
    COUNTER = "counter", "Trực tiếp"
    API = "api", "Cổng dịch vụ công khác"
    POST = "post", "Bưu chính"


class Financial(models.TextChoices):
    NONE = "none", "Không thu"
    DUE = "due", "Chờ nộp"
    PAID = "paid", "Đã nộp"
    WAIVED = "waived", "Được miễn"
    REFUNDED = "refunded", "Đã hoàn"


class Delivery(models.TextChoices):
    NONE = "none", "Chưa có kết quả"
    READY = "ready", "Sẵn sàng trả"
    DELIVERED = "delivered", "Đã trả"


class Sync(models.TextChoices):
    NONE = "none", "Không đồng bộ"
    PENDING = "pending", "Chờ đồng bộ"
    SYNCED = "synced", "Đã đồng bộ"
    FAILED = "failed", "Lỗi đồng bộ"


class Case(models.Model):
    """One application. Four states that move apart: business, financial, delivery, sync.

    `process_state` holds only where the process stands; its definition belongs to the service version. `data` holds
    `answers` (what was asked), `found` (what registers said, with source) and `facts` (what later steps learned).
    `due_at` is stored for querying and can always be recomputed from `received_at`, the limit and the suspensions.
    `agency_ids` are all agencies that have had a part in it: they may see it.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    number = models.TextField(unique=True)
    service_version = models.ForeignKey("services.ServiceVersion", on_delete=models.PROTECT, related_name="+")
    service_code = models.TextField()
    title = models.TextField()
    applicant_name = models.TextField()
    folded = models.TextField(default="", help_text="number, title and name without accents, for search")

    business_status = models.ForeignKey(Status, on_delete=models.PROTECT, related_name="+", db_index=False)
    financial_state = models.TextField(choices=Financial.choices, default=Financial.NONE)
    delivery_state = models.TextField(choices=Delivery.choices, default=Delivery.NONE)
    sync_state = models.TextField(choices=Sync.choices, default=Sync.NONE)

    channel = models.TextField(choices=Channel.choices)
    assisted = models.BooleanField(default=False)
    applicant = models.ForeignKey(
        "identity.Party", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    submitter = models.ForeignKey(
        "identity.Party", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    beneficiary = models.ForeignKey(
        "identity.Party", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    assisting_officer = models.ForeignKey(
        "organisations.Officer", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    competent_agency = models.ForeignKey(
        "organisations.Agency", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    receiving_agency = models.ForeignKey(
        "organisations.Agency", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    handling_agency = models.ForeignKey(
        "organisations.Agency", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    agency_ids = ArrayField(models.BigIntegerField(), default=list)
    owner_system = models.TextField(default="motcua")
    parent_dossier = models.UUIDField(null=True)
    decided_case = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="objections",
        help_text="the decision objected to",
    )

    received_at = models.DateTimeField()
    limit_amount = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    limit_unit = models.TextField(default="")
    due_at = models.DateTimeField(null=True)
    promised_at = models.DateTimeField(null=True, help_text="the first date given to the applicant")
    extended_to = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)

    process_state = models.JSONField(default=dict)
    data = SealedJSON(default=dict)
    ended_as = models.TextField(default="", help_text="kind of data.outcome: granted, refused, withdrawn, …")
    asked = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    idempotency_key = models.UUIDField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submitter", "idempotency_key"], name="case_submitted_once"),
            models.CheckConstraint(
                condition=models.Q(finished_at=None) | models.Q(business_status__in=[3, 7, 8, 9, 10]),
                name="case_finished_has_a_final_status",
            ),
        ]
        indexes = [
            models.Index(fields=["applicant", "-id"], name="case_by_applicant"),
            models.Index(
                fields=["handling_agency", "business_status", "due_at"], name="case_by_handling_agency"
            ),
            models.Index(fields=["receiving_agency", "-id"], name="case_by_receiving_agency"),
            models.Index(
                fields=["beneficiary"], condition=~models.Q(beneficiary=None), name="case_by_beneficiary"
            ),
            models.Index(fields=["service_version", "received_at"], name="case_by_version"),
            BrinIndex(fields=["received_at"], name="case_by_receipt", autosummarize=True),
            models.Index(
                fields=["finished_at"], condition=~models.Q(finished_at=None), name="case_by_finish"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def sealing_group(self) -> str:
        """The data of a service's cases of one month lie under one key, which can be destroyed when their term ends."""
        return sealing_group(self.service_code, self.received_at)

    def end_as(self, outcome: Mapping[str, Any]) -> None:
        """Say what became of it: `kind`, and what belongs to that kind. Saving is the caller's."""
        self.data = {**self.data, "outcome": dict(outcome)}
        self.ended_as = str(outcome["kind"])


class OfCase(models.Model):
    """A row of a case: its sealed columns lie under the key of the case."""

    class Meta:
        abstract = True

    def sealing_group(self) -> str:
        case: Case = self.case  # type: ignore[attr-defined]
        return case.sealing_group()


class CaseReference(models.Model):
    """Which agency or system stood in which relation to a case, from when until when."""

    class Kind(models.TextChoices):
        COMPETENT = "competent", "Cơ quan có thẩm quyền"
        RECEIVING = "receiving", "Nơi tiếp nhận"
        HANDLING = "handling", "Nơi xử lý"
        OWNER_SYSTEM = "owner_system", "Hệ thống quản lý"

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="references")
    kind = models.TextField(choices=Kind.choices)
    agency = models.ForeignKey(
        "organisations.Agency", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    system = models.TextField(default="")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.agency_id or self.system}"


class ExternalId(models.Model):
    """What another system calls this case."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="external_ids")
    system = models.TextField()
    value = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "value"], name="external_id_once")]

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"


class Transfer(OfCase):
    """A hand-over of a case from one agency to another, acknowledged by the one that takes it."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="transfers")
    from_agency = models.ForeignKey("organisations.Agency", on_delete=models.PROTECT, related_name="+")
    to_agency = models.ForeignKey("organisations.Agency", on_delete=models.PROTECT, related_name="+")
    reason = SealedText()
    handed_at = models.DateTimeField()
    handed_by = models.TextField()
    taken_at = models.DateTimeField(null=True)
    taken_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(taken_at=None), name="one_open_transfer_of_a_case"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.from_agency_id} → {self.to_agency_id}"
