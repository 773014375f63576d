"""A person's own page: which agency asked what about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from motcua.core.identity.access import policy
from motcua.core.identity.models import Party
from motcua.core.ledger import queries as ledger
from motcua.core.ledger.actor import SYSTEM, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency
from motcua.core.registers.models import Register
from motcua.systems.exchange import operating
from motcua.systems.exchange.models import Member, Purpose, Service
from motcua.systems.exchange.views.base import actor_of, show

SHOWN = 100
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


@policy("citizen")
@never_cache
@require_GET
def asked(request: HttpRequest) -> HttpResponse:
    """What agencies asked over the exchange, and what officers looked at here, newest first."""
    party = Party.objects.filter(pk=actor_of(request).principal or 0).first()
    number = party.number if party else ""
    lines: list[Line] = []
    if number:
        with acting(SYSTEM):
            lines = sorted([*_calls(number), *_looks(number)], key=lambda one: one.at, reverse=True)
    return show(request, "asked.jinja", {"lines": lines[:SHOWN], "known": bool(number)})


def _calls(number: str) -> list[Line]:
    calls = operating.calls_about(number, SHOWN)
    members = {f"{one.member_class}/{one.code}": one.name for one in Member.objects.all()} if calls else {}
    purposes = dict(Purpose.objects.values_list("code", "name"))
    titles = (
        {
            f"{one.subsystem}/{one.code}": one.title
            for one in Service.objects.select_related("subsystem__member")
        }
        if calls
        else {}
    )
    return [
        Line(
            one.at,
            members.get("/".join(one.client.split("/")[1:3]), one.client),
            titles.get(one.service.partition("/")[2], one.service.rpartition("/")[2]),
            purposes.get(one.purpose, one.purpose),
            one.succeeded,
        )
        for one in calls
    ]


def _looks(number: str) -> list[Line]:
    looks = ledger.reads_of(number, SHOWN)
    names = dict(
        Agency.objects.filter(pk__in={one.agency_id for one in looks if one.agency_id}).values_list(
            "pk", "name"
        )
    )
    registers = dict(Register.objects.values_list("slug", "name"))
    return [
        Line(
            one.at,
            names.get(one.agency_id or 0, one.who),
            registers.get(one.register, one.register),
            one.purpose,
            True,
        )
        for one in looks
        if one.actor_kind not in OWN
    ]
