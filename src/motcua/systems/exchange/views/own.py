"""A person's own page: which agency asked what about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from motcua.core.errors import NotAllowed
from motcua.core.identity.access import policy
from motcua.core.identity.models import Mandate, MandateKind, Party
from motcua.core.ledger import queries as ledger
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency
from motcua.core.registers.models import Register
from motcua.systems.exchange import operating
from motcua.systems.exchange.models import Member, Purpose, Service
from motcua.systems.exchange.views.base import actor_of, show

SHOWN = 100
VERSION = re.compile(r"\.v\d+$")
ANSWERS_FOR = (MandateKind.PARENT, MandateKind.GUARDIAN, MandateKind.LEGAL_REPRESENTATIVE)
OWN = (ActorKind.CITIZEN, ActorKind.SYSTEM)
"""Looks that the person took, or the machine for them: no agency asked."""


@dataclass(frozen=True, slots=True)
class Line:
    """One asking, as a person reads it."""

    at: datetime
    who: str
    what: str
    purpose: str
    answered: bool


@policy("citizen", whole=True)
@never_cache
@require_GET
def asked(request: HttpRequest) -> HttpResponse:
    """What agencies asked over the exchange, and what officers looked at here, newest first."""
    actor = actor_of(request)
    _must_be_theirs(actor)
    party = Party.objects.filter(pk=actor.principal or 0).first()
    number = party.number if party else ""
    lines: list[Line] = []
    if number:
        with acting(SYSTEM):
            lines = sorted([*_calls(number), *_looks(number)], key=lambda one: one.at, reverse=True)
    context = {
        "lines": lines[:SHOWN],
        "more": len(lines) > SHOWN,
        "known": bool(number),
        "of": party.name if party and actor.principal != actor.party_id else "",
    }
    return show(request, "asked.jinja", context)


def _must_be_theirs(actor: Actor) -> None:
    """Whose data it is, and who answers for them: parents, guardians, legal representatives; never a proxy."""
    if actor.principal == actor.party_id:
        return
    mandate = Mandate.objects.filter(pk=actor.mandate_id or 0).first()
    if mandate is None or mandate.kind not in ANSWERS_FOR:
        raise NotAllowed(
            "Trang này chỉ dành cho chính người đó, cha mẹ hoặc người giám hộ. Giấy ủy quyền không gồm việc này.",
            "This page is for the person, their parents or guardian. A proxy does not cover it.",
        )


def _calls(number: str) -> list[Line]:
    calls = operating.calls_about(number, SHOWN)
    members = {f"{one.member_class}/{one.code}": one.name for one in Member.objects.all()} if calls else {}
    purposes, titles = _purposes(), _titles() if calls else {}
    return [
        Line(
            one.at,
            members.get("/".join(one.client.split("/")[1:3]), one.client),
            _called(one.service, titles),
            purposes.get(one.purpose, one.purpose),
            one.succeeded,
        )
        for one in calls
    ]


def _looks(number: str) -> list[Line]:
    """Looks into the registers here, and what was asked of registers and agencies elsewhere."""
    looks = [one for one in ledger.reads_of(number, SHOWN + 1) if one.actor_kind not in OWN]
    names = dict(
        Agency.objects.filter(pk__in={one.agency_id for one in looks if one.agency_id}).values_list(
            "pk", "name"
        )
    )
    registers = dict(Register.objects.values_list("slug", "name"))
    purposes, titles = _purposes(), _titles() if any("/" in one.register for one in looks) else {}
    return [
        Line(
            one.at,
            names.get(one.agency_id or 0, one.who),
            registers.get(one.register) or _called(one.register, titles),
            purposes.get(one.purpose, one.purpose),
            True,
        )
        for one in looks
    ]


def _purposes() -> dict[str, str]:
    return dict(Purpose.objects.values_list("code", "name"))


def _titles() -> dict[str, str]:
    """What services are called, by their identifier without the instance."""
    services = Service.objects.select_related("subsystem__member")
    return {f"{one.subsystem}/{one.code}": one.title for one in services}


def _called(identifier: str, titles: dict[str, str]) -> str:
    """The title of a service, whichever version of it was called; else the last part of its identifier."""
    name = identifier.partition("/")[2]
    return titles.get(name) or titles.get(VERSION.sub("", name)) or identifier.rpartition("/")[2]
