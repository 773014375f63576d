"""People as the population database knows them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from motcua.core.ledger.actor import Actor
from motcua.core.registers.queries.records import find, read, search
from motcua.core.registers.reading import RecordView
from motcua.engines.text import fold

POPULATION = "population"


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the population database knows them."""

    number: str
    name: str
    born: dt.date
    sex: str
    ethnicity: str
    nationality: str
    home_place: str
    residence_unit: str
    residence_text: str
    household: str
    father_number: str
    mother_number: str
    spouse_number: str
    dead_on: dt.date | None
    record: RecordView


def search_people(actor: Actor, text: str, *, purpose: str, limit: int = 20) -> list[Person]:
    """People by number or by name, with or without accents; for a desk."""
    words = fold(text).split()
    if not words:
        return []
    if words[0].isdecimal():
        one = person(actor, words[0], purpose=purpose)
        return [one] if one else []
    return [
        _person(view) for view in search(actor, POPULATION, text, purpose=purpose, act="read", limit=limit)
    ]


def person(
    actor: Actor, number: str, *, purpose: str, case_id: int | None = None, on: dt.date | None = None
) -> Person | None:
    view = read(actor, POPULATION, number, purpose=purpose, case_id=case_id, on=on)
    return _person(view) if view else None


def children_of(actor: Actor, number: str, *, purpose: str, case_id: int | None = None) -> list[Person]:
    """The children of whom the person is father or mother."""
    either = {"mother_number": number, "father_number": number}
    found = search(actor, POPULATION, purpose=purpose, case_id=case_id, any_of=either, act="read", limit=50)
    return [_person(view) for view in sorted(found, key=lambda view: view.key)]


def household_of(actor: Actor, household: str, *, purpose: str, case_id: int | None = None) -> list[Person]:
    """Everybody registered in a household."""
    found = find(actor, POPULATION, purpose=purpose, case_id=case_id, limit=50, household=household)
    return [_person(view) for view in found]


def _person(view: RecordView) -> Person:
    data = view.data
    return Person(
        number=view.key,
        name=data["name"],
        born=dt.date.fromisoformat(data["born"]),
        sex=data["sex"],
        ethnicity=data.get("ethnicity", ""),
        nationality=data.get("nationality", "Việt Nam"),
        home_place=data.get("home_place", ""),
        residence_unit=data.get("residence_unit", ""),
        residence_text=data.get("residence_text", ""),
        household=data.get("household", ""),
        father_number=data.get("father_number", ""),
        mother_number=data.get("mother_number", ""),
        spouse_number=data.get("spouse_number", ""),
        dead_on=dt.date.fromisoformat(data["dead_on"]) if data.get("dead_on") else None,
        record=view,
    )
