"""A page as its macros need it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from motcua.engines.forms import rules, values
from motcua.engines.forms.components import Component, Condition, Group, Note, Page, Question, Repeat
from motcua.engines.forms.paths import MISSING
from motcua.engines.forms.speech import inner, say
from motcua.engines.forms.state import Places, State
from motcua.engines.forms.views import Button, FieldError, FieldView, PageView, Source, UploadedRef

if TYPE_CHECKING:
    from motcua.engines.forms.form import Form

ADD, REMOVE, CORRECT, COUNT = "_add", "_remove", "_correct", "_count."
"""Names of what a page posts beside answers; README.md, "What a page posts"."""

_YES = "true"


class Viewer:
    """Makes the fields of one page in one language."""

    def __init__(
        self,
        form: Form,
        state: State,
        lang: str,
        errors: Sequence[FieldError],
        correcting: Collection[str],
        files: Mapping[str, Sequence[UploadedRef]],
        correct_url: Callable[[str], str],
        wrong_url: Callable[[str], str],
    ) -> None:
        self.form = form
        self.state = state
        self.lang = lang
        self.errors: dict[str, list[FieldError]] = {}
        for error in errors:
            self.errors.setdefault(error.path, []).append(error)
        self.correcting = correcting
        self.files = files
        self.correct_url = correct_url
        self.wrong_url = wrong_url
        self.hidden: list[tuple[str, str]] = []

    def page(self, page: Page) -> PageView:
        components = page.single.members if page.single else page.components
        shown = page.single is None or self.state.shows(page.single)
        fields = self._fields(components, ()) if shown else []
        return PageView(
            page.id,
            page.title.said(self.lang),
            fields,
            self._page_hint(page),
            self.hidden,
            [one for found in self.errors.values() for one in found if self.form.page_of(one.path) is page],
            self.form.is_complete(page, self.state),
        )

    def _page_hint(self, page: Page) -> str:
        hint = page.hint.said(self.lang)
        return hint or (page.single.hint.said(self.lang) if page.single else "")

    def _fields(self, components: Sequence[Component], places: Places) -> list[FieldView]:
        views = (self._field(one, places) for one in components if self.state.shows(one, places))
        return [view for view in views if view is not None]

    def _field(self, component: Component, places: Places) -> FieldView | None:
        if isinstance(component, Question):
            return None if component.computed else self._question(component, places)
        if isinstance(component, Note):
            context = self.state.context_of(component, places)
            html = component.render(self.lang, context)
            return FieldView("html", f"q-{component.id}", "", component.label.said(self.lang), value=html)
        if isinstance(component, Repeat):
            return self._repeat(component, places)
        if isinstance(component, Group):
            children = self._fields(component.members, places)
            return self._group(component, children) if children else None
        return None

    def _group(self, group: Group, children: list[FieldView]) -> FieldView:
        view = FieldView(
            "group", f"q-{group.id}", "", group.label.said(self.lang), group.hint.said(self.lang)
        )
        view.children = children
        view.required = not group.optional
        view.path = group.id
        view.errors = self._errors(group.id)
        return view

    def _repeat(self, repeat: Repeat, places: Places) -> FieldView:
        path, lang = repeat.path(places), self.lang
        count = self.state.count(repeat, places)
        self.hidden.append((COUNT + path, str(count)))
        name = repeat.name.said(lang)
        view = FieldView("repeat", rules.html_id(path), path, repeat.label.said(lang), repeat.hint.said(lang))
        view.path = path
        view.errors = self._errors(path)
        view.items = [self._fields(repeat.members, (*places, place)) for place in range(count)]
        item = repeat.item.said(lang)
        for place in range(count):
            number = place + 1
            view.item_labels.append(
                item.replace("{number}", str(number))
                if "{number}" in item
                else say(lang, "item", label=item or name, number=number)
            )
        if repeat.may_change:
            label = repeat.add.said(lang) or say(
                lang, "add", name=inner(item.replace("{number}", "").strip() or name)
            )
            view.add_button = Button(ADD, path, label) if count < repeat.most_items else None
            if count > repeat.least_items and not self.state.inherits(repeat, places):
                spoken = inner(item.replace("{number}", "").strip() or name)
                view.remove_buttons = [
                    Button(REMOVE, f"{path}[{place}]", say(lang, "remove", name=spoken, number=place + 1))
                    for place in range(count)
                ]
        return view

    def _question(self, question: Question, places: Places) -> FieldView:
        path, lang, state = question.path(places), self.lang, self.state
        fact = state.fact(question, places)
        source: Source | None = None
        if fact is not None:
            url = self.correct_url(path) if question.correctable else ""
            corrected = state.corrected(question, places)
            source = Source(fact.source_in(lang), fact.at, url, corrected, self.wrong_url(path))
            if not corrected and path not in self.correcting:
                return self._summary(question, places, source)
            self.hidden.append((CORRECT, path))
        current = state.current(question, places)
        view = FieldView(
            question.kind, rules.html_id(path), path, question.label.said(lang), question.hint.said(lang)
        )
        view.path = path
        view.required = not question.optional and self._is(question.required, question, places)
        view.readonly = self._is(question.readonly, question, places)
        view.source = source
        view.autocomplete = question.autocomplete
        view.inputmode = question.inputmode
        view.width = question.width
        view.semantic = question.semantic
        view.prefix, view.suffix = question.prefix.said(lang), question.suffix.said(lang)
        if self.errors:
            view.errors = self._errors(path)
        self._show_answer(view, question, places, None if current is MISSING else current)
        return view

    def _summary(self, question: Question, places: Places, source: Source) -> FieldView:
        path = question.path(places)
        view = FieldView("summary", rules.html_id(path), path, question.label.said(self.lang))
        options = self.state.options(question, self.lang, places)
        view.value = values.said(question, self.state.current(question, places), self.lang, options)
        view.source, view.readonly, view.path, view.semantic = source, True, path, question.semantic
        return view

    def _show_answer(self, view: FieldView, question: Question, places: Places, answer: Any) -> None:
        match question.shape:
            case "date":
                view.values = date_parts(answer)
                view.value = answer if isinstance(answer, str) else ""
            case "datetime":
                self._show_moment(view, question, answer)
            case "boolean":
                view.value = _YES if answer is True else ""
            case "number":
                view.value = _number_typed(answer, self.lang)
            case "choice":
                self._show_choice(view, question, places, answer)
            case "choices":
                view.multiple = True
                view.options = self.state.options(question, self.lang, places)
                view.value = [str(one) for one in answer] if isinstance(answer, list) else []
            case "files":
                self._show_files(view, question, answer)
            case _:
                self._show_text(view, question, places, answer)

    def _show_text(self, view: FieldView, question: Question, places: Places, answer: Any) -> None:
        view.value = "" if answer is None else str(answer)
        if question.semantic == "phone" and view.value.startswith("+") and not view.errors:
            view.value = values.said(question, view.value, self.lang, [])
        if question.source:
            self._show_choice(view, question, places, answer)
        elif question.max_length is not None:
            view.max_length = rules.longest(question, self.state, places)

    def _show_choice(self, view: FieldView, question: Question, places: Places, answer: Any) -> None:
        """Long lists are typed and looked up; several matches are offered as choices below the box."""
        value = "" if answer is None else str(answer)
        if question.listed is None or question.listed.small:
            view.value = value
            view.options = self.state.options(question, self.lang, places)
            if question.listed is not None and view.kind == "text":
                view.kind = "select"
            return
        label = question.listed.label(value, self.lang) if value else ""
        view.kind, view.lookup = "text", question.source
        view.value = value if label is None else label
        view.options = question.listed.find(value, self.lang) if label is None else []

    def _show_moment(self, view: FieldView, question: Question, answer: Any) -> None:
        day, _, hour = answer.partition("T") if isinstance(answer, str) else ("", "", "")
        on = FieldView("date", view.id, view.name, say(self.lang, "date_label"), path=view.path)
        on.values, on.value, on.required, on.readonly = date_parts(day), day, view.required, view.readonly
        at = FieldView(
            "time", f"{view.id}-time", f"{view.name}-time", say(self.lang, "time_label"), path=view.path
        )
        at.value, at.required, at.readonly = hour, view.required, view.readonly
        view.children = [on, at]

    def _show_files(self, view: FieldView, question: Question, answer: Any) -> None:
        view.multiple, view.accept = question.multiple, ",".join(question.accept)
        view.files = list(self.files.get(view.path) or UploadedRef.all_in(answer))
        view.remove_buttons = [
            Button(REMOVE, f"{view.path}[{place}]", say(self.lang, "remove_file", file=file.name))
            for place, file in enumerate(view.files)
        ]

    def _errors(self, path: str) -> list[str]:
        return [error.message for error in self.errors.get(path, ())]

    def _is(self, flag: bool | Condition, question: Question, places: Places) -> bool:
        return flag if isinstance(flag, bool) else self.state.evaluate(flag, question, places) is True


def date_parts(answer: Any) -> dict[str, str]:
    """The three boxes of a date; what was typed wrong is shown as typed."""
    if isinstance(answer, Mapping):
        return {part: str(answer.get(part) or "") for part in values.DATE_PARTS}
    if isinstance(answer, str) and (day := values.date(answer)):
        return {"day": str(day.day), "month": str(day.month), "year": f"{day.year:04d}"}
    typed = answer.split("-") if isinstance(answer, str) and answer.count("-") == 2 else []
    return dict(zip(values.DATE_PARTS, reversed(typed), strict=False)) or dict.fromkeys(values.DATE_PARTS, "")


def _number_typed(answer: Any, lang: str) -> str:
    """A number as it is typed again: no unit, no thousands that a reader would have to guess."""
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return "" if answer is None else str(answer)
    plain = format(values.decimal(answer), "f")
    return plain.replace(".", ",") if lang == "vi" else plain
