"""Reading parties and accounts, and who an account acts as."""

from __future__ import annotations

from django.conf import settings

from motcua.core.identity.models import Account, Mandate, Party, Session
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.organisations import queries as organisations


def party(party_id: int) -> Party | None:
    return Party.objects.filter(pk=party_id).first()


def party_by_number(number: str) -> Party | None:
    return Party.objects.filter(personal_number=number).first()


def actor_of(
    account: Account, *, agency_id: int | None = None, mandate: Mandate | None = None, level: int = 0
) -> Actor:
    """The account as an actor, outside a web request (commands, tests)."""
    if account.officer_id is not None and account.officer is not None:
        duties = organisations.duties(account.officer_id)
        agencies = tuple(dict.fromkeys(duty.agency_id for duty in duties))
        return Actor(
            ActorKind.OFFICER,
            account.officer.name,
            account_id=account.pk,
            officer_id=account.officer_id,
            agency_id=agency_id or (agencies[0] if agencies else None),
            unit_ids=agencies,
            groups=frozenset(group for duty in duties for group in duty.groups),
            level=level,
            sandbox=settings.MOTCUA_SANDBOX,
        )
    return Actor(
        ActorKind.CITIZEN,
        account.party.name if account.party else account.username,
        account_id=account.pk,
        party_id=account.party_id,
        principal_id=mandate.principal_id if mandate else None,
        mandate_id=mandate.pk if mandate else None,
        level=level,
        sandbox=settings.MOTCUA_SANDBOX,
    )


def sessions_of(account: Account) -> list[Session]:
    """Where the account is signed in, newest first."""
    return list(Session.objects.filter(account=account).order_by("-created_at"))
