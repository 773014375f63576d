"""What the OpenID provider keeps: applications, keys, requests, grants, consents, subjects, what was used once.

Row security hides all of it but the applications from everyone except the system: views act as the system after they
have seen whose rows they ask for.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON
from motcua.systems.openid.times import now


class ClientState(models.TextChoices):
    PENDING = "pending", "Chờ duyệt"
    APPROVED = "approved", "Đang hoạt động"
    REFUSED = "refused", "Bị từ chối"
    SUSPENDED = "suspended", "Tạm ngừng"


class Client(models.Model):
    """An application that people sign in to. `metadata` as registered (RFC 7591); the rest an officer decides."""

    id = models.BigAutoField(primary_key=True)
    client_id = models.TextField(unique=True)
    name = models.TextField()
    metadata = models.JSONField(default=dict)
    secret_digest = models.TextField(default="", blank=True)
    registration_digest = models.TextField(default="", blank=True)
    state = models.TextField(choices=ClientState.choices, default=ClientState.PENDING)
    require_pkce = models.BooleanField(default=True)
    rotate_refresh = models.BooleanField(default=True)
    fapi = models.BooleanField(default=False)
    first_party = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.name


class SigningKey(models.Model):
    """A key that signs tokens; the private half is sealed. Published before it signs and after it has stopped."""

    id = models.BigAutoField(primary_key=True)
    kid = models.TextField(unique=True)
    alg = models.TextField()
    public_jwk = models.JSONField()
    sealed = SealedJSON()
    made_at = models.DateTimeField(default=now)
    signs_from = models.DateTimeField(default=now)
    published_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.alg} {self.kid}"


class AuthorizationRequest(models.Model):
    """A question put to a person, pushed (RFC 9126) or brought by the browser. Answered once."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    client = models.ForeignKey(Client, models.CASCADE)
    ask = SealedJSON()
    uri_digest = models.TextField(null=True, unique=True)  # noqa: DJ001  (many have none, no two the same)
    browser_digest = models.TextField(default="", blank=True)
    made_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    stopped = models.BooleanField(default=False)
    settled = ArrayField(models.TextField(), default=list, blank=True)
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.uuid)


class Subject(models.Model):
    """By which name one sector of applications knows a party or an officer (OpenID Connect Core 1.0 section 8.1)."""

    id = models.BigAutoField(primary_key=True)
    sector = models.TextField()
    holder = models.TextField()
    sub = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sector", "holder"], name="openid_one_sub_in_a_sector")
        ]

    def __str__(self) -> str:
        return self.sub


class Grant(models.Model):
    """One sign-in to one application: its code, and the family of tokens that came of it."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    client = models.ForeignKey(Client, models.CASCADE, related_name="grants")
    account = models.ForeignKey("identity.Account", models.CASCADE, related_name="+")
    mandate_id = models.BigIntegerField(null=True)
    sub = models.TextField()
    actor_sub = models.TextField(default="", blank=True)
    sid = models.TextField()
    sitting = models.TextField()
    scopes = ArrayField(models.TextField())
    ask = SealedJSON()
    auth_time = models.DateTimeField()
    level = models.SmallIntegerField(null=True)
    actor_level = models.SmallIntegerField(default=0)
    amr = ArrayField(models.TextField(), default=list)
    code_digest = models.TextField(unique=True)
    code_expires_at = models.DateTimeField()
    made_at = models.DateTimeField(default=now)
    redeemed_at = models.DateTimeField(null=True)
    cnf = models.JSONField(default=dict)
    revoked_at = models.DateTimeField(null=True)
    revoked_for = models.TextField(default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "client", "-id"], name="openid_grant_by_account"),
            models.Index(fields=["sitting"], name="openid_grant_by_sitting"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class RefreshToken(models.Model):
    """One refresh token of a grant. Used twice, it takes its whole family with it."""

    id = models.BigAutoField(primary_key=True)
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="refresh_tokens")
    digest = models.TextField(unique=True)
    made_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.grant_id}"


class Spent(models.Model):
    """What counts once: identifiers of proofs, assertions and request objects, and access tokens taken back."""

    digest = models.TextField(primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest


class Consent(models.Model):
    """A person lets one application learn one kind of thing for one stated purpose, until they take it back."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey("identity.Account", models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, models.CASCADE, related_name="consents")
    scope = models.TextField()
    purpose = models.TextField(default="", blank=True)
    given_at = models.DateTimeField(default=now)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "client", "scope"],
                condition=Q(revoked_at__isnull=True),
                name="openid_one_consent_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.scope}"
