"""Who asked what about a person: what this installation knows of it, and the accounts of several laid together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from django.utils.timezone import localdate

from motcua.core.cases.queries import CASES
from motcua.core.ledger import queries as ledger
from motcua.core.ledger.actor import ActorKind
from motcua.core.organisations.models import Agency
from motcua.core.outbound.exchange import call_name
from motcua.core.registers.models import Register
from motcua.systems.exchange import operating
from motcua.systems.exchange.models import Member, Purpose, Service

SHOWN = 100
VERSION = re.compile(r"\.v\d+$")
OWN = (ActorKind.CITIZEN, ActorKind.SYSTEM)
"""Looks that the person took, or the machine for them: no agency asked."""


class End(StrEnum):
    """Who tells of a call. Whoever kept the data is believed first: its word does not hang on the asker's honesty."""

    ANSWERED = "answered"
    ASKED = "asked"
    CARRIED = "carried"
    """A gateway of the exchange."""


@dataclass(frozen=True, slots=True)
class Line:
    """One asking, as a person reads it. `call` is its name in the exchange, "" for what did not go over it."""

    at: datetime
    who: str
    what: str
    purpose: str
    answered: bool
    end: End = End.ANSWERED
    call: str = ""
    place: str = ""
    """The installation that told of it; "" for this one."""
    at_both_ends: bool = False


def known_here(number: str) -> list[Line]:
    """What this installation knows, newest first, a call of which several tables tell once. At most one more than is
    shown."""
    return together([_calls(number), _looks(number)])[: SHOWN + 1]


def together(accounts: Sequence[Sequence[Line]]) -> list[Line]:
    """The accounts of several, newest first: a call of which both ends tell stands once.

    Ids of messages are the asker's own choice. One used for many questions therefore hides none of them: of each call
    there are as many lines as the account with the most has.
    """
    told = [(account, line) for account, lines in enumerate(accounts) for line in lines]
    counts = Counter((line.call, account, line.end) for account, line in told if line.call)
    kept: dict[str, tuple[int, End]] = {}
    for (call, account, end), count in counts.items():
        if call not in kept or _weight(count, end) > _weight(counts[call, *kept[call]], kept[call][1]):
            kept[call] = (account, end)
    ends = Counter(call for call, _ in {(call, end) for call, _, end in counts if end is not End.CARRIED})
    lines = [
        replace(line, at_both_ends=line.at_both_ends or ends[line.call] > 1) if line.call else line
        for account, line in told
        if not line.call or kept[line.call] == (account, line.end)
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def folded(lines: Sequence[Line]) -> list[tuple[Line, int]]:
    """Askings that stand together and differ in the hour only, as their newest line and how many they are."""
    groups = [list(group) for _, group in groupby(lines, _alike)]
    return [(group[0], len(group)) for group in groups]


def _alike(line: Line) -> tuple[object, ...]:
    return line.who, line.what, line.purpose, line.answered, line.place, line.at_both_ends, localdate(line.at)


def _weight(count: int, end: End) -> tuple[int, int]:
    return count, -list(End).index(end)


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
            End.CARRIED,
            call_name(one.client, one.message),
        )
        for one in calls
    ]


def _looks(number: str) -> list[Line]:
    """Looks into the registers here, and what was asked of registers and agencies elsewhere."""
    looks = ledger.reads_of(number, SHOWN + 1, without=OWN)
    names = dict(
        Agency.objects.filter(pk__in={one.agency_id for one in looks if one.agency_id}).values_list(
            "pk", "name"
        )
    )
    registers = dict(Register.objects.values_list("slug", "name")) | {CASES: "hồ sơ của ông/bà"}
    purposes, titles = _purposes(), _titles() if any("/" in one.register for one in looks) else {}
    return [
        Line(
            one.at,
            names.get(one.agency_id or 0, one.who),
            registers.get(one.register) or _called(one.register, titles),
            purposes.get(one.purpose, one.purpose),
            True,
            End.ANSWERED if one.actor_kind == ActorKind.PARTNER else End.ASKED,
            one.call,
        )
        for one in looks
    ]


def _purposes() -> dict[str, str]:
    return dict(Purpose.objects.values_list("code", "name"))


def _titles() -> dict[str, str]:
    """What services are called, by their identifier without the instance."""
    services = Service.objects.select_related("subsystem__member")
    return {f"{one.subsystem}/{one.code}": one.title for one in services}


def _called(identifier: str, titles: Mapping[str, str]) -> str:
    """The title of a service, whichever version of it was called; else the last part of its identifier."""
    name = identifier.partition("/")[2]
    return titles.get(name) or titles.get(VERSION.sub("", name)) or identifier.rpartition("/")[2]
