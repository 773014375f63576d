"""FEEL types (DMN 1.5, 10.3.2.9): what conforms to them and which values become them implicitly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from motcua.engines.feel import nodes as n
from motcua.engines.feel import temporal
from motcua.engines.feel.far import make_moment
from motcua.engines.feel.values import Fault, Function, Range, UserFunction, kind


class Type:
    """A set of values. Null belongs to every type; `instance of` asks for a value beside that."""

    name = "Any"

    def holds(self, value: Any) -> bool:
        """Whether the value conforms to the type."""
        return True

    def accepts(self, value: Any) -> bool:
        """As holds, and within what the type's author allows (item definitions' constraints)."""
        return self.holds(value)

    def above(self, other: Type) -> bool:
        """Whether every value of `other` belongs to this type."""
        return True

    def constraint(self) -> str:
        """What the type's author allows, as written; "" when nothing is said."""
        return ""


ANY = Type()


@dataclass
class Kind(Type):
    """A type that is one kind of value: number, string, date …"""

    name: str

    def holds(self, value: Any) -> bool:
        return value is None or kind(value) == self.name

    def above(self, other: Type) -> bool:
        return other.name == self.name


def _once(values: list[Any]) -> Iterable[Any]:
    """The items, each object once: a list that holds one list twice, and so on, is not gone through 2ⁿ times."""
    return {id(value): value for value in values}.values() if len(values) > 1 else values


@dataclass
class ListOf(Type):
    of: Type
    name: str = "list"

    def holds(self, value: Any) -> bool:
        return value is None or (
            isinstance(value, list) and all(self.of.holds(item) for item in _once(value))
        )

    def accepts(self, value: Any) -> bool:
        return value is None or (
            isinstance(value, list) and all(self.of.accepts(item) for item in _once(value))
        )

    def above(self, other: Type) -> bool:
        return isinstance(other, ListOf) and self.of.above(other.of)


@dataclass
class RangeOf(Type):
    of: Type
    name: str = "range"

    def holds(self, value: Any) -> bool:
        return value is None or (
            isinstance(value, Range) and self.of.holds(value.start) and self.of.holds(value.end)
        )

    def above(self, other: Type) -> bool:
        return isinstance(other, RangeOf) and self.of.above(other.of)


@dataclass
class ContextOf(Type):
    fields: dict[str, Type] = field(default_factory=dict)
    name: str = "context"

    def holds(self, value: Any) -> bool:
        return value is None or (
            isinstance(value, dict)
            and all(key in value and part.holds(value[key]) for key, part in self.fields.items())
        )

    def accepts(self, value: Any) -> bool:
        return value is None or (
            isinstance(value, dict)
            and all(key in value and part.accepts(value[key]) for key, part in self.fields.items())
        )

    def above(self, other: Type) -> bool:
        return isinstance(other, ContextOf) and all(
            key in other.fields and part.above(other.fields[key]) for key, part in self.fields.items()
        )


@dataclass
class FunctionOf(Type):
    params: tuple[Type, ...] | None = None
    result: Type = field(default_factory=lambda: ANY)
    name: str = "function"

    def holds(self, value: Any) -> bool:
        if value is None:
            return True
        if not isinstance(value, Function):
            return False
        if self.params is None:
            return True
        if isinstance(value, UserFunction):
            return self._fits(tuple(t or ANY for t in value.types), value.result)
        return any(s.required <= len(self.params) <= len(s.params) or s.variadic for s in value.signatures)

    def _fits(self, params: tuple[Type, ...], result: Type | None) -> bool:
        """Parameters may be wider than asked for, the result narrower (10.3.2.9.2)."""
        if self.params is None or len(params) != len(self.params):
            return False
        wide_enough = all(
            mine is ANY or theirs.above(mine) for mine, theirs in zip(self.params, params, strict=True)
        )
        return wide_enough and (result is None or self.result.above(result))

    def above(self, other: Type) -> bool:
        return isinstance(other, FunctionOf) and (
            self.params is None or self._fits(other.params or (), other.result)
        )


SIMPLE: dict[str, Type] = {
    name: Kind(name)
    for name in (
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "null",
    )
}
SIMPLE |= {
    "Any": ANY,
    "list": ListOf(ANY),
    "context": ContextOf(),
    "function": FunctionOf(),
    "range": RangeOf(ANY),
}
SIMPLE["Null"] = SIMPLE["null"]
#: types that `instance of` asks for with parameters (rule 54, table 61)
PARAMETERISED = {
    "list": "list<Any>",
    "range": "range<number>",
    "context": "context<>",
    "function": "function<>->Any",
}
#: names that DMN files use beside FEEL's own (table 43 and older schemas)
SIMPLE |= {
    "dateTime": SIMPLE["date and time"],
    "dayTimeDuration": SIMPLE["days and time duration"],
    "days and time duration": SIMPLE["days and time duration"],
    "yearMonthDuration": SIMPLE["years and months duration"],
}

Lookup = Callable[[str], "Type | None"]


def resolve(node: n.TypeNode, lookup: Lookup | None = None) -> Type | None:
    """The type a text names, or None when nothing has that name."""
    if node.name == "list" and node.args:
        inner = resolve(node.args[0], lookup)
        return ListOf(inner) if inner else None
    if node.name == "range" and node.args:
        inner = resolve(node.args[0], lookup)
        return RangeOf(inner) if inner else None
    if node.name == "context" and node.fields:
        fields = {name: resolve(part, lookup) for name, part in node.fields}
        known = {name: part for name, part in fields.items() if part}
        return ContextOf(known) if len(known) == len(fields) else None
    if node.name == "function" and node.result:
        params = [resolve(arg, lookup) for arg in node.args]
        result = resolve(node.result, lookup)
        known_params = tuple(p for p in params if p)
        return FunctionOf(known_params, result) if result and len(known_params) == len(params) else None
    return SIMPLE.get(node.name) or (lookup(node.name) if lookup else None)


def coerce(value: Any, to: Type) -> Any:
    """The value as a member of the type, by the implicit conversions of 10.3.2.9.4. Raises Fault without one."""
    if to.accepts(value):
        return value
    if isinstance(value, list) and len(value) == 1 and not isinstance(to, ListOf) and to.accepts(value[0]):
        return value[0]
    if isinstance(to, ListOf) and to.accepts([value]):
        return [value]
    if kind(value) == "date" and to.name == "date and time":
        moment = make_moment(value, temporal.MIDNIGHT_UTC)
        if to.accepts(moment):
            return moment
    if to.constraint() and to.holds(value):
        raise Fault(f"{_shown(value)} is not allowed; {to.name} is {to.constraint()}")
    raise Fault(f"{_shown(value)} is not of type {to.name}")


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | list | dict) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def literal_type(node: n.Node) -> Type | None:
    """The type of a text whose value is plain to see; None when only evaluation can tell."""
    if isinstance(node, n.Literal):
        return SIMPLE[kind(node.value)]
    if isinstance(node, n.ContextNode):
        fields = {key: literal_type(value) or ANY for key, value in node.entries}
        return ContextOf(fields)
    return None
