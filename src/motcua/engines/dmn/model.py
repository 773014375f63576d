"""A DMN model: its inputs, decisions, knowledge and services, and the evaluation of its requirements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from motcua.engines.dmn.outcome import Outcome
from motcua.engines.dmn.session import Key, Session
from motcua.engines.dmn.table import DecisionTable
from motcua.engines.dmn.xml import DmnError
from motcua.engines.feel import from_python
from motcua.engines.feel.compiler import Code, Scope
from motcua.engines.feel.expression import Clock, system_clock
from motcua.engines.feel.types import ListOf, Type, coerce
from motcua.engines.feel.values import (
    Fault,
    Function,
    LimitReached,
    Signature,
    UserFunction,
    by_name,
    within_bounds,
)


@dataclass(frozen=True)
class Input:
    """An input of a model: name, type as written, and the values its type allows, as written."""

    name: str
    type: str = "Any"
    allowed: str = ""
    id: str = ""
    namespace: str = ""
    wanted: Type | None = None


@dataclass
class Required:
    """A node that another one needs, and the name it goes by there (None: below the name of its import)."""

    key: Key
    name: str
    within: str = ""


@dataclass
class Decision:
    """A decision: what it needs and how it is found."""

    name: str
    id: str
    namespace: str
    requires: list[Required] = field(default_factory=list)
    code: Code | None = None
    type: str = ""
    wanted: Type | None = None
    question: str = ""
    allowed_answers: str = ""
    line: int = 0

    @property
    def key(self) -> Key:
        return self.namespace, self.id


@dataclass
class Knowledge:
    """A business knowledge model: a function and what its body needs."""

    name: str
    id: str
    namespace: str
    requires: list[Required] = field(default_factory=list)
    make: Code | None = None


@dataclass
class Service:
    """A decision service: what goes in and which decisions come out (DMN 1.5, 6.3.9 and 10.4)."""

    name: str
    id: str
    namespace: str
    inputs: list[Required] = field(default_factory=list)
    outputs: list[Required] = field(default_factory=list)
    wanted: Type | None = None


Node = Input | Decision | Knowledge | Service


class Model:
    """A loaded model. `problems` are the texts in it that could not be read; they evaluate to null."""

    def __init__(self, name: str, namespace: str) -> None:
        self.name = name
        self.namespace = namespace
        self.nodes: dict[Key, Node] = {}
        self.own: list[Key] = []
        self.problems: list[DmnError] = []
        self.tables: dict[str, DecisionTable] = {}
        self.source = b""
        self._orders: dict[Key, list[Decision]] = {}

    def _own(self, cls: type) -> list[Any]:
        return [self.nodes[key] for key in self.own if isinstance(self.nodes[key], cls)]

    @property
    def decisions(self) -> list[Decision]:
        """The decisions of this file, in its order."""
        return self._own(Decision)

    @property
    def inputs(self) -> list[Input]:
        """The inputs of this file and of those it imports."""
        return [node for node in self.nodes.values() if isinstance(node, Input)]

    @property
    def services(self) -> list[Service]:
        return self._own(Service)

    @property
    def knowledge(self) -> list[Knowledge]:
        return self._own(Knowledge)

    def _find(self, name: str, *kinds: type) -> Any:
        for key in (*self.own, *self.nodes):
            node = self.nodes[key]
            if isinstance(node, kinds) and name in (node.name, node.id):
                return node
        known = ", ".join(node.name for node in self.nodes.values() if isinstance(node, kinds))
        raise DmnError(f"there is no {name!r} in the model; there are: {known}", name)

    def decision(self, name_or_id: str) -> Decision:
        """A decision by its name or id. Raises DmnError when there is none."""
        found: Decision = self._find(name_or_id, Decision)
        return found

    def needed_inputs(self, name_or_id: str) -> list[Input]:
        """The inputs a decision depends on, directly or through others."""
        seen: dict[Key, Node] = {}
        stack = [self.decision(name_or_id).key]
        while stack:
            key = stack.pop()
            if key not in seen and key in self.nodes:
                node = seen[key] = self.nodes[key]
                if isinstance(node, Decision | Knowledge):
                    stack.extend(required.key for required in reversed(node.requires))
        return [node for node in seen.values() if isinstance(node, Input)]

    def decide(self, name_or_id: str, inputs: Mapping[str, Any], *, clock: Clock | None = None) -> Outcome:
        """The decision, or decision service, on these inputs. Raises DmnError only for an unknown name."""
        node = self._find(name_or_id, Decision, Service)
        session = Session(clock or system_clock)
        if isinstance(node, Decision):
            return self._outcome(session, lambda: self._decided(session, node, inputs))
        function = ServiceFunction(self, node, session)
        for name in function.params:
            if name not in inputs:
                session.warn(f"the input {name} is missing")
        return self._outcome(
            session, lambda: function.body([from_python(inputs.get(name)) for name in function.params])
        )

    def call(self, name_or_id: str, args: list[Any], *, clock: Clock | None = None) -> Outcome:
        """A business knowledge model invoked with positional arguments."""
        node = self._find(name_or_id, Knowledge)
        session = Session(clock or system_clock)

        def invoke() -> Any:
            function = self._value(session, node, {})
            return (
                function.invoke([from_python(arg) for arg in args])
                if isinstance(function, Function)
                else None
            )

        return self._outcome(session, invoke)

    def _outcome(self, session: Session, compute: Any) -> Outcome:
        try:
            value = compute()
        except (LimitReached, Fault) as fault:
            session.warn(str(fault))
            value = None
        except RecursionError:
            session.warn("the decision calls itself, or its data is nested, too deep")
            value = None
        except MemoryError:
            session.warn("the decision needs too much memory")
            value = None
        except Exception as error:  # data must never stop a case; what slips through is told, not raised
            session.warn(f"the decision could not be evaluated: {type(error).__name__}: {error}")
            value = None
        return Outcome(value, session.fired, list(dict.fromkeys(session.run.warnings)), session.decisions)

    # evaluation of nodes

    def _decided(self, session: Session, decision: Decision, inputs: Mapping[str, Any]) -> Any:
        for needed in self._in_order(decision):
            self.evaluate(session, needed, inputs)
        return self.evaluate(session, decision, inputs)

    def _in_order(self, decision: Decision) -> list[Decision]:
        """The decisions that one needs, each after those it needs itself, so that a long chain of them is not
        walked recursively."""
        known = self._orders.get(decision.key)
        if known is not None:
            return known
        order: list[Decision] = []
        seen = {decision.key}
        stack = [(decision, iter(decision.requires))]
        while stack:
            current, needs = stack[-1]
            for required in needs:
                node = self.nodes[required.key]
                if isinstance(node, Decision) and node.key not in seen:
                    seen.add(node.key)
                    stack.append((node, iter(node.requires)))
                    break
            else:
                stack.pop()
                order.append(current)
        self._orders[decision.key] = order[:-1]
        return order[:-1]

    def evaluate(self, session: Session, decision: Decision, inputs: Mapping[str, Any]) -> Any:
        """The value of a decision; each is evaluated once per session."""
        if decision.key in session.values:
            return session.values[decision.key]
        scope = self._scope(session, decision.requires, inputs)
        before, session.current = session.current, decision.name
        if decision.code is None:
            session.warn(f"the decision {decision.name} has no logic")
            value = None
        else:
            value = decision.code(scope)
        if not within_bounds(value):
            session.warn(f"the decision {decision.name} holds too many items")
            value = None
        value = _fitted(session, value, decision.wanted, f"the decision {decision.name}")
        session.current = before
        session.values[decision.key] = value
        session.decisions[decision.name] = value
        return value

    def _scope(self, session: Session, requires: list[Required], inputs: Mapping[str, Any]) -> Scope:
        scope = session.scope()
        for required in requires:
            value = self._value(session, self.nodes[required.key], inputs)
            if required.within:
                place = scope.setdefault(required.within, {})
                for part in required.name.split("\0")[:-1]:
                    place = place.setdefault(part, {})
                place[required.name.split("\0")[-1]] = value
            else:
                scope[required.name] = value
        return scope

    def _value(self, session: Session, node: Node, inputs: Mapping[str, Any]) -> Any:
        if isinstance(node, Decision):
            return self.evaluate(session, node, inputs)
        if isinstance(node, Service):
            return ServiceFunction(self, node, session)
        key = node.namespace, node.id
        if key in session.values:
            return session.values[key]
        value = (
            self._given(session, node, inputs)
            if isinstance(node, Input)
            else self._made(session, node, key, inputs)
        )
        session.values[key] = value
        return value

    def _made(self, session: Session, node: Knowledge, key: Key, inputs: Mapping[str, Any]) -> Any:
        """The function of a knowledge model, which may call itself and those that call it."""
        promised = session.values[key] = Promised(node.name)
        value = node.make(self._scope(session, node.requires, inputs)) if node.make else None
        if isinstance(value, UserFunction):
            value.closure[node.name] = promised.kept = value
        return value

    def _given(self, session: Session, node: Input, inputs: Mapping[str, Any]) -> Any:
        if node.name not in inputs:
            session.warn(f"the input {node.name} is missing")
            return None
        return _fitted(session, from_python(inputs[node.name]), node.wanted, f"the input {node.name}")


class Promised(Function):
    """A function that is still being made, for those that it needs itself."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kept: UserFunction | None = None

    def invoke(self, args: Sequence[Any]) -> Any:
        return self._function().invoke(args)

    def invoke_named(self, args: Mapping[str, Any]) -> Any:
        return self._function().invoke_named(args)

    def _function(self) -> UserFunction:
        if self.kept is None:
            raise Fault(f"{self.name} has no logic")
        return self.kept


