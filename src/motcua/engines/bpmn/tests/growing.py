"""Processes that grow at random, for comparison with another interpreter.

A process is a nest of blocks; `Grower.xml` writes it once in our dialect and once with Python conditions. Variables
`v0` … `v5` decide the branches; completing task `t` counts `c_t`, which ends loops.
"""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from motcua.engines.bpmn.tests.drawing import HEAD

Block = tuple[Any, ...]
VARIABLES = tuple(f"v{number}" for number in range(6))

_conditions = st.sampled_from(VARIABLES)


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
    )


blocks: st.SearchStrategy[Block] = st.recursive(
    st.sampled_from([("user",), ("task",), ("nothing",)]), _wider, max_leaves=9
)


@dataclass
class Grower:
    """Writes a block as elements and flows between an entry and an exit."""

    ours: bool
    parts: list[str] = field(default_factory=list)
    number: int = 0
    errors: list[str] = field(default_factory=list)

    def name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number}"

    def node(self, tag: str, prefix: str, default: str = "", inner: str = "", host: str = "") -> str:
        name = self.name(prefix)
        given = (f' default="{default}"' if default else "") + (f' attachedToRef="{host}"' if host else "")
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

    def _sub(self, entry: str, block: Block, fails_when: str = "", error: str = "") -> str:
        inner = Grower(self.ours, number=self.number * 100, errors=self.errors)
        last = inner.grow(block, inner.node("startEvent", "start"))
        if fails_when:
            default = inner.name("f")
            gate = inner.node("exclusiveGateway", "g", default)
            inner.flow(last, gate)
            inner.flow(gate, inner.node("endEvent", "fails", inner=_error(error)), fails_when)
            inner.flow(gate, inner.node("endEvent", "end"), name=default)
        else:
            inner.flow(last, inner.node("endEvent", "end"))
        self.number = inner.number
        name = self.node("subProcess", "sub", inner="\n".join(inner.parts))
        self.flow(entry, name)
        return name

    def _guarded(self, entry: str, block: Block, condition: str) -> str:
        error = f"e{len(self.errors)}"
        self.errors.append(error)
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
    around = "".join(f'<bpmn:error id="{name}" name="{name}" errorCode="{name}"/>' for name in grower.errors)
    return f'{HEAD}<bpmn:process id="p" isExecutable="true">{body}</bpmn:process>{around}</bpmn:definitions>'.encode()
