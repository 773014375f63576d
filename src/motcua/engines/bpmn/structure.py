"""What in a drawing goes against BPMN itself, so that no case could run through it."""

from collections.abc import Iterator

from motcua.engines.bpmn.elements import ACTIVITIES, WAITED_FOR, Definition, Element, EventKind, Kind


def faults(definition: Definition) -> Iterator[tuple[str, str]]:
    """The id of an element (or process) and what is wrong with it."""
    inside: dict[str, list[Element]] = {}
    for element in definition.elements.values():
        inside.setdefault(element.parent, []).append(element)
    for process in definition.processes:
        if not definition.starts.get(process):
            yield process, "The process has no start event."
    for element in definition.elements.values():
        yield from ((element.id, message) for message in _of(definition, element))
        if element.kind is Kind.SUBPROCESS:
            yield from (
                (element.id, message) for message in _inside(definition, element, inside.get(element.id))
            )


def _inside(definition: Definition, around: Element, elements: list[Element] | None) -> Iterator[str]:
    starts = definition.starts.get(around.id, ())
    if around.by_event and len(starts) != 1:
        yield "An event sub-process has exactly one start event."
    if not elements:
        yield "The sub-process is empty."
    elif not around.by_event and not any(start.event.kind is EventKind.NONE for start in starts):
        yield "A sub-process needs a plain start event inside."


def _of(definition: Definition, element: Element) -> Iterator[str]:
    if element.kind is Kind.END and element.outgoing:
        yield "A flow leaves this end event."
    if element.kind is Kind.START and element.incoming:
        yield "A flow leads back into this start event."
    if element.kind is Kind.BOUNDARY:
        yield from _boundary(definition, element)
    if element.by_event and (element.incoming or element.outgoing):
        yield "No flow leads to or from an event sub-process: its start event begins it."
    if element.kind is Kind.EVENT_BASED:
        yield from _race(definition, element)
    if element.event.kind is EventKind.LINK:
        landing = definition.links.get((element.parent, element.event.name))
        if landing is None:
            yield f"No catching link “{element.event.name}” lies beside it."
        elif element.kind is Kind.CATCH and landing is not element:
            yield f"Another link “{element.event.name}” lands beside it: which one is meant?"
    if element.event.activity is not None and element.event.activity not in definition.elements:
        yield f"It compensates “{element.event.activity}”, which is not in the file."


def _boundary(definition: Definition, element: Element) -> Iterator[str]:
    if element.incoming:
        yield "A flow leads into this boundary event."
    host = definition.elements.get(element.attached_to or "")
    if host is None or host.kind not in ACTIVITIES or host.parent != element.parent:
        yield "The boundary event is not attached to an activity beside it."
    if element.event.kind is EventKind.COMPENSATION:
        handler = definition.elements.get(element.compensated_by or "")
        if handler is None or not handler.for_compensation or handler.parent != element.parent:
            yield "A compensation boundary needs an association to the task beside it that undoes."


def _race(definition: Definition, element: Element) -> Iterator[str]:
    for flow in element.outgoing:
        target = definition.elements[flow.target]
        catches = target.kind is Kind.CATCH and target.event.kind in WAITED_FOR
        if not catches and not (target.kind is Kind.RECEIVE and target.event.kind is EventKind.MESSAGE):
            yield f"Behind an event-based gateway stand catching events; “{target.name or target.id}” is none."
