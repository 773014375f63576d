"""What is registered of births, marriages and deaths: the books' entries, the notices before, the numbers after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from motcua.core.ledger.actions import record_read
from motcua.core.ledger.actor import Actor
from motcua.core.registers.models import CivilEntry, EntryState, NumberRequest
from motcua.core.registers.queries.records import find
from motcua.core.registers.reading import RecordView
from motcua.core.sealing.keyring import PERSON, blind

CIVIL_STATUS, BIRTH_NOTICES = "civil_status", "health_notice"
BIRTHS, MARRIAGES, DEATHS = "births", "marriages", "deaths"


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


def marriage_of(
    actor: Actor, one: str, other: str | None = None, *, purpose: str, case_id: int | None = None
) -> Marriage | None:
    """The marriage in force of a person, or of two people with each other."""
    people = [blind(PERSON, number) for number in (one, other) if number]
    rows = CivilEntry.objects.filter(book=MARRIAGES, state=EntryState.EFFECTIVE, people__contains=people)
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
    index = blind(PERSON, personal_number)
    rows = CivilEntry.objects.filter(state=EntryState.EFFECTIVE, people__contains=[index])
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


def _log_entries(actor: Actor, rows: list[CivilEntry], purpose: str, case_id: int | None) -> None:
    record_read(
        actor,
        purpose=purpose,
        register=CIVIL_STATUS,
        person_numbers=[number for row in rows for number in row.person_numbers],
        record_ids=[row.pk for row in rows],
        case_id=case_id,
    )


def birth_notice(
    actor: Actor, mother_number: str, *, purpose: str, case_id: int | None = None
) -> RecordView | None:
    """The newest birth notice of a mother of which no birth has been registered."""
    found = find(actor, BIRTH_NOTICES, purpose=purpose, case_id=case_id, mother_number=mother_number)
    open_ones = [view for view in found if not view.data.get("registered_case")]
    return max(open_ones, key=lambda view: view.data["born_at"], default=None)


def number_request(case_id: int) -> NumberRequest | None:
    return NumberRequest.objects.filter(case_id=case_id).first()
