"""How tokens enter and leave elements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from motcua.engines.bpmn import effects as fx
from motcua.engines.bpmn import joins, scopes, throwing, waiting
from motcua.engines.bpmn.elements import Element, EventKind, Flow, Kind
from motcua.engines.bpmn.errors import BpmnError, BpmnFaultError, brief
from motcua.engines.bpmn.expressions import Expression, as_text
from motcua.engines.bpmn.machine import Halt, Run
from motcua.engines.bpmn.state import Wait
from motcua.engines.working_time import Limit


def arrive(run: Run, element: Element, scope: int, came_by: str | None) -> None:
    """A token comes to an element by a flow (None when it starts there)."""
    if len(element.incoming) > 1 and came_by is not None and element.kind in (Kind.PARALLEL, Kind.INCLUSIVE):
        joins.register(run, element, scope, came_by)
    else:
        begin(run, element, scope)


def begin(run: Run, element: Element, scope: int) -> None:
    """Do what the element says, once it is its turn."""
    if element.loop is not None and not run.is_instance(scope, element):
        scopes.open_instances(run, element, scope)
    else:
        _BEGIN[element.kind](run, element, scope)


def finish(run: Run, element: Element, scope: int) -> None:
    """An activity is done: go on, or on to the next of its instances, or back to who asked for compensation."""
    if run.is_instance(scope, element):
        scopes.instance_done(run, element, scope)
        return
    run.passed(element)
    if element.for_compensation:
        throwing.undone(run, element)
        return
    if any(guard.compensated_by for guard in run.plan_of(scope).boundaries.get(element.id, ())):
        run.undoable.append((scope, element.id))
    take_flows(run, element, scope)


def leave(run: Run, element: Element, scope: int) -> None:
    """Leave an event or a gateway, once it is known where to."""
    flows = _chosen(run, element, scope)
    run.passed(element)
    _follow(run, element, scope, flows)


def take_flows(run: Run, element: Element, scope: int) -> None:
    """Follow the outgoing flows of what is done; without any, this token has come to its end."""
    try:
        flows = _chosen(run, element, scope)
    except Halt as fault:
        run.incident(element, scope, str(fault), leaving=True)
        return
    _follow(run, element, scope, flows)


def _follow(run: Run, element: Element, scope: int, flows: list[Flow]) -> None:
    if not element.outgoing:
        run.touched.add(scope)
    plan = run.plan_of(scope)
    for flow in flows:
        run.send(plan.element(flow.target), scope, flow.id)


def _chosen(run: Run, element: Element, scope: int) -> list[Flow]:
    if element.kind is Kind.PARALLEL or not element.outgoing:
        return list(element.outgoing)
    taken: list[Flow] = []
    for flow in element.outgoing:
        if flow.id == element.default:
            continue
        if flow.condition is None or run.holds(flow.condition, scope):
            taken.append(flow)
            if element.kind is Kind.EXCLUSIVE:
                return taken
    if not taken:
        taken = [flow for flow in element.outgoing if flow.id == element.default]
    if not taken:
        raise Halt("No condition of the outgoing flows holds and there is no default flow.")
    return taken


def _pass_through(run: Run, element: Element, scope: int) -> None:
    if element.outputs:
        run.outputs(element, scope, run.inputs(element, scope))
    finish(run, element, scope)


def _user(run: Run, element: Element, scope: int) -> None:
    human = element.human
    groups = _several(run.value(human.groups, scope)) if human and human.groups else ()
    users = _several(run.value(human.users, scope)) if human and human.users else ()
    assignee = run.value(human.assignee, scope) if human and human.assignee else None
    limit = Limit.parse(element.own["limit"], element.own["unit"]) if "limit" in element.own else None
    token = run.wait(element, scope, Wait.PERSON)
    run.effects.append(
        fx.TaskOffered(
            token_id=token.id,
            element_id=element.id,
            name=element.name,
            role=groups[0] if groups else element.role,
            form=human.form if human else None,
            limit=limit.amount if limit else None,
            unit=limit.unit if limit else None,
            verb=element.own.get("verb"),
            assignee=None if assignee is None else as_text(assignee),
            candidate_groups=groups,
            candidate_users=users,
            inputs=run.inputs(element, scope),
            own=element.own,
            priority=_priority(run, human.priority, scope) if human and human.priority else 50,
            due=_date(run, human.due, scope) if human and human.due else None,
            follow_up=_date(run, human.follow_up, scope) if human and human.follow_up else None,
        )
    )
    waiting.guard(run, token, element)


def _priority(run: Run, expression: Expression, scope: int) -> int:
    found = run.value(expression, scope)
    text = as_text(found)
    if not text.isascii() or not text.isdigit() or not 0 <= int(text[:4]) <= 100:
        raise Halt(
            f"The priority “{brief(expression.text)}” gives {brief(text)}; expected a whole number from 0 to 100."
        )
    return int(text)


def _date(run: Run, expression: Expression, scope: int) -> str | None:
    found = run.value(expression, scope)
    if found is None:
        return None
    text = as_text(found)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise Halt(
            f"The date “{brief(expression.text)}” gives {brief(text)}; expected a date of ISO 8601."
        ) from None
    return text


def _several(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    parts = value if isinstance(value, list | tuple) else str(value).split(",")
    return tuple(str(part).strip() for part in parts if str(part).strip())


def ask_service(run: Run, element: Element, scope: int) -> None:
    """Ask a worker and wait for its answer."""
    if element.work is None:
        raise Halt("No service is named here.")
    token = run.wait(element, scope, Wait.SERVICE)
    run.effects.append(
        fx.ServiceRequested(
            token.id,
            as_text(run.value(element.work.type, scope)),
            run.inputs(element, scope),
            element.work.headers,
            element.work.asynchronous,
            element.id,
        )
    )
    waiting.guard(run, token, element)


def _send(run: Run, element: Element, scope: int) -> None:
    if element.work is not None:
        ask_service(run, element, scope)
        return
    run.effects.append(fx.MessageThrown(element.event.name, run.inputs(element, scope), element.id))
    finish(run, element, scope)


def _receive(run: Run, element: Element, scope: int) -> None:
    if element.work is not None and element.event.kind is EventKind.NONE:
        ask_service(run, element, scope)
        return
    waiting.guard(run, waiting.subscribe(run, element, scope), element)


def _script(run: Run, element: Element, scope: int) -> None:
    if element.script is None:
        ask_service(run, element, scope)
        return
    given = run.inputs(element, scope)
    value = run.value(element.script, scope, given)
    run.outputs(element, scope, _result(element, value))
    finish(run, element, scope)


def _rule(run: Run, element: Element, scope: int) -> None:
    if element.decision is None:
        ask_service(run, element, scope)
        return
    given = run.inputs(element, scope)
    reference = as_text(run.value(element.decision, scope, given))
    try:
        value = run.env.decide(reference, run.variables.seen_from(run.chain(scope), given))
    except BpmnFaultError as fault:
        if not throwing.throw_error(run, element, scope, fault.code, fault.message):
            raise Halt(f"The decision “{reference}” failed with “{fault.code}”: {fault.message}") from fault
        return
    except BpmnError as fault:
        raise Halt(fault.message) from fault
    run.outputs(element, scope, _result(element, value))
    finish(run, element, scope)


def _result(element: Element, value: Any) -> dict[str, Any]:
    if element.result:
        return {element.result: value}
    if isinstance(value, dict):
        return value
    return {"result": value} if element.outputs else {}


_BEGIN: dict[Kind, Callable[[Run, Element, int], None]] = {
    Kind.START: leave,
    Kind.TASK: _pass_through,
    Kind.MANUAL: _pass_through,
    Kind.USER: _user,
    Kind.SERVICE: ask_service,
    Kind.SEND: _send,
    Kind.RECEIVE: _receive,
    Kind.SCRIPT: _script,
    Kind.RULE: _rule,
    Kind.CALL: scopes.enter_call,
    Kind.SUBPROCESS: scopes.enter_subprocess,
    Kind.EXCLUSIVE: leave,
    Kind.PARALLEL: leave,
    Kind.INCLUSIVE: leave,
    Kind.EVENT_BASED: waiting.offer_choice,
    Kind.CATCH: waiting.catch,
    Kind.THROW: throwing.throw,
    Kind.END: throwing.throw,
}
