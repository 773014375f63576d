"""The whole form examined, at submit and for answers that come through the API."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from motcua.engines import text
from motcua.engines.forms import paths, rules, values
from motcua.engines.forms.components import Component, Container, Page, Question, Repeat, Scope
from motcua.engines.forms.paths import MISSING
from motcua.engines.forms.rules import Problem
from motcua.engines.forms.speech import say
from motcua.engines.forms.state import Places, State
from motcua.engines.forms.views import Checked, FieldError, Found

if TYPE_CHECKING:
    from motcua.engines.forms.form import Form

MAX_ERRORS = 200
"""More mistakes than these help nobody."""


def check(
    form: Form,
    answers: Mapping[str, Any],
    lang: str,
    today: dt.date,
    files_ok: rules.FilesOk | None,
    found: Mapping[str, Found],
    given: Mapping[str, Any],
) -> Checked:
    """See Form.check."""
    cleaner = _Cleaner(form, lang)
    try:
        nested = paths.nest(answers)
    except ValueError as wrong:
        return Checked({}, [FieldError("", "", str(wrong), "type")], [])
    clean = cleaner.mapping(nested, form.scope, ())
    state = form.state(clean, found, {"today": today, **given})
    errors = [*cleaner.errors, *_wrong_lists(form, state, lang, cleaner)]
    for question, places in form.leaves(state):
        path = question.path(places)
        if path in cleaner.wrong or not _own(state, question, places):
            continue
        answer = state.current(question, places)
        problem = rules.examine(question, answer, state, places, lang, today, files_ok)
        if problem is not None:
            errors.append(rules.spoken(problem, question, path, lang))
        if len(errors) >= MAX_ERRORS:
            break
    errors += broken_checks(state, lang, None, {error.path for error in errors})
    dropped = _drop_hidden(form, state, clean)
    _add_known(form, state, clean)
    return Checked(clean, _in_order(form, errors)[:MAX_ERRORS], dropped)


def broken_checks(state: State, lang: str, page: Page | None, wrong: Iterable[str] = ()) -> list[FieldError]:
    """`motcua:check` rules that are false, of one page or of all; not where an answer is wrong already.

    A rule that gives null knows too little to judge, and is not broken.
    """
    already = set(wrong)
    errors = []
    for component in state.form.checked:
        if page is not None and component.page is not page:
            continue
        for places in state.places_of(component):
            path = _path_of(component, places)
            if path in already or not state.shows(component, places):
                continue
            if isinstance(component, Question) and values.is_empty(state.current(component, places)):
                continue
            for one in component.checks:
                if state.evaluate(one.condition, component, places) is False:
                    error = rules.spoken(Problem("", {}, "check"), component, path, lang)
                    errors.append(replace(error, field_id=_control(state, component, places, error)))
    return errors


def _control(state: State, component: Component, places: Places, error: FieldError) -> str:
    """A group has no control of its own: its first question is where to begin mending."""
    if isinstance(component, Container):
        for question in component.questions:
            for there in state.places_of(question, (*places, 0)[: question.depth]):
                if question.computed is None and state.shows(question, there):
                    return rules.control_id(question, question.path(there))
    return error.field_id


def _own(state: State, question: Question, places: Places) -> bool:
    """Found facts are their register's business; what the person says is examined."""
    return state.fact(question, places) is None or state.corrected(question, places)


def _wrong_lists(form: Form, state: State, lang: str, cleaner: _Cleaner) -> list[FieldError]:
    errors = []
    for repeat in form.lists.values():
        for places in state.places_of(repeat):
            if not state.shows(repeat, places) or repeat.path(places) in cleaner.wrong:
                continue
            count = state.count(repeat, places)
            if count < repeat.least_items:
                problem = Problem("few_items", {"least": repeat.least_items, "count": count})
                errors.append(rules.spoken(problem, repeat, repeat.path(places), lang))
    return errors


def _drop_hidden(form: Form, state: State, clean: dict[str, Any]) -> list[str]:
    dropped = []
    for question in form.fields.values():
        if not question.guards:
            continue
        for places in list(state.places_of(question)):
            if state.shows(question, places):
                continue
            path = question.path(places)
            steps = paths.parse(path)
            if paths.get(clean, steps) is not MISSING:
                if not values.is_empty(paths.get(clean, steps)):
                    dropped.append(path)
                paths.drop(clean, steps)
    for repeat in form.lists.values():
        for places in list(state.places_of(repeat)):
            if repeat.guards and not state.shows(repeat, places):
                paths.drop(clean, paths.parse(repeat.path(places)))
    return dropped


def _add_known(form: Form, state: State, clean: dict[str, Any]) -> None:
    """Defaults that were shown and computed values are answers too."""
    for question, places in form.leaves(state, computed=True):
        if question.computed is None and question.default is None:
            continue
        steps = paths.parse(question.path(places))
        if question.computed is not None:
            value = paths.get(state.context_of(question, places), question.steps, None)
            paths.put(clean, steps, values.canonical(value))
        elif state.fact(question, places) is None:
            paths.put(clean, steps, state.current(question, places))


