"""Consents, purpose by purpose: given once, shown to the person, taken back at will."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.systems.openid import granting
from motcua.systems.openid.models import Client, Consent, Grant
from motcua.systems.openid.times import now


@dataclass(frozen=True, slots=True)
class Allowed:
    """An application as the person who uses it sees it."""

    client: Client
    consents: Sequence[Consent]
    signed_in: Sequence[Grant]
    active: int

    @property
    def last(self) -> dt.datetime | None:
        return self.signed_in[0].made_at if self.signed_in else None


def purpose_of(client: Client, scope: str) -> str:
    """The sentence in which the application says what it wants a scope for."""
    return str(client.metadata.get("purposes", {}).get(scope, ""))


def in_force(account_id: int, client: Client) -> set[str]:
    """Scopes agreed to, for the purposes that the application states today."""
    rows = Consent.objects.filter(account_id=account_id, client=client, revoked_at=None)
    return {
        scope
        for scope, purpose in rows.values_list("scope", "purpose")
        if purpose == purpose_of(client, scope)
    }


def give(actor: Actor, account_id: int, client: Client, scopes: Collection[str]) -> None:
    """Agree to these; what was agreed to for another purpose is replaced."""
    missing = set(scopes) - in_force(account_id, client)
    if not missing:
        return
    Consent.objects.filter(account_id=account_id, client=client, scope__in=missing, revoked_at=None).update(
        revoked_at=now()
    )
    Consent.objects.bulk_create(
        [
            Consent(account_id=account_id, client=client, scope=scope, purpose=purpose_of(client, scope))
            for scope in sorted(missing)
        ]
    )
    emit(
        "openid.consent_given", actor, subject=("openid_client", client.pk), data={"scopes": sorted(missing)}
    )


def take_back(actor: Actor, account_id: int, client: Client, scopes: Collection[str] | None = None) -> int:
    """Take back what these scopes allow (None: everything); tokens that hold one of them are worth nothing at once."""
    rows = Consent.objects.filter(account_id=account_id, client=client, revoked_at=None)
    rows = rows if scopes is None else rows.filter(scope__in=list(scopes))
    ended = list(rows.values_list("scope", flat=True))
    if not ended and scopes is not None:
        return 0
    rows.update(revoked_at=now())
    grants = Grant.objects.filter(account_id=account_id, client=client, revoked_at=None)
    if scopes is not None:
        grants = grants.filter(scopes__overlap=ended)
    count = granting.revoke_family(grants.values_list("pk", flat=True), "consent taken back")
    data = {"scopes": sorted(ended), "grants": count}
    emit("openid.consent_taken_back", actor, subject=("openid_client", client.pk), data=data)
    return len(ended)


def of_account(account_id: int, history: int = 10) -> list[Allowed]:
    """The applications that the account has signed in to, the latest first, each with its last sign-ins."""
    consents = list(Consent.objects.filter(account_id=account_id, revoked_at=None).order_by("id"))
    grants = list(
        Grant.objects.filter(account_id=account_id, redeemed_at__isnull=False).order_by("-id")[:300]
    )
    ids = {one.client_id for one in consents} | {one.client_id for one in grants}
    found = [
        Allowed(
            client,
            [one for one in consents if one.client_id == client.pk],
            [one for one in grants if one.client_id == client.pk][:history],
            sum(one.client_id == client.pk and one.revoked_at is None for one in grants),
        )
        for client in Client.objects.filter(pk__in=ids)
    ]
    return sorted(found, key=lambda one: one.last.timestamp() if one.last else 0, reverse=True)
