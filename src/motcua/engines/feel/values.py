"""The values of FEEL (DMN 1.5, 10.3.2.3) as Python objects.

number → Decimal · string → str · boolean → bool · null → None · date, time, date and time → datetime's
classes · days and time duration → timedelta · the other kinds are here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from time import thread_time
from typing import Any

from motcua.engines.feel.far import FarDate, FarMoment

#: IEEE 754 decimal128, the arithmetic that FEEL prescribes (10.3.2.3.1).
NUMBERS = Context(
    prec=34,
    Emin=-6143,
    Emax=6144,
    rounding="ROUND_HALF_EVEN",
    traps=[InvalidOperation, DivisionByZero, Overflow],
)


class Fault(Exception):
    """An operation without a value; becomes null with this message."""


class LimitReached(Exception):
    """An evaluation asked for more time or memory than it may have."""


@dataclass(frozen=True, slots=True, order=True)
class YearsMonthsDuration:
    """A length of time in whole months; negative when it points back."""

    total_months: int

    @property
    def years(self) -> int:
        return self.total_months // 12 if self.total_months >= 0 else -(-self.total_months // 12)

    @property
    def months(self) -> int:
        return self.total_months - 12 * self.years

    def __neg__(self) -> YearsMonthsDuration:
        return YearsMonthsDuration(-self.total_months)

    def __abs__(self) -> YearsMonthsDuration:
        return YearsMonthsDuration(abs(self.total_months))


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; an end that is None and not included is open towards infinity.

    `op` is the operator of a range that came from a unary test such as `< 10`, else "".
    """

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True
    op: str = ""


@dataclass(frozen=True, slots=True)
class NotEqualTo:
    """The value of the unary test `!= x`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function: its parameters in order; `required` counts those that must be given."""

    params: tuple[str, ...]
    required: int
    variadic: bool = False


class Function:
    """A FEEL function as a value. Subclasses say how it is invoked."""

    name: str = ""
    signatures: tuple[Signature, ...] = ()

    def invoke(self, args: Sequence[Any]) -> Any:
        """Call with positional arguments; raises Fault when they do not fit."""
        raise NotImplementedError

    def invoke_named(self, args: Mapping[str, Any]) -> Any:
        """Call with named arguments; those left out are null (10.3.2.13.2)."""
        written = tuple(args)
        # before(point, range) and before(range, point) differ only in the order in which the names are written
        for signature in sorted(self.signatures, key=lambda one: one.params != written):
            if args.keys() <= set(signature.params):
                return self.invoke(_arranged(signature, args))
        known = "; ".join(", ".join(s.params) for s in self.signatures)
        raise Fault(
            f"{self.name or 'the function'} has no parameters named {', '.join(args)}; it has: {known}"
        )


def _arranged(signature: Signature, args: Mapping[str, Any]) -> list[Any]:
    last = max((i for i, name in enumerate(signature.params) if name in args), default=-1)
    count = max(signature.required, last + 1)
    return [args.get(name) for name in signature.params[:count]]


def by_name(function: str, params: tuple[str, ...], args: Mapping[str, Any]) -> list[Any]:
    """Named arguments in the order of the parameters; those left out are null (10.3.2.13.5)."""
    if not args.keys() <= set(params):
        raise Fault(f"{function} takes the parameters {', '.join(params)}, not {', '.join(args)}")
    return [args.get(name) for name in params]


class Builtin(Function):
    """A function of the standard library, or one given by the host."""

    def __init__(self, name: str, signatures: tuple[Signature, ...], call: Callable[..., Any]) -> None:
        self.name = name
        self.signatures = signatures
        self.call = call

    def invoke(self, args: Sequence[Any]) -> Any:
        count = len(args)
        for signature in self.signatures:
            if signature.required <= count and (count <= len(signature.params) or signature.variadic):
                return self._called(args)
        wanted = " or ".join(f"({', '.join(s.params)})" for s in self.signatures)
        raise Fault(f"{self.name} takes {wanted}, not {count} arguments")

    def _called(self, args: Sequence[Any]) -> Any:
        try:
            return self.call(*args)
        except (ArithmeticError, ValueError):
            raise Fault("there is no value for these arguments") from None