def _in_order(form: Form, errors: list[FieldError]) -> list[FieldError]:
    def place(error: FieldError) -> tuple[int, int]:
        known = form.at(error.path) or form.component(error.path)
        return (known.number if known else -1, len(error.path))

    return sorted(errors, key=place)


def _path_of(component: Component, places: Places) -> str:
    return component.path(places) if isinstance(component, Question | Repeat) else component.id


class _Cleaner:
    """Answers as the form keeps them: known paths only, text in NFC; `wrong` paths need no second word."""

    def __init__(self, form: Form, lang: str) -> None:
        self.errors: list[FieldError] = []
        self.wrong: set[str] = set()
        self._form = form
        self._lang = lang
        self._tree: dict[Scope, dict[str, Any]] = {}

    def mapping(self, answers: Mapping[str, Any], scope: Scope, places: Places) -> dict[str, Any]:
        return self._part(answers, self._known(scope), self._start(scope, places), places)

    def _part(
        self, answers: Mapping[str, Any], known: dict[str, Any], start: str, places: Places
    ) -> dict[str, Any]:
        clean: dict[str, Any] = {}
        for key, value in answers.items():
            path, here = f"{start}{key}", known.get(key)
            if here is None:
                self._unknown(path, key, known)
            elif isinstance(here, dict):
                if isinstance(value, Mapping):
                    clean[key] = self._part(value, here, f"{path}.", places)
                elif value is not None:
                    self._say_plain(path, "type_group")
            elif isinstance(here, Repeat):
                clean[key] = self._list(value, here, path, places)
            elif here.computed is None:
                clean[key] = self._leaf(value, here, path)
        return clean

    def _list(self, value: Any, repeat: Repeat, path: str, places: Places) -> list[Any]:
        if not isinstance(value, list):
            if value is not None:
                self._say(Problem("type_list"), repeat, path)
            return []
        if len(value) > repeat.most_items:
            self._say(Problem("many_items", {"most": repeat.most_items, "count": len(value)}), repeat, path)
        items = []
        for place, item in enumerate(value[: repeat.most_items]):
            if isinstance(item, Mapping):
                items.append(self.mapping(item, repeat.scope, (*places, place)))
            else:
                self._say_plain(f"{path}[{place}]", "type_group")
                items.append({})
        return items

    def _leaf(self, value: Any, question: Question, path: str) -> Any:
        if isinstance(value, str):
            return self._text(value, question, path)
        if isinstance(value, list) and question.shape == "choices":
            return [self._text(one, question, path) if isinstance(one, str) else one for one in value[:1000]]
        return value

    def _text(self, value: str, question: Question, path: str) -> str | None:
        if len(value) > values.HARD_LIMIT:
            facts = {"most": values.HARD_LIMIT, "count": len(value)}
            self._say(Problem("too_long", facts), question, path)
            value = value[: values.HARD_LIMIT]
        try:
            clean = values.cleaned(value, multiline=question.kind == "textarea")
        except text.Refused as refused:
            self._say(Problem("", {}, "text", refused), question, path)
            return values.storable(value)
        return (clean.upper() if question.uppercase else clean) or None

    def _unknown(self, path: str, key: str, known: dict[str, Any]) -> None:
        near = difflib.get_close_matches(key[:100], known, n=1)
        guess = say(self._lang, "guess", near=path.removesuffix(key) + near[0]) if near else ""
        short = path if len(path) <= 100 else path[:99] + "…"
        self._say_plain(path[: paths.MAX_LENGTH], "unknown", guess, short)

    def _say(self, problem: Problem, component: Component, path: str) -> None:
        self.wrong.add(path)
        self.errors.append(rules.spoken(problem, component, path, self._lang))

    def _say_plain(self, path: str, message: str, guess: str = "", shown: str = "") -> None:
        self.wrong.add(path)
        if len(self.errors) < MAX_ERRORS:
            said = say(self._lang, message, path=shown or path, guess=guess)
            self.errors.append(FieldError(rules.html_id(path), path, said, "type"))

    @staticmethod
    def _start(scope: Scope, places: Places) -> str:
        if scope.repeat is None:
            return ""
        return f"{scope.repeat.path(places[:-1])}[{places[-1]}]."

    def _known(self, scope: Scope) -> dict[str, Any]:
        """What a mapping may hold: nested mappings, lists and questions, by key."""
        tree = self._tree.get(scope)
        if tree is None:
            tree = self._tree[scope] = {}
            members: list[Question | Repeat] = [*scope.questions, *scope.repeats]
            for one in members:
                here = tree
                for step in one.steps[:-1]:
                    here = here.setdefault(str(step), {})
                here[str(one.steps[-1])] = one
        return tree
