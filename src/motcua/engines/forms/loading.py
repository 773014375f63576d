"""From a form-js file to a compiled form. Everything wrong in a file is told here, before anyone fills it in."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from motcua.engines import feel
from motcua.engines.forms import questions
from motcua.engines.forms.components import (
    Check,
    Component,
    Condition,
    Container,
    Expression,
    Group,
    Note,
    Page,
    Question,
    Repeat,
    Scope,
    Text,
)
from motcua.engines.forms.errors import FormError
from motcua.engines.forms.extensions import Extensions
from motcua.engines.forms.rendering import Template, markdown, sanitised, table
from motcua.engines.forms.views import ReferenceList

MAX_FILE = 2_000_000
MAX_COMPONENTS = 2_000
MAX_NESTING = 10
MAX_LISTS = 3
MOST_ITEMS = 200

_TEXT_ID = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+")
"""What looks like this is meant as a text id, and is a slip when no language has it."""

NOTES = frozenset({"text", "html", "separator", "table"})
SILENT = frozenset({"spacer", "button"})
"""Layout and buttons of the editor's preview: a page brings its own."""
REFUSED = {
    "image": "put pictures into the texts of the service, not into the form",
    "iframe": "pages of others cannot stand in a form",
    "documentPreview": "documents are shown by the case, not by the form",
}


