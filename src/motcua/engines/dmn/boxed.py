"""Boxed expressions into closures (DMN 1.5, 10.2.1 and 10.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from motcua.engines.dmn.itemtypes import TypeBook
from motcua.engines.dmn.session import session_of
from motcua.engines.dmn.table import DecisionTable, build_table
from motcua.engines.dmn.xml import DmnError, attribute, child, children, line_of, local, text_of
from motcua.engines.feel import FeelSyntaxError
from motcua.engines.feel.compiler import RUN, Code, Scope, call, define, external
from motcua.engines.feel.expression import Expression
from motcua.engines.feel.loops import filtered, loop, quantified
from motcua.engines.feel.types import Type, coerce
from motcua.engines.feel.values import Fault, Function, UserFunction

EXPRESSIONS = (
    "literalExpression",
    "decisionTable",
    "context",
    "list",
    "relation",
    "invocation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
)
_MAX_DEPTH = 60
#: cells that the tables of one model may have together: each is compiled, in some ten thousandths of a second
_MOST_CELLS = 100_000


class Builder:
    """Compiles the expressions of one model. What cannot be read becomes a problem and a null."""

    def __init__(self, types: TypeBook, functions: Mapping[str, Function]) -> None:
        self.types = types
        self.functions = functions
        self.problems: list[DmnError] = []
        self.tables: dict[str, DecisionTable] = {}
        self.depth = 0
        self.cells = 0

    def count_cells(self, more: int, near: etree._Element) -> None:
        """Raises DmnError when the tables of the model have too many cells."""
        self.cells += more
        if self.cells > _MOST_CELLS:
            raise DmnError(
                f"the tables have more than {_MOST_CELLS} cells; part them, or keep such data in a register",
                label(near),
                line_of(near),
            )

    # FEEL

    def expression(self, text: str, names: frozenset[str], near: etree._Element) -> Code:
        """A FEEL text in a scope with these names."""
        compiled = self.feel(text, names, near)
        if isinstance(compiled, str):
            return _always_null(compiled)
        return compiled.run_in

    def feel(
        self, text: str, names: frozenset[str], near: etree._Element, *, tests: bool = False
    ) -> Expression | str:
        """Compiled FEEL, or the message why it cannot be."""
        known = names | self.types.component_names | frozenset(self.types.types)
        try:
            return Expression(
                text, tests=tests, functions=self.functions, names=known, lookup=self.types.find
            )
        except FeelSyntaxError as error:
            problem = DmnError(f"{error} in: {_short(text)}", label(near), line_of(near))
            self.problems.append(problem)
            return str(problem)

    def typed(self, code: Code, type_ref: str, what: str) -> Code:
        """The code with its value as a member of the type; null with a message when it is none."""
        wanted = self.types.reference(type_ref)
        return code if wanted is None else conforming(code, wanted, what)

    # boxes

    def inside(self, parent: etree._Element, names: frozenset[str]) -> Code | None:
        """The expression within an element, or None when it holds none."""
        found = child(parent, *EXPRESSIONS)
        return None if found is None else self.build(found, names)

    def required(
        self, parent: etree._Element | None, names: frozenset[str], what: str, near: etree._Element
    ) -> Code:
        code = self.inside(parent, names) if parent is not None else None
        if code is None:
            problem = DmnError(f"{what} has no expression", label(near), line_of(near))
            self.problems.append(problem)
            return _always_null(str(problem))
        return code

    def build(self, element: etree._Element, names: frozenset[str]) -> Code:
        """The code of any expression element."""
        self.depth += 1
        try:
            if self.depth > _MAX_DEPTH:
                raise DmnError("the boxes are nested too deep", label(element), line_of(element))
            code = _BUILDERS[local(element)](self, element, names)
            return (
                self.typed(code, attribute(element, "typeRef"), label(element))
                if _typed_itself(element)
                else code
            )
        finally:
            self.depth -= 1

    def _literal(self, element: etree._Element, names: frozenset[str]) -> Code:
        text = text_of(element)
        if not text:
            return lambda scope: None
        return self.expression(text, names, element)

    def _table(self, element: etree._Element, names: frozenset[str]) -> Code:
        return build_table(self, element, names).evaluate

    def _context(self, element: etree._Element, names: frozenset[str]) -> Code:
        entries: list[tuple[str, Code]] = []
        result: Code | None = None
        for entry in children(element, "contextEntry"):
            variable = child(entry, "variable")
            name = attribute(variable, "name") if variable is not None else ""
            code = self.required(entry, names | ({name} if name else set()), f"the entry {name}", entry)
            if variable is None:
                result = code
            else:
                entries.append((name, self.typed(code, attribute(variable, "typeRef"), name)))
                names = names | {name}
        return _context_code(entries, result)

    def _list(self, element: etree._Element, names: frozenset[str]) -> Code:
        items = [self.build(item, names) for item in children(element, *EXPRESSIONS)]
        return lambda scope: [item(scope) for item in items]

    def _relation(self, element: etree._Element, names: frozenset[str]) -> Code:
        columns = [attribute(column, "name") for column in children(element, "column")]
        rows = [
            [self.build(cell, names) for cell in children(row, *EXPRESSIONS)]
            for row in children(element, "row")
        ]
        return lambda scope: [
            {name: cell(scope) for name, cell in zip(columns, row, strict=False)} for row in rows
        ]

    def _invocation(self, element: etree._Element, names: frozenset[str]) -> Code:
        called = child(element, *EXPRESSIONS)
        target = self.build(called, names) if called is not None else _always_null("nothing is invoked")
        shown = text_of(called) or "the function"
        bindings: list[tuple[str, Code]] = []
        for binding in children(element, "binding"):
            parameter = child(binding, "parameter")
            name = attribute(parameter, "name") if parameter is not None else ""
            bindings.append(
                (name, self.inside(binding, names) or _always_null(f"the parameter {name} has no value"))
            )

        def invoke(scope: Scope) -> Any:
            values = [code(scope) for _, code in bindings]
            return call(scope, shown, target(scope), values, [name for name, _ in bindings] or None)

        return invoke

    def _function(self, element: etree._Element, names: frozenset[str]) -> Code:
        return self.function(element, names)

    def function(self, element: etree._Element, names: frozenset[str], name: str = "") -> Code:
        """A function definition, or the logic of a business knowledge model."""
        kind = attribute(element, "kind", "FEEL")
        if kind not in ("FEEL", "Java"):
            return _always_null(f"{name or 'the function'} is written in {kind}, which is not run here")
        params = [
            (attribute(p, "name"), attribute(p, "typeRef")) for p in children(element, "formalParameter")
        ]
        if kind == "Java":
            return external(tuple(param for param, _ in params), _java_parts(element))
        inner = names | {param for param, _ in params}
        body = self.required(element, inner, "the function", element)
        declared = tuple(self.types.reference(ref) for _, ref in params)
        result = self.types.reference(attribute(element, "typeRef"))
        if (
            result is not None
            and not isinstance(result, UserFunction)
            and local(element) == "encapsulatedLogic"
        ):
            body = conforming(body, result, name)
        return lambda scope: define(scope, tuple(param for param, _ in params), declared, body, name=name)

    def _conditional(self, element: etree._Element, names: frozenset[str]) -> Code:
        condition, then, otherwise = (
            self.required(child(element, part), names, part, element) for part in ("if", "then", "else")
        )

        def choose(scope: Scope) -> Any:
            verdict = condition(scope)
            if verdict is not None and not isinstance(verdict, bool):
                scope[RUN].warn("the condition is neither true nor false")
                return None
            return then(scope) if verdict is True else otherwise(scope)

        return choose

    def _filter(self, element: etree._Element, names: frozenset[str]) -> Code:
        of = self.required(child(element, "in"), names, "in", element)
        match = child(element, "match")
        by_element = child(match, *EXPRESSIONS) if match is not None else None
        by = self.required(match, names | {"item"}, "match", element)
        text = (
            text_of(by_element) if by_element is not None and local(by_element) == "literalExpression" else ""
        )
        parsed = self.feel(text, names | {"item"}, element) if text else "no FEEL"
        if isinstance(parsed, Expression):
            return filtered(of, parsed.tree, by, parsed.roots)
        return filtered(of, None, by, None)

    def _iterator(self, element: etree._Element, names: frozenset[str], body: str) -> tuple[list[Any], Code]:
        variable = attribute(element, "iteratorVariable")
        domain = self.required(child(element, "in"), names, "in", element)
        inner = names | {variable, "partial"}
        return [(variable, domain, None)], self.required(child(element, body), inner, body, element)

    def _for(self, element: etree._Element, names: frozenset[str]) -> Code:
        body = child(element, "return")
        partial = body is not None and "partial" in "".join(str(text) for text in body.itertext())
        return loop(*self._iterator(element, names, "return"), partial=partial)

    def _some(self, element: etree._Element, names: frozenset[str]) -> Code:
        domains, condition = self._iterator(element, names, "satisfies")
        return quantified(domains, condition, every=False)

    def _every(self, element: etree._Element, names: frozenset[str]) -> Code:
        domains, condition = self._iterator(element, names, "satisfies")
        return quantified(domains, condition, every=True)


_BUILDERS: dict[str, Callable[[Builder, etree._Element, frozenset[str]], Code]] = {
    "literalExpression": Builder._literal,
    "decisionTable": Builder._table,
    "context": Builder._context,
    "list": Builder._list,
    "relation": Builder._relation,
    "invocation": Builder._invocation,
    "functionDefinition": Builder._function,
    "conditional": Builder._conditional,
    "filter": Builder._filter,
    "for": Builder._for,
    "some": Builder._some,
    "every": Builder._every,
}


def _java_parts(element: etree._Element) -> dict[str, str]:
    """Class and method signature out of the context that stands for the body."""
    box = child(element, "context")
    parts: dict[str, str] = {}
    for entry in children(box, "contextEntry") if box is not None else ():
        variable, text = child(entry, "variable"), text_of(child(entry, "literalExpression"))
        if variable is not None and len(text) > 1:
            parts[attribute(variable, "name")] = text.strip('"')
    return parts


def _typed_itself(element: etree._Element) -> bool:
    return bool(attribute(element, "typeRef")) and local(element) not in (
        "functionDefinition",
        "decisionTable",
    )


def conforming(code: Code, wanted: Type, what: str) -> Code:
    """The code with its value coerced to a type; null with a message when it does not fit."""

    def fitted(scope: Scope) -> Any:
        value = code(scope)
        if value is None:
            return None
        try:
            return coerce(value, wanted)
        except Fault as fault:
            session_of(scope).warn(f"{what}: {fault}")
            return None

    return fitted


def _context_code(entries: list[tuple[str, Code]], result: Code | None) -> Code:
    def compute(scope: Scope) -> Any:
        inner, built = scope.copy(), {}
        for name, code in entries:
            made = inner[name] = built[name] = code(inner)
            if isinstance(made, UserFunction) and not made.name:
                made.name, made.closure[name] = name, made
        return built if result is None else result(inner)

    return compute


def _always_null(message: str) -> Code:
    def null(scope: Scope) -> None:
        scope[RUN].warn(message)

    return null


def label(element: etree._Element) -> str:
    """How an element is named to people: by the nearest name or id."""
    node: etree._Element | None = element
    while node is not None:
        found = node.get("name") or node.get("id")
        if found and local(node) != "definitions":
            return str(found)
        node = node.getparent()
    return local(element)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "..."
