"""Numbers, strings and ranges out of other values (DMN 1.5, table 72), and values as text."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from motcua.engines.feel import nodes as n
from motcua.engines.feel import operators as ops
from motcua.engines.feel import temporal
from motcua.engines.feel.far import DAYS, MOMENTS
from motcua.engines.feel.lexer import FeelSyntaxError
from motcua.engines.feel.library.registry import ABSENT, LIBRARY, feel, string
from motcua.engines.feel.values import (
    NUMBERS,
    Builtin,
    Fault,
    Function,
    NotEqualTo,
    Range,
    YearsMonthsDuration,
)

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@feel("number", "from, grouping separator?, decimal separator?")
def make_number(source: Any, grouping: Any = ABSENT, decimal: Any = ABSENT) -> Decimal:
    if grouping is ABSENT and isinstance(source, Decimal):
        return source
    text = string(source)
    thousands = _separator(grouping, (" ", ",", "."))
    point = _separator(decimal, (",", "."))
    if thousands and thousands == point:
        raise Fault("the grouping and the decimal separator must differ")
    if thousands:
        text = text.replace(thousands, "")
    if point:
        if point != "." and "." in text:
            raise Fault(f'"{text[:60]}" is not a number')
        text = text.replace(point, ".")
    if len(text) > 100 or not _NUMBER.fullmatch(text):
        raise Fault(f'"{text[:60]}" is not a number')
    try:
        return NUMBERS.create_decimal(text)
    except ArithmeticError:
        raise Fault(f'"{text}" is too large a number') from None


def _separator(value: Any, allowed: tuple[str, ...]) -> str:
    if value is ABSENT or value is None:
        return ""
    if value not in allowed:
        raise Fault(f"a separator is one of {', '.join(repr(a) for a in allowed)}")
    return str(value)


@feel("string", "from")
def make_string(value: Any) -> str | None:
    return None if value is None else as_text(value)


def as_text(value: Any) -> str:
    """A value as FEEL writes it; strings inside lists and contexts in quotes. Raises Fault when it is too long."""
    return value if isinstance(value, str) else _written(value, 0)


def _written(value: Any, depth: int) -> str:
    if depth > 50:
        raise Fault("the value is nested too deep to be written")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _number_text(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return _within_bounds("[" + ", ".join(_written(item, depth + 1) for item in value) + "]")
    if isinstance(value, dict):
        entries = (f"{_key(key)}: {_written(item, depth + 1)}" for key, item in value.items())
        return _within_bounds("{" + ", ".join(entries) + "}")
    if isinstance(value, Range):
        return _range_text(value, depth)
    if isinstance(value, NotEqualTo):
        return f"!={_written(value.value, depth + 1)}"
    return _temporal_text(value) if not isinstance(value, Function) else f"function {value.name}".rstrip()


def _within_bounds(text: str) -> str:
    if len(text) > ops.LONGEST_TEXT:
        raise Fault("the text would be too long")
    return text


def _key(key: str) -> str:
    return key if re.fullmatch(r"[^\W\d][\w ]*", key) else _written(key, 0)


def _temporal_text(value: Any) -> str:
    if isinstance(value, MOMENTS):
        return temporal.format_date_time(value)
    if isinstance(value, DAYS):
        return temporal.format_date(value)
    if isinstance(value, dt.time):
        return temporal.format_time(value)
    if isinstance(value, dt.timedelta):
        return temporal.format_days(value)
    if isinstance(value, YearsMonthsDuration):
        return temporal.format_months(value)
    return str(value)


def _range_text(value: Range, depth: int) -> str:
    if value.op:
        return f"({value.op} {_written(value.start if value.start is not None else value.end, depth + 1)})"
    opener, closer = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opener}{_end(value.start, depth)}..{_end(value.end, depth)}{closer}"


def _end(value: Any, depth: int) -> str:
    text = _written(value, depth + 1)
    plain = value is None or isinstance(value, Decimal | str | bool)
    return text if plain else f'@"{text}"'


def _number_text(value: Decimal) -> str:
    """All digits, no exponent."""
    if not value:
        return "0"
    return f"{value:f}"


_LITERAL_CALLS = ("date", "time", "date and time", "duration")


@feel("range", "from")
def make_range(text: Any) -> Range:
    """A range out of its text; its ends are literals of one kind, in order (table 72)."""
    from motcua.engines.feel.parser import Parser

    if not isinstance(text, str):
        raise Fault("a range is made of a string")
    try:
        node = Parser(text).expression()
    except FeelSyntaxError as error:
        raise Fault(f'"{text[:60]}" is not a range: {error.message}') from None
    if not isinstance(node, n.Interval):
        raise Fault(f'"{text[:60]}" is not a range')
    start, end = _literal(node.low), _literal(node.high)
    if ops.order(start, end) > 0:
        raise Fault("the range ends before it starts")
    return Range(start, end, node.low_included, node.high_included)


def _literal(node: n.Node) -> Any:
    if isinstance(node, n.Literal):
        return node.value
    if isinstance(node, n.AtLiteral):
        return temporal.parse_at_literal(node.text)
    if (
        isinstance(node, n.Call)
        and isinstance(node.function, n.Name)
        and node.function.name in _LITERAL_CALLS
        and all(isinstance(arg, n.Literal) for arg in node.args)
    ):
        function = LIBRARY[node.function.name]
        assert isinstance(function, Builtin)
        return function.invoke([arg.value for arg in node.args if isinstance(arg, n.Literal)])
    raise Fault("the ends of the range must be literals")
