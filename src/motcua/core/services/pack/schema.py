"""The JSON Schemas of the format, and the schema's complaints in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError

from motcua.core.services.pack.faults import Fault, Path
from motcua.core.services.pack.yaml_source import Source

_TYPES = {
    "string": ("một chuỗi chữ", "a text"),
    "integer": ("một số nguyên", "a whole number"),
    "number": ("một số", "a number"),
    "boolean": ("true hoặc false", "true or false"),
    "array": ("một danh sách", "a list"),
    "object": ("các khóa và giá trị", "keys with values"),
    "null": ("null", "null"),
}


@lru_cache(maxsize=4)
def schema(name: str) -> dict[str, Any]:
    """The schema of `service` or `case` files."""
    file = resources.files("motcua.core.services") / "schema" / f"{name}.schema.json"
    loaded: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return loaded


@lru_cache(maxsize=4)
def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(name))


def faults_of(source: Source, name: str) -> Iterator[Fault]:
    """Where a file departs from its schema, each with its line."""
    for error in sorted(
        _validator(name).iter_errors(source.value), key=lambda error: list(map(str, error.path))
    ):
        error = _nearest(error)
        path: Path = tuple(error.absolute_path)
        yield from _told(source, path, error)


def expression_paths(source: Source) -> Iterator[Path]:
    """Every path of a service.yaml at which the schema wants an expression."""
    return _expressions(schema("service"), source.value, ())


def _expressions(rule: Mapping[str, Any], value: Any, path: Path) -> Iterator[Path]:
    if rule.get("$ref") == "#/$defs/expression":
        yield path
        return
    for part in rule.get("anyOf", ()):
        yield from _expressions(part, value, path)
    if isinstance(value, dict):
        others = rule.get("additionalProperties")
        for key, item in value.items():
            inner = rule.get("properties", {}).get(key, others)
            if isinstance(inner, dict):
                yield from _expressions(inner, item, (*path, key))
    elif isinstance(value, list) and isinstance(rule.get("items"), dict):
        for place, item in enumerate(value):
            yield from _expressions(rule["items"], item, (*path, place))


def _nearest(error: ValidationError) -> ValidationError:
    """Of the branches of an anyOf, the complaint that comes closest to what was meant."""
    while error.validator == "anyOf" and error.context:
        error = max(error.context, key=lambda inner: (len(inner.absolute_path), inner.validator != "type"))
    return error


def _told(source: Source, path: Path, error: ValidationError) -> Iterator[Fault]:
    rule, wanted = str(error.validator), error.validator_value
    schema_here: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    if rule == "required" and isinstance(wanted, list):
        for key in wanted:
            if isinstance(error.instance, dict) and key not in error.instance:
                yield source.fault(
                    (*path, key),
                    f"Thiếu khóa “{key}”. {_meaning(schema_here, key)}",
                    f"The key “{key}” is missing. {_meaning(schema_here, key)}",
                )
        return
    if rule == "additionalProperties" and isinstance(error.instance, dict):
        known = list(schema_here.get("properties", {}))
        for key in sorted(set(error.instance) - set(known)):
            near = get_close_matches(str(key), known, n=1)
            hint_vi = f" Có phải “{near[0]}”?" if near else f" Các khóa: {', '.join(known)}."
            hint_en = f" Did you mean “{near[0]}”?" if near else f" Keys: {', '.join(known)}."
            yield source.fault(
                (*path, key), f"Không có khóa “{key}”.{hint_vi}", f"There is no key “{key}”.{hint_en}"
            )
        return
    shown = json.dumps(error.instance, ensure_ascii=False)[:80]
    yield source.fault(path, *_sentence(error, schema_here.get("description", ""), rule, wanted, shown))


def _sentence(error: ValidationError, meaning: str, rule: str, wanted: Any, shown: str) -> tuple[str, str]:
    if rule == "type":
        kinds = [wanted] if isinstance(wanted, str) else list(wanted)
        vi, en = " hoặc ".join(_TYPES[k][0] for k in kinds), " or ".join(_TYPES[k][1] for k in kinds)
        return f"Phải là {vi}, không phải {shown}.", f"This must be {en}, not {shown}."
    if rule in ("enum", "const"):
        choices = ", ".join(map(str, wanted)) if rule == "enum" else str(wanted)
        return (
            f"Phải là một trong: {choices}; không phải {shown}.",
            f"This must be one of: {choices}; not {shown}.",
        )
    if rule == "pattern":
        return (
            f"{shown} không đúng dạng. {meaning} (mẫu {wanted})",
            f"{shown} is not in the right form. {meaning} (pattern {wanted})",
        )
    if rule in ("minItems", "minProperties", "minLength"):
        return f"Phải có ít nhất {wanted}.", f"There must be at least {wanted}."
    if rule == "not":
        return (
            "Dịch vụ toàn trình không có because; hãy xóa.",
            "A fully online service has no because; remove it.",
        )
    return f"{shown}: {error.message}", f"{shown}: {error.message}"


def _meaning(schema_here: dict[str, Any], key: str) -> str:
    rule = schema_here.get("properties", {}).get(key, {})
    return str(rule.get("description", ""))
