"""Our interpreter and SpiffWorkflow offer the same tasks at every step of processes grown at random.

What they are known to see differently, and why, is listed in AGREEMENT.md beside the engine.
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from motcua.engines import bpmn
from motcua.engines.bpmn.tests.growing import VARIABLES, Block, blocks, xml
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

    def do(self, name: str) -> None:
        task = next(task for task in self._ready() if task.task_spec.bpmn_id == name)
        task.data[f"c_{name}"] = task.data.get(f"c_{name}", 0) + 1
        task.run()
        self.workflow.do_engine_steps()

    @property
    def ended(self) -> bool:
        return bool(self.workflow.is_completed())


def offered(play: Play) -> Counter[str]:
    return Counter(token.element for token in play.state.tokens if token.wait is bpmn.Wait.PERSON)


def agree(block: Block, truths: list[bool], choices: list[int]) -> None:
    data = dict(zip(VARIABLES, truths, strict=True))
    ours, theirs = Play(xml(block, ours=True), data), Spiff(xml(block, ours=False), dict(data))
    for number in range(MOST_TASKS):
        assert offered(ours) == theirs.offered()
        assert (ours.ended == "completed") == theirs.ended
        if ours.ended:
            return
        names = sorted(offered(ours))
        chosen = names[choices[number % len(choices)] % len(names)]
        ours.do(chosen, **{f"c_{chosen}": ours.data.get(f"c_{chosen}", 0) + 1})
        theirs.do(chosen)


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


grown = blocks.filter(lambda block: not is_known_to_differ(block))
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
@settings(max_examples=2_500, deadline=None, suppress_health_check=slow)
@given(*cases)
def test_both_offer_the_same_tasks_in_thousands_of_processes(
    block: Block, truths: list[bool], choices: list[int]
) -> None:
    agree(block, truths, choices)
