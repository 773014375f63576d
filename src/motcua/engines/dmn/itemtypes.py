"""Item definitions as FEEL types with constraints (DMN 1.5, 7.3.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from motcua.engines.dmn.xml import attribute, child, children, local, text_of
from motcua.engines.feel.types import ANY, SIMPLE, ContextOf, FunctionOf, ListOf, Type

Allows = Callable[[Any], bool]


@dataclass
class Constrained(Type):
    """A type with the values its author allows."""

    base: Type
    allows: Allows
    name: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        self.name = self.name or self.base.name

    def holds(self, value: Any) -> bool:
        return self.base.holds(value)

    def accepts(self, value: Any) -> bool:
        return self.base.accepts(value) and (value is None or self.allows(value))

    def above(self, other: Type) -> bool:
        return self.base.above(other.base if isinstance(other, Constrained) else other)

    def constraint(self) -> str:
        return self.text


class Deferred(Type):
    """A reference to a definition that may stand later in the file."""

    def __init__(self, name: str, find: Callable[[str], Type | None]) -> None:
        self.name = name
        self._find = find
        self._found: Type | None = None
        self._asking = False

    @property
    def target(self) -> Type:
        if self._found is None:
            if self._asking:
                return ANY
            self._asking = True
            found = self._find(self.name)
            while isinstance(found, Deferred):
                found = found.target
            self._found = found or ANY
            self._asking = False
        return self._found

    def holds(self, value: Any) -> bool:
        return self.target.holds(value)

    def accepts(self, value: Any) -> bool:
        return self.target.accepts(value)

    def above(self, other: Type) -> bool:
        return self.target.above(other.target if isinstance(other, Deferred) else other)

    def constraint(self) -> str:
        return self.target.constraint()


def settled(item_type: Type) -> Type:
    """The type itself behind references and constraints."""
    while isinstance(item_type, Deferred | Constrained):
        item_type = item_type.target if isinstance(item_type, Deferred) else item_type.base
    return item_type


class TypeBook:
    """The types a model defines, by name; those of imported models as "import.name"."""

    def __init__(self, tests: Callable[[str, etree._Element], Allows]) -> None:
        self._tests = tests
        self.types: dict[str, Type] = {}
        self.component_names: set[str] = set()

    def define(self, definition: etree._Element) -> None:
        self.types[attribute(definition, "name")] = self._item(definition)

    def find(self, name: str) -> Type | None:
        name = name.strip()
        if ":" in name:  # DMN 1.1 wrote types as qualified names
            name = name.rsplit(":", 1)[1]
        return SIMPLE.get(name) or self.types.get(name)

    def reference(self, name: str) -> Type | None:
        """The type of a typeRef attribute; None when there is none or nothing is known of it."""
        name = name.strip()
        if not name:
            return None
        found = self.find(name)
        return found if found is not None else Deferred(name, self.find)

    def _item(self, definition: etree._Element) -> Type:
        name = attribute(definition, "name")
        components = list(children(definition, "itemComponent"))
        function = child(definition, "functionItem")
        base: Type
        if components:
            fields = {attribute(part, "name"): self._item(part) for part in components}
            self.component_names.update(fields)
            base = ContextOf(fields, name)
        elif function is not None:
            base = self._function(function)
        else:
            reference = child(definition, "typeRef")
            text = "".join(str(t) for t in reference.itertext()) if reference is not None else ""
            base = self.reference(text) or ANY
        base = self._allowed(definition, "allowedValues", base, name)
        if attribute(definition, "isCollection") == "true":
            base = ListOf(base, name)
        return self._allowed(definition, "typeConstraint", base, name)

    def _function(self, function: etree._Element) -> Type:
        params = tuple(
            self.reference(attribute(p, "typeRef")) or ANY for p in children(function, "parameters")
        )
        return FunctionOf(params, self.reference(attribute(function, "outputTypeRef")) or ANY)

    def _allowed(self, definition: etree._Element, element: str, base: Type, name: str) -> Type:
        found = child(definition, element)
        text = text_of(found)
        if found is None or not text:
            return base
        return Constrained(base, self._tests(text, definition), name, text)


__all__ = ["Constrained", "Deferred", "TypeBook", "local", "settled"]
