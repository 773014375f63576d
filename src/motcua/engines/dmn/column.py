"""The input columns of a decision table, indexed so that a value finds its rules without trying each cell.

For every value a column answers with a bit mask of the rules it does not exclude. Cells that only compare with
constants give the same answer between two neighbouring constants, so the mask of such a stretch is kept.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from motcua.engines.feel import nodes as n
from motcua.engines.feel.compiler import INPUT, Code, Scope
from motcua.engines.feel.expression import Expression
from motcua.engines.feel.library import LIBRARY
from motcua.engines.feel.temporal import parse_at_literal
from motcua.engines.feel.types import Type
from motcua.engines.feel.values import Builtin, Fault

_INDEXED = (Decimal, str, dt.date)
_MAX_MASKS = 2048
_CONSTRUCTORS = ("date", "time", "date and time", "duration")


@dataclass(slots=True)
class Cell:
    """One distinct test of a column and the rules that have it."""

    text: str
    test: Expression | str
    rules: int
    constants: list[Any] | None


@dataclass
class Column:
    """An input of a table. `allowed` are its input values, if any are declared."""

    text: str
    value: Code
    cells: list[Cell]
    allowed: Expression | None = None
    allowed_text: str = ""
    label: str = ""
    wanted: Type | None = None
    any_rules: int = 0
    open_rules: int = 0
    _points: dict[type, list[Any]] = field(default_factory=dict)
    _masks: dict[Any, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_type: dict[type, set[Any]] = {}
        for cell in self.cells:
            if not (isinstance(cell.test, Expression) and cell.test.tree_is_any()):
                if cell.constants is None:
                    self.open_rules |= cell.rules
                for constant in cell.constants or ():
                    if type(constant) in _INDEXED:
                        by_type.setdefault(type(constant), set()).add(constant)
            else:
                self.any_rules |= cell.rules
        self._points = {cls: sorted(points) for cls, points in by_type.items()}
        self._constant_cells = [
            c for c in self.cells if c.constants is not None and not c.rules & self.any_rules
        ]
        self._open_cells = [c for c in self.cells if c.constants is None]

    def allows(self, value: Any, scope: Scope) -> bool:
        """Whether a value, or each item of a list, is among the declared input values; null always is."""
        if self.allowed is None or value is None:
            return True
        if self.allowed.run_in({**scope, INPUT: value}) is True:
            return True
        return isinstance(value, list) and all(
            self.allowed.run_in({**scope, INPUT: v}) is True for v in value
        )

    def mask(self, value: Any, scope: Scope) -> int:
        """The rules that this value does not exclude; those with open tests are still to be asked."""
        key = self._key(value)
        if key is not None:
            known = self._masks.get(key)
            if known is not None:
                return known
        found = self.any_rules | self.open_rules
        inner = {**scope, INPUT: value}
        for cell in self._constant_cells:
            if isinstance(cell.test, Expression) and cell.test.run_in(inner) is True:
                found |= cell.rules
        if key is not None:
            if len(self._masks) >= _MAX_MASKS:
                self._masks.clear()
            self._masks[key] = found
        return found

    def _key(self, value: Any) -> Any:
        cls = type(value)
        if cls in _INDEXED:
            points = self._points.get(cls, [])
            at = bisect_left(points, value)
            return cls, at, at < len(points) and points[at] == value
        return (cls, value) if cls is bool or value is None else None

    def excluded(self, value: Any, scope: Scope, candidates: int) -> int:
        """Of the candidates, those whose open test this value does not meet."""
        out = 0
        inner: Scope | None = None
        for cell in self._open_cells:
            if cell.rules & candidates:
                inner = inner or {**scope, INPUT: value}
                if not (isinstance(cell.test, Expression) and cell.test.run_in(inner) is True):
                    out |= cell.rules & candidates
        return out

    def text_for(self, rule: int) -> str:
        """The test of a rule (from 0) as written."""
        bit = 1 << rule
        return next((cell.text for cell in self.cells if cell.rules & bit), "-")


def constants_of(node: n.Node) -> list[Any] | None:
    """The constants a cell compares with; None when it depends on more than the value tested."""
    if not isinstance(node, n.Tests):
        return None
    found: list[Any] = []
    for test in node.tests:
        constants = list(_constants(test))
        if any(constant is _OPEN for constant in constants):
            return None
        found.extend(constants)
    return found


_OPEN = object()


def _constants(node: n.Node) -> Iterator[Any]:
    match node:
        case n.Literal(value):
            yield value
        case n.AtLiteral() | n.Call():
            yield constant_value(node, _OPEN)
        case n.UnaryComparison(_, operand):
            yield from _constants(operand)
        case n.Interval(low, high):
            yield from _constants(low)
            yield from _constants(high)
        case _:
            yield _OPEN


def constant_value(node: n.Node, otherwise: Any = None) -> Any:
    """The value of a literal, an at-literal or date("…") and its like."""
    try:
        if isinstance(node, n.Literal):
            return node.value
        if isinstance(node, n.AtLiteral):
            return parse_at_literal(node.text)
        if isinstance(node, n.Call) and isinstance(node.function, n.Name) and not node.names:
            function = LIBRARY.get(node.function.name)
            literals = [arg.value for arg in node.args if isinstance(arg, n.Literal)]
            if function and node.function.name in _CONSTRUCTORS and len(literals) == len(node.args):
                assert isinstance(function, Builtin)
                return function.invoke(literals)
    except Fault:
        return otherwise
    return otherwise
