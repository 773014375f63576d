"""What tasks, calls and loops of a file carry: mappings, forms, workers, decisions, collections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from motcua.engines.bpmn import xml as x
from motcua.engines.bpmn.elements import Call, Element, Human, Kind, Loop, Transfer, Work
from motcua.engines.bpmn.errors import brief
from motcua.engines.bpmn.expressions import Expression
from motcua.engines.working_time import Limit

if TYPE_CHECKING:
    from motcua.engines.bpmn.reader import Reader

_READ = frozenset(
    {
        "taskDefinition", "taskHeaders", "ioMapping", "calledDecision", "calledElement", "formDefinition",
        "assignmentDefinition", "loopCharacteristics", "script", "userTask", "properties", "subscription",
        "versionTag", "userTaskForm", "priorityDefinition", "taskSchedule", "modelerTemplate",
    }
)  # fmt: skip
_LISTENERS = {
    "taskListeners": "Task listeners are not run: draw what they do as a service task before or behind the task.",
    "executionListeners": "Execution listeners are not run: draw what they do as a service task of its own.",
}


def note_what_is_not_read(reader: Reader, node: x.Node) -> None:
    """Say which extensions of the element have no effect here."""
    extensions = x.child(node, "extensionElements")
    for part in () if extensions is None else extensions:
        name = x.local(part)
        if x.namespace(part) == x.ZEEBE and name in _LISTENERS:
            for listener in part:
                reader.refuse(listener, _LISTENERS[name])
        elif x.namespace(part) == x.ZEEBE and name not in _READ:
            _find_warning(reader, part, f"zeebe:{name} has no effect here.")
    foreign = any(x.namespace(part) == x.CAMUNDA for part in (() if extensions is None else extensions))
    if foreign or any(str(name).startswith(f"{{{x.CAMUNDA}}}") for name in node.attrib):
        _find_warning(
            reader, node, "“camunda:” settings are not read: open the file for Camunda 8 (zeebe) and save it."
        )


def _find_warning(reader: Reader, node: x.Node, message: str) -> None:
    from motcua.engines.bpmn.reader import Level

    reader.find(Level.WARNING, node, message)


def mappings(reader: Reader, node: x.Node) -> tuple[tuple[Transfer, ...], tuple[Transfer, ...]]:
    """Input and output mappings of an element."""
    mapping = x.zeebe(node, "ioMapping")

    def side(name: str) -> tuple[Transfer, ...]:
        return tuple(
            Transfer(
                reader.expression(line.get("source", ""), line, f"{name} mapping"),
                tuple(_path(reader, line, line.get("target", ""))),
            )
            for line in ([] if mapping is None else mapping.findall(f"{{{x.ZEEBE}}}{name}"))
        )

    return side("input"), side("output")


def _path(reader: Reader, node: x.Node, target: str) -> list[str]:
    parts = [part.strip() for part in target.split(".")]
    if not all(parts) or target.startswith(("=", "$")):
        reader.refuse(node, f"“{target}” is no name of a variable to write to.")
    return parts


def loop(reader: Reader, node: x.Node) -> Loop | None:
    """The multi-instance marker of an activity."""
    standard = x.child(node, "standardLoopCharacteristics")
    if standard is not None:
        reader.refuse(
            standard, "Standard loops are not run; draw the loop with a gateway, or use multi-instance."
        )
    marker = x.child(node, "multiInstanceLoopCharacteristics")
    if marker is None:
        return None
    settings = x.zeebe(marker, "loopCharacteristics")
    collection = "" if settings is None else settings.get("inputCollection", "")
    cardinality = x.text_of(x.child(marker, "loopCardinality"))
    if not collection and not cardinality:
        reader.refuse(marker, "Multi-instance needs an input collection (or a cardinality).")
    output = "" if settings is None else settings.get("outputElement", "")
    done = x.text_of(x.child(marker, "completionCondition"))
    return Loop(
        sequential=marker.get("isSequential") == "true",
        items=reader.expression(collection or cardinality, marker, "input collection"),
        counted=not collection,
        item_name="" if settings is None else settings.get("inputElement", ""),
        output_name="" if settings is None else settings.get("outputCollection", ""),
        output=reader.expression(output, marker, "output element") if output else None,
        completion=reader.expression(done, marker, "completion condition", must_compute=True)
        if done
        else None,
    )


def _work(reader: Reader, node: x.Node, element: Element) -> Element:
    definition = x.zeebe(node, "taskDefinition")
    if definition is None:
        return element
    kind = definition.get("type", "").strip()
    if not kind:
        reader.refuse(node, "zeebe:taskDefinition has no type.")
    headers = x.zeebe(node, "taskHeaders")
    return replace(
        element,
        work=Work(
            reader.expression(kind, node, "type"),
            {line.get("key", ""): line.get("value", "") for line in (() if headers is None else headers)},
            element.own.get("asynchronous") == "true",
        ),
    )


def _service(reader: Reader, node: x.Node, element: Element) -> Element:
    element = _work(reader, node, element)
    if element.work is None:
        reader.refuse(node, "A service task needs a zeebe:taskDefinition that says which service.")
    return element


def _user(reader: Reader, node: x.Node, element: Element) -> Element:
    form = x.zeebe(node, "formDefinition")
    people = x.zeebe(node, "assignmentDefinition")

    schedule = x.zeebe(node, "taskSchedule")
    importance = x.zeebe(node, "priorityDefinition")

    def said(where: x.Node | None, name: str) -> Expression | None:
        text = None if where is None else where.get(name)
        return reader.expression(text, node, name) if text else None

    amount, unit = element.own.get("limit"), element.own.get("unit")
    if (amount is None) != (unit is None):
        reader.refuse(node, "motcua:limit and motcua:unit go together.")
    elif amount is not None and unit is not None:
        try:
            Limit.parse(amount, unit)
        except ValueError as fault:
            reader.refuse(node, str(fault))
    form_name = None
    if form is not None:
        form_name = form.get("formId") or form.get("formKey") or form.get("externalReference")
    human = Human(
        form_name,
        said(people, "assignee"),
        said(people, "candidateGroups"),
        said(people, "candidateUsers"),
        said(importance, "priority"),
        said(schedule, "dueDate"),
        said(schedule, "followUpDate"),
    )
    for wanted, what in (
        (human.priority, "priority"),
        (human.due, "due date"),
        (human.follow_up, "follow-up date"),
    ):
        if wanted is not None and wanted.constant:
            _check_constant(reader, node, wanted.text, what)
    return replace(element, human=human)


def _check_constant(reader: Reader, node: x.Node, text: str, what: str) -> None:
    if what == "priority":
        if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= 100):
            reader.refuse(node, f"The priority “{brief(text)}” is no whole number from 0 to 100.")
        return
    try:
        datetime.fromisoformat(text)
    except ValueError:
        reader.refuse(node, f"The {what} “{brief(text)}” is no date of ISO 8601.")


def _script(reader: Reader, node: x.Node, element: Element) -> Element:
    script = x.zeebe(node, "script")
    if script is None:
        element = _work(reader, node, element)
        if element.work is None:
            reader.refuse(
                node, "A script task needs a FEEL expression (zeebe:script); other languages are not run."
            )
        return element
    expression = reader.expression(script.get("expression", ""), node, "script", must_compute=True)
    return replace(element, script=expression, result=script.get("resultVariable") or None)


def _rule(reader: Reader, node: x.Node, element: Element) -> Element:
    called = x.zeebe(node, "calledDecision")
    if called is None:
        element = _work(reader, node, element)
        if element.work is None:
            reader.refuse(node, "A business-rule task needs a zeebe:calledDecision.")
        return element
    decision = called.get("decisionId", "").strip()
    if not decision:
        reader.refuse(node, "zeebe:calledDecision has no decisionId.")
    return replace(
        element,
        decision=reader.expression(decision, node, "decisionId"),
        result=called.get("resultVariable") or None,
    )


def _call(reader: Reader, node: x.Node, element: Element) -> Element:
    called = x.zeebe(node, "calledElement")
    process = "" if called is None else called.get("processId", "").strip()
    if not process or process.startswith("="):
        reader.refuse(node, "A call activity needs a zeebe:calledElement with a fixed processId.")
    if called is None:
        return element
    return replace(
        element,
        call=Call(
            process,
            called.get("propagateAllParentVariables") != "false",
            called.get("propagateAllChildVariables") != "false",
        ),
    )


def _subprocess(reader: Reader, node: x.Node, element: Element) -> Element:
    return replace(element, by_event=node.get("triggeredByEvent") == "true")


READERS: dict[Kind, Callable[[Any, x.Node, Element], Element]] = {
    Kind.SERVICE: _service,
    Kind.SEND: _work,
    Kind.THROW: _work,
    Kind.END: _work,
    Kind.USER: _user,
    Kind.SCRIPT: _script,
    Kind.RULE: _rule,
    Kind.CALL: _call,
    Kind.SUBPROCESS: _subprocess,
}
