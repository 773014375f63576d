"""How library functions are declared, and how they read their arguments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from motcua.engines.feel.values import Builtin, Fault, Function, Range, Signature, kind

LIBRARY: dict[str, Function] = {}

_Call = TypeVar("_Call", bound=Callable[..., Any])

#: an optional argument that was not given; a given null is None and mostly a fault
ABSENT: Any = object()

#: the longest list a function may build
LONGEST_LIST = 1_000_000


def feel(name: str, *signatures: str) -> Callable[[_Call], _Call]:
    """Declare a function. A signature lists parameters by name: `n, scale?` has an optional one, `list...`
    takes one list or its items one by one."""

    def declare(call: _Call) -> _Call:
        LIBRARY[name] = Builtin(name, tuple(_signature(text) for text in signatures or ("",)), call)
        return call

    return declare


def _signature(text: str) -> Signature:
    params = [part.strip() for part in text.split(",") if part.strip()]
    required = sum(1 for part in params if not part.endswith("?"))
    return Signature(tuple(p.rstrip("?.") for p in params), required, any(p.endswith("...") for p in params))


def single(value: Any) -> Any:
    """A list of one as its item (10.3.2.9.4)."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _reader(wanted: str, cls: type | tuple[type, ...]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        value = single(value)
        if not isinstance(value, cls) or (isinstance(value, dt.datetime) and wanted == "date"):
            raise Fault(f"a {wanted} is needed, not {'null' if value is None else 'a ' + kind(value)}")
        return value

    return read


number: Callable[[Any], Decimal] = _reader("number", Decimal)
string: Callable[[Any], str] = _reader("string", str)
boolean: Callable[[Any], bool] = _reader("boolean", bool)
interval: Callable[[Any], Range] = _reader("range", Range)
context: Callable[[Any], dict[str, Any]] = _reader("context", dict)
function: Callable[[Any], Function] = _reader("function", Function)


def whole(value: Any) -> int:
    """A number as an int, its fraction cut off."""
    n = number(value)
    if abs(n) >= 10**15:
        raise Fault(f"{n} is too large here")
    return int(n)


def items(value: Any) -> list[Any]:
    """A list; a single value is a list of one; null is a fault."""
    if isinstance(value, list):
        return value
    if value is None:
        raise Fault("a list is needed, not null")
    return [value]


def spread(args: tuple[Any, ...]) -> list[Any]:
    """The items of f(list) or f(a, b, …)."""
    if len(args) == 1:
        return items(args[0])
    return list(args)


def bounded(values: list[Any]) -> list[Any]:
    """The list itself. Raises Fault when it is too long to be held."""
    if len(values) > LONGEST_LIST:
        raise Fault(f"the list would have more than {LONGEST_LIST} items")
    return values
