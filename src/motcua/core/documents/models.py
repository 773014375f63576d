"""What the state says on paper that is no paper: documents, their signatures, and people's vaults."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON


class File(models.Model):
    """Something uploaded. The bytes lie in the store under their SHA-256; equal bytes lie there once."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    sha256 = models.TextField()
    size = models.BigIntegerField()
    media_type = models.TextField()
    name = models.TextField()
    owner_party_id = models.BigIntegerField(null=True)
    uploaded_by = models.TextField()
    account_id = models.BigIntegerField(null=True)
    agency_id = models.BigIntegerField(null=True, help_text="at whose desk an officer took it in")
    case_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["case_id"], name="file_by_case")]

    def __str__(self) -> str:
        return self.name


class KeyPurpose(models.TextChoices):
    PERSON = "person", "Chữ ký của cán bộ"
    SEAL = "seal", "Chữ ký của cơ quan"
    SERVICE = "service", "Hệ thống, thiết bị"


class Key(models.Model):
    """A certificate that an officer, an agency or a system of it holds; the private key itself is never here.

    `store` names the plug-in where the key is, `reference` the key in it; `authority` the issuing authority of ours,
    empty for a certificate of another one, whose `chain_pem` then lies here.
    """

    id = models.BigAutoField(primary_key=True)
    key_id = models.TextField(unique=True)
    store = models.TextField(default="file")
    reference = models.TextField(default="", blank=True)
    purpose = models.TextField(choices=KeyPurpose.choices, default=KeyPurpose.PERSON)
    authority = models.TextField(default="issuer", blank=True)
    subject = models.TextField()
    officer_id = models.BigIntegerField(null=True)
    agency_id = models.BigIntegerField()
    serial = models.TextField(unique=True)
    certificate_pem = models.TextField()
    chain_pem = models.TextField(default="", blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    suspended_at = models.DateTimeField(null=True)
    suspended_reason = models.TextField(default="", blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.TextField(default="", blank=True)
    revoked_code = models.TextField(default="", blank=True, help_text="RFC 5280 section 5.3.1")
    warned_days = models.SmallIntegerField(null=True, help_text="The last warning said so many days")

    class Meta:
        indexes = [
            models.Index(fields=["officer_id", "agency_id"], name="key_by_holder"),
            models.Index(fields=["valid_until"], name="key_by_end"),
        ]

    def __str__(self) -> str:
        return self.subject


class RequestState(models.TextChoices):
    ASKED = "asked", "Chờ người thứ hai duyệt"
    ISSUED = "issued", "Đã cấp"
    REFUSED = "refused", "Không cấp"
    CANCELLED = "cancelled", "Đã rút"


class CertificateRequest(models.Model):
    """A certificate that somebody asks for an officer, an agency or a system; another person approves it.

    `request_pem` is a PKCS #10 request where the key was made elsewhere; empty where the store makes the key.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    purpose = models.TextField(choices=KeyPurpose.choices)
    officer_id = models.BigIntegerField(null=True)
    agency = models.ForeignKey("organisations.Agency", models.PROTECT, related_name="+")
    subject = models.TextField()
    store = models.TextField(default="file")
    request_pem = models.TextField(default="", blank=True)
    reference = models.TextField(default="", blank=True)
    reason = models.TextField()
    replaces = models.ForeignKey(Key, models.PROTECT, null=True, related_name="+")
    state = models.TextField(choices=RequestState.choices, default=RequestState.ASKED)
    asked_at = models.DateTimeField(default=clock.now)
    asked_by = models.TextField()
    asked_by_account = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="", blank=True)
    settled_reason = models.TextField(default="", blank=True)
    key = models.ForeignKey(Key, models.PROTECT, null=True, related_name="requests")

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="certificate_request_open")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="issued") | Q(key__isnull=False), name="issued_request_has_key"
            ),
            models.UniqueConstraint(
                fields=["purpose", "officer_id", "agency", "subject"],
                condition=Q(state="asked"),
                nulls_distinct=False,
                name="certificate_asked_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.state})"


class AuthorityRevocation(models.Model):
    """An authority of ours that somebody wants revoked; another person approves it."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    name = models.TextField(help_text="Of the authority, its generation with it")
    code = models.TextField(help_text="RFC 5280 section 5.3.1")
    reason = models.TextField()
    since = models.DateTimeField(help_text="From when on nothing that it issued or stamped is believed")
    asked_at = models.DateTimeField(default=clock.now)
    asked_by = models.TextField()
    asked_by_account = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="", blank=True)
    revoked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(settled_at__isnull=True), name="authority_revocation_asked_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class DocumentKind(models.TextChoices):
    RESULT = "result", "Kết quả giải quyết"
    SLIP = "slip", "Phiếu"
    RECEIPT = "receipt", "Biên lai"


class DocumentState(models.TextChoices):
    DRAFT = "draft", "Dự thảo"
    SIGNED = "signed", "Đã ký"
    ISSUED = "issued", "Đã phát hành"
    WITHDRAWN = "withdrawn", "Đã thu hồi"
    REPLACED = "replaced", "Đã được thay thế"


class Document(models.Model):
    """A document that an agency makes: template and data until it is signed, bytes from then on.

    `code` is what anyone may check it by; `digest` the SHA-256 of its signed bytes.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    kind = models.TextField(choices=DocumentKind.choices)
    slip_no = models.TextField(default="", blank=True)
    title = models.TextField()
    title_en = models.TextField(default="", blank=True)
    number = models.TextField(default="", blank=True)
    code = models.TextField(unique=True)
    case_id = models.BigIntegerField(null=True)
    case_number = models.TextField(default="", blank=True)
    service_code = models.TextField(default="", blank=True)
    agency = models.ForeignKey("organisations.Agency", models.PROTECT, related_name="+")
    owner_party_id = models.BigIntegerField(null=True)
    template = models.TextField()
    data = SealedJSON()
    state = models.TextField(choices=DocumentState.choices, default=DocumentState.DRAFT)
    digest = models.TextField(default="", blank=True, db_index=True)
    created_at = models.DateTimeField(default=clock.now)
    signed_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(default="", blank=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaces")
    log_submission_id = models.BigIntegerField(null=True)
    protected_until = models.DateTimeField(
        null=True, help_text="When the newest time-stamp or an algorithm under it ends"
    )

    class Meta:
        indexes = [
            models.Index(fields=["case_id"], name="document_by_case"),
            models.Index(
                fields=["protected_until"], name="document_to_renew", condition=Q(issued_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(digest=""), name="document_signed_has_bytes"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}".strip()


class Renewal(models.Model):
    """A document under a newer archive time-stamp: other bytes, the same content. The original stays, and stays
    findable by its own digest, as the public log names it."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, models.PROTECT, related_name="renewals")
    place = models.SmallIntegerField()
    digest = models.TextField(unique=True)
    former = models.TextField(help_text="Digest of the bytes that were renewed")
    protected_until = models.DateTimeField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "place"], name="renewal_place_once")]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.place}"


