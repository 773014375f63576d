"""A BPMN 2.0 file in the zeebe dialect → `Definition`, with a finding for everything that it will not run."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256

from motcua.engines import feel
from motcua.engines.bpmn import details, events, structure
from motcua.engines.bpmn import xml as x
from motcua.engines.bpmn.elements import ACTIVITIES, Definition, Element, EventKind, Flow, Kind
from motcua.engines.bpmn.errors import BpmnError, brief
from motcua.engines.bpmn.expressions import Expression
from motcua.engines.bpmn.reach import upstream_of_joins

MOST_ELEMENTS = 5_000
LONGEST_ID = 200
LONGEST_NAME = 1_000
LONGEST_MESSAGE = 600


class Level(StrEnum):
    """How grave a finding is: an error keeps the file from running."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know of a file, and where."""

    level: Level
    element_id: str | None
    line: int | None
    message: str


_PICTURE_ONLY = frozenset(
    {
        "extensionElements", "laneSet", "sequenceFlow", "incoming", "outgoing", "documentation", "ioSpecification",
        "property", "textAnnotation", "association", "group", "category", "dataObject", "dataObjectReference",
        "dataStoreReference", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics",
    }
)  # fmt: skip
_UNSUPPORTED = {
    "transaction": "transactions are not run; use a sub-process with compensation",
    "adHocSubProcess": "ad-hoc sub-processes are not run; draw the tasks with gateways",
    "complexGateway": "complex gateways are not run; use exclusive, inclusive or parallel ones",
    "callConversation": "conversations are not run",
    "callChoreography": "choreographies are not run",
}


