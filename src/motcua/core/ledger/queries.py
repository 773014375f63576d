"""Reading the ledger."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from motcua.core.ledger.models import Event, Read


@dataclass(frozen=True, slots=True)
class ReadView:
    """One look at a person's data, as the person sees it."""

    at: dt.datetime
    who: str
    actor_kind: str
    agency_id: int | None
    purpose: str
    register: str
    case_id: int | None


def reads_of(personal_number: str, limit: int = 100) -> list[ReadView]:
    """Who looked at the data of this person, newest first."""
    rows = Read.objects.filter(person_numbers__contains=[personal_number]).order_by("-id")[:limit]
    return [
        ReadView(
            row.at, row.actor_label, row.actor_kind, row.agency_id, row.purpose, row.register, row.case_id
        )
        for row in rows
    ]


def events_of_case(case_id: int) -> list[Event]:
    """Everything that happened in a case, in order."""
    return list(Event.objects.filter(case_id=case_id).order_by("id"))
