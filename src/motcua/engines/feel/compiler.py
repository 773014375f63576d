"""A syntax tree into closures. Each takes the scope, a dict of names, and returns a value.

A scope carries the run (messages, clock, allowance) under RUN; what a part introduces (loop variables,
parameters, entries of a context) goes into a copy of the scope made once per loop, not per turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import Any

from motcua.engines.feel import nodes as n
from motcua.engines.feel import operators as ops
from motcua.engines.feel import temporal, types
from motcua.engines.feel.analysis import free_names
from motcua.engines.feel.comparisons import COMPARISONS, binary
from motcua.engines.feel.invocation import (
    RUN,
    Code,
    Scope,
    builtin_call,
    call,
    define,
    external,
    external_parts,
    guarded,
    null,
    property_of,
)
from motcua.engines.feel.loops import filtered, loop, quantified
from motcua.engines.feel.values import (
    NUMBERS,
    Builtin,
    Fault,
    Function,
    NotEqualTo,
    Range,
    UserFunction,
)

INPUT = "?"

_MISSING = object()
_ARITHMETIC = {
    "+": (NUMBERS.add, ops.add),
    "-": (NUMBERS.subtract, ops.subtract),
    "*": (NUMBERS.multiply, ops.multiply),
    "/": (NUMBERS.divide, ops.divide),
    "**": (NUMBERS.power, ops.power),
}


class Compiler:
    """Compiles the nodes of one text. With `traced`, each sub-expression notes its value in the run."""

    def __init__(
        self,
        source: str,
        functions: Mapping[str, Function],
        lookup: types.Lookup | None = None,
        *,
        traced: bool = False,
    ) -> None:
        self.source = source
        self.functions = functions
        self.lookup = lookup
        self.traced = traced

    def compile(self, node: n.Node) -> Code:
        """The code of a node."""
        code: Code = getattr(self, "_" + type(node).__name__)(node)
        return self._watched(node, code) if self.traced and not isinstance(node, n.Literal) else code

    def _watched(self, node: n.Node, code: Code) -> Code:
        text = self.source[node.start : node.end]

        def watched(scope: Scope) -> Any:
            value = code(scope)
            trace = scope[RUN].trace
            if trace is not None and len(trace) < 1000 and not isinstance(value, Function):
                trace.append((text, value))
            return value

        return watched

    # values

    def _Literal(self, node: n.Literal) -> Code:  # noqa: N802 - named after the node
        value = node.value
        return lambda scope: value

    def _AtLiteral(self, node: n.AtLiteral) -> Code:  # noqa: N802
        try:
            value = temporal.parse_at_literal(node.text)
        except Fault as fault:
            message = str(fault)
            return lambda scope: null(scope, message)
        return lambda scope: value

    def _Name(self, node: n.Name) -> Code:  # noqa: N802
        name, function = node.name, self.functions.get(node.name)

        def read(scope: Scope) -> Any:
            value = scope.get(name, _MISSING)
            if value is not _MISSING:
                return value
            if function is not None:
                return function
            return null(scope, f"{name} is not known here")

        return read

    def _ListNode(self, node: n.ListNode) -> Code:  # noqa: N802
        items = [self.compile(item) for item in node.items]
        return lambda scope: [item(scope) for item in items]

    def _ContextNode(self, node: n.ContextNode) -> Code:  # noqa: N802
        entries = [(key, self.compile(value)) for key, value in node.entries]

        def build(scope: Scope) -> Any:
            inner, built = scope.copy(), {}
            for key, value in entries:
                made = inner[key] = built[key] = value(inner)
                if isinstance(made, UserFunction) and not made.name:
                    made.name, made.closure[key] = key, made  # so that it can call itself
            return built

        return build

    def _Interval(self, node: n.Interval) -> Code:  # noqa: N802
        low, high = self.compile(node.low), self.compile(node.high)
        low_in, high_in = node.low_included, node.high_included

        def build(scope: Scope) -> Any:
            start, end = low(scope), high(scope)
            try:
                if ops.order(start, end) > 0:
                    return null(scope, "the interval ends before it starts")
            except Fault as fault:
                return null(scope, f"an interval needs two ends of one kind: {fault}")
            return Range(start, end, low_in, high_in)

        return build

    def _UnaryComparison(self, node: n.UnaryComparison) -> Code:  # noqa: N802
        operand, op = self.compile(node.operand), node.op

        def build(scope: Scope) -> Any:
            value = operand(scope)
            if op == "!=":
                return NotEqualTo(value)
            if op == "=":
                return Range(value, value, True, True, op)
            if value is None:
                return null(scope, f"{op} needs a value to compare with")
            if op[0] == "<":
                return Range(None, value, False, op == "<=", op)
            return Range(value, None, op == ">=", False, op)

        return build

    def _FunctionNode(self, node: n.FunctionNode) -> Code:  # noqa: N802
        params = tuple(name for name, _ in node.params)
        if node.external:
            return external(params, external_parts(node.body))
        body = self.compile(node.body)
        declared = tuple(types.resolve(t, self.lookup) if t else None for _, t in node.params)
        result = types.literal_type(node.body)

        def build(scope: Scope) -> Any:
            return define(scope, params, declared, body, result=result)

        return build

    # operators

    def _Negation(self, node: n.Negation) -> Code:  # noqa: N802
        operand = self.compile(node.operand)

        def negate(scope: Scope) -> Any:
            return guarded(scope, ops.negate, operand(scope))

        return negate

    def _Chain(self, node: n.Chain) -> Code:  # noqa: N802
        first = self.compile(node.first)
        rest = [(*_ARITHMETIC[op], self.compile(operand)) for op, operand in node.rest]
        if len(rest) == 1:
            return binary(first, *rest[0])

        def compute(scope: Scope) -> Any:
            value = first(scope)
            for numbers, anything, operand in rest:
                right = operand(scope)
                if type(value) is Decimal and type(right) is Decimal:
                    try:
                        value = numbers(value, right)
                        continue
                    except DecimalException:
                        pass
                value = guarded(scope, anything, value, right)
            return value

        return compute

    def _Logic(self, node: n.Logic) -> Code:  # noqa: N802
        operands = [self.compile(operand) for operand in node.operands]
        decisive, other = (False, True) if node.op == "and" else (True, False)

        def decide(scope: Scope) -> Any:
            result: bool | None = other
            for operand in operands:
                value = operand(scope)
                if value is decisive:
                    return decisive
                if value is not other:
                    result = None
            return result

        return decide

    def _Comparison(self, node: n.Comparison) -> Code:  # noqa: N802
        return COMPARISONS[node.op](self.compile(node.left), self.compile(node.right))

    def _Between(self, node: n.Between) -> Code:  # noqa: N802
        value, low, high = self.compile(node.value), self.compile(node.low), self.compile(node.high)

        def between(scope: Scope) -> Any:
            it, start, end = value(scope), low(scope), high(scope)
            try:
                return ops.order(it, start) >= 0 and ops.order(it, end) <= 0
            except Fault as fault:
                return null(scope, str(fault))

        return between

    def _In(self, node: n.In) -> Code:  # noqa: N802
        value = self.compile(node.value)
        tests = [self._test(test) for test in node.tests]

        def within(scope: Scope) -> Any:
            return _any_test(scope, value(scope), tests)

        return within

    def _InstanceOf(self, node: n.InstanceOf) -> Code:  # noqa: N802
        value, wanted = self.compile(node.value), types.resolve(node.type, self.lookup)
        name = node.type.name
        if wanted is None:
            return lambda scope: null(scope, f"there is no type {name}")
        if name in types.PARAMETERISED and node.type.end - node.type.start == len(name):
            return lambda scope: null(
                scope, f"{name} needs its parameters here, as in {types.PARAMETERISED[name]}"
            )
        of_nothing = name == "Null"

        def check(scope: Scope) -> Any:
            it = value(scope)
            return of_nothing if it is None else wanted.holds(it)

        return check

    # unary tests

    def _Tests(self, node: n.Tests) -> Code:  # noqa: N802
        if not node.tests:
            return lambda scope: True
        tests = [self._test(test) for test in node.tests]
        negated = node.negated

        def decide(scope: Scope) -> Any:
            result = _any_test(scope, scope.get(INPUT), tests)
            return (None if result is None else not result) if negated else result

        return decide

    def _test(self, node: n.Node) -> Callable[[Scope, Any], Any]:
        code = self.compile(node)
        if mentions(node, INPUT):
            return lambda scope, value: code({**scope, INPUT: value}) is True
        truth_counts = isinstance(
            node, n.Comparison | n.Logic | n.Between | n.In | n.InstanceOf | n.Quantified | n.Call
        )
        if isinstance(node, n.Literal):
            literal = node.value
            return lambda scope, value: ops.same(value, literal)

        def test(scope: Scope, value: Any) -> Any:
            candidate = code(scope)
            if candidate is True and truth_counts and not isinstance(value, bool):
                return True
            if candidate is None and not isinstance(node, n.Name | n.Property | n.Filter):
                return None
            return ops.meets(value, candidate)

        return test

    # structures

    def _Property(self, node: n.Property) -> Code:  # noqa: N802
        of, name = self.compile(node.of), node.name

        def get(scope: Scope) -> Any:
            value = of(scope)
            if type(value) is dict and name in value:
                return value[name]
            return property_of(scope, value, name)

        return get

    def _Filter(self, node: n.Filter) -> Code:  # noqa: N802
        return filtered(self.compile(node.of), node.by, self.compile(node.by), free_roots(node.by))

    def _If(self, node: n.If) -> Code:  # noqa: N802
        branches = [(self.compile(condition), self.compile(then)) for condition, then in node.branches]
        otherwise = self.compile(node.otherwise)

        def choose(scope: Scope) -> Any:
            for condition, then in branches:
                verdict = condition(scope)
                if verdict is True:
                    return then(scope)
                if verdict is not False and verdict is not None:
                    return null(scope, "the condition of an if is neither true nor false")
            return otherwise(scope)

        return choose

    def _For(self, node: n.For) -> Code:  # noqa: N802
        partial = mentions(node.body, "partial")
        return loop(self._domains(node.iterators), self.compile(node.body), partial=partial)

    def _Quantified(self, node: n.Quantified) -> Code:  # noqa: N802
        return quantified(self._domains(node.iterators), self.compile(node.condition), every=node.every)

    def _domains(
        self, iterators: list[tuple[str, n.Node, n.Node | None]]
    ) -> list[tuple[str, Code, Code | None]]:
        return [
            (name, self.compile(low), self.compile(high) if high else None) for name, low, high in iterators
        ]

    def _Call(self, node: n.Call) -> Code:  # noqa: N802
        args = [self.compile(arg) for arg in node.args]
        function = self.compile(node.function)
        name = self.source[node.function.start : node.function.end]
        names = node.names
        called = node.function.name if isinstance(node.function, n.Name) else ""
        known = self.functions.get(called)
        if isinstance(known, Builtin) and names is None and not self.traced:
            return builtin_call(called, known, args)

        def invoke(scope: Scope) -> Any:
            target = function(scope)
            values = [arg(scope) for arg in args]
            return call(scope, name, target, values, names)

        return invoke


def _any_test(scope: Scope, value: Any, tests: list[Callable[[Scope, Any], Any]]) -> Any:
    result: bool | None = False
    for test in tests:
        try:
            outcome = test(scope, value)
        except Fault as fault:
            outcome = null(scope, str(fault))
        if outcome is True:
            return True
        if outcome is None:
            result = None
    return result


def mentions(node: n.Node, name: str) -> bool:
    return name in free_roots(node)


def free_roots(node: n.Node) -> frozenset[str]:
    return frozenset(path.split("\0")[0] for path in free_names(node))


__all__ = [
    "INPUT",
    "RUN",
    "Code",
    "Compiler",
    "Scope",
    "call",
    "define",
    "external",
    "guarded",
    "property_of",
]
