"""From facts to a row and back: what is sealed, what is open, and how a row looks to a reader of another version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from motcua.core import clock
from motcua.core.registers import schema as schemas
from motcua.core.registers import terms
from motcua.core.registers.models import Record
from motcua.core.registers.schema import Schema


def row(
    schema: Schema,
    key: str,
    facts: Mapping[str, Any],
    *,
    valid_from: dt.date,
    case_id: int | None = None,
    document_id: int | None = None,
) -> Record:
    """A new row that says `facts` of `key`; not saved."""
    known = dict(facts)
    opened, sealed = apart(schema, known)
    return Record(
        register_id=schema.slug,
        version=schema.version,
        key=key,
        data=opened,
        sealed=sealed,
        terms=terms.of_facts(schema, known),
        valid_from=begin(schema, known, valid_from),
        recorded_at=clock.now(),
        case_id=case_id,
        document_id=document_id,
    )


def begin(schema: Schema, facts: Mapping[str, Any], valid_from: dt.date) -> dt.date:
    """The day from which a version holds; where that would tell a sealed day (of birth, of death), its year's first."""
    told = valid_from.isoformat()
    tells = any(
        field.personal and field.type == "date" and str(facts.get(path, ""))[:10] == told
        for path, field in schema.fields.items()
    )
    return valid_from.replace(month=1, day=1) if tells else valid_from


def apart(schema: Schema, facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what stands open, what is sealed). A field that the schema does not know is taken for personal."""
    opened: dict[str, Any] = {}
    sealed: dict[str, Any] = {}
    for path, value in facts.items():
        field = schema.fields.get(path)
        (sealed if field is None or field.personal else opened)[path] = value
        if field is not None and field.personal and field.statistic == "year" and value:
            opened[f"{path}:year"] = int(str(value)[:4])
    return opened, sealed


def seen_as(schema: Schema, facts: Mapping[str, Any], written: int) -> dict[str, Any]:
    """Facts written under version `written`, as a reader of `schema` expects them."""
    known = dict(facts)
    while written < schema.version:
        written += 1
        known = forward(schemas.of(schema.slug, written), known)
    while written > schema.version:
        known = back(schemas.of(schema.slug, written), known)
        written -= 1
    return known


def forward(schema: Schema, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of the version before as facts of this one: renamed, without what was dropped, defaults filled in."""
    step = schema.step
    known = {step.rename.get(path, path): value for path, value in facts.items() if path not in step.drop}
    return {**step.defaults, **known}


def back(schema: Schema, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of this version as the version before had them; what only this one has is left out."""
    former = {new: old for old, new in schema.step.rename.items()}
    known = schemas.of(schema.slug, schema.version - 1).fields
    return {old: value for path, value in facts.items() if (old := former.get(path, path)) in known}


def names_at(schema: Schema, names: Iterable[str]) -> frozenset[str]:
    """Fields of the newest version by the names that this version has for them; what only that one has is left out."""
    known = set(names)
    for number in range(schemas.of(schema.slug).version, schema.version, -1):
        former = {new: old for old, new in schemas.of(schema.slug, number).step.rename.items()}
        known = {former.get(path, path) for path in known}
    return frozenset(known & set(schema.fields))


def lost(schema: Schema, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What of the facts of the version before has no place in this one."""
    return {
        path: value
        for path, value in facts.items()
        if value not in (None, "") and schema.step.rename.get(path, path) not in schema.fields
    }
