"""What the state tells a person, and who has looked at what it knows of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from motcua.core.cases.models import Case
from motcua.core.cases.queries import CASES
from motcua.core.errors import NotFound
from motcua.core.identity import queries as identity
from motcua.core.identity.access import policy
from motcua.core.ledger import queries as ledger
from motcua.core.ledger.actor import ActorKind
from motcua.core.ledger.queries import ReadView
from motcua.core.notifications import actions as notifications
from motcua.core.notifications import queries as inbox
from motcua.core.notifications.models import Message
from motcua.core.organisations.models import Agency
from motcua.core.registers.models import Register
from motcua.systems.portal.views.shared import Asked

SHOWN_READS = 200


@policy("citizen", whole=True)
def messages(request: Asked) -> HttpResponse:
    """Everything told to the person, newest first."""
    assert request.actor.principal is not None
    return render(request, "portal/messages.jinja", {"told": inbox.inbox(request.actor.principal)})


@policy("citizen", whole=True)
def message(request: Asked, message: uuid.UUID) -> HttpResponse:
    """One message; opening it marks it as read."""
    told = Message.objects.filter(uuid=message, party_id=request.actor.principal).first()
    if told is None:
        raise NotFound()
    notifications.mark_read(request.actor, str(message))
    return render(request, "portal/message.jinja", {"told": told})


@dataclass(frozen=True, slots=True)
class ReadLine:
    """Looks at the person's data that belong together: one reader, one purpose, one day, whichever registers."""

    at: dt.datetime
    who: str
    own: bool
    agency: str
    purpose: str
    registers: tuple[str, ...]
    times: int
    case_number: str
    case_uuid: uuid.UUID | None


@policy("citizen", whole=True)
def reads(request: Asked) -> HttpResponse:
    """Who looked at the data of the person acted for: when, from which agency, why, in which case."""
    number = _number(request)
    looks = ledger.reads_of(number, SHOWN_READS) if number else []
    return render(request, "portal/reads.jinja", {"lines": list(_told(request, looks))})


def _told(request: Asked, looks: list[ReadView]) -> Iterator[ReadLine]:
    """The looks as lines, newest first."""
    agencies = dict(
        Agency.objects.filter(pk__in={one.agency_id for one in looks if one.agency_id}).values_list(
            "pk", "name"
        )
    )
    rows = Case.objects.filter(
        Q(pk__in={one.case_id for one in looks if one.case_id})
        | Q(idempotency_key__in={one.application for one in looks if one.application})
    )
    known: dict[int | uuid.UUID, tuple[str, uuid.UUID]] = {}
    for pk, key, number, case_uuid in rows.values_list("pk", "idempotency_key", "number", "uuid"):
        known[pk] = known[key] = (number, case_uuid)
    names = _register_names(request.lang)
    for (who, _, purpose, made, _), group in groupby(looks, _together):
        same = list(group)
        number, case = known.get(made or 0, ("", None))
        yield ReadLine(
            at=same[0].at,
            who=who,
            own=same[0].actor_kind == ActorKind.CITIZEN and who == request.actor.label,
            agency=agencies.get(same[0].agency_id or 0, ""),
            purpose=purpose,
            registers=tuple(dict.fromkeys(names.get(one.register, one.register) for one in same)),
            times=len(same),
            case_number=number,
            case_uuid=case,
        )


def _together(look: ReadView) -> tuple[str, int | None, str, int | uuid.UUID | None, dt.date]:
    made = look.case_id or look.application
    return look.who, look.agency_id, look.purpose, made, timezone.localdate(look.at)


def _register_names(lang: str) -> dict[str, str]:
    return {CASES: "Case file" if lang == "en" else "Hồ sơ"} | {
        slug: (english or name) if lang == "en" else name
        for slug, name, english in Register.objects.values_list("slug", "name", "name_en")
    }


def _number(request: Asked) -> str:
    """The personal number of the person acted for; "" when there is none yet."""
    assert request.actor.principal is not None
    party = identity.party(request.actor.principal)
    return party.number if party else ""
