"""Answers as they are read back: for check-answers and for the officer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from motcua.engines.forms import values
from motcua.engines.forms.components import Component, Container, Group, Page, Question, Repeat
from motcua.engines.forms.paths import MISSING
from motcua.engines.forms.speech import say
from motcua.engines.forms.state import Places, State
from motcua.engines.forms.views import Source, SummaryRow, SummarySection

if TYPE_CHECKING:
    from motcua.engines.forms.form import Form


Link = Callable[[str], str]


def sections(form: Form, state: State, lang: str, correct_url: Link, wrong_url: Link) -> list[SummarySection]:
    """See Form.answers_summary."""
    teller = _Teller(state, lang, correct_url, wrong_url)
    for page in dict.fromkeys(component.page for component in form.components):
        teller.page(page)
    return [section for section in teller.sections if section.rows]


class _Teller:
    def __init__(self, state: State, lang: str, correct_url: Link, wrong_url: Link) -> None:
        self.sections: list[SummarySection] = []
        self._state = state
        self._lang = lang
        self._correct_url = correct_url
        self._wrong_url = wrong_url
        self._page_id = ""

    def page(self, page: Page) -> None:
        self._page_id = page.id
        self._tell(page.components, (), page.title.said(self._lang))

    def _tell(self, components: list[Component], places: Places, title: str) -> None:
        """Rows go into the section of `title`; groups and list places open sections of their own."""
        section: SummarySection | None = None
        for component in components:
            if not self._state.shows(component, places):
                continue
            if isinstance(component, Question):
                if component.computed is None:
                    section = section or self._open(title)
                    section.rows.append(self._row(component, places))
            elif isinstance(component, Repeat):
                section = None
                self._list(component, places)
            elif isinstance(component, Group | Container):
                section = None
                self._tell(component.members, places, component.label.said(self._lang) or title)

    def _open(self, title: str) -> SummarySection:
        self.sections.append(SummarySection(title, self._page_id, []))
        return self.sections[-1]

    def _list(self, repeat: Repeat, places: Places) -> None:
        item = repeat.item.said(self._lang) or repeat.name.said(self._lang)
        for place in range(self._state.count(repeat, places)):
            number = str(place + 1)
            titled = item.replace("{number}", number) if "{number}" in item else ""
            title = titled or say(self._lang, "item", label=item, number=number)
            self._tell(repeat.members, (*places, place), title)

    def _row(self, question: Question, places: Places) -> SummaryRow:
        state, lang = self._state, self._lang
        path = question.path(places)
        answer = state.current(question, places)
        options = state.options(question, lang, places) if question.shape in ("choice", "choices") else []
        value = values.said(question, None if answer is MISSING else answer, lang, options)
        fact = state.fact(question, places)
        source = None
        if fact is not None:
            url = self._correct_url(path) if question.correctable else ""
            corrected = state.corrected(question, places)
            told = values.said(question, values.canonical(fact.value), lang, options) if corrected else ""
            source = Source(fact.source_in(lang), fact.at, url, corrected, self._wrong_url(path), told)
        return SummaryRow(question.name.said(lang), value, path, source)
