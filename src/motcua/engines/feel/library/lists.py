"""Functions on lists (DMN 1.5, table 75)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, DecimalException
from functools import cmp_to_key
from typing import Any

from motcua.engines.feel import operators as ops
from motcua.engines.feel.library.registry import (
    ABSENT,
    LIBRARY,
    bounded,
    feel,
    function,
    items,
    spread,
    whole,
)
from motcua.engines.feel.values import NUMBERS, Builtin, Fault, Function, Signature, kind

_MOST_COMPARISONS = 2_000_000


@feel("list contains", "list, element")
def list_contains(values: Any, element: Any) -> bool:
    return any(ops.same(value, element) for value in items(values))


@feel("count", "list...")
def count(*values: Any) -> Decimal:
    return Decimal(len(spread(values)))


@feel("min", "list...")
def least(*values: Any) -> Any:
    return _extreme(spread(values), -1)


@feel("max", "list...")
def greatest(*values: Any) -> Any:
    return _extreme(spread(values), 1)


def _extreme(values: list[Any], sign: int) -> Any:
    if not values:
        return None
    best = values[0]
    ops.order(best, best)
    for value in values[1:]:
        if ops.order(value, best) == sign:
            best = value
    return best


def _numbers(values: tuple[Any, ...]) -> list[Decimal]:
    found = spread(values)
    for value in found:
        if not isinstance(value, Decimal):
            raise Fault("every item must be a number")
    return found


def _total(values: Iterable[Any]) -> Any:
    total: Any = None
    for value in values:
        total = value if total is None else ops.add(total, value)
    return total


@feel("sum", "list...")
def total(*values: Any) -> Any:
    """The sum of numbers; null for none."""
    return _total(_numbers(values))


@feel("mean", "list...")
def mean(*values: Any) -> Any:
    found = _numbers(values)
    return ops.divide(_total(found), Decimal(len(found))) if found else None


@feel("product", "list...")
def product(*values: Any) -> Any:
    result: Any = None
    for value in _numbers(values):
        result = value if result is None else ops.multiply(result, value)
    return result


@feel("median", "list...")
def median(*values: Any) -> Any:
    found = sorted(_numbers(values))
    if not found:
        return None
    middle = len(found) // 2
    if len(found) % 2:
        return found[middle]
    return NUMBERS.divide(NUMBERS.add(found[middle - 1], found[middle]), Decimal(2))


@feel("stddev", "list...")
def standard_deviation(*values: Any) -> Any:
    """That of a sample: with n − 1."""
    found = _numbers(values)
    if len(found) < 2:
        raise Fault("a standard deviation needs two numbers or more")
    try:
        average = NUMBERS.divide(_total(found), Decimal(len(found)))
        squares = _total(NUMBERS.power(NUMBERS.subtract(value, average), Decimal(2)) for value in found)
        return NUMBERS.sqrt(NUMBERS.divide(squares, Decimal(len(found) - 1)))
    except DecimalException:
        raise Fault("the numbers are too large") from None


@feel("mode", "list...")
def mode(*values: Any) -> list[Decimal]:
    counts: dict[Decimal, int] = {}
    for value in _numbers(values):
        counts[value] = counts.get(value, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(value for value, times in counts.items() if times == most)


@feel("all", "list...")
def all_true(*values: Any) -> bool | None:
    return _conjunction(values, decisive=False)


@feel("any", "list...")
def any_true(*values: Any) -> bool | None:
    return _conjunction(values, decisive=True)


def _conjunction(values: tuple[Any, ...], *, decisive: bool) -> bool | None:
    result: bool | None = not decisive
    for value in spread(values):
        if value is decisive:
            return bool(decisive)
        if value is None:
            result = None
        elif not isinstance(value, bool):
            raise Fault("every item must be true, false or null")
    return result


@feel("sublist", "list, start position, length?")
def sublist(values: Any, start: Any, length: Any = ABSENT) -> list[Any]:
    found = items(values)
    first = _position(found, start)
    if length is ABSENT:
        return found[first:]
    wanted = whole(length)
    if wanted < 1 or first + wanted > len(found):
        raise Fault(f"there are no {wanted} items from position {start} in a list of {len(found)}")
    return found[first : first + wanted]


def _position(values: list[Any], position: Any) -> int:
    at = whole(position)
    if at == 0 or abs(at) > len(values):
        raise Fault(f"there is no position {at} in a list of {len(values)} items")
    return at - 1 if at > 0 else len(values) + at


@feel("append", "list, item...")
def append(values: Any, *more: Any) -> list[Any]:
    return bounded([*items(values), *more])


@feel("concatenate", "list...")
def concatenate(*lists: Any) -> list[Any]:
    joined: list[Any] = []
    for values in lists:
        joined.extend(items(values))
        bounded(joined)
    return joined


@feel("union", "list...")
def union(*lists: Any) -> list[Any]:
    return _distinct(concatenate(*lists))


@feel("insert before", "list, position, newItem")
def insert_before(values: Any, position: Any, item: Any) -> list[Any]:
    found = items(values)
    at = _position(found, position)
    return bounded([*found[:at], item, *found[at:]])


@feel("remove", "list, position")
def remove(values: Any, position: Any) -> list[Any]:
    found = items(values)
    at = _position(found, position)
    return found[:at] + found[at + 1 :]


def list_replace(values: Any, where: Any, item: Any) -> list[Any]:
    """One item replaced by its position, or all that a function(item, newItem) says."""
    found = items(values)
    if isinstance(where, Function):
        return [item if _verdict(where.invoke([value, item])) else value for value in found]
    at = _position(found, where)
    return [*found[:at], item, *found[at + 1 :]]


class _ListReplace(Builtin):
    def invoke_named(self, args: Mapping[str, Any]) -> Any:
        if isinstance(args.get("position"), Function) or not isinstance(args.get("match", self), Function):
            raise Fault("position is a number, match is a function(item, newItem)")
        return super().invoke_named(args)


LIBRARY["list replace"] = _ListReplace(
    "list replace",
    (Signature(("list", "position", "newItem"), 3), Signature(("list", "match", "newItem"), 3)),
    list_replace,
)


def _verdict(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Fault("the function must answer true or false")
    return value


@feel("reverse", "list")
def reverse(values: Any) -> list[Any]:
    return items(values)[::-1]


@feel("index of", "list, match")
def index_of(values: Any, match: Any) -> list[Decimal]:
    return [Decimal(at) for at, value in enumerate(items(values), 1) if ops.same(value, match)]


@feel("distinct values", "list")
def distinct_values(values: Any) -> list[Any]:
    return _distinct(items(values))


def _distinct(values: list[Any]) -> list[Any]:
    """Each value once, in the order of first sight."""
    alike: dict[Any, list[Any]] = {}
    kept: list[Any] = []
    comparisons_left = _MOST_COMPARISONS
    for value in values:
        others = alike.setdefault(_trait(value, 0), [])
        comparisons_left -= len(others)
        if comparisons_left < 0:
            raise Fault("the list has too many values that are hard to tell apart")
        if not any(ops.same(value, other) for other in others):
            others.append(value)
            kept.append(value)
    return kept


def _trait(value: Any, depth: int) -> Any:
    """Something that equal values share, so that only values alike in it need to be compared."""
    if isinstance(value, Decimal | str | bool):
        return type(value), value
    if isinstance(value, list) and depth < 3:
        return len(value), tuple(_trait(item, depth + 1) for item in value[:8])
    if isinstance(value, dict) and depth < 3:
        return frozenset((key, _trait(value[key], depth + 1)) for key in sorted(value)[:8])
    return kind(value)


@feel("flatten", "list")
def flatten(values: Any) -> list[Any]:
    flat: list[Any] = []
    _flatten_into(flat, items(values), 0)
    return flat


def _flatten_into(flat: list[Any], values: list[Any], depth: int) -> None:
    if depth > 200:
        raise Fault("the list is nested too deep")
    for value in values:
        if isinstance(value, list):
            _flatten_into(flat, value, depth + 1)
        else:
            flat.append(value)
    bounded(flat)


@feel("sort", "list, precedes?")
def sort(values: Any, precedes: Any = ABSENT) -> list[Any]:
    found = items(values)
    if precedes is ABSENT:
        plain = len({type(value) for value in found}) == 1 and isinstance(found[0], Decimal | str)
        return sorted(found) if plain else sorted(found, key=cmp_to_key(ops.order))
    return sorted(found, key=cmp_to_key(_by(function(precedes))))


def _by(precedes: Function) -> Callable[[Any, Any], int]:
    def compare(left: Any, right: Any) -> int:
        if precedes.invoke([left, right]) is True:
            return -1
        return 1 if precedes.invoke([right, left]) is True else 0

    return compare
