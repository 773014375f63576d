"""Decision tables as people see them, and the change of one cell that leaves the rest of the file as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

from lxml import etree

from motcua.engines.dmn.model import Model
from motcua.engines.dmn.xml import DmnError, attribute, child, children, local, read_xml, text_of
from motcua.engines.feel import FeelSyntaxError, compile, compile_unary_tests  # noqa: A004 - the verb of the trade

_ENCODINGS = {"UTF-8", "US-ASCII", "ASCII", "ISO-8859-1"}
_ENTRIES = {"input": "inputEntry", "output": "outputEntry", "annotation": "annotationEntry"}


@dataclass(frozen=True)
class ColumnView:
    """A column: kind is input, output or annotation; name is what with_cell takes; allowed the values declared."""

    kind: str
    name: str
    expression: str = ""
    type: str = ""
    allowed: str = ""
    label: str = ""


@dataclass(frozen=True)
class RuleView:
    """A row: its number from 1, its id, and the texts of its cells."""

    index: int
    id: str
    inputs: list[str]
    outputs: list[str]
    annotations: list[str]


@dataclass(frozen=True)
class TableView:
    """A table: its id, the decision or knowledge it belongs to, its columns and rows."""

    id: str
    name: str
    hit_policy: str
    aggregation: str
    inputs: list[ColumnView]
    outputs: list[ColumnView]
    annotations: list[ColumnView]
    rules: list[RuleView] = field(default_factory=list)

    @property
    def columns(self) -> list[ColumnView]:
        return [*self.inputs, *self.outputs, *self.annotations]


def tables(model: Model | bytes) -> list[TableView]:
    """The decision tables of a model's own file, in its order."""
    root = read_xml(model if isinstance(model, bytes) else model.source)
    return [_view(element) for element in root.iter() if local(element) == "decisionTable"]


def table_id(element: etree._Element) -> str:
    """The id by which a table is known: its own, else that of the element it belongs to."""
    parent = element.getparent()
    return attribute(element, "id") or (attribute(parent, "id") if parent is not None else "")


def _view(element: etree._Element) -> TableView:
    owner = element.getparent()
    while owner is not None and not owner.get("name"):
        owner = owner.getparent()
    return TableView(
        table_id(element),
        attribute(owner, "name") if owner is not None else "",
        attribute(element, "hitPolicy", "UNIQUE"),
        attribute(element, "aggregation"),
        [_input(found) for found in children(element, "input")],
        [_output(found, at) for at, found in enumerate(children(element, "output"), 1)],
        [ColumnView("annotation", attribute(a, "name")) for a in children(element, "annotation")],
        [_rule(found, number) for number, found in enumerate(children(element, "rule"), 1)],
    )


def _input(element: etree._Element) -> ColumnView:
    expression = child(element, "inputExpression")
    text = text_of(expression)
    return ColumnView(
        "input",
        text,
        text,
        attribute(expression, "typeRef") if expression is not None else "",
        text_of(child(element, "inputValues")),
        attribute(element, "label") or text,
    )


def _output(element: etree._Element, at: int) -> ColumnView:
    name = attribute(element, "name") or f"output {at}"
    return ColumnView(
        "output",
        name,
        "",
        attribute(element, "typeRef"),
        text_of(child(element, "outputValues")),
        attribute(element, "label") or name,
    )


def _rule(element: etree._Element, number: int) -> RuleView:
    cells = {kind: [text_of(cell) for cell in children(element, tag)] for kind, tag in _ENTRIES.items()}
    return RuleView(number, attribute(element, "id"), cells["input"], cells["output"], cells["annotation"])


def with_cell(source: bytes, table_id: str, rule_index: int, column: str | int, text: str) -> bytes:
    """The file with one cell changed; every other byte stays.

    `rule_index` counts from 1; `column` is a column's name or its place from 1 over inputs, outputs and
    annotations. Raises DmnError when there is no such cell or the text is not FEEL.
    """
    root = read_xml(source)
    view = next((view for view in tables(source) if view.id == table_id), None)
    if view is None:
        known = ", ".join(view.id for view in tables(source))
        raise DmnError(f"there is no table {table_id}; there are: {known}", table_id)
    if not 1 <= rule_index <= len(view.rules):
        raise DmnError(f"there is no rule {rule_index}; the table has {len(view.rules)}", view.name)
    place, wanted = _place(view, column)
    _check(root, view, rule_index, wanted, text)
    changed = _Splice(source, table_id, rule_index, _ENTRIES[wanted.kind], place).replaced(text)
    read_xml(changed)
    return changed