@dataclass
class Reader:
    """Collects what it finds on the way; `definition` may be used when no finding is an error."""

    root: x.Node
    findings: list[Finding] = field(default_factory=list)
    nodes: dict[str, x.Node] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    flow_nodes: dict[str, x.Node] = field(default_factory=dict)
    flow_parent: dict[str, str] = field(default_factory=dict)
    elements: dict[str, Element] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)
    handlers: dict[str, str] = field(default_factory=dict)
    global_names: dict[str, x.Node] = field(default_factory=dict)

    def find(self, level: Level, node: x.Node | None, message: str) -> None:
        """Record a finding at an element of the file (or at its nearest ancestor with an id)."""
        owner = node
        while owner is not None and owner.get("id") not in self.nodes:
            owner = owner.getparent()
        where = None if owner is None else owner.get("id")
        self.findings.append(
            Finding(level, where, None if node is None else x.line_of(node), brief(message, LONGEST_MESSAGE))
        )

    def refuse(self, node: x.Node | None, message: str) -> None:
        """Record what keeps the file from running."""
        self.find(Level.ERROR, node, message)

    def expression(self, text: str, node: x.Node, what: str, must_compute: bool = False) -> Expression:
        """Compile an expression of the file; a faulty one is a finding and reads as null."""
        try:
            if must_compute and not text.strip().startswith("="):
                self.refuse(node, f"The {what} “{brief(text)}” is no FEEL expression: it begins with “=”.")
            return Expression.read(text)
        except feel.FeelSyntaxError as fault:
            self.refuse(node, f"The {what} “{brief(text)}” is no FEEL expression: {fault}")
            return Expression(text)

    def read(self) -> Definition | None:
        """Read everything; None when the file has no process."""
        self.global_names = {
            node.get("id", ""): node
            for name in ("message", "signal", "error", "escalation")
            for node in x.children(self.root, name)
        }
        processes = x.children(self.root, "process")
        if not processes:
            self.refuse(self.root, "The file has no process: draw one, or export it with its process.")
            return None
        for node in self.root.iter(f"{{{x.BPMN}}}*"):
            self._take_id(node)
        if self.findings:
            return None
        for process in processes:
            self._read_container(process)
        if len(self.elements) > MOST_ELEMENTS:
            self.refuse(
                self.root, f"The file has {len(self.elements)} elements; at most {MOST_ELEMENTS} are run."
            )
            return None
        self._join_flows()
        return self._define(processes)

    def _take_id(self, node: x.Node) -> None:
        identity = node.get("id")
        if identity is None:
            return
        if len(identity) > LONGEST_ID:
            self.refuse(node, f"The id “{brief(identity, 40)}” is longer than {LONGEST_ID} characters.")
            return
        if identity in self.nodes:
            self.refuse(node, f"The id “{identity}” is used twice.")
        self.nodes[identity] = node

    def _read_container(self, container: x.Node) -> None:
        parent = container.get("id", "")
        if not parent:
            self.refuse(container, f"This {x.local(container)} has no id.")
        for lane in container.iter(f"{{{x.BPMN}}}lane"):
            self._read_lane(lane)
        for node in container:
            if x.namespace(node) != x.BPMN and x.local(node) in set(Kind):
                self.refuse(
                    node, f"This {x.local(node)} is in the namespace {x.namespace(node)}, not in BPMN's."
                )
                continue
            if x.namespace(node) != x.BPMN:
                self.find(Level.NOTE, node, f"{x.local(node)} is not of BPMN and is not read.")
                continue
            self._read_node(node, parent)

    def _read_lane(self, lane: x.Node) -> None:
        if x.child(lane, "childLaneSet") is not None:
            return
        role = lane.get("name") or lane.get("id") or ""
        if role not in self.roles:
            self.roles.append(role)
        for reference in x.children(lane, "flowNodeRef"):
            self.lanes[x.text_of(reference)] = role

    def _read_node(self, node: x.Node, parent: str) -> None:
        name = x.local(node)
        if name == "sequenceFlow":
            self._read_flow(node, parent)
        elif name == "association":
            self.handlers.setdefault(node.get("sourceRef", ""), node.get("targetRef", ""))
        elif name in set(Kind):
            self._read_element(node, Kind(name), parent)
        elif name in _UNSUPPORTED:
            self.refuse(node, f"“{name}” is not run here: {_UNSUPPORTED[name]}.")
        elif name not in _PICTURE_ONLY:
            self.refuse(node, f"“{name}” is not known and would not be run.")

    def _read_flow(self, node: x.Node, parent: str) -> None:
        identity = node.get("id") or f"flow at line {node.sourceline}"
        condition = x.child(node, "conditionExpression")
        text = x.text_of(condition)
        self.flow_nodes[identity] = node
        self.flow_parent[identity] = parent
        self.flows[identity] = Flow(
            identity,
            node.get("sourceRef", ""),
            node.get("targetRef", ""),
            self.expression(text, node, "condition", must_compute=True) if text else None,
            node.get("name", ""),
        )

    def _read_element(self, node: x.Node, kind: Kind, parent: str) -> None:
        identity = node.get("id")
        if not identity:
            self.refuse(node, f"This {kind} has no id.")
            return
        details.note_what_is_not_read(self, node)
        if len(node.get("name", "")) > LONGEST_NAME:
            self.refuse(
                node,
                f"The name “{brief(node.get('name', ''), 40)}” is longer than {LONGEST_NAME} characters.",
            )
        element = Element(
            id=identity,
            kind=kind,
            name=" ".join(node.get("name", "").split()),
            parent=parent,
            line=x.line_of(node),
            default=node.get("default"),
            own=x.own_attributes(node),
            role=self.lanes.get(identity, ""),
            for_compensation=kind in ACTIVITIES and node.get("isForCompensation") == "true",
        )
        inputs, outputs = details.mappings(self, node)
        element = replace(element, inputs=inputs, outputs=outputs)
        if kind in ACTIVITIES:
            element = replace(element, loop=details.loop(self, node))
        special: Callable[[Reader, x.Node, Element], Element] | None = details.READERS.get(kind)
        if special is not None:
            element = special(self, node, element)
        self.elements[identity] = events.read(self, node, element)
        if kind is Kind.SUBPROCESS:
            self._read_container(node)

    def _join_flows(self) -> None:
        incoming: dict[str, list[str]] = {}
        outgoing: dict[str, list[Flow]] = {}
        for flow in self.flows.values():
            node = self.flow_nodes[flow.id]
            ends = [self.elements.get(flow.source), self.elements.get(flow.target)]
            for end, name in zip(ends, (flow.source, flow.target), strict=True):
                if end is None:
                    self.refuse(
                        node, f"The flow leads from or to “{brief(name)}”, which is no element that is run."
                    )
                elif end.parent != self.flow_parent[flow.id]:
                    self.refuse(node, f"The flow crosses the border of “{end.parent}”; flows stay inside.")
            if None not in ends:
                outgoing.setdefault(flow.source, []).append(flow)
                incoming.setdefault(flow.target, []).append(flow.id)
        self._look_at_lanes()
        for identity, element in self.elements.items():
            handler = self.handlers.get(identity) if element.event.kind is EventKind.COMPENSATION else None
            if element.default and element.default not in {flow.id for flow in outgoing.get(identity, ())}:
                self.refuse(
                    self.nodes[identity], f"The default flow “{element.default}” does not leave this element."
                )
            self.elements[identity] = replace(
                element,
                incoming=tuple(incoming.get(identity, ())),
                outgoing=tuple(_in_drawn_order(self.nodes[identity], outgoing.get(identity, []))),
                compensated_by=handler,
                role=self._role(element),
            )

    def _look_at_lanes(self) -> None:
        for name in self.lanes:
            if name not in self.nodes:
                self.find(Level.WARNING, None, f"A lane lists “{brief(name)}”, which is not in the file.")

    def _role(self, element: Element) -> str:
        """The lane of an element, or of the sub-process that it lies in."""
        around: Element | None = element
        while around is not None and not around.role:
            around = self.elements.get(around.parent)
        return around.role if around else ""

    def _define(self, processes: list[x.Node]) -> Definition:
        main = next((node for node in processes if node.get("isExecutable") == "true"), None)
        if main is None:
            main = processes[0]
            self.find(Level.WARNING, main, "No process is marked executable; the first is taken.")
        if sum(node.get("isExecutable") == "true" for node in processes) > 1:
            self.find(
                Level.WARNING, main, "Several processes are marked executable; cases begin in this one."
            )
        boundaries: dict[str, list[Element]] = {}
        starts: dict[str, list[Element]] = {}
        by_event: dict[str, list[Element]] = {}
        links: dict[tuple[str, str], Element] = {}
        for element in self.elements.values():
            if element.kind is Kind.BOUNDARY and element.attached_to:
                boundaries.setdefault(element.attached_to, []).append(element)
            elif element.kind is Kind.START:
                starts.setdefault(element.parent, []).append(element)
            elif element.by_event:
                by_event.setdefault(element.parent, []).append(element)
            elif element.kind is Kind.CATCH and element.event.kind is EventKind.LINK:
                links[element.parent, element.event.name] = element
        return Definition(
            process_id=main.get("id", ""),
            name=main.get("name", ""),
            hash="",
            elements=self.elements,
            processes=tuple(node.get("id", "") for node in processes),
            roles=tuple(self.roles),
            boundaries={key: tuple(found) for key, found in boundaries.items()},
            starts={key: tuple(found) for key, found in starts.items()},
            event_subprocesses={key: tuple(found) for key, found in by_event.items()},
            links=links,
            upstream=upstream_of_joins(self.elements),
        )


def _in_drawn_order(node: x.Node, flows: list[Flow]) -> list[Flow]:
    """Flows in the order in which the element lists them, else in the order of the file."""
    order = {x.text_of(reference): number for number, reference in enumerate(x.children(node, "outgoing"))}
    return sorted(flows, key=lambda flow: order.get(flow.id, len(order)))


def read(source: bytes) -> tuple[Definition | None, list[Finding]]:
    """Read a file leniently: what could be read, and every finding. Raises BpmnError when it is no BPMN at all."""
    reader = Reader(x.parse(source))
    definition = reader.read()
    if definition is not None:
        for identity, message in structure.faults(definition):
            reader.refuse(reader.nodes.get(identity), message)
        definition = replace(definition, hash=sha256(source).hexdigest())
    return definition, reader.findings


def load(source: bytes) -> Definition:
    """Read a file that is to be run. Raises BpmnError, with element and line, for the first thing that cannot."""
    definition, findings = read(source)
    for finding in findings:
        if finding.level is Level.ERROR:
            raise BpmnError(finding.message, finding.element_id, finding.line)
    if definition is None:
        raise BpmnError("The file has no process.")
    return definition
