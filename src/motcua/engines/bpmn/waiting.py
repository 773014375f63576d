"""Waiting for a message, a timer or a signal, and what happens when it comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from motcua.engines.bpmn import effects as fx
from motcua.engines.bpmn import flow, scopes, timers
from motcua.engines.bpmn.elements import WAITED_FOR, Element, EventKind, Kind
from motcua.engines.bpmn.errors import BpmnError
from motcua.engines.bpmn.expressions import as_text
from motcua.engines.bpmn.machine import Halt, Run
from motcua.engines.bpmn.state import Token, Wait


def guard(run: Run, token: Token, element: Element) -> None:
    """Let the boundary events of an activity wait while its token does; instances leave that to the whole."""
    if run.is_instance(token.scope, element):
        return
    try:
        for boundary in run.plan_of(token.scope).boundaries.get(element.id, ()):
            if boundary.event.kind in WAITED_FOR:
                subscribe(run, boundary, token.scope, host=token.id)
    except Halt:
        run.remove(token.id)
        raise


def subscribe(
    run: Run,
    element: Element,
    scope: int,
    host: int = 0,
    left: int | None = None,
    since: datetime | None = None,
) -> Token:
    """Wait for what an event says. `left` and `since` go on with a cycle that has begun."""
    event = element.event
    if event.kind is EventKind.TIMER:
        return _set_timer(run, element, scope, host, left, since or run.now)
    if event.kind is EventKind.SIGNAL:
        token = run.wait(element, scope, Wait.SIGNAL, host=host)
        run.effects.append(fx.SignalAwaited(token.id, event.name))
        return token
    key = None
    if event.correlation is not None:
        found = run.value(event.correlation, scope)
        if found is None:
            raise Halt(f"The correlation key “{event.correlation.text}” of message “{event.name}” is null.")
        key = as_text(found)
    token = run.wait(element, scope, Wait.MESSAGE, host=host, key=key)
    run.effects.append(fx.MessageAwaited(token.id, event.name, key, element.id))
    return token


def _set_timer(run: Run, element: Element, scope: int, host: int, left: int | None, since: datetime) -> Token:
    timer = element.event.timer
    if timer is None:
        raise Halt("The timer says no time.")
    found = run.value(timer.text, scope)
    if found is None:
        raise Halt(f"The timer “{timer.text.text}” gives null: check the data it names.")
    text = as_text(found)
    repeated = timers.cycle(text)
    duration = text
    if repeated is not None:
        duration = repeated.start if repeated.start and left is None else repeated.duration
        left = repeated.times if left is None else left
        if not left:
            raise Halt(f"The timer “{text}” never fires.")
        if timers.is_no_time(repeated.duration):
            raise Halt(f"The timer “{text}” repeats without a pause.")
    try:
        due = run.env.due(duration, timer.working, since)
    except (BpmnError, ValueError, OverflowError) as fault:
        raise Halt(str(fault)) from fault
    token = run.wait(element, scope, Wait.TIMER, host=host, due=due.isoformat(), left=left)
    run.effects.append(fx.TimerSet(token.id, due, timer.working, duration, element.id))
    return token


def catch(run: Run, element: Element, scope: int) -> None:
    """An intermediate catching event: wait, or go on where a link lands."""
    if element.event.kind is EventKind.LINK:
        flow.leave(run, element, scope)
    else:
        subscribe(run, element, scope)


def offer_choice(run: Run, element: Element, scope: int) -> None:
    """An event-based gateway: wait for the first of the events behind it."""
    plan = run.plan_of(scope)
    choice = run.wait(element, scope, Wait.CHOICE)
    try:
        for way in element.outgoing:
            subscribe(run, plan.element(way.target), scope, host=choice.id)
    except Halt:
        run.remove(choice.id)
        raise
    run.passed(element)


def trigger(run: Run, token: Token, payload: Mapping[str, Any]) -> None:
    """What a token waited for has come."""
    element = run.element(token)
    scope = token.scope
    run.remove(token.id, quietly=True)
    if not element.interrupting and element.kind in (Kind.BOUNDARY, Kind.START):
        _wait_again(run, element, token)
    elif token.host:
        run.remove(token.host)
    if element.kind is Kind.START:
        scopes.start_event_subprocess(run, element, scope, payload)
        return
    run.outputs(element, scope, payload)
    if element.kind is Kind.RECEIVE:
        flow.finish(run, element, scope)
    else:
        flow.leave(run, element, scope)


def _wait_again(run: Run, element: Element, token: Token) -> None:
    if token.wait is not Wait.TIMER:
        subscribe(run, element, token.scope, token.host)
    elif token.left is not None and token.due is not None and token.left != 1:
        left = token.left if token.left == timers.ENDLESS else token.left - 1
        subscribe(run, element, token.scope, token.host, left, datetime.fromisoformat(token.due))
