"""Leave to sign: tokens of the remote signing API, authorisations of signatures, pairings of desk agents."""

from __future__ import annotations

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid


class AccessToken(models.Model):
    """What a client of the signing API shows; only its hash lies here."""

    id = models.BigAutoField(primary_key=True)
    token_hash = models.TextField(unique=True)
    account_id = models.BigIntegerField()
    issued_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.account_id} until {self.expires_at:%H:%M %d/%m/%Y}"


class Authorization(models.Model):
    """Signature activation data: the holder's leave, after the second factor, to sign these digests, each once."""

    id = models.BigAutoField(primary_key=True)
    sad_hash = models.TextField(unique=True)
    account_id = models.BigIntegerField()
    key = models.ForeignKey("documents.Key", models.PROTECT, related_name="+")
    digests = models.JSONField(help_text="Base64 digests that may still be signed")
    algorithm = models.TextField()
    description = models.TextField(default="", blank=True)
    given_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    extended = models.SmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{len(self.digests)} for {self.key_id}"


class Approval(models.Model):
    """What a client wants signed, shown to the holder on our own page, and the passkey's word on exactly that.

    `proof` is the passkey's assertion, whose challenge is made from the digests.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    account_id = models.BigIntegerField()
    key = models.ForeignKey("documents.Key", models.PROTECT, related_name="+")
    digests = models.JSONField(help_text="Base64 digests, in their order")
    description = models.TextField(default="", blank=True)
    asked_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    proof = models.JSONField(default=dict)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{len(self.digests)} for {self.key_id}"


class DevicePairing(models.Model):
    """One round of signing at a desk: the code that the officer reads to the agent, then the agent's token.

    `documents` are the ids of what the officer chose, `tasks` the steps that end with them, `faults` what the agent
    could not sign and why.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    code_hash = models.TextField(unique=True)
    token_hash = models.TextField(default="", blank=True)
    account_id = models.BigIntegerField()
    officer_id = models.BigIntegerField()
    agency_id = models.BigIntegerField()
    documents = models.JSONField(default=list)
    tasks = models.JSONField(default=dict, help_text="Task by document id")
    faults = models.JSONField(default=dict)
    begun_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    paired_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["officer_id", "-id"], name="pairing_by_officer")]

    def __str__(self) -> str:
        return f"{len(self.documents)} for {self.officer_id}"
