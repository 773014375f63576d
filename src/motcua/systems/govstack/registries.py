"""Digital Registries: records of our registers, by the rules that their schemas have for the calling system.

A system may what a rule of the schema names it for (`partners: [INSTANCE/CLASS/MEMBER/SUBSYSTEM]`), under the first
such purpose. Records are never removed: a DELETE of what is not there is done already (204), any other is refused.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from motcua.core.errors import Conflict, NotAllowed, NotFound
from motcua.core.ledger import queries as ledger
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.registers import access, actions, queries
from motcua.core.registers import schema as schemas
from motcua.core.registers.reading import RecordView
from motcua.core.registers.schema import Schema
from motcua.systems.govstack import naming
from motcua.systems.govstack.databases import rule_for, version_of
from motcua.systems.govstack.speaking import NotSaid, body_of, face, number, part

MOST = 500
WHY = "GovStack Digital Registries"


@face("GET")
def listing(request: HttpRequest, actor: Actor, registry: str, version: str) -> HttpResponse:
    """Records: `search` is the value of the field named in `filter`; `page` and `pagesize`; `ordering` by a field."""
    schema = _schema(registry, version)
    wanted: dict[str, Any] = {}
    if request.GET.get("filter") and request.GET.get("search"):
        key, wanted = naming.split(schema, {request.GET["filter"]: request.GET["search"]})
        wanted |= {naming.KEY: key} if key else {}
    found = _find(actor, schema, wanted, "search")
    order = request.GET.get("ordering", "")
    if order:
        path = "" if order.lstrip("-") == naming.KEY else naming.inside(schema, order.lstrip("-"))
        found.sort(
            key=lambda one: str(one.data.get(path, "") if path else one.key), reverse=order.startswith("-")
        )
    page, size = number(request, "page", 1, 10**6), number(request, "pagesize", MOST, MOST)
    shown = found[(page - 1) * size : page * size]
    here = request.build_absolute_uri(reverse("govstack:listing", args=[registry, version]))
    more = page * size < len(found)
    return JsonResponse(
        {
            "count": len(found),
            "next": f"{here}?page={page + 1}&pagesize={size}" if more else "",
            "previous": f"{here}?page={page - 1}&pagesize={size}" if page > 1 else None,
            "results": [naming.content(one.key, one.data) for one in shown],
        }
    )


@face("POST")
def create(request: HttpRequest, actor: Actor, registry: str, version: str) -> HttpResponse:
    """Write a new record. The same once more is the same record; another under its ID is refused (409)."""
    schema = _schema(registry, version)
    key, facts = naming.split(schema, part(body_of(request), "write", "content"))
    if not key:
        raise NotSaid("Thiếu ID.", "ID is needed.", naming.KEY)
    standing = _of_key(actor, schema, key)
    if standing is not None and any(standing.data.get(path) != value for path, value in facts.items()):
        raise Conflict("Đã có bản ghi mang ID này.", "There is another record of that ID.", naming.KEY)
    return JsonResponse({"content": _write(actor, schema, key, facts)})


@face("POST")
def read(request: HttpRequest, actor: Actor, registry: str, version: str) -> HttpResponse:
    schema = _schema(registry, version)
    found = _first(actor, schema, part(body_of(request), "query", "content"))
    if found is None:
        raise NotFound()
    return JsonResponse({"content": naming.content(found.key, found.data)})


@face("POST")
def exists(request: HttpRequest, actor: Actor, registry: str, version: str) -> HttpResponse:
    """The content stands bare in the body, or under `query` as elsewhere."""
    schema = _schema(registry, version)
    said = body_of(request)
    found = _first(actor, schema, part(said, "query", "content") if "query" in said else said)
    message = "Object found from database" if found else "no record found"
    return JsonResponse({"answer": {"status": found is not None, "message": message}})


@face("PUT")
def update(request: HttpRequest, actor: Actor, registry: str, version: str) -> HttpResponse:
    """Change the one record that fits. Without a query nothing is changed, and what no record fits is no fault."""
    schema = _schema(registry, version)
    said = body_of(request)
    query, change = part(said, "query", "content"), part(said, "write", "content")
    found = _first(actor, schema, query) if query else None
    written = _change(actor, schema, found, change) if found else {}
    return JsonResponse({"query": {"content": query}, "write": {**written, "content": written}})


@face("PUT")
def update_entries(request: HttpRequest, actor: Actor, registry: str, version: str) -> HttpResponse:
    """Change every record that fits."""
    schema = _schema(registry, version)
    said = body_of(request)
    query, change = part(said, "query", "content"), part(said, "write", "content")
    found = _find(actor, schema, query, "search") if query else []
    for one in found:
        _change(actor, schema, one, {name: value for name, value in change.items() if name != naming.KEY})
    return JsonResponse({"count": len(found)})


@face("POST")
def update_or_create(request: HttpRequest, actor: Actor, registry: str, version: str) -> HttpResponse:
    schema = _schema(registry, version)
    said = body_of(request)
    query, change = part(said, "query", "content"), part(said, "write", "content")
    found = _first(actor, schema, query) if query else None
    if found is not None:
        return JsonResponse({"content": _change(actor, schema, found, change)})
    key, facts = naming.split(schema, {**query, **change})
    if not key:
        raise NotSaid("Thiếu ID.", "ID is needed.", naming.KEY)
    return JsonResponse({"content": _write(actor, schema, key, facts)})


@face("DELETE")
def delete(request: HttpRequest, actor: Actor, registry: str, version: str, key: str) -> HttpResponse:
    schema = _schema(registry, version)
    if _of_key(actor, schema, key) is None:
        return HttpResponse(status=204)
    raise NotAllowed(
        "Bản ghi không bị xóa, chỉ được ghi tiếp.", "Records are not removed: write what holds now."
    )


@face("GET")
def read_value(
    request: HttpRequest, actor: Actor, registry: str, version: str, key: str, field: str, ext: str
) -> HttpResponse:
    """One value of a record; `ext` is how it is given: json, or as text."""
    schema = _schema(registry, version)
    found = _of_key(actor, schema, key)
    path = "" if field == naming.KEY else naming.inside(schema, field)
    if found is None or (path and path not in found.data):
        raise NotFound()
    value = found.data[path] if path else found.key
    if ext == "txt":
        return HttpResponse(str(value), content_type="text/plain; charset=utf-8")
    return JsonResponse(value, safe=False)


@face("GET")
def personal_data_usage(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who looked at the data of a person in a registry: told only to a system that may read that registry's history."""
    person = request.GET.get("userID") or request.GET.get("userId") or ""
    wanted = request.GET.get("DatabaseID") or request.GET.get("databaseId") or ""
    if not person.isdecimal() or not wanted.isdecimal():
        raise NotSaid("userID và DatabaseID phải là số.", "userID and DatabaseID must be numbers.", "userID")
    row = version_of(int(wanted))
    rule_for(actor, schemas.of(row.register_id), "history")
    with acting(SYSTEM):
        looks = [one for one in ledger.reads_of(person) if one.register == row.register_id]
    return JsonResponse(
        [
            {"reader_id": one.actor_kind, "reader_institution": one.who, "read_date": one.at.isoformat(),
             "read_purpose": one.purpose, "read_data_field": [], "row_registry": one.register}
            for one in looks
        ],
        safe=False,
    )  # fmt: skip


