"""Steps of a process, kept so that each can be taken again: the act, what it saw, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from motcua.core.services.pack.expressions import plain, typed
from motcua.engines import bpmn
from motcua.engines.bpmn.elements import Loop, Transfer
from motcua.engines.bpmn.expressions import Expression

LOCAL = "$local"
DIGITS = 16
"""How much of a process file's digest a step keeps."""

Act = Sequence[Any]
"""["start"], ["complete", token, result], ["fail", token, code, message], ["message", name, key, payload],
["fire_due"] or ["retry", token]: as JSON holds it, so that it is the same when it is taken again."""

_named: dict[str, frozenset[str]] = {}


def take(
    process: bpmn.Definition,
    state: bpmn.State,
    facts: Mapping[str, Any],
    act: Act,
    now: dt.datetime,
    env: bpmn.Environment,
) -> bpmn.Step | None:
    """Let the process go on by one act. None when nobody there waits for that message.

    Raises bpmn.NotWaitingError when the token is gone.
    """
    match list(act):
        case ["start"]:
            return bpmn.start(process, facts, now, env)
        case ["complete", int(token), result]:
            return bpmn.complete(process, state, facts, token, result, now, env)
        case ["fail", int(token), code, message]:
            return bpmn.fail(process, state, facts, token, code, message, now, env)
        case ["message", name, key, payload]:
            return bpmn.message(process, state, facts, name, key, payload, now, env)
        case ["fire_due"]:
            return bpmn.fire_due(process, state, facts, now, env)
        case ["retry", int(token)]:
            return bpmn.retry(process, state, facts, token, now, env)
    raise bpmn.BpmnError(f"There is no such act: {act!r}.")


def row(
    process: bpmn.Definition,
    version_id: int,
    at: dt.datetime,
    before: Mapping[str, Any],
    facts: Mapping[str, Any],
    act: Act,
    heard: Sequence[Any],
    step: bpmn.Step,
) -> dict[str, Any]:
    """The step as the columns of ProcessStep but for its case. Of the facts only those that the process names."""
    inputs = _seen(process, facts)
    return {
        "version_id": version_id,
        "at": at.isoformat(),
        "definition": process.hash[:DIGITS],
        "act": list(act),
        "before": before,
        "inputs": inputs,
        "heard": list(heard),
        "outcome": outcome(process, inputs, act, step),
    }


def outcome(process: bpmn.Definition, inputs: Mapping[str, Any], act: Act, step: bpmn.Step) -> dict[str, Any]:
    """What came of a step, short and comparable: the new state, what it asks for, and facts that it changed.

    Facts that the act itself brought are not said again.
    """
    brought = next((part for part in act if isinstance(part, Mapping)), {})
    learnt: dict[str, Any] = {}
    for name in sorted(names_of(process) | brought.keys() | {LOCAL}):
        value = plain(step.data.get(name))
        if name in step.data and inputs.get(name) != value and brought.get(name) != value:
            learnt[name] = value
    told = [said for effect in step.effects if (said := _told(effect))]
    return {"state": step.state.to_json(), "effects": told, "learnt": learnt}


def again(
    process: bpmn.Definition,
    *,
    act: Act,
    before: Mapping[str, Any],
    inputs: Mapping[str, Any],
    heard: Sequence[Any],
    at: dt.datetime,
) -> dict[str, Any]:
    """Take a stored step once more. Returns its outcome; raises bpmn.BpmnError when it can no longer be taken."""
    state = bpmn.State.from_json(before) if before else bpmn.State()
    step = take(process, state, typed(inputs), act, at, Heard(list(heard)))
    if step is None:
        raise bpmn.BpmnError("Nobody waits for this message.")
    came: dict[str, Any] = plain(outcome(process, inputs, act, step))
    return came


@dataclass
class Heard:
    """Surroundings that answer what they answered before, in the same order."""

    answers: list[Any]
    functions: Mapping[str, Any] = field(default_factory=dict)

    def decide(self, decision_ref: str, inputs: Mapping[str, Any]) -> Any:
        return self._answer("decide", decision_ref)

    def due(self, duration: str, working: bool, now: dt.datetime) -> dt.datetime:
        return dt.datetime.fromisoformat(self._answer("due", duration))

    def process(self, process_id: str) -> bpmn.Definition:
        raise bpmn.BpmnError(f"There is no process “{process_id}” to call.")

    def _answer(self, question: str, about: str) -> Any:
        if not self.answers or self.answers[0][:2] != [question, about]:
            raise bpmn.BpmnError(f"It asks otherwise than it did: {question} {about}.")
        return self.answers.pop(0)[2]


def names_of(process: bpmn.Definition) -> frozenset[str]:
    """The facts that a process names anywhere: in conditions, mappings, timers, scripts, keys. Once per file."""
    known = _named.get(process.hash)
    if known is None:
        known = frozenset(
            name for element in process.elements.values() for part in _parts(element) for name in _names(part)
        )
        _named[process.hash] = known
    return known


def _seen(process: bpmn.Definition, facts: Mapping[str, Any]) -> dict[str, Any]:
    named = names_of(process) | {LOCAL}
    return {name: plain(facts[name]) for name in sorted(named) if name in facts and not callable(facts[name])}


def _parts(thing: Any) -> Iterator[Any]:
    """The thing and every dataclass or list within it."""
    yield thing
    if is_dataclass(thing):
        for each in fields(thing):
            yield from _parts(getattr(thing, each.name))
    elif isinstance(thing, tuple):
        for part in thing:
            yield from _parts(part)


def _names(part: Any) -> Iterator[str]:
    match part:
        case Expression() if part.compiled is not None:
            yield from (name.partition(".")[0] for name in getattr(part.compiled, "names", ()))
        case Transfer():
            yield part.target[0]
        case Loop():
            yield from (name for name in (part.item_name, part.output_name) if name)
        case bpmn.Element() if part.result:
            yield part.result


def _told(effect: bpmn.Effect) -> list[Any] | None:
    """An effect in a few words; those that only tidy up are left out."""
    match effect:
        case bpmn.TaskOffered():
            return ["task", effect.token_id, effect.element_id, effect.role]
        case bpmn.ServiceRequested():
            asked = [plain(effect.inputs)] if effect.inputs else []
            return ["service", effect.token_id, effect.element_id, effect.type, *asked]
        case bpmn.TimerSet():
            return ["timer", effect.token_id, effect.element_id, effect.due.isoformat()]
        case bpmn.MessageAwaited():
            return ["await", effect.token_id, effect.name, effect.key]
        case bpmn.MessageThrown() | bpmn.SignalThrown():
            return ["throw", effect.name, plain(effect.payload)]
        case bpmn.Incident():
            return ["incident", effect.element_id, effect.message]
        case bpmn.TaskWithdrawn() | bpmn.ServiceWithdrawn():
            return ["withdraw", effect.token_id]
        case bpmn.Ended():
            return ["ended", effect.kind]
        case _:
            return None
