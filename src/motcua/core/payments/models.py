"""Money: what is owed stands apart from the attempts to pay it and from the receipts that prove it.

This room knows only a reference (a case's UUID as text) and announces what happens to it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON, SealedText


class Bank(models.Model):
    """A bank of Vietnam; `receives_vietqr` when its accounts can be paid by a VietQR code."""

    bin = models.TextField(primary_key=True)
    short_name = models.TextField()
    name = models.TextField()
    receives_vietqr = models.BooleanField()

    def __str__(self) -> str:
        return self.short_name


class RevenueAccount(models.Model):
    """Where an agency's revenue of one fee line is paid in. An empty line is the agency's general account."""

    id = models.BigAutoField(primary_key=True)
    agency = models.ForeignKey("organisations.Agency", models.PROTECT, related_name="revenue_accounts")
    line = models.TextField(default="", blank=True)
    bank = models.ForeignKey(Bank, models.PROTECT)
    number = models.TextField()
    holder = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "line"], name="revenue_account_once")]

    def __str__(self) -> str:
        return f"{self.number} ({self.bank_id})"


class ObligationState(models.TextChoices):
    DUE = "due", "Phải nộp"
    PAID = "paid", "Đã nộp"
    WAIVED = "waived", "Được miễn"
    REFUNDED = "refunded", "Đã hoàn"
    CANCELLED = "cancelled", "Đã hủy"


class Obligation(models.Model):
    """One fee line owed to one agency for one reference."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    reference = models.TextField()
    line = models.TextField()
    title = models.TextField()
    title_en = models.TextField(default="", blank=True)
    amount = models.BigIntegerField()
    source = models.TextField()
    agency = models.ForeignKey("organisations.Agency", models.PROTECT, related_name="+")
    account = models.ForeignKey(RevenueAccount, models.PROTECT, related_name="obligations")
    payer_party_id = models.BigIntegerField(null=True)
    case_id = models.BigIntegerField(null=True)
    state = models.TextField(choices=ObligationState.choices, default=ObligationState.DUE)
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "line"], name="obligation_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="obligation_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.amount}"


class AttemptState(models.TextChoices):
    """The states of GOV.UK Pay's payments, which fit every gateway met so far."""

    CREATED = "created", "Đã tạo"
    STARTED = "started", "Đang chờ người nộp"
    SUBMITTED = "submitted", "Ngân hàng đang xử lý"
    SUCCESS = "success", "Thành công"
    FAILED = "failed", "Không thành công"
    CANCELLED = "cancelled", "Đã hủy"
    ERROR = "error", "Lỗi ở ngân hàng"


FINISHED = {AttemptState.SUCCESS, AttemptState.FAILED, AttemptState.CANCELLED, AttemptState.ERROR}


class Attempt(models.Model):
    """One try at paying what a reference owes. `code` is what the transfer carries."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    reference = models.TextField()
    provider = models.TextField()
    amount = models.BigIntegerField()
    code = models.TextField(unique=True)
    payload = models.TextField(default="", blank=True)
    pay_url = models.TextField(default="", blank=True)
    return_url = models.TextField(default="", blank=True)
    state = models.TextField(choices=AttemptState.choices, default=AttemptState.CREATED)
    reason = models.TextField(default="", blank=True)
    payer_party_id = models.BigIntegerField(null=True)
    obligations = models.ManyToManyField(Obligation, related_name="attempts")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["reference"], name="attempt_by_reference")]

    def __str__(self) -> str:
        return f"{self.code}: {self.state}"

    @property
    def finished(self) -> bool:
        return self.state in FINISHED


class Notice(models.Model):
    """A gateway's message, kept as it came. The same event twice is one row, and one effect."""

    id = models.BigAutoField(primary_key=True)
    provider = models.TextField()
    event_id = models.TextField()
    code = models.TextField()
    body = SealedJSON()
    received_at = models.DateTimeField(default=clock.now)
    effect = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class ReceiptCounter(models.Model):
    """The last receipt number of an agency in a year."""

    id = models.BigAutoField(primary_key=True)
    agency = models.ForeignKey("organisations.Agency", models.PROTECT, related_name="+")
    year = models.SmallIntegerField()
    last = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "year"], name="receipt_counter_once")]

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Receipt(models.Model):
    """The proof that an obligation was paid (an electronic receipt, Decree 123/2020 art. 30)."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    number = models.TextField()
    obligation = models.OneToOneField(Obligation, models.PROTECT, related_name="receipt")
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, related_name="receipts")
    method = models.TextField()
    amount = models.BigIntegerField()
    document_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="receipt_number_once"),
        ]

    def __str__(self) -> str:
        return self.number


class Refund(models.Model):
    """Money given back: a decision with its reason and its own number."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    obligation = models.OneToOneField(Obligation, models.PROTECT, related_name="refund")
    amount = models.BigIntegerField()
    reason = models.TextField()
    decided_by = models.TextField()
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.amount}"


class StatementLine(models.Model):
    """A line of a bank's daily statement, and the attempt it pays. Unmatched lines are somebody's work."""

    id = models.BigAutoField(primary_key=True)
    provider = models.TextField()
    day = models.DateField()
    bank_reference = models.TextField()
    code = models.TextField()
    amount = models.BigIntegerField()
    text = SealedText(default="", blank=True)
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, related_name="statement_lines")
    note = models.TextField(default="", blank=True)
    settled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "bank_reference"], name="statement_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.code} {self.amount}"
