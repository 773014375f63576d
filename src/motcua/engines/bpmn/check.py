"""What of a file is run, what is not and why, and where a case could get lost in it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from motcua.engines.bpmn.elements import Definition, Element, EventKind, Kind
from motcua.engines.bpmn.errors import BpmnError
from motcua.engines.bpmn.reach import predecessors
from motcua.engines.bpmn.reader import Finding, Level, read
from motcua.engines.bpmn.soundness import explore


@dataclass(frozen=True, slots=True)
class Report:
    """The findings, gravest first, and in `runs` one line for each kind of thing that is run."""

    findings: list[Finding]
    runs: list[str]

    @property
    def ok(self) -> bool:
        """Whether the file can be run."""
        return not any(finding.level is Level.ERROR for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """For machines: `ok`, `findings` (level, element_id, line, message), `runs`."""
        return {"ok": self.ok, "findings": [asdict(finding) for finding in self.findings], "runs": self.runs}


def check(source: bytes) -> Report:
    """Look through a process file. Never raises on its content: what is wrong with it is a finding."""
    try:
        definition, findings = read(source)
    except BpmnError as fault:
        return Report([Finding(Level.ERROR, fault.element_id, fault.line, fault.message)], [])
    runs: list[str] = []
    if definition is not None:
        findings = [*findings, *_look_through(definition)]
        runs = list(_what_runs(definition))
    gravity = list(Level)
    return Report(sorted(findings, key=lambda finding: gravity.index(finding.level)), runs)


def _what_runs(definition: Definition) -> Iterator[str]:
    yield f"process {definition.process_id}: {definition.name or 'without a name'}"
    if definition.roles:
        yield f"lanes as roles: {', '.join(definition.roles)}"
    by_kind: dict[str, list[str]] = {}
    for element in definition.elements.values():
        what = (
            element.kind.value
            if element.event.kind is EventKind.NONE
            else f"{element.kind} ({element.event.kind})"
        )
        if element.loop is not None:
            what += ", one after the other" if element.loop.sequential else ", several at once"
        by_kind.setdefault(what, []).append(element.name or element.id)
    for what, names in by_kind.items():
        yield f"{len(names)} × {what}: {', '.join(names)}"


def _look_through(definition: Definition) -> Iterator[Finding]:
    containers = [
        *definition.processes,
        *(e.id for e in definition.elements.values() if e.kind is Kind.SUBPROCESS),
    ]
    inside = {
        container: [element for element in definition.elements.values() if element.parent == container]
        for container in containers
    }
    for elements in inside.values():
        yield from _joins(definition, elements)
    for element in definition.elements.values():
        yield from _ends(element)
        yield from _conditions(element)
        if element.kind is Kind.EVENT_BASED:
            yield from _race(element)
    yield from _unreachable(definition, inside)
    yield from _calls(definition)


def _finding(level: Level, element: Element, message: str) -> Finding:
    return Finding(level, element.id, element.line, message)


def _goes_nowhere(element: Element) -> bool:
    if element.outgoing or element.kind is Kind.END or element.for_compensation or element.by_event:
        return False
    return not (
        (element.kind is Kind.THROW and element.event.kind is EventKind.LINK)
        or (element.kind is Kind.BOUNDARY and element.event.kind is EventKind.COMPENSATION)
    )


def _ends(element: Element) -> Iterator[Finding]:
    if _goes_nowhere(element):
        yield _finding(Level.WARNING, element, "Dead end: no flow leads on and it is no end event.")


def _conditions(element: Element) -> Iterator[Finding]:
    conditional = [flow for flow in element.outgoing if flow.condition is not None]
    if element.kind in (Kind.PARALLEL, Kind.EVENT_BASED):
        if conditional:
            yield _finding(Level.WARNING, element, "Conditions behind this gateway are never looked at.")
        return
    if conditional and len(conditional) == len(element.outgoing) and not element.default:
        yield _finding(
            Level.WARNING, element, "No default flow: a case for which no condition holds would stop here."
        )
    if element.kind is Kind.EXCLUSIVE and len(element.outgoing) > 1:
        for flow in element.outgoing:
            if flow.condition is None and flow.id != element.default:
                message = (
                    f"The flow {flow.id} has no condition and is no default: it is always taken when reached."
                )
                yield _finding(Level.WARNING, element, message)


def _race(element: Element) -> Iterator[Finding]:
    if len(element.outgoing) < 2:
        yield _finding(Level.WARNING, element, "An event-based gateway chooses between at least two events.")


def _calls(definition: Definition) -> Iterator[Finding]:
    """Calls of processes that the file does not hold, and of processes that come back to themselves."""
    calls = [(_process_of(definition, e), e.call.process, e) for e in definition.elements.values() if e.call]
    after: dict[str, set[str]] = {}
    for caller, called, _ in calls:
        after.setdefault(caller, set()).add(called)
    for caller, called, element in calls:
        if called not in definition.processes:
            yield _finding(Level.NOTE, element, f"The called process “{called}” is in another file.")
        elif caller in _closure([called], after):
            message = (
                f"The process “{caller}” calls itself by way of “{called}”: see that it comes to an end."
            )
            yield _finding(Level.WARNING, element, message)


def _process_of(definition: Definition, element: Element) -> str:
    parent = element.parent
    while parent in definition.elements:
        parent = definition.elements[parent].parent
    return parent


def _unreachable(definition: Definition, inside: dict[str, list[Element]]) -> Iterator[Finding]:
    before = predecessors(definition.elements)
    after: dict[str, set[str]] = {}
    for target, sources in before.items():
        for source, _ in sources:
            after.setdefault(source, set()).add(target)
    for element in definition.elements.values():
        if element.compensated_by and element.attached_to:
            after.setdefault(element.id, set()).add(element.compensated_by)
    for elements in inside.values():
        roots = [element.id for element in elements if element.kind is Kind.START or element.by_event]
        reached = _closure(roots, after)
        for element in elements:
            if element.id not in reached:
                yield _finding(Level.WARNING, element, "No way leads here from a start event.")
        ends = [element.id for element in elements if element.kind is Kind.END or _goes_nowhere(element)]
        back = _closure(ends, {name: {source for source, _ in sources} for name, sources in before.items()})
        trapped = [element for element in elements if element.id in reached and element.id not in back]
        trapped = [element for element in trapped if _should_reach_an_end(element)]
        trapped = [element for element in trapped if element.kind is not Kind.START] or trapped
        if trapped:
            yield _finding(
                Level.WARNING, trapped[0], "From here no end is ever reached: the process goes round."
            )


def _should_reach_an_end(element: Element) -> bool:
    compensates = element.for_compensation or element.event.kind is EventKind.COMPENSATION
    return not (element.by_event or compensates or element.event.kind is EventKind.LINK)


def _closure(roots: Iterable[str], after: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(after.get(name, ()))
    return seen


def _joins(definition: Definition, elements: list[Element]) -> Iterator[Finding]:
    joins = (Kind.PARALLEL, Kind.INCLUSIVE)
    if not any(element.kind in joins and len(element.incoming) > 1 for element in elements):
        return
    outcome = explore(definition, elements)
    stuck: Counter[str] = Counter(outcome.stuck)
    for identity in stuck:
        gateway = definition.elements[identity]
        if gateway.kind is Kind.INCLUSIVE:
            message = "This join can get stuck: it and another join may wait for one another."
        elif identity in outcome.fired:
            message = "This join can get stuck: it may wait for a branch that was not taken."
        else:
            message = "This join can never complete: its branches are never all taken in the same case."
        yield _finding(Level.WARNING, gateway, message)
    if not outcome.whole:
        yield _finding(
            Level.NOTE, elements[0], "The process is too large to try every course of it; joins were sampled."
        )
