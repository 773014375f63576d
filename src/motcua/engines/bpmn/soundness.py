"""Trying every course that tokens can take through a drawing, whatever the data: where do joins get stuck?"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from motcua.engines.bpmn.elements import Definition, Element, EventKind, Flow, Kind

MOST_MARKINGS = 4_000
MOST_ON_A_FLOW = 2
MOST_CHOICES = 8

Marking = frozenset[tuple[str, int]]


@dataclass
class Outcome:
    """Joins that were left waiting in some course, joins that went on in some, and whether all courses were tried."""

    stuck: list[str] = field(default_factory=list)
    fired: set[str] = field(default_factory=set)
    whole: bool = True


def explore(definition: Definition, elements: list[Element]) -> Outcome:
    """Try the courses of one process or sub-process, breadth first, up to a bound on the places tokens can stand."""
    net = _Net(definition, elements)
    outcome = Outcome()
    todo = deque(net.first())
    seen = set(todo)
    while todo:
        marking = todo.popleft()
        moved = False
        for after, gateway in net.moves(marking):
            moved = True
            if gateway is not None:
                outcome.fired.add(gateway)
            if after not in seen:
                if len(seen) >= MOST_MARKINGS:
                    outcome.whole = False
                    continue
                seen.add(after)
                todo.append(after)
        if marking and not moved:
            outcome.stuck.extend(net.waiting_joins(marking))
    return outcome


class _Net:
    """A drawing as places (flows) and moves (elements)."""

    def __init__(self, definition: Definition, elements: list[Element]) -> None:
        self.definition = definition
        self.elements = {element.id: element for element in elements}
        self.target = {
            flow.id: flow.target
            for element in elements
            for flow in element.outgoing
            if flow.target in self.elements
        }

    def first(self) -> list[Marking]:
        starts = [element for element in self.elements.values() if element.kind is Kind.START]
        return [self._put(frozenset(), flows) for start in starts for flows in _choices(start)]

    def waiting_joins(self, marking: Marking) -> list[str]:
        return sorted({self.target[flow] for flow, _ in marking})

    def moves(self, marking: Marking) -> Iterator[tuple[Marking, str | None]]:
        """Each marking that can come next, and the join that went on to make it."""
        joined: set[str] = set()
        for flow, _ in sorted(marking):
            element = self.elements[self.target[flow]]
            is_join = element.kind in (Kind.PARALLEL, Kind.INCLUSIVE) and len(element.incoming) > 1
            if not is_join:
                rest = self._take(marking, [flow])
                yield from ((after, None) for after in self._after(element, rest))
            elif element.id not in joined:
                joined.add(element.id)
                yield from self._join(element, marking)

    def _join(self, gateway: Element, marking: Marking) -> Iterator[tuple[Marking, str | None]]:
        there = {flow for flow, _ in marking}
        came = [flow for flow in gateway.incoming if flow in there]
        if gateway.kind is Kind.PARALLEL and len(came) < len(gateway.incoming):
            return
        if gateway.kind is Kind.INCLUSIVE and self._more_may_come(gateway, marking, set(came)):
            return
        rest = self._take(marking, came)
        for flows in _choices(gateway):
            yield self._put(rest, flows), gateway.id

    def _more_may_come(self, gateway: Element, marking: Marking, came: set[str]) -> bool:
        upstream = self.definition.upstream[gateway.id]
        reached = frozenset().union(*(upstream[flow] for flow in came))
        places = {self.target[flow] for flow, _ in marking if self.target[flow] != gateway.id} - reached
        return any(not upstream[flow].isdisjoint(places) for flow in gateway.incoming if flow not in came)

    def _after(self, element: Element, rest: Marking) -> Iterator[Marking]:
        if element.kind is Kind.END and element.event.kind in (EventKind.TERMINATE, EventKind.ERROR):
            yield frozenset()
            return
        if element.kind is Kind.THROW and element.event.kind is EventKind.LINK:
            landing = self.definition.links.get((element.parent, element.event.name))
            yield self._put(rest, list(landing.outgoing) if landing else [])
            return
        ways = _choices(element)
        for flows in ways:
            yield self._put(rest, flows)
        for boundary in self.definition.boundaries.get(element.id, ()):
            if boundary.event.kind is EventKind.COMPENSATION:
                continue
            for flows in ways if not boundary.interrupting else [[]]:
                yield self._put(rest, [*boundary.outgoing, *flows])

    @staticmethod
    def _take(marking: Marking, flows: list[str]) -> Marking:
        counts = dict(marking)
        for flow in flows:
            counts[flow] -= 1
        return frozenset((flow, count) for flow, count in counts.items() if count)

    def _put(self, marking: Marking, flows: list[Flow]) -> Marking:
        counts = dict(marking)
        for flow in (flow for flow in flows if flow.id in self.target):
            counts[flow.id] = min(counts.get(flow.id, 0) + 1, MOST_ON_A_FLOW)
        return frozenset(counts.items())


def _choices(element: Element) -> list[list[Flow]]:
    """The sets of flows by which a token may leave an element."""
    flows = list(element.outgoing)
    if element.kind in (Kind.EXCLUSIVE, Kind.EVENT_BASED):
        return [[flow] for flow in flows] or [[]]
    optional = [flow for flow in flows if flow.condition is not None or flow.id == element.default]
    if element.kind is Kind.PARALLEL or not optional:
        return [flows]
    always = [flow for flow in flows if flow not in optional]
    optional = optional[:MOST_CHOICES]
    chosen = [list(some) for size in range(len(optional) + 1) for some in combinations(optional, size)]
    return [[*always, *some] for some in chosen if some or always]
