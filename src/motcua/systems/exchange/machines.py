"""A member's machine, as it stands in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from motcua.core.ledger.actor import Actor, ActorKind
from motcua.systems.exchange.models import ApiKey


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
