"""Records of any register: by key, by what they say, through time. Every look says who, why and in which case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.ledger.actor import Actor
from motcua.core.registers import access, reading, shape, terms
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Record, Register
from motcua.core.registers.reading import Alone, RecordView
from motcua.core.registers.schema import Schema


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
    use: str = access.SERVICE,
    version: int = 0,
    partner: str = "",
    alone: Alone | None = None,
) -> RecordView | None:
    """The record of `key` as it was on a day, and as known at a moment; logged as one look.

    `purpose` is what the person will read; `use` is the purpose by which the schema says who may see which fields
    (else NotAllowed). `version` is that of the schema the reader knows, 0 the newest. `alone` makes the look a
    transaction of its own, in one statement, where there is none around it and `reading.can_look_at_once`.
    """
    schema = schemas.of(register, version)
    allowed = _allowed(schema, actor, "read", use, partner=partner)
    if fields is not None:
        allowed = allowed & frozenset(fields)
    if known_at is None and reading.can_look_at_once(schema):
        day = on or clock.today()
        return reading.look(
            actor, schema, key, purpose=purpose, case_id=case_id, day=day, allowed=allowed, alone=alone
        )
    if alone is not None:
        raise ValueError("such a look takes more than one statement: open a transaction for it")
    rows = _as_of(Record.objects.filter(register_id=register, key=key), on, known_at)
    found = list(rows.order_by("-valid_from")[:1])
    reading.log(actor, schema, found, purpose, case_id)
    return reading.view(schema, found[0], allowed) if found else None


def find(
    actor: Actor, register: str, *, purpose: str, case_id: int | None = None, limit: int = 20, **criteria: Any
) -> list[RecordView]:
    """Records whose attributes equal the criteria, today; one look in the log."""
    return search(
        actor, register, purpose=purpose, case_id=case_id, limit=limit, criteria=criteria, act="read"
    )


def search(
    actor: Actor,
    register: str,
    text: str = "",
    *,
    purpose: str,
    criteria: Mapping[str, Any] | None = None,
    any_of: Mapping[str, Any] | None = None,
    case_id: int | None = None,
    use: str = access.SERVICE,
    act: str = "search",
    version: int = 0,
    limit: int = 20,
    after: int = 0,
    partner: str = "",
) -> list[RecordView]:
    """Records in force today whose words begin as those of `text` and whose attributes equal `criteria`
    (of `any_of`, one is enough); those after the row `after`; one look in the log.

    Raises UserError for a field that cannot be searched, NotAllowed by the schema's rules.
    """
    schema = schemas.of(register, version)
    allowed = _allowed(schema, actor, act, use, partner=partner)
    rows = _as_of(Record.objects.filter(register_id=register), None, None)
    rows = rows.filter(*_conditions(schema, criteria or {}))
    if any_of:
        rows = rows.filter(terms__overlap=[terms.exact(schema, path, one) for path, one in any_of.items()])
    if text:
        asked = terms.of_text(schema, schema.name_field, text)
        rows = rows.filter(terms__contains=asked) if asked else rows.none()
    found: list[Record] = []
    while len(found) < limit:
        some = list(rows.filter(pk__gt=after).order_by("pk")[:limit])
        found += [row for row in some if _holds(schema, row, text, criteria, any_of)]
        if len(some) < limit:
            break
        after = some[-1].pk
    found = found[:limit]
    reading.log(actor, schema, found, purpose, case_id)
    return [reading.view(schema, row, allowed) for row in found]


def history(
    actor: Actor, register: str, key: str, *, purpose: str, use: str = access.SERVICE, version: int = 0,
    case_id: int | None = None, partner: str = "",
) -> list[RecordView]:  # fmt: skip
    """Every version of a record that ever stood, newest first: superseded ones too."""
    schema = schemas.of(register, version)
    allowed = _allowed(schema, actor, "history", use, partner=partner)
    rows = list(Record.objects.filter(register_id=register, key=key).order_by("-recorded_at", "-pk")[:200])
    reading.log(actor, schema, rows, purpose, case_id)
    return [reading.view(schema, row, allowed) for row in rows]


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


def in_force(rows: QuerySet[Record]) -> QuerySet[Record]:
    """Of the versions, those in force today as known now."""
    return _as_of(rows, None, None)


def _allowed(schema: Schema, actor: Actor, act: str, use: str, *, partner: str) -> frozenset[str]:
    """What of a version the actor may see: by the rules in force today, whatever the version's own were."""
    newest = schemas.of(schema.slug)
    allowed = access.fields_for(newest, actor, act, use, partner=partner)
    if newest.version == schema.version:
        return allowed
    return frozenset(schema.fields) if allowed >= set(newest.fields) else shape.names_at(schema, allowed)


def _as_of(rows: QuerySet[Record], on: dt.date | None, known_at: dt.datetime | None) -> QuerySet[Record]:
    """Of the versions, those in force on `on` (today) and known at `known_at` (now)."""
    day = on or clock.today()
    rows = rows.filter(valid_from__lte=day).filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))
    if known_at is None:
        return rows.filter(superseded_at__isnull=True)
    return rows.filter(recorded_at__lte=known_at).filter(
        Q(superseded_at__isnull=True) | Q(superseded_at__gt=known_at)
    )


def _conditions(schema: Schema, criteria: Mapping[str, Any]) -> list[Q]:
    """What open fields must hold, and the terms of sealed ones."""
    opened: dict[str, Any] = {}
    asked: list[int] = []
    for path, value in criteria.items():
        field = schema.field(path)
        if field.search == "exact":
            asked.append(terms.exact(schema, path, value))
        elif field.search == "words":
            asked += terms.of_text(schema, path, str(value))
        elif field.personal:
            raise UserError(
                f"Không tìm được theo “{field.title.vi}”.", f"{field.title.en!r} cannot be searched.", path
            )
        else:
            opened[path] = value
    return ([Q(data__contains=opened)] if opened else []) + ([Q(terms__contains=asked)] if asked else [])


def _holds(
    schema: Schema,
    row: Record,
    text: str,
    criteria: Mapping[str, Any] | None,
    any_of: Mapping[str, Any] | None,
) -> bool:
    """Whether an opened row is what was asked for: terms may meet by chance, and words out of order."""
    facts = row.facts if row.version == schema.version else shape.seen_as(schema, row.facts, row.version)
    return (
        (not text or terms.holds(facts.get(schema.name_field), text))
        and all(_equal(schema, facts, path, value) for path, value in (criteria or {}).items())
        and (not any_of or any(_equal(schema, facts, path, value) for path, value in any_of.items()))
    )


def _equal(schema: Schema, facts: Mapping[str, Any], path: str, value: Any) -> bool:
    if schema.fields[path].search == "words":
        return terms.holds(facts.get(path), str(value))
    known = facts.get(path)
    wanted = str(value).strip().casefold()
    return wanted in [str(one).strip().casefold() for one in (known if isinstance(known, list) else [known])]
