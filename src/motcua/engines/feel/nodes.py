"""The syntax tree of a FEEL text. Each node knows the stretch of text it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Node:
    start: int = field(default=0, kw_only=True)
    end: int = field(default=0, kw_only=True)


@dataclass(slots=True)
class Literal(Node):
    value: Any


@dataclass(slots=True)
class AtLiteral(Node):
    text: str


@dataclass(slots=True)
class Name(Node):
    name: str


@dataclass(slots=True)
class Negation(Node):
    operand: Node


@dataclass(slots=True)
class Chain(Node):
    """A run of operators of one precedence, left to right: first op operand op operand … (flat, so that
    ten thousand terms need no ten thousand levels)."""

    first: Node
    rest: list[tuple[str, Node]]


@dataclass(slots=True)
class Logic(Node):
    """`and` or `or` over all its operands."""

    op: str
    operands: list[Node]


@dataclass(slots=True)
class Comparison(Node):
    op: str
    left: Node
    right: Node


@dataclass(slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(slots=True)
class In(Node):
    value: Node
    tests: list[Node]


@dataclass(slots=True)
class InstanceOf(Node):
    value: Node
    type: TypeNode


@dataclass(slots=True)
class UnaryComparison(Node):
    """`< 10`, `= x`, `!= x` standing alone."""

    op: str
    operand: Node


@dataclass(slots=True)
class Interval(Node):
    low: Node
    high: Node
    low_included: bool
    high_included: bool


@dataclass(slots=True)
class ListNode(Node):
    items: list[Node]


@dataclass(slots=True)
class ContextNode(Node):
    entries: list[tuple[str, Node]]


@dataclass(slots=True)
class Property(Node):
    of: Node
    name: str


@dataclass(slots=True)
class Filter(Node):
    of: Node
    by: Node


@dataclass(slots=True)
class Call(Node):
    function: Node
    args: list[Node]
    names: list[str] | None = None


@dataclass(slots=True)
class If(Node):
    """if … then … else if … then … else …: the branches in order, then the last else."""

    branches: list[tuple[Node, Node]]
    otherwise: Node


@dataclass(slots=True)
class For(Node):
    iterators: list[tuple[str, Node, Node | None]]
    body: Node


@dataclass(slots=True)
class Quantified(Node):
    every: bool
    iterators: list[tuple[str, Node, Node | None]]
    condition: Node


@dataclass(slots=True)
class FunctionNode(Node):
    params: list[tuple[str, TypeNode | None]]
    body: Node
    external: bool = False


@dataclass(slots=True)
class Tests(Node):
    """The unary tests of a decision table cell; `-` has no tests and is always true."""

    tests: list[Node]
    negated: bool = False


@dataclass(slots=True)
class TypeNode(Node):
    """A type as written: a name, with the types inside its angle brackets."""

    name: str
    args: list[TypeNode] = field(default_factory=list)
    fields: list[tuple[str, TypeNode]] = field(default_factory=list)
    result: TypeNode | None = None
