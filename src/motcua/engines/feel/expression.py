"""The way in: compile FEEL text once, evaluate it often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from motcua.engines.feel import nodes as n
from motcua.engines.feel.analysis import called_names, free_names
from motcua.engines.feel.compiler import INPUT, RUN, Code, Compiler, Scope
from motcua.engines.feel.conversion import from_python, host
from motcua.engines.feel.lexer import FeelSyntaxError, is_tricky
from motcua.engines.feel.library import LIBRARY
from motcua.engines.feel.parser import Parser
from motcua.engines.feel.types import Lookup
from motcua.engines.feel.values import Builtin, Fault, Function, LimitReached, Run, Signature, within_bounds

#: how many turns of loops, filters and calls one evaluation may take
MAX_STEPS = 400_000

Clock = Callable[[], dt.datetime]


def system_clock() -> dt.datetime:
    """The present moment, with the zone of this machine."""
    return dt.datetime.now().astimezone()


@dataclass(frozen=True)
class Evaluation:
    """A value with how it came about: messages for every null that was a fault, and what each part was."""

    value: Any
    warnings: list[str] = field(default_factory=list)
    trace: list[tuple[str, Any]] = field(default_factory=list)


class Expression:
    """Compiled FEEL. `names` are the variables it reads, as dotted paths ("child.born")."""

    def __init__(
        self,
        text: str,
        *,
        tests: bool = False,
        functions: Mapping[str, Function],
        names: frozenset[str] = frozenset(),
        lookup: Lookup | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.text = text
        self._tests = tests
        self._functions = functions
        self._known = names
        self._lookup = lookup
        self._clock = clock
        self._tree = self._parse(names)
        self._code = self._compiler().compile(self._tree)
        self._traced: Code | None = None
        paths = free_names(self._tree)
        self._roots = frozenset(path.split("\0")[0] for path in paths) | {INPUT}
        called = called_names(self._tree)
        self.names = frozenset(
            path.replace("\0", ".")
            for path in paths
            if path != INPUT and not (path in functions and path in called)
        )
        self._reads_clock = not self._roots.isdisjoint(("now", "today"))
        self._variants: dict[frozenset[str], Expression] = {}

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def _parse(self, names: frozenset[str]) -> n.Node:
        try:
            parser = Parser(self.text, names)
            return parser.unary_tests() if self._tests else parser.expression()
        except RecursionError:
            raise FeelSyntaxError("the expression is nested too deep") from None

    def _compiler(self, *, traced: bool = False) -> Compiler:
        return Compiler(self.text, self._functions, self._lookup, traced=traced)

    def evaluate(self, context: Mapping[str, Any] | None = None, *, clock: Clock | None = None) -> Any:
        """The value in a context of variables; null for whatever has none. Never raises on data."""
        if not context:
            return self._run(self._code, {}, Run(clock or self._clock, MAX_STEPS))
        expression = self._for_names_in(context)
        return expression._run(expression._code, context, Run(clock or self._clock, MAX_STEPS))

    def explain(self, context: Mapping[str, Any] | None = None, *, clock: Clock | None = None) -> Evaluation:
        """As evaluate, with the messages and the value of every sub-expression in the order they were found."""
        values = context or {}
        expression = self._for_names_in(values)
        if expression._traced is None:
            expression._traced = expression._compiler(traced=True).compile(expression._tree)
        run = Run(clock or self._clock, MAX_STEPS, trace=[])
        value = expression._run(expression._traced, values, run)
        return Evaluation(value, run.warnings, run.trace or [])

    @property
    def tree(self) -> n.Node:
        """The syntax tree."""
        return self._tree

    @property
    def roots(self) -> frozenset[str]:
        """The first parts of all names it reads."""
        return self._roots

    def tree_is_any(self) -> bool:
        """Whether this is the test `-`, which any value meets."""
        return isinstance(self._tree, n.Tests) and not self._tree.tests

    def one_by_one(self) -> list[Expression]:
        """Each of several unary tests as tests of its own, in order."""
        assert isinstance(self._tree, n.Tests)
        return [self._alone(test) for test in self._tree.tests]

    def _alone(self, test: n.Node) -> Expression:
        return Expression(
            self.text[test.start : test.end],
            tests=True,
            functions=self._functions,
            names=self._known,
            lookup=self._lookup,
            clock=self._clock,
        )

    def run_in(self, scope: Scope) -> Any:
        """For engines: evaluate in a prepared scope that carries its own run; LimitReached passes through."""
        return self._code(scope)

    def _run(self, code: Code, context: Mapping[str, Any], run: Run) -> Any:
        scope: Scope = {RUN: run}
        try:
            for name in self._roots:
                if name in context:
                    scope[name] = from_python(context[name])
            if self._reads_clock:
                scope.update({name: f for name, f in clock_functions(run.clock).items() if name not in scope})
            value = code(scope)
            if within_bounds(value):
                return value
            run.warn("the value holds too many items")
        except LimitReached as limit:
            run.warn(str(limit))
        except RecursionError:
            run.warn("the expression calls itself, or its data is nested, too deep")
        except MemoryError:
            run.warn("the value is too large")
        except Exception as error:  # data must never stop a case; what slips through is told, not raised
            run.warn(f"the expression could not be evaluated: {type(error).__name__}: {error}")
        return None

    def _for_names_in(self, context: Mapping[str, Any]) -> Expression:
        """This expression, or as it reads when names of the context hold operators or keywords."""
        extra = _tricky_names(context) - self._known
        if not extra:
            return self
        if extra not in self._variants:
            if len(self._variants) >= 64:
                self._variants.clear()
            self._variants[extra] = self._variant(extra)
        return self._variants[extra]

    def _variant(self, extra: frozenset[str]) -> Expression:
        try:
            return Expression(
                self.text,
                tests=self._tests,
                functions=self._functions,
                names=self._known | extra,
                lookup=self._lookup,
                clock=self._clock,
            )
        except FeelSyntaxError:
            return self


def _tricky_names(context: Mapping[str, Any]) -> frozenset[str]:
    found: set[str] = set()
    _gather_tricky(context, found, 0)
    return frozenset(found)


def _gather_tricky(context: Mapping[str, Any], found: set[str], depth: int) -> None:
    """Runs before every evaluation over everything a case knows: kept to what plain JSON needs."""
    for name, value in context.items():
        if type(name) is str and not name.isidentifier() and is_tricky(name):
            found.add(name)
        if depth < 5:
            if type(value) is dict:
                _gather_tricky(value, found, depth + 1)
            elif type(value) is list:
                for item in value[:3]:
                    if type(item) is dict:
                        _gather_tricky(item, found, depth + 2)


def clock_functions(clock: Clock) -> dict[str, Function]:
    """now() and today() of a clock, so that a decision can be taken again at its own moment."""
    return {
        "now": Builtin("now", (Signature((), 0),), clock),
        "today": Builtin("today", (Signature((), 0),), lambda: clock().date()),
    }


def _functions(own: Mapping[str, Any] | None) -> Mapping[str, Function]:
    if not own:
        return LIBRARY
    return {**LIBRARY, **{name: host(name, function) for name, function in own.items()}}


@lru_cache(maxsize=4096)
def _compiled(text: str, tests: bool, names: frozenset[str]) -> Expression:
    return Expression(text, tests=tests, functions=LIBRARY, names=names)


def _make(text: str, tests: bool, functions: Mapping[str, Any] | None, names: Iterable[str]) -> Expression:
    if not functions:
        return _compiled(text, tests, frozenset(names))
    known = frozenset(names) | frozenset(functions)
    return Expression(text, tests=tests, functions=_functions(functions), names=known)


def compile(  # noqa: A001 - the verb of the trade
    text: str, *, functions: Mapping[str, Any] | None = None, names: Iterable[str] = ()
) -> Expression:
    """Compile an expression.

    `functions` are Python functions (or FEEL functions) by the name they have in FEEL, e.g. "province fee".
    `names` are variables whose names hold operators or keywords; names that the context given to evaluate
    holds are known without being told. Raises FeelSyntaxError.
    """
    return _make(text, False, functions, names)


def compile_unary_tests(
    text: str, *, functions: Mapping[str, Any] | None = None, names: Iterable[str] = ()
) -> Expression:
    """Compile the tests of a decision table cell, such as `< 10, [20..30]`; the tested value is read from `?`."""
    return _make(text, True, functions, names)


def evaluate(text: str, context: Mapping[str, Any] | None = None) -> Any:
    """Compile and evaluate in one go. Raises FeelSyntaxError, never on data."""
    return compile(text).evaluate(context)


__all__ = [
    "Evaluation",
    "Expression",
    "Fault",
    "clock_functions",
    "compile",
    "compile_unary_tests",
    "evaluate",
]