class Compiler:
    """Reads one file; `pages`, `scope`, `components` and `conditions` are what came of it."""

    def __init__(
        self,
        schema: Mapping[str, Any],
        texts: Mapping[str, Mapping[str, str]],
        functions: Any,
        sources: Mapping[str, ReferenceList] | None,
    ) -> None:
        self.texts = texts
        self.sources = sources
        self.pages: list[Page] = []
        self.scope = Scope(None)
        self.components: list[Component] = []
        self.conditions: list[tuple[Condition, Component]] = []
        self.noted: set[str] = set()
        """The names that notes and tables read."""
        self._functions = functions
        self._keyed: set[str] = set()
        self._above: set[str] = set()
        self._ids: set[str] = set()
        self._late: list[tuple[Component, Mapping[str, Any], Extensions]] = []
        self.title = self.text(schema.get("title", schema.get("name", "")))
        self._open_pages(schema)

    def text(self, literal: object) -> Text:
        """A text id or a literal. Raises ValueError when a language lacks the text."""
        if not isinstance(literal, str):
            raise ValueError(f"a text must be a string, not {literal!r}")
        if (
            self.texts
            and _TEXT_ID.fullmatch(literal)
            and not any(literal in known for known in self.texts.values())
        ):
            near = difflib.get_close_matches(
                literal, {one for known in self.texts.values() for one in known}, n=1
            )
            raise ValueError(
                f"there is no text {literal!r}" + (f"; {near[0]!r}?" if near else "; add it to the texts")
            )
        by_lang = {lang: known[literal] for lang, known in self.texts.items() if literal in known}
        lacking = sorted(set(self.texts) - set(by_lang))
        if by_lang and lacking:
            raise ValueError(
                f"the text {literal!r} is missing in: {', '.join(lacking)}; add it to those texts"
            )
        return Text(literal, by_lang)

    def condition(self, text: object, component: Component, what: str) -> Condition:
        """Compile `=FEEL`. Raises ValueError with the place in the expression."""
        if not isinstance(text, str) or not text.strip().startswith("="):
            raise ValueError(
                f'{what} must be a FEEL expression as a string that begins with "=", not {text!r}'
            )
        condition = Condition(text, self.expression(text.strip()[1:], what))
        self.conditions.append((condition, component))
        return condition

    def expression(self, text: str, what: str) -> Expression:
        try:
            if self._functions is None:
                return feel.compile(text)
            return feel.compile(text, functions=self._functions)
        except feel.FeelSyntaxError as wrong:
            raise ValueError(f"{what} is no FEEL expression: {wrong}; the text was {text!r}") from None

    def _open_pages(self, schema: Mapping[str, Any]) -> None:
        if schema.get("type", "default") != "default":
            raise FormError(f'the form\'s type must be "default", not {schema["type"]!r}', "", "type")
        page: Page | None = None
        for place, raw in enumerate(self._raw_components(schema, "components")):
            where = f"components[{place}]"
            with located(raw, where):
                properties = Extensions(raw.get("properties", {}))
                if "page" in properties:
                    page = self._page(raw, properties, where)
                elif page is None:
                    page = Page("start", self.title or Text(""), Text(""))
                    self.pages.append(page)
                self._component(raw, where, None, None, page, "")
        for page in self.pages:
            first = page.components[0] if len(page.components) == 1 else None
            page.single = first if isinstance(first, Group) else None
        for component, raw, properties in self._late:
            with located(raw, component.where):
                self._finish(component, raw, properties)

    def _page(self, raw: Mapping[str, Any], properties: Extensions, where: str) -> Page:
        title = self.text(properties.text("page") or raw.get("label", ""))
        page = Page(
            properties.text("page-id") or self._name(raw, where),
            title,
            self.text(properties.text("page-hint")),
        )
        if not title:
            raise ValueError('motcua:page must give the page a title: a text id or a text, not ""')
        if any(known.id == page.id for known in self.pages):
            raise ValueError(f"two pages have the id {page.id!r}; give one another motcua:page-id")
        self.pages.append(page)
        return page

    def _raw_components(self, raw: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
        given = raw.get("components")
        if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
            raise FormError('there must be a list "components" of objects', str(raw.get("id", "")), where)
        return given

    def _name(self, raw: Mapping[str, Any], where: str) -> str:
        for key in ("id", "key", "path"):
            if isinstance(raw.get(key), str) and raw[key]:
                return str(raw[key])
        return where

    def _component(
        self,
        raw: Mapping[str, Any],
        where: str,
        parent: Container | None,
        repeat: Repeat | None,
        page: Page,
        within: str,
    ) -> None:
        """`within` is the path from the nearest list (or the form) on that groups around have given."""
        kind = raw.get("type")
        if kind in SILENT:
            return
        properties = Extensions(raw.get("properties", {}))
        if len(self.components) >= MAX_COMPONENTS:
            raise ValueError(f"a form has at most {MAX_COMPONENTS} components; make two services of it")
        base = self._base(raw, where, properties, parent, repeat, page)
        component: Component
        if kind in ("group", "dynamiclist"):
            component = self._container(raw, base, properties, within)
        elif kind in NOTES:
            component = Note(**base, render=self._note(raw, str(kind), base["label"]))
        elif kind in questions.TYPES:
            component = self._question(raw, base, properties, within)
        else:
            known = sorted({*questions.TYPES, *NOTES, *SILENT, "group", "dynamiclist"})
            why = REFUSED.get(str(kind), f"known types are {', '.join(known)}")
            raise ValueError(f"the component type {kind!r} is not taken: {why}")
        (page.components if parent is None else parent.members).append(component)
        self._late.append((component, raw, properties))
        if isinstance(component, Group | Repeat):
            self._members(raw, component, page, within)

    def _base(
        self,
        raw: Mapping[str, Any],
        where: str,
        properties: Extensions,
        parent: Container | None,
        repeat: Repeat | None,
        page: Page,
    ) -> dict[str, Any]:
        name = self._name(raw, where)
        if name in self._ids:
            raise ValueError(f"the id {name!r} is there twice; give this component another id")
        self._ids.add(name)
        if parent is not None and "page" in properties:
            raise ValueError("motcua:page begins a page, so it stands on a component of the top level only")
        label = self.text(raw.get("label") or "")
        number = len(self.components)
        self.components.append(None)  # type: ignore[arg-type]  # keeps the number until it is built
        return {
            "number": number,
            "id": name,
            "type": raw["type"],
            "where": where,
            "label": label,
            "name": self.text(properties.text("name")) or label,
            "hint": self.text(properties.text("hint") or raw.get("description") or ""),
            "parent": parent,
            "repeat": repeat,
            "page": page,
            "prefill": _prefill(properties.text("prefill"), parent, raw.get("key") or raw.get("path")),
            "errors": {rule: self.text(text) for rule, text in properties.family("error").items()},
            "optional": properties.flag("optional"),
        }

    def _container(
        self, raw: Mapping[str, Any], base: dict[str, Any], properties: Extensions, within: str
    ) -> Group | Repeat:
        if raw["type"] == "group":
            group = Group(**base)
            self.components[group.number] = group
            return group
        local = questions.joined(within, raw.get("path"), "path")
        outer: Repeat | None = base["repeat"]
        template = f"{outer.template}[].{local}" if outer else local
        self._take_key(template)
        least = properties.whole("min-items", 0, least=0, most=MOST_ITEMS)
        scope = Scope(None)
        repeat = Repeat(
            **base,
            template=template,
            steps=tuple(local.split(".")),
            first_items=max(least, int(raw.get("defaultRepetitions", 1) or 0)),
            least_items=least,
            most_items=properties.whole("max-items", 20, least=max(1, least), most=MOST_ITEMS),
            may_change=raw.get("allowAddRemove", True) is not False,
            item=self.text(properties.text("item")),
            add=self.text(properties.text("add")),
            scope=scope,
        )
        scope.repeat = repeat
        if repeat.depth >= MAX_LISTS:
            raise ValueError(f"lists stand within one another at most {MAX_LISTS} deep")
        (outer.scope if outer else self.scope).repeats.append(repeat)
        self.components[repeat.number] = repeat
        return repeat

    def _members(self, raw: Mapping[str, Any], component: Group | Repeat, page: Page, within: str) -> None:
        if component.where.count(".components[") >= MAX_NESTING:
            raise ValueError(f"groups stand within one another at most {MAX_NESTING} deep")
        repeat = component if isinstance(component, Repeat) else component.repeat
        if isinstance(component, Repeat):
            within = ""
        elif raw.get("path"):
            within = questions.joined(within, raw["path"], "path")
        for place, member in enumerate(self._raw_components(raw, component.where)):
            where = f"{component.where}.components[{place}]"
            with located(member, where):
                self._component(member, where, component, repeat, page, within)

    def _question(
        self, raw: Mapping[str, Any], base: dict[str, Any], properties: Extensions, within: str
    ) -> Question:
        local = questions.joined(within, raw.get("key"), "key")
        repeat: Repeat | None = base["repeat"]
        template = f"{repeat.template}[].{local}" if repeat else local
        self._take_key(template)
        question = questions.build(self, raw, base, properties, template, tuple(local.split(".")))
        self.components[question.number] = question
        (repeat.scope if repeat else self.scope).questions.append(question)
        base["page"].questions.append(question)
        around: Container | None = base["parent"]
        while around is not None:
            around.questions.append(question)
            around = around.parent
        return question

    def _take_key(self, template: str) -> None:
        parts = template.split(".")
        above = {".".join(parts[:count]) for count in range(1, len(parts))}
        if template in self._keyed or template in self._above or above & self._keyed:
            raise ValueError(f"another component already keeps the answer {template!r}, or a part of it")
        self._keyed.add(template)
        self._above |= above

    def _note(self, raw: Mapping[str, Any], kind: str, label: Text) -> Any:
        if kind == "separator":
            return lambda lang, context: "<hr>"
        if kind == "table":
            return self._table(raw, label)
        source = self.text(raw.get("text" if kind == "text" else "content", ""))
        finish, escape = (markdown, "markdown") if kind == "text" else (sanitised, "html")

        def compiled(text: str) -> Any:
            expression = self.expression(text, "a {{place}} of the text")
            self.noted |= expression.names
            return expression.evaluate

        in_lang = {lang: Template(source.said(lang), finish, compiled, escape) for lang in (*self.texts, "")}
        return lambda lang, context: in_lang.get(lang, in_lang[""]).rendered(context)

    def _table(self, raw: Mapping[str, Any], label: Text) -> Any:
        source, columns = raw.get("dataSource"), raw.get("columns")
        if not isinstance(source, str) or not isinstance(columns, list) or not columns:
            raise ValueError('a table needs "dataSource" (an =expression) and "columns" with key and label')
        rows = self.expression(source.removeprefix("="), "dataSource")
        self.noted |= rows.names
        headed = [(str(column["key"]), self.text(column.get("label", ""))) for column in columns]

        def render(lang: str, context: Mapping[str, Any]) -> str:
            heads = [(key, heading.said(lang)) for key, heading in headed]
            return table(label.said(lang), heads, rows.evaluate(context), MOST_ITEMS)

        return render

    def _finish(self, component: Component, raw: Mapping[str, Any], properties: Extensions) -> None:
        """Conditions and checks, once every question is known."""
        self.components[component.number] = component
        hide = (raw.get("conditional") or {}).get("hide")
        if hide is not None and hide != "" and hide is not False:
            component.hide = self.condition(hide, component, "conditional.hide")
        if "check" in properties:
            message = component.errors.get("check")
            if not message:
                raise ValueError("motcua:check needs motcua:error.check, the message for when it is not true")
            component.checks = (
                Check(self.condition(properties.text("check"), component, "motcua:check"), message),
            )
        if isinstance(component, Question):
            questions.add_conditions(self, component, raw)
        guards = component.parent.guards if component.parent else ()
        component.guards = (*guards, component) if component.hide else guards


def _prefill(own: str, parent: Container | None, key: object) -> str:
    """A group's motcua:prefill is where its questions look, each under its own key."""
    if own or parent is None or not parent.prefill:
        return own
    return f"{parent.prefill}.{key}" if isinstance(key, str) and key else parent.prefill


@contextmanager
def located(raw: Mapping[str, Any], where: str) -> Iterator[None]:
    """What is wrong within is told with the component and its place in the file."""
    try:
        yield
    except FormError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        said = f"{wrong.args[0]!r} is missing" if isinstance(wrong, KeyError) else str(wrong)
        name = raw.get("id") or raw.get("key") or raw.get("path") or ""
        raise FormError(said, str(name), where) from wrong


def parsed(schema: Mapping[str, Any] | bytes | str) -> Mapping[str, Any]:
    """The file as a mapping. Raises FormError with line and column when it is no JSON."""
    if isinstance(schema, bytes | str):
        if len(schema) > MAX_FILE:
            raise FormError(f"the file has {len(schema)} bytes; at most {MAX_FILE} are taken")
        try:
            schema = json.loads(schema)
        except json.JSONDecodeError as wrong:
            raise FormError(
                f"the file is no JSON: {wrong.msg}, line {wrong.lineno}, column {wrong.colno}"
            ) from None
        except (UnicodeDecodeError, RecursionError) as wrong:
            raise FormError(f"the file is no JSON in UTF-8: {wrong}") from None
    if not isinstance(schema, Mapping):
        raise FormError('the file must be an object with "components"')
    return schema
