"""The answers of a form as JSON Schema 2020-12."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from motcua.engines.forms.components import Bound, Component, Question, Repeat, Scope
from motcua.engines.forms.questions import TEXT_MAX
from motcua.engines.forms.values import whole_or_float

if TYPE_CHECKING:
    from motcua.engines.forms.form import Form

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_EMPTY: dict[str, Any] = {"type": "null"}
_FORMATS = {"date": "date", "email": "email"}
_PATTERNS = {
    "time": r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
    "datetime": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]$",
    "personal-number": r"^[0-9]{12}$",
}
_FILE = {
    "type": "object",
    "required": ["id", "name", "size", "media_type"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "size": {"type": "integer", "minimum": 1},
        "media_type": {"type": "string"},
        "sha256": {"type": "string"},
    },
    "additionalProperties": False,
}


def of(form: Form, lang: str) -> dict[str, Any]:
    """See Form.to_json_schema. What is asked only sometimes is not required here; `validate` decides."""
    schema = _mapping(form.scope, lang)
    return {"$schema": DIALECT, "title": form.title.said(lang), **schema}


def _mapping(scope: Scope, lang: str) -> dict[str, Any]:
    root: dict[str, Any] = _object()
    members: list[Question | Repeat] = [*scope.questions, *scope.repeats]
    for one in sorted(members, key=lambda one: one.number):
        if isinstance(one, Question) and one.computed is not None:
            continue
        here = root
        needed = _always_needed(one)
        for step in one.steps[:-1]:
            inner = here["properties"].setdefault(str(step), _object())
            if needed and step not in here["required"]:
                here["required"].append(str(step))
            here = inner
        last = str(one.steps[-1])
        here["properties"][last] = _leaf(one, lang, needed) if isinstance(one, Question) else _list(one, lang)
        if needed:
            here["required"].append(last)
    return root


def _object() -> dict[str, Any]:
    return {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def _always_needed(one: Question | Repeat) -> bool:
    if one.guards or (isinstance(one, Question) and (one.default is not None or one.prefill)):
        return False
    around: Component | None = one.parent
    while around is not None and around is not one.repeat:
        if around.optional:
            return False
        around = around.parent
    return one.least_items > 0 if isinstance(one, Repeat) else one.required is True


def _list(repeat: Repeat, lang: str) -> dict[str, Any]:
    return {
        "title": repeat.label.said(lang),
        "type": "array",
        "items": _mapping(repeat.scope, lang),
        "minItems": repeat.least_items,
        "maxItems": repeat.most_items,
    }


def _leaf(question: Question, lang: str, needed: bool) -> dict[str, Any]:
    schema = {"title": question.label.said(lang), **_typed(question, lang)}
    if hint := question.hint.said(lang):
        schema["description"] = hint
    if question.source:
        schema["x-motcua-source"] = question.source
    if question.semantic:
        schema["x-motcua-kind"] = question.semantic
    if needed or "anyOf" in schema:
        return schema
    described: dict[str, Any] = {key: schema.pop(key) for key in ("title", "description") if key in schema}
    return {**described, "anyOf": [schema, _EMPTY]}


def _typed(question: Question, lang: str) -> dict[str, Any]:
    match question.shape:
        case "number":
            whole = question.decimals == 0
            limits = {"minimum": _json(question.least), "maximum": _json(question.most)}
            return {
                "type": "integer" if whole else "number",
                **{name: bound for name, bound in limits.items() if bound is not None},
            }
        case "boolean":
            return {"type": "boolean", **({"const": True} if question.required is True else {})}
        case "choice":
            return _choice(question, lang)
        case "choices":
            return {"type": "array", "uniqueItems": True, "items": _choice(question, lang)}
        case "files":
            return {"type": "array", "items": _FILE, "maxItems": question.max_files}
        case _:
            return _text(question)


def _choice(question: Question, lang: str) -> dict[str, Any]:
    if not question.options:
        return {"type": "string"}
    return {"oneOf": [{"const": one.value, "title": one.label} for one in question.fixed_options(lang)]}


def _text(question: Question) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    kind = question.semantic or question.shape
    if question.shape == "date" or kind in _FORMATS:
        schema["format"] = "date" if question.shape == "date" else _FORMATS[kind]
    if kind in _PATTERNS:
        schema["pattern"] = _PATTERNS[kind]
    elif question.pattern is not None:
        schema["pattern"] = question.pattern.expression.pattern
    if question.shape == "text":
        least, most = _json(question.min_length), _json(question.max_length)
        schema["minLength"] = max(1, least or 0)
        schema["maxLength"] = TEXT_MAX.get(question.type) if most is None else most
    return schema


def _json(bound: Bound) -> Any:
    return whole_or_float(bound) if isinstance(bound, Decimal) else None