# ---- within


def _schema(registry: str, version: str) -> Schema:
    """The published schema; `1.0` is version 1. Raises NotFound."""
    whole, _, rest = version.partition(".")
    if not whole.isdecimal() or rest.strip("0") or len(whole) > 6 or int(whole) == 0:
        raise NotFound()
    return schemas.of(registry, int(whole))


def _of_key(actor: Actor, schema: Schema, key: str) -> RecordView | None:
    use = rule_for(actor, schema, "read")
    return queries.read(
        actor, schema.slug, key, purpose=WHY, use=use, version=schema.version, partner=actor.label
    )


def _find(actor: Actor, schema: Schema, said: dict[str, Any], act: str) -> list[RecordView]:
    key, facts = naming.split(schema, said)
    if key:
        one = _of_key(actor, schema, key)
        return (
            [one]
            if one is not None and all(one.data.get(path) == value for path, value in facts.items())
            else []
        )
    return queries.search(
        actor, schema.slug, purpose=WHY, criteria=facts, use=rule_for(actor, schema, act), act=act,
        version=schema.version, limit=MOST, partner=actor.label,
    )  # fmt: skip


def _first(actor: Actor, schema: Schema, said: dict[str, Any]) -> RecordView | None:
    if not said:
        raise NotSaid("Thiếu nội dung cần tìm.", "Say what is looked for.", "content")
    return next(iter(_find(actor, schema, said, "read")), None)


def _change(actor: Actor, schema: Schema, found: RecordView, change: dict[str, Any]) -> dict[str, Any]:
    key, facts = naming.split(schema, change)
    if key and key != found.key:
        raise NotSaid("ID của bản ghi không đổi được.", "A record's ID cannot be changed.", naming.KEY)
    return _write(actor, schema, found.key, facts)


def _write(actor: Actor, schema: Schema, key: str, facts: dict[str, Any]) -> dict[str, Any]:
    use = rule_for(actor, schema, "write")
    allowed = access.fields_for(schema, actor, "write", use, partner=actor.label)
    if beyond := sorted(set(facts) - allowed):
        raise NotAllowed(f"Không được ghi: {', '.join(beyond)}.", f"May not be written: {', '.join(beyond)}.")
    record = actions.write(actor, schema.slug, key, facts)
    return naming.content(key, record.facts)
