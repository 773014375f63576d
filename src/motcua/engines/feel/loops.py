"""for, some, every and filters: everything that goes over a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from motcua.engines.feel import nodes as n
from motcua.engines.feel import operators as ops
from motcua.engines.feel import temporal
from motcua.engines.feel.values import NUMBERS, Fault, Range, Run, kind

RUN = "\0run"
Scope = dict[str, Any]
Code = Callable[[Scope], Any]
Domains = list[tuple[str, Code, Code | None]]

_NOT_THERE = object()


def loop(domains: Domains, body: Code, *, partial: bool = True) -> Code:
    """for … return …: the list of the body's values; `partial` holds those so far (10.3.2.14), unless the
    body is known not to ask for it."""

    def collect(scope: Scope) -> Any:
        collected: list[Any] = []
        run: Run = scope[RUN]
        try:
            for inner in _turns(domains, scope.copy()):
                if partial:
                    run.spend_on(collected)
                    inner["partial"] = collected.copy()
                collected.append(body(inner))
        except Fault as fault:
            scope[RUN].warn(str(fault))
            return None
        return collected

    return collect


def quantified(domains: Domains, condition: Code, *, every: bool) -> Code:
    """some or every … satisfies …: three-valued like or and and."""

    def decide(scope: Scope) -> Any:
        result: bool | None = every
        try:
            for inner in _turns(domains, scope.copy()):
                value = condition(inner)
                if value is (not every):
                    return value
                if value is not every:
                    result = None
        except Fault as fault:
            scope[RUN].warn(str(fault))
            return None
        return result

    return decide


def _turns(domains: Domains, scope: Scope, at: int = 0) -> Iterator[Scope]:
    """Set the variables to each combination in turn, the last one running fastest."""
    if at == len(domains):
        yield scope
        return
    name, low, high = domains[at]
    run: Run = scope[RUN]
    for value in _domain(low(scope), high(scope) if high else _NOT_THERE):
        run.spend()
        scope[name] = value
        yield from _turns(domains, scope, at + 1)


def _domain(low: Any, high: Any) -> Iterable[Any]:
    if high is not _NOT_THERE:
        return _counted(low, high)
    if isinstance(low, Range):
        return _members(low)
    if isinstance(low, list):
        return list(low)
    if low is None:
        raise Fault("null cannot be gone through")
    return [low]


def _counted(low: Any, high: Any) -> Iterator[Any]:
    """low..high, upwards or downwards, over whole numbers or dates."""
    first, last = kind(low), kind(high)
    if first != last or first not in ("number", "date"):
        raise Fault(f"{first} .. {last} cannot be counted through")
    downwards = low > high
    if first == "date":
        return _stepped(low, high, temporal.add_days, -temporal.DAY if downwards else temporal.DAY, downwards)
    return _stepped(low, high, NUMBERS.add, Decimal(-1 if downwards else 1), downwards)


def _stepped(
    value: Any, last: Any, add: Callable[[Any, Any], Any], step: Any, downwards: bool
) -> Iterator[Any]:
    while value >= last if downwards else value <= last:
        yield value
        value = add(value, step)


def _members(interval: Range) -> Iterator[Any]:
    if interval.start is None or interval.end is None:
        raise Fault("a range without an end cannot be gone through")
    for value in _counted(interval.start, interval.end):
        if ops.contains(value, Range(*sorted((interval.start, interval.end)))) and not (
            (not interval.start_included and value == interval.start)
            or (not interval.end_included and value == interval.end)
        ):
            yield value


def filtered(of: Code, by_node: n.Node | None, by: Code, names: frozenset[str] | None) -> Code:
    """list[index] or list[condition]; anything that is no list counts as a list of one (table 59).

    `names` are those the condition reads, all of an item's entries when None.
    """
    constant = (
        by_node.value if isinstance(by_node, n.Literal) and isinstance(by_node.value, Decimal) else None
    )

    def choose(scope: Scope) -> Any:
        value = of(scope)
        items = value if isinstance(value, list) else [] if value is None else [value]
        if constant is not None:
            return _at(scope, items, constant)
        return _chosen(scope, items, by, names)

    return choose


def _at(scope: Scope, items: list[Any], index: Decimal) -> Any:
    position = int(index) if index == index.to_integral_value() else 0
    if 1 <= position <= len(items):
        return items[position - 1]
    if -len(items) <= position <= -1:
        return items[position]
    scope[RUN].warn(f"there is no item {index} in a list of {len(items)}")
    return None


def _chosen(scope: Scope, items: list[Any], by: Code, names: frozenset[str] | None) -> Any:
    if not items:
        return []
    run: Run = scope[RUN]
    inner = scope.copy()
    chosen: list[Any] = []
    for item in items:
        run.spend()
        inner["item"] = item
        if isinstance(item, dict):
            if names is None:
                inner = {**scope, "item": item, **item}
            else:
                _enter(inner, scope, item, names)
        verdict = by(inner)
        if verdict is True:
            chosen.append(item)
        elif isinstance(verdict, Decimal):
            # An index computed rather than written: it does not depend on the item.
            return _at(scope, items, verdict)
    return chosen


def _enter(inner: Scope, outer: Scope, item: dict[str, Any], names: frozenset[str]) -> None:
    """Make the entries of an item readable by their names, hiding what lies outside."""
    for name in names:
        if name in item:
            inner[name] = item[name]
        elif name in outer:
            inner[name] = outer[name]
        else:
            inner.pop(name, None)
    if "item" in item:
        inner["item"] = item["item"]
    elif "item" not in names:
        return
    else:
        inner["item"] = item