class UserFunction(Function):
    """A function written in FEEL: its body closes over the scope it was made in."""

    def __init__(
        self,
        params: tuple[str, ...],
        types: tuple[Any, ...],
        body: Callable[[Sequence[Any]], Any],
        name: str = "",
        result: Any = None,
    ) -> None:
        self.name = name
        self.params = params
        self.types = types
        self.body = body
        self.result = result
        #: the scope the body sees, without its parameters
        self.closure: dict[str, Any] = {}
        self.signatures = (Signature(params, len(params)),)

    def invoke(self, args: Sequence[Any]) -> Any:
        if len(args) != len(self.params):
            raise Fault(
                f"{self.name or 'the function'} takes {len(self.params)} arguments "
                f"({', '.join(self.params)}), not {len(args)}"
            )
        return self.body(args)

    def invoke_named(self, args: Mapping[str, Any]) -> Any:
        return self.body(by_name(self.name or "the function", self.params, args))


#: processor time of one evaluation; steps run out first unless each is very large. Time on the clock is not
#: counted, so that a busy machine decides as an idle one.
_MOST_SECONDS = 10.0
#: so many characters or items are worth one step
_WORTH_COUNTING = 32


class Run:
    """What one evaluation carries along: its messages, its clock, what it may still spend."""

    __slots__ = ("clock", "depth", "ends_at", "steps_left", "ticks", "trace", "warnings")

    def __init__(
        self, clock: Callable[[], dt.datetime], steps_left: int, trace: list[tuple[str, Any]] | None = None
    ) -> None:
        self.clock = clock
        self.steps_left = steps_left
        self.trace = trace
        self.warnings: list[str] = []
        self.depth = 0
        self.ticks = 0
        self.ends_at = 0.0

    def warn(self, message: str) -> None:
        if len(self.warnings) < 100:
            self.warnings.append(message)

    def spend_on(self, *values: Any) -> None:
        """Count the work that long texts and lists make, and the memory they take."""
        for value in values:
            cls = type(value)
            if (cls is str or cls is list) and len(value) >= _WORTH_COUNTING:
                self.spend(len(value) // _WORTH_COUNTING)

    def spend(self, steps: int = 1) -> None:
        """Count work done in loops. Raises LimitReached when the allowance is used up."""
        self.steps_left -= steps
        if self.steps_left < 0:
            raise LimitReached("the expression needs more steps than one evaluation may take")
        self.ticks += 1
        if not self.ticks & 7:
            self._look_at_the_time()

    def _look_at_the_time(self) -> None:
        now = thread_time()
        if not self.ends_at:
            self.ends_at = now + _MOST_SECONDS
        elif now > self.ends_at:
            raise LimitReached("the expression needs more time than one evaluation may take")


#: how many items and entries, at every depth together, a result may hold
LARGEST_VALUE = 1_000_000


def within_bounds(value: Any) -> bool:
    """Whether a value can be stored: few expressions can hold one list a billion times over."""
    if type(value) is not list and type(value) is not dict:
        return True
    stack, count = [value], 0
    while stack:
        parts = stack.pop()
        count += len(parts)
        if count > LARGEST_VALUE:
            return False
        inner = parts.values() if type(parts) is dict else parts
        stack.extend(part for part in inner if type(part) is list or type(part) is dict)
    return True


def kind(value: Any) -> str:
    """The name of a value's kind, in the words of the specification."""
    return _KINDS.get(type(value)) or _kind_by_ancestry(value)


_KINDS: dict[type, str] = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    type(None): "null",
    dt.date: "date",
    dt.datetime: "date and time",
    FarDate: "date",
    FarMoment: "date and time",
    dt.time: "time",
    dt.timedelta: "days and time duration",
    YearsMonthsDuration: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    NotEqualTo: "unary test",
}


def _kind_by_ancestry(value: Any) -> str:
    if isinstance(value, Function):
        return "function"
    for ancestor in type(value).__mro__:
        if ancestor in _KINDS:
            return _KINDS[ancestor]
    return "unknown"
