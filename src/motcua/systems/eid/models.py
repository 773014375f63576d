"""What the sandbox eID remembers: requests on their way, and wrong passcodes."""

from __future__ import annotations

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedText


class Authorization(models.Model):
    """One authentication request of a relying party, from the question to the code that answers it."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    redirect_uri = models.TextField()
    state = models.TextField()
    nonce = models.TextField()
    code_challenge = models.TextField()
    level_wanted = models.SmallIntegerField(default=1)
    asked_at = models.DateTimeField(default=clock.now)
    personal_number = SealedText(default="", blank=True)
    signed_in_at = models.DateTimeField(null=True)
    code_digest = models.TextField(default="", blank=True)
    agreed_at = models.DateTimeField(null=True)
    redeemed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code_digest"], condition=~models.Q(code_digest=""), name="eid_code_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Passcode(models.Model):
    """How often in a row a number's passcode was wrong, and until when it is locked."""

    number_index = models.TextField(primary_key=True, help_text="blind index of the number")
    wrong = models.SmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.number_index
