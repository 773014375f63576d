"""One evaluation of a model: what is known, what was found, what may still be spent."""

from __future__ import annotations

from typing import Any

from motcua.engines.dmn.outcome import FiredRule
from motcua.engines.feel.compiler import RUN, Scope
from motcua.engines.feel.expression import Clock, clock_functions
from motcua.engines.feel.values import Run

SESSION = "\0session"
MAX_STEPS = 1_000_000

#: a node of a model: the model's namespace and the node's id
Key = tuple[str, str]


class Session:
    """The values of inputs and decisions so far, by node; shared by everything that one call evaluates."""

    def __init__(self, clock: Clock) -> None:
        self.run = Run(clock, MAX_STEPS)
        self.clock_functions = clock_functions(clock)
        self.values: dict[Key, Any] = {}
        self.fired: list[FiredRule] = []
        self.decisions: dict[str, Any] = {}
        self.current = ""

    def scope(self) -> Scope:
        return {RUN: self.run, SESSION: self, **self.clock_functions}

    def warn(self, message: str) -> None:
        self.run.warn(message)

    def branch(self, values: dict[Key, Any]) -> Session:
        """A session for a decision service: its own values, the same purse and the same messages."""
        inner = Session.__new__(Session)
        inner.run, inner.clock_functions, inner.fired = self.run, self.clock_functions, self.fired
        inner.values, inner.decisions, inner.current = values, {}, self.current
        return inner


def session_of(scope: Scope) -> Session:
    session: Session = scope[SESSION]
    return session
