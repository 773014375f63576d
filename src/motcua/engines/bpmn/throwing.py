"""Events that tell something: messages, signals, errors, escalations, terminations, links, compensation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from motcua.engines.bpmn import effects as fx
from motcua.engines.bpmn import flow, scopes, waiting
from motcua.engines.bpmn.elements import ACTIVITIES, Element, EventKind, Kind
from motcua.engines.bpmn.machine import Run
from motcua.engines.bpmn.state import ROOT, Inside, Token, Wait


def throw(run: Run, element: Element, scope: int) -> None:
    """A throwing or end event does what it says and, where it has a way on, goes on."""
    kind = element.event.kind
    if kind is EventKind.MESSAGE and element.work is not None:
        flow.ask_service(run, element, scope)
    elif kind is EventKind.ERROR:
        run.passed(element)
        if not throw_error(run, element, scope, element.event.name):
            run.end("error", element.event.name)
    elif kind is EventKind.TERMINATE:
        run.passed(element)
        run.empty_scope(scope)
        if scope == ROOT:
            run.end("terminated")
        run.touched.add(scope)
    elif kind is EventKind.LINK:
        run.passed(element)
        run.send(run.plan_of(scope).links[element.parent, element.event.name], scope)
    elif kind is EventKind.COMPENSATION:
        _undo_next(run, run.wait(element, scope, Wait.UNDOING))
    else:
        flow.leave(run, element, scope)
        _tell(run, element, scope)


def _tell(run: Run, element: Element, scope: int) -> None:
    name = element.event.name
    if element.event.kind is EventKind.MESSAGE:
        run.effects.append(fx.MessageThrown(name, run.inputs(element, scope), element.id))
    elif element.event.kind is EventKind.SIGNAL:
        payload = run.inputs(element, scope)
        run.effects.append(fx.SignalThrown(name, payload))
        spread(run, name, payload)
    elif element.event.kind is EventKind.ESCALATION:
        _raise(run, element, scope, EventKind.ESCALATION, name, {"escalationCode": name})


def spread(run: Run, name: str, payload: Mapping[str, Any]) -> bool:
    """Tell a signal to every token that waits for it now; False when none does."""
    hearing = [
        token.id
        for token in run.tokens.values()
        if token.wait is Wait.SIGNAL and run.element(token).event.name == name
    ]
    for token_id in hearing:
        token = run.tokens.get(token_id)
        if token is not None:
            waiting.trigger(run, token, payload)
    return bool(hearing)


def throw_error(run: Run, element: Element, scope: int, code: str, message: str = "", host: int = 0) -> bool:
    """Raise an error at an element (whose token is `host`, if it waits); False when nobody outside catches it."""
    payload = {"errorCode": code, "errorMessage": message}
    return _raise(run, element, scope, EventKind.ERROR, code, payload, host)


@dataclass(frozen=True, slots=True)
class _Catcher:
    """Who catches: a boundary event (of the activity whose token is `host`) or the start of an event sub-process."""

    element: Element
    scope: int
    host: int


def _raise(
    run: Run,
    element: Element,
    scope: int,
    kind: EventKind,
    code: str,
    payload: Mapping[str, Any],
    host: int = 0,
) -> bool:
    catcher = _catcher(run, element, scope, kind, code, host)
    if catcher is None:
        return False
    if catcher.element.kind is Kind.START:
        scopes.start_event_subprocess(run, catcher.element, catcher.scope, payload)
        return True
    if catcher.element.interrupting and catcher.host:
        run.remove(catcher.host)
    if catcher.element.outputs:
        run.outputs(catcher.element, catcher.scope, payload)
    flow.leave(run, catcher.element, catcher.scope)
    return True


def _catcher(
    run: Run, element: Element, scope: int, kind: EventKind, code: str, host: int
) -> _Catcher | None:
    """Look outwards from an element for who catches: its boundary, the scope's event sub-processes, the next scope."""
    own_handler = False
    while True:
        plan = run.plan_of(scope)
        if run.is_instance(scope, element):
            whole = run.scopes[run.scopes[scope].parent]
            host, scope = whole.host, whole.parent
        if element.kind in ACTIVITIES and not own_handler:
            found = _match(plan.boundaries.get(element.id, ()), kind, code)
            if found is not None:
                return _Catcher(found, scope, host)
        if not own_handler:
            inner = [
                start
                for sub in plan.event_subprocesses.get(run.container(scope), ())
                for start in plan.starts.get(sub.id, ())
            ]
            found = _match(inner, kind, code)
            if found is not None:
                return _Catcher(found, scope, 0)
        if scope == ROOT:
            return None
        inside = run.scopes[scope]
        own_handler = inside.inside is Inside.EVENT_SUBPROCESS
        scope, host = inside.parent, inside.host
        element = run.plan_of(scope).element(inside.element)


def _match(events: Any, kind: EventKind, code: str) -> Element | None:
    fitting = [event for event in events if event.event.kind is kind and event.event.name in (code, "")]
    return min(fitting, key=lambda event: event.event.name == "", default=None)


def undone(run: Run, handler: Element) -> None:
    """A compensation handler is done: let who asked for it go on."""
    for token in run.tokens.values():
        if token.wait is Wait.UNDOING and token.key == handler.id:
            _undo_next(run, token)
            return


def _undo_next(run: Run, token: Token) -> None:
    """Undo the latest activity that is still to be undone, one after the other; then go on."""
    element = run.element(token)
    scopes_meant = {token.scope}
    scope = token.scope
    while scope != ROOT and run.scopes[scope].inside is Inside.EVENT_SUBPROCESS:
        scope = run.scopes[scope].parent
        scopes_meant.add(scope)
    plan = run.plan_of(token.scope)
    for number in reversed(range(len(run.undoable))):
        done_in, activity = run.undoable[number]
        if done_in in scopes_meant and element.event.activity in (None, activity):
            del run.undoable[number]
            handler = next(
                guard.compensated_by for guard in plan.boundaries[activity] if guard.compensated_by
            )
            run.tokens[token.id] = replace(token, key=handler)
            run.send(plan.element(handler), token.scope)
            return
    run.remove(token.id, quietly=True)
    flow.leave(run, element, token.scope)
