"""What the events of a file wait for or tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from motcua.engines.bpmn import timers
from motcua.engines.bpmn import xml as x
from motcua.engines.bpmn.elements import EVENTS, Element, Event, EventKind, Kind, Timer
from motcua.engines.bpmn.errors import BpmnError

if TYPE_CHECKING:
    from motcua.engines.bpmn.reader import Reader

_DEFINITIONS = {
    "messageEventDefinition": EventKind.MESSAGE,
    "timerEventDefinition": EventKind.TIMER,
    "signalEventDefinition": EventKind.SIGNAL,
    "errorEventDefinition": EventKind.ERROR,
    "escalationEventDefinition": EventKind.ESCALATION,
    "terminateEventDefinition": EventKind.TERMINATE,
    "linkEventDefinition": EventKind.LINK,
    "compensateEventDefinition": EventKind.COMPENSATION,
}
_NOT_RUN = {
    "conditionalEventDefinition": "conditional events are not run; use a message or a timer",
    "cancelEventDefinition": "cancel events belong to transactions, which are not run; use an error event",
}
_ALLOWED = {
    Kind.START: {EventKind.NONE, EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL},
    Kind.CATCH: {EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.LINK},
    Kind.THROW: {
        EventKind.NONE, EventKind.MESSAGE, EventKind.SIGNAL, EventKind.ESCALATION, EventKind.LINK,
        EventKind.COMPENSATION,
    },
    Kind.END: {
        EventKind.NONE, EventKind.MESSAGE, EventKind.SIGNAL, EventKind.ERROR, EventKind.ESCALATION,
        EventKind.TERMINATE, EventKind.COMPENSATION,
    },
    Kind.BOUNDARY: {
        EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.ERROR, EventKind.ESCALATION,
        EventKind.COMPENSATION,
    },
}  # fmt: skip
STARTS_EVENT_SUBPROCESS = frozenset(
    {EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.ERROR, EventKind.ESCALATION}
)


def read(reader: Reader, node: x.Node, element: Element) -> Element:
    """Give an event its definition, and a receive or send task its message; others come back as they are."""
    if element.kind in (Kind.RECEIVE, Kind.SEND):
        return _message_task(reader, node, element)
    if element.kind not in EVENTS:
        return element
    found = [part for part in node if x.local(part).endswith("EventDefinition")]
    if len(found) > 1:
        reader.refuse(node, "This event has several definitions; give it one.")
    event = _definition(reader, found[0]) if found else Event(EventKind.NONE)
    in_event_subprocess = element.kind is Kind.START and reader.elements.get(element.parent, element).by_event
    allowed = STARTS_EVENT_SUBPROCESS if in_event_subprocess else _ALLOWED[element.kind]
    if event.kind not in allowed:
        reader.refuse(node, f"A {element.kind} cannot be of kind “{event.kind}” here.")
    element = replace(element, event=event)
    if element.kind is Kind.START:
        stops = node.get("isInterrupting") != "false"
        if not stops and event.kind is EventKind.ERROR:
            reader.refuse(node, "An error always interrupts: make the start event interrupting.")
        return replace(element, interrupting=stops)
    if element.kind is Kind.BOUNDARY:
        return _boundary(reader, node, element)
    return element


def _boundary(reader: Reader, node: x.Node, element: Element) -> Element:
    host = node.get("attachedToRef")
    if host not in reader.nodes:
        reader.refuse(node, f"The event is attached to “{host}”, which is not in the file.")
    stops = node.get("cancelActivity") != "false"
    if not stops and element.event.kind is EventKind.ERROR:
        reader.refuse(node, "An error always interrupts: make the boundary event interrupting.")
    return replace(element, attached_to=host, interrupting=stops)


def _message_task(reader: Reader, node: x.Node, element: Element) -> Element:
    if node.get("messageRef") is None and element.work is not None:
        return element
    if node.get("messageRef") is None and element.kind is Kind.SEND:
        reader.refuse(node, "A send task needs a message or a zeebe:taskDefinition.")
        return element
    return replace(element, event=_named(reader, node, "message", EventKind.MESSAGE))


def _definition(reader: Reader, node: x.Node) -> Event:
    name = x.local(node)
    if name in _NOT_RUN or name not in _DEFINITIONS:
        reader.refuse(node, f"“{name}” is not run here: {_NOT_RUN.get(name, 'it is not known')}.")
        return Event(EventKind.NONE)
    kind = _DEFINITIONS[name]
    if kind is EventKind.TIMER:
        return Event(kind, timer=_timer(reader, node))
    if kind is EventKind.LINK:
        return Event(kind, node.get("name", ""))
    if kind is EventKind.COMPENSATION:
        return Event(kind, activity=node.get("activityRef"))
    if kind is EventKind.TERMINATE:
        return Event(kind)
    return _named(reader, node, kind.value, kind)


def _named(reader: Reader, node: x.Node, what: str, kind: EventKind) -> Event:
    reference = node.get(f"{what}Ref")
    catches_any = kind in (EventKind.ERROR, EventKind.ESCALATION)
    if reference is None:
        if not catches_any:
            reader.refuse(node, f"This needs a {what}: choose one in the designer.")
        return Event(kind)
    target = reader.global_names.get(reference.split(":")[-1])
    if target is None:
        reader.refuse(node, f"The {what} “{reference}” is not in the file.")
        return Event(kind)
    name = target.get(f"{what}Code" if catches_any else "name") or ""
    if not name or name.startswith("="):
        reader.refuse(node, f"The {what} “{reference}” needs a fixed {'code' if catches_any else 'name'}.")
    subscription = x.zeebe(target, "subscription") if kind is EventKind.MESSAGE else None
    key = None if subscription is None else subscription.get("correlationKey")
    return Event(kind, name, reader.expression(key, target, "correlation key") if key else None)


def _timer(reader: Reader, node: x.Node) -> Timer | None:
    forms = [(form, x.text_of(x.child(node, form))) for form in ("timeDate", "timeDuration", "timeCycle")]
    given = [(form, text) for form, text in forms if text]
    if len(given) != 1:
        reader.refuse(node, "A timer needs exactly one of a date, a duration or a cycle.")
        return None
    form, text = given[0]
    expression = reader.expression(text, node, "timer")
    if expression.constant:
        try:
            timers.check(text)
        except BpmnError as fault:
            reader.refuse(node, fault.message)
    owner = node.getparent()
    clock = x.own_attributes(node).get("clock") or (
        "" if owner is None else x.own_attributes(owner).get("clock", "")
    )
    if clock not in ("", "working", "wall"):
        reader.refuse(node, f"motcua:clock is “working” or “wall”, not “{clock}”.")
    return Timer(form, expression, clock == "working")
