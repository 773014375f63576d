"""A file from a stranger, read, looked through and run a while: whatever is wrong with it must be a BpmnError.

`python -m motcua.engines.bpmn.tests.fuzz CORPUS -runs=10000` lets atheris change the files of a folder (Linux only).
"""

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta

from motcua.engines import bpmn
from motcua.engines.bpmn.tests.playing import NOON
from motcua.engines.bpmn.tests.spoiling import spoil

MOST_ACTS = 12
DATA = {"x": True, "case_number": "H55-1", "agencies": ["a", "b"], "parties": ["c"], "floors": 6, "amount": 3}


def try_out(source: bytes) -> str:
    """Say how far the file came: refused, or where its instance stands. Lets nothing through but a BpmnError."""
    report = bpmn.check(source)
    try:
        definition = bpmn.load(source)
    except bpmn.BpmnError:
        assert not report.ok
        return "refused"
    env = bpmn.PlainEnvironment(decisions={})
    try:
        step = bpmn.start(definition, DATA, NOON, env)
    except bpmn.BpmnError:
        return "not started"
    for number in range(MOST_ACTS):
        before = json.dumps([step.state.to_json(), step.data])
        if not step.state.tokens:
            break
        try:
            step = _act(definition, step, number, env) or step
        except bpmn.BpmnError:
            assert json.dumps([step.state.to_json(), step.data]) == before
            return "stopped"
        assert bpmn.State.from_json(json.loads(json.dumps(step.state.to_json()))) == step.state
    return step.state.ended or "waits"


def _act(
    definition: bpmn.Definition, step: bpmn.Step, number: int, env: bpmn.Environment
) -> bpmn.Step | None:
    state, data = step.state, step.data
    token = state.tokens[number % len(state.tokens)]
    acts: dict[bpmn.Wait, Callable[[], bpmn.Step | None]] = {
        bpmn.Wait.MENDING: lambda: bpmn.retry(definition, state, data, token.id, NOON, env),
        bpmn.Wait.TIMER: lambda: bpmn.fire_due(definition, state, data, _due(token), env),
        bpmn.Wait.MESSAGE: lambda: bpmn.message(
            definition,
            state,
            data,
            definition.element(token.element).event.name,
            token.key,
            {"y": 1},
            NOON,
            env,
        ),
        bpmn.Wait.SIGNAL: lambda: bpmn.signal(
            definition, state, data, definition.element(token.element).event.name, {"y": [1]}, NOON, env
        ),
    }
    if token.wait in (bpmn.Wait.PERSON, bpmn.Wait.SERVICE):
        if number % 5 == 4:
            return bpmn.fail(definition, state, data, token.id, "X", "no line", NOON, env)
        return bpmn.complete(
            definition, state, data, token.id, {"x": number % 2 == 0, "z": number}, NOON, env
        )
    return acts.get(token.wait, lambda: None)()


def _due(token: bpmn.Token) -> datetime:
    return datetime.fromisoformat(token.due) if token.due else NOON + timedelta(days=1)


def main(arguments: list[str]) -> None:
    """Hand over to atheris; it spoils well-formed files by our ways of spoiling and by its own."""
    import atheris

    def change(source: bytes, most: int, seed: int) -> bytes:
        spoiled = spoil(source, seed) if seed % 8 else source
        if spoiled == source or len(spoiled) > most:
            return bytes(atheris.Mutate(source, most))
        return spoiled

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *arguments], lambda source: _try(bytes(source)), custom_mutator=change)
    atheris.Fuzz()


def _try(source: bytes) -> None:
    try_out(source)


if __name__ == "__main__":
    main(sys.argv[1:])
