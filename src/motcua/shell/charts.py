"""Where the ink of a chart goes. Plain geometry for the SVG macros in `components/chart.jinja`; no styling here.

All lengths are units of the chart's own view box, 720 wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 720


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: float
    y: float
    length: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """Lying bars: long Vietnamese labels stand above them, not beside."""

    bars: list[Bar]
    height: float
    width: float = WIDTH


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


def bars(rows: Sequence[tuple[str, float]], top: float | None = None) -> BarChart:
    """One bar a row, drawn to the scale of the largest (or of `top`, as 100 for percentages)."""
    _need(all(value >= 0 for _, value in rows), "bars cannot show negative values")
    scale = top or max((value for _, value in rows), default=0) or 1
    step = 56
    room = WIDTH - 110  # the figure stands to the right of its bar
    drawn = [
        Bar(label, value, y=index * step, length=round(min(value, scale) / scale * room, 2))
        for index, (label, value) in enumerate(rows)
    ]
    return BarChart(drawn, height=max(1, len(rows)) * step)


def lines(marks: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> LineChart:
    """One line a series over the same marks (months, quarters), from zero up to a round number."""
    for label, values in series:
        _need(len(values) == len(marks), f"{label!r} has {len(values)} values for {len(marks)} marks")
        _need(all(value >= 0 for value in values), f"{label!r} has a negative value")
    top, bottom, left, right = 16.0, 264.0, 72.0, WIDTH - 16.0
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
        height=304,
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
    """Four to six steps of 1, 2, 2.5 or 5 times a power of ten that reach above `highest`."""
    size = 1.0
    while size * 50 < highest:
        size *= 10
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor * 5 >= highest)
    count = max(1, -(-highest // step))
    return [step * index for index in range(int(count) + 1)]


def _need(condition: bool, message: str) -> None:
    if not condition:
        raise ChartError(message)
