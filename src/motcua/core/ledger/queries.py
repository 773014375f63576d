"""Reading the ledger."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from motcua.core.ledger.actor import ActorKind
from motcua.core.ledger.models import Event, Read
from motcua.core.sealing.keyring import PERSON, blind


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
    application: uuid.UUID | None
    """The key under which the application was submitted for which the look was taken."""
    call: str = ""
    """The exchange's name of the call: the same at the end that asked and at the one that answered."""


def reads_of(
    personal_number: str, limit: int = 100, *, without: Collection[ActorKind] = ()
) -> list[ReadView]:
    """Who looked at the data of this person, newest first; but looks of these kinds of actors."""
    rows = Read.objects.filter(people__contains=[blind(PERSON, personal_number)])
    rows = rows.exclude(actor_kind__in=without).order_by("-id")[:limit]
    return [
        ReadView(
            row.at,
            row.actor_label,
            row.actor_kind,
            row.agency_id,
            row.purpose,
            row.register,
            row.case_id,
            row.application,
            row.call,
        )
        for row in rows
    ]


def reads_of_case(case_id: int, key: uuid.UUID, limit: int = 100) -> list[Read]:
    """The looks taken in a case, and those for the application it was made of (submitted under `key`), newest first."""
    return list(Read.objects.filter(Q(case_id=case_id) | Q(application=key)).order_by("-id")[:limit])


def events_of_case(case_id: int) -> list[Event]:
    """Everything that happened in a case, in order, with what was said (`spoken.reason_of`)."""
    return list(Event.objects.filter(case_id=case_id).select_related("spoken").order_by("id"))
