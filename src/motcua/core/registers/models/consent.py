"""Consent: what is agreed to, who agreed, and every change of either as a link of a chain (GovStack Consent 1.1)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.registers.models.records import Register
from motcua.core.sealing.fields import BlindIndex, SealedText
from motcua.core.sealing.keyring import PERSON


class AgreementState(models.TextChoices):
    DRAFT = "draft", "Bản nháp"
    IN_FORCE = "in_force", "Đang dùng"
    REPLACED = "replaced", "Đã có bản mới"
    ENDED = "ended", "Đã chấm dứt"


class Agreement(models.Model):
    """What a person is asked to agree to: who may read which fields of a register, for what, how long.

    A version in force never changes; `digest` (SHA-256 of its text) is what a person's consent names.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    slug = models.TextField()
    version = models.IntegerField()
    register = models.ForeignKey(Register, models.PROTECT, related_name="agreements")
    fields = ArrayField(models.TextField())
    purpose = models.TextField()
    purpose_en = models.TextField()
    controller = models.TextField()
    legal_basis = models.TextField()
    days = models.IntegerField(help_text="for how many days a consent holds")
    state = models.TextField(choices=AgreementState.choices, default=AgreementState.DRAFT)
    digest = models.TextField(default="", blank=True)
    written_at = models.DateTimeField(default=clock.now)
    in_force_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="agreement_version_once"),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(state="in_force"), name="agreement_one_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.version}"


class ConsentState(models.TextChoices):
    GIVEN = "given", "Đồng ý"
    WITHDRAWN = "withdrawn", "Đã rút"


class Consent(models.Model):
    """A person's consent to one version of an agreement; `payload` is what was signed, `method` how."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="consents")
    person = SealedText(blind="person_index")
    person_index = BlindIndex(of="person", purpose=PERSON)
    party_id = models.BigIntegerField()
    state = models.TextField(choices=ConsentState.choices, default=ConsentState.GIVEN)
    payload = SealedText()
    signature = models.TextField(
        help_text="detached JWS over the payload by the register's own key; formerly an HMAC"
    )
    method = models.TextField()
    given_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    reason = SealedText(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "person_index"], condition=Q(state="given"), name="consent_one_given"
            )
        ]
        indexes = [models.Index(fields=["person_index"], name="consent_by_person")]

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.state}"


class ConsentRevision(models.Model):
    """A change of an agreement or a consent. Each names the one before by its digest, so that none can be altered
    or left out unseen. Rows are only added."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    about = models.TextField(help_text="agreement or consent")
    about_uuid = models.UUIDField()
    snapshot = SealedText()
    digest = models.TextField()
    previous = models.TextField(default="", blank=True)
    at = models.DateTimeField(default=clock.now)
    by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["about_uuid", "previous"], name="revision_follows_once")
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.digest[:12]}"
