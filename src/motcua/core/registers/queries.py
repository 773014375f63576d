"""Reading the registers. Every look says who, why and in which case, and the person can see it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from motcua.core import clock
from motcua.core.ledger.actions import record_read
from motcua.core.ledger.actor import Actor
from motcua.core.registers.models import CivilEntry, EntryState, NumberRequest, Record, Register
from motcua.engines.text import fold

POPULATION, CIVIL_STATUS, SOCIAL, BIRTH_NOTICES = (
    "population",
    "civil_status",
    "social_protection",
    "health_notice",
)
BIRTHS, MARRIAGES, DEATHS = "births", "marriages", "deaths"
FRESH = 30.0
OF_KEY = """
select * from registers_record
 where register_id = %(register)s and key = %(key)s and superseded_at is null
   and valid_from <= %(day)s and (valid_until is null or valid_until >= %(day)s)
 order by valid_from desc limit 1
"""
"""What is known now of a key on a day, in a plain statement: by far the most frequent look."""
_names: tuple[float, dict[str, str]] = (0.0, {})


@dataclass(frozen=True, slots=True)
class RecordView:
    """What a register says, and where and when it says so."""

    register: str
    key: str
    data: dict[str, Any]
    source_label: str
    at: dt.date
    record_id: int


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


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a civil-status book."""

    book: str
    number: int
    year: int
    registered_on: dt.date
    agency_code: str
    agency_name: str
    state: str
    data: dict[str, Any]
    entry_id: int

    @property
    def label(self) -> str:
        return f"{self.number:02}/{self.year}"


@dataclass(frozen=True, slots=True)
class Marriage:
    """A marriage as its book has it. `husband` and `wife` hold number, name and born."""

    number: int
    year: int
    registered_on: dt.date
    agency_code: str
    agency_name: str
    husband: dict[str, Any]
    wife: dict[str, Any]
    entry_id: int


def read(
    actor: Actor,
    register: str,
    key: str,
    *,
    purpose: str,
    case_id: int | None = None,
    on: dt.date | None = None,
    known_at: dt.datetime | None = None,
    fields: Iterable[str] | None = None,
) -> RecordView | None:
    """The record of `key` as it was on a day, and as known at a moment; logged as one look."""
    if known_at is None:
        day = on or clock.today()
        rows: Iterable[Record] = Record.objects.raw(OF_KEY, {"register": register, "key": key, "day": day})
    else:
        rows = _as_of(Record.objects.filter(register_id=register, key=key), on, known_at).order_by(
            "-valid_from"
        )[:1]
    row = next(iter(rows), None)
    return _seen(actor, [row], purpose, case_id, fields)[0] if row else None


def find(
    actor: Actor, register: str, *, purpose: str, case_id: int | None = None, limit: int = 20, **criteria: Any
) -> list[RecordView]:
    """Records whose attributes equal the criteria, today; one look in the log."""
    rows = _as_of(Record.objects.filter(register_id=register, data__contains=criteria), None, None)
    return _seen(actor, list(rows.order_by("key")[:limit]), purpose, case_id, None)


def search_people(actor: Actor, text: str, *, purpose: str, limit: int = 20) -> list[Person]:
    """People by number or by name, with or without accents; for a desk."""
    words = fold(text).split()
    if not words:
        return []
    rows = _as_of(Record.objects.filter(register_id=POPULATION), None, None)
    rows = (
        rows.filter(key=words[0]) if words[0].isdecimal() else rows.filter(folded__contains=" ".join(words))
    )
    return [_person(view) for view in _seen(actor, list(rows.order_by("key")[:limit]), purpose, None, None)]


def person(
    actor: Actor, number: str, *, purpose: str, case_id: int | None = None, on: dt.date | None = None
) -> Person | None:
    view = read(actor, POPULATION, number, purpose=purpose, case_id=case_id, on=on)
    return _person(view) if view else None


def children_of(actor: Actor, number: str, *, purpose: str, case_id: int | None = None) -> list[Person]:
    """The children of whom the person is father or mother."""
    rows = _as_of(Record.objects.filter(register_id=POPULATION), None, None).filter(
        Q(data__contains={"mother_number": number}) | Q(data__contains={"father_number": number})
    )
    return [_person(view) for view in _seen(actor, list(rows.order_by("key")), purpose, case_id, None)]


def household_of(actor: Actor, household: str, *, purpose: str, case_id: int | None = None) -> list[Person]:
    """Everybody registered in a household."""
    found = find(actor, POPULATION, purpose=purpose, case_id=case_id, limit=50, household=household)
    return [_person(view) for view in found]


def marriage_of(
    actor: Actor, one: str, other: str | None = None, *, purpose: str, case_id: int | None = None
) -> Marriage | None:
    """The marriage in force of a person, or of two people with each other."""
    rows = CivilEntry.objects.filter(
        book=MARRIAGES, state=EntryState.EFFECTIVE, person_numbers__contains=[one]
    )
    if other:
        rows = rows.filter(person_numbers__contains=[other])
    row = rows.order_by("-registered_on").first()
    if row is None or row.data.get("ended_on"):
        return None
    _log_entries(actor, [row], purpose, case_id)
    return Marriage(
        row.number,
        row.year,
        row.registered_on,
        row.agency_code,
        row.agency_name,
        row.data["husband"],
        row.data["wife"],
        row.pk,
    )


