"""The `motcua:` properties of form-js components: their names, and how their values are read.

The form-js editor writes every property as a string, so flags may be `"true"` and numbers `"12"`.
`extensions.schema.json` says the same for other tools; README.md explains.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

PREFIX = "motcua:"

NAMES = frozenset(
    {
        *(
            "add",
            "autocomplete",
            "check",
            "correctable",
            "hint",
            "item",
            "kind",
            "max-files",
            "max-items",
            "max-size",
        ),
        *(
            "min-items",
            "name",
            "optional",
            "page",
            "page-hint",
            "page-id",
            "prefill",
            "source",
            "uppercase",
            "was",
            "width",
        ),
    }
)
FAMILIES = ("error.", "option-hint.")

KINDS: Mapping[str, frozenset[str]] = {
    "personal-name": frozenset({"textfield"}),
    "personal-number": frozenset({"textfield"}),
    "phone": frozenset({"textfield"}),
    "email": frozenset({"textfield"}),
    "tax-code": frozenset({"textfield"}),
    "address-unit": frozenset({"textfield", "select"}),
    "money": frozenset({"number"}),
    "date-of-birth": frozenset({"datetime"}),
    "file": frozenset({"filepicker"}),
}
"""Semantic kinds, and the components that may have them."""

RULES: Mapping[str, frozenset[str]] = {
    "required": frozenset(
        {"required", "required_choice", "required_file", "required_checkbox", "required_question"}
    ),
    "min-length": frozenset({"too_short"}),
    "max-length": frozenset({"too_long", "too_long_cut"}),
    "min": frozenset({"too_small"}),
    "max": frozenset({"too_large"}),
    "number": frozenset({"too_many_decimals", "not_whole", "not_a_number", "number_too_long"}),
    "pattern": frozenset({"pattern"}),
    "email": frozenset({"email"}),
    "name": frozenset({"name"}),
    "date": frozenset({"date", "date_incomplete", "date_impossible", "date_year", "date_old"}),
    "future": frozenset({"date_future"}),
    "past": frozenset({"date_past"}),
    "time": frozenset({"time"}),
    "option": frozenset({"option", "option_missing", "option_many"}),
    "file": frozenset({"file_too_big", "file_type", "file_empty", "file_many", "file_refused"}),
    "min-items": frozenset({"few_items"}),
    "max-items": frozenset({"many_items"}),
    "type": frozenset(
        {"type_text", "type_number", "type_boolean", "type_list", "type_group", "type_file"}
        | {"type_date", "type_time", "type_datetime", "readonly", "unknown"}
    ),
    "personal-number": frozenset(),
    "phone": frozenset(),
    "tax-code": frozenset(),
    "text": frozenset(),
    "check": frozenset(),
}
"""The rules a `motcua:error.<rule>` may speak for, and the built-in messages of each."""

RULE_OF = {message: rule for rule, messages in RULES.items() for message in messages}


class Extensions:
    """The `motcua:` properties of one component. Raises ValueError that says how to mend."""

    def __init__(self, properties: object) -> None:
        if not isinstance(properties, Mapping):
            raise ValueError("properties must be an object")
        self._given: dict[str, Any] = {}
        for name, value in properties.items():
            if name.startswith(PREFIX):
                self._given[self._known(name.removeprefix(PREFIX))] = value

    def text(self, name: str) -> str:
        """The property as text, "" when it is not there."""
        value = self._given.get(name, "")
        if not isinstance(value, str):
            raise ValueError(f"{PREFIX}{name} must be a string, not {value!r}")
        return value.strip()

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._given.get(name, default)
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        raise ValueError(f'{PREFIX}{name} must be true or false (or "true", "false"), not {value!r}')

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        value = self._given.get(name, default)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"{PREFIX}{name} must be a whole number from {least} to {most}, not {value!r}")
        return value

    def family(self, name: str) -> dict[str, str]:
        """The properties `motcua:<name>.…` by what follows the dot."""
        start = f"{name}."
        return {full.removeprefix(start): self.text(full) for full in self._given if full.startswith(start)}

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def _known(self, name: str) -> str:
        if name in NAMES:
            return name
        family, dot, rest = name.partition(".")
        if family + dot == "error.":
            if rest not in RULES:
                raise ValueError(f"{PREFIX}{name} speaks for no rule; rules are: {', '.join(sorted(RULES))}")
            return name
        if family + dot in FAMILIES and rest:
            return name
        near = difflib.get_close_matches(name, NAMES, n=1)
        raise ValueError(f"{PREFIX}{name} is no property of ours" + (f"; {PREFIX}{near[0]}?" if near else ""))
