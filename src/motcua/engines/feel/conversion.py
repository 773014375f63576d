"""Between FEEL's values and those of Python and JSON."""

from __future__ import annotations

import datetime as dt
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from motcua.engines.feel.far import FarDate, FarMoment
from motcua.engines.feel.library.conversion import as_text
from motcua.engines.feel.values import (
    NUMBERS,
    Builtin,
    Fault,
    Function,
    NotEqualTo,
    Range,
    Signature,
    YearsMonthsDuration,
    within_bounds,
)

#: how deep lists and contexts may be nested in what is stored
_DEEPEST_JSON = 100

#: bits of the largest whole number that decimal128 can hold
_LONGEST_WHOLE = 20_400
_LARGEST_EXPONENT = 6_144

_PLAIN = frozenset({str, bool, type(None), dt.date, dt.datetime, dt.time, dt.timedelta}) | {
    YearsMonthsDuration,
    Range,
    FarDate,
    FarMoment,
}


def from_python(value: Any) -> Any:
    """A Python value as a FEEL value, nested: int and float become Decimal, tuples and sets lists, callables
    functions. What has no counterpart becomes null."""
    cls = type(value)
    if cls in _PLAIN:
        return value
    if cls is Decimal:
        return _number(value)
    if cls is int:
        return _whole(value)
    if cls is float:
        return NUMBERS.create_decimal(repr(value)) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return _unchanged(value, {str(key): from_python(item) for key, item in value.items()})
    if isinstance(value, list | tuple | set | frozenset):
        return _unchanged(value, [from_python(item) for item in value])
    return _from_other(value)


def _number(value: Decimal) -> Decimal | None:
    """None for what FEEL has no number for: not a number, infinite, or beyond decimal128."""
    return value if value.is_finite() and abs(value.adjusted()) < _LARGEST_EXPONENT else None


def _whole(value: int) -> Decimal | None:
    return NUMBERS.create_decimal(value) if value.bit_length() < _LONGEST_WHOLE else None


def _unchanged(old: Any, new: Any) -> Any:
    """The old object when converting changed nothing, so that identity and memory are kept."""
    if type(old) is not type(new):
        return new
    pairs = (
        zip(old.values(), new.values(), strict=True) if isinstance(old, dict) else zip(old, new, strict=True)
    )
    return old if all(a is b for a, b in pairs) else new


def _from_other(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _number(value)
    for plain in (bool, str, dt.datetime, dt.date, dt.time, dt.timedelta):
        if isinstance(value, plain):
            return value
    if isinstance(value, int):
        return _whole(int(value))
    if isinstance(value, Function | NotEqualTo):
        return value
    return host(getattr(value, "__name__", "function"), value) if callable(value) else None


def host(name: str, call: Callable[..., Any] | Function) -> Function:
    """A Python function under its FEEL name. Its parameters, underscores read as blanks, can be named."""
    if isinstance(call, Function):
        return call
    params: list[str] = []
    required, variadic = 0, False
    for parameter in inspect.signature(call).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            variadic = True
        elif parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            params.append(parameter.name.replace("_", " "))
            required += parameter.default is inspect.Parameter.empty

    def guarded(*args: Any) -> Any:
        try:
            return from_python(call(*args))
        except (Fault, RecursionError, MemoryError):
            raise
        except Exception as error:
            raise Fault(f"{type(error).__name__}: {error}") from error

    return Builtin(name, (Signature(tuple(params), required, variadic),), guarded)


def to_json(value: Any) -> Any:
    """A FEEL value as JSON data: whole numbers as int, others as float where that is exact, else as text;
    dates, times, durations and ranges as their FEEL text; "…" for what is too deep or too large to be stored."""
    return _json(value, 0) if within_bounds(value) else "…"


def _json(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return _json_number(value)
    if isinstance(value, Mapping | Sequence):
        if depth > _DEEPEST_JSON:
            return "…"
        if isinstance(value, Mapping):
            return {str(key): _json(item, depth + 1) for key, item in value.items()}
        return [_json(item, depth + 1) for item in value]
    return text_of(value)


def text_of(value: Any) -> str:
    """A value as FEEL writes it, cut short with … where it is too long or too deep to be written."""
    try:
        return as_text(value)
    except Fault:
        return "…"


def _json_number(value: Decimal) -> int | float | str:
    if abs(value) < 10**18 and value == value.to_integral_value():
        return int(value)
    nearest = float(value)
    return nearest if NUMBERS.create_decimal(repr(nearest)) == value else f"{value:f}"
