"""Who acts, and for whom: part of every event."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    CITIZEN = "citizen"
    OFFICER = "officer"
    SYSTEM = "system"
    PARTNER = "partner"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """The person, officer, partner system or the state itself that does something.

    `unit_ids` are the agencies whose cases the actor may see; `groups` the duties of today's appointment;
    `principal_id` the party acted for under `mandate_id`, and `services` what the mandate is limited to (empty:
    everything); `level` the assurance of the sign-in (0–2,
    Decree 69/2024 art. 7); `call` the exchange's name of the call that brought it (`core/outbound/exchange.call_name`).
    """

    kind: ActorKind
    label: str
    account_id: int | None = None
    party_id: int | None = None
    officer_id: int | None = None
    agency_id: int | None = None
    unit_ids: tuple[int, ...] = ()
    groups: frozenset[str] = field(default_factory=frozenset)
    principal_id: int | None = None
    mandate_id: int | None = None
    services: frozenset[str] = field(default_factory=frozenset)
    level: int = 0
    sandbox: bool = False
    call: str = ""

    @property
    def principal(self) -> int | None:
        """The party whose matter this is: the one acted for, else oneself."""
        return self.principal_id if self.principal_id is not None else self.party_id

    @property
    def is_system(self) -> bool:
        return self.kind is ActorKind.SYSTEM

    def may_ask_for(self, service_code: str) -> bool:
        """Whether the service lies within the mandate acted under; one's own matters always do."""
        return not self.services or service_code in self.services

    def has(self, *groups: str) -> bool:
        """Whether the actor holds one of these duties."""
        return not self.groups.isdisjoint(groups)


SYSTEM = Actor(ActorKind.SYSTEM, "Hệ thống")
ANONYMOUS = Actor(ActorKind.ANONYMOUS, "Khách")
