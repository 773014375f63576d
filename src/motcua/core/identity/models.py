"""People and organisations, what is known of who they are, and the accounts some of them have.

A party is evidence plus an assurance level; an account is something else. Nobody needs an account to be served.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import BlindIndex, SealedText


class PartyKind(models.TextChoices):
    PERSON = "person", "Cá nhân"
    ORGANISATION = "organisation", "Tổ chức"


class Party(models.Model):
    """Someone with whom the state has to do."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    kind = models.TextField(choices=PartyKind.choices, default=PartyKind.PERSON)
    personal_number = SealedText(null=True, blank=True, blind="number_index")
    number_index = BlindIndex(of="personal_number", purpose="personal number", unique=True)
    name = models.TextField()
    folded = models.TextField(default="", blank=True)
    born = models.DateField(null=True, blank=True)
    sex = models.TextField(default="", blank=True)
    phone = SealedText(default="", blank=True)
    email = SealedText(default="", blank=True)
    address_unit = models.TextField(default="", blank=True)
    address_text = SealedText(default="", blank=True)
    level = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class EvidenceKind(models.TextChoices):
    """How we know, the strongest first."""

    EID = "eid", "Định danh điện tử"
    CHIP_READ = "chip_read", "Đọc chip thẻ căn cước"
    CARD_SEEN = "card_seen", "Xuất trình giấy tờ"
    REGISTER = "register", "Cơ sở dữ liệu quốc gia"
    WITNESS = "witness", "Người làm chứng"
    DECLARED = "declared", "Tự khai"


class Evidence(models.Model):
    """One reason to believe that a party is who they say."""

    id = models.BigAutoField(primary_key=True)
    party = models.ForeignKey(Party, models.CASCADE, related_name="evidence")
    kind = models.TextField(choices=EvidenceKind.choices)
    level = models.SmallIntegerField()
    at = models.DateTimeField(default=clock.now)
    actor_label = models.TextField()
    reference = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return f"{self.kind} ({self.level})"


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(username=username)


class Account(AbstractBaseUser):
    """A way to sign in: a citizen's (username = personal number) or an officer's (username = officer code)."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    username = SealedText(blind="username_index")
    username_index = BlindIndex(of="username", purpose="username", unique=True)
    email = models.TextField(default="", blank=True)
    party = models.OneToOneField(Party, models.PROTECT, null=True, blank=True, related_name="account")
    officer = models.OneToOneField(
        "organisations.Officer", models.PROTECT, null=True, blank=True, related_name="account"
    )
    language = models.TextField(default="vi")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(party__isnull=False, officer__isnull=True)
                | Q(party__isnull=True, officer__isnull=False),
                name="account_of_a_party_or_an_officer",
            )
        ]

    def __str__(self) -> str:
        return str(self.username)


class Session(AbstractBaseSession):
    """A sign-in that lasts. The account stands in a column, so that one statement loads both."""

    session_data = SealedText()
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="sessions")
    party_id = models.BigIntegerField(null=True)
    mandate_id = models.BigIntegerField(null=True)
    agency_id = models.BigIntegerField(null=True)
    level = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    address = models.TextField(default="", blank=True)
    device = models.TextField(default="", blank=True)

    @classmethod
    def get_session_store_class(cls) -> type:
        from motcua.core.identity.sessions import SessionStore

        return SessionStore


class MandateKind(models.TextChoices):
    PARENT = "parent", "Cha, mẹ"
    GUARDIAN = "guardian", "Người giám hộ"
    LEGAL_REPRESENTATIVE = "legal_representative", "Người đại diện theo pháp luật"
    PROXY = "proxy", "Người được ủy quyền"


class Mandate(models.Model):
    """The right to act for someone: whose, in what, by which evidence, from when until when."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    principal = models.ForeignKey(Party, models.PROTECT, related_name="represented_by")
    representative = models.ForeignKey(Party, models.PROTECT, related_name="represents")
    kind = models.TextField(choices=MandateKind.choices)
    service_codes = ArrayField(models.TextField(), default=list, blank=True)
    evidence = models.TextField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(principal=F("representative")), name="mandate_for_another")
        ]

    def __str__(self) -> str:
        return f"{self.representative} → {self.principal}"
