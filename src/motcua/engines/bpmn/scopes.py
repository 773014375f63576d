"""The inside of activities: sub-processes, called processes, event sub-processes, instances of one activity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from motcua.engines.bpmn import effects as fx
from motcua.engines.bpmn import flow, waiting
from motcua.engines.bpmn.elements import WAITED_FOR, Definition, Element, EventKind, Loop
from motcua.engines.bpmn.expressions import storable
from motcua.engines.bpmn.machine import NOT_OPEN, Halt, Run
from motcua.engines.bpmn.state import ROOT, Inside, Wait
from motcua.engines.bpmn.variables import is_ours

MOST_INSTANCES = 1_000


def plain_starts(plan: Definition, container: str) -> list[Element]:
    """The none start events of a process or sub-process."""
    return [start for start in plan.starts.get(container, ()) if start.event.kind is EventKind.NONE]


def start_inside(run: Run, scope: int, starts: list[Element]) -> None:
    """Let a scope begin: its event sub-processes wait, its start events fire."""
    plan = run.plan_of(scope)
    for sub in plan.event_subprocesses.get(run.container(scope), ()):
        for start in plan.starts.get(sub.id, ()):
            if start.event.kind in WAITED_FOR:
                waiting.subscribe(run, start, scope)
    for start in starts:
        run.send(start, scope)


def enter_subprocess(run: Run, element: Element, scope: int) -> None:
    """An embedded sub-process begins."""
    _enter(
        run,
        element,
        scope,
        Inside.SUBPROCESS,
        plain_starts(run.plan_of(scope), element.id),
        run.inputs(element, scope),
    )


def enter_call(run: Run, element: Element, scope: int) -> None:
    """Another process begins on behalf of this one, with variables of its own."""
    call = element.call
    if call is None:
        raise Halt("No process is named here.")
    plan = run.plan_of(scope)
    called = plan if call.process in plan.processes else run.env.process(call.process)
    given: dict[str, Any] = {}
    if call.share_in:
        seen = run.variables.seen_from(run.chain(scope))
        given.update(
            (name, value)
            for name, value in seen.items()
            if name not in run.variables.functions and not is_ours(name)
        )
    given.update(run.inputs(element, scope))
    _enter(run, element, scope, Inside.CALL, plain_starts(called, call.process), given)


def _enter(
    run: Run, element: Element, scope: int, inside: Inside, starts: list[Element], given: dict[str, Any]
) -> None:
    if not starts:
        raise Halt("There is no plain start event inside.")
    token = run.wait(element, scope, Wait.INSIDE)
    waiting.guard(run, token, element)
    inner = run.open_scope(inside, element.id, scope, token.id, given)
    try:
        start_inside(run, inner.id, starts)
    except Halt:
        run.remove(token.id)
        raise


def start_event_subprocess(run: Run, start: Element, scope: int, payload: Mapping[str, Any]) -> None:
    """An event sub-process of a scope begins; an interrupting one ends all else in that scope."""
    if start.interrupting:
        run.empty_scope(scope, forget=False)
    inner = run.open_scope(Inside.EVENT_SUBPROCESS, start.parent, scope)
    if start.event.kind in WAITED_FOR or start.outputs:
        run.outputs(start, inner.id, payload)
    start_inside(run, inner.id, [start])


def close_finished(run: Run) -> bool:
    """Close the innermost scope in which nothing goes on any more; False when there is none."""
    for scope in sorted(run.touched, reverse=True):
        run.touched.discard(scope)
        if scope != ROOT and (scope not in run.scopes or run.scopes[scope].inside in NOT_OPEN):
            continue
        if run.is_alive(scope):
            continue
        stuck = [gateway for at, gateway in run.joins if at == scope]
        if stuck:
            message = (
                "Not every branch that this gateway waits for can still come: the process is stuck here."
            )
            run.effects.append(fx.Incident(stuck[0], message))
            continue
        _close(run, scope)
        return True
    return False


def _close(run: Run, scope: int) -> None:
    if scope == ROOT:
        run.end("completed")
        return
    inside = run.scopes[scope]
    if inside.inside is Inside.EVENT_SUBPROCESS:
        run.close_scope(scope)
        run.touched.add(inside.parent)
        return
    element = run.plan_of(inside.parent).element(inside.element)
    result = dict(run.variables.local.get(scope, {}))
    if inside.inside is Inside.SUBPROCESS:
        run.undoable = [(inside.parent, entry[1]) if entry[0] == scope else entry for entry in run.undoable]
    run.close_scope(scope)
    _take_result(run, element, inside.parent, result)
    run.remove(inside.host, quietly=True)
    flow.finish(run, element, inside.parent)


def _take_result(run: Run, element: Element, scope: int, result: dict[str, Any]) -> None:
    """What was local inside comes out by the output mappings, or all of a called process that shares it."""
    if element.outputs:
        run.outputs(element, scope, result)
    elif element.call is not None and element.call.share_out:
        run.outputs(replace(element, outputs=()), scope, result)


# Several instances of one activity. The scope of the whole keeps, among its local variables, what is still to do.

_ITEMS, _NEXT, _DONE, _RESULTS = "$items", "$next", "$done", "$results"


def open_instances(run: Run, element: Element, scope: int) -> None:
    """Begin an activity that is done once for each item: all at once, or one after the other."""
    loop = _loop(element)
    items = _items(run, loop, scope)
    token = run.wait(element, scope, Wait.INSIDE)
    waiting.guard(run, token, element)
    progress = {_ITEMS: items, _NEXT: 0, _DONE: 0, _RESULTS: [None] * len(items)}
    whole = run.open_scope(Inside.INSTANCES, element.id, scope, token.id, progress)
    for _ in items[:1] if loop.sequential else items:
        _start_next(run, element, whole.id)
    if not items:
        _close_instances(run, element, whole.id)


def _loop(element: Element) -> Loop:
    if element.loop is None:
        raise Halt("This activity is not done several times.")
    return element.loop


def _items(run: Run, loop: Loop, scope: int) -> list[Any]:
    found = run.value(loop.items, scope)
    if loop.counted and isinstance(found, int | float | Decimal | str) and str(found).strip().isdigit():
        found = list(range(1, min(int(found), MOST_INSTANCES + 1) + 1))
    if not isinstance(found, list | tuple):
        raise Halt(f"The collection “{loop.items.text}” is no list: check the data it names.")
    if len(found) > MOST_INSTANCES:
        raise Halt(f"The collection “{loop.items.text}” has more than {MOST_INSTANCES} items.")
    return [storable(item) for item in found]


def _start_next(run: Run, element: Element, whole: int) -> None:
    loop = _loop(element)
    progress = run.variables.local[whole]
    number = progress[_NEXT]
    progress[_NEXT] = number + 1
    local: dict[str, Any] = {"loopCounter": number + 1}
    if loop.item_name:
        local[loop.item_name] = progress[_ITEMS][number]
    name = loop.output.text.removeprefix("=").strip() if loop.output else ""
    if name.split(".")[0].isidentifier():
        local.setdefault(name.split(".")[0], None)
    instance = run.open_scope(Inside.INSTANCE, element.id, whole, local=local)
    run.send(element, instance.id)


def instance_done(run: Run, element: Element, scope: int) -> None:
    """One instance is done: note its result, and begin the next, go on waiting, or close the whole."""
    loop = _loop(element)
    whole = run.scopes[scope].parent
    progress = run.variables.local[whole]
    total, done = len(progress[_ITEMS]), progress[_DONE] + 1
    counts = {
        "numberOfInstances": total,
        "numberOfCompletedInstances": done,
        "numberOfActiveInstances": progress[_NEXT] - done,
        "numberOfTerminatedInstances": 0,
    }
    enough = loop.completion is not None and run.holds(loop.completion, scope, counts)
    if loop.output is not None:
        results = list(progress[_RESULTS])
        results[run.variables.local[scope]["loopCounter"] - 1] = storable(run.value(loop.output, scope))
        progress[_RESULTS] = results
    progress[_DONE] = done
    run.close_scope(scope)
    if enough or done == total:
        _close_instances(run, element, whole)
    elif loop.sequential:
        _start_next(run, element, whole)


def _close_instances(run: Run, element: Element, whole: int) -> None:
    loop = _loop(element)
    inside = run.scopes[whole]
    results = run.variables.local[whole][_RESULTS]
    run.close_scope(whole)
    if loop.output_name:
        run.variables.write(run.chain(inside.parent), (loop.output_name,), results)
    run.remove(inside.host, quietly=True)
    flow.finish(run, element, inside.parent)
