"""A form file compiled: what each component became, with everything that can be known before an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

from motcua.engines.forms.paths import Steps
from motcua.engines.forms.patterns import Pattern
from motcua.engines.forms.views import Option, ReferenceList

Shape = Literal["text", "number", "date", "time", "datetime", "boolean", "choice", "choices", "files"]
"""What an answer is: README.md, "Answers", gives the JSON of each."""


class Expression(Protocol):
    """A compiled FEEL expression, as `feel.compile` gives it."""

    @property
    def names(self) -> frozenset[str]:
        """The variables it reads, as dotted paths."""

    def evaluate(
        self, context: Mapping[str, Any], *, clock: Callable[[], dt.datetime] | None = None
    ) -> Any: ...


class Text:
    """A label in every language of the form; a literal says the same in all."""

    __slots__ = ("_by_lang", "literal")

    def __init__(self, literal: str, by_lang: Mapping[str, str] | None = None) -> None:
        self.literal = literal
        self._by_lang = by_lang or {}

    def said(self, lang: str) -> str:
        return self._by_lang.get(lang, self.literal)

    def __bool__(self) -> bool:
        return bool(self.literal)


@dataclass(slots=True, eq=False)
class Condition:
    """A FEEL expression of the file. `refers` are the facts it names, as `Question.template` has them."""

    text: str
    expression: Expression
    refers: frozenset[str] = frozenset()
    roots: tuple[str, ...] = ()
    """The first words of the names it reads: all that it needs of a context."""


Bound = Decimal | Condition | None


@dataclass(slots=True, eq=False)
class Check:
    """A rule across questions: true, or `message` is said."""

    condition: Condition
    message: Text


@dataclass(slots=True, eq=False)
class Page:
    """Questions that are shown together."""

    id: str
    title: Text
    hint: Text
    components: list[Component] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    """All within, those of repeated groups too."""
    single: Group | None = None
    """The group that is the page: its questions stand on the page itself."""


@dataclass(slots=True, eq=False, kw_only=True)
class Component:
    """What all components have. `number` is the order in the file, `depth` how many lists it stands in."""

    number: int
    id: str
    type: str
    where: str
    label: Text
    name: Text
    hint: Text
    parent: Container | None
    repeat: Repeat | None
    page: Page
    hide: Condition | None = None
    checks: tuple[Check, ...] = ()
    guards: tuple[Component, ...] = ()
    """Itself and those around it that can be hidden, outermost first."""
    errors: Mapping[str, Text] = field(default_factory=dict)
    optional: bool = False
    prefill: str = ""

    @property
    def depth(self) -> int:
        return 0 if self.repeat is None else self.repeat.depth + 1


@dataclass(slots=True, eq=False, kw_only=True)
class Question(Component):
    """A leaf that holds an answer."""

    kind: str
    shape: Shape
    template: str
    """`witnesses[].name`: the path with open places."""
    steps: Steps
    """The path from the nearest list place (or the answers) on."""
    semantic: str = ""
    was: str = ""
    required: bool | Condition = False
    min_length: Bound = None
    max_length: Bound = None
    least: Bound = None
    most: Bound = None
    decimals: int | None = None
    pattern: Pattern | None = None
    pattern_message: Text = field(default_factory=lambda: Text(""))
    validation: str = ""
    options: tuple[tuple[str, Text, Text], ...] = ()
    option_values: frozenset[str] = frozenset()
    options_by: Condition | None = None
    source: str = ""
    listed: ReferenceList | None = None
    readonly: bool | Condition = False
    computed: Condition | None = None
    default: Any = None
    uppercase: bool = False
    correctable: bool = True
    autocomplete: str = ""
    inputmode: str = ""
    width: int | None = None
    prefix: Text = field(default_factory=lambda: Text(""))
    suffix: Text = field(default_factory=lambda: Text(""))
    multiple: bool = False
    accept: tuple[str, ...] = ()
    max_size: int = 0
    max_files: int = 1
    no_past: bool = False
    _shown_options: dict[str, list[Option]] = field(default_factory=dict)

    def path(self, places: tuple[int, ...] = ()) -> str:
        """The path of the answer; `places` are the list places, outermost first."""
        return filled(self.template, places) if places else self.template

    def fixed_options(self, lang: str) -> list[Option]:
        """The choices written in the file, in `lang`."""
        shown = self._shown_options.get(lang)
        if shown is None:
            shown = [Option(value, label.said(lang), hint.said(lang)) for value, label, hint in self.options]
            self._shown_options[lang] = shown
        return shown


@dataclass(slots=True, eq=False, kw_only=True)
class Container(Component):
    """A component that holds others."""

    members: list[Component] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    """All within, those of repeated groups too."""


@dataclass(slots=True, eq=False, kw_only=True)
class Group(Container):
    """Questions under one heading."""


@dataclass(slots=True, eq=False, kw_only=True)
class Repeat(Container):
    """A group that may be there several times; its answer is a list of mappings."""

    template: str
    steps: Steps
    first_items: int
    least_items: int
    most_items: int
    may_change: bool
    item: Text
    add: Text
    scope: Scope

    def path(self, places: tuple[int, ...] = ()) -> str:
        return filled(self.template, places) if places else self.template


@dataclass(slots=True, eq=False, kw_only=True)
class Note(Component):
    """Something to read: `render(lang, context)` gives safe HTML."""

    render: Callable[[str, Mapping[str, Any]], str]


@dataclass(slots=True, eq=False)
class Scope:
    """What belongs together in one mapping of answers: the form itself, or one place of a list."""

    repeat: Repeat | None
    questions: list[Question] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)


def filled(template: str, places: tuple[int, ...]) -> str:
    """`witnesses[].name` and (2,) → `witnesses[2].name`; a list itself has one open place less."""
    pieces = template.split("[]")
    text = pieces[0]
    for place, piece in zip(places, pieces[1:], strict=True):
        text += f"[{place}]{piece}"
    return text
