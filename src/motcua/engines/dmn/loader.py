"""A DMN file, and those it imports, into a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lxml import etree

from motcua.engines.dmn.boxed import EXPRESSIONS, Builder
from motcua.engines.dmn.itemtypes import Allows, Constrained, TypeBook
from motcua.engines.dmn.model import Decision, Input, Knowledge, Model, Node, Required, Service
from motcua.engines.dmn.session import Key
from motcua.engines.dmn.xml import (
    NAMESPACES,
    DmnError,
    attribute,
    child,
    children,
    line_of,
    local,
    read_xml,
    text_of,
)
from motcua.engines.feel import FeelSyntaxError
from motcua.engines.feel.compiler import INPUT, RUN
from motcua.engines.feel.conversion import host
from motcua.engines.feel.expression import Expression, system_clock
from motcua.engines.feel.library import LIBRARY
from motcua.engines.feel.types import FunctionOf, Type
from motcua.engines.feel.values import Function, Run

Imports = Callable[[str, "str | None"], "bytes | None"]
_MAX_IMPORTS = 100
_DEEPEST_IMPORT = 20


def load(
    source: bytes, *, imports: Imports | None = None, functions: Mapping[str, Any] | None = None
) -> Model:
    """Read a DMN 1.1–1.5 file.

    `imports(namespace, location)` gives the bytes of an imported file, None when it has none; `functions` are
    Python functions by their FEEL names. Texts that are not FEEL become `model.problems` and evaluate to null.
    Raises DmnError for files that cannot be used at all.
    """
    own = {name: host(name, function) for name, function in (functions or {}).items()}
    loader = _Loader(imports, {**LIBRARY, **own})
    model = loader.load(read_xml(source), ())
    model.source = source
    return model


class _Loader:
    def __init__(self, imports: Imports | None, functions: Mapping[str, Function]) -> None:
        self.imports = imports
        self.functions = functions
        self.loaded: dict[str, tuple[Model, TypeBook]] = {}

    def load(self, root: etree._Element, path: tuple[str, ...]) -> Model:
        namespace = attribute(root, "namespace")
        if namespace in path:
            cycle = " → ".join((*path, namespace))
            raise DmnError(f"the files import each other: {cycle}", attribute(root, "name"), line_of(root))
        if namespace in self.loaded:
            return self.loaded[namespace][0]
        if len(self.loaded) + len(path) >= _MAX_IMPORTS:
            raise DmnError(f"more than {_MAX_IMPORTS} files are imported")
        if len(path) >= _DEEPEST_IMPORT:
            raise DmnError(f"files import each other more than {_DEEPEST_IMPORT} levels deep")
        model = Model(attribute(root, "name"), namespace)
        book = TypeBook(self._allowed_values)
        aliases = self._import_all(root, model, book, (*path, namespace))
        self.loaded[namespace] = model, book
        _File(self, root, model, book, aliases).read()
        return model

    def _import_all(
        self, root: etree._Element, model: Model, book: TypeBook, path: tuple[str, ...]
    ) -> dict[str, str]:
        """Load what is imported; the names by which the imported namespaces go here."""
        aliases: dict[str, str] = {}
        for element in children(root, "import"):
            if attribute(element, "importType") not in NAMESPACES:
                continue
            namespace, name = attribute(element, "namespace"), attribute(element, "name")
            location = element.get("locationURI")
            content = self.imports(namespace, str(location) if location else None) if self.imports else None
            if content is None:
                raise DmnError(f"the imported model {namespace} was not found", name, line_of(element))
            imported = self.load(read_xml(content), path)
            if imported.namespace != namespace:
                raise DmnError(
                    f"the file given for {namespace} is {imported.namespace}", name, line_of(element)
                )
            aliases[namespace] = name
            model.nodes.update(imported.nodes)
            model.problems.extend(imported.problems)
            prefix = f"{name}." if name else ""
            other = self.loaded[namespace][1]
            book.types.update({prefix + key: found for key, found in other.types.items()})
            book.component_names |= other.component_names
        return aliases

    def _allowed_values(self, text: str, near: etree._Element) -> Allows:
        try:
            tests = Expression(text, tests=True, functions=self.functions, names=frozenset({INPUT}))
        except FeelSyntaxError as error:
            message = f"the allowed values are not FEEL: {error}"
            raise DmnError(message, attribute(near, "name"), line_of(near)) from None

        def allows(value: Any) -> bool:
            return tests.run_in({RUN: Run(system_clock, 10_000), INPUT: value}) is True

        return allows


class _File:
    """The reading of one file's elements."""

    def __init__(
        self, loader: _Loader, root: etree._Element, model: Model, book: TypeBook, aliases: dict[str, str]
    ) -> None:
        self.root = root
        self.model = model
        self.book = book
        self.aliases = aliases
        self.builder = Builder(book, loader.functions)

    def read(self) -> None:
        for definition in children(self.root, "itemDefinition"):
            self.book.define(definition)
        elements: list[tuple[etree._Element, Node]] = []
        for element in children(
            self.root, "inputData", "decision", "businessKnowledgeModel", "decisionService"
        ):
            node = self._node(element)
            key = (self.model.namespace, node.id)
            if key in self.model.nodes:
                raise DmnError(f"the id {node.id} is given twice", node.name, line_of(element))
            self.model.nodes[key] = node
            self.model.own.append(key)
            elements.append((element, node))
        for element, node in elements:
            self._require(element, node)
        self._refuse_cycles(elements)
        for element, node in elements:
            self._build(element, node)
        self.model.problems.extend(self.builder.problems)
        self.model.tables.update(self.builder.tables)

    def _node(self, element: etree._Element) -> Node:
        name, namespace = attribute(element, "name"), self.model.namespace
        node_id = attribute(element, "id") or name
        type_ref = self._type_ref(element)
        wanted = self.book.reference(type_ref)
        match local(element):
            case "inputData":
                allowed = getattr(wanted, "target", wanted)
                text = allowed.text if isinstance(allowed, Constrained) else ""
                return Input(name, type_ref or "Any", text, node_id, namespace, wanted)
            case "decision":
                question, answers = (_plain(child(element, part)) for part in ("question", "allowedAnswers"))
                return Decision(
                    name, node_id, namespace, [], None, type_ref, wanted, question, answers, line_of(element)
                )
            case "businessKnowledgeModel":
                return Knowledge(name, node_id, namespace)
            case _:
                return Service(name, node_id, namespace, wanted=_result_of(wanted))

    def _type_ref(self, element: etree._Element) -> str:
        variable = child(element, "variable")
        return attribute(variable, "typeRef") if variable is not None else ""

    # requirements

    def _require(self, element: etree._Element, node: Node) -> None:
        if isinstance(node, Service):
            node.outputs = self._references(children(element, "outputDecision"), node)
            node.inputs = self._references(children(element, "inputData"), node)
            node.inputs += self._references(children(element, "inputDecision"), node)
        elif isinstance(node, Decision | Knowledge):
            links = children(element, "informationRequirement", "knowledgeRequirement")
            kinds = ("requiredInput", "requiredDecision", "requiredKnowledge")
            targets = [target for link in links for target in children(link, *kinds)]
            node.requires = self._references(targets, node)

    def _references(self, elements: Iterable[etree._Element], node: Node) -> list[Required]:
        found = []
        for element in elements:
            href = attribute(element, "href")
            namespace, _, node_id = href.rpartition("#")
            key: Key = (namespace or self.model.namespace, node_id)
            target = self.model.nodes.get(key)
            if target is None:
                raise DmnError(f"{href} refers to nothing in the model", node.name, line_of(element))
            within = "" if key[0] == self.model.namespace else self.aliases.get(key[0], "")
            found.append(Required(key, target.name, within))
        return found

    def _refuse_cycles(self, elements: list[tuple[etree._Element, Node]]) -> None:
        settled: set[Key] = set()
        for element, node in elements:
            path: list[Key] = []
            stack: list[tuple[Key, int]] = [((node.namespace, node.id), 0)]
            while stack:
                key, at = stack.pop()
                target = self.model.nodes[key]
                needs = target.requires if isinstance(target, Decision) else []
                if at == 0:
                    path.append(key)
                if at < len(needs):
                    stack.append((key, at + 1))
                    following = needs[at].key
                    if following in path:
                        names = [
                            self.model.nodes[k].name for k in (*path[path.index(following) :], following)
                        ]
                        raise DmnError(
                            f"decisions need each other: {' → '.join(names)}", node.name, line_of(element)
                        )
                    if following not in settled:
                        stack.append((following, 0))
                else:
                    settled.add(path.pop())

    # logic

    def _build(self, element: etree._Element, node: Node) -> None:
        if isinstance(node, Decision):
            if child(element, *EXPRESSIONS) is not None:
                node.code = self.builder.inside(element, self._names(node))
        elif isinstance(node, Knowledge):
            logic = child(element, "encapsulatedLogic")
            names = self._names(node) | {node.name}
            if logic is not None:
                node.make = self.builder.function(logic, names, node.name)

    def _names(self, node: Decision | Knowledge) -> frozenset[str]:
        names: set[str] = set()
        for required in node.requires:
            names.add(required.name)
            if required.within:
                names.add(required.within)
        return frozenset(names)


def _plain(element: etree._Element | None) -> str:
    return "" if element is None else "".join(str(t) for t in element.itertext()).strip()


def _result_of(wanted: Type | None) -> Type | None:
    """A service's variable may carry the type of the function or that of its result."""
    target = getattr(wanted, "target", wanted)
    return target.result if isinstance(target, FunctionOf) else wanted


__all__ = ["load", "text_of"]
