"""Where branches come together: parallel and inclusive joins."""

from __future__ import annotations

from motcua.engines.bpmn.elements import Element, Kind
from motcua.engines.bpmn.machine import Run


def register(run: Run, gateway: Element, scope: int, flow: str) -> None:
    """A token came to a join by a flow. A parallel join goes on when one has come by each."""
    came = run.joins.setdefault((scope, gateway.id), {})
    came[flow] = came.get(flow, 0) + 1
    run.touched.add(scope)
    if gateway.kind is Kind.PARALLEL and all(flow in came for flow in gateway.incoming):
        _fire(run, gateway, scope)


def fire_inclusive(run: Run) -> bool:
    """Let the first inclusive join go on for which nothing more can come; False when each must wait.

    A flow on which nothing came is waited for while a token elsewhere could still reach it, unless that token could
    also reach a flow on which something came already (BPMN 2.0, 13.4.3).
    """
    for scope, gateway_id in run.joins:
        gateway = run.plan_of(scope).element(gateway_id)
        if gateway.kind is Kind.INCLUSIVE and not _must_wait(run, gateway, scope):
            _fire(run, gateway, scope)
            return True
    return False


def _fire(run: Run, gateway: Element, scope: int) -> None:
    came = run.joins[scope, gateway.id]
    for flow in list(came):
        came[flow] -= 1
        if not came[flow]:
            del came[flow]
    if not came:
        del run.joins[scope, gateway.id]
    run.send(gateway, scope)


def _must_wait(run: Run, gateway: Element, scope: int) -> bool:
    came = run.joins[scope, gateway.id]
    upstream = run.plan_of(scope).upstream[gateway.id]
    reached = frozenset().union(*(upstream[flow] for flow in came))
    places = _places(run, scope, gateway.id) - reached
    return any(not places.isdisjoint(upstream[flow]) for flow in gateway.incoming if flow not in came)


def _places(run: Run, scope: int, but: str) -> frozenset[str]:
    """Where tokens of a scope stand; what guards an activity stands where the activity does."""
    standing = {token.element for token in run.tokens.values() if token.scope == scope and not token.host}
    return frozenset(standing | {gateway for at, gateway in run.joins if at == scope and gateway != but})
