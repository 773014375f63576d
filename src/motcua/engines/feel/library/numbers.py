"""Functions on numbers (DMN 1.5, table 76) and booleans."""

from __future__ import annotations

import datetime as dt
import random
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
)
from typing import Any

from motcua.engines.feel.library.registry import ABSENT, boolean, feel, number, single
from motcua.engines.feel.values import NUMBERS, Fault, YearsMonthsDuration

_LEAST_SCALE, _GREATEST_SCALE = -6111, 6176


def _rounded(n: Any, scale: Any, mode: str) -> Decimal:
    value, places = number(n), number(scale)
    if not _LEAST_SCALE <= places <= _GREATEST_SCALE:
        raise Fault(f"the scale {places} is not between {_LEAST_SCALE} and {_GREATEST_SCALE}")
    exponent = -int(places)
    if not value or int(value.as_tuple().exponent) >= exponent:
        return value
    if value.adjusted() + 1 < exponent:  # far smaller than the last place kept
        away = mode in (ROUND_UP, ROUND_CEILING if value > 0 else ROUND_FLOOR)
        return Decimal(1).scaleb(exponent).copy_sign(value) if away else Decimal(0)
    return value.quantize(Decimal(1).scaleb(exponent), mode, NUMBERS)


def _rounding(name: str, mode: str, signature: str) -> None:
    @feel(name, signature)
    def round_number(n: Any, scale: Any = ABSENT) -> Decimal:
        return _rounded(n, Decimal(0) if scale is ABSENT else scale, mode)


_rounding("decimal", ROUND_HALF_EVEN, "n, scale")
_rounding("floor", ROUND_FLOOR, "n, scale?")
_rounding("ceiling", ROUND_CEILING, "n, scale?")
_rounding("round up", ROUND_UP, "n, scale")
_rounding("round down", ROUND_DOWN, "n, scale")
_rounding("round half up", ROUND_HALF_UP, "n, scale")
_rounding("round half down", ROUND_HALF_DOWN, "n, scale")


@feel("abs", "n")
def absolute(n: Any) -> Any:
    value = single(n)
    if isinstance(value, dt.timedelta | YearsMonthsDuration):
        return abs(value)
    return NUMBERS.abs(number(value))


@feel("modulo", "dividend, divisor")
def modulo(dividend: Any, divisor: Any) -> Decimal:
    """dividend − divisor · floor(dividend / divisor): the sign is the divisor's."""
    a, b = number(dividend), number(divisor)
    try:
        rest = a % b if abs(a) < abs(b) * Decimal(10) ** 30 else NUMBERS.remainder(a, b)
    except DecimalException:
        raise Fault(f"modulo({a}, {b}) has no value") from None
    return NUMBERS.plus(rest + b if rest and (rest < 0) != (b < 0) else rest)


@feel("sqrt", "number")
def square_root(value: Any) -> Decimal:
    n = number(value)
    if n < 0:
        raise Fault(f"the negative number {n} has no square root")
    return NUMBERS.sqrt(n)


@feel("log", "number")
def natural_logarithm(value: Any) -> Decimal:
    n = number(value)
    if n <= 0:
        raise Fault(f"{n} has no logarithm")
    return NUMBERS.ln(n)


@feel("exp", "number")
def exponential(value: Any) -> Decimal:
    try:
        return NUMBERS.exp(number(value))
    except DecimalException:
        raise Fault("the result is too large") from None


def _whole(value: Any) -> Decimal:
    n = number(value)
    if n != n.to_integral_value():
        raise Fault(f"{n} is no whole number")
    return n


@feel("odd", "number")
def odd(value: Any) -> bool:
    return _last_bit(_whole(value)) == 1


@feel("even", "number")
def even(value: Any) -> bool:
    return _last_bit(_whole(value)) == 0


def _last_bit(n: Decimal) -> int:
    return 0 if int(n.as_tuple().exponent) > 0 else int(n) % 2


@feel("random number")
def random_number() -> Decimal:
    return Decimal(random.getrandbits(100)) / Decimal(2**100)


@feel("not", "negand")
def negation(negand: Any) -> bool:
    return not boolean(negand)
