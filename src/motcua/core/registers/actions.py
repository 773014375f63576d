"""Writing to registers: only at the master, never over what stood there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import connection

from motcua.core import clock, jobs
from motcua.core.errors import Conflict, NotFound, Unavailable, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.registers import schema as schemas
from motcua.core.registers import shape
from motcua.core.registers.connector import Answer, connectors, number_answered
from motcua.core.registers.models import CivilEntry, EntryState, NumberRequest, Record, RequestState
from motcua.core.registers.queries import BIRTHS, CIVIL_STATUS, Entry, entry_view
from motcua.core.registers.schema import Schema
from motcua.core.registers.telling import register_changed
from motcua.core.sealing.keyring import PERSON, blind

ASK_AGAIN_AFTER = dt.timedelta(minutes=5)
ASK_AT_MOST = 2000
"""Attempts before a person must look: a week of five-minute steps."""


class NotMaster(UserError):
    """The attribute is written in another register."""


def write(
    actor: Actor,
    register: str,
    key: str,
    data: Mapping[str, Any],
    *,
    valid_from: dt.date | None = None,
    case_id: int | None = None,
    document_id: int | None = None,
    told_by: str | None = None,
    if_match: str | None = None,
) -> Record:
    """Say something new of `key`: the attributes given change, the others stay.

    An attribute is written only where it is mastered (else NotMaster), or as the copy of what its master has
    told (`told_by` names that register). `if_match` is the etag of what the writer has seen: else Conflict.
    Subscribers are told by the hook `register_changed` once the act is done.
    """
    schema = schemas.of(register)
    _check_attributes(schema, data, told_by)
    start = valid_from or clock.today()
    current = _lock_current(register, key)
    if if_match is not None and if_match != (f'"{current.pk}-{schema.version}"' if current else "*"):
        raise Conflict(
            "Bản ghi đã thay đổi từ lúc đọc. Hãy đọc lại rồi ghi.",
            "The record has changed since it was read: read it again, then write.",
        )
    before = shape.seen_as(schema, current.facts, current.version) if current else {}
    merged = {**before, **data}
    if current and before == merged:
        return current
    start = shape.begin(schema, merged, start)
    if current:
        _close(current, start)
    record = shape.row(schema, key, merged, valid_from=start, case_id=case_id, document_id=document_id)
    record.save()
    emit(
        "register.written",
        actor,
        case_id=case_id,
        subject=("record", record.pk),
        data={"register": register, "attributes": sorted(data), "told_by": told_by or ""},
    )
    register_changed.send(record=record, attributes=sorted(data), case_id=case_id)
    return record


def open_civil_entry(
    actor: Actor,
    book: str,
    *,
    agency_code: str,
    agency_name: str,
    data: Mapping[str, Any],
    person_numbers: list[str],
    case_id: int,
    registered_on: dt.date | None = None,
) -> Entry:
    """Take the next number of the agency's book for this year; pending until the signature.

    Asked twice for one case it answers with the same entry.
    """
    standing = (
        CivilEntry.objects.filter(book=book, case_id=case_id).exclude(state=EntryState.CANCELLED).first()
    )
    if standing:
        return entry_view(standing)
    day = registered_on or clock.today()
    row = CivilEntry.objects.create(
        book=book,
        agency_code=agency_code,
        agency_name=agency_name,
        year=day.year,
        number=_next_number(book, agency_code, day.year),
        registered_on=day,
        data=dict(data),
        person_numbers=person_numbers,
        people=blinded(person_numbers),
        case_id=case_id,
        opened_at=clock.now(),
    )
    emit("civil_status.entry_opened", actor, case_id=case_id, subject=("entry", row.pk), data={"book": book})
    return entry_view(row)


def confirm_civil_entry(actor: Actor, case_id: int, book: str, *, document_id: int | None = None) -> Entry:
    """The act is signed: the entry is effective, and the register says so."""
    row = (
        CivilEntry.objects.select_for_update()
        .filter(case_id=case_id, book=book)
        .exclude(state="cancelled")
        .first()
    )
    if row is None:
        raise NotFound(
            "Hồ sơ này chưa có dòng nào trong sổ hộ tịch.", "This case has no entry in the book yet."
        )
    if row.state == EntryState.PENDING:
        row.record = write(
            actor,
            CIVIL_STATUS,
            f"{book}/{row.agency_code}/{row.year}/{row.number}",
            {
                **row.data,
                "book": book,
                "number": row.number,
                "year": row.year,
                "registered_on": row.registered_on.isoformat(),
                "agency_name": row.agency_name,
            },
            valid_from=row.registered_on,
            case_id=case_id,
            document_id=document_id,
        )
        row.state = EntryState.EFFECTIVE
        row.closed_at = clock.now()
        row.save(update_fields=["record", "state", "closed_at"])
        emit(
            "civil_status.entry_confirmed",
            actor,
            case_id=case_id,
            subject=("entry", row.pk),
            data={"book": book},
        )
    return entry_view(row)


def cancel_civil_entry(actor: Actor, case_id: int, reason: str) -> None:
    """The act did not come about: its entries are struck out, their numbers stay used and explained."""
    rows = CivilEntry.objects.select_for_update().filter(case_id=case_id, state=EntryState.PENDING)
    for row in rows:
        row.state = EntryState.CANCELLED
        row.closed_at = clock.now()
        row.save(update_fields=["state", "closed_at"])
        emit(
            "civil_status.entry_cancelled",
            actor,
            case_id=case_id,
            subject=("entry", row.pk),
            data={"book": row.book, "reason": reason},
        )


def request_personal_number(actor: Actor, child: Mapping[str, Any], case_id: int) -> NumberRequest:
    """Ask the population database for a newborn's number; once per case, whatever happens.

    Where the other side is silent the request stays `requested` and is asked again by a job.
    """
    request, made = NumberRequest.objects.get_or_create(
        case_id=case_id, defaults={"child": dict(child), "requested_at": clock.now()}
    )
    if made:
        emit("population.number_requested", actor, case_id=case_id, subject=("number_request", request.pk))
        _take_answer(request, _ask(request))
    return request


def ask_for_number_again(request_id: int) -> NumberRequest:
    """One more try for a request that has no answer yet."""
    request = NumberRequest.objects.select_for_update().get(pk=request_id)
    if request.state == RequestState.REQUESTED:
        _take_answer(request, _ask(request))
    return request


def settle_number_request(
    actor: Actor, request_id: int, state: str, number: str = "", reason: str = ""
) -> NumberRequest:
    """An answer from the population database, or an official's settlement of a suspected duplicate."""
    request = NumberRequest.objects.select_for_update().get(pk=request_id)
    if request.state == RequestState.ISSUED:
        if number and number != request.number:
            raise Conflict(
                f"Yêu cầu này đã được cấp số {request.number}.",
                f"This request already has number {request.number}.",
            )
        return request
    _take_answer(request, Answer(state, number, reason, request.reference), actor)
    return request


