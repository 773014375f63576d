"""The operators that are run most, as closures with a short way for numbers, strings and booleans."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from motcua.engines.feel import operators as ops
from motcua.engines.feel.invocation import Code, Scope, guarded, null
from motcua.engines.feel.values import Fault


def binary(left: Code, numbers: Any, anything: Any, right: Code) -> Code:
    def compute(scope: Scope) -> Any:
        first, second = left(scope), right(scope)
        if type(first) is Decimal and type(second) is Decimal:
            try:
                return numbers(first, second)
            except DecimalException:
                pass
        return guarded(scope, anything, first, second)

    return compute


def _equality(negated: bool) -> Callable[[Code, Code], Code]:
    def make(left: Code, right: Code) -> Code:
        def compare(scope: Scope) -> Any:
            first, second = left(scope), right(scope)
            cls = type(first)
            if cls is type(second) and (cls is Decimal or cls is str or cls is bool):
                return (first == second) is not negated
            try:
                return ops.equal(first, second) is not negated
            except Fault as fault:
                return null(scope, str(fault))

        return compare

    return make


def _ordering(op: str) -> Callable[[Code, Code], Code]:
    wanted = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0)}[op]

    def make(left: Code, right: Code) -> Code:
        def compare(scope: Scope) -> Any:
            first, second = left(scope), right(scope)
            if type(first) is Decimal and type(second) is Decimal:
                return ((first > second) - (first < second)) in wanted
            try:
                return ops.order(first, second) in wanted
            except Fault as fault:
                return null(scope, str(fault))

        return compare

    return make


COMPARISONS = {
    "=": _equality(False),
    "!=": _equality(True),
    **{op: _ordering(op) for op in ("<", "<=", ">", ">=")},
}
