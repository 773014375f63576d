"""Our interpreter and SpiffWorkflow offer the same tasks at every step of processes grown at random.

What they are known to see differently, and why, is listed in AGREEMENT.md beside the engine.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition, SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import DurationTimerEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from motcua.engines import bpmn
from motcua.engines.bpmn.tests.drawing import draw
from motcua.engines.bpmn.tests.growing import VARIABLES, Block, beside, blocks, xml
from motcua.engines.bpmn.tests.playing import Play

MOST_TASKS = 40


def is_known_to_differ(block: Block, in_loop: bool = False) -> bool:
    """Whether a process holds what AGREEMENT.md lists: a join that is come to more than once."""
    if block[0] in ("or", "and") and in_loop:
        return True
    inner = [part for part in block[1:] if isinstance(part, tuple)]
    inner += [
        part for parts in block[1:] if isinstance(parts, list) for part in parts if isinstance(part, tuple)
    ]
    return any(is_known_to_differ(part, in_loop or block[0] == "loop") for part in inner)


class Spiff:
    """The same process in SpiffWorkflow."""

    def __init__(self, source: bytes, data: dict[str, bool]) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(source))
        self.workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
        self.workflow.get_next_task(state=TaskState.READY).data.update(data)
        self.workflow.do_engine_steps()

    def offered(self) -> Counter[str]:
        return Counter(task.task_spec.bpmn_id for task in self._ready())

    def _ready(self) -> list[Any]:
        return list(self.workflow.get_tasks(state=TaskState.READY, manual=True))

    def do(self, name: str, times: int) -> None:
        task = next(task for task in self._ready() if task.task_spec.bpmn_id == name)
        task.data[f"c_{name}"] = times
        task.run()
        self.workflow.do_engine_steps()

    def happen(self, kind: bpmn.Wait, name: str) -> None:
        """A timer is due, or a message or signal comes."""
        self.workflow.catch(BpmnEvent(HAPPENING[kind](name), payload={}))
        self.workflow.do_engine_steps()

    @property
    def ended(self) -> bool:
        return bool(self.workflow.is_completed())


def due_timer(name: str) -> DurationTimerEventDefinition:
    return DurationTimerEventDefinition(name, "")


HAPPENING: dict[bpmn.Wait, Callable[[str], Any]] = {
    bpmn.Wait.TIMER: due_timer,
    bpmn.Wait.MESSAGE: MessageEventDefinition,
    bpmn.Wait.SIGNAL: SignalEventDefinition,
}


def offered(play: Play) -> Counter[str]:
    return Counter(token.element for token in play.state.tokens if token.wait is bpmn.Wait.PERSON)


def can_happen(play: Play) -> list[tuple[bpmn.Wait, str]]:
    """The tasks that can be done and the events that can come; of the timers the one that is due next, if one is."""
    timers = sorted(
        (str(token.due), token.element) for token in play.state.tokens if token.wait is bpmn.Wait.TIMER
    )
    first = [(bpmn.Wait.TIMER, name) for due, name in timers if due == timers[0][0]]
    told = [
        (token.wait, play.definition.element(token.element).event.name)
        for token in play.state.tokens
        if token.wait in (bpmn.Wait.MESSAGE, bpmn.Wait.SIGNAL)
    ]
    tasks = [(bpmn.Wait.PERSON, name) for name in offered(play)]
    return sorted({*tasks, *told, *(first if len(first) == 1 else [])})


def may_repeat(play: Play) -> set[tuple[bpmn.Wait, str]]:
    """What may come to a boundary event more than once while its activity goes on."""
    waiting = [(token.wait, play.definition.element(token.element)) for token in play.state.tokens]
    return {
        (kind, at.event.name) for kind, at in waiting if at.kind is bpmn.Kind.BOUNDARY and not at.interrupting
    }


def happens(play: Play, kind: bpmn.Wait, name: str, times: int) -> None:
    if kind is bpmn.Wait.PERSON:
        play.do(name, **{f"c_{name}": times})
    elif kind is bpmn.Wait.TIMER:
        due = min(str(token.due) for token in play.state.tokens if token.due)
        play.later(seconds=(datetime.fromisoformat(due) - play.now).total_seconds())
    elif kind is bpmn.Wait.MESSAGE:
        assert play.message(name)
    else:
        assert play.signal(name)


def agree(block: Block, truths: list[bool], choices: list[int]) -> None:
    data = dict(zip(VARIABLES, truths, strict=True))
    ours, theirs = Play(xml(block, ours=True), data), Spiff(xml(block, ours=False), dict(data))
    done: Counter[str] = Counter()
    told_once: set[tuple[bpmn.Wait, str]] = set()
    for number in range(MOST_TASKS):
        assert (ours.ended is not None) == theirs.ended
        if ours.ended is not None:
            assert not offered(ours), "theirs may still offer a task then"
            return
        assert offered(ours) == theirs.offered()
        possible = [what for what in can_happen(ours) if what not in told_once]
        if not possible:
            return
        kind, name = possible[choices[number % len(choices)] % len(possible)]
        if (kind, name) in may_repeat(ours):
            told_once.add((kind, name))
        done[name] += 1
        happens(ours, kind, name, done[name])
        if kind is bpmn.Wait.PERSON:
            theirs.do(name, done[name])
        else:
            theirs.happen(kind, name)


@pytest.mark.parametrize(
    "both",
    [("or", [("user",), ("user",), ("user",)], ["v0", "v0"]), ("and", [("user",), ("user",)])],
    ids=["inclusive", "parallel"],
)
def test_a_join_in_a_loop_waits_in_every_round(both: Block) -> None:
    play = Play(xml(("loop", both, 2), ours=True), dict.fromkeys(VARIABLES, True))
    for _ in range(2):
        one, other = sorted(offered(play))
        assert sorted(offered(play.do(one))) == [other]
        [last] = offered(play.do(other))
        play.do(last, **{f"c_{last}": play.data.get(f"c_{last}", 0) + 1})
    assert play.ended == "completed"


def told_once_more(block: Block, kind: bpmn.Wait) -> tuple[Play, Spiff, str]:
    """Both, and the name of the one message or signal that is waited for."""
    ours, theirs = Play(xml(block, ours=True)), Spiff(xml(block, ours=False), {})
    [name] = [name for waits, name in can_happen(ours) if waits is kind]
    return ours, theirs, name


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_theirs_hears_at_a_boundary_that_does_not_interrupt_only_once(kind: str) -> None:
    waits = bpmn.Wait.MESSAGE if kind == "message" else bpmn.Wait.SIGNAL
    ours, theirs, name = told_once_more(("watched", kind, False), waits)
    happens(ours, waits, name, 0)
    theirs.happen(waits, name)
    assert offered(ours) == theirs.offered()
    happens(ours, waits, name, 0)
    theirs.happen(waits, name)
    assert offered(ours).total() == theirs.offered().total() + 1 == 3


def test_theirs_does_not_begin_an_event_sub_process_inside_a_sub_process() -> None:
    ours, theirs, name = told_once_more(("sub", ("letters", ("user",))), bpmn.Wait.MESSAGE)
    assert offered(ours) == theirs.offered()
    happens(ours, bpmn.Wait.MESSAGE, name, 0)
    theirs.happen(bpmn.Wait.MESSAGE, name)
    assert offered(ours).total() == 2
    assert theirs.offered().total() == 1


def test_theirs_may_still_offer_a_task_of_a_process_that_was_terminated() -> None:
    left = ("xor", [("user",), ("stop", "v5")], ["v0", "v0"])
    right = ("xor", [("loop", ("stop", "v0"), 1), ("user",)], ["v5", "v0"])
    data = dict.fromkeys(VARIABLES, False) | {"v5": True}
    block: Block = ("and", [left, right])
    ours, theirs = Play(xml(block, ours=True), data), Spiff(xml(block, ours=False), data)
    assert (ours.ended, offered(ours).total()) == ("terminated", 0)
    assert (theirs.ended, theirs.offered().total()) == (True, 1)


def test_theirs_gives_one_message_to_all_who_wait_for_it() -> None:
    definition = '<bpmn:messageEventDefinition messageRef="m"/>'
    waits = f'<bpmn:intermediateCatchEvent id="{{0}}">{definition}</bpmn:intermediateCatchEvent>'
    drawn = f"{waits.format('one')}; {waits.format('two')}; user a; user b; and g"
    source = draw(
        drawn, "start -> g -> one -> a -> end; g -> two -> b -> end", '<bpmn:message id="m" name="m"/>'
    )
    ours, theirs = Play(source), Spiff(source, {})
    happens(ours, bpmn.Wait.MESSAGE, "m", 0)
    theirs.happen(bpmn.Wait.MESSAGE, "m")
    assert offered(ours) == {"a": 1}
    assert theirs.offered() == {"a": 1, "b": 1}


grown = st.one_of(blocks, blocks, beside).filter(lambda block: not is_known_to_differ(block))
cases = (
    grown,
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.lists(st.integers(0, 5), min_size=1, max_size=8),
)
slow = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=40, deadline=None, suppress_health_check=slow)
@given(*cases)
def test_both_offer_the_same_tasks_at_every_step(
    block: Block, truths: list[bool], choices: list[int]
) -> None:
    agree(block, truths, choices)


@pytest.mark.soak
@settings(max_examples=2_000, deadline=None, suppress_health_check=slow)
@given(*cases)
def test_both_offer_the_same_tasks_in_thousands_of_processes(
    block: Block, truths: list[bool], choices: list[int]
) -> None:
    agree(block, truths, choices)
