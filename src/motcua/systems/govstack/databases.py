"""Digital Registries, databases: the schemas of our registers, to read, and to draft anew where granted.

What is drafted here is published by a second person in the pages of registers; nothing that holds data is removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from motcua.core.errors import NotAllowed, NotFound
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.registers import access, versions
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import SchemaVersion, VersionState
from motcua.core.registers.schema import Schema
from motcua.systems.govstack import callers, naming
from motcua.systems.govstack.speaking import NotSaid, body_of, face, part

THEIR_TYPES = {"text": "string", "date": "string", "datetime": "string", "list": "array"}
OUR_TYPES = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "object",
}
LARGEST = 2**31


@face("GET")
def databases(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The registries that the caller may do anything with, in one group."""
    rows = SchemaVersion.objects.select_related("register").order_by("id")
    shown = [
        _database(row) for row in rows if access.uses_of(_parsed(row), actor, "read", partner=actor.label)
    ]
    return JsonResponse(
        {"id": 1, "name": "Registers", "code": "REG", "databases": shown, "group_id": 1, "order": 1,
         "data_index_increment": len(shown)}
    )  # fmt: skip


@face("GET", "DELETE")
def database(request: HttpRequest, actor: Actor, database_id: int) -> HttpResponse:
    """GET: one schema. DELETE: a draft; a published one holds data and stays (403)."""
    if request.method == "GET":
        row = version_of(database_id)
        rule_for(actor, _parsed(row), "read")
        return JsonResponse(_database(row))
    row = version_of(database_id)
    callers.may_draft(actor, row.register_id)
    with acting(SYSTEM):
        versions.withdraw_draft(actor, row.register_id, row.number)
    return JsonResponse("Success", safe=False)


@face("POST")
def modify(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Draft the next version of the database with this `id`: `schema.properties` are added to it, or change what they
    name. What they do not name stays. Answered with the draft (`is_draft`)."""
    said = body_of(request)
    given = said.get("id")
    if not isinstance(given, int) or isinstance(given, bool):
        raise NotSaid("Thiếu id của cơ sở dữ liệu.", "id: the number of a database is needed.", "id")
    row = version_of(given)
    callers.may_draft(actor, row.register_id)
    latest = SchemaVersion.objects.filter(register_id=row.register_id).order_by("-number")[0]
    definition = _changed(latest, part(said, "schema", "properties"))
    with acting(SYSTEM):
        drafted = versions.draft(actor, row.register_id, definition)
    return JsonResponse(_database(version_of(drafted.pk)))


def version_of(database_id: int) -> SchemaVersion:
    """The schema's version of this number. Raises NotFound."""
    row = None
    if database_id < LARGEST:
        row = SchemaVersion.objects.select_related("register").filter(pk=database_id).first()
    if row is None:
        raise NotFound()
    return row


def rule_for(actor: Actor, schema: Schema, act: str) -> str:
    """The purpose under which the caller may do `act`. Raises NotAllowed."""
    for rule in access.uses_of(schema, actor, act, partner=actor.label):
        return rule.use
    raise NotAllowed(
        f"{actor.label} chưa được phép làm việc này với {schema.slug}.",
        f"{actor.label} has no right to {act} of {schema.slug}.",
    )


def _changed(latest: SchemaVersion, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The definition with these properties; a published version's own migration is not done twice."""
    schema = _parsed(latest)
    definition = {name: value for name, value in latest.definition.items() if name != "order"}
    if latest.state == VersionState.PUBLISHED:
        definition.pop("from_previous", None)
    attributes = {name: dict(value) for name, value in definition["attributes"].items()}
    for name, said in properties.items():
        if name == naming.KEY:
            continue
        if not isinstance(said, dict) or said.get("type") not in OUR_TYPES:
            raise NotSaid(
                f"“{name}”: kiểu phải là một trong {', '.join(OUR_TYPES)}.",
                f"{name}: type must be one of {', '.join(OUR_TYPES)}.",
                name,
            )
        path = naming.path_of(name)
        standing = attributes.get(path)
        title = str(said.get("description") or (standing or {}).get("en") or name)
        if standing is None:
            attributes[path] = {"type": OUR_TYPES[said["type"]], "vi": title, "en": title}
        else:
            kept = THEIR_TYPES.get(standing["type"], standing["type"]) == said["type"]
            attributes[path] |= {"en": title, **({} if kept else {"type": OUR_TYPES[said["type"]]})}
    if attributes == {name: dict(schema_field) for name, schema_field in definition["attributes"].items()}:
        raise NotSaid(
            f"Không có gì thay đổi ở “{schema.slug}”.", f"Nothing of {schema.slug!r} changes.", "schema"
        )
    return {**definition, "attributes": attributes}


def _database(row: SchemaVersion) -> dict[str, Any]:
    schema = _parsed(row)
    properties = {
        naming.outside(path): {
            "type": THEIR_TYPES.get(one.type, one.type),
            "description": one.title.en,
            "id": place,
        }
        for place, (path, one) in enumerate(schema.fields.items(), start=2)
    }
    key = {naming.KEY: {"type": "string", "primaryKey": True, "description": schema.key.en, "id": 1}}
    return {
        "id": row.pk,
        "version": str(row.number),
        "name": schema.name.en,
        "description": schema.legal_basis,
        "institution": schema.owner,
        "schema": {"type": "object", "properties": {**key, **properties}, "required": [naming.KEY]},
        "is_draft": row.state == VersionState.DRAFT,
        "is_disabled": False,
        "is_archived": False,
        "modified_at": (row.published_at or row.written_at).isoformat(),
        "by_user_name": row.written_by,
    }


def _parsed(row: SchemaVersion) -> Schema:
    return schemas.parse(row.register_id, row.definition, row.number)
