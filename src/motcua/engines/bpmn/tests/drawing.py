"""Processes for tests, written shorter than XML: elements by name, flows by arrows.

    draw("user a; user b; xor g", "start -> g; g -[=x > 3]-> a; g -*-> b; a -> end; b -> end")

`*` marks the default flow. An element may be given as XML instead, when it has more to say.
"""

import re
from xml.sax.saxutils import quoteattr

TAGS = {
    "start": "startEvent", "end": "endEvent", "task": "task", "user": "userTask", "service": "serviceTask",
    "xor": "exclusiveGateway", "and": "parallelGateway", "or": "inclusiveGateway", "race": "eventBasedGateway",
}  # fmt: skip
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:motcua="https://motcua.org/bpmn" id="defs">\n'
)
_ARROW = re.compile(r"\s*-(?:\[(?P<condition>.*?)\]-|(?P<default>\*)-)?>\s*")


def element(kind: str, name: str, inner: str = "", **attributes: str) -> str:
    """One element as XML."""
    given = "".join(f" {key.replace('__', ':')}={quoteattr(value)}" for key, value in attributes.items())
    if kind == "service" and "taskDefinition" not in inner:
        inner = (
            f'<bpmn:extensionElements><zeebe:taskDefinition type="{name}"/></bpmn:extensionElements>{inner}'
        )
    return (
        f'<bpmn:{TAGS.get(kind, kind)} id="{name}" name="{name}"{given}>{inner}</bpmn:{TAGS.get(kind, kind)}>'
    )


def inside(elements: str, flows: str, prefix: str = "") -> str:
    """The elements and flows of a process or sub-process as XML."""
    defaults: dict[str, str] = {}
    lines = []
    for number, (source, target, condition, is_default) in enumerate(_arrows(flows)):
        identity = f"{prefix}f{number}"
        if is_default:
            defaults[source] = identity
        text = (
            f"<bpmn:conditionExpression>{_escape(condition)}</bpmn:conditionExpression>" if condition else ""
        )
        lines.append(
            f'<bpmn:sequenceFlow id="{identity}" sourceRef="{source}" targetRef="{target}">{text}</bpmn:sequenceFlow>'
        )
    drawn = []
    for part in (part.strip() for part in re.split(r";(?![^<]*>)", elements)):
        if part.startswith("<"):
            drawn.append(part)
        elif part:
            kind, name = part.split()
            drawn.append(element(kind, name, **({"default": defaults[name]} if name in defaults else {})))
    return "\n".join(drawn + lines)


def _arrows(flows: str) -> list[tuple[str, str, str, bool]]:
    found = []
    for chain in (chain.strip() for chain in flows.split(";")):
        pieces = _ARROW.split(chain)
        for at in range(0, len(pieces) - 3, 3):
            source, condition, default, target = pieces[at : at + 4]
            found.append((source, target, condition or "", bool(default)))
    return found


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def draw(elements: str, flows: str, around: str = "", lanes: str = "", plain_ends: bool = True) -> bytes:
    """A whole file with one process; `around` holds messages, errors and further processes."""
    ends = "start start; end end; " if plain_ends else ""
    return (
        f'{HEAD}<bpmn:process id="p" name="P" isExecutable="true">{lanes}\n{inside(ends + elements, flows)}\n'
        f"</bpmn:process>\n{around}\n</bpmn:definitions>"
    ).encode()
