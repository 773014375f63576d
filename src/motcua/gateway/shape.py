"""Dataclasses from JSON and their JSON Schema: one description of a file's shape, read strictly.

Supported are str, int, bool, moments (RFC 3339, UTC), string enums, nested dataclasses, tuples of these, and
`X | None`. A field without a default is required; a field that the class does not have is refused.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
DRAFT = "https://json-schema.org/draft/2020-12/schema"


class ShapeError(ValueError):
    """The JSON does not have the shape; the message begins with the place, as in `members[2].code`."""


def read_shape(kind: type[T], value: object, place: str = "") -> T:
    """`value` (parsed JSON) as an instance of the dataclass `kind`. Raises ShapeError."""
    if not isinstance(value, Mapping):
        raise ShapeError(f"{place or 'the document'}: an object is expected, not {_told(value)}")
    known = _fields(cast(Hashable, kind))
    for name in value:
        if name not in known:
            raise ShapeError(f"{_join(place, name)}: unknown field; known are {', '.join(known)}")
    read: dict[str, Any] = {}
    for name, (field, expected) in known.items():
        if name in value:
            read[name] = _value(expected, value[name], _join(place, name))
        elif _required(field):
            raise ShapeError(f"{_join(place, name)}: missing")
    try:
        return kind(**read)
    except ShapeError as error:
        raise ShapeError(f"{place}: {error}" if place else str(error)) from error


def write_shape(value: Any) -> Any:
    """The JSON of a dataclass, as `read_shape` takes it; fields at their default are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: write_shape(getattr(value, each.name))
            for each in fields(value)
            if _required(each) or getattr(value, each.name) != _default(each)
        }
    if isinstance(value, tuple):
        return [write_shape(each) for each in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.value if isinstance(value, Enum) else value


def json_schema(kind: type, title: str = "") -> dict[str, Any]:
    """JSON Schema (2020-12) of the dataclass `kind`."""
    definitions: dict[str, Any] = {}
    schema = {"$schema": DRAFT, **_object_schema(kind, definitions)}
    return {**schema, **({"title": title} if title else {}), "$defs": definitions}


@cache
def _fields(kind: Any) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return {each.name: (each, hints[each.name]) for each in fields(kind)}


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _told(value: object) -> str:
    return "null" if value is None else f"{type(value).__name__} {str(value)[:60]!r}"


def _value(expected: Any, value: object, place: str) -> Any:
    origin = get_origin(expected)
    if origin in (Union, types.UnionType):
        inner = next(each for each in get_args(expected) if each is not types.NoneType)
        return None if value is None else _value(inner, value, place)
    if origin is tuple:
        if not isinstance(value, list):
            raise ShapeError(f"{place}: a list is expected, not {_told(value)}")
        return tuple(
            _value(get_args(expected)[0], each, f"{place}[{number}]") for number, each in enumerate(value)
        )
    if is_dataclass(expected) and isinstance(expected, type):
        return read_shape(expected, value, place)
    if isinstance(expected, type) and issubclass(expected, Enum):
        try:
            return expected(value)
        except ValueError:
            allowed = ", ".join(str(each.value) for each in expected)
            raise ShapeError(f"{place}: {_told(value)} is none of {allowed}") from None
    if expected is dt.datetime:
        return _moment(value, place)
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise ShapeError(f"{place}: {expected.__name__} is expected, not {_told(value)}")
    return value


def _moment(value: object, place: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ShapeError(f"{place}: a moment such as 2026-11-22T08:00:00Z is expected, not {_told(value)}")
    return moment.astimezone(dt.UTC)


def _object_schema(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    known = _fields(kind)
    required = [name for name, (field, _) in known.items() if _required(field)]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _schema(expected, definitions) for name, (_, expected) in known.items()},
        **({"required": required} if required else {}),
    }


def _schema(expected: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(expected)
    if origin in (Union, types.UnionType):
        inner = next(each for each in get_args(expected) if each is not types.NoneType)
        return {"anyOf": [_schema(inner, definitions), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _schema(get_args(expected)[0], definitions)}
    if is_dataclass(expected) and isinstance(expected, type):
        if expected.__name__ not in definitions:
            definitions[expected.__name__] = {}
            definitions[expected.__name__] = _object_schema(expected, definitions)
        return {"$ref": f"#/$defs/{expected.__name__}"}
    if isinstance(expected, type) and issubclass(expected, Enum):
        return {"enum": [each.value for each in expected]}
    if expected is dt.datetime:
        return {"type": "string", "format": "date-time"}
    return {"type": {str: "string", int: "integer", bool: "boolean"}[expected]}