def civil_entries_of(
    actor: Actor, personal_number: str, *, purpose: str, case_id: int | None = None, book: str | None = None
) -> list[Entry]:
    """The effective entries in which a person stands as the one registered, newest first."""
    rows = CivilEntry.objects.filter(state=EntryState.EFFECTIVE, person_numbers__contains=[personal_number])
    if book:
        rows = rows.filter(book=book)
    found = list(rows.order_by("-registered_on", "-id"))
    if found:
        _log_entries(actor, found, purpose, case_id)
    return [entry_view(row) for row in found]


def civil_entry(
    actor: Actor,
    book: str,
    agency_code: str,
    year: int,
    number: int,
    *,
    purpose: str,
    case_id: int | None = None,
) -> Entry | None:
    row = CivilEntry.objects.filter(book=book, agency_code=agency_code, year=year, number=number).first()
    if row is None:
        return None
    _log_entries(actor, [row], purpose, case_id)
    return entry_view(row)


def entry_of_case(case_id: int, book: str) -> Entry | None:
    """The entry that a case has opened in a book, whatever its state."""
    row = CivilEntry.objects.filter(case_id=case_id, book=book).exclude(state=EntryState.CANCELLED).first()
    return entry_view(row) if row else None


def birth_notice(
    actor: Actor, mother_number: str, *, purpose: str, case_id: int | None = None
) -> RecordView | None:
    """The newest birth notice of a mother of which no birth has been registered."""
    found = find(actor, BIRTH_NOTICES, purpose=purpose, case_id=case_id, mother_number=mother_number)
    open_ones = [view for view in found if not view.data.get("registered_case")]
    return max(open_ones, key=lambda view: view.data["born_at"], default=None)


def number_request(case_id: int) -> NumberRequest | None:
    return NumberRequest.objects.filter(case_id=case_id).first()


def describe(slug: str) -> dict[str, Any]:
    """A register as a reader may know it: names, owner, legal basis, attributes with their masters."""
    row = Register.objects.get(pk=slug)
    return {
        "slug": row.slug,
        "name": row.name,
        "name_en": row.name_en,
        "owner": row.owner_agency_code,
        "legal_basis": row.legal_basis,
        "attributes": [
            {"path": a.path, "type": a.type, "vi": a.title, "en": a.title_en, "master": a.master_id}
            for a in row.attributes.order_by("id")
        ],
    }


def entry_view(row: CivilEntry) -> Entry:
    return Entry(
        row.book,
        row.number,
        row.year,
        row.registered_on,
        row.agency_code,
        row.agency_name,
        row.state,
        row.data,
        row.pk,
    )


def _as_of(rows: QuerySet[Record], on: dt.date | None, known_at: dt.datetime | None) -> QuerySet[Record]:
    """Of the versions, those in force on `on` (today) and known at `known_at` (now)."""
    day = on or clock.today()
    rows = rows.filter(valid_from__lte=day).filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))
    if known_at is None:
        return rows.filter(superseded_at__isnull=True)
    return rows.filter(recorded_at__lte=known_at).filter(
        Q(superseded_at__isnull=True) | Q(superseded_at__gt=known_at)
    )


def _seen(
    actor: Actor, rows: list[Record], purpose: str, case_id: int | None, fields: Iterable[str] | None
) -> list[RecordView]:
    """Log the look and hand out what was looked at, only the fields asked for."""
    if not rows:
        return []
    record_read(
        actor,
        purpose=purpose,
        register=rows[0].register_id,
        person_numbers=[number for row in rows for number in _people_in(row)],
        record_ids=[row.pk for row in rows],
        case_id=case_id,
    )
    wanted = set(fields) if fields is not None else None
    name = _name_of(rows[0].register_id)
    return [
        RecordView(
            row.register_id,
            row.key,
            {path: value for path, value in row.data.items() if wanted is None or path in wanted},
            name,
            row.recorded_at.astimezone(clock.now().tzinfo).date(),
            row.pk,
        )
        for row in rows
    ]


def _name_of(register: str) -> str:
    """What a register is called; names are kept for `FRESH` seconds, for every look says one."""
    global _names
    read_at, names = _names
    if register not in names or time.monotonic() - read_at > FRESH:
        names = dict(Register.objects.values_list("slug", "name"))
        _names = (time.monotonic(), names)
    return names[register]


def _people_in(row: Record) -> list[str]:
    if row.register_id in {POPULATION, SOCIAL}:
        return [row.key]
    return [row.data["mother_number"]] if row.register_id == BIRTH_NOTICES else []


def _log_entries(actor: Actor, rows: list[CivilEntry], purpose: str, case_id: int | None) -> None:
    record_read(
        actor,
        purpose=purpose,
        register=CIVIL_STATUS,
        person_numbers=[number for row in rows for number in row.person_numbers],
        record_ids=[row.pk for row in rows],
        case_id=case_id,
    )


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
