"""One step of an instance: a working copy of its state, a queue of tokens on their way, and the effects so far."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motcua.engines.bpmn import effects as fx
from motcua.engines.bpmn.elements import Definition, Element, Kind
from motcua.engines.bpmn.environment import Environment
from motcua.engines.bpmn.errors import BpmnError, EndlessError, brief
from motcua.engines.bpmn.expressions import Expression
from motcua.engines.bpmn.state import ROOT, Inside, Scope, State, Token, Wait
from motcua.engines.bpmn.variables import Variables, is_ours

STEP_LIMIT = 10_000
"""Tokens that one act may move before it counts as a loop without end."""
MOST_ON_THE_WAY = 4 * STEP_LIMIT
MOST_STUCK = 20
MOST_SECONDS = 10.0
"""Processor time for one act, far above what any drawn process takes."""
DEEPEST_SCOPE = 100
LONGEST_MESSAGE = 600
LEAVING = "leaving"

_RELEASE: dict[Wait, type[Any]] = {
    Wait.PERSON: fx.TaskWithdrawn,
    Wait.SERVICE: fx.ServiceWithdrawn,
    Wait.TIMER: fx.TimerCleared,
    Wait.MESSAGE: fx.MessageReleased,
    Wait.SIGNAL: fx.SignalReleased,
}
NOT_OPEN = frozenset({Inside.INSTANCES, Inside.INSTANCE})


class Halt(Exception):
    """The instance cannot go on at this element with the data it has."""


@dataclass(frozen=True, slots=True)
class Step:
    """What an act led to: the new state and data to store, and what to do about it, in order."""

    state: State
    data: dict[str, Any]
    effects: tuple[fx.Effect, ...]

    def of(self, kind: type[Any]) -> list[Any]:
        """The effects of one kind."""
        return [effect for effect in self.effects if isinstance(effect, kind)]


class Run:
    """The working copy; the modules beside this one move its tokens, this one keeps the books."""

    def __init__(
        self, plan: Definition, state: State, data: Mapping[str, Any], now: datetime, env: Environment
    ) -> None:
        if now.utcoffset() is None:
            raise ValueError(f"{now} has no time zone: a step is taken at an aware time.")
        self.plan = plan
        self.now = now
        self.env = env
        self.tokens = {token.id: token for token in state.tokens}
        self.scopes = {scope.id: scope for scope in state.scopes}
        self.joins = {key: dict(came) for key, came in state.joins.items()}
        self.undoable = list(state.undoable)
        self.next_id = state.next_id
        self.ended = state.ended
        self.variables = Variables(data, env.functions)
        self.effects: list[fx.Effect] = []
        self.queue: deque[tuple[Element, int, str | None]] = deque()
        self.touched: set[int] = set()
        self.sent = 0
        self._plans: dict[int, Definition] = {ROOT: plan}

    def step(self) -> Step:
        """The outcome as the caller stores it."""
        state = State(
            tuple(self.tokens.values()),
            tuple(self.scopes.values()),
            self.joins,
            tuple(self.undoable),
            self.next_id,
            self.ended,
        )
        return Step(state, self.variables.stored(), tuple(self.effects))

    # where things are

    def plan_of(self, scope: int) -> Definition:
        """The definition that is run in a scope: ours, or the called process's."""
        if scope not in self._plans:
            inside = self.scopes[scope]
            plan = self.plan_of(inside.parent)
            call = plan.element(inside.element).call
            if inside.inside is Inside.CALL and call is not None and call.process not in plan.processes:
                plan = self.env.process(call.process)
            self._plans[scope] = plan
        return self._plans[scope]

    def element(self, token: Token) -> Element:
        """The element where a token waits."""
        return self.plan_of(token.scope).element(token.element)

    def container(self, scope: int) -> str:
        """The id of the process or sub-process whose elements run in a scope."""
        if scope == ROOT:
            return self.plan.process_id
        inside = self.scopes[scope]
        if inside.inside in NOT_OPEN:
            return self.container(inside.parent)
        if inside.inside is Inside.CALL:
            call = self.plan_of(inside.parent).element(inside.element).call
            return call.process if call else ""
        return inside.element

    def is_instance(self, scope: int, element: Element) -> bool:
        """Whether this scope is one instance of that multi-instance activity."""
        inside = self.scopes.get(scope)
        return inside is not None and inside.inside is Inside.INSTANCE and inside.element == element.id

    def chain(self, scope: int) -> list[int]:
        """The scopes whose variables are seen from this one, innermost first; a called process sees its own only."""
        chain = [scope]
        while scope != ROOT and self.scopes[scope].inside is not Inside.CALL:
            scope = self.scopes[scope].parent
            chain.append(scope)
        return chain

    # data

    def value(self, expression: Expression, scope: int, more: Mapping[str, Any] | None = None) -> Any:
        """An expression's value, seen from a scope."""
        if expression.constant:
            return expression.text
        return expression.value(self.variables.seen_from(self.chain(scope), more))

    def holds(self, condition: Expression, scope: int, more: Mapping[str, Any] | None = None) -> bool:
        """Whether a condition is true; Halt when it is neither true nor false."""
        answer = self.value(condition, scope, more)
        if not isinstance(answer, bool):
            shown = "null" if answer is None else brief(repr(answer))
            raise Halt(
                f"The condition “{brief(condition.text)}” gives {shown}, not true or false: check the data it names."
            )
        return answer

    def inputs(self, element: Element, scope: int) -> dict[str, Any]:
        """The values of the input mappings, by target."""
        given = Variables({}, {})
        for transfer in element.inputs:
            given.write([ROOT], transfer.target, self.value(transfer.source, scope, given.shared))
        return given.shared

    def outputs(self, element: Element, scope: int, result: Mapping[str, Any]) -> None:
        """Write a result to the data: what the output mappings say, or all of it when there are none."""
        chain = self.chain(scope)
        if not element.outputs:
            for name, value in result.items():
                if not is_ours(name):
                    self.variables.write(chain, (name,), value)
        for transfer in element.outputs:
            self.variables.write(chain, transfer.target, self.value(transfer.source, scope, result))

    # tokens and scopes

    def new_id(self) -> int:
        """A number for a token or a scope, never used again in this instance."""
        number = self.next_id
        self.next_id += 1
        return number

    def wait(self, element: Element, scope: int, kind: Wait, **more: Any) -> Token:
        """Let a token wait at an element."""
        token = Token(self.new_id(), element.id, kind, scope, **more)
        self.tokens[token.id] = token
        return token

    def open_scope(
        self, inside: Inside, element: str, parent: int, host: int = 0, local: dict[str, Any] | None = None
    ) -> Scope:
        """Open the inside of an activity, with variables of its own. Raises EndlessError when it goes too deep."""
        if self._depth(parent) >= DEEPEST_SCOPE:
            raise EndlessError(
                f"Sub-processes and called processes open one another more than {DEEPEST_SCOPE} deep: "
                "a process calls itself without end.",
                element,
            )
        scope = Scope(self.new_id(), element, inside, parent, host)
        self.scopes[scope.id] = scope
        if local:
            self.variables.local[scope.id] = local
        return scope

    def _depth(self, scope: int) -> int:
        depth = 0
        while scope != ROOT:
            scope = self.scopes[scope].parent
            depth += 1
        return depth

    def send(self, element: Element, scope: int, flow: str | None = None) -> None:
        """Put a token on its way to an element. Raises EndlessError when they become ever more."""
        self.sent += 1
        if self.sent > MOST_ON_THE_WAY:
            raise EndlessError(f"More than {MOST_ON_THE_WAY:,} tokens would set out in one act.", element.id)
        self.queue.append((element, scope, flow))

    def passed(self, element: Element) -> None:
        """Note in the trail that an element was left."""
        self.effects.append(fx.Passed(element.id, self.now))

    def remove(self, token_id: int, quietly: bool = False) -> None:
        """Take a token away with everything that guards it or runs inside it, and tell who waited.

        Quietly: the token itself came to its end, so nobody need be told of it but its timer or message row.
        """
        token = self.tokens.pop(token_id, None)
        if token is None:
            return
        release = _RELEASE.get(token.wait)
        if release is not None and not (quietly and token.wait in (Wait.PERSON, Wait.SERVICE)):
            self.effects.append(release(token.id))
        for guard in [other.id for other in self.tokens.values() if other.host == token_id]:
            self.remove(guard)
        for scope in [scope.id for scope in self.scopes.values() if scope.host == token_id]:
            self.close_scope(scope)

    def close_scope(self, scope: int) -> None:
        """Take a scope away with all that is in it."""
        self.empty_scope(scope)
        self.scopes.pop(scope, None)
        self.variables.local.pop(scope, None)

    def empty_scope(self, scope: int, forget: bool = True) -> None:
        """Take away all that is in a scope; `forget` also what could have been compensated there."""
        self.queue = deque(arrival for arrival in self.queue if arrival[1] != scope)
        for token in [token.id for token in self.tokens.values() if token.scope == scope]:
            self.remove(token)
        for inner in [inner.id for inner in self.scopes.values() if inner.parent == scope]:
            self.close_scope(inner)
        for key in [key for key in self.joins if key[0] == scope]:
            del self.joins[key]
        if forget:
            self.undoable = [entry for entry in self.undoable if entry[0] != scope]

    def incident(self, element: Element, scope: int, message: str, leaving: bool = False) -> None:
        """Stop here until somebody mends it; `leaving` when the element itself is done and only its flows are not."""
        token = self.wait(element, scope, Wait.MENDING, key=LEAVING if leaving else None)
        self.effects.append(fx.Incident(element.id, brief(message, LONGEST_MESSAGE), token.id))

    def end(self, kind: str, error_code: str | None = None) -> None:
        """The instance is over."""
        self.empty_scope(ROOT)
        self.queue.clear()
        self.ended = kind
        self.effects.append(fx.Ended(kind, error_code))

    def is_alive(self, scope: int) -> bool:
        """Whether something still goes on in a scope; waiting to start an event sub-process does not count."""
        for token in self.tokens.values():
            if token.scope != scope:
                continue
            if token.wait is Wait.MENDING or self.element(token).kind is not Kind.START:
                return True
        return any(inner.parent == scope and not inner.host for inner in self.scopes.values())

    def drive(self) -> None:
        """Move tokens until each waits for the outside, or the instance ends, or too many steps were taken.

        Raises EndlessError when they do not come to rest and could not be left where they are either.
        """
        from motcua.engines.bpmn import flow, joins, scopes

        left = STEP_LIMIT
        until = time.thread_time() + MOST_SECONDS
        while self.ended is None:
            if not self.queue:
                if joins.fire_inclusive(self) or scopes.close_finished(self):
                    continue
                break
            if not left:
                self._stop_endless()
                return
            left -= 1
            if not left % 16 and time.thread_time() > until:
                raise EndlessError(f"The act takes more than {MOST_SECONDS:.0f} seconds of the processor.")
            element, scope, came_by = self.queue.popleft()
            try:
                flow.arrive(self, element, scope, came_by)
            except Halt as fault:
                self.incident(element, scope, str(fault))
            except EndlessError:
                raise
            except BpmnError as fault:
                self.incident(element, scope, fault.message)

    def _stop_endless(self) -> None:
        message = f"The process took {STEP_LIMIT} steps without coming to rest: it goes round in a loop without end."
        if len(self.queue) > MOST_STUCK:
            raise EndlessError(message, self.queue[0][0].id)
        for element, scope, _ in self.queue:
            self.incident(element, scope, message)
        self.queue.clear()
