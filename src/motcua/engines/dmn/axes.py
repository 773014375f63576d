"""An input of a decision table as stretches of values, and for every rule the stretches that it takes."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate, pairwise
from operator import xor
from typing import Any

from motcua.engines.dmn.column import Cell, Column, constants_of
from motcua.engines.dmn.itemtypes import Constrained, Deferred, settled
from motcua.engines.feel import FeelSyntaxError, compile_unary_tests
from motcua.engines.feel.compiler import INPUT, RUN
from motcua.engines.feel.expression import Expression, system_clock
from motcua.engines.feel.values import Fault, Run

#: tests tried on values of one input whose values have no order
_MOST_TRIALS = 1_000_000
#: memory of one input: rules times stretches, in bits
_MOST_BITS = 400_000_000


class TooLarge(Exception):
    """An input has too many different tests and values for the table to be analysed."""


@dataclass
class Axis:
    """An input: one value of each stretch; for every rule the stretches it takes, and for every stretch the rules
    that take it, as bit masks."""

    label: str
    values: list[Any]
    rules: list[int]
    takers: list[int] = field(default_factory=list)


def lowest(mask: int) -> int:
    """The place of the lowest bit."""
    return (mask & -mask).bit_length() - 1


def bits_of(mask: int) -> Iterator[int]:
    """The places of all bits, from the lowest."""
    text = bin(mask)
    last = len(text) - 1
    at = text.rfind("1")
    while at >= 2:
        yield last - at
        at = text.rfind("1", 0, at)


def axis_of(column: Column, count: int) -> Axis:
    """The stretches of an input. Raises TooLarge."""
    stretches = _stretches(column)
    if len(stretches) * count > _MOST_BITS:
        raise TooLarge(f"{column.text} has {len(stretches)} stretches of values for {count} rules")
    values = [value for value in stretches if _allowed(column, value)]
    everything = (1 << len(values)) - 1
    rules = [everything] * count
    changes = [0] * (len(values) + 1)
    changes[0] = column.any_rules | column.open_rules
    meeting = _Meeting(column, values)
    for cell in column.cells:
        if cell.constants is None or cell.rules & column.any_rules:
            continue
        mask = 0
        for start, end in meeting.stretches(cell):
            mask |= (1 << end) - (1 << start)
            changes[start] ^= cell.rules
            changes[end] ^= cell.rules
        for rule in bits_of(cell.rules):
            rules[rule] = mask
    return Axis(column.text, values, rules, list(accumulate(changes[:-1], xor)))


class _Meeting:
    """Which stretches meet a cell. Where values have an order, a cell's answer changes only at its own constants,
    so that one value between two of them tells for all."""

    def __init__(self, column: Column, values: list[Any]) -> None:
        self.values = values
        kinds = {type(value) for value in values}
        self.ordered = kinds in ({Decimal}, {dt.date}, {dt.datetime}, {dt.timedelta}) and values == sorted(
            values
        )
        if not self.ordered and len(values) * len(column.cells) > _MOST_TRIALS:
            raise TooLarge(
                f"{column.text} has {len(column.cells)} different tests over {len(values)} values without an order"
            )

    def stretches(self, cell: Cell) -> Iterator[tuple[int, int]]:
        """From where to where (not included) values meet the cell."""
        for start, end in self._segments(cell):
            if _meets(cell, self.values[start]):
                yield start, end

    def _segments(self, cell: Cell) -> Iterator[tuple[int, int]]:
        """From where to where (not included) no constant of the cell changes its answer."""
        if not self.ordered:
            yield from pairwise(range(len(self.values) + 1))
            return
        cuts = {0, len(self.values)}
        for constant in cell.constants or ():
            if type(constant) is type(self.values[0]):
                at = bisect_left(self.values, constant)
                cuts |= {at, at + 1} if at < len(self.values) and self.values[at] == constant else {at}
        ends = sorted(cuts)
        yield from pairwise(ends)


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
    found = [constant for cell in column.cells for constant in cell.constants or ()]
    texts = [column.allowed] if column.allowed else []
    for test in texts:
        found.extend(constants_of(test.tree) or ())
    found.extend(_type_constants(column))
    return [value for value in found if value is not None]


def _type_constants(column: Column) -> list[Any]:
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
