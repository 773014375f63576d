"""The functions that compare points and intervals (DMN 1.5, table 78)."""

from __future__ import annotations

from typing import Any

from motcua.engines.feel.library.registry import feel, single
from motcua.engines.feel.operators import order
from motcua.engines.feel.values import Fault, Range


def _range(value: Any) -> Range:
    value = single(value)
    if not isinstance(value, Range) or value.op == "!=":
        raise Fault("a range is needed")
    return value


def _is_range(value: Any) -> bool:
    return isinstance(single(value), Range)


def _order(left: Any, right: Any) -> int:
    """Order of two ends, given ones; an end that is open towards infinity has none."""
    return order(left, right)


def _ends_before(a: Range, b: Range) -> bool:
    """Whether a ends before b starts."""
    if a.end is None or b.start is None:
        return False
    position = _order(a.end, b.start)
    return position < 0 or (position == 0 and not (a.end_included and b.start_included))


@feel("before", "point1, point2", "point, range", "range, point", "range1, range2")
def before(first: Any, second: Any) -> bool:
    return _ends_before(_interval(first), _interval(second))


@feel("after", "point1, point2", "point, range", "range, point", "range1, range2")
def after(first: Any, second: Any) -> bool:
    return _ends_before(_interval(second), _interval(first))


def _interval(value: Any) -> Range:
    """A point as the interval that holds nothing else."""
    value = single(value)
    if isinstance(value, Range):
        return _range(value)
    if value is None:
        raise Fault("a point or a range is needed, not null")
    return Range(value, value)


@feel("meets", "range1, range2")
def meets(first: Any, second: Any) -> bool:
    a, b = _range(first), _range(second)
    if a.end is None or b.start is None:
        return False
    return a.end_included and b.start_included and _order(a.end, b.start) == 0


@feel("met by", "range1, range2")
def met_by(first: Any, second: Any) -> bool:
    return meets(second, first)


@feel("overlaps", "range1, range2")
def overlaps(first: Any, second: Any) -> bool:
    a, b = _range(first), _range(second)
    return not _ends_before(a, b) and not _ends_before(b, a)


def _compare_starts(a: Range, b: Range) -> int:
    """Which starts earlier; an included end starts before one that is not."""
    if a.start is None or b.start is None:
        return (a.start is not None) - (b.start is not None)
    return _order(a.start, b.start) or (not a.start_included) - (not b.start_included)


def _compare_ends(a: Range, b: Range) -> int:
    if a.end is None or b.end is None:
        return (a.end is None) - (b.end is None)
    return _order(a.end, b.end) or a.end_included - b.end_included


@feel("overlaps before", "range1, range2")
def overlaps_before(first: Any, second: Any) -> bool:
    """first starts before second, reaches into it, and does not end after it."""
    a, b = _range(first), _range(second)
    return _compare_starts(a, b) < 0 and not _ends_before(a, b) and _compare_ends(a, b) <= 0


@feel("overlaps after", "range1, range2")
def overlaps_after(first: Any, second: Any) -> bool:
    """first starts after second, still inside it, and does not end before it."""
    a, b = _range(first), _range(second)
    return _compare_starts(b, a) < 0 and not _ends_before(b, a) and _compare_ends(b, a) <= 0


@feel("finishes", "point, range", "range1, range2")
def finishes(first: Any, second: Any) -> bool:
    b = _range(second)
    if not _is_range(first):
        return b.end is not None and b.end_included and _order(_point(first), b.end) == 0
    a = _range(first)
    return _compare_ends(a, b) == 0 and _compare_starts(a, b) >= 0


@feel("finished by", "range, point", "range1, range2")
def finished_by(first: Any, second: Any) -> bool:
    return finishes(second, first)


@feel("includes", "range, point", "range1, range2")
def includes(first: Any, second: Any) -> bool:
    a, b = _range(first), _interval(second)
    return _compare_starts(a, b) <= 0 and _compare_ends(a, b) >= 0


@feel("during", "point, range", "range1, range2")
def during(first: Any, second: Any) -> bool:
    return includes(second, first)


@feel("starts", "point, range", "range1, range2")
def starts(first: Any, second: Any) -> bool:
    b = _range(second)
    if not _is_range(first):
        return b.start is not None and b.start_included and _order(_point(first), b.start) == 0
    a = _range(first)
    return _compare_starts(a, b) == 0 and _compare_ends(a, b) <= 0


@feel("started by", "range, point", "range1, range2")
def started_by(first: Any, second: Any) -> bool:
    return starts(second, first)


@feel("coincides", "point1, point2", "range1, range2")
def coincides(first: Any, second: Any) -> bool:
    if _is_range(first) != _is_range(second):
        raise Fault("two points or two ranges are needed")
    if not _is_range(first):
        return _order(_point(first), _point(second)) == 0
    a, b = _range(first), _range(second)
    return _compare_starts(a, b) == 0 and _compare_ends(a, b) == 0


def _point(value: Any) -> Any:
    return single(value)
