"""The form: load one, show its pages, read what is posted, examine the whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from motcua.engines.forms import checking, json_schema, migration, paths, reading, rules, summary, values
from motcua.engines.forms.components import Component, Page, Question, Repeat, Scope, Text
from motcua.engines.forms.loading import Compiler, parsed
from motcua.engines.forms.paths import MISSING
from motcua.engines.forms.state import Places, State, template_of
from motcua.engines.forms.viewing import Viewer
from motcua.engines.forms.views import (
    Checked,
    FieldError,
    Found,
    Measure,
    PageView,
    Reading,
    ReferenceList,
    SummarySection,
    UploadedRef,
)
from motcua.engines.forms.wiring import Wiring

NOTHING: Mapping[str, Any] = {}


def load(
    schema: Mapping[str, Any] | bytes | str,
    texts: Mapping[str, Mapping[str, str]] = NOTHING,
    functions: Any = None,
    *,
    sources: Mapping[str, ReferenceList] | None = None,
) -> Form:
    """Compile a form-js file.

    `texts`: text id → text, by language. `functions`: host functions for FEEL. `sources`: the lists that
    `motcua:source` may name; None leaves such answers unchecked, as text. Raises FormError.
    """
    compiler = Compiler(parsed(schema), texts, functions, sources)
    return Form(compiler)


class Form:
    """A compiled form. It never changes and holds no answers, so one serves every request.

    Where a method takes `found`, facts found in registers stand in for answers by path; `given` are further
    facts that conditions may name (`today`, `applicant`).
    """

    def __init__(self, compiler: Compiler) -> None:
        self.title: Text = compiler.title
        self.languages: tuple[str, ...] = tuple(compiler.texts)
        self.fields: dict[str, Question] = {
            one.template: one for one in compiler.components if isinstance(one, Question)
        }
        """Every question by path; lists have open places: `witnesses[].name`."""
        self.lists: dict[str, Repeat] = {
            one.template: one for one in compiler.components if isinstance(one, Repeat)
        }
        self.components: list[Component] = compiler.components
        self.scope: Scope = compiler.scope
        self.wiring = Wiring(compiler.components, compiler.conditions, compiler.noted)
        self.order = self.wiring.order
        self.checked = [one for one in compiler.components if one.checks]
        self._by_id = {one.id: one for one in compiler.components}
        self._pages = {page.id: page for page in compiler.pages}

    @property
    def outside(self) -> frozenset[str]:
        """Names in conditions and notes that no question gives: facts that the service must give, or slips."""
        return self.wiring.outside

    @property
    def prefills(self) -> dict[str, str]:
        """Where each question wants its fact from: path → `motcua:prefill`."""
        return {path: question.prefill for path, question in self.fields.items() if question.prefill}

    def scope_of(self, component: Component) -> Scope:
        return component.repeat.scope if component.repeat else self.scope

    def at(self, path: str) -> Question | Repeat | None:
        """The question or list that a concrete path belongs to."""
        template = template_of(path)
        return self.fields.get(template) or self.lists.get(template)

    def component(self, component_id: str) -> Component | None:
        return self._by_id.get(component_id)

    def page_of(self, path: str) -> Page | None:
        """The page on which the question, list or group (by its id) stands."""
        known = self.at(path) or self._by_id.get(path)
        return known.page if known else None

    def state(
        self,
        answers: Mapping[str, Any],
        found: Mapping[str, Found] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> State:
        """What is visible and what conditions see, for these answers (nested, or flat by path)."""
        nested = any("." in key or "[" in key for key in answers)
        return State(self, paths.nest(answers) if nested else answers, found, given)

    def page(self, page_id: str) -> Page:
        """Raises KeyError that names the pages there are."""
        try:
            return self._pages[page_id]
        except KeyError:
            raise KeyError(
                f"the form has no page {page_id!r}; its pages are {', '.join(self._pages)}"
            ) from None

    def pages(
        self,
        answers: Mapping[str, Any],
        lang: str = "vi",
        *,
        found: Mapping[str, Found] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> list[PageView]:
        """The pages to go through, without their fields: visible, and with something left to ask or read."""
        state = self.state(answers, found, given)
        return [
            PageView(page.id, page.title.said(lang), complete=self.is_complete(page, state))
            for page in self._asked_pages(state)
        ]

    def next_page(
        self,
        page_id: str,
        answers: Mapping[str, Any],
        *,
        found: Mapping[str, Found] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> str | None:
        """The id of the next page to ask after `page_id`, None after the last."""
        order = list(self._pages)
        here = order.index(self.page(page_id).id)
        following = (page.id for page in self._asked_pages(self.state(answers, found, given)))
        return next((one for one in following if order.index(one) > here), None)

    def view(
        self,
        page_id: str,
        answers: Mapping[str, Any],
        *,
        lang: str,
        errors: Sequence[FieldError] | None = None,
        found: Mapping[str, Found] = NOTHING,
        files: Mapping[str, Sequence[UploadedRef]] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
        correcting: Collection[str] = (),
        correct_url: Callable[[str], str] = lambda path: f"?correct={quote(path)}",
        wrong_url: Callable[[str], str] = lambda path: "",
    ) -> PageView:
        """A page with its fields. `correcting`: found facts that the person wants to put right."""
        page, state = self.page(page_id), self.state(answers, found, given)
        return Viewer(self, state, lang, errors or (), correcting, files, correct_url, wrong_url).page(page)

    def read(
        self,
        page_id: str,
        posted: Mapping[str, Sequence[str]],
        files: Mapping[str, Sequence[UploadedRef]],
        answers: Mapping[str, Any],
        *,
        lang: str,
        today: dt.date,
        found: Mapping[str, Found] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> Reading:
        """Take what the browser posted for a page. `answers` is not changed; the reading has a new one."""
        return reading.read(self, self.page(page_id), posted, files, answers, lang, today, found, given)

    def validate(
        self,
        answers: Mapping[str, Any],
        *,
        lang: str,
        today: dt.date,
        files_ok: rules.FilesOk | None = None,
        found: Mapping[str, Found] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> list[FieldError]:
        """Everything wrong with the whole form, in the order of its questions."""
        return self.check(answers, lang=lang, today=today, files_ok=files_ok, found=found, given=given).errors

    def check(
        self,
        answers: Mapping[str, Any],
        *,
        lang: str,
        today: dt.date,
        files_ok: rules.FilesOk | None = None,
        found: Mapping[str, Found] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> Checked:
        """As `validate`, with the answers that count: cleaned, computed ones added, hidden ones dropped."""
        return checking.check(self, answers, lang, today, files_ok, found, given)

    def measure(
        self,
        answers: Mapping[str, Any],
        found: Mapping[str, Found] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> Measure:
        """What was asked of the person and what was found elsewhere, leaf by leaf."""
        state = self.state(answers, found, given)
        measure = Measure([], [], [], [])
        for question, places in self.leaves(state):
            path = question.path(places)
            if state.fact(question, places) is not None and state.answer(question, places) is MISSING:
                measure.found.append(path)
            elif question.readonly is not True:
                (measure.papers if question.shape == "files" else measure.asked).append(path)
                if state.corrected(question, places):
                    measure.corrected.append(path)
        return measure

    def asked(
        self,
        answers: Mapping[str, Any],
        found: Mapping[str, Found] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> int:
        """How many facts were asked: the 5 of "5 asked, 28 found"."""
        return len(self.measure(answers, found, given).asked)

    def found(
        self,
        answers: Mapping[str, Any],
        found: Mapping[str, Found] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> int:
        """How many facts were found and not asked: the 28 of "5 asked, 28 found"."""
        return len(self.measure(answers, found, given).found)

    def answers_summary(
        self,
        answers: Mapping[str, Any],
        lang: str,
        found: Mapping[str, Found] = NOTHING,
        *,
        given: Mapping[str, Any] = NOTHING,
        correct_url: Callable[[str], str] = lambda path: f"?correct={quote(path)}",
        wrong_url: Callable[[str], str] = lambda path: "",
    ) -> list[SummarySection]:
        """Every visible answer as it is read, for check-answers and for the officer."""
        return summary.sections(self, self.state(answers, found, given), lang, correct_url, wrong_url)

    def merged(
        self,
        answers: Mapping[str, Any],
        found: Mapping[str, Found] = NOTHING,
        given: Mapping[str, Any] = NOTHING,
    ) -> dict[str, Any]:
        """All that is known of the visible questions, as JSON: answers over found facts over defaults."""
        state = self.state(answers, found, given)
        known: dict[str, Any] = {}
        for question, places in self.leaves(state, computed=True):
            value = state.current(question, places)
            if question.computed is not None:
                value = values.canonical(paths.get(state.context_of(question, places), question.steps, None))
            if value is not MISSING:
                paths.put(known, paths.parse(question.path(places)), value)
        return known

    def to_json_schema(self, lang: str = "en") -> dict[str, Any]:
        """The answers as JSON Schema 2020-12, for callers of the API."""
        return json_schema.of(self, lang)

    def migrate(
        self, answers: Mapping[str, Any], old: Form, mapping: Mapping[str, str] = NOTHING
    ) -> tuple[dict[str, Any], list[str]]:
        """Answers given to `old`, for this form; and the paths of those that have no place here.

        `mapping` gives new paths for old ones (`witnesses[].name`), before what the form itself says by `motcua:was`.
        """
        return migration.migrate(self, answers, old, mapping)

    def homes(self, mapping: Mapping[str, str] = NOTHING) -> dict[str, str]:
        """Where questions of an older version are found in this form: old path → new path."""
        return migration.homes(self, mapping)

    def leaves(self, state: State, *, computed: bool = False) -> Iterator[tuple[Question, Places]]:
        """Every visible question in every place, in the order of the form."""
        for question in self.fields.values():
            if question.computed is not None and not computed:
                continue
            if question.repeat is None:
                if not question.guards or state.shows(question):
                    yield question, ()
            else:
                for places in state.places_of(question):
                    if state.shows(question, places):
                        yield question, places

    def is_complete(self, page: Page, state: State) -> bool:
        """Is every required question of the page answered?"""
        return all(
            not values.is_empty(state.current(question, places))
            for question in page.questions
            if question.required and question.computed is None
            for places in state.places_of(question)
            if state.shows(question, places) and rules.is_required(question, state, places)
        )

    def _asked_pages(self, state: State) -> Iterator[Page]:
        for page in self._pages.values():
            asked = any(
                state.asks(question, places)
                for question in page.questions
                for places in state.places_of(question)
            )
            if asked or (self._has_lists(page, state)) or (not page.questions and self._reads(page, state)):
                yield page

    def _has_lists(self, page: Page, state: State) -> bool:
        """A list that may still grow is a question too, unless a register has filled it."""
        return any(
            one.page is page
            and one.may_change
            and state.shows(one)
            and one.depth == 0
            and not any(path.startswith(f"{one.template}[") for path in state.found)
            for one in self.lists.values()
        )

    @staticmethod
    def _reads(page: Page, state: State) -> bool:
        return any(state.shows(component) for component in page.components)
