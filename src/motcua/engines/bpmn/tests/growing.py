"""Processes that grow at random, for comparison with another interpreter.

A process is a nest of blocks; `Grower.xml` writes it once in our dialect and once with Python conditions. Variables
`v0` … `v5` decide the branches; completing task `t` counts `c_t`, which ends loops.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import strategies as st

from motcua.engines.bpmn.tests.drawing import HEAD

Block = tuple[Any, ...]
VARIABLES = tuple(f"v{number}" for number in range(6))

_conditions = st.sampled_from(VARIABLES)
_waited_for = st.sampled_from(["timer", "message", "signal"])


def _wider(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(blocks, min_size=2, max_size=3)
    return st.one_of(
        st.tuples(st.just("row"), several),
        st.tuples(st.just("xor"), several, st.lists(_conditions, min_size=2, max_size=2)),
        st.tuples(st.just("or"), several, st.lists(_conditions, min_size=2, max_size=2)),
        st.tuples(st.just("and"), several),
        st.tuples(st.just("loop"), blocks, st.integers(1, 3)),
        st.tuples(st.just("sub"), blocks),
        st.tuples(st.just("guarded"), blocks, _conditions),
        st.tuples(st.just("call"), blocks),
        st.tuples(st.just("escalated"), blocks, st.booleans()),
        st.tuples(st.just("race"), several, st.lists(_waited_for, min_size=3, max_size=3)),
    )


blocks: st.SearchStrategy[Block] = st.recursive(
    st.one_of(
        st.sampled_from([("user",), ("task",), ("nothing",), ("user",)]),
        st.tuples(st.just("wait"), _waited_for),
        st.tuples(st.just("watched"), _waited_for, st.booleans()),
        st.tuples(st.just("several"), st.booleans(), st.integers(1, 3)),
        st.tuples(st.just("stop"), _conditions),
    ),
    _wider,
    max_leaves=9,
)

beside: st.SearchStrategy[Block] = st.tuples(st.just("letters"), blocks)


@dataclass
class Grower:
    """Writes a block as elements and flows between an entry and an exit."""

    ours: bool
    parts: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    around: list[str] = field(default_factory=list)

    def name(self, prefix: str) -> str:
        return f"{prefix}{next(self.numbers)}"

    def node(
        self, tag: str, prefix: str, default: str = "", inner: str = "", host: str = "", more: str = ""
    ) -> str:
        name = self.name(prefix)
        given = (
            (f' default="{default}"' if default else "") + (f' attachedToRef="{host}"' if host else "") + more
        )
        self.parts.append(f'<bpmn:{tag} id="{name}" name="{name}"{given}>{inner}</bpmn:{tag}>')
        return name

    def flow(self, source: str, target: str, condition: str = "", name: str = "") -> None:
        name = name or self.name("f")
        text = ("=" if self.ours else "") + condition.replace("<", "&lt;")
        inner = f"<bpmn:conditionExpression>{text}</bpmn:conditionExpression>" if condition else ""
        self.parts.append(
            f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
        )

    def grow(self, block: Block, entry: str) -> str:
        """Draw a block behind an element; the element that it ends with."""
        return str(getattr(self, f"_{block[0]}")(entry, *block[1:]))

    def _nothing(self, entry: str) -> str:
        return entry

    def _user(self, entry: str) -> str:
        name = self.node("userTask", "u")
        self.flow(entry, name)
        return name

    def _task(self, entry: str) -> str:
        name = self.node("intermediateThrowEvent", "n")
        self.flow(entry, name)
        return name

    def _row(self, entry: str, row: list[Block]) -> str:
        for block in row:
            entry = self.grow(block, entry)
        return entry

    def _branches(self, tag: str, entry: str, branches: list[Block], conditions: list[str]) -> str:
        default = self.name("f") if conditions else ""
        split = self.node(tag, "s", default)
        join = self.node(tag, "j")
        self.flow(entry, split)
        for place, block in enumerate(branches):
            last = conditions and place == len(branches) - 1
            head = self.node("intermediateThrowEvent", "n")
            condition = "" if last or not conditions else conditions[place]
            self.flow(split, head, condition, default if last else "")
            self.flow(self.grow(block, head), join)
        return join

    def _xor(self, entry: str, branches: list[Block], conditions: list[str]) -> str:
        return self._branches("exclusiveGateway", entry, branches, conditions)

    def _or(self, entry: str, branches: list[Block], conditions: list[str]) -> str:
        return self._branches("inclusiveGateway", entry, branches, conditions)

    def _and(self, entry: str, branches: list[Block]) -> str:
        return self._branches("parallelGateway", entry, branches, [])

    def _loop(self, entry: str, block: Block, times: int) -> str:
        head = self.node("exclusiveGateway", "l")
        self.flow(entry, head)
        last = self._user(self.grow(block, head))
        default = self.name("f")
        back = self.node("exclusiveGateway", "b", default)
        self.flow(last, back)
        self.flow(back, head, f"c_{last} < {times}")
        onward = self.node("intermediateThrowEvent", "n")
        self.flow(back, onward, name=default)
        return onward

    def _event(self, kind: str) -> str:
        """An event definition with a time, message or signal of its own."""
        number = next(self.numbers)
        if kind == "timer":
            time = f"PT{number}H" if self.ours else '"P1000D"'
            time = f"<bpmn:timeDuration>{time}</bpmn:timeDuration>"
            return f"<bpmn:timerEventDefinition>{time}</bpmn:timerEventDefinition>"
        told = f"{kind}_{number}"
        self.around.append(f'<bpmn:{kind} id="{told}" name="{told}"/>')
        return f'<bpmn:{kind}EventDefinition {kind}Ref="{told}"/>'

    def _wait(self, entry: str, kind: str) -> str:
        name = self.node("intermediateCatchEvent", "w", inner=self._event(kind))
        self.flow(entry, name)
        return name

    def _watched(self, entry: str, kind: str, stops: bool) -> str:
        name = self._user(entry)
        return self._boundary(name, self._event(kind), stops)

    def _boundary(self, host: str, definition: str, stops: bool) -> str:
        """A boundary event that leads to a task, and so back or to an end of its own."""
        more = "" if stops else ' cancelActivity="false"'
        caught = self.node("boundaryEvent", "caught", inner=definition, host=host, more=more)
        task = self._user(caught)
        if not stops:
            self.flow(task, self.node("endEvent", "end"))
            return host
        onward = self.node("exclusiveGateway", "m")
        self.flow(host, onward)
        self.flow(task, onward)
        return onward

    def _race(self, entry: str, branches: list[Block], kinds: list[str]) -> str:
        gate = self.node("eventBasedGateway", "r")
        self.flow(entry, gate)
        last = [
            self.grow(block, self._wait(gate, kind)) for block, kind in zip(branches, kinds, strict=False)
        ]
        join = self.node("exclusiveGateway", "m")
        for name in last:
            self.flow(name, join)
        return join

    def _several(self, entry: str, sequential: bool, count: int) -> str:
        marker = (
            f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
            f"<bpmn:loopCardinality>{count}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
        )
        name = self.node("userTask", "u", inner=marker)
        self.flow(entry, name)
        return name

    def _stop(self, entry: str, condition: str) -> str:
        default = self.name("f")
        gate = self.node("exclusiveGateway", "g", default)
        self.flow(entry, gate)
        self.flow(gate, self.node("endEvent", "stop", inner="<bpmn:terminateEventDefinition/>"), condition)
        onward = self.node("intermediateThrowEvent", "n")
        self.flow(gate, onward, name=default)
        return onward

    def _call(self, entry: str, block: Block) -> str:
        inner = Grower(self.ours, numbers=self.numbers, around=self.around)
        inner.flow(inner.grow(block, inner.node("startEvent", "start")), inner.node("endEvent", "end"))
        called = self.name("q")
        self.around.insert(
            0, f'<bpmn:process id="{called}" isExecutable="true">{"".join(inner.parts)}</bpmn:process>'
        )
        extension = (
            f'<bpmn:extensionElements><zeebe:calledElement processId="{called}"/></bpmn:extensionElements>'
        )
        name = self.node("callActivity", "call", inner=extension, more=f' calledElement="{called}"')
        self.flow(entry, name)
        return name

    def _escalated(self, entry: str, block: Block, stops: bool) -> str:
        code = f"x{len(self.around)}"
        self.around.append(f'<bpmn:escalation id="{code}" name="{code}" escalationCode="{code}"/>')
        definition = f'<bpmn:escalationEventDefinition escalationRef="{code}"/>'
        inner = Grower(self.ours, numbers=self.numbers, around=self.around)
        told = inner.node("intermediateThrowEvent", "tell", inner=definition)
        inner.flow(inner.node("startEvent", "start"), told)
        inner.flow(inner.grow(block, told), inner.node("endEvent", "end"))
        name = self.node("subProcess", "sub", inner="\n".join(inner.parts))
        self.flow(entry, name)
        return self._boundary(name, definition, stops)

    def _letters(self, entry: str, block: Block) -> str:
        """An event sub-process that begins with each letter, beside the block."""
        inner = Grower(self.ours, numbers=self.numbers, around=self.around)
        begun = inner.node(
            "startEvent", "start", inner=inner._event("message"), more=' isInterrupting="false"'
        )
        inner.flow(inner._user(begun), inner.node("endEvent", "end"))
        self.node("subProcess", "letters", inner="\n".join(inner.parts), more=' triggeredByEvent="true"')
        return self.grow(block, entry)

    def _sub(self, entry: str, block: Block, fails_when: str = "", error: str = "") -> str:
        inner = Grower(self.ours, numbers=self.numbers, around=self.around)
        last = inner.grow(block, inner.node("startEvent", "start"))
        if fails_when:
            default = inner.name("f")
            gate = inner.node("exclusiveGateway", "g", default)
            inner.flow(last, gate)
            inner.flow(gate, inner.node("endEvent", "fails", inner=_error(error)), fails_when)
            inner.flow(gate, inner.node("endEvent", "end"), name=default)
        else:
            inner.flow(last, inner.node("endEvent", "end"))
        name = self.node("subProcess", "sub", inner="\n".join(inner.parts))
        self.flow(entry, name)
        return name

    def _guarded(self, entry: str, block: Block, condition: str) -> str:
        error = f"e{len(self.around)}"
        self.around.append(f'<bpmn:error id="{error}" name="{error}" errorCode="{error}"/>')
        name = self._sub(entry, block, condition, error)
        caught = self.node("boundaryEvent", "caught", inner=_error(error), host=name)
        onward = self.node("exclusiveGateway", "m")
        self.flow(name, onward)
        self.flow(self._user(caught), onward)
        return onward


def _error(name: str) -> str:
    return f'<bpmn:errorEventDefinition errorRef="{name}"/>'


def xml(block: Block, ours: bool) -> bytes:
    """The whole file."""
    grower = Grower(ours)
    start = grower.node("startEvent", "start")
    grower.flow(grower.grow(block, start), grower.node("endEvent", "end"))
    body = "\n".join(grower.parts)
    around = "".join(grower.around)
    return f'{HEAD}<bpmn:process id="p" isExecutable="true">{body}</bpmn:process>{around}</bpmn:definitions>'.encode()
