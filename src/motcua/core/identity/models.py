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
from motcua.core.sealing.fields import BlindIndex, SealedJSON, SealedText


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
    nationality = models.TextField(
        default="", blank=True, help_text="ISO 3166-1 alpha-3, or a zone's own code; empty: as registers say"
    )
    paper = SealedText(
        default="", blank=True, help_text="country and number of the paper that stands for a personal number"
    )
    level = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """By which the state knows them: personal number or tax code, a foreigner's paper; "" where there is none."""
        return str(self.personal_number or self.paper)


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
    eid_subject = models.TextField(
        default="", blank=True, help_text="digest of source and subject, if by eID"
    )
    eid_session = models.TextField(default="", blank=True, help_text="digest of source and its session id")

    class Meta:
        indexes = [
            models.Index(fields=["eid_subject"], condition=~Q(eid_subject=""), name="session_by_eid_subject"),
            models.Index(fields=["eid_session"], condition=~Q(eid_session=""), name="session_by_eid_session"),
        ]

    @classmethod
    def get_session_store_class(cls) -> type:
        from motcua.core.identity.sessions import SessionStore

        return SessionStore


class MandateKind(models.TextChoices):
    PARENT = "parent", "Cha, mẹ"
    GUARDIAN = "guardian", "Người giám hộ"
    LEGAL_REPRESENTATIVE = "legal_representative", "Người đại diện theo pháp luật"
    PROXY = "proxy", "Người được ủy quyền"
    EMPLOYEE = "employee", "Người làm việc tại tổ chức"
    HEIR = "heir", "Người thừa kế"


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
    given_at = models.DateTimeField(default=clock.now)
    given_by = models.TextField(default="", blank=True, help_text="who gave it or checked its evidence")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.TextField(default="", blank=True)
    revoked_because = models.TextField(default="", blank=True)
    file_uuid = models.UUIDField(
        null=True, blank=True, help_text="the notarised proxy, the proof of inheritance"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(principal=F("representative")), name="mandate_for_another")
        ]

    def __str__(self) -> str:
        return f"{self.representative} → {self.principal}"


class Attestation(models.Model):
    """A mandate as a document proves it, entered at a counter; `mandate` stands once it is in force.

    A guardian's and an heir's right waits for a second officer; meanwhile either side may object.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    principal = models.ForeignKey(Party, models.PROTECT, related_name="+")
    representative = models.ForeignKey(Party, models.PROTECT, related_name="+")
    kind = models.TextField(choices=MandateKind.choices)
    service_codes = ArrayField(models.TextField(), default=list, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    authority = models.TextField(help_text="the notary, the office or the court that made the document")
    number = models.TextField()
    dated_on = models.DateField()
    file_uuid = models.UUIDField(help_text="the scan of the document")
    agency_id = models.BigIntegerField()
    entered_by = models.BigIntegerField(help_text="officer")
    entered_label = models.TextField()
    entered_at = models.DateTimeField(default=clock.now)
    seconded_by = models.BigIntegerField(null=True, help_text="officer")
    seconded_label = models.TextField(default="", blank=True)
    seconded_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused_by = models.TextField(default="", blank=True)
    refused_because = models.TextField(default="", blank=True)
    mandate = models.OneToOneField(Mandate, models.PROTECT, null=True, related_name="attestation")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seconded_by__isnull=True) | ~Q(seconded_by=F("entered_by")),
                name="attestation_by_two_officers",
            )
        ]

    def __str__(self) -> str:
        return f"{self.authority}, {self.number}"


class AccountTurn(models.Model):
    """A turn in an account's life, with its reason; the account's own row says only whether it is open."""

    class Kind(models.TextChoices):
        LOCKED = "locked", "Khóa"
        UNLOCKED = "unlocked", "Mở khóa"
        CLOSED = "closed", "Đóng"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="turns")
    kind = models.TextField(choices=Kind.choices)
    reason = models.TextField()
    at = models.DateTimeField(default=clock.now)
    by_label = models.TextField()
    by_holder = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


class FirstKey(models.Model):
    """A code on paper that opens an account once: at first, or again when nothing else does.

    Only its digest is kept. One for recovery waits for a second officer or for time (`standing.yaml`).
    """

    class Purpose(models.TextChoices):
        FIRST = "first", "Đăng nhập lần đầu"
        RECOVERY = "recovery", "Khôi phục"

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="first_keys")
    purpose = models.TextField(choices=Purpose.choices)
    digest = models.TextField()
    evidence = models.TextField(choices=EvidenceKind.choices)
    issued_at = models.DateTimeField(default=clock.now)
    issued_by = models.BigIntegerField(help_text="officer")
    issued_label = models.TextField()
    agency_id = models.BigIntegerField()
    ready_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    approved_by = models.BigIntegerField(null=True)
    approved_label = models.TextField(default="", blank=True)
    wrong = models.SmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("issued_by")),
                name="first_key_by_two_officers",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.uuid}"


class IdentityPaper(models.Model):
    """A foreigner's passport or residence card, under which they sign in where there is no personal number.

    A renewed paper comes beside the former one, which then opens nothing more.
    """

    class Kind(models.TextChoices):
        RESIDENCE_CARD = "residence_card", "Thẻ thường trú, thẻ tạm trú"
        PASSPORT = "passport", "Hộ chiếu"

    id = models.BigAutoField(primary_key=True)
    party = models.ForeignKey(Party, models.CASCADE, related_name="papers")
    kind = models.TextField(choices=Kind.choices)
    country = models.TextField(help_text="who issued it: ISO 3166-1 alpha-3")
    number = SealedText(blind="number_index", help_text="country and number: FRA-19AB12345")
    number_index = BlindIndex(of="number", purpose="identity paper", unique=True)
    valid_until = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=clock.now)
    replaced_at = models.DateTimeField(null=True)
    warned_on = models.DateField(null=True, help_text="when its holder was last told that it ends")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party"], condition=Q(replaced_at=None), name="one_identity_paper_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.kind


class CardRead(models.Model):
    """A chip that was read and believed: what its issuer vouches for, and what was checked.

    It proves somebody once, within the time that `standing.yaml` gives it; then the portrait is gone.
    """

    class Way(models.TextChoices):
        COUNTER = "counter", "Tại quầy"
        ONLINE = "online", "Trực tuyến"

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    way = models.TextField(choices=Way.choices)
    facts = SealedJSON()
    checks = ArrayField(models.TextField())
    portrait = SealedText(default="", blank=True, help_text="base64; only until it was compared")
    portrait_type = models.TextField(default="", blank=True)
    read_at = models.DateTimeField(default=clock.now)
    officer_id = models.BigIntegerField(null=True)
    agency_id = models.BigIntegerField(null=True)
    face_compared = models.BooleanField(default=False)
    used_at = models.DateTimeField(null=True)
    party = models.ForeignKey(Party, models.CASCADE, null=True, related_name="card_reads")

    def __str__(self) -> str:
        return str(self.uuid)


class SpentToken(models.Model):
    """A message of an identity source that was heard and is not heard again, until it would have lapsed anyway."""

    digest = models.TextField(primary_key=True)
    lapses_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest
