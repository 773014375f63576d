"""Who holds a sandbox eID, at which level, and whether the passcode is right."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml
from django.utils.crypto import constant_time_compare

from motcua.core import clock
from motcua.core.identity import accounts, papers
from motcua.core.identity.contrib.sandbox_cards import foreigners
from motcua.core.identity.papers import Paper
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.registers import companies
from motcua.core.registers import queries as registers
from motcua.core.sealing.keyring import PERSON, blind
from motcua.systems.eid.models import Passcode

WRONG_AT_MOST = 5
LOCKED_FOR = dt.timedelta(minutes=15)
PERSONAL_DIGITS = 12
PURPOSE = "Đăng nhập VNeID (bản thử)"
PROVIDER = Actor(ActorKind.PARTNER, "VNeID (bản thử)")


@dataclass(frozen=True, slots=True)
class Holder:
    """A person, or an organisation, that may sign in here, and what is told of them.

    An organisation's number is its tax code; its account has no level (Decree 69/2024/NĐ-CP article 7). A foreigner's
    is that of the `paper`, as `FRA-19FR00417`.
    """

    personal_number: str
    name: str
    level: int
    is_organisation: bool = False
    paper: Paper | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What came of a passcode: the holder, or how many tries are left, or until when it is locked."""

    holder: Holder | None = None
    left: int = 0
    locked_until: dt.datetime | None = None


def check(personal_number: str, typed: str) -> Check:
    """Try a passcode. Five wrong ones in a row lock the number for a quarter of an hour, right or known or not."""
    personal_number = papers.sign_in_name(personal_number)
    tried = blind(PERSON, personal_number)
    row, _ = Passcode.objects.select_for_update().get_or_create(number_index=tried)
    if row.locked_until and row.locked_until > clock.now():
        return Check(locked_until=row.locked_until)
    found = holder(personal_number) if constant_time_compare(typed, passcode()) else None
    if found:
        row.delete()
        return Check(holder=found)
    row.wrong = 1 if row.locked_until else row.wrong + 1
    row.locked_until = clock.now() + LOCKED_FOR if row.wrong >= WRONG_AT_MOST else None
    row.save()
    return Check(left=WRONG_AT_MOST - row.wrong, locked_until=row.locked_until)


def passcode() -> str:
    """The passcode that all sandbox holders share; it is public."""
    return str(_told()["passcode"])


def holder(personal_number: str) -> Holder | None:
    """The holder of that number; None where nobody has an eID of it."""
    told = _told()
    if len(personal_number) != PERSONAL_DIGITS or not personal_number.isdecimal():
        return _foreigner(personal_number) or _organisation(personal_number)
    if personal_number in told["none"]:
        return None
    person = registers.person(PROVIDER, personal_number, purpose=PURPOSE)
    if person is None or person.dead_on:
        return None
    return Holder(personal_number, person.name, _level_of(personal_number, person.born))


def _level_of(personal_number: str, born: dt.date) -> int:
    """By the Decree's table on the day; nobody has asked for level 2 on a child's behalf here."""
    standing = accounts.standing_of("citizen", born, clock.today())
    return (
        1
        if personal_number in _told()["level_1"] or standing is None or standing.on_request
        else standing.level
    )


def _foreigner(key: str) -> Holder | None:
    """A foreigner who has an eID, by country and number of the passport."""
    for who, level in _told()["foreigners"].items():
        one = foreigners()[who]
        if key == papers.key_of(one["country"], one["number"]):
            paper = Paper(
                kind="passport",
                country=one["country"],
                number=one["number"],
                valid_until=clock.today() + dt.timedelta(days=one["lasts_days"]),
                name=one["name"],
                born=one["born"],
                sex=one["sex"],
                nationality=one["nationality"],
            )
            return Holder(key, one["name"], level, paper=paper)
    return None


def _organisation(number: str) -> Holder | None:
    """An active business of the register, by its tax code."""
    try:
        found = companies.company(PROVIDER, number, purpose=PURPOSE)
    except ValueError:
        return None
    return Holder(found.code, found.name, 0, is_organisation=True) if found and found.active else None


@cache
def _told() -> dict[str, Any]:
    file = resources.files("motcua.systems.eid").joinpath("data", "holders.yaml")
    told: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return told
