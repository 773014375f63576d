"""Whatever file or course of events comes: a clear answer in bounded time, and nothing changed behind one's back."""

import copy
import json
import time
from datetime import timedelta
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motcua.engines import bpmn
from motcua.engines.bpmn.tests.drawing import HEAD, draw
from motcua.engines.bpmn.tests.growing import VARIABLES, Block, blocks, xml
from motcua.engines.bpmn.tests.playing import NOON, Play

slow = [HealthCheck.too_slow, HealthCheck.data_too_large]

TAGS = """
startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent task manualTask userTask serviceTask
sendTask receiveTask scriptTask businessRuleTask callActivity subProcess transaction exclusiveGateway parallelGateway
inclusiveGateway eventBasedGateway sequenceFlow sequenceFlow sequenceFlow association laneSet lane flowNodeRef incoming
messageEventDefinition timerEventDefinition errorEventDefinition linkEventDefinition terminateEventDefinition message
compensateEventDefinition escalationEventDefinition signalEventDefinition timeDuration timeCycle conditionExpression
multiInstanceLoopCharacteristics completionCondition extensionElements process error
""".split()
ZEEBE = "taskDefinition ioMapping input output script calledDecision calledElement loopCharacteristics"
NAMES = ["a", "b", "c", "d", "e", "p", ""]
ATTRIBUTES = (
    "id sourceRef targetRef attachedToRef default name messageRef errorRef triggeredByEvent cancelActivity "
    "isForCompensation processId type source target expression inputCollection"
).split()
attributes = st.dictionaries(
    st.sampled_from(ATTRIBUTES),
    st.sampled_from([*NAMES, "true", "false", "=x", "=[1,2]", "=x >", "PT1H", "x.y"]),
    max_size=5,
)


def _element(tag: str, given: dict[str, str], inner: list[str]) -> str:
    written = "".join(f" {name}={quoteattr(value)}" for name, value in given.items())
    return f"<{tag}{written}>{''.join(inner)}</{tag}>"


leaves = st.sampled_from(["a", "b", "PT1H", "R3/PT1H", "=x", "=x >", "", "motcua"])
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        _element,
        st.sampled_from([f"bpmn:{tag}" for tag in TAGS] + [f"zeebe:{tag}" for tag in ZEEBE.split()]),
        attributes,
        st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)


@settings(max_examples=120, deadline=None, suppress_health_check=slow)
@given(st.lists(trees, max_size=8), st.booleans())
def test_any_heap_of_elements_is_checked_and_run_or_refused(parts: list[str], started: bool) -> None:
    start = (
        '<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="sf" sourceRef="s" targetRef="a"/>' if started else ""
    )
    source = f'{HEAD}<bpmn:process id="p" isExecutable="true">{start}{"".join(parts)}</bpmn:process></bpmn:definitions>'
    report = bpmn.check(source.encode())
    try:
        definition = bpmn.load(source.encode())
    except bpmn.BpmnError:
        assert not report.ok
        return
    if not any(event.event.kind == "none" for event in definition.starts.get("p", ())):
        with pytest.raises(bpmn.BpmnError, match="no plain start event"):
            bpmn.start(definition, {"x": True}, NOON, bpmn.PlainEnvironment())
        return
    step = bpmn.start(definition, {"x": True}, NOON, bpmn.PlainEnvironment())
    bpmn.fire_due(definition, step.state, step.data, NOON + timedelta(days=1), bpmn.PlainEnvironment())
    json.dumps(step.data)


@settings(max_examples=60, deadline=None, suppress_health_check=slow)
@given(
    blocks,
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.lists(st.integers(0, 5), min_size=1, max_size=5),
)
def test_the_same_acts_lead_to_the_same_place_and_change_nothing_given(
    block: Block, truths: list[bool], choices: list[int]
) -> None:
    definition, env = bpmn.load(xml(block, ours=True)), bpmn.PlainEnvironment()
    data: dict[str, Any] = dict(zip(VARIABLES, truths, strict=True))
    step = bpmn.start(definition, data, NOON, env)
    for choice in choices * 4:
        waiting = [token for token in step.state.tokens if token.wait is bpmn.Wait.PERSON]
        if not waiting:
            break
        token = waiting[choice % len(waiting)]
        output = {f"c_{token.element}": step.data.get(f"c_{token.element}", 0) + 1}
        before = copy.deepcopy((step.state.to_json(), step.data))
        after = bpmn.complete(definition, step.state, step.data, token.id, output, NOON, env)
        assert (step.state.to_json(), step.data) == before
        assert bpmn.complete(definition, step.state, step.data, token.id, output, NOON, env) == after
        assert bpmn.State.from_json(json.loads(json.dumps(after.state.to_json()))) == after.state
        assert {scope.host for scope in after.state.scopes} <= {
            0,
            *(token.id for token in after.state.tokens),
        }
        step = after
    assert not step.of(bpmn.Incident)
    assert bool(step.state.ended) == (not step.state.tokens)
    assert bpmn.check(xml(block, ours=True)).ok


def test_a_large_drawing_is_checked_in_seconds() -> None:
    branches = [f"s -> a{n} -> b{n} -> c{n} -> j" for n in range(40)]
    tasks = [f"user {letter}{n}" for n in range(40) for letter in "abc"]
    source = draw("; ".join([*tasks, "and s", "and j"]), "; ".join(["start -> s", *branches, "j -> end"]))
    begun = time.process_time()
    report = bpmn.check(source)
    assert time.process_time() - begun < 5
    assert report.ok
    assert [finding.level for finding in report.findings] == [bpmn.Level.NOTE]


def test_a_hundred_instances_stay_manageable() -> None:
    loop = (
        '<bpmn:userTask id="ask"><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="=offices" inputElement="office" outputCollection="answers"'
        ' outputElement="=answer"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>'
    )
    begun = time.process_time()
    play = Play(draw(loop, "start -> ask -> end"), {"offices": list(range(100))})
    while play.ended is None:
        token = next(token for token in play.state.tokens if token.wait is bpmn.Wait.PERSON)
        answer = {"answer": token.id}
        play._keep(bpmn.complete(play.definition, play.state, play.data, token.id, answer, NOON, play.env))
    assert len(play.data["answers"]) == 100
    assert time.process_time() - begun < 5
