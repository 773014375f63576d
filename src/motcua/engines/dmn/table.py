"""Decision tables: reading, matching, hit policies (DMN 1.5, chapter 8 and 10.3.2.10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from lxml import etree

from motcua.engines.dmn.column import Cell, Column, constants_of
from motcua.engines.dmn.itemtypes import Constrained, settled
from motcua.engines.dmn.outcome import FiredRule
from motcua.engines.dmn.session import session_of
from motcua.engines.dmn.xml import DmnError, attribute, child, children, line_of, local, text_of
from motcua.engines.feel.compiler import INPUT, RUN, Code, Scope
from motcua.engines.feel.expression import Expression, system_clock
from motcua.engines.feel.library import lists
from motcua.engines.feel.operators import same
from motcua.engines.feel.types import ListOf
from motcua.engines.feel.values import Fault, Run

if TYPE_CHECKING:
    from motcua.engines.dmn.boxed import Builder

HIT_POLICIES = ("UNIQUE", "ANY", "FIRST", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
_AGGREGATIONS = {"SUM": lists.total, "MIN": lists.least, "MAX": lists.greatest, "COUNT": lists.count}
_MULTIPLE = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")


@dataclass
class Output:
    """An output column: its name, the order of its values, and what it is when no rule fires."""

    name: str
    values: list[Expression]
    default: Code | None


@dataclass
class Rule:
    """A rule's id, its outputs and its annotations."""

    id: str
    outputs: list[Code]
    annotations: dict[str, str]
    texts: list[str]


@dataclass
class DecisionTable:
    """A table, ready to decide."""

    id: str
    name: str
    hit_policy: str
    aggregation: str
    columns: list[Column]
    outputs: list[Output]
    rules: list[Rule]
    line: int = 0

    def evaluate(self, scope: Scope) -> Any:
        """The value of the table in a scope; null, with a message, where its hit policy is broken."""
        values = [column.value(scope) for column in self.columns]
        wrong = self._not_allowed(values, scope)
        if wrong:
            scope[RUN].warn(wrong)
            return None
        matched = list(self._matches(values, scope))
        if not matched:
            return self._without_match(scope)
        try:
            chosen, value = self._hit(matched, scope)
        except Fault as fault:
            scope[RUN].warn(f"table {self.name}: {fault}")
            return None
        self._note(chosen, values, scope)
        return value

    def _not_allowed(self, values: list[Any], scope: Scope) -> str:
        for column, value in zip(self.columns, values, strict=True):
            if not column.allows(value, scope):
                return (
                    f"table {self.name}: {column.text} is {value}, which is not among {column.allowed_text}"
                )
        return ""

    def _matches(self, values: list[Any], scope: Scope) -> Iterator[int]:
        candidates = (1 << len(self.rules)) - 1
        for column, value in zip(self.columns, values, strict=True):
            candidates &= column.mask(value, scope)
            if not candidates:
                return
        for column, value in zip(self.columns, values, strict=True):
            if column.open_rules & candidates:
                candidates &= ~column.excluded(value, scope, candidates)
        while candidates:
            lowest = candidates & -candidates
            yield lowest.bit_length() - 1
            if self.hit_policy == "FIRST":
                return
            candidates ^= lowest

    def _without_match(self, scope: Scope) -> Any:
        if any(output.default for output in self.outputs):
            values = [output.default(scope) if output.default else None for output in self.outputs]
            value = self._shaped(values)
            return [value] if self.hit_policy in _MULTIPLE and not self.aggregation else value
        scope[RUN].warn(f"table {self.name}: no rule matches")
        return None

    def _shaped(self, values: list[Any]) -> Any:
        if len(self.outputs) == 1:
            return values[0]
        return {output.name: value for output, value in zip(self.outputs, values, strict=True)}

    def _row(self, rule: int, scope: Scope) -> list[Any]:
        return [output(scope) for output in self.rules[rule].outputs]

    def _hit(self, matched: list[int], scope: Scope) -> tuple[list[int], Any]:
        """The rules that count and the value they give."""
        policy = self.hit_policy
        if policy == "UNIQUE" and len(matched) > 1:
            numbers = ", ".join(str(rule + 1) for rule in matched)
            raise Fault(f"the rules {numbers} match together, but only one may")
        rows = [(rule, self._row(rule, scope)) for rule in matched]
        if policy in ("UNIQUE", "FIRST"):
            return matched[:1], self._shaped(rows[0][1])
        if policy == "ANY":
            return matched, self._agreed(rows)
        if policy in ("PRIORITY", "OUTPUT ORDER"):
            rows.sort(key=cmp_to_key(self._compare))
        ordered = [rule for rule, _ in rows]
        if policy == "PRIORITY":
            return ordered[:1], self._shaped(rows[0][1])
        return ordered, self._collected([self._shaped(row) for _, row in rows])

    def _agreed(self, rows: list[tuple[int, list[Any]]]) -> Any:
        first = rows[0][1]
        for rule, row in rows[1:]:
            if not same(row, first):
                raise Fault(
                    f"the rules {rows[0][0] + 1} and {rule + 1} match together and say different things"
                )
        return self._shaped(first)

    def _collected(self, values: list[Any]) -> Any:
        if not self.aggregation:
            return values
        if len(self.outputs) > 1 and self.aggregation != "COUNT":
            return {
                output.name: _AGGREGATIONS[self.aggregation]([value[output.name] for value in values])
                for output in self.outputs
            }
        return _AGGREGATIONS[self.aggregation](values)

    def _compare(self, left: tuple[int, list[Any]], right: tuple[int, list[Any]]) -> int:
        """Which rule comes first: by the order of its output values, the leftmost column first."""
        for output, a, b in zip(self.outputs, left[1], right[1], strict=True):
            ranks = _rank(output.values, a), _rank(output.values, b)
            if ranks[0] != ranks[1]:
                return -1 if ranks[0] < ranks[1] else 1
        return 0

    def _note(self, rules: list[int], values: list[Any], scope: Scope) -> None:
        session = session_of(scope)
        for rule in rules:
            session.fired.append(
                FiredRule(
                    session.current,
                    self.id,
                    rule + 1,
                    self.rules[rule].id,
                    self.rules[rule].annotations,
                    [
                        (c.text, value, c.text_for(rule))
                        for c, value in zip(self.columns, values, strict=True)
                    ],
                )
            )


