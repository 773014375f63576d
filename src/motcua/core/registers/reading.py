"""The one statement by which a record is read and the look is logged, and what a reader is given of the row."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from motcua.core import clock
from motcua.core.ledger.actions import application, record_read
from motcua.core.ledger.actor import Actor
from motcua.core.ledger.scope import NAMES, parameters
from motcua.core.registers import shape
from motcua.core.registers.models import Record
from motcua.core.registers.schema import Schema
from motcua.core.sealing.fields import SealedJSON
from motcua.core.sealing.keyring import PERSON, blind

LOOK = """
select id, uuid, version, data, sealed, valid_from, valid_until, recorded_at
  from registers_look(%(names)s, %(said)s, %(reader)s, %(jti)s, %(register)s, %(index)s, %(day)s, %(now)s, %(kind)s,
                      %(label)s, %(account)s, %(officer)s, %(agency)s, %(purpose)s, %(people)s, %(case)s,
                      %(application)s, %(call)s)
"""
"""Look and log in one statement: for registers whose key is the person, or that are about no person."""
SEALED = Record._meta.get_field("sealed")
assert isinstance(SEALED, SealedJSON)


@dataclass(frozen=True, slots=True)
class RecordView:
    """What a register says, and where and when it says so. `etag` changes with every change of the record."""

    register: str
    key: str
    data: dict[str, Any]
    source_label: str
    at: dt.date
    record_id: int
    version: int = 1
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    recorded_at: dt.datetime | None = None
    superseded_at: dt.datetime | None = None

    @property
    def etag(self) -> str:
        return f'"{self.record_id}-{self.version}"'


def can_look_at_once(schema: Schema) -> bool:
    """Whether the log can name the people before the row is read."""
    return schema.subjects in ((), ("key",))


@dataclass(frozen=True, slots=True)
class Alone:
    """A look that is a transaction of its own; of a system outside, with its request's number, which counts once."""

    reader: int | None = None
    jti: str | None = None


def look(
    actor: Actor,
    schema: Schema,
    key: str,
    *,
    purpose: str,
    case_id: int | None,
    day: dt.date,
    allowed: frozenset[str] | set[str],
    alone: Alone | None = None,
) -> RecordView | None:
    """What is known now of a key on a day. None: nothing is, or the request of `alone` came before."""
    index = blind(PERSON, key)
    asked: dict[str, Any] = {
        "names": None if alone is None else list(NAMES),
        "said": None if alone is None else list(parameters(actor)),
        "reader": alone.reader if alone else None,
        "jti": alone.jti if alone else None,
        "register": schema.slug,
        "index": index,
        "day": day,
        "now": clock.now(),
        "kind": actor.kind.value,
        "label": actor.label,
        "account": actor.account_id,
        "officer": actor.officer_id,
        "agency": actor.agency_id,
        "purpose": purpose,
        "people": [index] if schema.subjects else [],
        "case": case_id,
        "application": application() if case_id is None else None,
        "call": actor.call,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK, asked)
        row = cursor.fetchone()
    if row is None:
        return None
    record = Record(
        id=row[0],
        uuid=row[1],
        register_id=schema.slug,
        version=row[2],
        key=key,
        data=json.loads(row[3]),
        sealed=SEALED.unseal(row[4]),
        valid_from=row[5],
        valid_until=row[6],
        recorded_at=row[7],
    )
    return view(schema, record, allowed)


def log(actor: Actor, schema: Schema, rows: list[Record], purpose: str, case_id: int | None) -> None:
    """Log one look at many rows; nothing found is nothing looked at."""
    if not rows:
        return
    record_read(
        actor,
        purpose=purpose,
        register=schema.slug,
        person_numbers=[number for row in rows for number in people_in(schema, row)],
        record_ids=[row.pk for row in rows],
        case_id=case_id,
    )


def people_in(schema: Schema, row: Record) -> list[str]:
    """The personal numbers of those whom a row is about, by the schema's `subjects`."""
    found: list[str] = []
    for path in schema.subjects:
        value: Any = row.key if path == "key" else row.facts
        for part in [] if path == "key" else path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str) and len(value) == 12 and value.isdecimal():
            found.append(value)
    return found


def view(schema: Schema, row: Record, allowed: frozenset[str] | set[str]) -> RecordView:
    """A row as a reader of this version of the schema may see it."""
    facts = row.facts if row.version == schema.version else shape.seen_as(schema, row.facts, row.version)
    return RecordView(
        register=schema.slug,
        key=row.key,
        data={path: value for path, value in facts.items() if path in allowed},
        source_label=schema.name.vi,
        at=row.recorded_at.astimezone(clock.now().tzinfo).date(),
        record_id=row.pk,
        version=schema.version,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        recorded_at=row.recorded_at,
        superseded_at=row.superseded_at,
    )