def _ask(request: NumberRequest) -> Answer:
    connector = connectors.get(settings.MOTCUA_POPULATION)
    try:
        if request.reference:
            return connector.ask_again(str(request.uuid), request.reference, request.child)
        return connector.request_number(str(request.uuid), request.child)
    except Unavailable as silent:
        return Answer(RequestState.REQUESTED, reason=silent.text("vi"))


def _take_answer(request: NumberRequest, answer: Answer, actor: Actor = SYSTEM) -> None:
    before = request.state if request.attempts else None
    request.state = answer.state
    request.number = answer.number
    request.reason = answer.reason
    request.reference = answer.reference or request.reference
    request.attempts += 1
    request.answered_at = None if answer.state == RequestState.REQUESTED else clock.now()
    request.save()
    if answer.state == RequestState.REQUESTED:
        if request.attempts < ASK_AT_MOST:
            jobs.defer(
                "registers.ask_for_number_again",
                queueing_lock=f"number-request-{request.pk}",
                schedule_at=clock.now() - clock.sandbox_offset() + _patience(request),
                request_id=request.pk,
            )
        return
    if answer.state == RequestState.ISSUED:
        _tell_population(request)
    emit(
        f"population.number_{answer.state}",
        actor,
        case_id=request.case_id,
        subject=("number_request", request.pk),
        data={"before": before or ""},
    )
    number_answered.send(request=request)


def _patience(request: NumberRequest) -> dt.timedelta:
    """A few quick looks first: most late answers are seconds late."""
    return dt.timedelta(seconds=2) if request.attempts < 5 else ASK_AGAIN_AFTER


def _tell_population(request: NumberRequest) -> None:
    """The population database now knows the child; our copy of it says what it told us."""
    child = {path: value for path, value in request.child.items() if value not in (None, "")}
    write(
        SYSTEM,
        "population",
        request.number,
        {**child, "number": request.number},
        valid_from=dt.date.fromisoformat(str(child["born"])[:10]),
        case_id=request.case_id,
        told_by=CIVIL_STATUS,
    )
    row = CivilEntry.objects.filter(case_id=request.case_id, book=BIRTHS).exclude(state="cancelled").first()
    if row:
        row.person_numbers = sorted({*row.person_numbers, request.number})
        row.people = blinded(row.person_numbers)
        row.data = {**row.data, "person": {**row.data.get("person", {}), "number": request.number}}
        row.save(update_fields=["person_numbers", "people", "data"])


def blinded(numbers: Iterable[str]) -> list[str]:
    """By which the entries of these people are found."""
    return sorted({blind(PERSON, number) for number in numbers})


def _check_attributes(schema: Schema, data: Mapping[str, Any], told_by: str | None) -> None:
    for path, value in data.items():
        field = schema.field(path)
        if field.master not in {schema.slug, told_by}:
            raise NotMaster(
                f"“{path}” do {field.master} quản lý; hãy ghi ở đó, {schema.slug} sẽ được báo.",
                f"{path!r} is mastered by {field.master}: write it there, and {schema.slug} will be told.",
                path,
            )
        if (wrong := field.wrong(value)) is not None and value not in (None, ""):
            raise UserError(f"{field.title.vi}: {wrong.vi}", f"{field.title.en}: {wrong.en}", path)


def _lock_current(register: str, key: str) -> Record | None:
    rows = Record.objects.select_for_update().filter(
        register_id=register, key=key, superseded_at__isnull=True
    )
    return rows.order_by("-valid_from").first()


def _close(current: Record, start: dt.date) -> None:
    """End the version before; one that began on the same day or later was wrong, and is superseded."""
    if current.valid_from < start:
        current.valid_until = start - dt.timedelta(days=1)
        current.save(update_fields=["valid_until"])
    else:
        current.superseded_at = clock.now()
        current.save(update_fields=["superseded_at"])


def _next_number(book: str, agency_code: str, year: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into registers_bookcounter (book, agency_code, year, last) values (%s, %s, %s, 1) "
            "on conflict on constraint book_counter_once do update set last = registers_bookcounter.last + 1 "
            "returning last",
            [book, agency_code, year],
        )
        return int(cursor.fetchone()[0])