def _rank(values: list[Expression], value: Any) -> int:
    for rank, test in enumerate(values):
        if test.run_in({RUN: Run(system_clock, 1000), INPUT: value}) is True:
            return rank
    return len(values)


def row_rank(table: DecisionTable, rule: int) -> list[int]:
    """The priority of a rule with constant outputs, by the order of the output values; least comes first."""
    scope: Scope = {RUN: Run(system_clock, 1000)}
    row = [output(scope) for output in table.rules[rule].outputs]
    return [_rank(output.values, value) for output, value in zip(table.outputs, row, strict=True)]


def build_table(builder: Builder, element: etree._Element, names: frozenset[str]) -> DecisionTable:
    """The table of an XML element. Raises DmnError when its hit policy is none."""
    parent = element.getparent()
    name = attribute(parent, "name") if parent is not None else ""
    table_id = attribute(element, "id") or (attribute(parent, "id") if parent is not None else "")
    policy = attribute(element, "hitPolicy", "UNIQUE")
    aggregation = attribute(element, "aggregation")
    if policy not in HIT_POLICIES or (aggregation and aggregation not in _AGGREGATIONS):
        raise DmnError(
            f"there is no hit policy {policy} {aggregation}".rstrip(), name or table_id, line_of(element)
        )
    rules = [_Row.read(rule) for rule in children(element, "rule")]
    inputs = list(children(element, "input"))
    builder.count_cells(sum(len(row.tests) + len(row.outputs) for row in rules), element)
    outputs = [_output(builder, found, names) for found in children(element, "output")]
    for row in rules:
        row.must_have(len(inputs), len(outputs))
    columns = [_column(builder, found, at, rules, names) for at, found in enumerate(inputs)]
    annotations = [attribute(a, "name") for a in children(element, "annotation")]
    built = [_rule(builder, row, annotations, names) for row in rules]
    aggregation = aggregation if policy == "COLLECT" else ""
    table = DecisionTable(
        table_id, name or table_id, policy, aggregation, columns, outputs, built, line_of(element)
    )
    builder.tables[table_id] = table
    return table


