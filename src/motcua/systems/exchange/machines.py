"""A member's machine, as it stands in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from motcua.core.ledger.actor import Actor, ActorKind
from motcua.systems.exchange.models import ApiKey, Standing, Subsystem


@dataclass(frozen=True, slots=True)
class Machine(Actor):
    """Acts with a key of its member, and for that member only."""

    member_id: int = 0


def machine_of(key: ApiKey) -> Machine:
    return Machine(
        ActorKind.PARTNER,
        str(key.subsystem or key.gateway or key.member),
        agency_id=key.member.agency_id,
        member_id=key.member_id,
    )


def system_named(name: str) -> Subsystem | None:
    """The system called INSTANCE/CLASS/MEMBER/SUBSYSTEM, where it takes part."""
    parts = name.split("/")
    if len(parts) != 4 or parts[0] != settings.MOTCUA_EXCHANGE_INSTANCE:
        return None
    return (
        Subsystem.objects.select_related("member")
        .filter(member__member_class=parts[1], member__code=parts[2], code=parts[3], active=True)
        .filter(member__state=Standing.APPROVED)
        .first()
    )
