"""Moving a running instance to a new version of its process: what moves, what is lost, what stands in the way."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from motcua.engines.bpmn import effects as fx
from motcua.engines.bpmn import flow
from motcua.engines.bpmn.elements import WAITED_FOR, Definition, Element
from motcua.engines.bpmn.environment import Environment
from motcua.engines.bpmn.errors import BpmnError
from motcua.engines.bpmn.machine import Halt, Run
from motcua.engines.bpmn.state import Scope, State, Token, Wait


class Reason(StrEnum):
    """Why an instance cannot move."""

    ENDED = "ended"
    UNKNOWN = "unknown"
    GONE = "gone"
    KIND = "kind"
    LOOP = "loop"
    PLACE = "place"
    INSIDE = "inside"
    JOIN = "join"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class Stop:
    """What stands in the way of a move: where (`element`, as it is called in `name`), and in a sentence (`text`)."""

    reason: Reason
    element: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Migration:
    """The preview and the outcome in one.

    `state` stands in the new version, or is None when something `stops` the move. `moved` pairs old and new
    elements; `lost` says what the new version has no place for (guards that fall away, branches counted at a join);
    `added` are guards that the new version has and that `rearm` must set. `obstacles` are the `stops` with their
    reason and place, for who tells of them in another language.
    """

    state: State | None
    moved: tuple[tuple[str, str], ...] = ()
    lost: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    obstacles: tuple[Stop, ...] = ()


@dataclass
class _Move:
    mapping: Mapping[str, str]
    old: Definition
    new: Definition
    moved: list[tuple[str, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)

    def target(self, element_id: str) -> Element | None:
        return self.new.elements.get(self.mapping.get(element_id, element_id))

    def stop(self, reason: Reason, element_id: str, text: str) -> None:
        known = self.old.elements.get(element_id)
        self.stops.append(Stop(reason, element_id, (known.name if known else "") or element_id, text))


def migrate(state: State, mapping: Mapping[str, str], old: Definition, new: Definition) -> Migration:
    """Preview and make the move of one instance; pure, so that the way back is to keep the old state.

    `mapping` gives new ids for old ones where they differ; others keep theirs. A token moves only to an element of
    the same kind that lies in the counterpart of its sub-process; what it guards moves with it. Token ids stay, so
    offered tasks, timers and subscriptions of the caller stay valid.
    """
    if state.ended is not None:
        text = f"The instance has ended ({state.ended}); there is nothing to move."
        return Migration(None, stops=(text,), obstacles=(Stop(Reason.ENDED, "", "", text),))
    move = _Move(mapping, old, new)
    scopes = [scope for scope in (_scope(move, scope) for scope in state.scopes) if scope is not None]
    tokens = [token for token in (_token(move, token, state) for token in state.tokens) if token is not None]
    joins = _joins(move, state)
    undoable = []
    for scope_id, activity in state.undoable:
        target = move.target(activity)
        if target is None:
            move.lost.append(f"the compensation of {activity}")
        else:
            undoable.append((scope_id, target.id))
    obstacles = tuple(dict.fromkeys(move.stops))
    outcome = replace(
        state, tokens=tuple(tokens), scopes=tuple(scopes), joins=joins, undoable=tuple(undoable)
    )
    return Migration(
        None if obstacles else outcome,
        tuple(move.moved),
        tuple(move.lost),
        tuple(stop.text for stop in obstacles),
        _added(move, tokens),
        obstacles,
    )


def offers(
    definition: Definition, state: State, data: Mapping[str, Any], now: datetime, env: Environment
) -> tuple[fx.TaskOffered | fx.ServiceRequested, ...]:
    """What the people and services that this state waits for are asked, as `definition` words it now.

    For a moved instance: its offered tasks and asked services keep their tokens, and take the words, role, limit
    and inputs of the new version. Nothing moves.
    """
    asked: list[fx.TaskOffered | fx.ServiceRequested] = []
    for token in state.tokens:
        if token.wait not in (Wait.PERSON, Wait.SERVICE):
            continue
        run = Run(definition, state, data, now, env)
        with suppress(Halt, BpmnError):  # what cannot be said anew stays as it was said
            flow.begin(run, run.element(token), token.scope)
        said = (one for one in run.effects if isinstance(one, fx.TaskOffered | fx.ServiceRequested))
        asked += [replace(one, token_id=token.id) for one in said][:1]
    return tuple(asked)


def _token(move: _Move, token: Token, state: State) -> Token | None:
    before, after = move.old.elements.get(token.element), move.target(token.element)
    if before is None:
        text = f"{token.element} is not in the old version: is this the version that the case runs under?"
        move.stop(Reason.UNKNOWN, token.element, text)
        return None
    guards = token.host and token.wait is not Wait.UNDOING
    if guards:
        if after is None or after.kind is not before.kind or not _still_guards(move, token, after, state):
            move.lost.append(f"the event {token.element}")
            return None
        if after.event.kind is not before.event.kind or after.interrupting is not before.interrupting:
            move.lost.append(f"the event {token.element}, which is of another kind now")
            return None
    else:
        if not _fits(move, before, after):
            return None
    if after is None:
        return None
    move.moved.append((before.id, after.id))
    key = token.key
    if token.wait is Wait.UNDOING and key is not None:
        handler = move.target(key)
        key = handler.id if handler else key
    return replace(token, element=after.id, key=key)


def _still_guards(move: _Move, token: Token, after: Element, state: State) -> bool:
    host = state.token(token.host)
    host_after = move.target(host.element) if host else None
    if host_after is None:
        return False
    return after.attached_to == host_after.id or any(way.target == after.id for way in host_after.outgoing)


def _fits(move: _Move, before: Element, after: Element | None) -> bool:
    """Whether a token at `before` can stand at `after`; what stands in the way is noted."""
    if after is None:
        text = f"{before.id} is not in the new version; say by the mapping where its cases go."
        move.stop(Reason.GONE, before.id, text)
        return False
    if after.kind is not before.kind or after.event.kind is not before.event.kind:
        text = (
            f"{before.id} is a {before.kind}, {after.id} a {after.kind}; a case moves to the same kind only."
        )
        move.stop(Reason.KIND, before.id, text)
        return False
    if (after.loop is None) is not (before.loop is None):
        move.stop(Reason.LOOP, before.id, f"{before.id} and {after.id} differ in being done several times.")
        return False
    around = move.target(before.parent)
    expected = around.id if around else _container(move, before.parent)
    if after.parent != expected:
        text = f"{after.id} lies in {after.parent}, not in {expected}; a case does not jump between sub-processes."
        move.stop(Reason.PLACE, before.id, text)
        return False
    return True


def _container(move: _Move, container: str) -> str:
    if container == move.old.process_id:
        return move.new.process_id
    return move.mapping.get(container, container)


def _scope(move: _Move, scope: Scope) -> Scope | None:
    before, after = move.old.elements.get(scope.element), move.target(scope.element)
    if before is None or after is None or after.kind is not before.kind:
        text = f"The running {scope.element} has no counterpart in the new version."
        move.stop(Reason.INSIDE, scope.element, text)
        return None
    return replace(scope, element=after.id)


def _joins(move: _Move, state: State) -> dict[tuple[int, str], dict[str, int]]:
    joins: dict[tuple[int, str], dict[str, int]] = {}
    for (scope, gateway), came in state.joins.items():
        after = move.target(gateway)
        if after is None or after.kind is not move.old.element(gateway).kind or len(after.incoming) < 2:
            text = f"A branch waits at the join {gateway}, which has no counterpart in the new version."
            move.stop(Reason.JOIN, gateway, text)
            continue
        kept = joins.setdefault((scope, after.id), {})
        for came_by, count in came.items():
            target = move.mapping.get(came_by, came_by)
            if target in after.incoming:
                kept[target] = kept.get(target, 0) + count
            else:
                text = (
                    f"The branch {came_by} has come to the join {gateway}, and no such flow leads there now."
                )
                move.stop(Reason.BRANCH, gateway, text)
    return joins


def _added(move: _Move, tokens: list[Token]) -> tuple[str, ...]:
    """Boundary events that the old version did not have; one that fired already is no new one."""
    had = {
        move.mapping.get(guard.id, guard.id) for guards in move.old.boundaries.values() for guard in guards
    }
    return tuple(
        boundary.id
        for element in dict.fromkeys(token.element for token in tokens if not token.host)
        for boundary in move.new.boundaries.get(element, ())
        if boundary.id not in had and boundary.event.kind in WAITED_FOR
    )