@dataclass
class _Row:
    """A rule's cells as written."""

    element: etree._Element
    tests: list[str]
    outputs: list[str]
    notes: list[str]

    @classmethod
    def read(cls, element: etree._Element) -> _Row:
        cells: dict[str, list[str]] = {"inputEntry": [], "outputEntry": [], "annotationEntry": []}
        for entry in children(element, *cells):
            cells[local(entry)].append(text_of(entry))
        return cls(element, *cells.values())

    def must_have(self, inputs: int, outputs: int) -> None:
        if (len(self.tests), len(self.outputs)) != (inputs, outputs):
            raise DmnError(
                f"the rule has {len(self.tests)} tests and {len(self.outputs)} outputs; "
                f"the table has {inputs} inputs and {outputs} outputs",
                attribute(self.element, "id") or "rule",
                line_of(self.element),
            )


def _column(
    builder: Builder, element: etree._Element, at: int, rules: list[_Row], names: frozenset[str]
) -> Column:
    expression = child(element, "inputExpression")
    text = text_of(expression)
    value = builder.expression(text or "null", names, element)
    by_text: dict[str, int] = {}
    for number, row in enumerate(rules):
        cell = row.tests[at] or "-"
        by_text[cell] = by_text.get(cell, 0) | 1 << number
    cells = []
    inner = names | {INPUT}
    for cell, mask in by_text.items():
        first = rules[(mask & -mask).bit_length() - 1].element
        test = builder.feel(cell, inner, first, tests=True)
        constants = constants_of(test.tree) if isinstance(test, Expression) else []
        cells.append(Cell(cell, test, mask, constants))
    allowed_text = text_of(child(element, "inputValues"))
    allowed = builder.feel(allowed_text, inner, element, tests=True) if allowed_text else None
    return Column(
        text,
        value,
        cells,
        allowed if isinstance(allowed, Expression) else None,
        allowed_text,
        attribute(element, "label") or text,
        builder.types.reference(attribute(expression, "typeRef")) if expression is not None else None,
    )


def _output(builder: Builder, element: etree._Element, names: frozenset[str]) -> Output:
    text = text_of(child(element, "outputValues"))
    type_ref = attribute(element, "typeRef")
    if not text:
        text = _allowed_text(builder, type_ref)
    tests = builder.feel(text, frozenset({INPUT}), element, tests=True) if text else None
    default = text_of(child(element, "defaultOutputEntry"))
    return Output(
        attribute(element, "name"),
        tests.one_by_one() if isinstance(tests, Expression) else [],
        builder.expression(default, names, element) if default else None,
    )


def _allowed_text(builder: Builder, type_ref: str) -> str:
    found = builder.types.reference(type_ref)
    target = getattr(found, "target", found)
    if isinstance(target, Constrained):
        return target.text
    inner = settled(target) if target is not None else None
    return inner.of.text if isinstance(inner, ListOf) and isinstance(inner.of, Constrained) else ""


def _rule(builder: Builder, row: _Row, annotations: list[str], names: frozenset[str]) -> Rule:
    codes = [builder.expression(text, names, row.element) if text else _nothing for text in row.outputs]
    named = {
        (annotations[at] if at < len(annotations) and annotations[at] else f"annotation {at + 1}"): note
        for at, note in enumerate(row.notes)
    }
    texts = [" ".join(text.split()) for text in row.outputs]
    return Rule(attribute(row.element, "id"), codes, named, texts)


def _nothing(scope: Scope) -> None:
    return None
