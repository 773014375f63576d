"""Reading parties and accounts, and who an account acts as."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from motcua.core.identity.models import Account, Mandate, Party, Session
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations


def party(party_id: int) -> Party | None:
    return Party.objects.filter(pk=party_id).first()


def party_by_number(number: str) -> Party | None:
    """Whose personal number or tax code it is."""
    return Party.objects.filter(personal_number=number).first()


def own_party(account: Account) -> Party | None:
    """The account's own party, also while it acts for another and sees only that one's rows."""
    if account.party_id is None:
        return None
    with acting(SYSTEM):
        return party(account.party_id)


def actor_of(
    account: Account, *, agency_id: int | None = None, mandate: Mandate | None = None, level: int = 0
) -> Actor:
    """The account as an actor, outside a web request (commands, tests).

    An officer works in one agency at a time, the one of the highest post unless told, with the duties held there.
    """
    if account.officer_id is not None and account.officer is not None:
        duties = organisations.duties(account.officer_id)
        held = [duty.agency_id for duty in duties]
        here = agency_id if agency_id in held else next(iter(held), None)
        return Actor(
            ActorKind.OFFICER,
            account.officer.name,
            account_id=account.pk,
            officer_id=account.officer_id,
            agency_id=here,
            unit_ids=(here,) if here else (),
            groups=frozenset(group for duty in duties if duty.agency_id == here for group in duty.groups),
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
        services=frozenset(mandate.service_codes) if mandate else frozenset(),
        level=level,
        sandbox=settings.MOTCUA_SANDBOX,
    )


def sessions_of(account: Account) -> list[Session]:
    """Where the account is signed in, newest first."""
    return list(Session.objects.filter(account=account).order_by("-created_at"))


@dataclass(frozen=True, slots=True)
class SignIn:
    """One line of an account's sign-in history; `ways` are `password`, `mfa`, `eid`."""

    at: dt.datetime
    kind: str
    ways: tuple[str, ...]


HISTORY = (
    "account.signed_in",
    "account.signed_out",
    "account.sign_in_failed",
    "account.code_failed",
    "account.locked_for_minutes",
)


def sign_ins_of(account: Account, limit: int = 20) -> list[SignIn]:
    """When and how the account was signed in, out, or somebody tried; the newest first."""
    rows = Event.objects.filter(subject_type="account", subject_id=account.pk, kind__in=HISTORY).order_by(
        "-id"
    )
    return [SignIn(row.at, row.kind, tuple(row.data.get("by", ()))) for row in rows[:limit]]
