"""What is wrong with a decision table, each finding with an example for the person who draws it.

The values of each input fall into stretches within which no cell changes its answer: the constants of the cells
and the gaps between them. A rule is then a set of stretches per input, and gaps, overlaps and covered rules are
found by walking these sets instead of trying values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from motcua.engines.dmn.column import Cell, Column
from motcua.engines.dmn.itemtypes import Constrained, Deferred, settled
from motcua.engines.dmn.model import Model
from motcua.engines.dmn.table import DecisionTable, row_rank
from motcua.engines.dmn.xml import DmnError
from motcua.engines.feel import as_text
from motcua.engines.feel.compiler import INPUT, RUN
from motcua.engines.feel.expression import Expression, system_clock
from motcua.engines.feel.values import Fault, Run

_MOST_FINDINGS = 50
_MOST_STEPS = 200_000
_MOST_RULES_IN_PAIRS = 1_500
_MOST_TRIALS = 1_000_000


@dataclass(frozen=True)
class Finding:
    """A fault of a table. kind: gap (no rule), overlap (several rules with one answer), contradiction (several
    rules with different answers), unreachable (a rule that can never decide). Rules count from 1."""

    kind: str
    message: str
    rules: list[int]
    example: dict[str, Any]
    table: str = ""


@dataclass
class _Axis:
    """An input: one value of each stretch, and for every rule the stretches it takes, as a bit mask."""

    label: str
    values: list[Any]
    rules: list[int]


def analyse(of: Model | DecisionTable) -> list[Finding]:
    """The findings of a table, or of all tables of a model. Rules with tests that depend on other data are left
    out of pairs, and a table that has such rules is not searched for gaps. Raises DmnError for a table too large."""
    if isinstance(of, Model):
        return [finding for table in of.tables.values() for finding in analyse(table)]
    return _Analysis(of).findings()


class _Analysis:
    def __init__(self, table: DecisionTable) -> None:
        self.table = table
        self.count = len(table.rules)
        self.open = 0
        for column in table.columns:
            self.open |= column.open_rules
        self.axes = [_axis(column, self.count) for column in table.columns]
        self.steps = 0

    def findings(self) -> list[Finding]:
        found = [*self._impossible(), *self._pairs(), *self._covered(), *self._gaps()]
        return found[:_MOST_FINDINGS]

    def _finding(self, kind: str, message: str, rules: list[int], example: dict[str, Any]) -> Finding:
        return Finding(kind, message, [rule + 1 for rule in rules], example, self.table.id)

    def _closed_rules(self) -> list[int]:
        return [rule for rule in range(self.count) if not self.open >> rule & 1]

    def _empty(self, rule: int) -> _Axis | None:
        return next((axis for axis in self.axes if not axis.rules[rule]), None)

    def _impossible(self) -> Iterator[Finding]:
        for rule in self._closed_rules():
            axis = self._empty(rule)
            if axis is not None:
                message = f"rule {rule + 1} can never match: no allowed value of {axis.label} meets its test"
                yield self._finding("unreachable", message, [rule], {})

    # pairs

    def _pairs(self) -> Iterator[Finding]:
        if self.table.hit_policy not in ("UNIQUE", "ANY"):
            return
        rules = [rule for rule in self._closed_rules() if self._empty(rule) is None][:_MOST_RULES_IN_PAIRS]
        for at, first in enumerate(rules):
            for second in rules[at + 1 :]:
                common = [axis.rules[first] & axis.rules[second] for axis in self.axes]
                if all(common):
                    yield from self._overlap(first, second, common)

    def _overlap(self, first: int, second: int, common: list[int]) -> Iterator[Finding]:
        example = {
            axis.label: axis.values[_lowest(mask)] for axis, mask in zip(self.axes, common, strict=True)
        }
        where = _described(example)
        if self.table.rules[first].texts == self.table.rules[second].texts:
            if self.table.hit_policy == "UNIQUE":
                message = f"rules {first + 1} and {second + 1} both match {where}; their answers agree"
                yield self._finding("overlap", message, [first, second], example)
        else:
            message = f"rules {first + 1} and {second + 1} both match {where} and say different things"
            yield self._finding("contradiction", message, [first, second], example)

    # rules hidden by others

    def _covered(self) -> Iterator[Finding]:
        policy = self.table.hit_policy
        if policy not in ("FIRST", "PRIORITY"):
            return
        closed = self._closed_rules()
        ranks = [row_rank(self.table, rule) for rule in range(self.count)] if policy == "PRIORITY" else []
        for rule in closed:
            if self._empty(rule) is not None:
                continue
            if policy == "FIRST":
                stronger = [other for other in closed if other < rule]
            else:
                stronger = [o for o in closed if ranks[o] < ranks[rule]]
            space = [axis.rules[rule] for axis in self.axes]
            if (
                stronger
                and next(self._uncovered(stronger, space, 0, {}), None) is None
                and self._within_steps()
            ):
                before = "earlier rules" if policy == "FIRST" else "rules of higher priority"
                yield self._finding(
                    "unreachable", f"rule {rule + 1} never decides: {before} cover it", [rule], {}
                )

    # gaps

    def _gaps(self) -> Iterator[Finding]:
        if self.open or not self.axes or any(output.default for output in self.table.outputs):
            return
        space = [(1 << len(axis.values)) - 1 for axis in self.axes]
        for number, example in enumerate(self._uncovered(list(range(self.count)), space, 0, {})):
            if number >= _MOST_FINDINGS:
                return
            yield self._finding("gap", f"no rule for {_described(example)}", [], example)

    def _within_steps(self) -> bool:
        return self.steps < _MOST_STEPS

    def _uncovered(
        self, rules: list[int], space: list[int], at: int, chosen: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Examples within the space that none of the rules takes; stretches that treat all rules alike go as one."""
        self.steps += 1
        if not self._within_steps():
            return
        if not rules:
            rest = zip(self.axes[at:], space[at:], strict=True)
            yield chosen | {axis.label: axis.values[_lowest(mask)] for axis, mask in rest}
            return
        if at == len(self.axes):
            return
        axis, remaining = self.axes[at], space[at]
        seen: set[tuple[int, ...]] = set()
        while remaining:
            stretch = _lowest(remaining)
            remaining &= remaining - 1
            taken = tuple(rule for rule in rules if axis.rules[rule] >> stretch & 1)
            if taken not in seen:
                seen.add(taken)
                yield from self._uncovered(
                    list(taken), space, at + 1, chosen | {axis.label: axis.values[stretch]}
                )


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _described(example: dict[str, Any]) -> str:
    return ", ".join(f"{label} = {_shown(value)}" for label, value in example.items()) or "any input"


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else "null" if value is None else as_text(value)