class SignatureRole(models.TextChoices):
    PERSON = "person", "Chữ ký số của người có thẩm quyền"
    SEAL = "seal", "Chữ ký số của cơ quan"


class Signature(models.Model):
    """One signature on a document: prepared here, made wherever the key is, completed here."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, models.CASCADE, related_name="signatures")
    place = models.SmallIntegerField()
    role = models.TextField(choices=SignatureRole.choices)
    key = models.ForeignKey(Key, models.PROTECT, related_name="signatures")
    officer_id = models.BigIntegerField(null=True)
    form = models.TextField(default="", blank=True)
    title_lines = models.JSONField(default=list)
    to_sign = models.BinaryField(default=b"")
    prepared = models.BinaryField(default=b"")
    done = models.BooleanField(default=False)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "place"], name="signature_place_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.place}"


class VaultItem(models.Model):
    """A person's or organisation's own copy of a result or paper, to be used again in the next case."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    party_id = models.BigIntegerField()
    kind = models.TextField()
    title = models.TextField()
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="vault_items")
    file = models.ForeignKey(File, models.PROTECT, null=True, related_name="vault_items")
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party_id", "document"],
                condition=Q(document__isnull=False),
                name="vault_document_once",
            ),
            models.CheckConstraint(
                condition=Q(document__isnull=False) | Q(file__isnull=False), name="vault_holds_something"
            ),
        ]
        indexes = [models.Index(fields=["party_id", "-id"], name="vault_by_party")]

    def __str__(self) -> str:
        return self.title
