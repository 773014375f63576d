"""The people of the tests: a mother, a stranger, and the officers of a ward."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from motcua.core.identity.models import Party
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency, Appointment
from motcua.core.registers.data import demo_people

WARD = "05443"
FRIDAY_MORNING = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))


@dataclass(frozen=True)
class Ward:
    committee: Agency
    desk: Agency


def ward(unit: str = WARD) -> Ward:
    committee = organisations.competent_agency("commune_committee", unit)
    return Ward(committee, organisations.one_stop_of(committee))


def known(name: str) -> dict[str, Any]:
    person: dict[str, Any] = demo_people()["people"][name]
    return person


def citizen(name: str) -> Actor:
    """The demo person of that name, signed in."""
    person = known(name)
    with acting(SYSTEM):
        party, _ = Party.objects.get_or_create(
            personal_number=person["number"],
            defaults={
                "name": person["name"],
                "born": person["born"],
                "address_unit": person["residence_unit"],
                "phone": "0912345678",
            },
        )
    return Actor(ActorKind.CITIZEN, party.name, account_id=party.pk, party_id=party.pk, level=2)


def officer(agency: Agency, duty: str) -> Actor:
    """Whoever holds that duty at the agency."""
    post = (
        Appointment.objects.select_related("officer", "position")
        .filter(agency=agency, position__groups__contains=[duty], valid_until=None)
        .order_by("position__rank")
        .first()
    )
    assert post is not None, f"{agency} has nobody with the duty {duty}"
    return Actor(
        ActorKind.OFFICER,
        post.officer.name,
        account_id=900_000 + post.officer_id,
        officer_id=post.officer_id,
        agency_id=agency.pk,
        unit_ids=(agency.pk,),
        groups=frozenset(post.position.groups),
        level=2,
    )
