"""Functions on strings (DMN 1.5, table 74). Positions count code points, as Python's str does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from motcua.engines.feel import patterns
from motcua.engines.feel.library.registry import ABSENT, feel, items, string, whole
from motcua.engines.feel.operators import LONGEST_TEXT
from motcua.engines.feel.values import Fault


@feel("substring", "string, start position, length?")
def substring(text: Any, start: Any, length: Any = ABSENT) -> str:
    value, position = string(text), whole(start)
    count = len(value) if length is ABSENT or length is None else whole(length)
    if position == 0 or abs(position) > max(len(value), 1):
        raise Fault(f"there is no position {position} in a text of {len(value)} characters")
    if count < 1:
        raise Fault("a length is at least 1")
    first = position - 1 if position > 0 else len(value) + position
    return value[first : first + count]


@feel("string length", "string")
def string_length(text: Any) -> Decimal:
    return Decimal(len(string(text)))


@feel("upper case", "string")
def upper_case(text: Any) -> str:
    return string(text).upper()


@feel("lower case", "string")
def lower_case(text: Any) -> str:
    return string(text).lower()


@feel("substring before", "string, match")
def substring_before(text: Any, match: Any) -> str:
    value, part = string(text), string(match)
    return value.partition(part)[0] if part and part in value else ""


@feel("substring after", "string, match")
def substring_after(text: Any, match: Any) -> str:
    value, part = string(text), string(match)
    return value.partition(part)[2] if part else value


@feel("contains", "string, match")
def contains(text: Any, match: Any) -> bool:
    return string(match) in string(text)


@feel("starts with", "string, match")
def starts_with(text: Any, match: Any) -> bool:
    return string(text).startswith(string(match))


@feel("ends with", "string, match")
def ends_with(text: Any, match: Any) -> bool:
    return string(text).endswith(string(match))


@feel("split", "string, delimiter")
def split(text: Any, delimiter: Any) -> list[str]:
    return patterns.compile_pattern(string(delimiter), "").split(string(text))


@feel("matches", "input, pattern, flags?")
def matches(text: Any, pattern: Any, flags: Any = None) -> bool:
    return patterns.compile_pattern(string(pattern), _flags(flags)).found_in(string(text))


@feel("replace", "input, pattern, replacement, flags?")
def replace(text: Any, pattern: Any, replacement: Any, flags: Any = None) -> str:
    compiled = patterns.compile_pattern(string(pattern), _flags(flags))
    return compiled.replaced(string(text), string(replacement), LONGEST_TEXT)


def _flags(flags: Any) -> str:
    return "" if flags is None else string(flags)


@feel("string join", "list, delimiter?")
def string_join(parts: Any, delimiter: Any = None) -> str:
    """The strings of a list with the delimiter between them; nulls are left out."""
    texts = [part for part in items(parts) if part is not None]
    for part in texts:
        if not isinstance(part, str):
            raise Fault("every item of the list must be a string")
    between = "" if delimiter is None else string(delimiter)
    if sum(map(len, texts)) + len(between) * len(texts) > LONGEST_TEXT:
        raise Fault("the text would be too long")
    return between.join(texts)
