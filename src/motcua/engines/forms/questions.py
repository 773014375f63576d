"""Building one question from its component."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from motcua.engines.forms.components import Bound, Condition, Question, Shape, Text
from motcua.engines.forms.extensions import KINDS, Extensions
from motcua.engines.forms.patterns import compile_pattern

if TYPE_CHECKING:
    from motcua.engines.forms.loading import Compiler

TYPES: Mapping[str, tuple[str, Shape]] = {
    "textfield": ("text", "text"),
    "textarea": ("textarea", "text"),
    "number": ("number", "number"),
    "datetime": ("date", "date"),
    "select": ("select", "choice"),
    "radio": ("radio", "choice"),
    "checkbox": ("checkbox", "boolean"),
    "checklist": ("checklist", "choices"),
    "taglist": ("checklist", "choices"),
    "filepicker": ("file", "files"),
    "expression": ("computed", "text"),
}
"""Component types that hold an answer: the kind of their view, and the shape of the answer."""

TEXT_MAX = {"textfield": 500, "textarea": 10_000}
"""Characters taken when the file sets no `maxLength`."""

CHOICES = frozenset({"select", "radio", "checklist", "taglist"})
MEGABYTE = 1024 * 1024
_KEY = re.compile(r"[^\W\d]\w{0,59}")
_DATES: Mapping[str, tuple[str, Shape]] = {
    "date": ("date", "date"),
    "time": ("time", "time"),
    "datetime": ("group", "datetime"),
}
_INPUT_MODES = {"personal-number": "numeric", "phone": "tel", "email": "email", "money": "numeric"}
_AUTOCOMPLETE = {"phone": "tel", "email": "email"}
_WIDTHS = {"personal-number": 16, "phone": 18, "money": 18, "tax-code": 16}


def joined(within: str, key: object, what: str) -> str:
    """The path of a key under the groups around it. Raises ValueError for a key that FEEL cannot name."""
    if not isinstance(key, str) or not all(_KEY.fullmatch(part) for part in key.split(".")):
        raise ValueError(
            f"{what} must be a name of letters, digits and _ that begins with a letter "
            f"(dots lead into groups: child.name), not {key!r}"
        )
    if key.split(".")[0] in ("this", "parent", "i", "today"):
        raise ValueError(f"{what} {key!r} has a meaning of its own in conditions; choose another name")
    return f"{within}.{key}" if within else key


def build(
    compiler: Compiler,
    raw: Mapping[str, Any],
    base: dict[str, Any],
    properties: Extensions,
    template: str,
    steps: tuple[str, ...],
) -> Question:
    """The question, but for conditions that may name questions further down."""
    kind, shape = TYPES[raw["type"]]
    if raw["type"] == "datetime":
        kind, shape = _DATES[_one_of(raw.get("subtype", "date"), _DATES, "subtype")]
    semantic = _semantic(raw, properties, shape)
    question = Question(**base, kind=kind, shape=shape, template=template, steps=steps, semantic=semantic)
    question.was = properties.text("was")
    question.uppercase = properties.flag("uppercase")
    question.correctable = properties.flag("correctable", True)
    question.autocomplete = properties.text("autocomplete") or _AUTOCOMPLETE.get(semantic, "")
    question.inputmode = _INPUT_MODES.get(semantic, "")
    question.width = properties.whole("width", _WIDTHS.get(semantic, 0), least=0, most=200) or None
    question.default = raw.get("defaultValue")
    question.readonly = raw.get("readonly") is True or raw.get("disabled") is True
    appearance = raw.get("appearance") or {}
    question.prefix = compiler.text(appearance.get("prefixAdorner", ""))
    question.suffix = compiler.text(appearance.get("suffixAdorner", ""))
    if not question.label and raw["type"] != "expression":
        raise ValueError("a question needs a label, by which people and screen readers know it")
    _limit(question, raw)
    if raw["type"] in CHOICES or properties.text("source"):
        _offer(compiler, question, raw, properties)
    if shape == "files":
        _file_limits(question, raw, properties)
    return question


def add_conditions(compiler: Compiler, question: Question, raw: Mapping[str, Any]) -> None:
    """Rules whose limits are FEEL, and computed values."""
    rules = raw.get("validate") or {}
    question.required = _flag(compiler, question, rules.get("required", False), "validate.required")
    if question.optional and question.required:
        raise ValueError("the question is both required and motcua:optional; keep one of them")
    question.min_length = _bound(compiler, question, rules.get("minLength"), "validate.minLength")
    question.max_length = _bound(compiler, question, rules.get("maxLength"), "validate.maxLength")
    question.least = _bound(compiler, question, rules.get("min"), "validate.min")
    question.most = _bound(compiler, question, rules.get("max"), "validate.max")
    if isinstance(raw.get("readonly"), str):
        question.readonly = _flag(compiler, question, raw["readonly"], "readonly")
    if question.type == "expression":
        question.computed = compiler.condition(raw.get("expression"), question, "expression")
        question.readonly = True
    if raw.get("valuesExpression"):
        question.options_by = compiler.condition(raw["valuesExpression"], question, "valuesExpression")
    elif raw.get("valuesKey"):
        question.options_by = compiler.condition(f"={raw['valuesKey']}", question, "valuesKey")
    if rules.get("pattern"):
        question.pattern = compile_pattern(str(rules["pattern"]))
        question.pattern_message = compiler.text(rules.get("patternErrorMessage", ""))


def _semantic(raw: Mapping[str, Any], properties: Extensions, shape: Shape) -> str:
    semantic = properties.text("kind")
    if semantic:
        fits = KINDS[_one_of(semantic, KINDS, "motcua:kind")]
        if raw["type"] not in fits or (semantic == "date-of-birth" and shape != "date"):
            raise ValueError(
                f"motcua:kind {semantic!r} stands on {' or '.join(sorted(fits))}, not {raw['type']}"
            )
        return semantic
    validation = (raw.get("validate") or {}).get("validationType", "")
    if validation and validation != "custom":
        return _one_of(validation, {"email": 0, "phone": 0}, "validate.validationType")
    return ""


def _limit(question: Question, raw: Mapping[str, Any]) -> None:
    digits = raw.get("decimalDigits")
    if digits is not None and (
        isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 10
    ):
        raise ValueError(f"decimalDigits must be a whole number from 0 to 10, not {digits!r}")
    question.decimals = 0 if question.semantic == "money" else digits
    if question.shape == "number":
        question.inputmode = "numeric" if question.decimals == 0 else "decimal"
    question.no_past = raw.get("disallowPassedDates") is True


def _offer(compiler: Compiler, question: Question, raw: Mapping[str, Any], properties: Extensions) -> None:
    question.source = properties.text("source")
    given = [key for key in ("values", "valuesKey", "valuesExpression") if raw.get(key)]
    if len(given) + bool(question.source) != 1:
        raise ValueError("say where the choices come from, once: values, valuesExpression or motcua:source")
    if question.source and compiler.sources is not None:
        question.listed = compiler.sources.get(question.source)
        if question.listed is None:
            known = ", ".join(sorted(compiler.sources)) or "none"
            raise ValueError(f"there is no list {question.source!r} for motcua:source; known lists: {known}")
    hints = properties.family("option-hint")
    options: list[tuple[str, Text, Text]] = []
    for value in raw.get("values") or []:
        if not isinstance(value, Mapping) or not isinstance(value.get("value"), str) or not value["value"]:
            raise ValueError(f'each of values is {{"label": text, "value": non-empty string}}, not {value!r}')
        hint = compiler.text(hints.pop(value["value"], ""))
        options.append((value["value"], _label(compiler, value), hint))
    if len({value for value, _, _ in options}) < len(options):
        raise ValueError("two choices have the same value")
    if hints and given == ["values"]:
        raise ValueError(
            f"motcua:option-hint speaks of a value that is not offered: {', '.join(sorted(hints))}"
        )
    question.options = tuple(options)
    question.option_values = frozenset(value for value, _, _ in options)


def _label(compiler: Compiler, value: Mapping[str, Any]) -> Text:
    return compiler.text(value["label"]) if value.get("label") else Text(value["value"])


def _file_limits(question: Question, raw: Mapping[str, Any], properties: Extensions) -> None:
    question.multiple = raw.get("multiple") is True
    question.accept = tuple(
        part.strip().lower() for part in str(raw.get("accept") or "").split(",") if part.strip()
    )
    question.max_size = properties.whole("max-size", 20 * MEGABYTE, least=1, most=2_000 * MEGABYTE)
    question.max_files = properties.whole("max-files", 10 if question.multiple else 1, least=1, most=100)


def _flag(compiler: Compiler, question: Question, given: object, what: str) -> bool | Condition:
    if isinstance(given, bool):
        return given
    return compiler.condition(given, question, what)


def _bound(compiler: Compiler, question: Question, given: object, what: str) -> Bound:
    if given is None or given == "":
        return None
    if isinstance(given, str) and given.startswith("="):
        return compiler.condition(given, question, what)
    if isinstance(given, int | float | str) and not isinstance(given, bool):
        try:
            return Decimal(str(given))
        except InvalidOperation:
            pass
    raise ValueError(f"{what} must be a number or an =expression, not {given!r}")


def _one_of(given: object, known: Mapping[str, object], what: str) -> str:
    if isinstance(given, str) and given in known:
        return given
    raise ValueError(f"{what} must be one of {', '.join(sorted(known))}, not {given!r}")
