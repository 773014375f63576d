"""What the wallet's room remembers: offers, credentials by their place in a status list, questions and answers.

No credential is kept in clear: of those in other people's wallets only the place in the list is known, and those that
an account holds are sealed.
"""

from __future__ import annotations

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON, SealedText


class Offer(models.Model):
    """A result offered to a wallet once: by a code that the wallet reads and a number that the person types."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    party_id = models.BigIntegerField()
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="+")
    type = models.TextField()
    code = SealedText(help_text="the wallet fetches it once by the offer's address")
    code_digest = models.TextField(unique=True)
    tx_code_digest = models.TextField()
    wrong = models.SmallIntegerField(default=0)
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    token_digest = models.TextField(default="", blank=True)
    token_until = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["party_id", "-id"], name="wallet_offer_by_party")]
        constraints = [
            models.UniqueConstraint(
                fields=["token_digest"], condition=~models.Q(token_digest=""), name="wallet_token_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Nonce(models.Model):
    """A number that a proof of possession has to name; it counts once."""

    digest = models.TextField(primary_key=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest


class StatusPage(models.Model):
    """One status list. Places are given at random, so that neighbours say nothing of each other."""

    id = models.BigAutoField(primary_key=True)
    size = models.IntegerField()
    used = models.IntegerField(default=0)

    def __str__(self) -> str:
        return str(self.pk)


class Credential(models.Model):
    """A credential that was issued: of which result, to whom, bound to which key, at which place of which list."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, related_name="credentials")
    party_id = models.BigIntegerField()
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="+")
    type = models.TextField()
    page = models.ForeignKey(StatusPage, models.PROTECT, related_name="credentials")
    place = models.IntegerField()
    holder = models.TextField(help_text="thumbprint of the holder's key (RFC 7638)")
    key_id = models.TextField()
    issued_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    notified = models.TextField(default="", blank=True)
    held = SealedText(null=True, help_text="the credential, where the account itself holds it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "place"], name="wallet_place_once")]
        indexes = [models.Index(fields=["party_id", "document"], name="wallet_credential_by_party")]

    def __str__(self) -> str:
        return str(self.uuid)


class HolderKey(models.Model):
    """The key by which an account holds credentials itself (a JWK)."""

    party_id = models.BigIntegerField(primary_key=True)
    sealed = SealedJSON()
    made_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return str(self.party_id)


class Question(models.Model):
    """What an officer, or a relying party outside, asks of a holder for a purpose that the holder reads; answered once.

    Of a relying party `client_id` and `client_name` are given, of an officer `agency_id`. A question for a paper of an
    application has its name in `client_id`, who asks in `client_name`, and the `sheet` that came of it.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    asked_by = models.TextField()
    officer_id = models.BigIntegerField(null=True)
    agency_id = models.BigIntegerField(null=True)
    client_id = models.TextField(default="", blank=True)
    client_name = models.TextField(default="", blank=True)
    through = models.TextField(
        default="", blank=True, help_text="code of the system that asks for its own user"
    )
    kind = models.TextField(help_text="kinds of question, separated by blanks")
    purpose = models.TextField()
    query = models.JSONField()
    nonce = models.TextField()
    state = models.TextField()
    response_mode = models.TextField(default="direct_post.jwt")
    key = SealedJSON(help_text="opens the encrypted answer (a JWK)")
    asked_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    outcome = models.TextField(default="", blank=True, help_text="proven | refused | declined")
    fault = models.TextField(default="", blank=True)
    proven = SealedJSON(default=list)
    sheet = models.UUIDField(null=True, help_text="the file that stands for the paper it was asked for")

    class Meta:
        indexes = [
            models.Index(fields=["agency_id", "-id"], name="wallet_question_by_agency"),
            models.Index(
                fields=["client_id", "-id"],
                condition=~models.Q(client_id=""),
                name="wallet_question_by_client",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Showing(models.Model):
    """A presentation laid out for whoever reads its code, once and for two minutes."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    party_id = models.BigIntegerField()
    code_digest = models.TextField(unique=True)
    code = SealedText(help_text="kept so that the holder's page can draw it again")
    presentation = SealedText()
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.uuid)
