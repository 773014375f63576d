"""A form at one moment: the answers as FEEL sees them, and what is hidden because of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from motcua.engines.forms import paths, values
from motcua.engines.forms.components import Component, Condition, Container, Question, Repeat, Scope
from motcua.engines.forms.paths import MISSING
from motcua.engines.forms.views import Found, Option

if TYPE_CHECKING:
    from motcua.engines.forms.form import Form

Places = tuple[int, ...]
_PLACES = re.compile(r"\[\d+\]")


class State:
    """Built from answers and found facts; `given` are further facts that conditions may name.

    An answer of the person stands before a found fact, and that before the default of the file. What is
    hidden counts as not answered, so that a condition never hangs on an answer nobody sees.
    """

    def __init__(
        self,
        form: Form,
        answers: Mapping[str, Any],
        found: Mapping[str, Found],
        given: Mapping[str, Any],
        *,
        before: State | None = None,
        changed: Iterable[str] = (),
    ) -> None:
        self.form = form
        self.answers = answers
        self.found = found
        self.given = given
        self.context: dict[str, Any] = {**given}
        today = given.get("today")
        self._spaced = {name: value for name, value in given.items() if not name.isidentifier()}
        self._clock = _noon_of(today) if isinstance(today, dt.date) else None
        self._instances: dict[Scope, list[tuple[Places, dict[str, Any]]]] = {}
        self._items: dict[tuple[Repeat, Places], dict[str, Any]] = {}
        self._outcomes: dict[tuple[int, Places], bool] = {}
        self._gather(form.scope, answers, (), self.context)
        kept = self._kept(before, changed)
        for node in form.order:
            for places, context in self._instances.get(form.scope_of(node), ()):
                self._decide(node, places, context, kept)

    def after(self, answers: Mapping[str, Any], changed: Iterable[str]) -> State:
        """The state with new answers; only conditions that `changed` paths touch are evaluated again."""
        return State(self.form, answers, self.found, self.given, before=self, changed=changed)

    def shows(self, component: Component, places: Places = ()) -> bool:
        """Is it visible, and everything around it? `places` are those of the lists it stands in."""
        outcomes = self._outcomes
        return not any(outcomes.get((one.number, places[: one.depth])) for one in component.guards)

    def answer(self, question: Question, places: Places = ()) -> Any:
        """The person's own answer, raw if it was wrong; MISSING when none was given."""
        return paths.get(self.answers, _steps(question, places))

    def current(self, question: Question, places: Places = ()) -> Any:
        """The answer, else the found fact, else the default; MISSING when there is none of them."""
        own = self.answer(question, places)
        if own is not MISSING:
            return own
        fact = self.fact(question, places)
        if fact is not None:
            return values.canonical(fact.value)
        return MISSING if question.default is None else question.default

    def fact(self, question: Question, places: Places = ()) -> Found | None:
        """What was found for this question, corrected or not; a register's null is nothing found."""
        fact = self.found.get(question.path(places)) if self.found else None
        return None if fact is None or fact.value is None or fact.value == "" else fact

    def corrected(self, question: Question, places: Places = ()) -> bool:
        """Does the person's own answer say something else than what was found?

        Who answered before the register did, and said the same, has corrected nothing.
        """
        fact, answer = self.fact(question, places), self.answer(question, places)
        return fact is not None and answer is not MISSING and not values.same(answer, fact.value)

    def asks(self, question: Question, places: Places = ()) -> bool:
        """Is it a visible question that nobody else has answered?"""
        if question.readonly is True or not self.shows(question, places):
            return False
        return self.fact(question, places) is None or self.corrected(question, places)

    def inherits(self, repeat: Repeat, places: Places = ()) -> bool:
        """Were places of the list found? Facts go by place, so such a list may grow but not close up."""
        start = f"{repeat.path(places)}["
        return any(path.startswith(start) for path in self.found)

    def count(self, repeat: Repeat, places: Places = ()) -> int:
        """How many places the list has now."""
        given = paths.get(self.answers, _steps(repeat, places))
        if isinstance(given, list):
            return min(len(given), repeat.most_items)
        found = 0
        if self.found:
            start = f"{repeat.path(places)}["
            known = [path[len(start) :].partition("]")[0] for path in self.found if path.startswith(start)]
            found = max((int(place) + 1 for place in known), default=0)
        return min(max(found, repeat.first_items), repeat.most_items)

    def places_of(self, component: Component, around: Places = ()) -> Iterator[Places]:
        """Every place in which a component stands, within the given outer places."""
        lists: list[Repeat] = []
        repeat = component.repeat
        while repeat is not None and repeat.depth >= len(around):
            lists.insert(0, repeat)
            repeat = repeat.repeat
        yield from self._expand(lists, around)

    def evaluate(self, condition: Condition, component: Component, places: Places = ()) -> Any:
        """A FEEL value, in the context of the place where `component` stands."""
        known = self.context_of(component, places)
        needed = {name: known[name] for name in condition.roots if name in known}
        return condition.expression.evaluate({**self._spaced, **needed}, clock=self._clock)

    def context_of(self, component: Component, places: Places = ()) -> dict[str, Any]:
        """What a condition sees where `component` stands: in a list its own place first, then those around.

        `this`, `parent` and `i` (places counted from 1, outermost first) are as in form-js.
        """
        repeat = component.repeat
        if repeat is None or not places:
            return self.context
        outer = self.context_of(repeat, places[:-1])
        item = self._items.get((repeat, places), {})
        return {**outer, "this": item, "parent": outer, "i": [place + 1 for place in places], **item}

    def options(self, question: Question, lang: str, places: Places = ()) -> list[Option]:
        """The choices of a question; none for long reference lists, which are searched instead."""
        if question.options_by is not None:
            return values.options_from(self.evaluate(question.options_by, question, places))
        if question.listed is not None:
            return question.listed.options(lang) if question.listed.small else []
        return question.fixed_options(lang)

    def _expand(self, lists: list[Repeat], around: Places) -> Iterator[Places]:
        if not lists:
            yield around
            return
        for place in range(self.count(lists[0], around)):
            yield from self._expand(lists[1:], (*around, place))

    def _gather(self, scope: Scope, source: object, places: Places, into: dict[str, Any]) -> None:
        self._instances.setdefault(scope, []).append((places, into))
        for question in scope.questions:
            raw = paths.get(source, question.steps)
            if raw is MISSING:
                raw = self.current(question, places)
            paths.put(into, question.steps, None if raw is MISSING else values.feel_value(question, raw))
        for repeat in scope.repeats:
            inside = paths.get(source, repeat.steps, [])
            items: list[dict[str, Any]] = []
            paths.put(into, repeat.steps, items)
            for place in range(self.count(repeat, places)):
                item: dict[str, Any] = {}
                items.append(item)
                part = inside[place] if isinstance(inside, list) and place < len(inside) else {}
                here = (*places, place)
                self._items[repeat, here] = item
                self._gather(repeat.scope, part, here, item)

    def _kept(self, before: State | None, changed: Iterable[str]) -> dict[tuple[int, Places], bool]:
        if before is None:
            return {}
        dirty = {node.number for path in changed for node in self.form.wiring.touched_by(template_of(path))}
        return {key: outcome for key, outcome in before._outcomes.items() if key[0] not in dirty}

    def _decide(
        self,
        node: Component,
        places: Places,
        values_here: dict[str, Any],
        kept: dict[tuple[int, Places], bool],
    ) -> None:
        key = (node.number, places)
        if node.hide is not None:
            hidden = kept.get(key)
            if hidden is None:
                hidden = self.evaluate(node.hide, node, places) is True
            self._outcomes[key] = hidden
            if hidden:
                self._forget(node, values_here)
                return
        if isinstance(node, Question) and node.computed is not None and self.shows(node, places):
            paths.put(values_here, node.steps, self.evaluate(node.computed, node, places))

    @staticmethod
    def _forget(node: Component, values_here: dict[str, Any]) -> None:
        if isinstance(node, Question):
            paths.put(values_here, node.steps, None)
        elif isinstance(node, Repeat):
            paths.put(values_here, node.steps, [])
        elif isinstance(node, Container):
            for member in node.members:
                State._forget(member, values_here)


def _noon_of(today: dt.date) -> Callable[[], dt.datetime]:
    """FEEL's `today()` is the day the form was told, whatever the machine believes."""
    moment = dt.datetime.combine(today, dt.time(12), dt.UTC)
    return lambda: moment


def template_of(path: str) -> str:
    """`witnesses[2].name` → `witnesses[].name`."""
    return _PLACES.sub("[]", path) if "[" in path else path


def _steps(component: Question | Repeat, places: Places) -> paths.Steps:
    if not places:
        return component.steps
    steps: list[str | int] = list(component.steps)
    repeat, depth = component.repeat, len(places)
    while repeat is not None:
        depth -= 1
        steps[:0] = [*repeat.steps, places[depth]]
        repeat = repeat.repeat
    return tuple(steps)
