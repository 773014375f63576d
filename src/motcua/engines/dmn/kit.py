"""Test cases in the layout of the DMN compatibility kit: reading them and comparing what a model says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lxml import etree

from motcua.engines.dmn.loader import load
from motcua.engines.dmn.model import Model
from motcua.engines.dmn.xml import DmnError
from motcua.engines.feel import as_text, temporal
from motcua.engines.feel.operators import same
from motcua.engines.feel.values import Fault, YearsMonthsDuration

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
#: numbers in the kit come from binary floating point, compared to so many of the smaller one's digits
_CLOSE = Decimal("1e-8")


@dataclass
class KitCase:
    """One result that a case expects of a node."""

    case: str
    node: str
    model_name: str
    kind: str
    invocable: str
    inputs: dict[str, Any] = field(default_factory=dict)
    params: list[Any] = field(default_factory=list)
    expected: Any = None
    number: int = 0


@dataclass(frozen=True)
class Verdict:
    """What a case came to; `got` and `messages` tell why it failed."""

    case: str
    node: str
    passed: bool
    expected: str
    got: str
    messages: list[str]
    number: int = 0


def read_cases(source: bytes) -> list[KitCase]:
    """The cases of a test file. Raises DmnError when it is not one."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise DmnError(f"the test file is not well-formed XML: {error}") from None
    if _local(root) != "testCases":
        raise DmnError(f"the root is {_local(root)}, not testCases")
    model_name = next(("".join(map(str, e.itertext())).strip() for e in root if _local(e) == "modelName"), "")
    found = []
    for number, element in enumerate((e for e in root if _local(e) == "testCase"), 1):
        inputs = [(str(i.get("name")), read_value(i)) for i in element if _local(i) == "inputNode"]
        for result in (e for e in element if _local(e) == "resultNode"):
            expected = next((e for e in result if _local(e) == "expected"), None)
            found.append(
                KitCase(
                    str(element.get("id", "")),
                    str(result.get("name")),
                    model_name,
                    str(element.get("type", "decision")),
                    str(element.get("invocableName", "")),
                    dict(inputs),
                    [value for _, value in inputs],
                    read_value(expected) if expected is not None else None,
                    number,
                )
            )
    return found


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def read_value(element: etree._Element) -> Any:
    """The value an inputNode, expected, component or item holds."""
    if element.get(_XSI + "nil") == "true":
        return None
    context: dict[str, Any] = {}
    for child in element:
        match _local(child):
            case "value":
                return _scalar(child)
            case "list":
                if child.get(_XSI + "nil") == "true":
                    return None
                return [read_value(item) for item in child if _local(item) == "item"]
            case "component":
                context[str(child.get("name"))] = read_value(child)
    return context if any(_local(child) == "component" for child in element) else None


def _scalar(element: etree._Element) -> Any:
    if element.get(_XSI + "nil") == "true":
        return None
    text = "".join(str(t) for t in element.itertext())
    name = str(element.get(_XSI + "type", "xsd:string")).split(":")[-1]
    try:
        return _SCALARS.get(name, str)(text)
    except (Fault, ArithmeticError, ValueError):
        return text


def _date_or_time(text: str) -> Any:
    return temporal.parse_at_literal(text.strip())


_SCALARS: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: text.strip() in ("true", "1"),
    **dict.fromkeys(
        ("decimal", "double", "float", "integer", "int", "long", "number"), lambda t: Decimal(t.strip())
    ),
    **dict.fromkeys(
        ("date", "time", "dateTime", "duration", "dayTimeDuration", "yearMonthDuration"), _date_or_time
    ),
}


def run_cases(
    cases: list[KitCase], source: bytes, imports: Callable[[str, str | None], bytes | None]
) -> Iterator[Verdict]:
    """Each case against the model. A model that cannot be loaded fails them all."""
    try:
        model: Model | None = load(source, imports=imports)
        trouble = ""
    except DmnError as error:
        model, trouble = None, str(error)
    for case in cases:
        if model is None:
            yield Verdict(
                case.case, case.node, False, shown(case.expected), "no model", [trouble], case.number
            )
            continue
        yield _run_case(case, model)


def _run_case(case: KitCase, model: Model) -> Verdict:
    try:
        if case.kind == "decisionService":
            outcome = model.decide(case.invocable or case.node, case.inputs)
        elif case.kind == "bkm":
            outcome = model.call(case.invocable or case.node, case.params)
        else:
            outcome = model.decide(case.node, case.inputs)
    except DmnError as error:
        return Verdict(
            case.case, case.node, False, shown(case.expected), "nothing", [str(error)], case.number
        )
    value = outcome.value
    if case.kind == "decisionService" and isinstance(value, dict) and not alike(case.expected, value):
        value = value.get(case.node, value)
    passed = alike(case.expected, value)
    return Verdict(
        case.case, case.node, passed, shown(case.expected), shown(value), outcome.messages, case.number
    )


def alike(expected: Any, got: Any) -> bool:
    """Whether a value is the expected one; numbers to eight digits, as the kit's were made by several engines."""
    if isinstance(expected, Decimal) and isinstance(got, Decimal):
        return abs(expected - got) <= _CLOSE * max(Decimal(1), abs(expected))
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(alike(a, b) for a, b in zip(expected, got, strict=True))
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(
            alike(value, got[key]) for key, value in expected.items()
        )
    if isinstance(expected, dt.timedelta | YearsMonthsDuration | dt.date | dt.time):
        return type(expected) is type(got) and (expected == got or same(expected, got))
    return same(expected, got)


def shown(value: Any) -> str:
    try:
        text = as_text(value) if value is not None else "null"
    except Fault:
        text = "a value nested too deep"
    return text if len(text) <= 300 else text[:297] + "..."
