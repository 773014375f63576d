"""What the state tells a person, knows of a person, and who has looked."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

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
from motcua.core.registers import queries as registers
from motcua.core.registers.models import Register
from motcua.systems.portal.views.shared import Asked

LOOK = "Chính người đó xem dữ liệu của mình"
"""The purpose noted when people look at their own data; kept in Vietnamese, as all purposes are."""
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


@dataclass(frozen=True, slots=True)
class Attribute:
    title: str
    value: str
    master: str
    path: str


@dataclass(frozen=True, slots=True)
class Holding:
    """What one register holds of the person."""

    register: str
    name: str
    owner: str
    law: str
    at: Any
    attributes: tuple[Attribute, ...]
    note: str = ""


@policy("citizen", whole=True)
def data(request: Asked) -> HttpResponse:
    """The person's data as the registers have them, each with its owner; the look is logged like any other."""
    number = _number(request)
    holdings: list[Holding] = []
    entries = []
    if number:
        holdings = [
            holding
            for slug in (registers.POPULATION, registers.SOCIAL)
            if (holding := _holding(request, slug, number)) is not None
        ]
        entries = registers.civil_entries_of(request.actor, number, purpose=LOOK)
    return render(request, "portal/data.jinja", {"holdings": holdings, "entries": entries, "number": number})


def _holding(request: Asked, slug: str, number: str) -> Holding | None:
    record = registers.read(request.actor, slug, number, purpose=LOOK)
    if record is None:
        return None
    about = registers.describe(slug)
    names = _register_names(request.lang)
    owner = (
        Agency.objects.filter(code=about["owner"]).values_list("name", flat=True).first() or about["owner"]
    )
    attributes = tuple(
        Attribute(
            one["en"] if request.lang == "en" and one["en"] else one["vi"],
            _said(record.data.get(one["path"]), request.lang),
            names.get(one["master"], one["master"]) if one["master"] != slug else "",
            one["path"],
        )
        for one in about["attributes"]
        if record.data.get(one["path"]) not in (None, "")
    )
    name = about["name_en"] if request.lang == "en" and about["name_en"] else about["name"]
    return Holding(slug, name, owner, about["legal_basis"], record.at, attributes)


def _said(value: Any, lang: str) -> str:
    """A register's value as one reads it; days as days, yes and no as words."""
    from motcua.engines import text

    if isinstance(value, bool):
        return {"vi": ("Không", "Có"), "en": ("No", "Yes")}[lang][value]
    if isinstance(value, dict):
        return "; ".join(_said(one, lang) for one in value.values() if one not in (None, ""))
    try:
        return text.date(dt.date.fromisoformat(str(value))) if len(str(value)) == 10 else str(value)
    except ValueError:
        return str(value)


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
