"""Equality, order, membership and arithmetic of FEEL values (DMN 1.5, tables 50 to 57)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from motcua.engines.feel import temporal
from motcua.engines.feel.far import MOMENTS, FarMoment
from motcua.engines.feel.values import NUMBERS, Fault, Function, NotEqualTo, Range, YearsMonthsDuration, kind

_NO_TIME = dt.timedelta()


def equal(left: Any, right: Any) -> bool:
    """left = right. Raises Fault when the two are of different kinds; null equals only null."""
    if left is None or right is None:
        return left is right
    first, second = kind(left), kind(right)
    if first != second:
        raise Fault(f"a {first} and a {second} cannot be equal or unequal")
    if left is right:
        return True
    compare = _EQUAL.get(first)
    return compare(left, right) if compare else bool(left == right)


def _equal_lists(left: list[Any], right: list[Any]) -> bool:
    return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))


def _equal_contexts(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())


def _equal_times(left: dt.time, right: dt.time) -> bool:
    """Times are equal by hour, minute, second and offset (table 53); fractions of seconds do not count."""
    if (left.tzinfo is None) != (right.tzinfo is None):
        return False
    return _whole_seconds(temporal.time_seconds(left)) == _whole_seconds(temporal.time_seconds(right))


def _whole_seconds(length: dt.timedelta) -> dt.timedelta:
    return length - dt.timedelta(microseconds=length.microseconds)


def _equal_moments(left: dt.datetime, right: dt.datetime) -> bool:
    if (left.tzinfo is None) != (right.tzinfo is None):
        return False
    return bool(_instant(left).replace(microsecond=0) == _instant(right).replace(microsecond=0))


def _instant(value: Any) -> Any:
    if value.tzinfo is None or isinstance(value, FarMoment):
        return value
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        return value.replace(tzinfo=dt.UTC)


def _equal_ranges(left: Range, right: Range) -> bool:
    return (
        (left.op, left.start_included, left.end_included)
        == (right.op, right.start_included, right.end_included)
        and same(left.start, right.start)
        and same(left.end, right.end)
    )


_EQUAL: dict[str, Callable[[Any, Any], bool]] = {
    "list": _equal_lists,
    "context": _equal_contexts,
    "time": _equal_times,
    "date and time": _equal_moments,
    "range": _equal_ranges,
    "unary test": lambda a, b: same(a.value, b.value),
    "function": lambda a, b: a is b,
}


def same(left: Any, right: Any) -> bool:
    """Equality that is false, not a fault, for values of different kinds."""
    if left is right:
        return True
    if type(left) is type(right) and type(left) in (Decimal, str, bool):
        return bool(left == right)
    try:
        return equal(left, right)
    except Fault:
        return False


def identical(left: Any, right: Any) -> bool:
    """is(a, b): same kind, same value, zones and offsets alike."""
    if left is None or right is None:
        return left is right
    if kind(left) != kind(right):
        return False
    if isinstance(left, (dt.time, *MOMENTS)):
        return bool(left.replace(tzinfo=None) == right.replace(tzinfo=None)) and _zone_key(left) == _zone_key(
            right
        )
    if isinstance(left, list):
        return len(left) == len(right) and all(identical(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(identical(left[key], right[key]) for key in left)
    return same(left, right)


def _zone_key(value: Any) -> Any:
    name = temporal.property_of(value, "timezone")
    return name if name is not None else temporal.offset_of(value)


_ORDERED = {
    "number",
    "string",
    "date",
    "time",
    "date and time",
    "days and time duration",
    "years and months duration",
}


def order(left: Any, right: Any) -> int:
    """-1, 0 or 1. Raises Fault for values that have no order between them (table 55)."""
    if left is None or right is None:
        raise Fault("null has no order")
    first, second = kind(left), kind(right)
    if first != second or first not in _ORDERED:
        raise Fault(f"a {first} and a {second} have no order")
    if first == "time":
        left, right = (temporal.time_seconds(value) for value in _zoned_alike(left, right))
    elif first == "date and time":
        left, right = (_instant(value) for value in _zoned_alike(left, right))
    return int(left > right) - int(left < right)


def _zoned_alike(left: Any, right: Any) -> tuple[Any, Any]:
    """One without an offset takes that of the other (table 54)."""
    if left.tzinfo is None and right.tzinfo is not None:
        return left.replace(tzinfo=right.tzinfo), right
    if right.tzinfo is None and left.tzinfo is not None:
        return left, right.replace(tzinfo=left.tzinfo)
    return left, right


def _same_zoning(left: Any, right: Any) -> None:
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise Fault("a time with a zone and one without cannot be subtracted")


def contains(value: Any, interval: Range) -> bool:
    """Whether a value lies in a range. Raises Fault when it cannot be compared with its ends."""
    if interval.op == "=":
        return same(value, interval.start)
    if value is None:
        raise Fault("null cannot be compared with a range")
    if interval.start is not None:
        position = order(value, interval.start)
        if position < 0 or (position == 0 and not interval.start_included):
            if interval.end is not None:
                order(value, interval.end)
            return False
    if interval.end is not None:
        position = order(value, interval.end)
        if position > 0 or (position == 0 and not interval.end_included):
            return False
    return True


def meets(value: Any, test: Any) -> bool | None:
    """value in test, for one test that is a value, a range, a list or `!= x` (table 55, rule 49 c)."""
    if isinstance(test, Range):
        if isinstance(value, Range):
            return equal(value, test)
        return contains(value, test)
    if isinstance(test, NotEqualTo):
        return not equal(value, test.value)
    if isinstance(test, list):
        return (isinstance(value, list) and same(value, test)) or any(
            _meets_item(value, item) for item in test
        )
    return same(value, test)


def _meets_item(value: Any, item: Any) -> bool:
    if isinstance(item, Range | NotEqualTo) and not isinstance(value, Range):
        try:
            return bool(meets(value, item))
        except Fault:
            return False
    return same(value, item)


# arithmetic


def _apply(op: str, numbers: Callable[[Decimal, Decimal], Decimal], left: Any, right: Any) -> Any:
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return numbers(left, right)
        except DecimalException:
            raise Fault(f"{left} {op} {right} has no value") from None
    first, second = kind(left), kind(right)
    if left is None or right is None:
        raise Fault(f"null cannot be used with {op}")
    rule = _RULES.get((op, first, second))
    if rule is None:
        raise Fault(f"a {first} and a {second} cannot be combined by {op}")
    try:
        return rule(left, right)
    except (DecimalException, OverflowError, ValueError, ZeroDivisionError):
        raise Fault(f"a {first} {op} a {second} is too large or has no value here") from None


def add(left: Any, right: Any) -> Any:
    return _apply("+", NUMBERS.add, left, right)


def subtract(left: Any, right: Any) -> Any:
    return _apply("-", NUMBERS.subtract, left, right)


def multiply(left: Any, right: Any) -> Any:
    return _apply("*", NUMBERS.multiply, left, right)


def divide(left: Any, right: Any) -> Any:
    return _apply("/", NUMBERS.divide, left, right)


def power(left: Any, right: Any) -> Any:
    return _apply("**", NUMBERS.power, left, right)


def negate(value: Any) -> Any:
    if isinstance(value, Decimal):
        return NUMBERS.minus(value)
    if isinstance(value, dt.timedelta | YearsMonthsDuration):
        return -value
    raise Fault(f"a {kind(value)} cannot be negated")


_MICROSECOND = dt.timedelta(microseconds=1)


def as_seconds(length: dt.timedelta) -> Decimal:
    return Decimal(length // _MICROSECOND).scaleb(-6, NUMBERS)


def _from_seconds(seconds: Decimal) -> dt.timedelta:
    return dt.timedelta(microseconds=int(seconds.scaleb(6, NUMBERS)))


def _scale_days(length: dt.timedelta, by: Decimal) -> dt.timedelta:
    return _from_seconds(NUMBERS.multiply(as_seconds(length), by))


def _scale_months(length: YearsMonthsDuration, by: Decimal) -> YearsMonthsDuration:
    return YearsMonthsDuration(_bounded(NUMBERS.multiply(Decimal(length.total_months), by)))


def _bounded(months: Decimal) -> int:
    if abs(months) > 10**15:
        raise OverflowError
    return int(months)


def _subtract_times(left: dt.time, right: dt.time) -> dt.timedelta:
    _same_zoning(left, right)
    return temporal.time_seconds(left) - temporal.time_seconds(right)


_YM, _DT = "years and months duration", "days and time duration"
_MOMENT = "date and time"
_RULES: dict[tuple[str, str, str], Callable[[Any, Any], Any]] = {
    ("+", "string", "string"): lambda a, b: _joined(a, b),
    ("+", _DT, _DT): lambda a, b: a + b,
    ("-", _DT, _DT): lambda a, b: a - b,
    ("+", _YM, _YM): lambda a, b: YearsMonthsDuration(a.total_months + b.total_months),
    ("-", _YM, _YM): lambda a, b: YearsMonthsDuration(a.total_months - b.total_months),
    ("-", "time", "time"): _subtract_times,
    ("+", "time", _DT): temporal.add_to_time,
    ("+", _DT, "time"): lambda a, b: temporal.add_to_time(b, a),
    ("-", "time", _DT): lambda a, b: temporal.add_to_time(a, -b),
    ("*", _DT, "number"): _scale_days,
    ("*", "number", _DT): lambda a, b: _scale_days(b, a),
    ("*", _YM, "number"): _scale_months,
    ("*", "number", _YM): lambda a, b: _scale_months(b, a),
    ("/", _DT, "number"): lambda a, b: _from_seconds(NUMBERS.divide(as_seconds(a), b)),
    ("/", _YM, "number"): lambda a, b: YearsMonthsDuration(
        _bounded(NUMBERS.divide(Decimal(a.total_months), b))
    ),
    ("/", _DT, _DT): lambda a, b: NUMBERS.divide(as_seconds(a), as_seconds(b)),
    ("/", _YM, _YM): lambda a, b: NUMBERS.divide(Decimal(a.total_months), Decimal(b.total_months)),
}
for _date in ("date", _MOMENT):
    _RULES["+", _date, _DT] = temporal.add_days
    _RULES["+", _DT, _date] = lambda a, b: temporal.add_days(b, a)
    _RULES["-", _date, _DT] = lambda a, b: temporal.add_days(a, -b)
    _RULES["+", _date, _YM] = lambda a, b: temporal.add_months(a, b.total_months)
    _RULES["+", _YM, _date] = lambda a, b: temporal.add_months(b, a.total_months)
    _RULES["-", _date, _YM] = lambda a, b: temporal.add_months(a, -b.total_months)
    for _other in ("date", _MOMENT):
        _RULES["-", _date, _other] = temporal.difference

#: the longest text an expression may build
LONGEST_TEXT = 5_000_000


def _joined(left: str, right: str) -> str:
    if len(left) + len(right) > LONGEST_TEXT:
        raise Fault("the text would be too long")
    return left + right


def is_function(value: Any) -> bool:
    return isinstance(value, Function)