def _place(view: TableView, column: str | int) -> tuple[int, ColumnView]:
    """The place of a column among those of its kind, from 0, and the column."""
    columns = view.columns
    found = (
        columns[column - 1]
        if isinstance(column, int) and 1 <= column <= len(columns)
        else next((c for c in columns if column in (c.name, c.label)), None)
    )
    if found is None:
        raise DmnError(
            f"there is no column {column}; there are: {', '.join(c.name for c in columns)}", view.name
        )
    own = {"input": view.inputs, "output": view.outputs, "annotation": view.annotations}[found.kind]
    return next(at for at, c in enumerate(own) if c is found), found


def _check(root: etree._Element, view: TableView, rule: int, column: ColumnView, text: str) -> None:
    if column.kind == "annotation":
        return
    names = {str(e.get("name")) for e in root.iter() if isinstance(e.tag, str) and e.get("name")}
    try:
        if column.kind == "input":
            compile_unary_tests(text.strip() or "-", names=names)
        elif text.strip():
            compile(text, names=names)
    except FeelSyntaxError as error:
        raise DmnError(f"rule {rule}, {column.name}: {error}", view.name) from None


class _Splice:
    """Finds the bytes of one cell's text in the file."""

    def __init__(self, source: bytes, table: str, rule: int, entry: str, place: int) -> None:
        self.source = source
        self.wanted = table, rule, entry, place
        self.stack: list[tuple[str, str]] = []
        self.in_table = 0
        self.rule = 0
        self.place = -1
        self.entry: tuple[int, int] | None = None
        self.text: tuple[int, int] | None = None
        self.entry_tag = ""
        self.encoding = "UTF-8"
        self._starts: list[int] = []
        self.parser = expat.ParserCreate()
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self.encoding = (encoding or "UTF-8").upper()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        table, rule, entry, _ = self.wanted
        if name == "decisionTable":
            own = attributes.get("id") or (self.stack[-1][1] if self.stack else "")
            if own == table and not self.in_table:
                self.in_table = len(self.stack) + 1
        elif self.in_table and len(self.stack) == self.in_table and name == "rule":
            self.rule += 1
            self.place = -1
        elif self.in_table and len(self.stack) == self.in_table + 1 and name == entry and self.rule == rule:
            self.place += 1
        self.stack.append((tag, attributes.get("id", "")))
        self._starts.append(self.parser.CurrentByteIndex)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        depth, start = len(self.stack), self._starts.pop()
        self.stack.pop()
        _, rule, entry, place = self.wanted
        here = bool(self.in_table) and self.rule == rule and self.place == place
        if here and name == "text" and depth == self.in_table + 3 and self._parent() == entry:
            self.text = start, self._element_end(start)
        elif here and name == entry and depth == self.in_table + 2 and self.entry is None:
            self.entry = start, self._element_end(start)
            self.entry_tag = tag
        if name == "decisionTable" and depth == self.in_table:
            self.in_table = 0
            self.rule = -1_000_000_000

    def _parent(self) -> str:
        return self.stack[-1][0].rpartition(":")[2] if self.stack else ""

    def _element_end(self, start: int) -> int:
        """The place just after the element that ends now; the parser is past the end of a self-closing one."""
        opened = self._tag_end(start)
        return (
            opened
            if self.source[opened - 2 : opened] == b"/>"
            else self._tag_end(self.parser.CurrentByteIndex)
        )

    def _tag_end(self, start: int) -> int:
        """The place just after the tag that starts here; quoted attribute values may hold >."""
        quote = 0
        for at in range(start, len(self.source)):
            byte = self.source[at]
            if quote:
                quote = 0 if byte == quote else quote
            elif byte in b"\"'":
                quote = byte
            elif byte == ord(">"):
                return at + 1
        return len(self.source)

    def replaced(self, text: str) -> bytes:
        self.parser.Parse(self.source, True)
        if self.encoding not in _ENCODINGS:
            raise DmnError(f"files in {self.encoding} cannot be changed here; save it as UTF-8", "file")
        content = escape(text).encode(self.encoding, "xmlcharrefreplace")
        if self.text is not None:
            start, end = self.text
            opening, name = self._opening(start)
            new = opening + content + b"</" + name + b">"
        elif self.entry is not None:
            start, end = self.entry
            opening, name = self._opening(start)
            inner = (name.rpartition(b":")[0] + b":text").lstrip(b":")
            new = opening + b"<" + inner + b">" + content + b"</" + inner + b"></" + name + b">"
        else:
            table, rule, entry, place = self.wanted
            raise DmnError(f"rule {rule} has no {entry} number {place + 1}", table)
        return self.source[:start] + new + self.source[end:]

    def _opening(self, start: int) -> tuple[bytes, bytes]:
        """The opening tag as written, not self-closing, and the element's name."""
        tag = self.source[start : self._tag_end(start)]
        if tag.endswith(b"/>"):
            tag = tag[:-2].rstrip() + b">"
        return tag, tag[1:-1].split()[0]


__all__ = ["ColumnView", "RuleView", "TableView", "tables", "with_cell"]