def _axis(column: Column, count: int) -> _Axis:
    stretches = _stretches(column)
    if len(stretches) * len(column.cells) > _MOST_TRIALS:
        raise DmnError(
            f"the table is too large to be analysed: {column.text} has {len(column.cells)} different tests over "
            f"{len(stretches)} stretches of values",
            column.text,
        )
    values = [value for value in stretches if _allowed(column, value)]
    everything = (1 << len(values)) - 1
    rules = [everything] * count
    for cell in column.cells:
        if cell.constants is None:
            continue
        mask = 0
        for at, value in enumerate(values):
            if _meets(cell, value):
                mask |= 1 << at
        for rule in range(count):
            if cell.rules >> rule & 1:
                rules[rule] = mask
    return _Axis(column.text, values, rules)


def _meets(cell: Cell, value: Any) -> bool:
    if not isinstance(cell.test, Expression):
        return False
    return cell.test.run_in({RUN: Run(system_clock, 1000), INPUT: value}) is True


def _allowed(column: Column, value: Any) -> bool:
    if column.allowed and column.allowed.run_in({RUN: Run(system_clock, 1000), INPUT: value}) is not True:
        return False
    try:
        return column.wanted is None or column.wanted.accepts(value)
    except Fault:
        return False


def _constants(column: Column) -> list[Any]:
    from motcua.engines.dmn.column import constants_of

    found = [constant for cell in column.cells for constant in cell.constants or ()]
    texts = [column.allowed] if column.allowed else []
    for test in texts:
        found.extend(constants_of(test.tree) or ())
    found.extend(_type_constants(column))
    return [value for value in found if value is not None]


def _type_constants(column: Column) -> list[Any]:
    from motcua.engines.dmn.column import constants_of
    from motcua.engines.feel import FeelSyntaxError, compile_unary_tests

    wanted = column.wanted.target if isinstance(column.wanted, Deferred) else column.wanted
    if not isinstance(wanted, Constrained):
        return []
    try:
        return constants_of(compile_unary_tests(wanted.text).tree) or []
    except FeelSyntaxError:
        return []


def _stretches(column: Column) -> list[Any]:
    """One value of every stretch of an input's values."""
    constants = _constants(column)
    name = settled(column.wanted).name if column.wanted is not None else ""
    if name == "boolean" or any(isinstance(value, bool) for value in constants):
        return [True, False]
    kinds = {type(value) for value in constants}
    if len(kinds) != 1:
        return constants or [None]
    if kinds == {str}:
        return [*dict.fromkeys(constants), _other_text(constants)]
    points = sorted(set(constants))
    step = _STEPS.get(type(points[0]))
    if step is None:
        return points
    values = [points[0] - step]
    for low, high in zip(points, [*points[1:], None], strict=True):
        values.append(low)
        between = low + step if high is None else _between(low, high)
        if between is not None:
            values.append(between)
    return values


def _other_text(constants: list[str]) -> str:
    text = "another value"
    while text in constants:
        text += "…"
    return text


_STEPS: dict[type, Any] = {
    Decimal: Decimal(1),
    dt.date: dt.timedelta(days=1),
    dt.datetime: dt.timedelta(seconds=1),
    dt.timedelta: dt.timedelta(seconds=1),
}


def _between(low: Any, high: Any) -> Any:
    if isinstance(low, Decimal):
        return (low + 1 if low + 1 < high else (low + high) / 2).normalize() + 0
    step = _STEPS[type(low)]
    return low + step if low + step < high else None
