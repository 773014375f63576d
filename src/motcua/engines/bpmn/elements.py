"""What a process is made of once read: immutable, shared by every instance that runs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from motcua.engines.bpmn.errors import BpmnError
from motcua.engines.bpmn.expressions import Expression


class Kind(StrEnum):
    """The elements that are executed; values are their names in BPMN files."""

    START = "startEvent"
    END = "endEvent"
    CATCH = "intermediateCatchEvent"
    THROW = "intermediateThrowEvent"
    BOUNDARY = "boundaryEvent"
    TASK = "task"
    MANUAL = "manualTask"
    USER = "userTask"
    SERVICE = "serviceTask"
    SEND = "sendTask"
    RECEIVE = "receiveTask"
    SCRIPT = "scriptTask"
    RULE = "businessRuleTask"
    CALL = "callActivity"
    SUBPROCESS = "subProcess"
    EXCLUSIVE = "exclusiveGateway"
    PARALLEL = "parallelGateway"
    INCLUSIVE = "inclusiveGateway"
    EVENT_BASED = "eventBasedGateway"


GATEWAYS = frozenset({Kind.EXCLUSIVE, Kind.PARALLEL, Kind.INCLUSIVE, Kind.EVENT_BASED})
EVENTS = frozenset({Kind.START, Kind.END, Kind.CATCH, Kind.THROW, Kind.BOUNDARY})
ACTIVITIES = frozenset(Kind) - GATEWAYS - EVENTS


class EventKind(StrEnum):
    """What an event waits for or tells."""

    NONE = "none"
    MESSAGE = "message"
    TIMER = "timer"
    SIGNAL = "signal"
    ERROR = "error"
    ESCALATION = "escalation"
    TERMINATE = "terminate"
    LINK = "link"
    COMPENSATION = "compensate"


WAITED_FOR = frozenset({EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL})


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `condition` is None when it is always taken."""

    id: str
    source: str
    target: str
    condition: Expression | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    """When a timer is due: one of a date, a duration or a repeated duration (ISO 8601), on a wall or working clock."""

    form: str
    text: Expression
    working: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """The definition of an event. `name` is the message, signal or link name, or the error or escalation code.

    A catching error or escalation without code (`name` "") takes any. `activity` is what a compensation undoes.
    """

    kind: EventKind
    name: str = ""
    correlation: Expression | None = None
    timer: Timer | None = None
    activity: str | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """One line of an input or output mapping: `target` (a dotted path) takes the value of `source`."""

    source: Expression
    target: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """Multi-instance: once for each item of a collection (or as often as a cardinality says)."""

    sequential: bool
    items: Expression
    counted: bool = False
    item_name: str = ""
    output_name: str = ""
    output: Expression | None = None
    completion: Expression | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A service asked of the outside: the type of worker, with headers."""

    type: Expression
    headers: Mapping[str, str] = field(default_factory=dict)
    asynchronous: bool = False


@dataclass(frozen=True, slots=True)
class Human:
    """What a person needs to know of a task."""

    form: str | None = None
    assignee: Expression | None = None
    groups: Expression | None = None
    users: Expression | None = None
    priority: Expression | None = None
    due: Expression | None = None
    follow_up: Expression | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A called process and which variables go in and come back."""

    process: str
    share_in: bool = True
    share_out: bool = True


@dataclass(frozen=True, slots=True)
class Element:
    """One node of the process. `parent` is the process or sub-process it lies in."""

    id: str
    kind: Kind
    name: str = ""
    parent: str = ""
    line: int | None = None
    incoming: tuple[str, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    default: str | None = None
    event: Event = Event(EventKind.NONE)
    attached_to: str | None = None
    interrupting: bool = True
    inputs: tuple[Transfer, ...] = ()
    outputs: tuple[Transfer, ...] = ()
    loop: Loop | None = None
    work: Work | None = None
    human: Human | None = None
    script: Expression | None = None
    decision: Expression | None = None
    result: str | None = None
    call: Call | None = None
    by_event: bool = False
    for_compensation: bool = False
    compensated_by: str | None = None
    own: Mapping[str, str] = field(default_factory=dict)
    role: str = ""


@dataclass(frozen=True)
class Definition:
    """A process file read once and run many times.

    `elements` by id, in file order; `boundaries` by activity; `starts` and `event_subprocesses` by the process or
    sub-process they lie in; `sources` gives the element that a flow leaves; `hash` identifies the file's bytes.
    """

    process_id: str
    name: str
    hash: str
    elements: Mapping[str, Element]
    processes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    boundaries: Mapping[str, tuple[Element, ...]] = field(default_factory=dict)
    starts: Mapping[str, tuple[Element, ...]] = field(default_factory=dict)
    event_subprocesses: Mapping[str, tuple[Element, ...]] = field(default_factory=dict)
    links: Mapping[tuple[str, str], Element] = field(default_factory=dict)
    upstream: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    @property
    def user_tasks(self) -> tuple[Element, ...]:
        """The tasks that wait for a person, in file order."""
        return tuple(element for element in self.elements.values() if element.kind is Kind.USER)

    def element(self, element_id: str) -> Element:
        """The element of that id; raises BpmnError when this definition has none."""
        found = self.elements.get(element_id)
        if found is None:
            raise BpmnError(f"The process {self.process_id} has no element “{element_id}”.", element_id)
        return found
