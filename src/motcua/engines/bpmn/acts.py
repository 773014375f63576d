"""What can be done with an instance. Each act is a pure function: old state and data in, a `Step` out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from motcua.engines.bpmn import effects as fx
from motcua.engines.bpmn import flow, scopes, throwing, waiting
from motcua.engines.bpmn.elements import Definition, Element
from motcua.engines.bpmn.environment import Environment
from motcua.engines.bpmn.errors import BpmnError, EndlessError, NotWaitingError
from motcua.engines.bpmn.expressions import as_text
from motcua.engines.bpmn.machine import LEAVING, Halt, Run, Step
from motcua.engines.bpmn.state import ROOT, State, Token, Wait

Data = Mapping[str, Any]
MOST_FIRINGS = 1_000


def start(definition: Definition, data: Data, now: datetime, env: Environment, at: str | None = None) -> Step:
    """Begin an instance at its plain start event, or at the start event `at` (a message, signal or timer start).

    Raises BpmnError when there is no such start event.
    """
    if at is None:
        starts = scopes.plain_starts(definition, definition.process_id)
    else:
        starts = [event for event in definition.starts.get(definition.process_id, ()) if event.id == at]
    if not starts:
        wanted = f"start event “{at}”" if at else "plain start event"
        raise BpmnError(f"The process {definition.process_id} has no {wanted}.")
    run = Run(definition, State(), data, now, env)
    for event in starts:
        if event.outputs:
            run.outputs(event, ROOT, data)
    _settle(run, lambda: scopes.start_inside(run, ROOT, starts), starts[0], ROOT)
    return run.step()


def complete(
    definition: Definition,
    state: State,
    data: Data,
    token_id: int,
    output: Data,
    now: datetime,
    env: Environment,
) -> Step:
    """A person's task is done, or a service has answered: take its output and go on.

    Raises NotWaitingError when that token does not wait for either (done already, withdrawn).
    """
    run, token = _resume(definition, state, data, token_id, now, env, (Wait.PERSON, Wait.SERVICE))
    element = run.element(token)
    run.remove(token.id, quietly=True)
    run.outputs(element, token.scope, output)
    _settle(run, lambda: flow.finish(run, element, token.scope), element, token.scope)
    return run.step()


def fail(
    definition: Definition,
    state: State,
    data: Data,
    token_id: int,
    error_code: str,
    message: str,
    now: datetime,
    env: Environment,
) -> Step:
    """A task or service failed with an error code: go where the process catches it.

    When nothing catches it, nothing moves: an Incident tells of it, and the token waits on for `complete` or `fail`.
    """
    run, token = _resume(definition, state, data, token_id, now, env, (Wait.PERSON, Wait.SERVICE))
    element = run.element(token)

    def give_up() -> None:
        if throwing.throw_error(run, element, token.scope, error_code, message, token.id):
            run.remove(token.id)
        else:
            text = f"Failed with “{error_code}” and nothing catches that: {message}"
            run.effects.append(fx.Incident(element.id, text, token.id))

    _settle(run, give_up, element, token.scope)
    return run.step()


def retry(
    definition: Definition, state: State, data: Data, token_id: int, now: datetime, env: Environment
) -> Step:
    """Try again where an incident stopped the instance (the data or the surroundings having been mended)."""
    run, token = _resume(definition, state, data, token_id, now, env, (Wait.MENDING,))
    element = run.element(token)
    run.remove(token.id, quietly=True)
    again = flow.take_flows if token.key == LEAVING else flow.begin
    _settle(run, lambda: again(run, element, token.scope), element, token.scope)
    return run.step()


def message(
    definition: Definition,
    state: State,
    data: Data,
    name: str,
    correlation_key: object,
    payload: Data,
    now: datetime,
    env: Environment,
) -> Step | None:
    """A message came: the first that waits for it takes it, once. None when nobody here does.

    A subscription without a correlation key takes the message whatever its key.
    """
    run = Run(definition, state, data, now, env)
    key = as_text(correlation_key)
    for token in list(run.tokens.values()):
        if token.wait is Wait.MESSAGE and run.element(token).event.name == name and token.key in (None, key):
            return _triggered(run, token, payload)
    return None


def signal(
    definition: Definition,
    state: State,
    data: Data,
    name: str,
    payload: Data,
    now: datetime,
    env: Environment,
) -> Step | None:
    """A signal was told: everyone here who waits for it hears it. None when nobody does."""
    run = Run(definition, state, data, now, env)
    if not any(
        token.wait is Wait.SIGNAL and run.element(token).event.name == name for token in run.tokens.values()
    ):
        return None
    throwing.spread(run, name, payload)
    run.drive()
    return run.step()


def fire_due(definition: Definition, state: State, data: Data, now: datetime, env: Environment) -> Step:
    """Fire the timers that are due at `now`, in the order in which they are due, cycles as often as they are.

    After a thousand the rest stays due: its `TimerSet` lies in the past, so a caller that keeps timers calls again.
    """
    run = Run(definition, state, data, now, env)
    for _ in range(MOST_FIRINGS):
        due = [
            (datetime.fromisoformat(token.due), token.id)
            for token in run.tokens.values()
            if token.wait is Wait.TIMER and token.due is not None
        ]
        if not due or min(due)[0] > now:
            break
        token = run.tokens[min(due)[1]]
        _triggered(run, token, {})
    return run.step()


def cancel(definition: Definition, state: State, data: Data, now: datetime, env: Environment) -> Step:
    """End the instance from outside (the case was withdrawn or refused): whatever waits is told."""
    run = Run(definition, state, data, now, env)
    if run.ended is None:
        run.end("cancelled")
    return run.step()


def rearm(
    definition: Definition,
    state: State,
    data: Data,
    added: Sequence[str],
    now: datetime,
    env: Environment,
) -> Step:
    """Let boundary events that a new version `added` wait too, from now on (see `migrate`)."""
    run = Run(definition, state, data, now, env)
    for token in state.tokens:
        for boundary in run.plan_of(token.scope).boundaries.get(token.element, ()):
            if boundary.id in added and not run.is_instance(token.scope, run.element(token)):
                waiting.subscribe(run, boundary, token.scope, host=token.id)
    return run.step()


def _triggered(run: Run, token: Token, payload: Data) -> Step:
    element = run.element(token)
    _settle(run, lambda: waiting.trigger(run, token, payload), element, token.scope)
    return run.step()


def _resume(
    definition: Definition,
    state: State,
    data: Data,
    token_id: int,
    now: datetime,
    env: Environment,
    waits: tuple[Wait, ...],
) -> tuple[Run, Token]:
    token = state.token(token_id)
    if token is None or token.wait not in waits:
        raise NotWaitingError(f"Token {token_id} does not wait for this: it was done or withdrawn meanwhile.")
    return Run(definition, state, data, now, env), token


def _settle(run: Run, first: Any, element: Element, scope: int) -> None:
    """Make the first move and then all that follow from it; what cannot go on becomes an incident."""
    try:
        first()
    except Halt as fault:
        run.incident(element, scope, str(fault))
    except EndlessError:
        raise
    except BpmnError as fault:
        run.incident(element, scope, fault.message)
    run.drive()
