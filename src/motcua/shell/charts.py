"""Where the ink of a chart goes. Plain geometry for the SVG macros in `components/chart.jinja`; no styling here.

All lengths are units of the chart's own view box, 600 wide; bars are shares of the room they are given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH = 600


@dataclass(frozen=True, slots=True)
class Bar:
    """A lying bar; its long Vietnamese label stands above it. `length` is a percentage of the room."""

    label: str
    value: float
    length: float


@dataclass(frozen=True, slots=True)
class Tick:
    value: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    points: list[tuple[float, float]]

    @property
    def path(self) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class LineChart:
    lines: list[Line]
    ticks: list[Tick]
    marks: list[tuple[str, float]]
    left: float
    bottom: float
    height: float
    width: float = WIDTH


@dataclass(frozen=True, slots=True)
class Share:
    label: str
    value: float
    part: float
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class ShareChart:
    shares: list[Share]
    total: float
    height: float = 40
    width: float = WIDTH


class ChartError(ValueError):
    """Figures that cannot be drawn; the message says which."""


def bars(rows: Sequence[tuple[str, float]], top: float | None = None) -> list[Bar]:
    """One bar a row, drawn to the scale of the largest (or of `top`, as 1 for shares)."""
    _need(all(value >= 0 for _, value in rows), "bars cannot show negative values")
    scale = top or max((value for _, value in rows), default=0) or 1
    return [Bar(label, value, length=round(min(value, scale) / scale * 100, 2)) for label, value in rows]


def lines(marks: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> LineChart:
    """One line a series over the same marks (months, quarters), from zero up to a round number."""
    for label, values in series:
        _need(len(values) == len(marks), f"{label!r} has {len(values)} values for {len(marks)} marks")
        _need(all(value >= 0 for value in values), f"{label!r} has a negative value")
    top, bottom, left, right = 12.0, 232.0, 72.0, WIDTH - 16.0
    steps = _round_steps(max((value for _, values in series for value in values), default=0))

    def x(index: int) -> float:
        return round(left + (right - left) * (index / (len(marks) - 1) if len(marks) > 1 else 0.5), 2)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * value / steps[-1], 2)

    return LineChart(
        lines=[Line(label, [(x(i), y(v)) for i, v in enumerate(values)]) for label, values in series],
        ticks=[Tick(value, y(value)) for value in steps],
        marks=[(mark, x(index)) for index, mark in enumerate(marks)],
        left=left,
        bottom=bottom,
        height=268,
    )


def shares(rows: Sequence[tuple[str, float]]) -> ShareChart:
    """Parts of one whole, side by side in one bar."""
    _need(all(value >= 0 for _, value in rows), "shares cannot show negative values")
    total = sum(value for _, value in rows)
    drawn: list[Share] = []
    at = 0.0
    for label, value in rows:
        part = value / total if total else 0
        drawn.append(Share(label, value, part, x=round(at, 2), width=round(part * WIDTH, 2)))
        at += part * WIDTH
    return ShareChart(drawn, total)


def _round_steps(highest: float) -> list[float]:
    """Up to five steps of 1, 2, 2.5 or 5 times a power of ten that reach `highest`; shares fit as well as counts."""
    if not highest:
        return [0, 1]
    size = Decimal(10) ** (Decimal(str(highest)).adjusted() - 1)
    steps = (size * Decimal(factor) for factor in ("1", "2", "2.5", "5", "10", "20"))
    step = next(step for step in steps if step * 5 >= Decimal(str(highest)))
    count = math.ceil(Decimal(str(highest)) / step)
    return [float(step * index) for index in range(count + 1)]


def _need(condition: bool, message: str) -> None:
    if not condition:
        raise ChartError(message)
