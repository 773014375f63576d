"""A register and version as OpenAPI 3.1: its attributes, its questions, its dimensions."""

from __future__ import annotations

from typing import Any

from motcua.core.registers.schema import Field, Schema
from motcua.core.registers.statistics import dimensions_of

TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
    "list": {"type": "array", "items": {}},
}
CALL = [{"$ref": f"#/components/parameters/{name}"} for name in ("Purpose", "LegalBasis")]
KEY = {"$ref": "#/components/parameters/Key"}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
REFUSALS = {
    str(status): {"description": said, "content": PROBLEM}
    for status, said in (
        (400, "Something in the request is wrong or missing"),
        (401, "Not signed by a known system"),
        (403, "No rule of the register allows it, or consent is missing"),
        (404, "No such record"),
        (409, "Sent before, or changed meanwhile"),
        (422, "The body has another structure"),
    )
}


def describe(schema: Schema, base: str) -> dict[str, Any]:
    """The document; `base` is the address of the register and version."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{schema.name.vi} ({schema.name.en})",
            "version": str(schema.version),
            "description": f"{schema.legal_basis}. Every request is signed and names its purpose: {_uses(schema)}.",
        },
        "servers": [{"url": base}],
        "security": [{"signature": []}],
        "paths": _paths(schema),
        "components": {
            "securitySchemes": {
                "signature": {"type": "apiKey", "in": "header", "name": "X-Request-Signature",
                              "description": "Detached JWS, ES256, over the body; kid, iat, jti, htm, htu."}
            },
            "parameters": _parameters(schema),
            "schemas": _schemas(schema),
        },
    }  # fmt: skip


def _uses(schema: Schema) -> str:
    return ", ".join(f"{rule.use} ({rule.legal_basis})" for rule in schema.rules if rule.partners) or "-"


def _paths(schema: Schema) -> dict[str, Any]:
    record = _answer("Record", "The record")
    record["headers"] = {"ETag": {"schema": {"type": "string"}}}
    paths: dict[str, Any] = {
        "/records/{key}": {
            "get": _operation(
                "read",
                "Read by key",
                [KEY, _query("on", {"type": "string", "format": "date"})],
                {"200": record, "304": {"description": "Unchanged since the ETag given"}},
            ),
            "put": {
                **_operation(
                    "write",
                    "Write at the master",
                    [KEY, _header("If-Match"), _header("If-None-Match")],
                    {
                        "200": {"description": "Written"},
                        "201": {"description": "Made"},
                        "412": {"description": "Not what was read", "content": PROBLEM},
                        "428": {"description": "If-Match is missing", "content": PROBLEM},
                    },
                ),
                "requestBody": _body("Writing"),
            },
        },
        "/records/{key}/history": {
            "get": _operation(
                "history",
                "Every version that ever stood",
                [KEY],
                {"200": _answer("Records", "The versions, newest first")},
            )
        },
        "/records": {
            "get": _operation(
                "search",
                "Search",
                [
                    _query("text", {"type": "string"}),
                    *_criteria(schema),
                    _query("limit", {"type": "integer", "minimum": 0, "maximum": 100}),
                    _query("after", {"type": "integer", "minimum": 0}),
                ],
                {"200": _answer("Records", "The records found")},
            )
        },
        "/changes": {
            "get": _operation(
                "changes",
                "What was written since",
                [
                    _query("limit", {"type": "integer", "minimum": 0, "maximum": 1000}),
                    _query("after", {"type": "integer", "minimum": 0}),
                ],
                {"200": _answer("Changes", "Keys in order")},
            )
        },
    }
    for question in sorted(schema.questions):
        paths[f"/questions/{question}"] = {
            "post": {
                **_operation(
                    f"ask_{question}",
                    f"Yes or no: {question}",
                    [],
                    {"200": _answer("Answer", "Yes, no or unknown")},
                ),
                "requestBody": _body("Asking"),
            }
        }
    if dimensions := dimensions_of(schema):
        by = _query("by", {"type": "string", "examples": [dimensions[0]]}, required=True)
        by["description"] = f"One to three of {', '.join(dimensions)}, with commas"
        paths["/statistics"] = {
            "get": _operation(
                "statistics", "Counts without people", [by], {"200": _answer("Statistics", "Groups")}
            )
        }
    return paths


def _operation(name: str, summary: str, parameters: list[Any], answers: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [*CALL, *parameters],
        "responses": {**answers, **REFUSALS},
    }


def _parameters(schema: Schema) -> dict[str, Any]:
    return {
        "Purpose": {
            **_header("X-Purpose"),
            "required": True,
            "description": "A purpose that the register declares",
        },
        "LegalBasis": {
            **_header("X-Legal-Basis"),
            "required": True,
            "description": "Percent-encoded UTF-8 where it is not ASCII",
        },
        "Key": {
            "name": "key",
            "in": "path",
            "required": True,
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": "^[^\\u0000-\\u001f]+$",
            },
            "description": schema.key.en,
        },
    }


def _schemas(schema: Schema) -> dict[str, Any]:
    data = {path: _field(one) for path, one in schema.fields.items()}
    writable = {path: one for path, one in data.items() if schema.fields[path].master == schema.slug}
    text, moment = {"type": "string"}, {"type": ["string", "null"], "format": "date-time"}
    day = {"type": ["string", "null"], "format": "date"}
    record = {
        "register": text,
        "version": {"type": "integer"},
        "key": text,
        "data": {"$ref": "#/components/schemas/Data"},
        "valid_from": day,
        "valid_until": day,
        "recorded_at": moment,
        "superseded_at": moment,
        "etag": text,
    }
    return {
        "Data": {"type": "object", "properties": data, "additionalProperties": False},
        "Record": {
            "type": "object",
            "properties": record,
            "required": ["register", "version", "key", "data"],
        },
        "Records": {
            "type": "object",
            "properties": {
                "records": {"type": "array", "items": {"$ref": "#/components/schemas/Record"}},
                "next": {"type": ["integer", "null"]},
            },
            "required": ["records"],
        },
        "Writing": {
            "type": "object",
            "properties": {
                "data": {"type": "object", "properties": writable, "additionalProperties": False},
                "valid_from": day,
            },
            "required": ["data"],
        },
        "Asking": {
            "type": "object",
            "properties": {
                "key": {"type": "string", "minLength": 1, "maxLength": 200},
                "value": {"type": "string", "maxLength": 500},
                "years": {"type": "integer"},
            },
            "required": ["key"],
        },
        "Answer": {
            "type": "object",
            "properties": {"question": text, "answer": {"type": ["boolean", "null"]}},
            "required": ["question", "answer"],
        },
        "Statistics": {
            "type": "object",
            "properties": {
                "dimensions": {"type": "array", "items": text},
                "groups": {"type": "array", "items": {"type": "object"}},
                "suppressed": {"type": "integer"},
            },
            "required": ["groups"],
        },
        "Changes": {
            "type": "object",
            "properties": {
                "changes": {"type": "array", "items": {"type": "object"}},
                "next": {"type": "integer"},
            },
            "required": ["changes", "next"],
        },
        "Problem": {
            "type": "object",
            "properties": {
                "type": text,
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "field": text,
            },
            "required": ["title", "status"],
        },
    }


def _field(one: Field) -> dict[str, Any]:
    said = {
        **TYPES[one.type],
        "title": one.title.vi,
        "description": one.title.en,
        "x-master": one.master,
        "x-personal": one.personal,
    }
    return {**said, "enum": list(one.choices)} if one.choices else said


def _criteria(schema: Schema) -> list[dict[str, Any]]:
    return [
        _query(path, {"type": "string"})
        for path, one in schema.fields.items()
        if one.search or (not one.personal and one.type == "text")
    ]


def _answer(name: str, said: str) -> dict[str, Any]:
    return {
        "description": said,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }


def _body(name: str) -> dict[str, Any]:
    return {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }


def _query(name: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": {"type": "string"}}