class ServiceFunction(Function):
    """A decision service as a function of its input data and input decisions, in this order."""

    def __init__(self, model: Model, service: Service, session: Session) -> None:
        self.name = service.name
        self.model = model
        self.service = service
        self.session = session
        self.params = tuple(required.name.split("\0")[-1] for required in service.inputs)
        self.signatures = (Signature(self.params, len(self.params)),)

    def invoke(self, args: Any) -> Any:
        if len(args) != len(self.params):
            raise Fault(
                f"{self.name} takes {len(self.params)} arguments ({', '.join(self.params)}), not {len(args)}"
            )
        return self.body(list(args))

    def invoke_named(self, args: Mapping[str, Any]) -> Any:
        return self.body(by_name(self.name, self.params, args))

    def body(self, args: list[Any]) -> Any:
        """The output decisions on these inputs: one value, or a context of several."""
        model, session = self.model, self.session
        values: dict[Key, Any] = {}
        for required, value in zip(self.service.inputs, args, strict=True):
            node = model.nodes[required.key]
            wanted = node.wanted if isinstance(node, Input | Decision) else None
            values[required.key] = value if wanted is None else coerce(value, wanted)
        inner = session.branch(values)
        results: dict[str, Any] = {}
        for required in self.service.outputs:
            node = model.nodes[required.key]
            if isinstance(node, Decision):
                results[node.name] = model.evaluate(inner, node, {})
        for name, value in inner.decisions.items():
            session.decisions.setdefault(name, value)
        value = next(iter(results.values())) if len(self.service.outputs) == 1 else results
        return _fitted(session, value, self.service.wanted, self.name)


def _fitted(session: Session, value: Any, wanted: Type | None, what: str) -> Any:
    if value is None or wanted is None:
        return value
    try:
        return coerce(value, wanted)
    except Fault as fault:
        session.warn(f"{what}: {fault}")
        return None


__all__ = ["Decision", "Input", "Knowledge", "ListOf", "Model", "Required", "Service"]
